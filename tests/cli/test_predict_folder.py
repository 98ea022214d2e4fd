"""hpa-feat predict into a folder: shards, resume, and one file by merge."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS
from killed_runs import run_killed

from hpa_features.core.shard import Shard
from hpa_features.io.store import opening

COMMON = ["--pixel-size-um", "0.32", *IN_PROCESS]
SHARDS = 8


def predict(model: Path, images: Path, out: Path, *options: str) -> int:
    return run(["predict", str(model), str(images), "-o", str(out), *options, *COMMON])


def merged(folder: Path, file: Path, *options: str) -> bytes:
    assert run(["merge", str(folder), "-o", str(file), "--overwrite", *options]) == 0
    return file.read_bytes()


def told(capsys, out: Path) -> dict[str, object]:
    capsys.readouterr()
    assert run(["status", str(out), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def few(image_model, tmp_path) -> Path:
    """A folder with the first four fields."""
    images = tmp_path / "few"
    images.mkdir()
    for path in (image_model / "images").glob("f0[0-3]_*"):
        shutil.copy(path, images)
    return images


def test_eight_shards_of_which_two_are_killed_and_two_started_twice_equal_one_run(
    image_model, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(opening, "_GLANCE_S", 0.05)
    images, out = image_model / "images", tmp_path / "out"
    command = ["predict", str(image_model / "model"), str(images), "-o", str(out), *COMMON]
    moments = {2: "journal written", 5: "part written"}
    for number in range(1, SHARDS):
        of_shard = [*command, "--shard", f"{number}/{SHARDS}"]
        if number in moments:
            run_killed(tmp_path, moments[number], of_shard)
        else:
            assert run(of_shard) == 0
    about = json.loads((out / "run.json").read_text())
    with opening.open_store(out, about, shard=Shard(3, SHARDS)):
        assert run([*command, "--shard", f"3/{SHARDS}"]) == 1
        assert "Shard 3/8 of" in capsys.readouterr().err
    assert run([*command, "--shard", f"4/{SHARDS}"]) == 0

    assert run(["merge", str(out), "-o", str(tmp_path / "early.csv")]) == 1
    assert "is not complete: " in capsys.readouterr().err
    for job in told(capsys, out)["jobs"]:
        if job["command"]:
            assert run(shlex.split(job["command"])[1:]) == 0
    status = told(capsys, out)
    assert (status["verb"], status["done"], status["failed"]) == ("predict", 24, 0)
    assert {job["state"] for job in status["jobs"]} == {"complete"}

    for name, form in (
        ("p.csv", "wide"),
        ("p.parquet", "wide"),
        ("l.parquet", "long"),
        ("l.csv", "long"),
        ("k.csv", "kaggle"),
        ("p.ndjson", "ndjson"),
    ):
        whole, options = tmp_path / name, ("--format", form)
        assert predict(image_model / "model", images, whole, *options) == 0
        assert merged(out, tmp_path / f"merged-{name}", *options) == whole.read_bytes()


def test_fields_that_fail_are_kept_and_a_resumed_run_does_the_rest(
    image_model, few, tmp_path, capsys
):
    model, out = image_model / "model", tmp_path / "out"
    (few / "f01_red.png").unlink()
    whole = (few / "f02_blue.png").read_bytes()
    (few / "f02_blue.png").write_bytes(whole[:90])
    assert predict(model, few, out) == 3
    assert set(pd.read_csv(out / "failures.csv")["Id"]) == {"f01", "f02"}
    file, plain = tmp_path / "merged.csv", tmp_path / "plain.csv"
    assert run(["merge", str(out), "-o", str(file), "--format", "kaggle"]) == 3
    assert predict(model, few, plain, "--format", "kaggle") == 3
    assert file.read_bytes() == plain.read_bytes()
    assert Path(f"{file}.failures.csv").read_bytes() == Path(f"{plain}.failures.csv").read_bytes()

    (few / "f02_blue.png").write_bytes(whole)
    parts = set(out.rglob("part-*"))
    assert run(["merge", str(out), "-o", str(tmp_path / "copy")]) == 3
    assert predict(model, few, out) == 3
    assert parts < set(out.rglob("part-*"))
    assert "2 of 3 fields were done before" in capsys.readouterr().err
    labels = image_model / "labels.csv"
    assert run(["evaluate", str(out), str(labels), "--json"]) == 0
    found = pd.read_csv(tmp_path / "copy/failures.csv")["Id"]
    assert set(found) == {"f01", "f02"}


def test_the_model_is_known_by_its_content_and_not_by_its_place(image_model, few, tmp_path, capsys):
    model, out = tmp_path / "model", tmp_path / "out"
    shutil.copytree(image_model / "model", model)
    assert predict(model, few, out) == 0
    moved = Path(shutil.move(model, tmp_path / "elsewhere"))
    assert predict(moved, few, out) == 0
    assert "4 of 4 fields were done before" in capsys.readouterr().err
    assert predict(moved, few, out, "--force-one") == 2
    assert "force_one: false there, true now" in capsys.readouterr().err
    with (moved / "model.json").open("a") as facts:
        facts.write("\n")
    assert predict(moved, few, out) == 2
    assert "model_sha256: " in capsys.readouterr().err
    assert predict(moved, few, out, "--overwrite") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["images", "-o", "store"], "command: extract there, predict now"),
        (["store", "-o", "out"], "store is a table of features; a folder for -o (out)"),
        (["none.csv", "-o", "out"], "none.csv does not exist"),
        (["images", "-o", "out", "--target-prevalence", "em"], "from all fields at once"),
        (["images", "-o", "out", "--ids-from", "labels.csv"], "--ids-from chooses rows of a file"),
        (["images", "-o", "out", "--block", "labels.csv"], "--block joins a table to features"),
        (["images", "-o", "out", "--format", "kaggle"], "--format kaggle is for a file"),
        (["images", "-o", "p.csv", "--shard", "1/2"], "--shard needs images and a folder"),
        (["images", "--retry-failed"], "--retry-failed needs images and a folder"),
        (["images", "-o", "p.csv", "--executor", "dask"], "--executor dask needs images"),
        (["images", "-o", "p.arrow"], "wanted a file that ends in"),
    ],
)
def test_each_mistake_is_one_clear_line(arguments, message, image_model, capsys, monkeypatch):
    monkeypatch.chdir(image_model)
    assert run(["predict", "model", *arguments, *COMMON]) == 2
    line = next(s for s in capsys.readouterr().err.splitlines() if s.startswith("error: "))
    assert message in line
    assert not Path("out").exists()


def test_merge_writes_predictions_only_to_a_file(image_model, tmp_path, capsys):
    assert run(["merge", str(image_model / "store"), "-o", str(tmp_path / "all.csv")]) == 2
    assert "is of hpa-feat extract; only predictions" in capsys.readouterr().err
