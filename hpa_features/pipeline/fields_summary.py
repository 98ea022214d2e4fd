"""What a verb on fields did that writes no table of its own."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.core.failures import Failure


@dataclass(frozen=True, slots=True)
class FieldsSummary:
    """What a folder holds after a run, of this run and earlier ones together.

    Attributes
    ----------
    fields, cells
        How many have results.
    failures
        How many fields failed.
    seconds
        Time it took.
    output
        The folder.
    failed
        A row for each field that failed.
    """

    fields: int
    cells: int
    failures: int
    seconds: float
    output: str
    failed: tuple[Failure, ...]
