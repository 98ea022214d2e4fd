"""A whole labelled set: which field shows which protein, and which protein lies where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpa_features.core.errors import UsageError
from hpa_features.core.locations import LOCATIONS, location_index
from hpa_features.core.nearest import did_you_mean
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.simulate.culture import GROWING, INTERPHASE, Culture
from hpa_features.simulate.field import FieldPlan
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.patterns import PATTERNS
from hpa_features.simulate.protein import draw_protein
from hpa_features.simulate.seeds import stream

# Eight that together need every landmark; the most frequent ones of HPA are among them.
DEFAULT_LOCATIONS = (
    "Nucleoplasm",
    "Nucleoli",
    "Endoplasmic reticulum",
    "Golgi apparatus",
    "Microtubules",
    "Plasma membrane",
    "Mitochondria",
    "Cytosol",
)
# A study of these alone has cells in interphase only, as before there were the other seventeen.
_IN_INTERPHASE = frozenset(
    {
        *DEFAULT_LOCATIONS,
        "Nuclear membrane",
        "Nuclear speckles",
        "Nuclear bodies",
    }
)
# Chance of one, two or three locations; Kaggle's training images have 1.6 on average.
LOCATION_COUNTS = (0.45, 0.4, 0.15)


@dataclass(frozen=True, slots=True)
class Study:
    """A labelled set of fields; field `i` is the same however many fields there are.

    Attributes
    ----------
    settings
        What was asked for.
    locations
        The locations that occur, in the order of `LOCATIONS`.
    """

    settings: SimulateSettings
    locations: tuple[str, ...]

    def __len__(self) -> int:
        return self.settings.fields

    @property
    def culture(self) -> Culture:
        """The state of the cells; the same for all fields, so it is independent of labels."""
        return INTERPHASE if _IN_INTERPHASE.issuperset(self.locations) else GROWING

    def field_id(self, index: int) -> str:
        """Return the name of field `index`; it contains the seed, so studies can be merged."""
        return f"sim{self.settings.seed}-{index:06d}"

    def protein_name(self, index: int) -> str:
        """Return the group of field `index`."""
        return f"SIM{self.settings.seed}-{self._group(index):05d}"

    def line(self, index: int) -> CellLine:
        """Return the cell line of field `index`, drawn for each field."""
        rng = stream(self.settings.seed, self.field_id(index), "line")
        lines = self.culture.lines
        return lines[int(rng.integers(len(lines)))]

    def labels(self, index: int) -> tuple[int, ...]:
        """Return the integers 0…27 of the locations of field `index`, ascending."""
        return tuple(sorted(map(LOCATIONS.index, self._group_locations(self._group(index)))))

    def plan(self, index: int) -> FieldPlan:
        """Return the plan of field `index`."""
        settings = self.settings
        locations = self._group_locations(self._group(index))
        return FieldPlan(
            id=self.field_id(index),
            protein=draw_protein(self.protein_name(index), settings.seed, locations),
            line=self.line(index),
            shape=(settings.size, settings.size),
            pixel_size_um=settings.pixel_size_um,
            bit_depth=settings.bit_depth,
            culture=self.culture,
            bleed=settings.bleed,
        )

    def _group(self, index: int) -> int:
        return index // self.settings.group_size

    def _group_locations(self, group: int) -> tuple[str, ...]:
        """The first location goes round all of them, so each is about as frequent; more by lot."""
        turn, place = divmod(group, len(self.locations))
        order = stream(self.settings.seed, "order", turn).permutation(len(self.locations))
        first = self.locations[order[place]]
        rng = stream(self.settings.seed, "more", group)
        chances = np.array(LOCATION_COUNTS[: self.settings.most_locations])
        more = int(rng.choice(len(chances), p=chances / chances.sum()))
        others = [name for name in self.locations if name != first]
        chosen = rng.permutation(len(others))[:more]
        return (first, *(others[number] for number in chosen))


def study(settings: SimulateSettings) -> Study:
    """Return the study that `settings` describe.

    Raises
    ------
    UsageError
        Unknown locations, or numbers that make no field.
    """
    _check(settings)
    names = settings.locations or DEFAULT_LOCATIONS
    if names == ("all",):
        names = LOCATIONS
    return Study(settings, _known(names))


def _check(settings: SimulateSettings) -> None:
    for name, value, least in (
        ("--fields", settings.fields, 1),
        ("--size", settings.size, 32),
        ("--group-size", settings.group_size, 1),
    ):
        if value < least:
            raise UsageError(f"{name} is {value}; it must be at least {least}.")
    if not 0.04 <= settings.pixel_size_um <= 2.0:
        raise UsageError(
            f"--pixel-size-um is {settings.pixel_size_um:g}; it must lie between 0.04 and 2.",
            hint="HPA's own fields have 0.08, Kaggle's 512² pictures 0.32 or 0.48.",
        )
    if not 0 <= settings.bleed <= 1:
        raise UsageError(f"--bleed is {settings.bleed:g}; it must lie between 0 and 1.")
    if not 1 <= settings.most_locations <= len(LOCATION_COUNTS):
        raise UsageError(f"--most-locations is {settings.most_locations}; it must be 1, 2 or 3.")
    if settings.bit_depth not in (8, 16):
        raise UsageError(f"--bit-depth is {settings.bit_depth}; it must be 8 or 16.")


def _known(names: Sequence[str]) -> tuple[str, ...]:
    found: set[str] = set()
    for name in names:
        index = location_index(name)
        if index is None or LOCATIONS[index] not in PATTERNS:
            raise UsageError(
                f"Location {name!r} cannot be simulated.",
                hint=did_you_mean(name, PATTERNS) or f"Choose from: {', '.join(PATTERNS)}.",
            )
        found.add(LOCATIONS[index])
    return tuple(name for name in LOCATIONS if name in found)
