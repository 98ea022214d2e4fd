"""BandPass: at what sizes the protein varies.

A band is the difference of two smoothed images, σ and 2σ: it answers most to blobs of diameter
4σ, which is its scale. The five octaves run from 0.64 to 10.24 µm.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.smooth import OCTAVES_NM, Smooth
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import ANY_NUMBER, Floats, divide
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import ANY_LIGHT, Compartment, Family, Feature, Landmark, Products

FEWEST = 20  # pixels
FLAT = 1e-12  # of the squared mean: variance below is rounding
SIZES_NM = tuple(2 * octave for octave in OCTAVES_NM)
SHAPED = SIZES_NM[:4]  # too few waves of the largest in a cell for the shape of a histogram
FLOOR = 1e-3  # of the mean, added to a band's deviation

PLACES = {
    Compartment.CELLS: ("in the cell", Landmark.NONE),
    Compartment.NUCLEI: ("in the nucleus", Landmark.NUCLEUS),
    Compartment.CYTOPLASM: ("in the cytoplasm", Landmark.NONE),
}

_KINDS = (
    (
        "Share",
        SIZES_NM,
        (0.0, 1.0),
        "How much of the protein's variation {0} is of size {1}.",
        "variance of the band / sum of the variances of all bands and of the coarsest image",
    ),
    (
        "Contrast",
        SIZES_NM,
        ANY_NUMBER,
        "How strong structures of size {1} are {0}, against the protein's mean there.",
        "log2(standard deviation of the band / mean + 0.001)",
    ),
    (
        "Skewness",
        SHAPED,
        ANY_NUMBER,
        "Whether structures of size {1} {0} stand out bright (above 0) or dark (below).",
        "third standardised moment of the band",
    ),
    (
        "Kurtosis",
        SHAPED,
        (-2.0, float("inf")),
        "Whether few strong structures of size {1} make the variation {0} (high) or many weak.",
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
            scale=f"{size}nm",
            range=limits,
            source=source,
            meaning=meaning.format(where, _size(size)),
        )
        for name, sizes, limits, meaning, source in kinds
        for size in sizes
    )


def bands(grid: WorkingGrid, smooth: Smooth) -> list[Floats]:
    """Return the five bands of the protein, finest first: smoothed by σ minus by 2σ."""
    raw = grid.values[Channel.PROTEIN].astype(np.float64)
    levels = [raw, *(smooth[Channel.PROTEIN, octave] for octave in OCTAVES_NM)]
    return [fine - coarse for fine, coarse in pairwise(levels)]


def _section(compartment: Compartment) -> Section:
    def compute(kernels: ModuleType, products: Products) -> list[Floats]:
        grid: WorkingGrid = products["working"]
        smooth: Smooth = products["smooth"]
        inside = grid.inside(compartment)
        raw = grid.values[Channel.PROTEIN].astype(np.float64)
        count, whole = kernels.image_moments(raw, inside, grid.starts)
        images = [*bands(grid, smooth), smooth[Channel.PROTEIN, OCTAVES_NM[-1]]]
        found = [kernels.image_moments(image, inside, grid.starts)[1] for image in images]
        moments = np.stack(found, axis=1)
        mean = whole[:, :1]
        usable = (count[:, None] >= FEWEST) & (whole[:, 1:2] > FLAT * mean**2)
        variance = np.where(usable, moments[:, :, 1], np.nan)
        share = divide(variance, variance.sum(1, keepdims=True))[:, :-1]
        deviation = np.sqrt(variance[:, :-1])
        contrast = np.log2(divide(deviation, mean) + FLOOR)
        if compartment == Compartment.CELLS:
            return [share]
        shaped = slice(len(SHAPED))
        spread = np.where(variance > FLAT * mean**2, variance, np.nan)[:, shaped]
        skewness = moments[:, shaped, 2] / spread**1.5
        return [share, contrast, skewness, moments[:, shaped, 3] / spread**2 - 3.0]

    return Section(_features(compartment), compute)


FAMILY: Family = family_of_sections(
    "BandPass", ("working", "smooth"), tuple(_section(compartment) for compartment in PLACES)
)
