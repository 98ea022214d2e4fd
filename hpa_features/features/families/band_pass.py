"""BandPass: at what sizes the protein varies.

A band is the difference of two smoothed images, σ and 2σ: it responds most to blobs of
diameter 4σ, which is its scale. The five octaves run from 0.64 to 10.24 µm.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import ANY_NUMBER, divide
from hpa_features.features.spec import ANY_LIGHT, Compartment, Family, Feature, Landmark
from hpa_features.features.vocabulary.images import LIGHT, Minus, Smooth
from hpa_features.features.vocabulary.parts import PARTS, Mask
from hpa_features.features.vocabulary.sums import Moments

FEWEST = 20  # pixels
FLAT = 1e-12  # of the squared mean: variance below is rounding
OCTAVES_NM = (320, 640, 1280, 2560, 5120)
SIZES_NM = tuple(2 * octave for octave in OCTAVES_NM)
SHAPED = SIZES_NM[:4]  # too few waves of the largest in a cell for the shape of a histogram
FLOOR = 1e-3  # of the mean, added to a band's deviation

PLACES = {
    Compartment.CELLS: ("in the cell", Landmark.NONE),
    Compartment.NUCLEI: ("in the nucleus", Landmark.NUCLEUS),
    Compartment.CYTOPLASM: ("in the cytoplasm", Landmark.NONE),
}


_SMOOTHED: tuple[Map, ...] = tuple(Smooth(Channel.PROTEIN, octave) for octave in OCTAVES_NM)
BANDS = tuple(Minus(fine, coarse) for fine, coarse in pairwise((LIGHT, *_SMOOTHED)))
"""The five bands of the protein, finest first: smoothed by σ minus by 2σ."""


@once
def _moments(m: Measured, part: Mask) -> tuple[Floats, Floats]:
    """Return (n, 6, 3): second to fourth moments of the bands and the coarsest image, and means.

    NaN for few pixels or flat signal.
    """
    whole = m(Moments(LIGHT, part))
    images = np.stack([m(Moments(image, part)) for image in (*BANDS, _SMOOTHED[-1])], axis=1)
    mean = whole[:, 1:2]
    usable = (whole[:, :1] >= FEWEST) & (whole[:, 2:3] > FLAT * mean**2)
    return np.where(usable[..., None], images[..., 2:], np.nan), mean


@once
def _share(m: Measured, part: Mask) -> Floats:
    variance = _moments(m, part)[0][..., 0]
    return divide(variance, variance.sum(1, keepdims=True))


@once
def _contrast(m: Measured, part: Mask) -> Floats:
    moments, mean = _moments(m, part)
    return np.asarray(np.log2(divide(np.sqrt(moments[:, :-1, 0]), mean) + FLOOR))


@once
def _spread(m: Measured, part: Mask) -> Floats:
    moments, mean = _moments(m, part)
    variance = moments[..., 0]
    return np.where(variance > FLAT * mean**2, variance, np.nan)


@once
def _skewness(m: Measured, part: Mask) -> Floats:
    return np.asarray(_moments(m, part)[0][..., 1] / _spread(m, part) ** 1.5)


@once
def _kurtosis(m: Measured, part: Mask) -> Floats:
    return np.asarray(_moments(m, part)[0][..., 2] / _spread(m, part) ** 2 - 3.0)


def _column(kind: Callable[[Measured, Mask], Floats], part: Mask, at: int) -> Value:
    return lambda m: kind(m, part)[:, at]


_KINDS = (
    (
        "Share",
        SIZES_NM,
        _share,
        (0.0, 1.0),
        "Share of the protein's variation {0} that is at length scale {1}.",
        "variance of the band / sum of the variances of all bands and of the coarsest image",
    ),
    (
        "Contrast",
        SIZES_NM,
        _contrast,
        ANY_NUMBER,
        "Contrast of structures of size {1} {0}, relative to the protein's mean there.",
        "log2(standard deviation of the band / mean + 0.001)",
    ),
    (
        "Skewness",
        SHAPED,
        _skewness,
        ANY_NUMBER,
        "Whether structures of size {1} {0} are mainly bright (above 0) or dark (below 0).",
        "third standardised moment of the band",
    ),
    (
        "Kurtosis",
        SHAPED,
        _kurtosis,
        (-2.0, float("inf")),
        (
            "Whether the variation {0} at length scale {1} comes from a few strong structures "
            "(high) or many weak ones (low)."
        ),
        "fourth standardised moment of the band − 3",
    ),
)


def _size(nm: int) -> str:
    return f"{nm / 1000:.3g} µm"


def _features(compartment: Compartment) -> tuple[Feature, ...]:
    where, landmark = PLACES[compartment]
    feature = partial(
        Feature,
        compartment=compartment,
        unit="1",
        channels=(Channel.PROTEIN,),
        landmark=landmark,
        invariances=ANY_LIGHT,
        nan_when=f"under {FEWEST} pixels {where}, or no or flat signal there",
    )
    kinds = _KINDS[:1] if compartment == Compartment.CELLS else _KINDS
    return tuple(
        feature(
            name=name,
            value=_column(value, PARTS[compartment], at),
            scale=f"{size}nm",
            range=limits,
            source=source,
            meaning=meaning.format(where, _size(size)),
        )
        for name, sizes, value, limits, meaning, source in kinds
        for at, size in enumerate(sizes)
    )


FAMILY = Family(
    name="BandPass",
    features=tuple(feature for compartment in PLACES for feature in _features(compartment)),
)
