"""Sections of labels: columns and distances that distinguish fields with the label from others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpa_features.pipeline.report_rows import FeatureRows
from hpa_features.report.label_section import ColumnFacts, Profile, Shell

if TYPE_CHECKING:
    from hpa_features.learn.model import Model

TOP_COLUMNS, _BINS, _FEWEST = 6, 24, 3
_STATISTIC = re.compile(r"_(Median|Q10|Q90|Top)$")
_SHELL = re.compile(
    r"(Nuclei|Cytoplasm)_RadialDistribution_(Nuclear|Edge)ShellLevel_Protein_(\d+)to(\d+)nm_Median"
)


def top_columns(
    learned: Model,
    gains: NDArray[np.float64],
    rows: FeatureRows | None,
    truth: NDArray[np.bool_],
) -> tuple[ColumnFacts, ...]:
    """Return the columns of images with the most gain, one statistic of each.

    Parameters
    ----------
    gains
        (seen columns,) of the label.
    rows
        Features of training rows; None: unknown.
    truth
        (rows,) whether each of `rows` has the label.
    """
    found: dict[str, int] = {}
    for at in np.argsort(-gains[: len(learned.columns)], kind="stable").tolist():
        if gains[at] <= 0 or len(found) == TOP_COLUMNS:
            break
        found.setdefault(_STATISTIC.sub("", learned.columns[at].name), at)
    return tuple(
        _column(learned, at, float(gains[at]), None if rows is None else rows.values[:, at], truth)
        for at in found.values()
    )


def _column(
    learned: Model,
    at: int,
    share: float,
    values: NDArray[np.float32] | None,
    truth: NDArray[np.bool_],
) -> ColumnFacts:
    column = learned.columns[at]
    auc, low, high = float("nan"), 0.0, 1.0
    counts: tuple[tuple[float, ...], ...] = ((), ())
    if values is not None:
        known = ~np.isnan(values)
        parts = [values[known & truth].astype(float), values[known & ~truth].astype(float)]
        if min(map(len, parts)) >= _FEWEST:
            auc = _auc(*parts)
            low, high = (float(end) for end in np.percentile(np.concatenate(parts), [1, 99]))
            if low < high:
                counts = tuple(_histogram(part, low, high) for part in parts)
    return ColumnFacts(
        name=column.name,
        meaning=column.meaning,
        share=share,
        auc=auc,
        low=low,
        high=high,
        positives=counts[0],
        negatives=counts[1],
    )


def _auc(positives: NDArray[np.float64], negatives: NDArray[np.float64]) -> float:
    from sklearn.metrics import roc_auc_score

    truth = np.repeat([True, False], [len(positives), len(negatives)])
    return float(roc_auc_score(truth, np.concatenate([positives, negatives])))


def _histogram(values: NDArray[np.float64], low: float, high: float) -> tuple[float, ...]:
    """Return the share of values in each bin; those beyond the ends are in the outermost bins."""
    counts, _ = np.histogram(np.clip(values, low, high), bins=_BINS, range=(low, high))
    return tuple((counts / len(values)).tolist())


def profiles_of(rows: FeatureRows | None, truth: NDArray[np.bool_]) -> tuple[Profile, ...]:
    """Return the protein by distance from the nuclear and the cell edge; empty: unknown."""
    if rows is None:
        return ()
    found: dict[str, list[Shell]] = {"Nuclear": [], "Edge": []}
    for name in rows.names:
        match = _SHELL.fullmatch(name)
        if match is None:
            continue
        start, end = float(match[3]) / 1000, float(match[4]) / 1000
        inside = match[1] == "Nuclei" or match[2] == "Edge"
        values = rows.column(name)
        shell = None if values is None else _shell(values, truth, start, end, inside=inside)
        if shell is not None:
            found[match[2]].append(shell)
    titles = {
        "Nuclear": (
            "Protein by distance from the nuclear edge",
            "µm from the nuclear edge (−: inside)",
        ),
        "Edge": ("Protein by distance from the cell edge", "µm from the cell edge (−: inside)"),
    }
    return tuple(
        Profile(*titles[kind], tuple(sorted(shells, key=lambda each: each.start)))
        for kind, shells in found.items()
        if len(shells) > 1
    )


def _shell(
    values: NDArray[np.float32],
    truth: NDArray[np.bool_],
    start: float,
    end: float,
    *,
    inside: bool,
) -> Shell | None:
    parts = [values[truth & ~np.isnan(values)], values[~truth & ~np.isnan(values)]]
    if min(map(len, parts)) < _FEWEST:
        return None
    label, rest = (_quartiles(part) for part in parts)
    ends = (-end, -start) if inside else (start, end)
    return Shell(*ends, label, rest)


def _quartiles(values: Sequence[float] | NDArray[np.float32]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
