"""`simulate`: a labelled set of fields whose truth is known, as files that `extract` reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.types import FieldSource, PixelSizeSource
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.core.types import Plane
    from hpa_features.running.executor import Monitor
    from hpa_features.simulate.study import Study

MANIFEST, LABELS, GROUPS, MASKS = "manifest.csv", "labels.csv", "groups.csv", "masks"


@dataclass(frozen=True, slots=True)
class SimulateSummary:
    """What was made.

    Attributes
    ----------
    fields, cells
        How many; cells at the frame count.
    labels
        Location → fields that have it.
    seconds
        Wall time.
    output
        The folder.
    """

    fields: int
    cells: int
    labels: dict[str, int]
    seconds: float
    output: str


def simulate(
    folder: Path,
    settings: SimulateSettings,
    *,
    overwrite: bool = False,
    progress: Progress = SILENT,
    executor: Executor = HERE,
) -> SimulateSummary:
    """Write a simulated study to `folder`, which appears only when all of it is there.

    `<id>_{blue,red,yellow,green}.png`, `masks/<id>_{cells,nuclei}.png`, `manifest.csv` with
    pixel size, antibody (the group), cell line and the mark of simulated fields, `labels.csv`
    (Id, Target), `groups.csv` (Id, Group) and `run.json`.

    Raises
    ------
    UsageError
        Impossible settings, or something is at `folder` and may not be replaced.
    DataError
        A worker process was killed.
    """
    from hpa_features.io.atomic import replacing_folder
    from hpa_features.io.row_files import write_rows
    from hpa_features.io.store.run_file import describe_run, write_run
    from hpa_features.simulate.study import study

    began = time.perf_counter()
    plans = study(settings)
    _check_place(folder, overwrite=overwrite)
    with replacing_folder(folder) as temporary:
        cells = _write_fields(plans, temporary, executor, progress)
        _write_manifest(plans, temporary)
        ids = [plans.field_id(index) for index in range(len(plans))]
        labels = [plans.labels(index) for index in range(len(plans))]
        groups = [plans.protein_name(index) for index in range(len(plans))]
        targets = [" ".join(map(str, each)) for each in labels]
        write_rows(temporary / LABELS, ("Id", "Target"), zip(ids, targets, strict=True))
        write_rows(temporary / GROUPS, ("Id", "Group"), zip(ids, groups, strict=True))
        write_run(
            temporary,
            describe_run("simulate", result_settings(settings), jobs=executor.slots),
        )
    return SimulateSummary(
        fields=len(plans),
        cells=cells,
        labels=_counts(plans.locations, labels),
        seconds=time.perf_counter() - began,
        output=str(folder),
    )


def _counts(locations: Sequence[str], labels: Sequence[tuple[int, ...]]) -> dict[str, int]:
    from hpa_features.core.locations import LOCATIONS

    return {name: sum(LOCATIONS.index(name) in each for each in labels) for name in locations}


def _check_place(folder: Path, *, overwrite: bool) -> None:
    from hpa_features.io.store.run_file import read_run

    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    run = read_run(folder) if folder.is_dir() else None
    if run is None or run.get("verb") != "simulate":
        raise UsageError(
            f"{folder} exists and does not contain simulated fields.",
            hint="Give -o another folder.",
        )
    if not overwrite:
        raise UsageError(
            f"{folder} already contains simulated fields.",
            hint="Replace them with --overwrite, or change -o.",
        )


def _write_fields(plans: Study, folder: Path, executor: Executor, progress: Progress) -> int:
    from hpa_features.running.executor import Lost

    progress.start("simulate", len(plans))
    cells = 0
    work = partial(_write_field, plans, folder)
    with closing(executor.run(work, range(len(plans)), step=progress.advance)) as results:
        for index, result in results:
            if isinstance(result, Lost):
                raise DataError(
                    f"Field {plans.field_id(index)} could not be simulated: {result.reason}.",
                    hint="Use fewer --jobs or a smaller --size.",
                )
            cells += result
    progress.finish()
    return cells


def _write_field(plans: Study, folder: Path, index: int, monitor: Monitor) -> int:
    """Write the files of one field and return its number of cells; runs in a worker."""
    from hpa_features.io.masks import write_masks
    from hpa_features.simulate.field import simulate_field

    made = simulate_field(plans.plan(index))
    for channel, plane in made.field.planes.items():
        _write_png(folder / f"{made.field.id}_{channel.colour}.png", plane)
    write_masks(made.masks, folder / MASKS, made.field.id)
    monitor.done()
    return made.masks.count


def _write_png(path: Path, plane: Plane) -> None:
    import imagecodecs

    path.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(plane)))


def _write_manifest(plans: Study, folder: Path) -> None:
    from hpa_features.core.tables import SIMULATED, TRUE
    from hpa_features.core.types import CHANNELS
    from hpa_features.io.manifest import Manifest, write_manifest

    sources = []
    for index in range(len(plans)):
        name = plans.field_id(index)
        sources.append(
            FieldSource(
                id=name,
                files={c: str(folder / f"{name}_{c.colour}.png") for c in CHANNELS},
                cells=str(folder / MASKS / f"{name}_cells.png"),
                nuclei=str(folder / MASKS / f"{name}_nuclei.png"),
                pixel_size_um=plans.settings.pixel_size_um,
                pixel_size_source=PixelSizeSource.MANIFEST,
                metadata={
                    "Antibody": plans.protein_name(index),
                    "CellLine": plans.line(index).name,
                    SIMULATED: TRUE,
                },
            )
        )
    write_manifest(Manifest(tuple(sources)), folder / MANIFEST)
