"""Contact: the protein where cells touch against the free edge, and on bridges between twins."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.bridges import BRIDGE
from hpa_features.features.products.contact import Contacts
from hpa_features.features.products.wedges import Wedges
from hpa_features.features.products.working import WorkingGrid
from hpa_features.features.ratios import (
    ANY_NUMBER,
    ANY_RATIO,
    CV,
    LOG2,
    Floats,
    bin_levels,
    divide,
    log2_ratio,
)
from hpa_features.features.sections import Section, family_of_sections
from hpa_features.features.spec import (
    ANY_LIGHT,
    Compartment,
    Feature,
    Landmark,
    Products,
    Scope,
)

BAND_UM = 1.0
APART_UM = 1.5  # the free edge nearer to a contact than this shares its light
DEEP_UM = (2.0, 5.0)
LEAST_UM = 1.0  # less edge of a kind is none
FEWEST = 5  # pixels in a band
BRIGHTEST = 0.05
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
        meaning="How much brighter the protein is within 1 µm of the edge that touches other "
        "cells than of the free edge.",
        source=LOG2,
        nan_when=f"{_NO_CONTACT}, {_NO_FREE}, {_BANDS}",
    ),
    _contact(
        name="ContactToInterior",
        meaning="How much brighter the protein is within 1 µm of the edge that touches other "
        "cells than 2 to 5 µm inside.",
        source=LOG2,
        nan_when=f"{_NO_CONTACT}, {_BANDS}",
    ),
    _contact(
        name="FreeToInterior",
        meaning="How much brighter the protein is within 1 µm of the free edge than 2 to 5 µm "
        "inside.",
        source=LOG2,
        nan_when=f"{_NO_FREE}, {_BANDS}",
    ),
    _contact(
        name="ContactCV",
        range=ANY_RATIO,
        meaning="How patchy the protein is along the edge that touches other cells.",
        source=CV,
        nan_when=f"{_NO_CONTACT}, or under {FEWEST} pixels there, or no protein",
    ),
    _contact(
        name="ContactWedges",
        range=(-1.0, 1.0),
        meaning="Whether the edge is brighter in the directions in which other cells touch (1) or "
        "in those that are free (−1).",
        source="Pearson correlation over 8 wedges of the edge's outer 1 µm, touching share with "
        "mean protein, weighted by pixels",
        nan_when=f"{_NO_CONTACT}, or all wedges touch or shine alike",
    ),
    _contact(
        name="BrightestAtContact",
        range=(-1.0, 1.0),
        meaning="Whether the brightest twentieth of the cytoplasm gathers within 1 µm of edges "
        "that touch other cells (above 0).",
        source="share of the brightest 5 % there − share of the cytoplasm's area there",
        nan_when=f"{_NO_CONTACT}, or no protein in the cytoplasm",
    ),
)


def _wedge_correlation(pixels: Floats, touching: Floats, totals: Floats) -> Floats:
    """Return (n,) the correlation of touching share and mean protein over wedges (n, 8)."""
    safe = np.maximum(pixels, 0.5)
    share, level = touching / safe, totals / safe
    whole = np.maximum(pixels.sum(1, keepdims=True), 0.5)
    share = share - (pixels * share).sum(1, keepdims=True) / whole
    level = level - (pixels * level).sum(1, keepdims=True) / whole
    own, other = (pixels * share**2).sum(1), (pixels * level**2).sum(1)
    scale = np.where(own > 1e-9 * whole[:, 0], np.sqrt(own * other), 0.0)
    return np.clip(divide((pixels * share * level).sum(1), scale), -1.0, 1.0)


def _columns(kernels: ModuleType, products: Products) -> list[Floats]:
    grid: WorkingGrid = products["working"]
    contacts: Contacts = products["contact"]
    wedges: Wedges = products["wedges"]
    values = grid.values[Channel.PROTEIN]
    cytoplasm = grid.region == 1
    inside = np.minimum(contacts.to_free, contacts.to_touching)
    touching = cytoplasm & (contacts.to_touching < BAND_UM)
    free = cytoplasm & (contacts.to_free < BAND_UM) & (contacts.to_touching > APART_UM)
    deep = cytoplasm & (inside >= DEEP_UM[0]) & (inside < DEEP_UM[1])
    bands = np.where(touching, 0, np.where(free, 1, np.where(deep, 2, -1))).astype(np.int16)
    levels = bin_levels(kernels, grid, bands, 3, FEWEST)[Channel.PROTEIN]
    meets = np.where(contacts.touching_um >= LEAST_UM, 0.0, np.nan)
    has_free = np.where(contacts.free_um >= LEAST_UM, 0.0, np.nan)
    at_contact, at_free, within = levels.mean.T
    rim = np.where(cytoplasm & (inside < BAND_UM), 0, -1).astype(np.int16)
    pixels, totals = wedges.sums(kernels, values, rim, grid.starts, 1)
    _, shared = wedges.sums(kernels, touching.astype(np.uint16), rim, grid.starts, 1)
    bright = kernels.brightest_weights(values, cytoplasm, grid.starts, BRIGHTEST)
    there = touching.astype(np.float64)
    _, gathered = kernels.weighted_means(there, bright, grid.starts)
    _, area = kernels.weighted_means(there, cytoplasm.astype(np.float64), grid.starts)
    light, _ = kernels.weighted_means(there, values * cytoplasm.astype(np.float64), grid.starts)
    return [
        log2_ratio(at_contact, at_free) + meets + has_free,
        log2_ratio(at_contact, within) + meets,
        log2_ratio(at_free, within) + has_free,
        levels.cv[:, 0] + meets,
        _wedge_correlation(pixels[:, 0], shared[:, 0], totals[:, 0]) + meets,
        np.where(light > 0, gathered - area, np.nan) + meets,
    ]


FAMILY = family_of_sections(
    "Contact",
    ("index", "signal", "working", "contact", "nuclear_pairs", "wedges"),
    (Section(EDGE, _columns), BRIDGE),
)
