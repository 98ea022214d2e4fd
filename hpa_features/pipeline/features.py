"""`features`: the dictionary of columns, read from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError

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
_IMAGE, _METADATA = "Image", "Metadata"  # families of columns that are not measured of cells


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    """One column in words; names as in `HEADER`.

    Attributes
    ----------
    tables
        Tables with a column of that name: ``cells``, ``images``.
    statistics
        What ends the names of the columns that the table of images has instead, one for each
        statistic: ``Median``, ….
    """

    column: str
    family: str
    block: str
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

    def cells(self) -> tuple[str, ...]:
        """Return the values under `HEADER`, as text."""
        return tuple(_text(getattr(self, name)) for name in HEADER)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def features(families: Sequence[str] = (), find: str = "") -> tuple[DictionaryRow, ...]:
    """Return the dictionary of `families` (all: none named), of columns that mention `find`.

    ``Image`` names the facts of whole fields, ``Metadata`` the columns that are no features.

    Raises
    ------
    UsageError
        A family is unknown, or nothing mentions `find`.
    """
    from hpa_features.features.metadata import FIXED, FROM_FILES
    from hpa_features.features.registry import cell_entries, fact_entries, families_named

    others = {_IMAGE.casefold(): _IMAGE, _METADATA.casefold(): _METADATA}
    wanted = [others.get(name.casefold(), name) for name in families or ("all", *others)]
    measured = [name for name in wanted if name not in others.values()]
    rows = [_row(entry) for entry in (cell_entries(families_named(measured)) if measured else ())]
    rows += [_row(entry) for entry in (fact_entries() if _IMAGE in wanted else ())]
    rows += [_metadata_row(each) for each in ((*FIXED, *FROM_FILES) if _METADATA in wanted else ())]
    word = find.casefold()
    found = tuple(
        row for row in rows if any(word in c.casefold() for c in (*row.cells(), *row.names))
    )
    if not found:
        raise UsageError(f"No column speaks of {find!r}.", hint="List all: hpa-feat features")
    return found


def _row(entry: Entry) -> DictionaryRow:
    from hpa_features.features.aggregate import STATISTICS, TOP

    feature, of_field = entry.feature, entry.family == _IMAGE
    statistics = () if of_field else (*STATISTICS, *((TOP,) if feature.rare else ()))
    return DictionaryRow(
        column=entry.column.name,
        family=entry.family,
        block=entry.column.block,
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
        tables="images" if of_field else "cells",
        statistics=" ".join(statistics),
    )


def _metadata_row(column: MetadataColumn) -> DictionaryRow:
    low, high = column.range or (None, None)
    return DictionaryRow(
        column=column.column,
        family=_METADATA,
        block="",
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
    from hpa_features.features.aggregate import FEWEST_CELLS

    lines = [
        "# Columns of the tables",
        "",
        "Made by `hpa-feat features -o docs/features.md`; don't edit. The table of cells has every",
        "column of a family as it is named here. The table of images has it as `_Median`, `_Q10`",
        "and `_Q90` over an image's cells, and as `_Top` (mean of the twentieth with the largest",
        "values) where it is marked *rare*; it also has the columns of [Image](#image).",
        "[Metadata](#metadata) columns are in the tables that they name.",
        "",
        "**Which cells count.** The statistics of an image are made of its cells that do not touch",
        f"the border of the field and have a nucleus. Where fewer than {FEWEST_CELLS} such cells",
        "remain, they are made of all cells of the image (`Metadata_AllCellsUsed`).",
        "`Metadata_CellsUsed` is how many cells that is, of `Metadata_CellCount`; `extract` prints",
        "both as `97 cells, 41 used for image statistics`. The table of cells has all cells.",
        "",
        "A *gray step* of a plane is the smallest gap between values that occur in it. Pixel sizes",
        "up to which columns compare were measured on the default grid",
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
                "| column | what it says | unit | range | undefined when | source |",
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
