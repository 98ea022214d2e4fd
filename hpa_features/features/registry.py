"""Questions about FAMILIES: which there are, which columns they give, what a column means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from hpa_features.core.errors import UsageError
from hpa_features.core.nearest import did_you_mean
from hpa_features.core.tables import Column
from hpa_features.core.types import Channel
from hpa_features.features.aggregate import STATISTICS, TOP
from hpa_features.features.families import FAMILIES
from hpa_features.features.field_facts import FIELD_FACTS
from hpa_features.features.resolution_limits import limit_words, limits_nm
from hpa_features.features.spec import Family, Quantity

_STATISTIC_WORDS = {
    "Median": "median over the cells",
    "Q10": "10 % quantile over the cells",
    "Q90": "90 % quantile over the cells",
    TOP: "mean of the top 5 % of cells",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One column of a table and the feature behind it.

    Attributes
    ----------
    column
        What learning and reports need to know: name, block, acquisition, meaning.
    family
        Name of the feature's family, ``Image`` for facts of whole fields.
    feature
        The feature.
    statistic
        ``Median``, ``Q10``, ``Q90``, ``Top``; empty in the cell table and for whole fields.
    source
        Number of the cell-table column (or field fact) that it comes from.
    comparable_nm
        Values of coarser pixels shift or rank cells otherwise; None: not up to 480 nm.
    """

    column: Column
    family: str
    feature: Quantity
    statistic: str
    source: int
    comparable_nm: int | None = None


def families_named(names: Sequence[str]) -> tuple[Family, ...]:
    """Return the families of that name in any case, in column order; none named: the default.

    ``all`` and ``default`` name sets of families; those of other libraries are in neither.

    Raises
    ------
    UsageError
        A name is not that of a family.
    """
    words = {name.casefold() for name in names}
    known = {"all", "default", *(family.name.casefold() for family in FAMILIES)}
    known_names = [family.name for family in FAMILIES]
    if unknown := [name for name in names if name.casefold() not in known]:
        raise UsageError(
            f"No feature family is named {', '.join(unknown)}.",
            hint=did_you_mean(unknown[0], known_names) or f"Choose from: {', '.join(known_names)}.",
        )
    default = not names or "default" in words
    return tuple(
        family
        for family in FAMILIES
        if (default and family.default)
        or ("all" in words and not family.by_name_only)
        or family.name.casefold() in words
    )


@cache
def families_with(names: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Family, ...]:
    """Return the families of `names` with the features that `columns` of either table need.

    Without `columns` with all of their features. The same tuple for the same arguments.

    Raises
    ------
    UsageError
        A name is not that of a family.
    """
    families = families_named(names)
    if not columns:
        return families
    wanted = set(columns)

    def needed(column: str) -> bool:
        return column in wanted or any(f"{column}_{each}" in wanted for each in (*STATISTICS, TOP))

    return tuple(
        replace(family, features=tuple(f for f in family.features if needed(family.column(f))))
        for family in families
    )


@cache
def cell_entries(
    families: tuple[Family, ...], channels: tuple[Channel, ...] = tuple(Channel)
) -> tuple[Entry, ...]:
    """Return the columns of the cell table, without those of channels that are missing."""
    entries = []
    place = 0
    for family in families:
        for feature in family.features:
            if all(channel in channels for channel in feature.channels):
                name = family.column(feature)
                nm = limits_nm().get(name)
                meaning = _said(feature.meaning, nm)
                column = Column(name, family.block(feature), feature.acquisition, meaning)
                entries.append(Entry(column, family.name, feature, "", place, nm))
            place += 1
    return tuple(entries)


def _said(meaning: str, nm: int | None) -> str:
    return f"{meaning} {limit_words(nm)}".rstrip()


def _with_statistic(entry: Entry, statistic: str) -> Entry:
    meaning = f"{entry.feature.meaning.rstrip('.')}, {_STATISTIC_WORDS[statistic]}."
    meaning = _said(meaning, entry.comparable_nm)
    column = Column(
        f"{entry.column.name}_{statistic}",
        entry.column.block,
        entry.column.acquisition,
        meaning,
    )
    return replace(entry, column=column, statistic=statistic)


def image_entries(
    families: Sequence[Family], channels: Sequence[Channel] = tuple(Channel)
) -> tuple[Entry, ...]:
    """Return the columns of the image table: statistics of cells, tops of rare ones, facts."""
    cells = cell_entries(tuple(families), tuple(channels))
    statistics = [_with_statistic(entry, name) for entry in cells for name in STATISTICS]
    tops = [_with_statistic(entry, TOP) for entry in cells if entry.feature.rare]
    return (*statistics, *tops, *fact_entries(channels))


def fact_entries(channels: Sequence[Channel] = tuple(Channel)) -> tuple[Entry, ...]:
    """Return the columns of the image table that are facts of whole fields."""
    return tuple(
        Entry(
            Column(
                FIELD_FACTS.column(feature),
                "Acquisition",
                acquisition=feature.acquisition,
                meaning=feature.meaning,
            ),
            "Image",
            feature,
            "",
            place,
        )
        for place, feature in enumerate(FIELD_FACTS.features)
        if all(channel in channels for channel in feature.channels)
    )
