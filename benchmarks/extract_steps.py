"""What `bench_extract.py` times, under the package of either commit; run through `commits.Package`.

Stages are timed by replacing functions of the package by ones that also read the clock, so what is
timed is `extract`'s own work on a part. Seconds are processor time of this process.
"""

from __future__ import annotations

import hashlib
import importlib
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from bench_helpers import least_seconds
from commits import serve

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings, InputSettings
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.running.kernel_cache import prepare_kernel_cache
from hpa_features.running.threads import single_threaded

prepare_kernel_cache(SILENT)

_WORK = "hpa_features.pipeline.extract_fields"
_MADE = ("rows", "table")
_OF_FIELDS = {
    "read": (("hpa_features.io.images", "read_field"),),
    "segment": ((_WORK, "segment_fields"), ("hpa_features.segmentation", "segment")),
    "measure": ((_WORK, "measure_all"),),
    "tables": tuple((_WORK, f"{level}_{what}") for level in ("cell", "image") for what in _MADE),
}
_OF_PARTS = {"tables": ((_WORK, "table_of"),), "write": ((_WORK, "write_part"),)}
"""Functions of each stage, called for batches of fields and for a whole part; a commit has some."""
_SETTINGS = ExtractSettings()
_BYTES = 1024  # in a unit of `ru_maxrss` on Linux


def warm_up() -> float:
    """Compile all kernels or load compiled ones; return the seconds that it took."""
    from hpa_features.pipeline.warm_up import compile_all

    try:
        from hpa_features.running.memory import keep_freed_memory
    except ImportError:
        pass  # the older commit does not do it
    else:
        keep_freed_memory()
    begin = time.process_time()
    compile_all(_SETTINGS)
    return time.process_time() - begin


Report = Callable[[str, float], None]


@contextmanager
def _timed(functions: Mapping[str, Iterable[tuple[str, str]]], report: Report) -> Iterator[None]:
    """Report the stage and the seconds of every call of its functions in the block."""
    with ExitStack() as replaced:
        for stage, places in functions.items():
            for module, name in places:
                real = getattr(importlib.import_module(module), name, None)
                if real is not None:
                    clocked = _clocked(real, partial(report, stage))
                    replaced.enter_context(mock.patch(f"{module}.{name}", clocked))
        yield


def _clocked(real: Callable[..., Any], report: Callable[[float], None]) -> Callable[..., Any]:
    def run(*arguments: Any, **keywords: Any) -> Any:
        begin = time.process_time()
        try:
            return real(*arguments, **keywords)
        finally:
            report(time.process_time() - begin)

    return run


class _Quiet:
    """A monitor of the work on a part, of either commit."""

    def begin(self, *items: str) -> None: ...
    def done(self, count: int = 1) -> None: ...
    def __call__(self) -> None: ...


def run_part(manifest: str) -> dict[str, Any]:
    """Extract the fields of a manifest as one part; return the seconds of each field and stage.

    `fields`: seconds of the stages of each field, those of its batch divided evenly. `part`: those
    of the part, with the `rest` (schemas, notes, entries). `total`: of all.
    """
    from hpa_features.pipeline.extract_fields import plan_extraction

    fields: list[dict[str, float]] = []
    batch: list[dict[str, float]] = []
    part = {"tables": 0.0, "write": 0.0}

    def report(stage: str, seconds: float) -> None:
        if stage == "read":
            fields.append({"read": seconds})
            return
        if stage == "segment":
            batch[:] = [each for each in fields if stage not in each]
        for each in batch:
            each[stage] = each.get(stage, 0.0) + seconds / len(batch)

    def report_part(stage: str, seconds: float) -> None:
        part[stage] += seconds

    found = find_input_fields(manifest, _SETTINGS, SILENT)
    with (
        tempfile.TemporaryDirectory() as folder,
        _timed(_OF_FIELDS, report),
        _timed(_OF_PARTS, report_part),
    ):
        settings = _SETTINGS, Path(folder)
        try:
            plan = plan_extraction(found, *settings, SILENT)
        except TypeError:  # the older commit
            plan = plan_extraction(found, *settings)
        begin = time.process_time()
        entries = plan.work(found.sources, _Quiet())
        total = time.process_time() - begin
    if failed := [entry.failure for entry in entries if entry.failure is not None]:
        raise RuntimeError(f"{failed[0].id}: {failed[0].error}")
    if any(set(each) != set(_OF_FIELDS) for each in fields):
        raise RuntimeError(f"Stages {list(_OF_FIELDS)} are not those of each field: {fields[0]}.")
    part["rest"] = total - sum(part.values()) - sum(sum(each.values()) for each in fields)
    return {"fields": fields, "part": part, "total": total}


@cache
def _pairs(manifest: str) -> tuple[Any, ...]:
    """Return the fields of a manifest with the masks that this commit's watershed finds."""
    from hpa_features.io.images import read_field
    from hpa_features.segmentation.watershed import segment_watershed

    sources = find_input_fields(manifest, _SETTINGS, SILENT).sources
    fields = [read_field(source, InputSettings()) for source in sources]
    return tuple((field, segment_watershed(field)) for field in fields)


