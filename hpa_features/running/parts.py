"""Cutting a list of fields into parts: what one process does before it writes to disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

from hpa_features.io.atomic import PART, shard_mark

T = TypeVar("T")

LARGEST = 32  # fields: about a minute of work, and what a kill costs a job at most
_ROUNDS = 4  # parts a job, when fields are few, so that jobs end at about the same time


def cut(items: Sequence[T], jobs: int) -> list[tuple[T, ...]]:
    """Return `items` in order in parts of up to 32, smaller ones when there are few for `jobs`."""
    if not items:
        return []
    size = min(LARGEST, max(1, -(-len(items) // (_ROUNDS * jobs))))
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def part_name(ids: Iterable[str]) -> str:
    """Return ``part-<hash of the ids>``: the same fields always give the same name.

    The parts of a shard also carry its number.
    """
    text = "\n".join(ids)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{PART}{shard_mark()}{digest[:16]}"
