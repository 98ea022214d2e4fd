"""Intensity: how bright the channels are in each compartment, how evenly, and where.

Absolute brightness tells how a field was taken; it stands in the block ``Acquisition``. The
rest are ratios, blind to the lamp and the antibody's strength.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    LANDMARK_OF_CHANNEL,
    TURN_MIRROR,
    Compartment,
    Family,
    Feature,
    Landmark,
    Products,
)

_FULL = "fraction of full scale"
_SHARE = (0.0, 1.0)
_EVER = (0.0, float("inf"))
_ANY = (-float("inf"), float("inf"))
_EMPTY = "the cell has no {where}"
_DARK = "the cell has no {where}, or no {stain} signal in it"
_FLAT = "the cell has no {where}, or {stain} is equally bright everywhere in it"


class _Row(NamedTuple):
    """A statistic before it is given a compartment and a channel."""

    name: str
    meaning: str
    source: str
    unit: str = "1"
    range: tuple[float, float] = _EVER
    nan_when: str = _DARK
    acquisition: bool = False
    of_nucleus: bool = False  # the nucleus is what the row is about, also in the cytoplasm


def _absolute(name: str, meaning: str, source: str, **more: Any) -> _Row:
    """Return a row of `Acquisition`: brightness as the microscope gave it."""
    defaults = {"unit": _FULL, "range": _SHARE, "nan_when": _EMPTY}
    return _Row(name, meaning, source, acquisition=True, **(defaults | more))


# The order of rows is that of the columns in `_protein_columns` and `_landmark_columns`.
_MEAN = _absolute("Mean", "How bright {stain} is {in_where}.", "arithmetic mean")
_CV = _Row("CV", "How unevenly {stain} is spread {in_where}.", "standard deviation / mean")
_PROTEIN = (
    _MEAN,
    _absolute("StdDev", "How widely {stain} varies {in_where}.", "standard deviation"),
    _absolute(
        "MAD",
        "How widely {stain} varies {in_where}, bright spots aside.",
        "median absolute deviation",
    ),
    _absolute("Median", "How bright a typical spot of {stain} is {in_where}.", "median"),
    _absolute(
        "MeanEdge",
        "How bright {stain} is at the rim of the {where}.",
        "mean of the inner boundary, as CellProfiler's MeanIntensityEdge",
    ),
    _absolute(
        "Integrated",
        "How much of {stain} there is {in_where} in all.",
        "sum of native signal as fraction of full scale, times the pixel's area",
        unit="µm²",
        range=_EVER,
        nan_when="never",
    ),
    _absolute(
        "Saturated",
        "Share of the {where} where {stain} is saturated.",
        "count of native pixels at full scale",
        unit="1",
    ),
    _absolute(
        "SignalShare",
        "How far {stain} stands out of the background {in_where}.",
        "mean signal / (mean signal + background)",
        unit="1",
        nan_when="the cell has no {where}, or signal and background are both 0",
    ),
    _CV,
    _Row(
        "Skewness",
        "Whether a few bright spots stand out {in_where} (above 0) or a few dark ones (below).",
        "third standardised moment",
        range=_ANY,
        nan_when=_FLAT,
    ),
    _Row(
        "Kurtosis",
        "How rare and extreme the brightest and darkest spots are {in_where}.",
        "fourth standardised moment − 3",
        range=(-2.0, float("inf")),
        nan_when=_FLAT,
    ),
    _Row(
        "Gini",
        "How much of {stain} sits in few places {in_where}: 0 even, 1 in one spot.",
        "Lotz, Primack, Madau 2004, eq. 6",
        range=_SHARE,
        nan_when="the cell has fewer than two pixels of {where}, or no {stain} signal in it",
    ),
    _Row(
        "Top1Share",
        "Share of {stain} {in_where} that the brightest 1 % hold.",
        "sum of the largest / sum",
        range=_SHARE,
    ),
    _Row(
        "EdgeRatio",
        "How much brighter {stain} is at the rim of the {where} than in all of it.",
        "mean of the inner boundary / mean",
    ),
    _Row(
        "MassDisplacement",
        "How far the centre of mass of {stain} {in_where} lies from the middle of the {where}.",
        "distance of the centroids, as CellProfiler's MassDisplacement",
        unit="µm",
    ),
    *(
        _Row(
            f"Q{percent:02d}",
            f"Brightness of {{stain}} that {percent} % of the {{where}} stay below, "
            "in units of the cell's mean.",
            "quantile / mean over the cell",
            nan_when="the cell has no {where}, or no {stain} signal",
        )
        for percent in (5, 25, 50, 75, 95, 99)
    ),
)
_LANDMARK = (_MEAN, _CV)
_MEAN_RATIO = _Row(
    "MeanRatio",
    "How much brighter {stain} is {in_where} than in the whole cell.",
    "mean / mean over the cell",
    nan_when="the cell has no {where}, or no {stain} signal",
    of_nucleus=True,
)
_CELL_SHARE = _Row(
    "CellShare",
    "Share of the protein of the cell that lies {in_where}.",
    "native sum / native sum over the cell",
    range=_SHARE,
    nan_when="the cell has no {stain} signal",
    of_nucleus=True,
)
# The cytoplasm's share is what the nucleus leaves.
_AGAINST_CELL = (
    (_MEAN_RATIO, Compartment.NUCLEI),
    (_MEAN_RATIO, Compartment.CYTOPLASM),
    (_CELL_SHARE, Compartment.NUCLEI),
)
_WORD = {
    Compartment.CELLS: "cell",
    Compartment.NUCLEI: "nucleus",
    Compartment.CYTOPLASM: "cytoplasm",
}


def _feature(compartment: Compartment, channel: Channel, row: _Row) -> Feature:
    where = _WORD[compartment]
    stain = "the protein" if channel is Channel.PROTEIN else f"the {channel} stain"
    words = {"where": where, "in_where": f"in the {where}", "stain": stain}
    landmark = LANDMARK_OF_CHANNEL[channel]
    if channel is Channel.PROTEIN and (compartment is Compartment.NUCLEI or row.of_nucleus):
        landmark = Landmark.NUCLEUS
    return Feature(
        compartment=compartment,
        name=row.name,
        unit=row.unit,
        range=row.range,
        meaning=row.meaning.format(**words),
        source=row.source,
        nan_when=row.nan_when.format(**words).replace("no the ", "no "),
        channels=(channel,),
        landmark=landmark,
        acquisition=row.acquisition,
        invariances=TURN_MIRROR if row.acquisition else ANY_LIGHT,
    )


def _ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotient, NaN where the divisor is 0."""
    quotient = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=quotient, where=bottom > 0)
    return quotient


