"""What cp_measure measures of one-cell fields with given masks, as a table by Id.

    python benchmarks/peers.py MANIFEST MASKS -o cp_measure.parquet [--jobs 2]

For benchmarks that compare our columns with its columns on the same cells. Protein in cell, nucleus
and cytoplasm: sizeshape, zernike, feret, intensity, texture (scale 3, 256 levels), granularity,
radial_distribution, radial_zernikes; intensity and texture of the landmarks; pearson, manders_fold,
rwc and costes (scale_max 255) of protein with each landmark. Positions are excluded. Crops are the
cell's box and 4 pixels.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cp_measure.bulk import get_core_measurements, get_correlation_measurements
from numpy.typing import NDArray
from skimage.io import imread

from hpa_features.running.threads import single_threaded

Image = NDArray[Any]
CORE, PAIRS = get_core_measurements(), get_correlation_measurements()
LANDMARKS = ("blue", "red", "yellow")
POSITIONS = ("Center_", "BoundingBoxM", "Location_")


def cp_protein(mask: Image, protein: Image) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield cp_measure's families of the protein in one compartment."""
    for name, measurement in CORE.items():
        yield name, measurement(mask, protein if name == "texture" else protein / 255)


def cp_landmarks(mask: Image, planes: Mapping[str, Image]) -> Iterator[tuple[str, Any]]:
    """Yield cp_measure's families of the landmarks, and of protein with each."""
    for colour in LANDMARKS:
        plane = planes[colour]
        yield f"intensity_{colour}", CORE["intensity"](mask, plane / 255)
        yield f"texture_{colour}", CORE["texture"](mask, plane)
        for name, measurement in PAIRS.items():
            pair = (planes["green"], plane)
            if name == "costes":
                yield f"{name}_{colour}", measurement(*pair, mask, scale_max=255)
            else:
                yield f"{name}_{colour}", measurement(pair[0] / 255, pair[1] / 255, mask)


def columns_of(row: Mapping[str, Any], folder: Path, masks: Path) -> dict[str, Any]:
    """Measure one field and return its row, with the processor seconds that it took."""
    colours = (*LANDMARKS, "green")
    planes = {colour: imread(folder / row[colour]) for colour in colours}
    cell = imread(masks / f"{row['Id']}_cells.png") > 0
    nucleus = cell & (imread(masks / f"{row['Id']}_nuclei.png") > 0)
    rows, columns = np.nonzero(cell)
    box = np.s_[
        max(rows.min() - 4, 0) : rows.max() + 5, max(columns.min() - 4, 0) : columns.max() + 5
    ]
    planes = {colour: np.ascontiguousarray(plane[box]) for colour, plane in planes.items()}
    out: dict[str, Any] = {"Id": row["Id"], "Metadata_cp_seconds": 0.0}
    parts = {"Cells": cell, "Nuclei": nucleus, "Cytoplasm": cell & ~nucleus}
    for part, whole in parts.items():
        mask = np.ascontiguousarray(whole[box]).astype(np.int32)
        if not mask.any():
            continue
        began = time.process_time()
        for source in (cp_protein(mask, planes["green"]), cp_landmarks(mask, planes)):
            for name, values in source:
                for key, value in values.items():
                    if not key.startswith(POSITIONS):
                        out[f"{part}_cp-{name}_{key}"] = float(np.ravel(value)[0])
        out["Metadata_cp_seconds"] += time.process_time() - began
    return out


def measured(task: tuple[dict[str, Any], Path, Path]) -> dict[str, Any]:
    """Measure one field on one thread, without warnings about undefined values."""
    with single_threaded(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return columns_of(*task)


def main() -> None:
    """Measure every field of the manifest and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    rows = pd.read_csv(options.manifest).to_dict("records")
    tasks = [(row, options.manifest.parent, options.masks) for row in rows]
    with ProcessPoolExecutor(options.jobs) as pool:
        table = pd.DataFrame(list(pool.map(measured, tasks, chunksize=8)))
    numbers = table.columns[~table.columns.str.startswith(("Id", "Metadata_"))]
    table[numbers] = table[numbers].replace([np.inf, -np.inf], np.nan)
    kept = [c for c in numbers if table[c].isna().mean() <= 0.5 and table[c].min() < table[c].max()]
    table[["Id", "Metadata_cp_seconds", *kept]].to_parquet(options.output)
    seconds = table["Metadata_cp_seconds"].mean()
    print(f"{len(table)} rows, {len(kept)} columns; {seconds:.3f} processor seconds a cell")


if __name__ == "__main__":
    main()
