"""LocalBinaryPattern: what forms the protein's brightness has at two small radii.

Uniform rotation-invariant patterns of eight points (Ojala, Pietikäinen, Mäenpää 2002). Departures:
the protein is smoothed by 0.64 µm first, as Mäenpää & Pietikäinen 2003 smooth what the points of a
circle stand for: unsmoothed, shares moved by up to two deviations between cells when a 16-bit
plane was rounded to 8 bits; a pixel counts only where its whole circle lies in its own compartment;
interpolation weights are multiples of 2⁻¹⁵, so that ties are exact and 90° turns change nothing.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.enough_steps import with_enough_steps
from hpa_features.features.products.smooth import protein_at
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import divide
from hpa_features.features.spec import (
    ANY_LIGHT,
    Compartment,
    Family,
    Feature,
    Landmark,
    Products,
)
from hpa_features.features.words import WHERE

RADII_NM = (320, 960)
SMOOTH_NM = 640
PLACES = (Compartment.CYTOPLASM, Compartment.NUCLEI)  # the whole cell adds nothing to them
FEWEST = 20  # pixels

_FORMS = (
    ("Uniform0", "are bright points"),
    ("Uniform1", "are ends of bright lines"),
    ("Uniform2", "are sharp bright corners"),
    ("Uniform3", "are blunt bright corners"),
    ("Uniform4", "lie on straight edges"),
    ("Uniform5", "are blunt dark corners"),
    ("Uniform6", "are sharp dark corners"),
    ("Uniform7", "are ends of dark lines"),
    ("Uniform8", "are dark points, or flat"),
    ("NonUniform", "have no simple form: lines, crossings, grain"),
)


def _features(compartment: Compartment, radius: int) -> tuple[Feature, ...]:
    where = WHERE[compartment]
    return tuple(
        Feature(
            compartment=compartment,
            name=name,
            unit="1",
            range=(0.0, 1.0),
            meaning=f"Share of places {where} that, against the protein {radius / 1000:g} µm "
            f"around, {form}.",
            source="Ojala, Pietikäinen, Mäenpää 2002, eq. 9–10, P = 8, of the protein "
            "smoothed by 0.64 µm",
            nan_when=f"no signal or flat signal {where}, or under {FEWEST} pixels with their "
            "circle there",
            channels=(Channel.PROTEIN,),
            scale=f"{radius}nm",
            landmark=Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE,
            invariances=ANY_LIGHT | {"offset"},
        )
        for name, form in _FORMS
    )


def compute(kernels: ModuleType, products: Products) -> NDArray[np.float64]:
    """Return (n, 40): compartment by compartment, radius by radius, ten shares."""
    grid: WorkingGrid = products["working"]
    values = protein_at(products["smooth"], SMOOTH_NM)
    moments = [
        kernels.image_moments(values.astype(np.float64), grid.inside(compartment), grid.starts)[1]
        for compartment in PLACES
    ]
    varies = np.stack([m[:, 1] > 0 for m in moments], axis=1)[:, :, None]
    scales = []
    for nm in RADII_NM:
        radius = np.maximum(np.round(nm / 1000 / grid.step_um), 1).astype(np.int64)
        counts = kernels.pattern_counts(values, grid.region, grid.starts, grid.shape, radius)
        pixels = counts.sum(axis=2, keepdims=True).astype(np.float64)
        share = divide(counts.astype(np.float64), pixels)
        scales.append(np.where(varies & (pixels >= FEWEST), share, np.nan))
    return np.stack(scales, axis=2).reshape(len(grid.shape), -1)


FAMILY = with_enough_steps(
    Family(
        name="LocalBinaryPattern",
        needs=("working", "smooth"),
        features=tuple(
            feature
            for compartment in PLACES
            for radius in RADII_NM
            for feature in _features(compartment, radius)
        ),
        compute=compute,
        default=False,
    )
)
