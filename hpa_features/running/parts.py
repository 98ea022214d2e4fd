"""Cutting a list of fields into parts: what one process does before it writes to disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from hpa_features.io.atomic import PART, shard_mark

T = TypeVar("T")

LARGEST = 32  # fields: about ten seconds of work, and what a kill costs a job at most
FEWEST = 16  # where there are as many for each job: a table costs as much for one field as for 16
_ROUNDS = 4  # parts a job, when fields are few, so that jobs end at about the same time


def cut(items: Sequence[T], jobs: int) -> list[tuple[T, ...]]:
    """Return `items` in order in even parts of 16 to 32, of fewer when `jobs` have few each.

    Every job has a part where there are as many items.
    """
    rounds = min(len(items) // (FEWEST * jobs) or _ROUNDS, _ROUNDS)
    count = min(max(rounds * jobs, -(-len(items) // LARGEST)), len(items))
    edges = [len(items) * part // count for part in range(count + 1)] if count else []
    return [tuple(items[start:stop]) for start, stop in pairwise(edges)]


def part_name(ids: Iterable[str]) -> str:
    """Return ``part-<hash of the ids>``: the same fields always give the same name.

    The parts of a shard also carry its number.
    """
    text = "\n".join(ids)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{PART}{shard_mark()}{digest[:16]}"
