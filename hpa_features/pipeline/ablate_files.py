"""What `ablate` writes next to its models: a table and a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_features.pipeline.ablate_summary import Ablated, AblateSummary
    from hpa_features.report.ablation import Ablation

TABLE, PICTURE = "ablation.csv", "ablation.svg"
MEAN = "mean over labels"
_HEADER = (
    "Columns",
    "Width",
    "Label",
    "F1",
    "AP",
    *(f"{what}{end}" for what in ("F1Loss", "APLoss") for end in ("", "Low", "High")),
)


def write_ablation(folder: Path, summary: AblateSummary) -> None:
    """Write the table and the picture; each is whole under its name."""
    from hpa_features.io.atomic import replacing
    from hpa_features.io.row_files import write_rows
    from hpa_features.report.ablation import ablation_svg

    rows = (row for each in summary.sets for row in _rows(each, summary.labels))
    write_rows(folder / TABLE, _HEADER, rows)
    with replacing(folder / PICTURE) as temporary:
        temporary.write_text(ablation_svg(_drawn(summary)), encoding="utf-8")


def _rows(each: Ablated, labels: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """Yield the mean over labels, then each label; losses are those of the set's model."""
    f1, ap = each.f1_gap, each.precision_gap
    yield (
        each.name,
        each.columns,
        MEAN,
        *map(_cell, (each.macro_f1, each.mean_ap, f1.macro, *f1.interval, ap.mean, *ap.interval)),
    )
    for at, label in enumerate(labels):
        values = (
            each.f1[at],
            each.ap[at],
            f1.f1[at],
            *f1.labels[at],
            ap.labels[at],
            *ap.intervals[at],
        )
        yield (each.name, each.columns, label, *map(_cell, values))


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6f}"


def _drawn(summary: AblateSummary) -> Ablation:
    from hpa_features.pipeline.ablate_sets import CLASSICAL, EVERYTHING, NETWORKS
    from hpa_features.pipeline.ablate_summary import added
    from hpa_features.report.ablation import Ablation, Loss

    everything = summary.sets[0]
    losses = {
        each.name: Loss(
            f"{each.words} ({each.columns:,} columns)",
            each.precision_gap.mean,
            *each.precision_gap.interval,
        )
        for each in summary.sets
        if each.name != EVERYTHING
    }
    # A network alone may lose forty times what one family does: each part has its own scale.
    sides = tuple(losses.pop(name) for name in (CLASSICAL, NETWORKS) if name in losses)
    gains = tuple(
        (
            what,
            tuple(
                Loss(label, float(gap.labels[at]), *map(float, gap.intervals[at]))
                for at, label in enumerate(summary.labels)
                if not math.isnan(gap.labels[at]) and not math.isnan(gap.intervals[at][0])
            ),
        )
        for what, gap in ((what, each.precision_gap) for what, each in added(summary).items())
    )
    about = (
        f"{summary.fields:,} rows in {summary.groups:,} groups, {summary.kind}. Everything: "
        f"{everything.columns:,} columns, mean average precision {everything.mean_ap:.3f}, macro "
        f"F1 {everything.macro_f1:.3f}."
    )
    return Ablation(about, sides, tuple(losses.values()), gains)
