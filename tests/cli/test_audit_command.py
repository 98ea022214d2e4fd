"""`hpa-feat audit` as a user runs it: copies, contradictions, two sets, doubted labels, faults."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hpa_feat_cli.app import run
from image_files import COLOURS, jpeg, png, write
from in_process import IN_PROCESS
from made_bundle import train_small, write_tables

PROGRAM = Path(sys.executable).with_name("hpa-feat")
MOVED, SMALLER = "sim0-000000", "sim0-000004"  # what the copies are made of


def plane(path):
    return imagecodecs.png_decode(path.read_bytes())


def half(pixels):
    rows = pixels[::2].astype(np.uint16) + pixels[1::2]
    return ((rows[:, ::2] + rows[:, 1::2]) // 4).astype(np.uint8)


@pytest.fixture(scope="session")
def copied(simulated_folder, tmp_path_factory) -> Path:
    """Simulated fields, two of them once more: moved by 2 pixels, and at half size as JPEG."""
    folder = tmp_path_factory.mktemp("copied")
    for path in simulated_folder.glob("sim0-*.png"):
        shutil.copy(path, folder)
    for colour in COLOURS:
        moved = plane(folder / f"{MOVED}_{colour}.png")[2:, 2:]
        write(folder / f"moved_{colour}.png", png(moved))
        smaller = half(plane(folder / f"{SMALLER}_{colour}.png"))
        write(folder / f"smaller_{colour}.jpg", jpeg(smaller, quality=80))
    known = (simulated_folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(known + "moved,25\nsmaller,7\n")
    shutil.copy(simulated_folder / "groups.csv", folder)
    return folder


def audit(*arguments):
    given = [str(each) for each in arguments]
    return run(["audit", *given, *IN_PROCESS, "--pixel-size-um", "0.32"])


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def group_of(folder):
    return {row["Id"]: row["Group"] for row in rows_of(folder / "groups.csv")}


def test_copies_are_found_and_join_the_groups_that_are_known(copied, tmp_path):
    out = tmp_path / "audit"
    command = [PROGRAM, "audit", copied, "-o", out, "--labels", copied / "labels.csv"]
    command += ["--groups-file", copied / "groups.csv", "--json", "--jobs", "2"]
    done = subprocess.run(
        [*command, "--pixel-size-um", "0.32"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["fields"] == 20
    assert found["failures"] == 0
    assert found["near_duplicate_pairs"] == 2
    assert found["near_duplicate_fields"] == 4
    assert found["groups"] == 6
    assert found["near_duplicates_of_differing_labels"] == 2 - _agreeing(copied)
    lines = done.stderr.strip().splitlines()
    assert lines[-3].startswith("done: 20 fields, 0 failed, ")
    assert lines[-2] == f"result: {out}"
    assert (
        lines[-1] == f"next: hpa-feat train FEATURES LABELS --groups-file {out}/groups.csv -o model"
    )
    pairs = {(row["Id"], row["Other"]): row for row in rows_of(out / "duplicates.csv")}
    assert set(pairs) == {("moved", MOVED), (SMALLER, "smaller")} or set(pairs) == {
        (MOVED, "moved"),
        (SMALLER, "smaller"),
    }
    for row in pairs.values():
        assert int(row["Distance"]) == max(int(row[name]) for name in ("DNA", "ER", "Protein"))
        assert float(row["Likeness"]) > 0.8
    groups = group_of(out)
    assert groups["moved"] == groups[MOVED]
    assert groups["smaller"] == groups[SMALLER]
    assert json.loads((out / "audit.json").read_text())["groups"] == 6


def _agreeing(copied):
    labels = {row["Id"]: row["Target"] for row in rows_of(copied / "labels.csv")}
    return (labels["moved"] == labels[MOVED]) + (labels["smaller"] == labels[SMALLER])


def test_train_takes_the_groups(copied, tmp_path, capsys):
    assert audit(copied, "-o", tmp_path / "audit", "--quiet") == 0
    random = np.random.default_rng(0)
    ids = list(group_of(tmp_path / "audit"))
    values = random.normal(size=(len(ids), 4)).astype(np.float32)
    table = {"Id": ids, **{f"x_{at}": values[:, at] for at in range(4)}}
    pq.write_table(pa.table(table), tmp_path / "features.parquet")
    train = ["train", f"{tmp_path}/features.parquet", f"{copied}/labels.csv", "--jobs", "1"]
    groups = ["--groups-file", f"{tmp_path}/audit/groups.csv", "-o", f"{tmp_path}/model"]
    assert run([*train, *groups]) == 0
    assert "18 groups of 20 rows" in capsys.readouterr().err


def test_a_second_set_is_compared_field_by_field_and_as_a_whole(copied, tmp_path, capsys):
    first, second = tmp_path / "first", tmp_path / "second"
    for path in sorted(copied.glob("sim0-*.png")):
        if path.name < "sim0-000009":
            write(first / path.name, path.read_bytes())
        else:
            write(second / path.name, png(plane(path) // 2))
    for colour in COLOURS:
        shutil.copy(copied / f"{MOVED}_{colour}.png", second / f"again_{colour}.png")
    out = tmp_path / "audit"
    assert audit(first, "--against", second, "-o", out, "--json") == 0
    stdout, stderr = capsys.readouterr()
    found = json.loads(stdout)
    assert (found["fields"], found["against"]) == (9, 10)
    assert found["near_duplicates_in_both"] == 1
    assert found["groups_in_both"] == 1
    assert (
        "warning: 1 of 9 fields have a near-duplicate among the 10 fields of the other set"
        in stderr
    )
    assert found["two_sample"]["gray values"]["auc"] > 0.8
    assert found["two_sample"]["gray values"]["p"] < 0.05
    (pair,) = rows_of(out / "duplicates.csv")
    assert (pair["Id"], pair["IdIn"]) == (MOVED, "input")
    assert (pair["Other"], pair["OtherIn"], pair["Distance"]) == ("again", "against", "0")
    assert set(group_of(out)) == {f"sim0-00000{n}" for n in range(9)}
    shift = {row["Column"]: row for row in rows_of(out / "shift.csv")}
    assert float(shift["Image_Q99_Protein"]["AUC"]) < 0.3
    assert shift["Image_Rows"]["AUC"] == "0.5"
    assert shift["Image_Rows"]["Median"] == shift["Image_Rows"]["MedianAgainst"] == "192"


def test_a_damaged_field_fails_alone_and_the_same_command_goes_on(copied, tmp_path, capsys):
    images = Path(shutil.copytree(copied, tmp_path / "images"))
    whole = (images / "moved_red.png").read_bytes()
    write(images / "moved_red.png", whole[: len(whole) // 2])
    out = tmp_path / "audit"
    assert audit(images, "-o", out, "--json") == 3
    stdout, stderr = capsys.readouterr()
    assert json.loads(stdout)["failures"] == 1
    assert "warning: field moved failed at read" in stderr
    assert [row["Id"] for row in rows_of(out / "failures.csv")] == ["moved"]
    assert "moved" not in group_of(out)
    write(images / "moved_red.png", whole)
    assert audit(images, "-o", out) == 0
    assert "19 of 20 fields were done before" in capsys.readouterr().err
    assert group_of(out)["moved"] == group_of(out)[MOVED]
    assert not (out / "failures.csv").exists()


def test_facts_of_an_audit_and_other_tables_are_inputs_too(copied, tmp_path, capsys):
    assert audit(copied, "-o", tmp_path / "first", "--quiet") == 0
    assert audit(tmp_path / "first/fields", "-o", tmp_path / "second", "--json") == 0
    assert json.loads(capsys.readouterr().out)["near_duplicate_pairs"] == 2
    assert rows_of(tmp_path / "second/duplicates.csv")[0]["Likeness"] == ""
    features, labels = write_tables(tmp_path)
    assert audit(features, "--labels", labels, "-o", tmp_path / "third", "--json") == 0
    stdout, stderr = capsys.readouterr()
    assert json.loads(stdout)["known_groups"] == "Gene"
    assert json.loads(stdout)["groups_of_differing_labels"] == 0
    assert "only rows that are equal in every column are found" in stderr


def test_two_tables_are_compared_by_their_columns(tmp_path, capsys):
    features, _ = write_tables(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = write_tables(tmp_path / "other", seed=1)
    assert audit(features, "--against", other, "-o", tmp_path / "audit", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["near_duplicate_pairs"] == 0
    assert set(found["two_sample"]) == {"all columns"}
    assert found["groups_in_both"] == 40
    low, high = found["two_sample"]["all columns"]["chance"]
    assert low < 0.5 < high


def test_an_audit_replaces_neither_an_input_nor_a_file_of_the_user(tmp_path, capsys, monkeypatch):
    write_tables(tmp_path, groups=20, columns=4, shares=(0.5,))
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "groups.csv"
    mine.write_text("Id,Group\n", encoding="utf-8")
    assert run(["audit", "features.parquet", "-o", "."]) == 2
    assert "already holds groups.csv" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "Id,Group\n"
    command = ["audit", "features.parquet", "-o", "audit"]
    assert run(command) == run(command) == 0
    assert "already holds" not in capsys.readouterr().err
    assert run([*command, "--groups-file", "audit/groups.csv"]) == 2
    assert "audit/groups.csv is an input of the same command" in capsys.readouterr().err


def test_labels_that_a_model_doubts_are_listed_by_group(tmp_path, capsys):
    features, labels = write_tables(tmp_path, signal=4.0)
    lines = Path(labels).read_text().splitlines()
    turned = {}
    for at in range(5, 120, 20):
        each, label, rest = lines[at].split(",", 2)
        turned[each] = "missing" if label == "1" else "given"
        lines[at] = f"{each},{1 - int(label)},{rest}"
    Path(labels).write_text("\n".join(lines) + "\n")
    train_small(tmp_path)
    out = tmp_path / "audit"
    assert audit(features, "--model", tmp_path / "model", "-o", out, "--json") == 0
    doubted = rows_of(out / "label_errors.csv")
    assert json.loads(capsys.readouterr().out)["label_errors"] == len(doubted)
    mine = {row["Id"]: row["Now"] for row in doubted if row["Label"] == "label0"}
    found = {each for each in turned if each in mine}
    assert len(found) >= 4
    assert all(mine[each] == turned[each] for each in found)
    groups = [row["Group"] for row in doubted]
    assert groups == sorted(groups, key=groups.index)  # every group in one piece
    # A later audit without the model leaves no list of the earlier one behind.
    assert audit(features, "-o", out) == 0
    assert not (out / "label_errors.csv").exists()


def test_what_cannot_be_compared_is_refused(copied, tmp_path, capsys):
    features, labels = write_tables(tmp_path)
    out = tmp_path / "audit"
    assert audit(copied, "--against", features, "-o", out) == 1
    assert "no column in common" in capsys.readouterr().err
    assert audit(tmp_path / "nowhere", "-o", out) == 2
    assert audit(features, "-o", labels) == 2
    assert "is a file; the tables need a folder" in capsys.readouterr().err
    assert audit(features, "--labels", features, "-o", out) == 2
    assert audit(features, "--model", tmp_path, "-o", out) == 1
    assert audit(copied, "--bit-depth", "7", "-o", tmp_path / "none") in (1, 3)


def test_blank_fields_are_like_no_other(copied, tmp_path, capsys):
    for stem in ("a", "b"):
        for colour in COLOURS:
            write(tmp_path / f"images/{stem}_{colour}.png", png(np.zeros((64, 64), np.uint8)))
            shutil.copy(copied / f"{MOVED}_{colour}.png", tmp_path / "images")
    assert audit(tmp_path / "images", "-o", tmp_path / "audit", "--json") == 0
    stdout, stderr = capsys.readouterr()
    assert json.loads(stdout)["near_duplicate_pairs"] == 0
    assert "2 fields have a single value in every channel" in stderr
