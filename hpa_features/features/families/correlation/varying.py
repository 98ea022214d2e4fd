"""How the protein varies with each landmark: correlations, slopes, partial correlations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.families.correlation.places import PLACES, SPECIFIC
from hpa_features.features.nodes import Map
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import ANY_NUMBER, divide
from hpa_features.features.spec import ANY_LIGHT, LANDMARK_OF_CHANNEL, Compartment, Feature
from hpa_features.features.vocabulary.covariances import covariances
from hpa_features.features.vocabulary.images import RAW, Minus, Smooth
from hpa_features.features.vocabulary.parts import PARTS, Part
from hpa_features.features.vocabulary.ranks import Ranks
from hpa_features.features.words import STAIN

FEWEST = 20  # pixels
HIGH_PASS_NM = 1280
RIDGE = 1e-6  # lets a copy of a landmark have a partial correlation
FLAT = 1e-12  # variance over squared mean below which a channel is flat

PROTEIN = Channel.PROTEIN
Channels = tuple[Channel, ...]
FINE: dict[Channel, Map] = {c: Minus(RAW[c], Smooth(c, HIGH_PASS_NM)) for c in Channel}


def correlations(covariance: Floats, least: Floats) -> Floats:
    """Return (n, k, k) correlations; NaN where a variance does not exceed `least` (n, k)."""
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    deviation = np.sqrt(np.where(variance > least, variance, np.nan))
    table = covariance / (deviation[:, :, None] * deviation[:, None, :])
    return np.asarray(np.clip(table, -1.0, 1.0))


def partials(table: Floats) -> Floats:
    """Return (n, k, k) partial correlations, each pair given all other channels."""
    known = np.asarray(np.isfinite(table).all((1, 2)))[:, None, None]
    unit = np.eye(table.shape[1])
    inverse = np.linalg.inv(np.where(known, table, unit) + RIDGE * unit)
    scale = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
    found = -inverse / (scale[:, :, None] * scale[:, None, :])
    return np.where(known, np.clip(found, -1.0, 1.0), np.nan)


@once
def _raw(m: Measured, part: Part, channels: Channels) -> tuple[Floats, Floats, Floats]:
    """Return means (n, k), covariances (n, k, k), and the variance (n, k) that is flat.

    NaN covariances in cells of few pixels.
    """
    count, mean, table = covariances(m, tuple(RAW[c] for c in channels), part)
    return mean, _of_enough(count, table), FLAT * mean**2


def _of_enough(count: Floats, table: Floats) -> Floats:
    return np.where((count < FEWEST)[:, None, None], np.nan, table)


@once
def _pearson(m: Measured, part: Part, channels: Channels) -> Floats:
    _, table, least = _raw(m, part, channels)
    return correlations(table, least)


@once
def _fine(m: Measured, part: Part, channels: Channels) -> Floats:
    count, _, table = covariances(m, tuple(FINE[c] for c in channels), part)
    return _of_enough(count, correlations(table, _raw(m, part, channels)[2]))


@once
def _spearman(m: Measured, part: Part, channels: Channels) -> Floats:
    ranks = tuple(Ranks(RAW[c], part) for c in channels)
    count, mean, table = covariances(m, ranks, part)
    return _of_enough(count, correlations(table, 0 * mean))


@once
def _slope(m: Measured, part: Part, channels: Channels) -> Floats:
    mean, table, least = _raw(m, part, channels)
    variance = np.diagonal(table, axis1=1, axis2=2)
    steep = divide(table, np.where(variance > least, variance, np.nan)[:, None, :])
    return steep * divide(mean[:, None, :], mean[:, :, None])


@once
def _partial(m: Measured, part: Part, *, fine: bool) -> Floats:
    return partials((_fine if fine else _pearson)(m, part, tuple(Channel)))


def _of_pair(
    kind: Callable[[Measured, Part, Channels], Floats], part: Part, landmark: Channel
) -> Value:
    return lambda m: kind(m, part, (PROTEIN, landmark))[:, 0, 1]


def _of_all(part: Part, landmark: Channel, *, fine: bool) -> Value:
    own, other = (tuple(Channel).index(channel) for channel in (PROTEIN, landmark))
    return lambda m: _partial(m, part, fine=fine)[:, own, other]


_ONE = (-1.0, 1.0)
_KINDS = (
    (
        "Pearson",
        "",
        _pearson,
        _ONE,
        "Correlation of the protein with {0} {1}.",
        "Pearson's r",
    ),
    (
        "Spearman",
        "",
        _spearman,
        _ONE,
        "Rank correlation of the protein with {0} {1}.",
        "Spearman's rho: Pearson's r of average ranks",
    ),
    (
        "PearsonFine",
        f"{HIGH_PASS_NM}nm",
        _fine,
        _ONE,
        "Correlation of the protein's fine structure with that of {0} {1}.",
        "Pearson's r of both channels minus themselves smoothed by σ = 1.28 µm",
    ),
    (
        "Slope",
        "",
        _slope,
        ANY_NUMBER,
        "Slope of the protein against {0} {1}, both relative to their means.",
        "least-squares slope of protein/mean on landmark/mean",
    ),
)


def _varying(compartment: Compartment) -> tuple[Feature, ...]:
    where, landmarks = PLACES[compartment]
    part = PARTS[compartment]
    feature = partial(
        Feature,
        compartment=compartment,
        unit="1",
        invariances=ANY_LIGHT,
        nan_when=f"under {FEWEST} pixels {where}, or a channel is flat there",
    )
    pairs = [
        feature(
            name=name,
            value=_of_pair(value, part, landmark),
            scale=scale,
            range=limits,
            channels=(Channel.PROTEIN, landmark),
            landmark=LANDMARK_OF_CHANNEL[landmark],
            meaning=meaning.format(STAIN[landmark], where),
            source=source,
            # Mitotic spindles: few cells, and in those the protein follows the microtubules.
            rare=compartment == Compartment.CELLS and landmark == Channel.MICROTUBULES,
        )
        for name, scale, value, limits, meaning, source in _KINDS
        for landmark in landmarks
    ]
    held = [
        feature(
            name=name,
            value=_of_all(part, landmark, fine=fine),
            scale=scale,
            range=_ONE,
            channels=(Channel.PROTEIN, landmark, *(c for c in LANDMARK_CHANNELS if c != landmark)),
            landmark=LANDMARK_OF_CHANNEL[landmark],
            meaning=f"Correlation of the protein{words} with {STAIN[landmark]} {where} after "
            "removing what the other two landmarks explain.",
            source="partial correlation from the inverse correlation matrix of four channels, "
            "1e-6 on its diagonal",
        )
        for name, scale, fine, words in (
            ("Partial", "", False, ""),
            ("PartialFine", f"{HIGH_PASS_NM}nm", True, "'s fine structure"),
        )
        for landmark in SPECIFIC[compartment]
    ]
    return (*pairs, *held)


VARYING = tuple(feature for compartment in PLACES for feature in _varying(compartment))
