"""What the text of one cell of a label column means: names of labels.

The challenges of 2018 and 2021 number the same locations differently: 14 is Microtubules in one
and Mitochondria in the other. 2018's numbers stand between spaces in ``Target``, 2021's between
``|`` in ``Label``. Numbers in ``Labels`` could be either, so they are refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import cache

from hpa_features.core.locations import LOCATIONS, LOCATIONS_2021, location_index
from hpa_features.io.table_text import is_missing

# "Nuclear body" and "Nuclear speckels" lie above, HPA's newer "Nucleoli rim" below.
_MISSPELT = 0.84
_SEPARATOR = re.compile("[;|]")
_NUMBER = re.compile(r"([0-9]+)(?:\.0*)?")  # tables with gaps hold integers as 25.0
_NUMBERS = re.compile(r"[\W_]*(\d+[\W_]*)+")  # 14|0|, '14/0', [14, 0], 14.0
_LIST = re.compile(r"[\[({]\s*['\"].*['\"]\s*[])}]")  # as pandas writes a column of lists
_BETWEEN = "write names without quotes and brackets, separated by ;."
_WHICH_NUMBERS = (
    "Numbers of the 2018 challenge (0–27) belong in a column Target, separated by spaces; those of "
    "the 2021 challenge (0–18) in a column Label, separated by |. For other labels, write names."
)


def one_line(cell: str) -> str:
    """Return the cell.

    Raises
    ------
    ValueError
        It goes over several lines, as the rows after an unclosed quote do.
    """
    if "\n" in cell or "\r" in cell:
        raise ValueError('its labels span several lines; is a quote (") not closed?')
    return cell


def split_names(cell: str) -> list[str]:
    """Return the parts of a cell between ``;`` or ``|``, without those that mean missing."""
    parts = (" ".join(part.split()) for part in _SEPARATOR.split(cell))
    return [part for part in parts if not is_missing(part)]


def has_missing(cell: str) -> bool:
    """Whether a part of the cell is ``NA``, ``nan`` or the like; an empty one is not."""
    return any(part.strip() and is_missing(part.strip()) for part in _SEPARATOR.split(cell))


def is_numbers(cell: str) -> bool:
    """Whether a cell holds nothing but whole numbers, whatever is between and around them."""
    return _NUMBERS.fullmatch(cell) is not None


def names_of_2018(cell: str) -> list[str]:
    """Return the locations that the numbers of the 2018 challenge mean.

    Raises
    ------
    ValueError
        A word is not one of its numbers.
    """
    names = []
    for word in cell.split():
        number = _number(word)
        if number is None or number >= len(LOCATIONS):
            raise ValueError(f"unknown label {word!r} in Target; {_instead_of(word)}")
        names.append(LOCATIONS[number])
    return names


def _instead_of(word: str) -> str:
    if "|" in word and is_numbers(word):
        return (
            "numbers between | are those of the 2021 challenge, whose columns are named ID and "
            "Label. The 2018 challenge has numbers 0–27 between spaces."
        )
    wanted = "wanted integers 0–27 between spaces."
    return wanted if is_numbers(word) else f"{wanted} Names belong in a column Labels, between ;."


def names_of_2021(cell: str) -> list[str]:
    """Return the locations that the numbers of the 2021 challenge mean; 18 means none.

    Raises
    ------
    ValueError
        A word is not one of its numbers.
    """
    names = []
    for word in split_names(cell):
        number = _number(word)
        if number is None or number > len(LOCATIONS_2021):
            raise ValueError(
                f"unknown label {word!r} in Label; numbers there are those of the 2021 challenge, "
                "0–18 between |. Those of 2018 belong in a column Target, names in Labels."
            )
        if number < len(LOCATIONS_2021):
            names.append(LOCATIONS_2021[number])
    return list(dict.fromkeys(names))


def plain_names(cell: str) -> list[str]:
    """Return names as they are.

    Raises
    ------
    ValueError
        One is a number that could be taken for a location, or they are a list.
    """
    names = split_names(cell)
    for name in (cell, *names):
        if is_numbers(name) and any(int(each) < len(LOCATIONS) for each in _digits(name)):
            raise ValueError(f"unknown label {name!r}; names are wanted here. {_WHICH_NUMBERS}")
    if _LIST.fullmatch(cell):
        raise ValueError(f"{cell!r} is a list; {_BETWEEN}")
    return names


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def atlas_names(cell: str) -> list[str]:
    """Return names with those of the 28 locations as the project spells them.

    Raises
    ------
    ValueError
        One is a number or looks like a misspelt location.
    """
    return [_atlas_name(name) for name in split_names(cell)]


def are_of_atlas(cells: Sequence[str]) -> bool:
    """Whether one of the names in `cells` is one of the 28 locations."""
    found = {name for cell in cells for name in split_names(cell)}
    return any(_is_location(name) or _listed_location(name) for name in found)


def _is_location(name: str) -> bool:
    return not is_numbers(name) and location_index(name) is not None


def _listed_location(name: str) -> str:
    """Return a location among names between commas, as proteinatlas.org's tables hold them."""
    if location_index(name) is not None:
        return ""
    parts = (part.strip(" '\"[](){}") for part in name.split(","))
    return next((part for part in parts if _is_location(part)), "")


@cache
def _atlas_name(name: str) -> str:
    """Return the location that `name` means, or `name` itself where it resembles none."""
    if is_numbers(name):
        raise ValueError(f"unknown label {name!r}; names are wanted here. {_WHICH_NUMBERS}")
    index = location_index(name)
    if index is not None:
        return LOCATIONS[index]
    listed = _listed_location(name)
    if listed:
        raise ValueError(f"unknown label {name!r}, which contains {listed!r}; {_BETWEEN}")
    folded = {location.casefold(): location for location in LOCATIONS}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=_MISSPELT)
    if close:
        raise ValueError(f"unknown label {name!r}; did you mean {folded[close[0]]!r}?")
    return name


def _number(word: str) -> int | None:
    found = _NUMBER.fullmatch(word)
    return None if found is None else int(found[1])
