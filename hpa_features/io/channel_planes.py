"""Which channel of a multi-channel image is DNA, Microtubules, ER or Protein."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hpa_features.core.errors import UsageError
from hpa_features.core.types import CHANNELS, Channel
from hpa_features.io.names import CHANNEL_WORDS

EXAMPLE = "--channels DNA=0,Microtubules=1,ER=2,Protein=3"
_HINT = f"State them, for example {EXAMPLE}."

# Whole words of the names that microscopes and people give to channels. Fluorophores that serve
# for any antibody (FITC, Cy5, Alexa) mean nothing here.
_WORDS: Mapping[Channel, tuple[str, ...]] = MappingProxyType(
    {
        Channel.DNA: ("dapi", "hoechst", "draq5", "dna", "nucleus", "nuclei", "nuclear", "blue"),
        Channel.MICROTUBULES: ("tubulin", "tuba", "tubb", "microtubules?", "red"),
        Channel.ER: (
            "calreticulin", "calnexin", "kdel", "concanavalin", "er", "endoplasmic reticulum",
            "yellow",
        ),
        Channel.PROTEIN: ("protein", "antibody", "target", "gfp", "egfp", "mneongreen", "green"),
    }
)  # fmt: skip
_PATTERNS = {
    channel: re.compile(rf"(?<![a-z])(?:{'|'.join(words)})(?![a-z])", re.IGNORECASE)
    for channel, words in _WORDS.items()
}


def parse_channel_planes(text: str) -> dict[Channel, int]:
    """Return the channel numbers that ``DNA=0,Microtubules=1,ER=2,Protein=3`` means; from 0.

    Colours (``blue=0``) serve as names too; empty: none. ER is optional.

    Raises
    ------
    UsageError
        A name is not a channel, a number is not one, one comes twice, or a channel is missing.
    """
    found: dict[Channel, int] = {}
    hint = f"Numbers count from 0: {EXAMPLE}."
    for word in filter(None, (each.strip() for each in text.split(","))):
        name, _, number = (part.strip() for part in word.partition("="))
        channel = CHANNEL_WORDS.get(name.casefold())
        if channel is None or not number.isdecimal():
            raise UsageError(f"--channels: {word!r} is not CHANNEL=NUMBER.", hint=hint)
        if channel in found or int(number) in found.values():
            raise UsageError(f"--channels: {word!r} names a channel or number twice.", hint=hint)
        found[channel] = int(number)
    if found and (absent := _absent(found)):
        raise UsageError(f"--channels {text}: {absent} missing.", hint=hint)
    return found


def guess_channel_planes(
    names: Sequence[str], place: str, *, hint: str = _HINT
) -> dict[Channel, int]:
    """Return the numbers of the channels by the names that a file gives them.

    Parameters
    ----------
    names
        Of its channels, in order.
    place
        The file, for messages.
    hint
        How to state them otherwise.

    Raises
    ------
    UsageError
        A name fits two channels, two names fit one, or DNA, Microtubules or Protein fits none.
    """
    listed = ", ".join(f"{number} {name!r}" for number, name in enumerate(names))
    fitting = {
        channel: [number for number, name in enumerate(names) if pattern.search(name)]
        for channel, pattern in _PATTERNS.items()
    }
    for channel, numbers in fitting.items():
        twice = [n for n in numbers if sum(n in each for each in fitting.values()) > 1]
        if len(numbers) > 1 or twice:
            raise UsageError(
                f"{place}: its channels are {listed}, and it is not clear which is {channel}.",
                hint=hint,
            )
    found = {channel: numbers[0] for channel, numbers in fitting.items() if numbers}
    if absent := _absent(found):
        raise UsageError(
            f"{place}: its channels are {listed}; {absent} not among them by name.",
            hint=hint,
        )
    return found


def _absent(found: Mapping[Channel, int]) -> str:
    """Return the channels that are missing, with the verb; ER is optional here."""
    names = [c for c in CHANNELS if c is not Channel.ER and c not in found]
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}" if names else ""


def described(planes: Mapping[Channel, int], names: Sequence[str]) -> str:
    """Return a guess in words: ``DNA is channel 0 ('DAPI'), …``."""
    return ", ".join(
        f"{channel} is channel {number} ({names[number]!r})" for channel, number in planes.items()
    )
