"""What a user chooses for Cellpose: checked, refused elsewhere, and found on this machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hpa_feat_cli.app import run
from image_files import png, write

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.settings import (
    CellposeChoices,
    CellposeSettings,
    ExtractSettings,
    InputSettings,
    PredictSettings,
    SegmenterName,
)
from hpa_features.core.stored_settings import result_settings, settings_from
from hpa_features.pipeline.kept_settings import differences
from hpa_features.pipeline.predict_input import extract_settings
from hpa_features.segmentation.cellpose import packages, resolve
from hpa_features.segmentation.cellpose.resolve import chosen_settings, resolved, with_choices

CELLPOSE, WATERSHED = SegmenterName.CELLPOSE, SegmenterName.WATERSHED
TRAINED = CellposeSettings(
    nucleus_model="nuclei",
    cell_model="cyto3",
    nucleus_sha256="a" * 64,
    cell_sha256="b" * 64,
    line="3",
)


def facts(segmenter, cellpose=None):
    """Return what of ``model.json`` decides how images are measured."""
    settings = ExtractSettings(segmenter=segmenter, segmenter_digest="d", cellpose=cellpose)
    return {"extraction": result_settings(settings), "features": []}


@pytest.fixture
def third_line(monkeypatch, tmp_path):
    """Cellpose 3.1 and PyTorch as if they were installed, with both networks as files."""
    monkeypatch.setattr(packages, "installed_version", lambda _="cellpose": "3.1.1.3")
    monkeypatch.setattr(resolve, "find_spec", lambda _: True)
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("nucleitorch_0", "cyto3", "mine"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("segmenter", [each for each in SegmenterName if each is not CELLPOSE])
def test_other_segmenters_take_no_option_of_cellpose(segmenter):
    assert chosen_settings(segmenter, {}) is None
    assert chosen_settings(segmenter, {"device": "cpu"}) is None
    for chosen in ({"cell_diameter_um": 60.0}, {"cell_model": "cyto3"}):
        with pytest.raises(UsageError, match="--cell-") as caught:
            chosen_settings(segmenter, chosen)
        assert "--segmenter cellpose" in caught.value.hint


@pytest.mark.parametrize("device", ["cuda", "GPU", "", None])
def test_an_unknown_device_is_refused(device):
    with pytest.raises(UsageError, match="auto, cpu, gpu"):
        chosen_settings(CELLPOSE, {"device": device})


def test_weights_may_be_named_by_a_path_object(third_line):
    found = resolved(chosen_settings(CELLPOSE, {"cell_model": third_line / "mine"}))
    assert (found.cell_model, found.cell_path) == ("mine", str(third_line / "mine"))


@pytest.mark.parametrize("diameter", [0.0, -3.0, 0.5, 2000.0, float("nan"), "wide"])
@pytest.mark.parametrize("name", ["nucleus_diameter_um", "cell_diameter_um"])
def test_impossible_diameters_are_refused(name, diameter):
    with pytest.raises(UsageError, match=name):
        chosen_settings(CELLPOSE, {name: diameter})


def test_default_weights_are_those_of_the_installed_line(third_line):
    found = resolved(CellposeSettings())
    assert (found.nucleus_model, found.cell_model, found.line) == ("nuclei", "cyto3", "3")
    assert found.nucleus_path == str(third_line / "nucleitorch_0")
    assert len({found.nucleus_sha256, found.cell_sha256}) == 2


def test_a_name_and_a_path_of_one_file_are_stored_alike(third_line):
    by_name = resolved(with_choices(CellposeSettings(), {"cell_model": "mine"}))
    by_path = resolved(with_choices(CellposeSettings(), {"cell_model": str(third_line / "mine")}))
    published = resolved(
        with_choices(CellposeSettings(), {"nucleus_model": str(third_line / "nucleitorch_0")})
    )
    assert result_settings(by_name) == result_settings(by_path)
    assert published.nucleus_model == "nuclei"
    again = settings_from(CellposeSettings, result_settings(by_name))
    assert resolved(again) == by_name


def test_weights_that_a_user_names_replace_those_found_before(third_line):
    before = resolved(CellposeSettings())
    after = resolved(with_choices(before, {"cell_model": "mine"}))
    assert after.cell_path == str(third_line / "mine")
    assert after.nucleus_path == before.nucleus_path
    assert after.cell_sha256 != before.cell_sha256


def test_weights_of_a_model_that_are_missing_name_the_option(third_line):
    (third_line / "mine").unlink()
    with pytest.raises(DataError) as caught:
        resolved(replace(TRAINED, cell_model="mine"))
    assert "--cell-model PATH" in caught.value.hint


def test_predict_finds_cells_as_in_training_unless_masks_are_given():
    found = extract_settings(facts(CELLPOSE, TRAINED), PredictSettings())
    assert (found.segmenter, found.cellpose) == (CELLPOSE, TRAINED)
    masks = PredictSettings(input=InputSettings(masks="masks"))
    given = extract_settings(facts(CELLPOSE, TRAINED), masks)
    assert (given.segmenter, given.cellpose) == (SegmenterName.AUTO, None)
    chosen = PredictSettings(cellpose=CellposeChoices(cell_diameter_um=55.0), device="cpu")
    other = extract_settings(facts(CELLPOSE, TRAINED), chosen)
    assert other.cellpose == replace(TRAINED, cell_diameter_um=55.0, device="cpu")


def test_predict_refuses_options_of_cellpose_where_it_is_not_used():
    chosen = PredictSettings(cellpose=CellposeChoices(cell_model="cyto3"))
    with pytest.raises(UsageError, match="not the model's segmenter, watershed"):
        extract_settings(facts(WATERSHED), chosen)
    masks = replace(chosen, input=InputSettings(masks="masks"))
    with pytest.raises(UsageError, match="given masks"):
        extract_settings(facts(CELLPOSE, TRAINED), masks)


def test_differences_name_the_setting_and_not_the_digest_that_follows_from_it():
    trained = facts(CELLPOSE, TRAINED)["extraction"]
    assert differences(trained, trained) == []
    other = facts(CELLPOSE, replace(TRAINED, cell_sha256="c" * 64))["extraction"]
    other["segmenter_digest"] = "e"
    assert differences(trained, other) == [
        "cellpose cell_sha256 cccccccccccc here, bbbbbbbbbbbb in training"
    ]
    watershed = facts(WATERSHED)["extraction"]
    assert differences(trained, watershed) == ["segmenter 'watershed' here, 'cellpose' in training"]


def test_without_the_package_the_command_names_what_to_install(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(packages, "installed_version", lambda _="cellpose": None)
    for colour in ("blue", "red", "yellow", "green"):
        write(tmp_path / "images" / f"a_{colour}.png", png(np.zeros((8, 8), np.uint8)))
    command = ["segment", str(tmp_path / "images"), "-o", str(tmp_path / "masks")]
    assert run([*command, "--segmenter", "cellpose", "--pixel-size-um", "0.32"]) == 1
    said = capfd.readouterr().err
    assert "the package cellpose is needed for this, but is not installed" in said
    assert "pip install '.[cellpose]'" in said
    assert run([*command, "--cell-diameter-um", "50", "--pixel-size-um", "0.32"]) == 2
    assert "only Cellpose uses --cell-diameter-um" in capfd.readouterr().err
