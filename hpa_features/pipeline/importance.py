"""importance: which blocks a model relies on, measured on held-out rows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.judge_settings import ImportanceSettings
from hpa_features.core.progress import SILENT, Progress
from hpa_features.pipeline.output_file import refuse_output
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.core.tables import FeatureTable
    from hpa_features.io.bundle import Bundle
    from hpa_features.io.oof import OutOfFold
    from hpa_features.learn.cells import Cells
    from hpa_features.learn.importance import BlockImportance
    from hpa_features.learn.model import Model
    from hpa_features.learn.network_words import Direction
    from hpa_features.report.importance import Reliance

# Log-odds of the same table and models agree to rounding; more means other values.
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class ImportanceSummary:
    """What `importance` found.

    Attributes
    ----------
    labels
        Names, in the order of each block's figures.
    blocks
        The most important first.
    fields
        Rows that were scored.
    features
        Columns of the model.
    seconds
        Time it took.
    output
        The file that was written, empty for none.
    caution
        That the model's rows are of simulated fields, in a sentence; empty: none are.
    networks
        What networks see of each label, in the words of the other columns.
    """

    labels: tuple[str, ...]
    blocks: tuple[BlockImportance, ...]
    fields: int
    features: int
    seconds: float
    output: str
    caution: str
    networks: tuple[Direction, ...]


def importance(
    model: str,
    features: str = "",
    output: str = "",
    *,
    settings: ImportanceSettings | None = None,
    progress: Progress = SILENT,
    executor: Executor = HERE,
    overwrite: bool = False,
) -> ImportanceSummary:
    """Shuffle each block among the held-out rows of each fold and see what ranking loses.

    Parameters
    ----------
    model
        A bundle.
    features
        The table that it was trained on; empty: the path that the bundle remembers.
    output
        ``.csv`` or ``.parquet``: the table; ``.svg``: a picture; empty: no file.
    settings
        Repeats, seed, blocks to join.
    progress
        Receives notes on rows that are missing or differ.
    executor
        Where blocks are shuffled.
    overwrite
        Replace what is at `output`.

    Raises
    ------
    BundleError
        The bundle is damaged, or the table lacks columns of the model.
    UsageError
        No table is given or remembered; `output` ends otherwise or exists.
    DataError
        No row of the model's training is in the table, or the model learned no label.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.feature_tables import load_features
    from hpa_features.pipeline.importance_files import ENDINGS, write_importance
    from hpa_features.pipeline.network_words import describe_networks
    from hpa_features.pipeline.predict_input import plate_columns
    from hpa_features.pipeline.simulated_training import limits_of_figures

    begun = time.monotonic()
    settings = settings or ImportanceSettings()
    bundle = read_bundle(Path(model))
    learned = unpack(bundle)
    source, joined = _sources(features, settings.blocks, bundle, model)
    page = Path(output).suffix.lower() in {".html", ".htm"}
    hint = f"Write a page with: hpa-feat report MODEL -o {output}" if page else ""
    refuse_output(output, ENDINGS, overwrite=overwrite, inputs=(source, *joined), hint=hint)
    caution = limits_of_figures(bundle.facts)
    progress.note(f"Features: {source}")
    plates = plate_columns(bundle.facts)
    table = load_features(source, joined, not_features=plates, progress=progress)
    cells = cells_source(bundle.facts, source)
    blocks, rows = rank_blocks_of(
        learned, bundle.oof, table, settings, progress, executor, cells=cells
    )
    reliance = _reliance(Path(model).name, learned, blocks, rows, caution)
    if output:
        write_importance(output, blocks, learned.labels, reliance)
    return ImportanceSummary(
        labels=learned.labels,
        blocks=blocks,
        fields=rows,
        features=len(learned.seen),
        seconds=time.monotonic() - begun,
        output=output,
        caution=caution,
        networks=describe_networks(learned, bundle.oof, table, joined),
    )


def rank_blocks_of(
    learned: Model,
    oof: OutOfFold,
    table: FeatureTable,
    settings: ImportanceSettings,
    progress: Progress,
    executor: Executor,
    *,
    cells: str,
) -> tuple[tuple[BlockImportance, ...], int]:
    """Return the blocks of a model, the most important first, and the number of rows scored.

    `oof` is the model's out-of-fold table, `table` the features that it was trained on, and `cells`
    the path of their cells for a model that scores cells, empty for none. Other parameters and
    errors as `importance`.
    """
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as scratch:
        cells_at = partial(_cells, learned, cells, Path(scratch), progress)
        values, oof_rows = _held_out_rows(learned, table, cells_at, oof, progress)
    blocks = _shuffle(learned, values, oof, oof_rows, settings, progress, executor)
    return blocks, len(values)


def cells_source(facts: Mapping[str, Any], features: str) -> str:
    """Return the path of the cells that a model was trained on: remembered, else `features`."""
    return str(facts["training"].get("cells", "")) or features


def _sources(
    features: str, blocks: tuple[str, ...], bundle: Bundle, model: str
) -> tuple[str, tuple[str, ...]]:
    """Return the table and the blocks to join: those named, else those of the training."""
    joined = blocks or tuple(bundle.facts["training"].get("blocks", ()))
    if features:
        return features, joined
    remembered = str(bundle.facts["data"].get("features", ""))
    if not remembered or not Path(remembered).exists():
        raise UsageError(
            f"The features that {model} was trained on are not at {remembered or 'a known path'}.",
            hint=f"Give their path: hpa-feat importance {model} FEATURES",
        )
    return remembered, joined


