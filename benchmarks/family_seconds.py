"""Processor seconds a cell of each family, by itself and with the products that it needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import pandas as pd

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings, InputSettings
from hpa_features.features.batch import Batch
from hpa_features.features.measure import measure
from hpa_features.features.registry import families_named
from hpa_features.features.spec import Family
from hpa_features.io.images import read_field
from hpa_features.io.masks import read_given
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.running.threads import single_threaded
from hpa_features.segmentation.precomputed import take_given

FIELDS = 40


def batches(manifest: Path, masks: Path) -> list[Batch]:
    """Return the first fields of a manifest with their given masks."""
    how = ExtractSettings(input=InputSettings(masks=str(masks)))
    sources = find_input_fields(str(manifest), how, SILENT, None).sources[:FIELDS]
    made = []
    for source in sources:
        field = read_field(source, how.input)
        given = read_given(source, field.shape, how.input)
        made.append(Batch((field,), (take_given(replace(field, given=given)),)))
    return made


def seconds(fields: Sequence[Batch], families: tuple[Family, ...]) -> float:
    """Return the median seconds a cell on one thread, after one run that compiles."""
    taken = []
    with single_threaded():
        measure(fields[0], families)
        for batch in fields:
            began = time.process_time()
            measure(batch, families)
            taken.append((time.process_time() - began) / max(batch.cell_count, 1))
    return median(taken)


def lines_of(manifest: Path, masks: Path, peers: Sequence[Path]) -> list[str]:
    """Return the table of seconds a cell: families, our sets, the peers' on the same cells.

    mahotas measures the fields' own pixels; cp_measure's seconds are in its table.
    """
    fields = batches(manifest, masks)
    rows = {one.name: seconds(fields, (one,)) for one in families_named(["all"])}
    rows["ours, default"] = seconds(fields, families_named(["default"]))
    rows["ours, all"] = seconds(fields, families_named(["all"]))
    native = [replace(batch, grid_um=batch.fields[0].pixel_size_um) for batch in fields]
    rows["mahotas"] = seconds(native, families_named(["mahotas"]))
    for path in peers:
        table = pd.read_parquet(path)
        if "Metadata_cp_seconds" in table:
            rows["cp_measure"] = table["Metadata_cp_seconds"].median()
    head = ["| columns | processor seconds a cell |", "|---|--:|"]
    return [*head, *(f"| {name} | {value:.4f} |" for name, value in rows.items())]
