"""Squares that a network is given, against their definition (`oracles/squares.py`)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import drawn_field
from oracles import squares as oracle

from hpa_features.core.embedding_settings import EmbeddingSettings, Normalization, Per, Scope
from hpa_features.core.types import CHANNELS, Channel, Field
from hpa_features.embedding.squares import places_of, write_input

THREE = ("Protein", "DNA", "Microtubules")
NORMALIZATIONS = [
    ("none", "channel"),
    ("fixed", "channel"),
    *((how, scope) for how in ("min-max", "z-score") for scope in Scope),
]


def described(**changes) -> EmbeddingSettings:
    base = {"name": "t", "channels": THREE, "input_px": 24, "pixel_size_um": 0.64}
    return EmbeddingSettings(**(base | changes))


def inputs(field, masks, settings) -> list[np.ndarray]:
    made = []
    for place in places_of(field, masks, settings):
        square = np.empty((len(settings.channels), settings.input_px, settings.input_px), "f4")
        write_input(field, masks, place, settings, square)
        made.append(square)
    return made


def by_definition(field, masks, settings, label) -> np.ndarray:
    """Return the input of a cell, or of the field where `label` is 0."""
    factor = settings.pixel_size_um / field.pixel_size_um
    edge = settings.input_px * factor
    rows, columns = np.nonzero(masks.cells == label) if label else np.nonzero(masks.cells >= 0)
    top = oracle.corner(rows.min(), rows.max() + 1, edge)
    left = oracle.corner(columns.min(), columns.max() + 1, edge)
    made = []
    for name in settings.channels:
        channel = Channel(name)
        plane = field.planes[channel] / field.full_scale[channel]
        if settings.masked:
            plane = np.where(masks.cells == label, plane, 0)
        made.append(oracle.square(plane, top, left, factor, settings.input_px))
    how, scope = settings.normalization, settings.scope
    return oracle.normalized(np.array(made), how, scope, settings.mean, settings.sd)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("pixel_size_um", [0.16, 0.24, 0.32, 0.5, 0.64])
def test_each_pixel_is_what_its_definition_gives(pixel_size_um, masked):
    field, masks = drawn_field(3, dtype=np.uint16)
    settings = described(pixel_size_um=pixel_size_um, masked=masked)
    found = inputs(field, masks, settings)
    assert len(found) == masks.count
    for label, square in enumerate(found, start=1):
        np.testing.assert_allclose(
            square, by_definition(field, masks, settings, label), rtol=1e-5, atol=1e-7
        )


@pytest.mark.parametrize(("how", "scope"), NORMALIZATIONS)
def test_normalization_takes_its_numbers_where_its_scope_says(how, scope):
    field, masks = drawn_field(1)
    numbers = {"mean": (0.1, 0.2, 0.3), "sd": (0.5, 0.25, 2.0)} if how == "fixed" else {}
    settings = described(
        normalization=Normalization(how), scope=Scope(scope), masked=True, **numbers
    )
    [first, *_] = inputs(field, masks, settings)
    np.testing.assert_allclose(
        first, by_definition(field, masks, settings, 1), rtol=2e-5, atol=2e-6
    )


def test_a_field_is_one_square_about_its_middle():
    field, masks = drawn_field(2)
    settings = described(per=Per.FIELD, input_px=40)
    [square] = inputs(field, masks, settings)
    np.testing.assert_allclose(square, by_definition(field, masks, settings, 0), rtol=1e-5)


def test_without_a_pixel_size_the_longer_side_of_the_field_fills_the_square():
    field, masks = drawn_field(2)  # 128 × 144 pixels
    settings = described(per=Per.FIELD, input_px=36, pixel_size_um=None)
    [square] = inputs(field, masks, settings)
    assert (square[:, :2] == 0).all()
    assert (square[:, -2:] == 0).all()
    plane = field.planes[Channel.PROTEIN] / 255
    wanted = plane.reshape(32, 4, 36, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(square[0, 2:-2], wanted, rtol=1e-5)


def test_pixels_of_nearly_the_fields_size_are_the_fields_own():
    field, masks = drawn_field(4, pixel_size_um=0.08)
    settings = described(pixel_size_um=0.0800885, input_px=64, channels=("DNA",))
    [first, *_] = inputs(field, masks, settings)
    values = np.unique(np.round(first * 255, 4))
    assert set(values) <= set(range(256))


@pytest.mark.parametrize("how", ["min-max", "z-score"])
def test_a_flat_square_becomes_zero(how):
    _, masks = drawn_field(0)
    flat = {channel: np.full(masks.cells.shape, 7, np.uint8) for channel in CHANNELS}
    field = Field("flat", flat, dict.fromkeys(CHANNELS, 255), 0.32)
    [first, *_] = inputs(field, masks, described(normalization=Normalization(how), input_px=8))
    assert (first == 0).all()


def test_other_cells_do_not_change_a_masked_square():
    field, masks = drawn_field(5)
    settings = described(masked=True)
    before = inputs(field, masks, settings)[0]
    planes = {c: np.where(masks.cells == 1, p, 255 - p) for c, p in field.planes.items()}
    changed = Field("x", planes, field.full_scale, field.pixel_size_um)
    np.testing.assert_array_equal(inputs(changed, masks, settings)[0], before)


@settings(max_examples=30)
@given(
    factor=st.floats(0.3, 4.0),
    top=st.integers(-12, 20),
    left=st.integers(-12, 20),
    edge=st.integers(1, 9),
)
def test_any_square_of_any_field_is_what_its_definition_gives(factor, top, left, edge):
    from hpa_features.kernels.cpu.field.squares import write_square

    plane = np.arange(11 * 7, dtype=np.uint8).reshape(11, 7) * 3
    found = np.empty((edge, edge), np.float32)
    labels = np.zeros(plane.shape, np.int32)
    write_square(plane, labels, 0, (0, 11, 0, 7), (top, left), factor, 0.5, found)
    wanted = 0.5 * oracle.square(plane.astype(float), top, left, factor, edge)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)
