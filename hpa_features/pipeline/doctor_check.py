"""One line of what `doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a check is about, in the order of the report."""

    MACHINE = "machine"
    PACKAGE = "package"
    DEVICE = "device"
    EXTRA = "extra"
    WEIGHTS = "weights"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that hpa-feat can use, and whether it can here.

    Attributes
    ----------
    kind
        What it is.
    name
        What a user calls it.
    usable
        Whether it works.
    found
        What is there: a version, a path, devices; empty where nothing is.
    problem
        Why it is not usable, in a line.
    gives
        What it is for.
    fix
        What to type to have it.
    part_of
        Names of the checks that need it.
    """

    kind: Kind
    name: str
    usable: bool
    found: str = ""
    problem: str = ""
    gives: str = ""
    fix: str = ""
    part_of: tuple[str, ...] = ()
