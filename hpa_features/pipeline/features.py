"""`features`: the dictionary of columns, read from the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError
from hpa_features.core.nearest import did_you_mean

if TYPE_CHECKING:
    from hpa_features.features.metadata import MetadataColumn
    from hpa_features.features.registry import Entry

HEADER = (
    "column",
    "block",
    "unit",
    "low",
    "high",
    "meaning",
    "undefined_when",
    "source",
    "rare",
    "acquisition",
    "survives",
    "comparable_nm",
    "tables",
    "statistics",
)
_WORD = re.compile(r"[a-z]{4,}")
_IMAGE, _METADATA = "Image", "Metadata"  # families of columns that are not measured of cells


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    """One column in words; names as in `HEADER`.

    Attributes
    ----------
    landmark
        What the protein is measured against, empty where it is nothing.
    tables
        Tables with a column of that name: ``cells``, ``images``.
    statistics
        What ends the names of the columns that the table of images has instead, one for each
        statistic: ``Median``, ….
    """

    column: str
    family: str
    block: str
    landmark: str
    unit: str
    low: float | None
    high: float | None
    meaning: str
    undefined_when: str
    source: str
    rare: bool
    acquisition: bool
    survives: str
    comparable_nm: int | None
    tables: str
    statistics: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of this column and of its statistics in the table of images."""
        return (self.column, *(f"{self.column}_{each}" for each in self.statistics.split()))

    @property
    def text(self) -> str:
        """All that `features` finds words in, in lower case."""
        from hpa_features.report.block_words import block_words

        return "\n".join((*self.cells(), *self.names, block_words(self.block))).casefold()

    def cells(self) -> tuple[str, ...]:
        """Return the values under `HEADER`, as text."""
        return tuple(_text(getattr(self, name)) for name in HEADER)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def features(names: Sequence[str] = (), find: str = "") -> tuple[DictionaryRow, ...]:
    """Return the rows of the dictionary that `names` name (all: none given) and `find` occurs in.

    Parameters
    ----------
    names
        Each is a column of either table, a family (also ``Image`` and ``Metadata``, the columns
        that are not measured of cells), a landmark, or words that occur in a name or description:
        the first of these that it is, in any case.
    find
        A text that must occur in the name or description.

    Raises
    ------
    UsageError
        A name fits nothing, or `find` occurs nowhere.
    """
    from hpa_features.features.families import FAMILIES
    from hpa_features.features.metadata import FIXED, FROM_FILES
    from hpa_features.features.registry import cell_entries, fact_entries

    rows = [_row(entry) for entry in (*cell_entries(FAMILIES), *fact_entries())]
    rows += [_metadata_row(each) for each in (*FIXED, *FROM_FILES)]
    if names:
        rows = list(dict.fromkeys(row for name in names for row in _named(name, rows)))
    found = tuple(row for row in rows if not find or find.casefold() in row.text)
    if not found:
        raise UsageError(
            f"No column's name or description contains {find!r}.",
            hint=_suggest(find, rows),
        )
    return found


def _named(name: str, rows: Sequence[DictionaryRow]) -> list[DictionaryRow]:
    """Return the rows that `name` means."""
    from hpa_features.features.registry import families_named

    word = name.casefold()
    if word in ("all", "default"):
        families = {each.name for each in families_named((word,))}
        return [row for row in rows if row.family in families]
    same = [row for row in rows if word == row.column.casefold()]
    if not same:
        same = [_of_images(name) for row in rows if word in map(str.casefold, row.names)]
    alike = [row for row in rows if word in (row.family.casefold(), row.landmark.casefold())]
    found = same or alike or [row for row in rows if all(w in row.text for w in word.split())]
    if not found or not word.strip():
        raise UsageError(
            f"No column, family or landmark is named {name!r}, and no description contains it.",
            hint=_suggest(name, rows),
        )
    return found


def _of_images(name: str) -> DictionaryRow:
    """Return the row of a statistic: a column that only the table of images has."""
    from hpa_features.features.families import FAMILIES
    from hpa_features.features.registry import image_entries

    word = name.casefold()
    return next(
        _row(each) for each in image_entries(FAMILIES) if each.column.name.casefold() == word
    )


def _suggest(name: str, rows: Iterable[DictionaryRow]) -> str:
    """Return what to try next: a location's page, or names and words like `name`."""
    from hpa_features.core.locations import LOCATIONS

    word = name.strip().casefold()
    located = next((each for each in LOCATIONS if word and word in each.casefold()), "")
    if located:
        return f"docs/locations.md lists the columns that find {located}."
    names = {each: None for row in rows for each in (row.family, row.landmark, *row.names)}
    words = {each: None for row in rows for each in _WORD.findall(row.text)}
    near = did_you_mean(name, names) or did_you_mean(name, words)
    return near or "List all: hpa-feat features"


