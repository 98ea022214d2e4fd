"""`features`: the dictionary of columns, read from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError

if TYPE_CHECKING:
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
)


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    """One column of the cell table (or fact of a whole field), in words; names as in `HEADER`."""

    column: str
    family: str
    block: str
    unit: str
    low: float
    high: float
    meaning: str
    undefined_when: str
    source: str
    rare: bool
    acquisition: bool
    survives: str
    comparable_nm: int | None

    def cells(self) -> tuple[str, ...]:
        """Return the values under `HEADER`, as text."""
        return tuple(_text(getattr(self, name)) for name in HEADER)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def features(families: Sequence[str] = (), find: str = "") -> tuple[DictionaryRow, ...]:
    """Return the dictionary of `families` (all: none named), of columns that speak of `find`.

    Raises
    ------
    UsageError
        A family is unknown, or nothing speaks of `find`.
    """
    from hpa_features.features.registry import cell_entries, fact_entries, families_named

    entries = cell_entries(families_named(families or ("all",)))
    rows = [_row(entry) for entry in (*entries, *(() if families else fact_entries()))]
    word = find.casefold()
    found = tuple(r for r in rows if not word or any(word in c.casefold() for c in r.cells()))
    if not found:
        raise UsageError(f"No column speaks of {find!r}.", hint="List all: hpa-feat features")
    return found


def _row(entry: Entry) -> DictionaryRow:
    feature = entry.feature
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
    )


def write_dictionary(rows: Iterable[DictionaryRow], path: Path, *, overwrite: bool = False) -> None:
    """Write the dictionary as CSV, or as a page when `path` ends in ``.md``.

    Raises
    ------
    UsageError
        The file's name ends in something else, or it exists and `overwrite` is off.
    """
    from hpa_features.io.atomic import refuse_existing, replacing, write_csv

    if path.suffix not in {".csv", ".md"}:
        raise UsageError(
            f"The dictionary is written as .csv or .md, not as {path.name}.",
            hint="Use -o features.csv",
        )
    refuse_existing(path, overwrite=overwrite)
    if path.suffix == ".csv":
        write_csv(path, HEADER, (row.cells() for row in rows))
        return
    with replacing(path) as temporary:
        temporary.write_text(_page(rows), encoding="utf-8")


def _page(rows: Iterable[DictionaryRow]) -> str:
    lines = [
        "# Columns of the cell table",
        "",
        "Made by `hpa-feat features -o docs/features.md`; don't edit. The image table has every",
        "column as `_Median`, `_Q10` and `_Q90` over an image's cells, and as `_Top` (mean of the",
        "twentieth with the largest values) where *rare* is said. Pixel sizes up to which",
        "columns compare were measured on the default grid (`benchmarks/results/resolution.md`).",
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
        marks = "".join(
            f" *({mark})*"
            for mark, on in (("rare", row.rare), ("acquisition", row.acquisition))
            if on
        )
        lines.append(
            f"| `{row.column}` | {row.meaning}{marks} | {row.unit} | {row.low:g} … {row.high:g} "
            f"| {row.undefined_when} | {row.source.replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines) + "\n"
