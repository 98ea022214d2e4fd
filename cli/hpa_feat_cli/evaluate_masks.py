"""hpa-feat evaluate-masks: how well segmentation agrees with reference masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hpa_feat_cli.columns import number, plain, print_columns
from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import MaxPixels, Objects, pixel_size
from hpa_feat_cli.options import Jobs, Overwrite, above_zero, local_executor
from hpa_features.core.judge_settings import EvaluateMasksSettings
from hpa_features.core.settings import InputSettings

if TYPE_CHECKING:
    from hpa_features.pipeline.compare_masks import FieldAgreement
    from hpa_features.pipeline.evaluate_masks import EvaluateMasksSummary
    from hpa_features.segmentation.agreement import Agreement

_SHOWN = ("AP50", "AP75", "AP", "F1", "BestIoU", "AJI", "BoundaryF1")
_HEADER = ("", "predicted", "reference", "matched", *_SHOWN)


def _folder(which: str) -> Any:
    return typer.Argument(
        metavar=which,
        help=("Masks to evaluate" if which == "PRED" else "Reference masks")
        + ": a folder with <Id>_cells.png or .tif (also cellmask, cell_mask), <Id>_nuclei for "
        "nuclei.",
        show_default=False,
    )


_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Also write a table (.csv, .parquet), one row per field.",
    ),
]
_Objects = Annotated[
    Objects,
    typer.Option(help="Which masks to compare; each connected region of a nucleus counts."),
]
_Tolerance = Annotated[
    float,
    typer.Option(
        "--tolerance-um",
        metavar="UM",
        callback=above_zero,
        help="Boundary pixels of both masks agree if they are at most this far apart.",
    ),
]
_PixelSize = Annotated[
    float | None,
    typer.Option(
        "--pixel-size-um",
        metavar="UM",
        callback=pixel_size,
        help="Pixel size in µm, which the tolerance needs.",
        show_default="as segment has recorded it, or by HPA's and Kaggle's names",
    ),
]
_CellposeMasks = Annotated[
    Objects | None,
    typer.Option("--cp-masks", help="What Cellpose's <Id>_cp_masks in the two folders are."),
]


def evaluate_masks(
    console: Console,
    predicted: Annotated[str, _folder("PRED")],
    reference: Annotated[str, _folder("REF")],
    output: _Output = None,
    objects: _Objects = Objects.CELLS,
    tolerance_um: _Tolerance = EvaluateMasksSettings().tolerance_um,
    pixel_size_um: _PixelSize = None,
    cp_masks: _CellposeMasks = None,
    max_pixels: MaxPixels = InputSettings().max_pixels,
    overwrite: Overwrite = False,
    jobs: Jobs = None,
) -> int:
    """Compare masks with reference masks: average precision, Jaccard index, boundary F1.

    AP50 to AP95 are TP / (TP + FP + FN) of objects matched at that intersection over union (IoU),
    AP is their mean, F1 that at 0.5, BestIoU the mean of the best IoU of each reference object,
    AJI the aggregated Jaccard index, BoundaryF1 that of boundary pixels within the tolerance.
    Each is also given without the objects that touch the edge of the image (_NoBorder).
    """
    from hpa_features.pipeline.evaluate_masks import evaluate_masks as run

    files = InputSettings(
        pixel_size_um=pixel_size_um,
        cp_masks="" if cp_masks is None else cp_masks.value,
        max_pixels=max_pixels,
    )
    summary = run(
        predicted,
        reference,
        "" if output is None else str(output),
        EvaluateMasksSettings(
            objects=objects.value, tolerance_um=tolerance_um, input=files, overwrite=overwrite
        ),
        console,
        executor=local_executor(jobs),
    )
    console.failures(summary.failed)
    if not console.as_json:
        _print(console, summary)
    return console.done(summary, more=_as_json(summary))


def _print(console: Console, summary: EvaluateMasksSummary) -> None:
    """Print the figures of all fields together, and with -v those of each field."""
    from hpa_features.segmentation.agreement import pooled

    rows = [
        _row("all fields", pooled(each.all for each in summary.each)),
        _row("without border objects", pooled(each.inner for each in summary.each)),
    ]
    if console.verbose:
        rows += [_row(each.id, each.all) for each in summary.each]
    print_columns(_HEADER, rows)


def _row(name: str, counts: Agreement) -> Sequence[str]:
    objects = (counts.predicted, counts.reference, counts.matched[0])
    scores = counts.scores()
    return (name, *(f"{each:,}" for each in objects), *(number(scores[each]) for each in _SHOWN))


def _as_json(summary: EvaluateMasksSummary) -> dict[str, Any]:
    return {
        **_of_fields([each.all for each in summary.each]),
        "without_border": _of_fields([each.inner for each in summary.each]),
        "by_field": {each.id: _of_field(each) for each in summary.each},
        "only_predicted": list(summary.only_predicted),
        "only_reference": list(summary.only_reference),
        "failed": {each.id: each.error for each in summary.failed},
    }


def _of_field(field: FieldAgreement) -> dict[str, Any]:
    return {
        "pixel_size_um": field.pixel_size_um,
        **_facts(field.all),
        "without_border": _facts(field.inner),
    }


def _of_fields(each: Sequence[Agreement]) -> dict[str, Any]:
    """Return the figures of all fields together, and the means of those of single fields."""
    from hpa_features.segmentation.agreement import mean_scores, pooled

    means = {name: plain(value) for name, value in mean_scores(each).items()}
    return {**_facts(pooled(each)), "mean": means}


def _facts(counts: Agreement) -> dict[str, Any]:
    return {
        "predicted": counts.predicted,
        "reference": counts.reference,
        "matched": counts.matched[0],
        **{name: plain(value) for name, value in counts.scores().items()},
    }