def _row(entry: Entry) -> DictionaryRow:
    from hpa_features.features.aggregate import STATISTICS, TOP
    from hpa_features.features.spec import Landmark

    feature = entry.feature
    of_images = entry.family == _IMAGE or bool(entry.statistic)
    statistics = () if of_images else (*STATISTICS, *((TOP,) if feature.rare else ()))
    return DictionaryRow(
        column=entry.column.name,
        family=entry.family,
        block=entry.column.block,
        landmark="" if feature.landmark is Landmark.NONE else feature.landmark.value,
        unit=feature.unit,
        low=feature.range[0],
        high=feature.range[1],
        meaning=entry.column.meaning,
        undefined_when=feature.nan_when,
        source=feature.source,
        rare=feature.rare,
        acquisition=feature.acquisition,
        survives=" ".join(sorted(feature.invariances)),
        comparable_nm=entry.comparable_nm,
        tables="images" if of_images else "cells",
        statistics=" ".join(statistics),
    )


def _metadata_row(column: MetadataColumn) -> DictionaryRow:
    low, high = column.range or (None, None)
    return DictionaryRow(
        column=column.column,
        family=_METADATA,
        block="",
        landmark="",
        unit=column.unit,
        low=low,
        high=high,
        meaning=column.meaning,
        undefined_when=column.undefined_when,
        source=column.source,
        rare=False,
        acquisition=False,
        survives="",
        comparable_nm=None,
        tables=" ".join(column.tables),
        statistics="",
    )


def write_dictionary(rows: Iterable[DictionaryRow], path: Path, *, overwrite: bool = False) -> None:
    """Write the dictionary as CSV, or as a page when `path` ends in ``.md``.

    Raises
    ------
    UsageError
        The file's name ends in something else, or it exists and `overwrite` is off.
    """
    from hpa_features.io.atomic import refuse_existing, replacing
    from hpa_features.io.row_files import write_rows

    if path.suffix not in {".csv", ".md"}:
        raise UsageError(
            f"The dictionary is written as .csv or .md, not as {path.name}.",
            hint="Use -o features.csv",
        )
    refuse_existing(path, overwrite=overwrite)
    if path.suffix == ".csv":
        write_rows(path, HEADER, (row.cells() for row in rows))
        return
    with replacing(path) as temporary:
        temporary.write_text(_page(rows), encoding="utf-8")


def _page(rows: Iterable[DictionaryRow]) -> str:
    from hpa_features.core.tables import FEWEST_CELLS

    lines = [
        "# Columns of the tables",
        "",
        "Made by `hpa-feat features -o docs/features.md`; don't edit. The table of cells has the",
        "columns of each family under the names given here. The table of images has them with",
        "`_Median`, `_Q10` and `_Q90` over the cells of an image, and with `_Top` (mean of the top",
        "5 % of cells) where marked *rare*; it also has the columns of [Image](#image).",
        "[Metadata](#metadata) columns are in the tables that they name.",
        "",
        "**Which cells count.** Image statistics use the cells that do not touch the border of the",
        f"field and have a nucleus. If there are fewer than {FEWEST_CELLS} such cells, they use",
        "all cells of the image (`Metadata_AllCellsUsed`). `Metadata_CellsUsed` is the number of",
        "cells used, `Metadata_CellCount` the number of cells found; `extract` prints both as",
        "`97 cells, 41 used for image statistics`. The table of cells has all cells.",
        "",
        "A *gray step* of a plane is the smallest gap between its gray values. The pixel sizes up",
        "to which columns are comparable were measured on the default grid",
        "(`benchmarks/results/resolution.md`).",
    ]
    family = ""
    for row in rows:
        if row.family != family:
            family = row.family
            lines += [
                "",
                f"## {family}",
                "",
                "| column | meaning | unit | range | undefined when | source |",
            ]
            lines += ["|---|---|---|---|---|---|"]
        lines.append(_line(row))
    return "\n".join(lines) + "\n"


def _line(row: DictionaryRow) -> str:
    of_tables = f"tables: {row.tables.replace(' ', ', ')}"
    marks = (
        ("rare", row.rare),
        ("acquisition", row.acquisition),
        (of_tables, row.family == _METADATA),
    )
    meaning = row.meaning + "".join(f" *({mark})*" for mark, on in marks if on)
    values = "" if row.low is None else f"{row.low:g} … {row.high:g}"
    source = row.source.replace("|", chr(92) + "|")
    return (
        f"| `{row.column}` | {meaning} | {row.unit} | {values} | {row.undefined_when} | {source} |"
    )
