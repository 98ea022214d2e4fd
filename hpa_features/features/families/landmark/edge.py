"""The cell's rim: the protein in its outermost 1 µm, against the cytoplasm inside."""

from __future__ import annotations

from functools import partial

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, Value, difference
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark
from hpa_features.features.vocabulary.distances import TO_EDGE
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.levels import FEWEST, levels, rise
from hpa_features.features.vocabulary.parts import CYTOPLASM, Bands, Within
from hpa_features.features.vocabulary.ranks import Brightest
from hpa_features.features.vocabulary.sectors import sector_cv
from hpa_features.features.vocabulary.sums import cell_mean, mean
from hpa_features.features.words import STAIN

PROTEIN = Channel.PROTEIN
RIM_UM = 1.0
ZONES = Bands(TO_EDGE, (0.0, RIM_UM, 2.0, 5.0), CYTOPLASM)
RIM, INSIDE = 0, 2
_RIM_PART = Within(TO_EDGE, 0.0, RIM_UM, CYTOPLASM)
_PATCHES = Brightest(LIGHT, _RIM_PART, 0.2)


def _rise(channel: Channel) -> Value:
    return rise(channel, ZONES, RIM, INSIDE)


def _patches(m: Measured) -> Floats:
    bright = divide(mean(m, LIGHT, _RIM_PART, _PATCHES), cell_mean(m, PROTEIN))
    return log2_ratio(bright, levels(m, PROTEIN, ZONES).mean[:, INSIDE])


_edge = partial(
    Feature,
    unit="1",
    invariances=ANY_LIGHT,
    compartment=Compartment.CYTOPLASM,
    landmark=Landmark.CELL_EDGE,
    nan_when=f"no signal, or under {FEWEST} pixels of cytoplasm at the edge or inside it",
)
EDGE = (
    _edge(
        name="EdgeLevel",
        value=_rise(PROTEIN),
        channels=(PROTEIN,),
        range=ANY_NUMBER,
        meaning="How much brighter the outermost 1 µm of the cell is than 2 to 5 µm inside.",
        source=LOG2,
    ),
    *(
        _edge(
            name="EdgeLevel",
            value=difference(_rise(PROTEIN), _rise(channels[1])),
            channels=channels,
            range=ANY_NUMBER,
            meaning=f"How much brighter the outermost 1 µm of the cell is than 2 to 5 µm inside, "
            f"minus the same for {STAIN[channels[1]]}.",
            source=f"difference of two {LOG2}",
        )
        for channels in ((PROTEIN, Channel.MICROTUBULES), (PROTEIN, Channel.ER))
    ),
    _edge(
        name="EdgeAngularCV",
        value=lambda m: sector_cv(m, LIGHT, ZONES)[:, RIM],
        channels=(PROTEIN,),
        range=ANY_RATIO,
        meaning="How unevenly the protein is distributed around the outermost 1 µm of the cell.",
        source="standard deviation / mean over the means of 8 sectors",
    ),
    _edge(
        name="EdgePatches",
        value=_patches,
        channels=(PROTEIN,),
        rare=True,
        range=ANY_NUMBER,
        meaning="How much brighter the brightest fifth of the outermost 1 µm of the cell is than "
        "the cytoplasm 2 to 5 µm inside.",
        source=LOG2,
    ),
)
