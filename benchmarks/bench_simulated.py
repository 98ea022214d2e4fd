"""Simulated fields beside real ones: whether the landmarks of a cell look alike.

    python benchmarks/bench_simulated.py [--data DIR] [--pictures DIR] [--write]

Reads the complete real fields below --data (native PNG, 512² PNG, 2048² JPEG of HPA's web pages)
and simulates fields of the same pixels and sizes, one or two of each cell line, all 28 locations
among them. Both are segmented by the watershed and measured in the same way; a landmark's texture
is what the families say of it when it stands in Protein's place. A cell counts when it has a
nucleus and does not touch the frame; a field gives at most 20, so that crowded fields do not
decide. Per statistic: quartiles of both, the Kolmogorov–Smirnov distance, and the AUC of one cell,
real against simulated (0.5: not to be told apart). **out** marks a statistic whose simulated median
lies outside the real cells' 10–90 % range. JPEG's losses and the stretched light of web pages are
not simulated: that comparison says how far they reach. `--pictures` writes windows of both, side
by side at full size, to look at; `--write` keeps the result in results/simulated.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.stats import ks_2samp
from segmentation_fields import DATA, fields_in
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.core.types import Channel, Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.field_facts import border_cells
from hpa_features.features.measure import measure
from hpa_features.features.registry import cell_entries, families_named
from hpa_features.segmentation.watershed import segment_watershed
from hpa_features.simulate.culture import GROWING
from hpa_features.simulate.field import simulate_field
from hpa_features.simulate.study import study

SEED = 20_261_124
MOST_CELLS = 20
FEW = 6
WINDOW_UM = 40.0
LANDMARKS = (Channel.DNA, Channel.MICROTUBULES, Channel.ER)
FAMILIES = families_named(
    (
        *("AreaShape", "Intensity", "Texture", "Correlation"),
        *("Spots", "BandPass", "Filament", "Granularity"),
    )
)
COLUMNS = [entry.column.name for entry in cell_entries(FAMILIES)]
# Name of the comparison → folders and suffixes, µm, edge of the simulated fields, fields a line.
COMPARISONS = {
    "0.08 µm, native PNG": ((("native", ".png"),), 0.08, 2048, 1),
    "0.32 µm, 512² PNG": ((("derived512", ".png"), ("kaggle512", ".png")), 0.32, 512, 2),
    "0.08 µm, JPEG of the web pages": ((("web_jpeg", ".jpg"),), 0.08, 2048, 1),
}
SHAPES = {
    "nuclear area, µm²": "Nuclei_AreaShape_Area",
    "nuclear eccentricity": "Nuclei_AreaShape_Eccentricity",
    "nuclear solidity": "Nuclei_AreaShape_Solidity",
    "nuclear form factor": "Nuclei_AreaShape_FormFactor",
    "cell area, µm²": "Cells_AreaShape_Area",
    "cell eccentricity": "Cells_AreaShape_Eccentricity",
    "cell solidity": "Cells_AreaShape_Solidity",
    "cell form factor": "Cells_AreaShape_FormFactor",
    "nucleus/cell area": "Cells_AreaShape_NucleusAreaRatio",
    "nuclear offset": "Cells_AreaShape_NucleusOffset",
}
# Of a landmark that stands in Protein's place, in its own compartment.
STAIN = (
    *(f"Intensity_{name}_Protein" for name in ("CV", "Skewness", "Gini", "Top1Share")),
    *(f"Texture_Contrast_Protein_{scale}nm" for scale in (320, 960, 1920)),
    *(f"Texture_Correlation_Protein_{scale}nm" for scale in (320, 960, 1920)),
    "Texture_Entropy_Protein_320nm",
    "Texture_InfoMeas1_Protein_960nm",
    *(f"BandPass_Contrast_Protein_{scale}nm" for scale in (640, 1280, 2560, 5120, 10240)),
    *(f"BandPass_Skewness_Protein_{scale}nm" for scale in (640, 1280)),
    *(f"Granularity_Share_Protein_{scale}nm" for scale in (320, 640, 960)),
    "Spots_Density_Protein_640nm",
    "Spots_Contrast_Protein_640nm",
    "Filament_Strength_Protein_320nm",
    "Filament_StrengthCV_Protein",
    "Filament_Coherence_Protein_960nm",
)
QUANTILES = ("Q05", "Q25", "Q50", "Q75", "Q95", "Q99")
# Microtubules and ER where they shine through above and below the nucleus.
OVER_NUCLEUS = (
    "Intensity_MeanRatio_Protein",
    "Intensity_CV_Protein",
    "BandPass_Contrast_Protein_640nm",
    "BandPass_Contrast_Protein_2560nm",
    "Filament_Strength_Protein_320nm",
)
FINE_UM = {"0.1–0.2 µm": (0.1, 0.2), "0.2–0.4 µm": (0.2, 0.4)}
Rows = Mapping[str, NDArray[np.float64]]


def in_proteins_place(field: Field, channel: Channel) -> Field:
    """Return `field` with the plane of `channel` also in Protein's place."""
    return replace(field, planes={**field.planes, Channel.PROTEIN: field.planes[channel]})


