"""Facts of how a field was taken, against sorted pixels."""

from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field

from hpa_features.core.types import CHANNELS, Channel
from hpa_features.features.acquisition import acquisition_columns, acquisition_facts


def facts_of(field, channels=CHANNELS):
    names = [column.name for column in acquisition_columns(channels)]
    values = acquisition_facts(field, channels)
    assert len(names) == len(values)
    return dict(zip(names, values))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_values_are_those_of_the_sorted_pixels(dtype):
    field, _ = drawn_field(dtype=dtype)
    facts, full = facts_of(field), np.iinfo(dtype).max
    for channel in CHANNELS:
        pixels = np.sort(field.planes[channel].ravel())
        for percent in (1, 25, 50, 75, 99):
            lowest = pixels[int(np.ceil(percent / 100 * pixels.size)) - 1]
            assert facts[f"Image_Q{percent:02d}_{channel}"] == lowest / full
        values, counts = np.unique(pixels, return_counts=True)
        assert facts[f"Image_Mode_{channel}"] == values[counts.argmax()] / full
        assert facts[f"Image_Saturated_{channel}"] == np.mean(pixels >= full)


def test_size_depth_and_pixel_size_are_told():
    field, _ = drawn_field(pixel_size_um=0.16)
    facts = facts_of(field)
    assert (facts["Image_Rows"], facts["Image_Columns"]) == field.shape
    assert facts["Image_PixelSize"] == 0.16
    assert facts["Image_FullScale"] == 255


def test_values_above_a_lower_full_scale_are_saturated():
    field, _ = drawn_field()
    field = changed(field, full_scale=dict.fromkeys(CHANNELS, 50))
    pixels = field.planes[Channel.DNA]
    assert facts_of(field)["Image_Saturated_DNA"] == np.mean(pixels >= 50)


def test_a_channel_that_all_fields_lack_has_no_columns():
    landmarks = (Channel.DNA, Channel.PROTEIN)
    assert not [name for name in facts_of(drawn_field()[0], landmarks) if "ER" in name]


def test_every_column_marks_the_imaging_era_and_says_what_it_is():
    for column in acquisition_columns():
        assert column.acquisition
        assert column.block == "Acquisition"
        assert column.meaning.endswith(".")