def _batch(pairs: Any) -> Any:
    try:
        from hpa_features.features.batch import Batch
    except ImportError:  # the older commit
        from hpa_features.features.spec import Batch
    return Batch(tuple(field for field, _ in pairs), tuple(masks for _, masks in pairs))


def masks_of(manifest: str) -> list[dict[str, Any]]:
    """Return the number of cells of each field and a digest of its masks."""
    return [
        {
            "cells": masks.count,
            "digest": hashlib.sha256(masks.cells.tobytes() + masks.nuclei.tobytes()).hexdigest(),
        }
        for _, masks in _pairs(manifest)
    ]


def crop_pixels(manifest: str) -> list[int]:
    """Return the pixels of all cells' crops on the working grid, for each field."""
    from hpa_features.features.crops import make_crops

    return [make_crops(_batch([pair])).layout.total for pair in _pairs(manifest)]


def families() -> dict[str, dict[str, Any]]:
    """Return the number of columns of each family, and whether it is a default one."""
    from hpa_features.features.registry import families_named

    default = {each.name for each in families_named(())}
    return {
        each.name: {"columns": len(each.features), "default": each.name in default}
        for each in families_named(["all"])
    }


def measure(manifest: str, fields: list[int], names: list[str], repeats: int = 1) -> float:
    """Return the least seconds of measuring some fields as one batch, for the named families."""
    return _seconds(_batch([_pairs(manifest)[each] for each in fields]), names, repeats)


def measure_cells(manifest: str, field: int, cells: int) -> tuple[float, int]:
    """Return the seconds of measuring the first `cells` cells of a field, and their crop pixels.

    The pixels are 0 for the older commit.
    """
    read, masks = _pairs(manifest)[field]
    kept = replace(
        masks,
        cells=np.where(masks.cells <= cells, masks.cells, 0).astype(np.int32),
        nuclei=np.where(masks.nuclei <= cells, masks.nuclei, 0).astype(np.int32),
        object_numbers=masks.object_numbers[:cells],
        nucleus_counts=masks.nucleus_counts[:cells],
    )
    batch = _batch([(read, kept)])
    try:
        from hpa_features.features.crops import make_crops
    except ImportError:
        pixels = 0
    else:
        pixels = make_crops(batch).layout.total
    return _seconds(batch, [], 2), pixels


def _seconds(batch: Any, names: list[str], repeats: int) -> float:
    from hpa_features.features.measure import measure_all
    from hpa_features.features.registry import families_named

    return least_seconds(partial(measure_all, batch, families_named(names)), repeats)


def batch_bytes(manifest: str, fields: int) -> int:
    """Return the memory that a batch of fields needs above one field; asked of a new process."""
    measure(manifest, [0], [])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measure(manifest, list(range(fields)), [])
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * _BYTES


def count_calls(manifest: str, many: int) -> dict[str, Any]:
    """Return what kernels and formulas take, of this commit only.

    `calls`: kernel calls of a batch of 1, 2 and 4 fields; `repeated`: kernels that one field calls
    more than once; `host_share`: time outside kernels for one field; `formulas_s`: seconds a field
    of all formulas in a batch as large as `many` fields.
    """
    from hpa_features.features.crops import make_crops
    from hpa_features.features.measure import plan_of
    from hpa_features.features.plan import Measured, columns_of, make_numbers
    from hpa_features.features.registry import families_named
    from hpa_features.kernels import cpu

    found: dict[str, Any] = {"calls": []}
    for fields in (1, 2, 4):
        counted = _Counted(cpu)
        batch = _batch(_pairs(manifest)[:fields])
        begin = time.process_time()
        crops = make_crops(batch, counted)
        plan = plan_of(families_named(()), batch.channels)
        numbers = make_numbers(crops, plan)
        columns_of(numbers, plan, batch.cell_count)
        whole = time.process_time() - begin
        found["calls"].append(sum(counted.calls.values()))
        if fields == 1:
            found["repeated"] = {name: n for name, n in counted.calls.items() if n > 1}
            found["host_share"] = 1.0 - counted.seconds / whole
    times = many // fields
    values = {node: np.concatenate([each] * times) for node, each in numbers.values.items()}
    begin = time.process_time()
    columns_of(Measured(values), plan, batch.cell_count * times)
    found["formulas_s"] = (time.process_time() - begin) / (fields * times)
    return found


class _Counted:
    """The kernels, counted and timed."""

    def __init__(self, kernels: Any) -> None:
        self.kernels = kernels
        self.calls: Counter[str] = Counter()
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return _clocked(getattr(self.kernels, name), partial(self._count, name))

    def _count(self, name: str, seconds: float) -> None:
        self.calls[name] += name not in ("from_host", "to_host")
        self.seconds += seconds


if __name__ == "__main__":
    with single_threaded():
        serve(
            warm_up,
            run_part,
            masks_of,
            crop_pixels,
            families,
            measure,
            measure_cells,
            batch_bytes,
            count_calls,
        )
