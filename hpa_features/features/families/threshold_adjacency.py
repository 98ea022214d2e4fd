"""ThresholdAdjacency: whether the protein's bright pixels lie together or scattered.

Threshold adjacency statistics (Hamilton et al. 2007) without fixed gray levels, after mahotas'
``pftas``: Otsu's threshold divides the compartment; the mean and standard deviation of what lies
above it set three ranges, and each range divides the pixels in two kinds. Departures: of both
kinds a column says how many of a pixel's eight neighbours are of its own kind, as in the paper,
where mahotas counts the other kind; only pixels with all eight neighbours in the compartment count;
0 to 3 neighbours of eight are left out, since they are rare and the nine shares sum to 1.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.enough_steps import with_enough_steps
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import divide
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import (
    ANY_LIGHT,
    CELL_COMPARTMENTS,
    Compartment,
    Family,
    Feature,
    Landmark,
    Products,
)
from hpa_features.features.words import WHERE

FEWEST = 20  # pixels
ALIKE = range(4, 9)

# name, what the pixels are, of which range: mean µ and standard deviation σ above the threshold
_KINDS = (
    ("Medium", "pixels of the protein's usual brightness", "µ − σ < value < µ + σ"),
    ("NotMedium", "pixels brighter or darker than the protein's usual brightness", ""),
    ("Bright", "bright pixels", "value > µ − σ"),
    ("NotBright", "dark pixels", ""),
    ("Brightest", "the brightest pixels", "value > µ"),
    ("NotBrightest", "all but the brightest pixels", ""),
)


def _features(compartment: Compartment) -> tuple[Feature, ...]:
    where = WHERE[compartment]
    landmark = Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE
    return tuple(
        Feature(
            compartment=compartment,
            name=f"{name}{alike}",
            unit="1",
            range=(0.0, 1.0),
            meaning=f"Of {pixels} {where}, the share with {alike} of 8 neighbours of that kind.",
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


def _section(compartment: Compartment) -> Section:
    def compute(kernels: ModuleType, products: Products) -> list[NDArray[np.float64]]:
        grid: WorkingGrid = products["working"]
        values, inside = grid.values[Channel.PROTEIN], grid.inside(compartment)
        place = (grid.starts, grid.shape)
        threshold = kernels.otsu_thresholds(values, inside, grid.starts)
        above = inside & (values > np.repeat(threshold, np.diff(grid.starts)))
        count, moments = kernels.image_moments(values.astype(np.float64), above, grid.starts)
        mean, deviation = moments[:, 0], np.sqrt(moments[:, 1])
        top = np.full(mean.shape, np.inf)
        shares = []
        for low, high in (
            (mean - deviation, mean + deviation),
            (mean - deviation, top),
            (mean, top),
        ):
            counts = kernels.adjacency_counts(values, inside, *place, low, high).astype(np.float64)
            pixels = counts.sum(axis=2, keepdims=True)
            usable = (count[:, None, None] > 0) & (pixels >= FEWEST)
            share = np.where(usable, divide(counts, pixels), np.nan)
            shares.append(share[:, :, ALIKE.start :].reshape(len(mean), -1))
        return shares

    return Section(_features(compartment), compute)


FAMILY: Family = with_enough_steps(
    family_of_sections(
        "ThresholdAdjacency",
        ("working",),
        tuple(_section(compartment) for compartment in CELL_COMPARTMENTS),
        default=False,
    )
)
