"""The right plane of a colour file: HPA's website serves one channel as one pseudo-colour JPEG."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.types import Channel
from hpa_features.io.files import Place
from hpa_features.io.header import Header

_RED, _GREEN, _BLUE = 0, 1, 2
_NAMES = ("red", "green", "blue")
_OWN_PLANE = {Channel.DNA: _BLUE, Channel.MICROTUBULES: _RED, Channel.PROTEIN: _GREEN}


def check_samples(header: Header, place: Place) -> None:
    """Refuse pixels of several samples that are not gray or RGB with at most one alpha.

    Raises
    ------
    FieldError
        Counts the channels. Two samples are not gray and alpha for certain, and three that are
        not tagged as RGB are not red, green and blue: only `Place.channel` picks one.
    """
    if header.sample is None and header.samples - header.colours not in {0, 1}:
        raise _channels(header.samples, place)


def _channels(samples: int, place: Place) -> FieldError:
    return place.error(
        f"has {samples} channels, wanted 1 (gray) or 3 (RGB)",
        "In a manifest, name one with #channel=N after the path (N counts from 0).",
    )


def plane_of(
    pixels: NDArray[Any], channel: Channel, header: Header, place: Place
) -> tuple[NDArray[Any], dict[str, str]]:
    """Return the one plane of `channel`, and facts to report about the choice.

    Of an RGB file that is the plane of the colour that it is named for; of a yellow one the
    brighter of red and green, unless blue carries it. Three equal planes are a gray image.

    Parameters
    ----------
    pixels
        (rows, columns) or (rows, columns, samples).
    channel
        The channel that the file is given as.
    header
        Which samples are colours, and which one is meant; None: by colour.
    place
        The file, for messages.

    Returns
    -------
    plane, facts
        (rows, columns), and for an RGB file ``Bleed_<channel>``: the light in the planes that
        should be dark as a share of the light in the chosen one; for ER also ``Plane_ER``.

    Raises
    ------
    FieldError
        The last sample is an alpha that is not opaque, and either no sample is named or the
        colours were multiplied by it.
    """
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    alpha = pixels.shape[2] > header.colours and not _is_opaque(pixels[..., -1])
    if alpha and header.premultiplied:
        raise place.error(
            "has colours premultiplied by alpha (ExtraSamples 1)",
            "Save it without alpha.",
        )
    if header.sample is not None:
        return pixels[..., header.sample], {}
    if alpha:
        raise _channels(pixels.shape[2], place)
    pixels = pixels[..., : header.colours]
    if header.colours == 1:
        return pixels[..., 0], {}
    if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(
        pixels[..., 1], pixels[..., 2]
    ):
        return pixels[..., 0], {}
    return _chosen(pixels, channel)


def _is_opaque(alpha: NDArray[Any]) -> bool:
    full = np.iinfo(alpha.dtype).max if np.issubdtype(alpha.dtype, np.integer) else 1
    return bool((alpha == full).all())


def _chosen(pixels: NDArray[Any], channel: Channel) -> tuple[NDArray[Any], dict[str, str]]:
    light = [float(pixels[..., sample].sum(dtype=np.float64)) for sample in range(3)]
    facts = {}
    if channel is Channel.ER:
        own = max((_RED, _GREEN, _BLUE), key=light.__getitem__)
        dark = [_RED, _GREEN] if own == _BLUE else [_BLUE]
        facts["Plane_ER"] = _NAMES[own]
    else:
        own = _OWN_PLANE[channel]
        dark = [sample for sample in range(3) if sample != own]
    bleed = max(light[sample] for sample in dark) / max(light[own], 1.0)
    facts[f"Bleed_{channel}"] = f"{bleed:.3f}"
    return pixels[..., own], facts
