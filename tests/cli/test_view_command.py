"""hpa-feat view, as a user runs it: which fields are shown, in which order, with which text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS
from PIL import Image

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
NAMES = ("a", "b", "c", "d")
LABELS = "Id,Nucleoli,<b>x</b>\na,1,0\nb,1,0\nc,0,1\nd,0,0\n"
PREDICTIONS = (
    "Id,Nucleoli.prob,Nucleoli.decision,<b>x</b>.prob,<b>x</b>.decision\n"
    "a,0.2,0,0.1,0\nb,0.9,1,0.1,0\nc,0.7,1,0.6,1\nd,0.95,1,0.1,0\n"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """Four copies of a field with masks, labels and predictions; two labels are wrong."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "images").mkdir()
    for name in NAMES:
        for file in GOLDEN.glob("eight_*.png"):
            shutil.copy(file, folder / "images" / file.name.replace("eight", name))
    (folder / "labels.csv").write_text(LABELS, encoding="utf-8")
    (folder / "predictions.csv").write_text(PREDICTIONS, encoding="utf-8")
    return folder


def shown(study, tmp_path, *arguments):
    """Return the titles on a sheet and its text."""
    output = tmp_path / "sheet.html"
    images = str(study / "images")
    files = [study / each if str(each).endswith(".csv") else each for each in arguments]
    command = ["view", images, "--masks", images, *map(str, files), *IN_PROCESS]
    assert run([*command, "-o", str(output), "--overwrite", "--quiet"]) == 0
    page = output.read_text(encoding="utf-8")
    return re.findall(r"^<b>(.*?)</b>", page, flags=re.MULTILINE), page


def test_all_fields_come_in_the_order_of_the_input(study, tmp_path):
    titles, page = shown(study, tmp_path, "--labels", "labels.csv")
    assert titles == list(NAMES)
    assert page.count("labels: Nucleoli<") == 2
    assert page.count("labels: none") == 1
    assert "labels: &lt;b&gt;x&lt;/b&gt;" in page
    assert "predicted" not in page


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--labels", "labels.csv", "--label", "Nucleoli"], ["a", "b"]),
        (["--predictions", "predictions.csv", "--label", "Nucleoli"], ["d", "b", "c"]),
        (
            ["--labels", "labels.csv", "--predictions", "predictions.csv", "--label", "Nucleoli"],
            ["b", "a"],
        ),
        (
            ["--labels", "labels.csv", "--predictions", "predictions.csv", "--worst"],
            ["d", "a", "c"],
        ),
        (
            [
                *("--labels", "labels.csv", "--predictions", "predictions.csv", "--worst"),
                *("--label", "<b>x</b>", "--most", "1", "--label", "Nucleoli"),
            ],
            ["d"],
        ),
    ],
)
def test_fields_are_chosen_and_ordered(study, tmp_path, arguments, wanted):
    titles, page = shown(study, tmp_path, *arguments)
    assert titles == wanted
    if "--worst" in arguments:
        assert "Nucleoli: probability 0.950" in page


def test_cells_share_the_places(study, tmp_path):
    titles, page = shown(study, tmp_path, "--level", "cells", "--most", "9")
    assert len(titles) == 8
    assert all(re.fullmatch(r"[abcd], cell \d+", title) for title in titles)
    assert len(set(titles)) == 8
    assert "46 µm wide" in page


def test_a_picture_shows_every_field_and_the_protein_alone(study, tmp_path):
    output, images = tmp_path / "sheet.png", str(study / "images")
    command = ["view", images, "--masks", images, "-o", str(output), "--most", "3", *IN_PROCESS]
    assert run([*command, "--quiet"]) == 0
    picture = np.asarray(Image.open(output))
    assert picture.shape[1] > 3 * 482
    cyan = (picture == (80, 220, 255)).all(axis=-1)
    parts = np.array_split(cyan, 3, axis=1)
    assert min(np.count_nonzero(part[:, : part.shape[1] // 2]) for part in parts) > 100
    assert max(np.count_nonzero(part[:, part.shape[1] // 2 + 10 :]) for part in parts) == 0
    assert run(command) == 2, "a sheet is replaced only when asked"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "sheet.pdf"], 2, "wanted a file that ends in .png or .html"),
        (["--worst", "--labels", "labels.csv"], 2, "--worst compares probabilities with true"),
        (["--label", "Nucleoli"], 2, "--label needs --labels or --predictions"),
        (["--labels", "labels.csv", "--label", "Nucleolus"], 2, "Did you mean Nucleoli"),
        (["--labels", "none.csv"], 2, "none.csv does not exist"),
    ],
)
def test_each_mistake_is_one_clear_line(study, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(study)
    assert run(["view", "images", *arguments, *IN_PROCESS]) == code
    assert message in capsys.readouterr().err
    assert not (study / "sheet.png").exists()