def fine_contrast(field: Field, masks: Masks, channel: Channel) -> dict[str, NDArray[np.float64]]:
    """Return SD of what lies between two blurs, over the mean, in the channel's compartment."""
    region = masks.nuclei if channel is Channel.DNA else np.where(masks.nuclei, 0, masks.cells)
    plane = field.planes[channel].astype(np.float32)
    numbers = np.arange(1, masks.count + 1)
    found = {}
    with np.errstate(divide="ignore", invalid="ignore"):  # cells that lack the compartment
        level = ndimage.mean(plane, region, numbers)
        for name, um in FINE_UM.items():
            low, high = (ndimage.gaussian_filter(plane, s / field.pixel_size_um) for s in um)
            deviation = ndimage.standard_deviation(low - high, region, numbers)
            found[f"{channel} contrast at {name}"] = deviation / level
    return found


def stain_rows(field: Field, masks: Masks, channel: Channel) -> dict[str, NDArray[np.float64]]:
    """Return what is measured of one landmark, a value a cell."""
    values = measure(Batch((in_proteins_place(field, channel),), (masks,)), FAMILIES)
    column = dict(zip(COLUMNS, values.T.astype(np.float64), strict=True))
    own = "Nuclei" if channel is Channel.DNA else "Cytoplasm"
    rows = {f"{channel} {name}": column[f"{own}_{name}"] for name in STAIN}
    for name in QUANTILES:
        rows[f"{channel} {name} over mean"] = column[f"{own}_Intensity_{name}_Protein"]
    if channel is not Channel.DNA:
        for name in OVER_NUCLEUS:
            rows[f"{channel} over the nucleus {name}"] = column[f"Nuclei_{name}"]
    if field.pixel_size_um < 0.1:
        rows |= fine_contrast(field, masks, channel)
    if channel is Channel.ER:
        rows |= {name: column[key] for name, key in SHAPES.items()}
        for part in ("Cells", "Cytoplasm"):
            name = f"{part}_Correlation_Pearson_Protein_Microtubules"
            rows[f"correlation ER–Microtubules in {part}"] = column[name]
        fine = "Cytoplasm_Correlation_PearsonFine_Protein_Microtubules_1280nm"
        rows["correlation ER–Microtubules, fine"] = column[fine]
    if channel is not Channel.DNA:
        rows[f"correlation {channel}–DNA in Cells"] = column[
            "Cells_Correlation_Pearson_Protein_DNA"
        ]
    return rows


