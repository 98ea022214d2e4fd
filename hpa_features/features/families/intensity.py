"""Intensity: how bright the channels are in each compartment, how evenly, and where.

Absolute brightness depends on how a field was taken; it is in the block ``Acquisition``. The
rest are ratios, invariant to illumination and the antibody's strength.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import positive_ratio
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    LANDMARK_OF_CHANNEL,
    TURN_MIRROR,
    Compartment,
    Family,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary import brightness as of
from hpa_features.features.vocabulary.distances import STEP_UM
from hpa_features.features.vocabulary.images import RAW

_FULL = "fraction of full scale"
_SHARE = (0.0, 1.0)
_EVER = (0.0, float("inf"))
_ANY = (-float("inf"), float("inf"))
_EMPTY = "the cell has no {where}"
_DARK = "the cell has no {where}, or no {stain} signal in it"
_FLAT = "the cell has no {where}, or {stain} is equally bright everywhere in it"


Of = Callable[[Measured, Channel, int], Floats]
"""A statistic of a channel in a compartment, by number: (n,)."""


def _statistic(number: int, scale: float = 1.0) -> Of:
    return lambda m, channel, part: m(of.Statistics(RAW[channel]))[:, part, number] / scale


def _ratio(top: Of, bottom: Of) -> Of:
    return lambda m, channel, part: positive_ratio(top(m, channel, part), bottom(m, channel, part))


def _of_cell(statistic: Of) -> Of:
    return lambda m, channel, _part: statistic(m, channel, 0)


def _native(number: int) -> Of:
    return lambda m, channel, part: np.asarray(
        of.native_sums(m, channel)[:, part, number], np.float64
    )


def _edge(m: Measured, channel: Channel, part: int) -> Floats:
    return m(of.Places(RAW[channel]))[:, part, 0] / 65535


def _displacement(m: Measured, channel: Channel, part: int) -> Floats:
    return np.asarray(m(of.Places(RAW[channel]))[:, part, 1] * m(STEP_UM))


def _integrated(m: Measured, channel: Channel, part: int) -> Floats:
    full, pixel_um = of.scale(m, channel)[:, 0], m(of.FieldSize())[:, 2]
    return np.asarray(_TOTAL(m, channel, part) / full * pixel_um**2)


def _signal_share(m: Measured, channel: Channel, part: int) -> Floats:
    full, background = of.scale(m, channel).T
    mean = _mean(m, channel, part)
    return positive_ratio(mean, mean + background / full)


_mean, _sd = _statistic(of.MEAN, 65535), _statistic(of.SD, 65535)
_PIXELS, _TOTAL, _SATURATED = (_native(number) for number in range(3))


class _Row(NamedTuple):
    """A statistic before it is given a compartment and a channel."""

    name: str
    value: Of
    meaning: str
    source: str
    unit: str = "1"
    range: tuple[float, float] = _EVER
    nan_when: str = _DARK
    acquisition: bool = False
    of_nucleus: bool = False  # the nucleus is what the row is about, also in the cytoplasm


def _absolute(name: str, value: Of, meaning: str, source: str, **more: Any) -> _Row:
    """Return a row of `Acquisition`: brightness as the microscope gave it."""
    defaults = {"unit": _FULL, "range": _SHARE, "nan_when": _EMPTY}
    return _Row(name, value, meaning, source, acquisition=True, **(defaults | more))


_MEAN = _absolute("Mean", _mean, "How bright {stain} is {in_where}.", "arithmetic mean")
_CV = _Row(
    "CV",
    _ratio(_sd, _mean),
    "How unevenly {stain} is distributed {in_where}.",
    "standard deviation / mean",
)
_PROTEIN = (
    _MEAN,
    _absolute("StdDev", _sd, "Variation of {stain} {in_where}.", "standard deviation"),
    _absolute(
        "MAD",
        _statistic(of.MAD, 65535),
        "Variation of {stain} {in_where}, insensitive to bright spots.",
        "median absolute deviation",
    ),
    _absolute(
        "Median",
        _statistic(of.Q50, 65535),
        "Median brightness of {stain} {in_where}.",
        "median",
    ),
    _absolute(
        "MeanEdge",
        _edge,
        "How bright {stain} is at the rim of the {where}.",
        "mean of the inner boundary, as CellProfiler's MeanIntensityEdge",
    ),
    _absolute(
        "Integrated",
        _integrated,
        "Total signal of {stain} {in_where}.",
        "sum of native signal as fraction of full scale, times the pixel's area",
        unit="µm²",
        range=_EVER,
        nan_when="never",
    ),
    _absolute(
        "Saturated",
        _ratio(_SATURATED, _PIXELS),
        "Share of the {where} where {stain} is saturated.",
        "count of native pixels at full scale",
        unit="1",
    ),
    _absolute(
        "SignalShare",
        _signal_share,
        "Contrast of {stain} {in_where} with the background.",
        "mean signal / (mean signal + background)",
        unit="1",
        nan_when="the cell has no {where}, or signal and background are both 0",
    ),
    _CV,
    _Row(
        "Skewness",
        _statistic(of.SKEWNESS),
        "Whether there are a few bright spots {in_where} (above 0) or a few dark ones (below 0).",
        "third standardised moment",
        range=_ANY,
        nan_when=_FLAT,
    ),
    _Row(
        "Kurtosis",
        _statistic(of.KURTOSIS),
        "How rare and extreme the brightest and darkest pixels are {in_where}.",
        "fourth standardised moment − 3",
        range=(-2.0, float("inf")),
        nan_when=_FLAT,
    ),
    _Row(
        "Gini",
        _statistic(of.GINI),
        "How concentrated {stain} is {in_where}: 0 uniform, 1 in one spot.",
        "Lotz, Primack, Madau 2004, eq. 6",
        range=_SHARE,
        nan_when="the cell has fewer than two pixels of {where}, or no {stain} signal in it",
    ),
    _Row(
        "Top1Share",
        _statistic(of.TOP),
        "Share of {stain} {in_where} in the brightest 1 % of pixels.",
        "sum of the largest / sum",
        range=_SHARE,
    ),
    _Row(
        "EdgeRatio",
        _ratio(_edge, _mean),
        "Brightness of {stain} at the rim of the {where} relative to its mean.",
        "mean of the inner boundary / mean",
    ),
    _Row(
        "MassDisplacement",
        _displacement,
        "Distance between the centre of mass of {stain} {in_where} and the centre of the {where}.",
        "distance of the centroids, as CellProfiler's MassDisplacement",
        unit="µm",
    ),
    *(
        _Row(
            f"Q{percent:02d}",
            _ratio(_statistic(of.Q05 + number, 65535), _of_cell(_mean)),
            f"Brightness of {{stain}} below which {percent} % of the {{where}} lie, "
            "relative to the cell's mean.",
            "quantile / mean over the cell",
            nan_when="the cell has no {where}, or no {stain} signal",
        )
        for number, percent in enumerate((5, 25, 50, 75, 95, 99))
    ),
)
_LANDMARK = (_MEAN, _CV)
_MEAN_RATIO = _Row(
    "MeanRatio",
    _ratio(_mean, _of_cell(_mean)),
    "How much brighter {stain} is {in_where} than in the whole cell.",
    "mean / mean over the cell",
    nan_when="the cell has no {where}, or no {stain} signal",
    of_nucleus=True,
)
_CELL_SHARE = _Row(
    "CellShare",
    _ratio(_TOTAL, _of_cell(_TOTAL)),
    "Share of the cell's protein that lies {in_where}.",
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
    landmark, number = LANDMARK_OF_CHANNEL[channel], CELL_COMPARTMENTS.index(compartment)
    if channel is Channel.PROTEIN and (compartment is Compartment.NUCLEI or row.of_nucleus):
        landmark = Landmark.NUCLEUS
    return Feature(
        compartment=compartment,
        name=row.name,
        unit=row.unit,
        range=row.range,
        meaning=row.meaning.format(**words),
        source=row.source,
        value=lambda m: row.value(m, channel, number),
        nan_when=row.nan_when.format(**words).replace("no the ", "no "),
        channels=(channel,),
        landmark=landmark,
        acquisition=row.acquisition,
        invariances=TURN_MIRROR if row.acquisition else ANY_LIGHT,
    )


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


FAMILY = Family(name="Intensity", features=_features())
