"""Rows that show what a model makes of a label: its best, its worst, and its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Shows(StrEnum):
    """What a row shows about a label."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    MISSED = "missed"
    INVENTED = "invented"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Example:
    """A row, and what it shows."""

    row: int
    shows: Shows


_WANTED = {
    Shows.HIGHEST: 2,
    Shows.LOWEST: 1,
    Shows.MISSED: 2,
    Shows.INVENTED: 2,
    Shows.NEAR: 1,
}


def examples_of(
    truth: NDArray[np.bool_],
    decision: NDArray[np.bool_],
    probability: NDArray[np.float64],
    threshold: float,
    groups: Sequence[str],
) -> tuple[Example, ...]:
    """Return up to eight rows, each once and of each kind at most one of a group.

    The highest probabilities of rows with the label, the lowest without it, the most confident
    errors both ways, and the row closest to the threshold.

    Parameters
    ----------
    truth, decision
        (rows,) bool of one label.
    probability
        (rows,) held-out.
    threshold
        Of the label.
    groups
        (rows,) group of each row.
    """
    choices = (
        (Shows.HIGHEST, truth & decision, -probability),
        (Shows.MISSED, truth & ~decision, probability),
        (Shows.INVENTED, ~truth & decision, -probability),
        (Shows.NEAR, np.ones(len(truth), dtype=bool), np.abs(probability - threshold)),
        (Shows.LOWEST, ~truth & ~decision, probability),
    )
    found: list[Example] = []
    for shows, among, order in choices:
        used: set[str] = set()
        taken = {each.row for each in found}
        for row in np.argsort(order, kind="stable").tolist():
            if len(used) == _WANTED[shows]:
                break
            if among[row] and row not in taken and groups[row] not in used:
                used.add(groups[row])
                found.append(Example(row, shows))
    return tuple(found)
