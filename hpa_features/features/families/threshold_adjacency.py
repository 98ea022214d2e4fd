"""ThresholdAdjacency: whether the protein's bright pixels lie together or scattered.

Threshold adjacency statistics (Hamilton et al. 2007) without fixed gray levels, after mahotas'
``pftas``: Otsu's threshold divides the compartment; the mean and standard deviation of what lies
above it set three ranges, and each range divides the pixels in two kinds. Departures: for both
kinds a column counts how many of a pixel's eight neighbours are of its own kind, as in the paper,
where mahotas counts the other kind; only pixels with all eight neighbours in the compartment count;
0 to 3 neighbours of eight are excluded, since they are rare and the nine shares sum to 1.
"""

from __future__ import annotations

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.dynamic_range import with_dynamic_range
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Measured, Value
from hpa_features.features.ratios import divide
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    Compartment,
    Family,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.parts import PARTS, Above, Part
from hpa_features.features.vocabulary.ranks import Otsu
from hpa_features.features.vocabulary.sums import Moments
from hpa_features.features.words import WHERE

FEWEST = 20  # pixels
ALIKE = range(4, 9)

# name, what the pixels are, of which range: mean µ and standard deviation σ above the threshold
_KINDS = (
    ("Medium", "pixels of average protein brightness", "µ − σ < value < µ + σ"),
    ("NotMedium", "pixels brighter or darker than the average protein brightness", ""),
    ("Bright", "bright pixels", "value > µ − σ"),
    ("NotBright", "dark pixels", ""),
    ("Brightest", "the brightest pixels", "value > µ"),
    ("NotBrightest", "all but the brightest pixels", ""),
)


def _bright(part: Part) -> Moments:
    """Return the node of the moments of the pixels above Otsu's threshold."""
    return Moments(LIGHT, Above(LIGHT, Otsu(LIGHT, part), part))


class Adjacency(Measurement[Floats]):
    """(n, 3, 2, 9): pixels by neighbours of their own kind, for three ranges and two kinds."""

    image: Map
    part: Part
    bright: Moments
    tail = (3, 2, 9)
    kernel = "adjacency_counts"
    takes = ("layout",)


def _share(part: Part, kind: int, alike: int) -> Value:
    bright = _bright(part)
    node = Adjacency(LIGHT, part, bright)

    def value(m: Measured) -> Floats:
        counts = np.asarray(m(node)[:, kind // 2, kind % 2], np.float64)
        pixels = counts.sum(axis=1)
        usable = (m(bright)[:, 0] > 0) & (pixels >= FEWEST)
        return np.where(usable, divide(counts[:, alike], pixels), np.nan)

    return value


def _features(compartment: Compartment) -> tuple[Feature, ...]:
    where = WHERE[compartment]
    landmark = Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE
    return tuple(
        Feature(
            compartment=compartment,
            name=f"{name}{alike}",
            value=_share(PARTS[compartment], at, alike),
            unit="1",
            range=(0.0, 1.0),
            meaning=f"Share of {pixels} {where} that have {alike} of 8 neighbours of the same "
            "kind.",
            source="Hamilton et al. 2007, " + (rule or f"not {_KINDS[at - 1][2]}") + ", µ and σ "
            "of the pixels above Otsu's threshold as in mahotas' pftas",
            nan_when=f"no signal or flat signal {where}, or under {FEWEST} pixels of that kind "
            "with all neighbours there",
            channels=(Channel.PROTEIN,),
            landmark=landmark,
            invariances=ANY_LIGHT | {"offset"},
        )
        for at, (name, pixels, rule) in enumerate(_KINDS)
        for alike in ALIKE
    )


FAMILY = Family(
    name="ThresholdAdjacency",
    features=with_dynamic_range(
        feature for compartment in CELL_COMPARTMENTS for feature in _features(compartment)
    ),
    default=False,
)