def cells_of(field: Field) -> tuple[Rows, Rows]:
    """Return the statistics of a field's whole cells, and those of the field itself."""
    masks = segment_watershed(field)
    rows: dict[str, NDArray[np.float64]] = {}
    for channel in LANDMARKS:
        rows |= stain_rows(field, masks, channel)
    whole = np.flatnonzero(~border_cells(masks) & (masks.nucleus_counts > 0))
    chosen = np.random.default_rng(0).permutation(whole)[:MOST_CELLS]
    outside = masks.cells == 0
    area = masks.cells.size * field.pixel_size_um**2
    facts = {
        "cells per 10⁴ µm²": masks.count / area * 1e4,
        "share outside cells": float(outside.mean()),
    }
    for channel in LANDMARKS:
        plane = field.planes[channel] / field.full_scale[channel]
        facts[f"{channel} median outside cells"] = float(np.median(plane[outside]))
        facts[f"{channel} SD outside cells"] = float(plane[outside].std())
        facts[f"{channel} 99.7 % quantile"] = float(np.quantile(plane, 0.997))
        facts[f"{channel} saturated share"] = float((plane >= 1).mean())
    each = {name: values[chosen] for name, values in rows.items()}
    return each, {name: np.array([value]) for name, value in facts.items()}


def real_fields(data: Path, folders: tuple[tuple[str, str], ...], um: float) -> Iterator[Field]:
    """Read the complete real fields of some folders."""
    for folder, suffix in folders:
        yield from fields_in(data / "hpa_fields" / folder, suffix, um)


def simulated_fields(um: float, size: int, each: int) -> Iterator[Field]:
    """Simulate fields of all 28 locations, `each` of every cell line."""
    count = each * len(GROWING.lines)
    plan = study(
        SimulateSettings(
            fields=count, size=size, pixel_size_um=um, seed=SEED, locations=("all",), group_size=1
        )
    ).plan
    for number in range(count):
        line = GROWING.lines[number % len(GROWING.lines)]
        yield simulate_field(replace(plan(number), line=line)).field


def pooled(tables: list[Rows]) -> tuple[Rows, NDArray[np.intp]]:
    """Return the rows of several fields together, and the field of each."""
    sizes = [len(next(iter(table.values()))) for table in tables]
    together = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return together, np.repeat(np.arange(len(tables)), sizes)


def quartiles(values: NDArray[np.float64]) -> str:
    """Return median and quartiles as text."""
    low, middle, high = np.nanquantile(values, (0.25, 0.5, 0.75))
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"


def compared(real: Rows, made: Rows) -> tuple[list[str], NDArray[np.float64], list[str]]:
    """Return a table line a statistic, their AUCs (0.5–1), and which are out."""
    lines, aucs, out = [], [], []
    for name in real:
        a, b = real[name][np.isfinite(real[name])], made[name][np.isfinite(made[name])]
        truth = np.repeat([0, 1], [len(a), len(b)])
        auc = roc_auc_score(truth, np.concatenate([a, b]))
        low, high = np.quantile(a, (0.1, 0.9))
        is_out = not low <= np.median(b) <= high
        if is_out:
            out.append(f"{name} ({'+' if auc > 0.5 else '−'})")
        lines.append(
            f"| {name} | {quartiles(a)} | {quartiles(b)} | {ks_2samp(a, b).statistic:.2f} "
            f"| {auc:.2f} | {'**out**' if is_out else ''} |"
        )
        aucs.append(max(auc, 1 - auc))
    return lines, np.array(aucs), out


def told_apart(tables: tuple[Rows, Rows], fields: tuple[NDArray[np.intp], ...]) -> float:
    """Return the AUC of a model that tells a real cell from a simulated one of unseen fields."""
    values = np.concatenate([np.stack(list(t.values()), axis=1) for t in tables])
    truth = np.repeat([0, 1], [len(f) for f in fields])
    groups = np.concatenate([fields[0], fields[1] + fields[0].max() + 1])
    model = lgb.LGBMClassifier(
        n_estimators=60, num_leaves=7, learning_rate=0.1, verbose=-1, n_jobs=1, random_state=0
    )
    folds = StratifiedGroupKFold(min(5, len(np.unique(fields[0]))), shuffle=True, random_state=0)
    scores = cross_val_predict(
        model, values, truth, groups=groups, cv=folds, method="predict_proba"
    )
    return float(roc_auc_score(truth, scores[:, 1]))


