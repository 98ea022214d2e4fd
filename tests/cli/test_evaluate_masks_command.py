"""hpa-feat evaluate-masks on folders of masks, through the program's own entry."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS

from hpa_features.io import masks as mask_reading
from hpa_features.pipeline.evaluate_masks import evaluate_masks
from hpa_features.segmentation.agreement import agreement, pooled, without_border

SHAPE = (40, 60)


def squares(*corners, size=10):
    labels = np.zeros(SHAPE, np.uint16)
    for label, (row, column) in enumerate(corners, start=1):
        labels[row : row + size, column : column + size] = label
    return labels


PREDICTED = {
    "a": squares((5, 5), (20, 22), (30, 50)),
    "b": squares((0, 0), (20, 30)),
    "lone": squares((5, 5)),
}
REFERENCE = {
    "a": squares((6, 5), (20, 20), (5, 40)),
    "b": squares((0, 1), (20, 30)),
    "other": squares((5, 5)),
}


@pytest.fixture
def folders(tmp_path):
    for folder, masks in (("predicted", PREDICTED), ("reference", REFERENCE)):
        for name, labels in masks.items():
            write(tmp_path / folder / f"{name}_cells.png", png(labels))
    return tmp_path


def ask(capsys, *arguments):
    code = run(["evaluate-masks", *map(str, arguments), "--jobs", "1"])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_table_has_a_row_a_field_and_the_summary_their_counts_together(folders, capsys):
    table = folders / "agreement.csv"
    code, out, err = ask(
        capsys, folders / "predicted", folders / "reference", "-o", table, "--pixel-size-um", 0.5
    )
    assert code == 0
    rows = pd.read_csv(table, index_col="Id")
    assert list(rows.index) == ["a", "b"]
    for name, row in rows.iterrows():
        counts = agreement(PREDICTED[name], REFERENCE[name], 2)
        inner = agreement(*without_border(PREDICTED[name], REFERENCE[name]), 2)
        assert (row.Predicted, row.Reference, row.Matched) == (
            counts.predicted,
            counts.reference,
            counts.matched[0],
        )
        for score, value in counts.scores().items():
            assert row[score] == pytest.approx(value, nan_ok=True), score
            assert row[f"{score}_NoBorder"] == pytest.approx(inner.scores()[score]), score
    assert rows.loc["b", "Predicted_NoBorder"] == 1
    both = pooled(agreement(PREDICTED[name], REFERENCE[name], 2) for name in "ab")
    shown = next(line for line in out.splitlines() if line.startswith("all fields")).split()
    assert shown[2:5] == ["5", "5", "4"]
    assert shown[5] == f"{both.scores()['AP50']:.3f}"
    assert shown[-1] == f"{both.scores()['BoundaryF1']:.3f}"
    assert "not scored (1): lone" in err
    assert "not scored (1): other" in err
    assert "done: 2 fields" in err


def test_json_has_pooled_and_mean_scores_and_each_field(folders, capsys):
    code, out, _ = ask(capsys, folders / "predicted", folders / "reference", "--json")
    found = json.loads(out)
    assert code == 0
    both = pooled(agreement(PREDICTED[name], REFERENCE[name]) for name in "ab").scores()
    assert found["AP"] == pytest.approx(both["AP"])
    assert found["BoundaryF1"] is None
    each = [found["by_field"][name]["AP"] for name in "ab"]
    assert found["mean"]["AP"] == pytest.approx(np.mean(each))
    assert found["without_border"]["reference"] == 4
    assert (found["only_predicted"], found["only_reference"]) == (["lone"], ["other"])


def test_an_unknown_pixel_size_is_a_warning_and_a_known_name_gives_one(folders, capsys):
    _, _, err = ask(capsys, folders / "predicted", folders / "reference")
    assert "pixel size of 2 of 2 fields is not known" in err
    field = "000a6c98-bb9b-11e8-b2b9-ac1f6b6435d0"
    for folder in ("x", "y"):
        write(folders / folder / f"{field}_cells.png", png(np.ones((512, 512), np.uint16)))
    _, out, err = ask(capsys, folders / "x", folders / "y", "--json")
    assert json.loads(out)["by_field"][field]["pixel_size_um"] == 0.32
    assert "pixels of 0.32 µm are assumed" in err


def test_masks_of_segment_carry_their_pixel_size(simulated_folder, tmp_path, capsys):
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    for path in sorted(simulated_folder.glob("*.png"))[:8]:  # two fields, without their manifest
        shutil.copy(path, images)
    options = ("--pixel-size-um", "0.4", *IN_PROCESS)
    assert run(["segment", str(images), "-o", str(masks), *options]) == 0
    capsys.readouterr()
    code, out, _ = ask(capsys, masks, masks, "--json")
    found = json.loads(out)
    assert code == 0
    assert {each["pixel_size_um"] for each in found["by_field"].values()} == {0.4}
    assert found["fields"] == 2
    assert found["AP"] == found["AJI"] == found["BoundaryF1"] == 1


def test_nuclei_of_one_cell_are_objects_of_their_own(tmp_path, capsys):
    two = squares((5, 5), (20, 20))
    write(tmp_path / "p" / "a_nuclei.png", png(np.where(two, 1, 0).astype(np.uint16)))
    write(tmp_path / "r" / "a_nuclei.png", png(two))
    code, out, _ = ask(capsys, tmp_path / "p", tmp_path / "r", "--objects", "nuclei", "--json")
    found = json.loads(out)
    assert (code, found["predicted"], found["AP"]) == (0, 2, 1)


def test_one_bad_mask_fails_its_field_and_the_others_are_scored(folders, capsys):
    write(folders / "predicted" / "c_cells.png", png(squares((5, 5))[:20]))
    write(folders / "reference" / "c_cells.png", png(squares((5, 5))))
    write(folders / "predicted" / "d_cells.png", b"not an image")
    write(folders / "reference" / "d_cells.png", png(squares((5, 5))))
    code, out, err = ask(capsys, folders / "predicted", folders / "reference")
    assert code == 3
    assert "field c failed at masks" in err
    assert "the masks differ in size: 20 × 60 (rows × columns)" in err
    assert "field d failed at masks" in err
    assert "all fields" in out
    assert "2 failed" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none", "reference"], 2, "none is not a folder of masks"),
        (["predicted", "empty"], 1, "empty has no masks of cells"),
        (["predicted", "foreign"], 1, "have masks of no common Id: 'a' and 'z'"),
        (["predicted", "reference", "--objects", "nuclei"], 1, "has no masks of nuclei"),
        (["predicted", "reference", "-o", "table.txt"], 2, "no table can be written as .txt"),
        (["predicted", "reference", "-o", "table"], 2, "wanted a file that ends in .csv"),
        (["predicted", "reference", "-o", "there.csv"], 2, "there.csv exists"),
        (["predicted", "reference", "--tolerance-um", "0"], 2, "must be above 0"),
        (["cellpose", "reference"], 1, "does not show whether its labels are cells or nuclei"),
        (["damaged", "reference"], 1, "none of the 1 fields can be compared; a: "),
    ],
)
def test_each_mistake_is_one_clear_line(arguments, code, message, folders, capsys, monkeypatch):
    monkeypatch.chdir(folders)
    (folders / "empty").mkdir()
    (folders / "there.csv").write_text("Id\n", encoding="utf-8")
    write(folders / "foreign" / "z_cells.png", png(squares((5, 5))))
    write(folders / "cellpose" / "a_cp_masks.png", png(squares((5, 5))))
    write(folders / "damaged" / "a_cells.png", b"\x89PNG")
    got, out, err = ask(capsys, *arguments)
    assert (got, out) == (code, "")
    [line] = [line for line in err.splitlines() if line.startswith("error: ")]
    assert message in line


def test_a_folder_compared_with_itself_is_a_warning(folders, capsys):
    same = folders / "reference" / ".." / "reference"
    code, _, err = ask(capsys, folders / "reference", same, "--pixel-size-um", 0.5)
    assert code == 0
    assert "are the same folder: all masks agree" in err


def test_cellposes_files_are_read_when_it_is_stated_what_they_are(folders, capsys):
    write(folders / "cellpose" / "a_cp_masks.png", png(REFERENCE["a"]))
    given = (folders / "cellpose", folders / "reference", "--cp-masks", "cells", "--json")
    code, out, _ = ask(capsys, *given)
    assert (code, json.loads(out)["AP"]) == (0, 1)


def test_an_error_that_nobody_expected_fails_its_field_only(folders, monkeypatch):
    read = mask_reading.read_mask

    def short_of_memory(field_id, what, settings):
        if field_id == "b":
            raise MemoryError
        return read(field_id, what, settings)

    monkeypatch.setattr(mask_reading, "read_mask", short_of_memory)
    found = evaluate_masks(str(folders / "predicted"), str(folders / "reference"))
    assert [field.id for field in found.each] == ["a"]
    [failed] = found.failed
    assert (failed.id, failed.stage) == ("b", "internal")
    assert "MemoryError" in failed.error
