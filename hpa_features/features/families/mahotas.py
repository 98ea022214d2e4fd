"""Mahotas: what the package mahotas measures of the protein in each compartment.

For users whose models have such columns, and for comparisons; measured only where it is named.
mahotas gets the compartment cut out of the working grid: 8-bit gray values, 255 at the full scale
of the channel, background subtracted, 0 outside the compartment, with a margin of one pixel.

- Haralick: `haralick` without pairs that include a 0 (`ignore_zeros`), mean and range of its four
  directions, at 0.32, 0.64, 1.28 and 2.56 µm.
- LBP: `lbp` of eight points, at radii of 0.32, 0.64 and 1.28 µm; shares of the pixels above 0
  where mahotas gives counts.
- TAS, PFTAS: `tas` and `pftas`, all 54 values.
- Zernike: `zernike_moments` up to degree 9 about the centre of light, in the smallest circle that
  holds the compartment. Of the 30 values the first is 1/π and the second 0 for every cell; these
  two are omitted.

Lengths are rounded to whole pixels of the grid, at least one. Columns follow mahotas' order. In 8
bits a dim protein is rounding, so fewer than 8 gray levels in a compartment give no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import pi

from hpa_features.core.types import Channel
from hpa_features.features.dynamic_range import with_dynamic_range
from hpa_features.features.nodes import Map, Measurement
from hpa_features.features.plan import Floats, Value
from hpa_features.features.spec import (
    CELL_COMPARTMENTS,
    TURN_MIRROR,
    Compartment,
    Family,
    Feature,
    Landmark,
)
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.parts import PARTS, Part
from hpa_features.features.words import HARALICK_WORDS, WHERE

DISTANCES_NM = (320, 640, 1280, 2560)
RADII_NM = (320, 640, 1280)
DEGREE = 9
_UNDEFINED = "the protein spans fewer than 8 of 256 gray levels {}"

_RANGES = (  # of Haralick's statistics for gray levels 1 to 255
    (0.0, 1.0),
    (0.0, 254.0**2),
    (-1.0, 1.0),
    (0.0, 127.0**2),
    (0.0, 1.0),
    (2.0, 510.0),
    (0.0, 254.0**2),
    (0.0, 9.0),
    (0.0, 16.0),
    (0.0, 1.0),
    (0.0, 8.0),
    (-1.0, 0.0),
    (0.0, 1.0),
)
_ABSOLUTE = {  # statistics of absolute brightness, and their units
    "Contrast": "(gray levels)²",
    "Variance": "(gray levels)²",
    "SumAverage": "gray levels",
    "SumVariance": "(gray levels)²",
}
# The pixels of a kind are those in a range of brightness (or, from the fourth on, not in it);
# mahotas counts the neighbours of that kind around each pixel that is not.
_KINDS = (
    ("Medium", "pixels brighter or darker than average", "of average brightness"),
    ("Bright", "dark pixels", "bright"),
    ("Brightest", "pixels below average brightness", "of above-average brightness"),
    ("NotMedium", "pixels of average brightness", "brighter or darker"),
    ("NotBright", "bright pixels", "dark"),
    ("NotBrightest", "pixels of above-average brightness", "below it"),
)


class _OfPart(Measurement[Floats]):
    """What mahotas measures of an image in a compartment."""

    image: Map
    part: Part
    takes = ("layout",)


class MahotasHaralick(_OfPart):
    """(n, 26): Haralick's statistics at a distance, mean of four directions, then their range."""

    um: float
    tail = (2 * len(HARALICK_WORDS),)
    kernel = "mahotas_haralick"


class MahotasPatterns(_OfPart):
    """(n, 36): shares of the local binary patterns at a radius."""

    um: float
    tail = (36,)
    kernel = "mahotas_patterns"


class MahotasAdjacency(_OfPart):
    """(n, 54): threshold adjacency statistics with fixed thresholds or those of each cell."""

    fixed: bool
    tail = (54,)
    kernel = "mahotas_adjacency"


class MahotasZernike(_OfPart):
    """(n, 30): magnitudes of Zernike moments."""

    tail = (30,)
    kernel = "mahotas_zernike"


def _number(node: Measurement[Floats], at: int) -> Value:
    """Return the formula of one of the numbers that mahotas gives together."""
    return lambda m: m(node)[:, at]


def _feature(
    compartment: Compartment,
    name: str,
    value: Value,
    extent: tuple[float, float],
    words: tuple[str, str, str],
    *,
    unit: str = "1",
    scale: str = "",
    invariances: frozenset[str] = frozenset(),
) -> Feature:
    """Return a column; `words` are its meaning, its source, and when it is undefined too."""
    meaning, source, also = words
    return Feature(
        compartment=compartment,
        name=name,
        value=value,
        unit=unit,
        range=extent,
        meaning=meaning,
        source=source,
        nan_when=_UNDEFINED.format(WHERE[compartment]) + also,
        channels=(Channel.PROTEIN,),
        scale=scale,
        landmark=Landmark.NUCLEUS if compartment is Compartment.NUCLEI else Landmark.NONE,
        acquisition=unit != "1",  # gray levels: absolute brightness
        invariances=invariances,
    )


