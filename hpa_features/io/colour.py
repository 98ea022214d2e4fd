"""The right plane of a colour file: HPA's website serves one channel as one pseudo-colour JPEG."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.io.files import Place

_RED, _GREEN, _BLUE = 0, 1, 2
_NAMES = ("red", "green", "blue")
_OWN_PLANE = {Channel.DNA: _BLUE, Channel.MICROTUBULES: _RED, Channel.PROTEIN: _GREEN}


def plane_of(
    pixels: NDArray[Any], channel: Channel, sample: int | None, place: Place
) -> tuple[NDArray[Any], dict[str, str]]:
    """Return the one plane that carries `channel`, and what is worth telling about the choice.

    Of an RGB file that is the plane of the colour that it is named for; of a yellow one the
    brighter of red and green, unless blue carries it. Three equal planes are a gray image.

    Parameters
    ----------
    pixels
        (rows, columns) or (rows, columns, samples).
    channel
        What the file is said to be.
    sample
        The sample to take whatever the colour; None: by colour.
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
        No such sample; or two or four samples that are not gray or RGB with an opaque alpha.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    if sample is not None:
        if sample >= samples:
            raise place.error(
                f"has {samples} channel{'s' if samples > 1 else ''}, wanted channel {sample}",
                f"Channels count from 0: #channel=0 to #channel={samples - 1}.",
            )
        return pixels.reshape(*pixels.shape[:2], samples)[..., sample], {}
    if samples in {2, 4} and _is_opaque(pixels[..., -1]):
        pixels = pixels[..., :-1]
        samples -= 1
    if samples == 1:
        return pixels.reshape(pixels.shape[:2]), {}
    if samples != 3:
        raise place.error(
            f"has {samples} channels, wanted 1 (gray) or 3 (RGB)",
            "In a manifest, name one with #channel=N after the path (N counts from 0).",
        )
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
