"""Pairs of fields that show the same cells: found by hashes, confirmed by their pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import AuditSettings, InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.pipeline.audit_rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.running.executor import Executor

_LISTED = 20  # near-duplicates of one field that are listed; all of them are grouped
_FEW = 100_000  # fields that one process compares in seconds
_SPANS_PER_JOB = 4
_FIELDS_A_TASK = 16
# benchmarks/bench_audit.py: copies are alike by 0.76 and more, other cells of like hashes by 0.55.
SAME = 0.65


@dataclass(frozen=True, slots=True)
class Copies:
    """Pairs of rows that show the same field.

    Attributes
    ----------
    pairs
        (pairs, 2) row numbers.
    distances
        Channel → (pairs,) bits of 64 that differ; empty where equal rows of a table were sought.
    likeness
        (pairs,) correlation of both fields' details; NaN where their pixels are not at hand.
    """

    pairs: NDArray[np.int64]
    distances: Mapping[Channel, NDArray[np.uint8]]
    likeness: NDArray[np.float64]


def find_copies(
    rows: Rows, settings: AuditSettings, progress: Progress, executor: Executor
) -> Copies:
    """Return the pairs of near-duplicate fields, or of identical rows where there are no hashes."""
    import numpy as np

    from hpa_features.learn.copies import identical_rows

    if not rows.hashes:
        progress.note(
            "Tables have no image hashes: only rows that are equal in every column are found. Give "
            "the images to find near-duplicates."
        )
        pairs = identical_rows(rows.table.values)
        return Copies(pairs, {}, np.full(len(pairs), np.nan))
    words = np.stack(list(rows.hashes.values()))
    blank = int((words == 0).all(axis=0).sum())
    if blank:
        progress.warn(
            f"{blank:,} fields have a single value in every channel; they are not compared."
        )
    pairs = _search(words, settings, progress, executor)
    alike = _confirm(rows, pairs, settings, progress, executor)
    kept = ~(alike < SAME)  # without pixels the hashes decide
    if not kept.all():
        progress.note(
            f"{int((~kept).sum()):,} pairs with similar hashes show different cells and are "
            "excluded."
        )
    first, second = pairs[kept].T
    return Copies(
        pairs[kept],
        {
            channel: np.bitwise_count(every[first] ^ every[second])
            for channel, every in rows.hashes.items()
        },
        alike[kept],
    )


def _search(
    words: NDArray[np.uint64],
    settings: AuditSettings,
    progress: Progress,
    executor: Executor,
) -> NDArray[np.int64]:
    """Compare all fields, a large number of them in several processes."""
    import numpy as np

    from hpa_features.running.executor import map_tasks
    from hpa_features.running.kernel_cache import prepare_kernel_cache
    from hpa_features.running.pool import HERE

    prepare_kernel_cache(progress)
    count = words.shape[1]
    chosen = executor if count > _FEW else HERE
    progress.start("comparing hashes", None)
    spans = _spans(count, chosen.slots * _SPANS_PER_JOB)
    found = map_tasks(chosen, partial(_compare, words, settings.distance), spans)
    progress.finish()
    return np.concatenate(found)


def _spans(count: int, pieces: int) -> list[tuple[int, int]]:
    """Cut the first rows of all pairs (i < j < count) so that each piece has as many pairs."""
    ends = [round(count * (1 - math.sqrt(1 - k / pieces))) for k in range(pieces + 1)]
    return list(pairwise(ends))


def _compare(words: NDArray[np.uint64], most: int, span: tuple[int, int]) -> NDArray[np.int64]:
    from hpa_features.kernels.cpu.fingerprint import close_pairs

    return close_pairs(words, most, _LISTED, *span)


def _confirm(
    rows: Rows,
    pairs: NDArray[np.int64],
    settings: AuditSettings,
    progress: Progress,
    executor: Executor,
) -> NDArray[np.float64]:
    """Return how alike the fields of each pair are, NaN where their files are not known."""
    import numpy as np

    from hpa_features.kernels.cpu.image_likeness import likeness
    from hpa_features.running.executor import map_tasks

    asked = [int(row) for row in np.unique(pairs) if rows.sources[row] is not None]
    if len(pairs) and not asked:
        progress.note("The images are not available: near-duplicates are found by hashes alone.")
    tasks = [asked[at : at + _FIELDS_A_TASK] for at in range(0, len(asked), _FIELDS_A_TASK)]
    progress.start("comparing pairs", None)
    look = partial(_details, rows.sources, tuple(rows.hashes), settings.input)
    details: dict[int, NDArray[np.float16]] = {}
    for seen in map_tasks(executor, look, tasks):
        details |= seen
    alike = [
        likeness(details[i].astype(np.float32), details[j].astype(np.float32))
        if i in details and j in details
        else math.nan
        for i, j in pairs.tolist()
    ]
    progress.finish()
    return np.array(alike, np.float64)


def _details(
    sources: Sequence[FieldSource | None],
    channels: tuple[Channel, ...],
    settings: InputSettings,
    wanted: Sequence[int],
) -> dict[int, NDArray[np.float16]]:
    """Return (channels, 64, 64) by row; a file that can no longer be read is omitted."""
    from hpa_features.running.isolation import run_isolated

    seen = {}
    for row in wanted:
        source = sources[row]
        if source is not None:
            outcome = run_isolated(source.id, partial(_detail, source, channels, settings))
            if not isinstance(outcome, Failure):
                seen[row] = outcome
    return seen


def _detail(
    source: FieldSource, channels: tuple[Channel, ...], settings: InputSettings
) -> NDArray[np.float16]:
    import numpy as np

    from hpa_features.kernels.cpu.image_likeness import fine_detail
    from hpa_features.pipeline.segment import read_channels

    view = read_channels(source, channels, settings)
    # Half precision halves the memory of many pairs and changes a likeness by under 0.001.
    return np.array([fine_detail(view.planes[each]) for each in channels], np.float16)
