"""Which line of the Cellpose package is installed, without importing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

from hpa_features.core.errors import DataError, MissingExtra


class Line(StrEnum):
    """Lines of the package, whose networks and weights differ."""

    CP3 = "3"
    CP4 = "4"


@dataclass(frozen=True, slots=True)
class Needed:
    """What one line of the package needs.

    Attributes
    ----------
    extra
        Extra of this package that installs it.
    requirement
        The versions, as pip takes them.
    lowest, below
        The lowest version, and the first that is too new.
    nucleus_model, cell_model
        Weights that are used where none are named.
    """

    extra: str
    requirement: str
    lowest: tuple[int, ...]
    below: tuple[int, ...]
    nucleus_model: str
    cell_model: str


NEEDED = {
    Line.CP3: Needed("cellpose", "cellpose>=3.1.1.1,<4", (3, 1, 1, 1), (4,), "nuclei", "cyto3"),
    Line.CP4: Needed("cellpose-sam", "cellpose>=4.2,<5", (4, 2), (5,), "cpsam_v2", "cpsam_v2"),
}


def installed_version(package: str = "cellpose") -> str | None:
    """Return the version of an installed package, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def line_of(found: str) -> Line | None:
    """Return the line that a version belongs to, None where it is of neither."""
    numbers = tuple(int(each) for each in re.findall(r"\d+", found.partition("+")[0])[:4])
    for line, needed in NEEDED.items():
        if needed.lowest <= numbers < needed.below:
            return line
    return None


def installed_line() -> Line:
    """Return the line that is installed.

    Raises
    ------
    MissingExtra
        Neither is.
    DataError
        Another version is installed.
    """
    found = installed_version()
    if found is None:
        raise MissingExtra("cellpose", NEEDED[Line.CP3].extra)
    line = line_of(found)
    if line is None:
        raise DataError(
            f"cellpose {found} is installed; supported are {_supported()}.",
            hint=f"Install one of them: pip install '{NEEDED[Line.CP3].requirement}'",
        )
    return line


def _supported() -> str:
    return " and ".join(needed.requirement.removeprefix("cellpose") for needed in NEEDED.values())
