"""The parts of a file name: which field, which channel, which antibody, plate, well and position.

Forms: ``<id>_{blue,red,yellow,green}.<image>`` of Kaggle and the Human Protein
Atlas, ``<folder>/{blue,red,yellow,green}.<image>``, proteinatlas.org's
``<antibody>/<plate>_<well>_<position>_<colour>.jpg``, and numbered channels ``<id>_C00`` or
``<id>_ch1``, which mean something only together with a channel order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from hpa_features.core.errors import UsageError
from hpa_features.core.types import CHANNEL_OF_COLOUR, CHANNELS, Channel

_COLOUR = "|".join(CHANNEL_OF_COLOUR)
_ANTIBODY = r"(?:HPA|CAB)\d{6}|\d{1,6}"
_WELL = r"[A-P](?:0?[1-9]|1\d|2[0-4])"

_ENDING = r"png|jpe?g|tiff?|zarr|czi|nd2|lif"
_IMAGE_FILE = re.compile(rf"(.+?)(?:\.ome)?\.(?:{_ENDING})(?:\.gz)?", re.IGNORECASE)
_COLOUR_STEM = re.compile(rf"(?:(.+)_)?({_COLOUR})", re.IGNORECASE)
_NUMBER_STEM = re.compile(r"(?:(.+)_)?(?:c|ch)(\d{1,2})", re.IGNORECASE)
# proteinatlas.org's merged views, such as 177_A9_1_blue_red_green.jpg, are no single channel.
_MERGED_STEM = re.compile(rf"(?:.+_)?(?:{_COLOUR})_(?:{_COLOUR})", re.IGNORECASE)
_MASK_STEM = re.compile(
    r"(?:.+_)?(?:cells?|nuclei|nucleus|(?:predicted|cells?|nuclei|nucleus)?_?masks?(?:_predicted)?)",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HPA = re.compile(
    rf"(?:(?P<Gene>ENSG\d{{11}})_)?(?:(?P<Antibody>{_ANTIBODY})_)?"
    rf"(?P<Plate>\d+)_(?P<Well>{_WELL})_(?P<Field>\d+)"
)
_ANTIBODY_FOLDER = re.compile(_ANTIBODY)
_HERE = frozenset({"", ".", ".."})  # folders whose name the path does not tell

CHANNEL_PRESETS: Mapping[str, tuple[Channel, ...]] = MappingProxyType(
    {"subcell": (Channel.MICROTUBULES, Channel.ER, Channel.DNA, Channel.PROTEIN)}
)
CHANNEL_WORDS: Mapping[str, Channel] = MappingProxyType(
    {**CHANNEL_OF_COLOUR, **{channel.casefold(): channel for channel in CHANNELS}}
)
"""Channels by colour and by name, in lower case."""


class Other(StrEnum):
    """A file that is not one channel of a field."""

    MASK = "mask"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChannelFile:
    """A file that is one channel of one field.

    Attributes
    ----------
    id
        The field that it belongs to.
    channel
        The channel that a colour names; None for a numbered channel.
    number
        The number of a numbered channel; None where a colour names it.
    """

    id: str
    channel: Channel | None = None
    number: int | None = None


def split_image_path(path: str) -> tuple[str, str]:
    """Return the folder of `path` and its name without endings; no name if it is not an image."""
    folder, _, name = path.replace("\\", "/").rpartition("/")
    image = _IMAGE_FILE.fullmatch(name)
    return folder, "" if image is None else image[1]


def parse_name(path: str) -> ChannelFile | Other:
    """Return what the name of the file at `path` contains; the file is not opened."""
    folder, stem = split_image_path(path)
    if not stem:
        return Other.UNKNOWN
    if named := _COLOUR_STEM.fullmatch(stem):
        if _MERGED_STEM.fullmatch(stem):
            return Other.UNKNOWN
        return ChannelFile(field_id(named[1], folder), channel=CHANNEL_OF_COLOUR[named[2].lower()])
    if _MASK_STEM.fullmatch(stem):
        return Other.MASK
    if numbered := _NUMBER_STEM.fullmatch(stem):
        return ChannelFile(field_id(numbered[1], folder), number=int(numbered[2]))
    return Other.UNKNOWN


def field_id(stem: str | None, folder: str) -> str:
    """Return the id of a field from what its file names share (None: nothing) and their folder."""
    last = folder.rpartition("/")[2]
    if last in _HERE:
        last = Path(folder).resolve().name
    if stem is None:
        return last
    names = _HPA.fullmatch(stem)
    if names and not names["Antibody"] and not names["Gene"] and _ANTIBODY_FOLDER.fullmatch(last):
        return f"{last}_{stem}"
    return stem


def hpa_facts(field_id: str) -> dict[str, str]:
    """Return Gene, Antibody, Plate, Well and Field, as far as an HPA id carries them.

    Wells run from A1 to P24; an id with another well is not an HPA id and gives nothing.
    """
    names = _HPA.fullmatch(field_id)
    if names is None:
        return {}
    return {key: text for key, text in names.groupdict().items() if text is not None}


def is_hpa(field_id: str) -> bool:
    """Return whether an id is ``[<gene>_][<antibody>_]<plate>_<well>_<position>``."""
    return _HPA.fullmatch(field_id) is not None


def is_uuid(field_id: str) -> bool:
    """Return whether an id is a UUID, as in Kaggle's challenges of 2018 and 2021."""
    return _UUID.fullmatch(field_id) is not None


def parse_channel_order(text: str) -> tuple[Channel, ...]:
    """Return the channels of numbered files in order, from colours or the name of a preset.

    Parameters
    ----------
    text
        Such as ``blue,red,yellow,green``; channel names (``DNA``) serve as well; ``subcell`` is
        red, yellow, blue, green. Empty: no order, numbered files mean nothing.

    Raises
    ------
    UsageError
        A word is not a channel, a channel comes twice, or DNA, Microtubules or Protein is missing.
    """
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    if not words:
        return ()
    if len(words) == 1 and words[0] in CHANNEL_PRESETS:
        return CHANNEL_PRESETS[words[0]]
    hint = "Type for example --channel-order blue,red,yellow,green, or --channel-order subcell."
    for word in words:
        if word not in CHANNEL_WORDS:
            raise UsageError(f"channel order: {word!r} is not a colour or channel.", hint=hint)
    order = tuple(CHANNEL_WORDS[word] for word in words)
    absent = [c.colour for c in CHANNELS if c is not Channel.ER and c not in order]
    if absent:
        raise UsageError(f"channel order {text!r} lacks {' and '.join(absent)}.", hint=hint)
    if len(set(order)) < len(order):
        raise UsageError(f"channel order {text!r} names a channel twice.", hint=hint)
    return order
