"""LocalBinaryPattern: what forms the protein's brightness has at two small radii.

Uniform rotation-invariant patterns of eight points (Ojala, Pietikäinen, Mäenpää 2002). Departures:
the protein is smoothed by 0.64 µm first, as Mäenpää & Pietikäinen 2003 smooth what the points of a
circle stand for: unsmoothed, shares moved by up to two deviations between cells when a 16-bit
plane was rounded to 8 bits; a pixel counts only where its whole circle lies in its own compartment;
interpolation weights are multiples of 2⁻¹⁵, so that ties are exact and 90° turns change nothing.
"""

from __future__ import annotations

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.dynamic_range import with_dynamic_range
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import divide
from hpa_features.features.spec import ANY_LIGHT, Compartment, Family, Feature, Landmark
from hpa_features.features.vocabulary.images import Rounded, Smooth
from hpa_features.features.vocabulary.parts import PARTS
from hpa_features.features.vocabulary.sums import Moments
from hpa_features.features.words import WHERE

RADII_NM = (320, 960)
IMAGE = Rounded(Smooth(Channel.PROTEIN, 640))
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
    ("NonUniform", "have another pattern: lines, crossings, grain"),
)


class PatternCounts(Measurement[Floats]):
    """(n, 2, 10): pixels by uniform pattern in cytoplasm and nucleus, at a radius."""

    image: Map
    um: float
    tail = (2, len(_FORMS))
    kernel = "pattern_counts"
    takes = ("region", "layout")


def _share(compartment: Compartment, nm: int, number: int) -> Value:
    varying = Moments(IMAGE, PARTS[compartment])

    def value(m: Measured) -> Floats:
        counts = np.asarray(
            m(PatternCounts(IMAGE, nm / 1000))[:, PLACES.index(compartment)], np.float64
        )
        pixels = counts.sum(axis=1)
        usable = (m(varying)[:, 2] > 0) & (pixels >= FEWEST)
        return np.where(usable, divide(counts[:, number], pixels), np.nan)

    return value


def _features(compartment: Compartment, radius: int) -> tuple[Feature, ...]:
    where = WHERE[compartment]
    return tuple(
        Feature(
            compartment=compartment,
            name=name,
            value=_share(compartment, radius, number),
            unit="1",
            range=(0.0, 1.0),
            meaning=f"Share of pixels {where} that, compared with the protein {radius / 1000:g} µm "
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
        for number, (name, form) in enumerate(_FORMS)
    )


FAMILY = Family(
    name="LocalBinaryPattern",
    features=with_dynamic_range(
        feature
        for compartment in PLACES
        for radius in RADII_NM
        for feature in _features(compartment, radius)
    ),
    default=False,
)
