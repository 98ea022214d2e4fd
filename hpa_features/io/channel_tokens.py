"""What marks the channels in file names of any microscope: ``x_w1.tif``, ``x_ch00.tif``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hpa_features.core.errors import UsageError
from hpa_features.core.types import CHANNEL_OF_COLOUR, CHANNELS, Channel
from hpa_features.io.names import (
    CHANNEL_PRESETS,
    CHANNEL_WORDS,
    ChannelFile,
    Other,
    field_id,
    parse_name,
    split_image_path,
)

_WITHOUT_ER = tuple(channel for channel in CHANNELS if channel is not Channel.ER)


def channel_tokens(text: str) -> Mapping[str, Channel]:
    """Return the channel of each token of a channel order; empty where it names colours.

    Parameters
    ----------
    text
        Such as ``w1,w2,w3,w4``: what marks blue, red, yellow and green, in that order; three
        tokens mark blue, red and green.

    Raises
    ------
    UsageError
        There are neither three nor four tokens, or one comes twice.
    """
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    # DNA and ER are stains of other assays too: DNA,AGP,ER,RNA are tokens.
    if any(word in CHANNEL_OF_COLOUR or word in CHANNEL_PRESETS for word in words):
        return {}
    if all(word in CHANNEL_WORDS for word in words):
        return {}
    channels = {len(CHANNELS): CHANNELS, len(_WITHOUT_ER): _WITHOUT_ER}.get(len(words))
    if channels is None or len(set(words)) < len(words):
        raise UsageError(
            f"channel order {text!r}: wanted what marks blue, red, yellow and green in file names, "
            f"or blue, red and green, got {len(set(words))} different tokens.",
            hint="Type for example --channel-order w1,w2,w3,w4, or colours of numbered channels: "
            "--channel-order blue,red,yellow,green.",
        )
    return dict(zip(words, channels, strict=True))


def parse_token_name(path: str, tokens: Mapping[str, Channel]) -> ChannelFile | Other:
    """Return what a file's name means where `tokens` mark channels; others as `parse_name`.

    A token stands once in a name, next to neither letters nor digits. The id is the name without
    it.
    """
    folder, stem = split_image_path(path)
    words = "|".join(map(re.escape, tokens))
    found = list(re.finditer(rf"(?<![0-9a-z])(?:{words})(?![0-9a-z])", stem, re.IGNORECASE))
    if len(found) != 1:
        return parse_name(path)
    before, after = stem[: found[0].start()], stem[found[0].end() :]
    # The separator before the token goes with it, or the one after a token that comes first.
    rest = before[:-1] + after if before else after[1:]
    return ChannelFile(field_id(rest or None, folder), tokens[found[0][0].casefold()])