def _haralick(compartment: Compartment, nm: int, number: int, *, spread: bool) -> Feature:
    name, says = HARALICK_WORDS[number]
    says = "how bright the protein is" if name == "SumAverage" else says
    low, high = _RANGES[number]
    where = f"{WHERE[compartment]} between points {nm / 1000:g} µm apart"
    sentence = f"{says} {where}, {'range' if spread else 'mean'} of four directions."
    node = MahotasHaralick(LIGHT, PARTS[compartment], nm / 1000)
    return _feature(
        compartment,
        f"Haralick{name}{'Range' if spread else ''}",
        _number(node, number + spread * len(HARALICK_WORDS)),
        (0.0, high - low) if spread else (low, high),
        (
            sentence[0].upper() + sentence[1:],
            f"mahotas.features.haralick, f{number + 1}, ignore_zeros=True, 256 gray levels",
            ", or in one direction no two pixels above 0 are that far apart",
        ),
        unit=_ABSOLUTE.get(name, "1"),
        scale=f"{nm}nm",
        invariances=TURN_MIRROR,
    )


def _turned(code: int) -> int:
    """Return the smallest of the numbers that eight bits give when they are turned in a circle."""
    return min((code >> by | code << (8 - by)) & 255 for by in range(8))


PATTERNS = sorted({_turned(code) for code in range(256)})
"""The 36 patterns of eight points in mahotas' order; turned patterns count as one."""


def _pattern(compartment: Compartment, nm: int, number: int) -> Feature:
    code = PATTERNS[number]
    meaning = (
        f"Share of pixels {WHERE[compartment]} with a brighter protein at {code.bit_count()} of 8 "
        f"points {nm / 1000:g} µm around, in the pattern {code:08b} (1: brighter)."
    )
    source = "mahotas.features.lbp, points=8, ignore_zeros=True, counts divided by their sum"
    return _feature(
        compartment,
        f"LBP{number}",
        _number(MahotasPatterns(LIGHT, PARTS[compartment], nm / 1000), number),
        (0.0, 1.0),
        (meaning, source, ""),
        scale=f"{nm}nm",
    )


def _adjacency(compartment: Compartment, number: int, *, fixed: bool) -> Feature:
    name, counted, neighbours = _KINDS[number // 9]
    alike = number % 9
    average = "average: mean of the pixels above " + (
        "gray level 30, ± 30" if fixed else "Otsu's threshold, ± their standard deviation"
    )
    meaning = (
        f"Share of {counted} {WHERE[compartment]} and at its border that have {alike} of 8 "
        f"neighbours {neighbours} ({average})."
    )
    return _feature(
        compartment,
        f"{'TAS' if fixed else 'PFTAS'}{name}{alike}",
        _number(MahotasAdjacency(LIGHT, PARTS[compartment], fixed), number),
        (0.0, 1.0),
        (meaning, f"mahotas.features.{'tas' if fixed else 'pftas'}, value {number}", ""),
        invariances=TURN_MIRROR,
    )


def _orders() -> Iterator[tuple[int, int]]:
    """Yield degree n and repetition l of the Zernike moments in mahotas' order."""
    for n in range(DEGREE + 1):
        for l in range(n % 2, n + 1, 2):
            yield n, l


def _zernike(compartment: Compartment, number: int, n: int, l: int) -> Feature:
    turns = "the same all around" if l == 0 else f"repeating {l} times around"
    meaning = (
        f"Strength of the Zernike pattern of degree {n}, {turns}, in the protein "
        f"{WHERE[compartment]}."
    )
    return _feature(
        compartment,
        f"Zernike{n}{l}",
        _number(MahotasZernike(LIGHT, PARTS[compartment]), number),
        (0.0, (n + 1) / pi),
        (meaning, f"mahotas.features.zernike_moments, n = {n}, l = {l}", ""),
        invariances=TURN_MIRROR,
    )


def _features(compartment: Compartment) -> Iterator[Feature]:
    for nm in DISTANCES_NM:
        for spread in (False, True):
            for number in range(len(HARALICK_WORDS)):
                yield _haralick(compartment, nm, number, spread=spread)
    for nm in RADII_NM:
        for number in range(len(PATTERNS)):
            yield _pattern(compartment, nm, number)
    for fixed in (True, False):
        for number in range(9 * len(_KINDS)):
            yield _adjacency(compartment, number, fixed=fixed)
    for number, (n, l) in enumerate(_orders()):
        if n > 1:
            yield _zernike(compartment, number, n, l)


FAMILY = Family(
    name="Mahotas",
    features=with_dynamic_range(
        feature for compartment in CELL_COMPARTMENTS for feature in _features(compartment)
    ),
    default=False,
    by_name_only=True,
)
