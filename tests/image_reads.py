"""One image read as extraction reads it, or the message that refuses it."""

from __future__ import annotations

import pytest
from image_files import write_field

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io.files import Place
from hpa_features.io.images import channel_image, open_image, read_plane

SETTINGS = InputSettings()


def plane_at(text):
    """Return the plane of the blue channel, and its full scale."""
    with open_image(Place.of(str(text)), SETTINGS) as image:
        plane, full, _ = read_plane(image, Channel.DNA, SETTINGS)
    return plane, full


def plane_after_dry_run(text):
    """Return the plane as extraction does, after the dry run has taken its header."""
    channel_image(text, SETTINGS)
    return plane_at(text)[0]


def refusal_of(text):
    """Return the message of reading it."""
    with pytest.raises(FieldError) as caught:
        plane_at(text)
    assert caught.value.hint
    return caught.value.message


def dry_refusal_of(text):
    """Return the message of the dry run, which is that of reading: the header suffices."""
    with pytest.raises(FieldError) as caught:
        channel_image(str(text), SETTINGS)
    assert caught.value.message == refusal_of(text)
    return caught.value.message


def refusal_when_opened(text):
    """Return the message of the dry run, which extraction repeats when it opens the file."""
    with pytest.raises(FieldError) as dry:
        channel_image(text, SETTINGS)
    with pytest.raises(FieldError) as real, open_image(Place.of(text), SETTINGS):
        pass
    assert str(dry.value) == str(real.value)
    assert dry.value.hint
    return dry.value.message


def field_in(folder, **masks):
    """Write the four channels of one field; return it with the given paths of masks."""
    write_field(folder, "x")
    return FieldSource("x", {c: str(folder / f"x_{c.colour}.png") for c in Channel}, **masks)