def _held_out_rows(
    learned: Model,
    table: FeatureTable,
    cells_of: Callable[[Sequence[str]], Cells | None],
    oof: OutOfFold,
    progress: Progress,
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the rows that the model was trained on, and their places in `oof`.

    Each row is as the fold model sees it that held it out; it is normalized before any shuffling.
    """
    import numpy as np

    from hpa_features.io.arrow import name_some

    row_of = {each: row for row, each in enumerate(table.ids)}
    kept = np.array([row for row, each in enumerate(oof.ids) if each in row_of], dtype=np.intp)
    missing = [each for each in oof.ids if each not in row_of]
    if not len(kept):
        raise DataError(
            f"The table has none of the ids that the model was trained on ({oof.ids[0]}, …); "
            f"it has {name_some(table.ids, 2)}."
        )
    if missing:
        progress.warn(
            f"The table lacks {len(missing):,} of the {len(oof.ids):,} rows that the model was "
            f"trained on: {name_some(missing)}."
        )
    rows = [row_of[oof.ids[row]] for row in kept]
    plates = learned.plates(table)
    values = learned.align(table)[rows]
    of_plates = [plates[row] for row in rows if plates]
    cells = cells_of([oof.ids[row] for row in kept])
    return learned.as_held_out(values, of_plates, cells, oof.folds[kept]), kept


def _cells(
    learned: Model, source: str, folder: Path, progress: Progress, ids: Sequence[str]
) -> Cells | None:
    """Return the cells of the rows `ids`, if the model scores cells."""
    from hpa_features.pipeline.cell_tables import cells_of_rows, load_cells

    table = load_cells(source) if learned.cell_columns and source else None
    return cells_of_rows(learned, table, ids, folder, progress)


def _shuffle(
    learned: Model,
    values: NDArray[np.float32],
    oof: OutOfFold,
    oof_rows: NDArray[np.intp],
    settings: ImportanceSettings,
    progress: Progress,
    executor: Executor,
) -> tuple[BlockImportance, ...]:
    """Shuffle each block, and warn where the scores of the whole table differ from training."""
    import numpy as np

    from hpa_features.learn.importance import (
        Shuffling,
        blocks_of,
        precisions,
        rank_blocks,
        shuffled_precisions,
        whole_scores,
    )
    from hpa_features.learn.stage import Stage

    members = tuple(member.fresh() for member in learned.members)
    if not len(members[0].fitted_labels):
        raise DataError(
            "No label of the model depends on its features, so no block can be important."
        )
    blocks = blocks_of(learned.seen)
    truth = oof.truth[oof_rows]
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as folder:
        stage = Stage(folder)
        stage.lay_out(values, truth)
        shuffling = Shuffling(stage, oof.folds[oof_rows], members, settings.repeats, settings.seed)
        tasks = [
            partial(whole_scores, shuffling),
            *(
                partial(shuffled_precisions, shuffling, number, places)
                for number, places in enumerate(blocks.values())
            ),
        ]
        raw, *shuffled = _run(tasks, executor, progress)
    _compare(raw, oof.raw[oof_rows], progress)
    whole, gain = precisions(truth, raw), learned.gain_shares()
    return tuple(rank_blocks(blocks, whole, np.array(shuffled), gain))


def _run(tasks: Sequence[partial[Any]], executor: Executor, progress: Progress) -> list[Any]:
    from hpa_features.running.executor import map_tasks

    progress.start("shuffling blocks", None)
    results = map_tasks(executor, _call, tasks)
    progress.finish()
    return results


def _call(task: partial[Any]) -> Any:
    return task()


def _compare(raw: NDArray[np.float64], before: NDArray[np.float64], progress: Progress) -> None:
    """Warn where the table gives other scores than in training: it is another table."""
    import numpy as np

    differ = (np.abs(raw - before) > _SAME).any(axis=1)  # NaN, a label without models, is no more
    if differ.any():
        progress.warn(
            f"{int(differ.sum()):,} of {len(raw):,} rows have other scores than in training: the "
            "table differs from the training table, and the results apply to this one."
        )


def _reliance(
    name: str, learned: Model, blocks: Sequence[BlockImportance], rows: int, caution: str
) -> Reliance:
    """Return what the picture shows; the example of a block is its column with the most gain."""
    from hpa_features.learn.importance import blocks_of
    from hpa_features.report.importance import Bar, Reliance

    places = blocks_of(learned.seen)
    gain = learned.gain_shares()
    strongest = {block: learned.seen[int(at[gain[at].argmax()])] for block, at in places.items()}
    bars = tuple(
        Bar(
            block=each.block,
            columns=each.columns,
            drop=each.drop,
            spread=each.spread,
            gain=each.gain,
            example=strongest[each.block].meaning or strongest[each.block].name,
            label_drops=tuple(float(drop) for drop in each.label_drop),
        )
        for each in blocks
    )
    return Reliance(name, learned.labels, bars, rows, caution)
