"""A table of how frequent labels are among the rows to predict."""

from __future__ import annotations

from collections.abc import Sequence

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.arrow import column_named, name_some, read_arrow, texts

LABEL, PREVALENCE = "label", "prevalence"


def read_prevalence(path: str, labels: Sequence[str]) -> dict[str, float]:
    """Read the shares of some of `labels`.

    Parameters
    ----------
    path
        A table of ``label`` and ``prevalence``, a share of rows above 0 and below 1.
    labels
        Names that are known.

    Raises
    ------
    UsageError
        No such file, no such columns, or a label that is not known.
    DataError
        A label twice, or a share that is none.
    """
    table = read_arrow(path, text=None)
    columns = {each: column_named(table, each) for each in (LABEL, PREVALENCE)}
    for column, found in columns.items():
        if not found:
            raise UsageError(
                f"{path} has no column {column}; its columns are: {name_some(table.column_names)}.",
                hint="Wanted two columns: label and prevalence, such as Cytosol,0.39.",
            )
    shares: dict[str, float] = {}
    for label, text in zip(*(texts(table, name) for name in columns.values()), strict=True):
        if label not in labels:
            raise UsageError(
                f"{path}: the model has no label {label!r}.",
                hint=f"Its labels: {name_some(tuple(labels), 40)}.",
            )
        if label in shares:
            raise DataError(f"{path} has {label!r} twice.")
        shares[label] = _share(text, f"{path}: prevalence of {label!r}")
    return shares


def _share(text: str, what: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 < share < 1:
        raise DataError(f"{what} must be a share above 0 and below 1, got {text!r}.")
    return share
