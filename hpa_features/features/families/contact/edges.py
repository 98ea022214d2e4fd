"""Edges: the protein where cells touch, against the free edge and the inside."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import Any

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Made, Map, Node
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.ratios import ANY_NUMBER, ANY_RATIO, CV, LOG2, divide, log2_ratio
from hpa_features.features.spec import ANY_LIGHT, Compartment, Feature, Landmark, Scope
from hpa_features.features.vocabulary.contact import TO_FREE, TO_TOUCHING, EdgeLengths
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.levels import FEWEST, BandLevels, levels
from hpa_features.features.vocabulary.parts import CYTOPLASM, Bands, Within
from hpa_features.features.vocabulary.ranks import Brightest
from hpa_features.features.vocabulary.sectors import SectorSums
from hpa_features.features.vocabulary.sums import mean

BAND_UM = 1.0
APART_UM = 1.5  # the free edge nearer to a contact than this shares its light
DEEP_UM = (2.0, 5.0)
LEAST_UM = 1.0  # less edge of a kind is none
BRIGHTEST = 0.05


class ContactBands(Bands):
    """int8: 0 at touching edges, 1 at free ones, 2 deep inside, −1 elsewhere."""

    kernel = "contact_bands"

    def sources(self) -> tuple[Node, ...]:
        return (TO_FREE, TO_TOUCHING, self.part)

    def arguments(self, made: Made) -> tuple[Any, ...]:
        return (*(made[node] for node in self.sources()), (BAND_UM, APART_UM, *DEEP_UM))


class ToAnyEdge(Map):
    """µm to the nearest edge, free or touching."""

    free: Map = TO_FREE
    touching: Map = TO_TOUCHING
    kernel = "lower"


ZONES = ContactBands(TO_TOUCHING, (0.0, 1.0, 2.0, 3.0), CYTOPLASM)
TOUCHING = Within(TO_TOUCHING, -inf, BAND_UM, CYTOPLASM)
RIM = Bands(ToAnyEdge(), (0.0, BAND_UM), CYTOPLASM)
_BRIGHT = Brightest(LIGHT, CYTOPLASM, BRIGHTEST)


def _levels(m: Measured) -> BandLevels:
    return levels(m, Channel.PROTEIN, ZONES)


def _where_touching(m: Measured, value: Floats) -> Floats:
    return np.where(m(EdgeLengths())[:, 1] >= LEAST_UM, value, np.nan)


def _where_free(m: Measured, value: Floats) -> Floats:
    return np.where(m(EdgeLengths())[:, 0] >= LEAST_UM, value, np.nan)


def _to_free(m: Measured) -> Floats:
    touching, free, _ = _levels(m).mean.T
    return _where_touching(m, _where_free(m, log2_ratio(touching, free)))


def _to_interior(m: Measured) -> Floats:
    touching, _, inside = _levels(m).mean.T
    return _where_touching(m, log2_ratio(touching, inside))


def _free_to_interior(m: Measured) -> Floats:
    _, free, inside = _levels(m).mean.T
    return _where_free(m, log2_ratio(free, inside))


def _patchiness(m: Measured) -> Floats:
    return _where_touching(m, _levels(m).cv[:, 0])


def _by_sectors(m: Measured) -> Floats:
    pixels, totals = np.moveaxis(m(SectorSums(LIGHT, RIM))[:, 0], -1, 0)
    touching = m(SectorSums(TOUCHING, RIM))[:, 0, :, 1]
    return _where_touching(m, _sector_correlation(pixels, touching, totals))


def _gathered(m: Measured) -> Floats:
    excess = mean(m, TOUCHING, CYTOPLASM, _BRIGHT) - mean(m, TOUCHING, CYTOPLASM)
    lit = mean(m, LIGHT, CYTOPLASM) > 0
    return _where_touching(m, np.where(lit, excess, np.nan))


def _sector_correlation(pixels: Floats, touching: Floats, totals: Floats) -> Floats:
    """Return (n,) the correlation of touching share and mean protein over sectors (n, 8)."""
    safe = np.maximum(pixels, 0.5)
    share, level = touching / safe, totals / safe
    whole = np.maximum(pixels.sum(1, keepdims=True), 0.5)
    share = share - (pixels * share).sum(1, keepdims=True) / whole
    level = level - (pixels * level).sum(1, keepdims=True) / whole
    own, other = (pixels * share**2).sum(1), (pixels * level**2).sum(1)
    scale = np.where(own > 1e-9 * whole[:, 0], np.sqrt(own * other), 0.0)
    return np.clip(divide((pixels * share * level).sum(1), scale), -1.0, 1.0)


_NO_CONTACT = "under 1 µm of its edge touches another cell"
_NO_FREE = "under 1 µm of its edge is free"
_BANDS = f"or under {FEWEST} pixels of cytoplasm in either band, or no protein"
_contact = partial(
    Feature,
    compartment=Compartment.CYTOPLASM,
    channels=(Channel.PROTEIN,),
    landmark=Landmark.CONTACT,
    scope=Scope.FIELD,
    unit="1",
    range=ANY_NUMBER,
    invariances=ANY_LIGHT,
)
EDGE = (
    _contact(
        name="ContactToFree",
        value=_to_free,
        meaning="How much brighter the protein is within 1 µm of edges that touch other cells than "
        "within 1 µm of free edges.",
        source=LOG2,
        nan_when=f"{_NO_CONTACT}, {_NO_FREE}, {_BANDS}",
    ),
    _contact(
        name="ContactToInterior",
        value=_to_interior,
        meaning="How much brighter the protein is within 1 µm of edges that touch other cells than "
        "2 to 5 µm inside the cell.",
        source=LOG2,
        nan_when=f"{_NO_CONTACT}, {_BANDS}",
    ),
    _contact(
        name="FreeToInterior",
        value=_free_to_interior,
        meaning="How much brighter the protein is within 1 µm of free edges than 2 to 5 µm inside "
        "the cell.",
        source=LOG2,
        nan_when=f"{_NO_FREE}, {_BANDS}",
    ),
    _contact(
        name="ContactCV",
        value=_patchiness,
        range=ANY_RATIO,
        meaning="How patchy the protein is along edges that touch other cells.",
        source=CV,
        nan_when=f"{_NO_CONTACT}, or under {FEWEST} pixels there, or no protein",
    ),
    _contact(
        name="ContactWedges",
        value=_by_sectors,
        range=(-1.0, 1.0),
        meaning="Whether the cell edge is brighter in directions where other cells touch (1) or "
        "where it is free (−1).",
        source="Pearson correlation over 8 sectors of the outer 1 µm of the cell, touching share "
        "with mean protein, weighted by pixels",
        nan_when=f"{_NO_CONTACT}, or all sectors touch equally or are equally bright",
    ),
    _contact(
        name="BrightestAtContact",
        value=_gathered,
        range=(-1.0, 1.0),
        meaning="Whether the brightest 5 % of the cytoplasm lie within 1 µm of edges that touch "
        "other cells more than expected by area (above 0).",
        source="share of the brightest 5 % there − share of the cytoplasm's area there",
        nan_when=f"{_NO_CONTACT}, or no protein in the cytoplasm",
    ),
)
