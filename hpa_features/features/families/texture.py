"""Texture: Haralick's 13 statistics of the protein at three distances, mean of four directions."""

from __future__ import annotations

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Measurement
from hpa_features.features.plan import Floats, Value
from hpa_features.features.spec import CELL_COMPARTMENTS, Compartment, Family, Feature, Landmark
from hpa_features.features.vocabulary.gray_levels import LEVELS, GrayLevels
from hpa_features.features.words import HARALICK_WORDS, WHERE

SCALES_NM = (320, 960, 1920)

# Of the words' order: 32 gray levels.
_RANGES = (
    (0.0, 1.0),
    (0.0, 961.0),
    (-1.0, 1.0),
    (0.0, 240.25),
    (0.0, 1.0),
    (2.0, 64.0),
    (0.0, 961.0),
    (0.0, 5.98),
    (0.0, 10.0),
    (0.0, 1.0),
    (0.0, 5.0),
    (-1.0, 0.0),
    (0.0, 1.0),
)
# Of 574 real cells each of these ranks them alike at all three distances (Spearman ≥ 0.97).
_AT_THE_FIRST_ONLY = ("AngularSecondMoment", "Variance", "SumAverage")
_PLACES = tuple(
    (scale, number)
    for scale in SCALES_NM
    for number, (name, _) in enumerate(HARALICK_WORDS)
    if scale == SCALES_NM[0] or name not in _AT_THE_FIRST_ONLY
)
_INVARIANT = frozenset({"gain", "turn", "mirror"})


class Haralick(Measurement[Floats]):
    """(n, 3, 13): the statistics in cell, nucleus and cytoplasm at a distance."""

    um: float
    gray: GrayLevels = LEVELS
    tail = (3, 13)
    kernel = "haralick"
    takes = ("region", "layout")


def _statistic(compartment: Compartment, scale: int, number: int) -> Value:
    part = CELL_COMPARTMENTS.index(compartment)
    return lambda m: m(Haralick(scale / 1000))[:, part, number]


def _feature(compartment: Compartment, scale: int, number: int) -> Feature:
    name, says = HARALICK_WORDS[number]
    sentence = f"{says} {WHERE[compartment]} between points {scale / 1000:g} µm apart."
    return Feature(
        compartment=compartment,
        name=name,
        unit="1",
        range=_RANGES[number],
        meaning=sentence[0].upper() + sentence[1:],
        value=_statistic(compartment, scale, number),
        source=f"Haralick, Shanmugam, Dinstein 1973, f{number + 1}, 4 directions; as mahotas",
        nan_when=(
            "the protein spans fewer than 8 gray steps of its plane in the cell, or a direction "
            "has fewer than 100 pairs of pixels"
        ),
        channels=(Channel.PROTEIN,),
        scale=f"{scale}nm",
        landmark=Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE,
        invariances=_INVARIANT,
    )


FAMILY = Family(
    name="Texture",
    features=tuple(
        _feature(compartment, scale, number)
        for compartment in CELL_COMPARTMENTS
        for scale, number in _PLACES
    ),
)
