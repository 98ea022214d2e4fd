"""What a network says of itself: a sidecar, metadata of the file, presets; and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_onnx import SIDECAR

from hpa_features.core.embedding_settings import Normalization, Per, Scope
from hpa_features.core.errors import DataError
from hpa_features.embedding.description import describe
from hpa_features.embedding.presets import PRESETS


def described(tmp_path: Path, text: str, **metadata: str):
    path = tmp_path / "net.onnx"
    if text:
        path.with_suffix(".toml").write_text(text)
    return describe(path, {f"hpa_feat.{name}": value for name, value in metadata.items()})


def test_a_sidecar_states_everything(tmp_path):
    found = described(tmp_path, SIDECAR + 'licence = "MIT"\n')
    assert (found.name, found.per, found.input_px) == ("tiny", Per.CELL, 32)
    assert found.channels == ("Protein", "DNA", "Microtubules")
    assert (found.normalization, found.scope) == (Normalization.MIN_MAX, Scope.CHANNEL)
    assert found.licence == "MIT"


def test_the_same_keys_may_stand_in_the_file_and_a_sidecar_replaces_them(tmp_path):
    keys = {
        "name": "inside",
        "channels": '["green", "blue"]',
        "crop_um": "64",
        "input_px": "128",
        "masked": "true",
        "normalization": '"none"',
    }
    found = described(tmp_path, "", **keys)
    assert (found.name, found.channels) == ("inside", ("Protein", "DNA"))
    assert (found.pixel_size_um, found.masked) == (0.5, True)
    assert described(tmp_path, 'name = "beside"', **keys).name == "beside"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_needs_no_more_than_what_differs_between_its_networks(tmp_path, preset):
    own = 'name = "mine"\ninput_px = 224\npixel_size_um = 0.2\nmasked = false\n'
    found = described(tmp_path, f'preset = "{preset}"\n{own}')
    assert found.preset == preset
    assert found.name == "mine"
    if preset != "imagenet":
        assert described(tmp_path, f'preset = "{preset}"').channels == found.channels


def test_the_word_imagenet_stands_for_its_mean_and_sd(tmp_path):
    text = SIDECAR.replace('"min-max"', '"imagenet"')
    found = described(tmp_path, text)
    assert found.normalization is Normalization.FIXED
    assert found.mean[0] == 0.485
    assert found.sd[2] == 0.225


CHANGES = {
    "channels": ('channels = ["Protein", "DNA", "Microtubules"]', 'channels = ["Golgi"]'),
    "pixel_size_um": ("pixel_size_um = 0.64", ""),
    "crop_um": ("pixel_size_um = 0.64", "pixel_size_um = 0.64\ncrop_um = 40.0"),
    "input_px": ("input_px = 32", "input_px = 32.0"),
    "masked": ("masked = false", ""),
    "scope": ('scope = "channel"', 'scope = "picture"'),
    "normalization": ('"min-max"', '"minmax"'),
    "name": ('"tiny"', '"tiny net"'),
    "mean": ('normalization = "min-max"', 'normalization = "fixed"\nmean = [0.1]'),
    "sd": (
        'normalization = "min-max"',
        'normalization = "fixed"\nmean = [1, 2, 3]\nsd = [1, 0, inf]',
    ),
    "pooled": ("masked = false", "masked = false\npooled = 3"),
    "preset": ("masked = false", 'masked = false\npreset = "sub"'),
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_is_missing_or_wrong_is_named(tmp_path, key):
    old, new = CHANGES[key]
    with pytest.raises(DataError, match=f"net.toml: .*{key[:6]}") as caught:
        described(tmp_path, SIDECAR.replace(old, new))
    assert caught.value.hint


def test_a_file_without_a_description_says_how_to_write_one(tmp_path):
    with pytest.raises(DataError, match=r"no .*net\.toml") as caught:
        described(tmp_path, "")
    assert 'preset = "imagenet"' in caught.value.hint


def test_unreadable_descriptions_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        described(tmp_path, "name = tiny")
    (tmp_path / "net.toml").unlink()
    with pytest.raises(DataError, match=r"hpa_feat\.input_px is 'large'"):
        described(tmp_path, "", name="x", input_px="large")
