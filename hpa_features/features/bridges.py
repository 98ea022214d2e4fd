"""The bridge between twin nuclei: protein and microtubules on the line that joins them.

A section of Contact. A cell's pair is the one with the clearest bundle of microtubules among its
nuclei and those alike within 15 µm; pixels of both cells and of the gap between them count, those
of nuclei and third cells don't. Both cells of a pair get the same values.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.products.index import CellIndex
from hpa_features.features.products.nuclear_pairs import NuclearPairs
from hpa_features.features.ratios import ANY_NUMBER, Floats, divide, log2_ratio
from hpa_features.features.sections import Section
from hpa_features.features.spec import (
    ANY_LIGHT,
    Compartment,
    Feature,
    Landmark,
    Products,
    Scope,
)

ALIKE = 0.5  # least ratio of areas and of DNA: daughters are closer to 1, but masks err
FEWEST = 5  # pixels in the band, and beside it
_LOG2 = "log2((a + 0.01)/(b + 0.01)), levels a and b relative to the mean of both cells"
_NONE = (
    "no other nucleus with at least half of its area and DNA within 15 µm, fewer than 5 pixels "
    "within 0.6 µm of the line between them or beside it"
)
_BOTH = (Channel.PROTEIN, Channel.MICROTUBULES)
_OWN = (Channel.MICROTUBULES,)
_WORDS = {_BOTH: "the protein", _OWN: "the microtubule stain"}
_PLACES = (
    ("BridgeLevel", "on the line between twin nuclei than in both cells"),
    ("BridgeContrast", "on the line between twin nuclei than 1.2 to 2.4 µm beside it"),
    ("BridgeMiddle", "within 1 µm of the middle between twin nuclei than in both cells"),
)
_bridge = partial(
    Feature,
    compartment=Compartment.CELLS,
    landmark=Landmark.MICROTUBULES,
    scope=Scope.FIELD,
    unit="1",
    range=ANY_NUMBER,
    invariances=ANY_LIGHT,
    rare=True,
    source=_LOG2,
)
FEATURES = (
    *(
        _bridge(
            name=name,
            channels=channels,
            meaning=f"How much brighter {_WORDS[channels]} is {place}.",
            nan_when=f"{_NONE}, or no {channels[0]} in both cells",
        )
        for channels in (_BOTH, _OWN)
        for name, place in _PLACES
    ),
    _bridge(
        name="BridgePeak",
        channels=_BOTH,
        meaning="How much brighter the protein is on its brightest 0.6 µm of the line between "
        "twin nuclei than in both cells.",
        nan_when=f"{_NONE}, or no Protein in both cells",
    ),
    _bridge(
        name="BridgeBoth",
        channels=_BOTH,
        meaning="How much both protein and microtubules stand out on the line between twin nuclei.",
        source="the smaller of the two contrasts",
        nan_when=f"{_NONE}, or no Protein or Microtubules in both cells",
    ),
    _bridge(
        name="BundleThinness",
        channels=_OWN,
        range=(-float("inf"), 1.0),
        meaning="Whether microtubules between twin nuclei run in one thin bundle (towards 1) or "
        "evenly (0).",
        source="1 − mean square distance from the line, weighted by microtubules, over the "
        "unweighted one, within 2.4 µm",
        nan_when=f"{_NONE}, or no Microtubules between them",
    ),
)


def _zones(sums: Floats, mean: Floats, channel: int) -> tuple[Floats, Floats, Floats]:
    """Return (m,) levels of core, flanks and middle relative to the pair's `mean` (m,)."""
    core, flank, middle = (
        divide(
            sums[:, at + 1 + channel], np.where(sums[:, at] >= fewest, sums[:, at], np.nan) * mean
        )
        for at, fewest in ((0, FEWEST), (3, FEWEST), (6, 1))
    )
    return core, flank, middle


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    index: CellIndex = products["index"]
    nuclei: NuclearPairs = products["nuclear_pairs"]
    protein, microtubules = (products["signal"][channel] for channel in _BOTH)
    count, owner = len(index.field), nuclei.owner[nuclei.pairs]
    home = index.field[owner[:, 0]]
    sums = kernels.bridge_sums(
        protein,
        microtubules,
        index.labels,
        index.nuclei,
        owner,
        nuclei.centre[nuclei.pairs],
        index.field_start[home],
        index.field_shape[home],
        index.pixel_um[owner[:, 0]],
    )
    layout = (index.field_start, index.field_shape)
    columns, contrasts = [], []
    for channel, signal in enumerate((protein, microtubules)):
        whole = kernels.object_places(index.labels, signal, count, *layout)[:, [0, 3]]
        area, total = whole[owner].sum(axis=1).T
        mean = divide(total, area)
        core, flank, middle = _zones(sums, mean, channel)
        contrasts.append(log2_ratio(core, flank))
        columns += [log2_ratio(core, 1.0), contrasts[-1], log2_ratio(middle, 1.0)]
        if channel == 0:
            peak = log2_ratio(divide(sums[:, 9], mean), 1.0) + 0.0 * core
    even, weighted = divide(sums[:, 11], sums[:, 10]), divide(sums[:, 13], sums[:, 12])
    columns += [peak, np.minimum(*contrasts), 1.0 - divide(weighted, even)]
    alike = (nuclei.area_ratio >= ALIKE) & (nuclei.dna_ratio >= ALIKE)
    chosen = nuclei.best(count, np.where(alike, contrasts[1], np.nan), -nuclei.gap_um)
    return [np.append(column, np.nan)[chosen] for column in columns]


BRIDGE = Section(FEATURES, _columns)