def section(data: Path, name: str) -> list[str]:
    """Return the lines of one comparison."""
    folders, um, size, each = COMPARISONS[name]
    real = [cells_of(field) for field in real_fields(data, folders, um)]
    made = [cells_of(field) for field in simulated_fields(um, size, each)]
    few = f" ({len(real)} real fields: rough)" if len(real) < FEW else ""
    (real_cells, real_ids), (made_cells, made_ids) = (
        pooled([cells for cells, _ in kind]) for kind in (real, made)
    )
    head = ["| statistic | real | simulated | KS | AUC | |", "|---|---|---|---|---|---|"]
    cell_lines, aucs, out = compared(real_cells, made_cells)
    field_lines, _, field_out = compared(
        *(pooled([f for _, f in kind])[0] for kind in (real, made))
    )
    apart = told_apart((real_cells, made_cells), (real_ids, made_ids))
    return [
        f"## {name}",
        "",
        (
            f"{len(real)} real fields, {len(real_ids)} cells; {len(made)} simulated fields, "
            f"{len(made_ids)} cells. {len(aucs)} statistics of cells: median AUC of one statistic "
            f"{np.median(aucs):.2f}, {np.sum(aucs <= 0.7)} at most 0.7, {np.sum(aucs > 0.9)} above "
            f"0.9, {len(out)} out. A model on all of them: AUC {apart:.2f} on unseen fields{few}."
        ),
        "",
        f"Out (− simulated lower, + higher): {', '.join(out + field_out) or 'none'}.",
        "",
        *head,
        *cell_lines,
        "",
        "Whole fields:",
        "",
        *head,
        *field_lines,
        "",
    ]


def window(field: Field, channel: Channel) -> NDArray[np.uint8]:
    """Return the brightest window of a plane by its two stains of the cytoplasm, stretched."""
    size = round(WINDOW_UM / field.pixel_size_um)
    stain = field.planes[Channel.ER].astype(float) + field.planes[Channel.MICROTUBULES]
    corners = [
        (row, column)
        for row in range(0, stain.shape[0] - size + 1, size // 4)
        for column in range(0, stain.shape[1] - size + 1, size // 4)
    ]
    row, column = max(
        corners, key=lambda at: stain[at[0] : at[0] + size, at[1] : at[1] + size].sum()
    )
    part = field.planes[channel][row : row + size, column : column + size].astype(float)
    bright = np.clip(part / max(np.quantile(part, 0.998), 1) * 255, 0, 255).astype(np.uint8)
    return np.pad(bright, 2, constant_values=255)


def draw(data: Path, folder: Path) -> None:
    """Write a PNG a landmark: real windows above, simulated ones below, at full size."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (folders, um, size, _) in enumerate(COMPARISONS.values()):
        real = list(real_fields(data, folders, um))
        made = list(simulated_fields(um, size // 2, 1))[: len(real)]
        for channel in LANDMARKS:
            rows = [np.hstack([window(f, channel) for f in fields]) for fields in (real, made)]
            Image.fromarray(np.vstack(rows)).save(folder / f"{number}_{channel}.png")


def main() -> None:
    """Compare and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", choices=tuple(COMPARISONS), action="append")
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.pictures:
        draw(options.data, options.pictures)
    lines = [__doc__.partition("\n\n")[2].partition("\n\n")[2].strip(), ""]
    with threadpool_limits(1):
        for name in options.only or COMPARISONS:
            lines += section(options.data, name)
    publish(
        "simulated",
        "Simulated fields beside real ones",
        lines,
        *("hpa-feat", "numpy", "scipy", "lightgbm"),
        write=options.write,
    )


if __name__ == "__main__":
    main()