def _native(kernels: ModuleType, products: Products, channel: Channel) -> NDArray[np.int64]:
    """(n, 3, 3) int64: native pixels, signal and saturated pixels of each compartment."""
    index = products["index"]
    ceiling = products["full_scale"][channel] - products["background"][channel]
    sums: NDArray[np.int64] = kernels.native_sums(
        products["signal"][channel],
        ceiling[index.field],
        index.nuclei,
        index.position,
        index.offsets,
    )
    return sums


def _protein_columns(kernels: ModuleType, products: Products) -> list[NDArray[np.float64]]:
    """Columns of `_PROTEIN`, each (n, 3), then of `_AGAINST_CELL`."""
    grid, index = products["working"], products["index"]
    values = grid.values[Channel.PROTEIN]
    statistics = kernels.part_statistics(values, grid.region, grid.starts) / 65535
    places = kernels.part_places(values, grid.region, grid.starts, grid.shape)
    native = _native(kernels, products, Channel.PROTEIN)
    pixels, total, saturated = (native[:, :, k].astype(np.float64) for k in range(3))
    full = products["full_scale"][Channel.PROTEIN][index.field][:, None]
    background = products["background"][Channel.PROTEIN][index.field][:, None] / full
    mean, edge = statistics[:, :, 0], places[:, :, 0] / 65535
    cell_mean = mean[:, :1]
    return [
        mean,
        statistics[:, :, 1],
        statistics[:, :, 2],
        statistics[:, :, 9],
        edge,
        total / full * index.pixel_um[:, None] ** 2,
        _ratio(saturated, pixels),
        _ratio(mean, mean + background),
        _ratio(statistics[:, :, 1], mean),
        *(statistics[:, :, k] * 65535 for k in (3, 4, 5, 6)),
        _ratio(edge, mean),
        places[:, :, 1] * grid.step_um[:, None],
        *(_ratio(statistics[:, :, 7 + k], np.repeat(cell_mean, 3, 1)) for k in range(6)),
        _ratio(mean[:, 1:], np.repeat(cell_mean, 2, 1)),
        _ratio(total[:, 1:2], total[:, :1]),
    ]


def _landmark_columns(
    kernels: ModuleType, products: Products, channel: Channel
) -> list[NDArray[np.float64]]:
    grid = products["working"]
    if channel not in grid.values:
        empty = np.full((len(grid.shape), 3), np.nan)
        return [empty, empty]
    statistics = kernels.part_statistics(grid.values[channel], grid.region, grid.starts)
    mean, deviation = statistics[:, :, 0] / 65535, statistics[:, :, 1] / 65535
    return [mean, _ratio(deviation, mean)]


def compute(kernels: ModuleType, products: Products) -> NDArray[np.float64]:
    """Return (n, columns): Protein, then each landmark; each statistic over its compartments."""
    columns = _protein_columns(kernels, products)
    for channel in LANDMARK_CHANNELS:
        columns += _landmark_columns(kernels, products, channel)
    return np.concatenate(columns, axis=1)


def _features() -> tuple[Feature, ...]:
    features = [
        _feature(part, Channel.PROTEIN, row) for row in _PROTEIN for part in CELL_COMPARTMENTS
    ]
    features += [_feature(part, Channel.PROTEIN, row) for row, part in _AGAINST_CELL]
    features += [
        _feature(part, channel, row)
        for channel in LANDMARK_CHANNELS
        for row in _LANDMARK
        for part in CELL_COMPARTMENTS
    ]
    return tuple(features)


FAMILY = Family(
    name="Intensity",
    needs=("index", "background", "full_scale", "signal", "working"),
    features=_features(),
    compute=compute,
)
