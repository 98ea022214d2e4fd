"""Runs that share the fields of one output folder, for arrays of jobs on a cluster."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from hpa_features.core.errors import UsageError

_TEXT = re.compile(r"([0-9]+)/([0-9]+)")
_MOST = 100_000  # more are a typing error; every one of them lists all fields


@dataclass(frozen=True, slots=True)
class Shard:
    """Which of several runs this is.

    Attributes
    ----------
    number
        From 1 to `of`; 0 for a run that is not divided, which is the only one.
    of
        How many runs share the fields.
    """

    number: int = 0
    of: int = 1

    def holds(self, field_id: str) -> bool:
        """Return whether a field is this run's: by its id only, whatever other fields there are."""
        return not self.number or share_of(field_id, self.of) == self.number

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def share_of(field_id: str, of: int) -> int:
    """Return the number, from 1 to `of`, of the shard that a field belongs to."""
    digest = hashlib.sha256(field_id.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") % of + 1


WHOLE = Shard()
"""A run that is not divided."""


def parse_shard(text: str) -> Shard:
    """Return the shard that ``I/N`` means.

    Raises
    ------
    UsageError
        It is not of this form, or I is not one of 1 to N.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None or not 1 <= int(match[1]) <= int(match[2]) <= _MOST:
        raise UsageError(
            f"--shard {text}: wanted I/N, such as 3/8 for the third of eight runs.",
            hint="In a Slurm array of 1 to 8: --shard $SLURM_ARRAY_TASK_ID/8.",
        )
    return Shard(int(match[1]), int(match[2]))
