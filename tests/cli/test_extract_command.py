"""`hpa-feat extract` as a user runs it: what goes where, exit codes, faults of files, kills."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hpa_feat_cli.app import run
from image_files import COLOURS, pixels, png, write
from in_process import IN_PROCESS
from killed_runs import run_killed
from made_fields import drawn_field

PROGRAM = Path(sys.executable).with_name("hpa-feat")
QUICK = ["--features", "Intensity", "--pixel-size-um", "0.32", *IN_PROCESS]


@pytest.fixture(scope="session")
def four(tmp_path_factory) -> Path:
    """A folder of four good fields, f0 to f3."""
    folder = tmp_path_factory.mktemp("four")
    for seed in range(4):
        field, _ = drawn_field(seed)
        for channel, plane in field.planes.items():
            write(folder / f"f{seed}_{channel.colour}.png", png(plane))
    return folder


@pytest.fixture
def images(four, tmp_path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(four, tmp_path / "images"))


def installed(*arguments: str | Path, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, check=False, **more)


def failures(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["Id"]: row for row in csv.DictReader(file)}


def test_other_files_in_the_output_folder_are_reported_once(four, tmp_path, capsys):
    out = tmp_path / "out"
    write(out / "holiday.png", b"mine")
    assert run(["extract", str(four), "-o", str(out), *QUICK]) == 0
    assert "already holds holiday.png" in capsys.readouterr().err
    assert (out / "holiday.png").read_bytes() == b"mine"
    assert run(["extract", str(four), "-o", str(out), *QUICK]) == 0
    assert "already holds" not in capsys.readouterr().err


def test_each_fault_has_its_line_and_the_good_fields_are_kept(images, tmp_path):
    full = (images / "f0_red.png").read_bytes()
    for colour in COLOURS:
        for name in ("cut", "lacks", "size", "deep", "text", "pale"):
            shutil.copy(images / f"f0_{colour}.png", images / f"{name}_{colour}.png")
    write(images / "cut_red.png", full[: len(full) // 2])
    (images / "lacks_blue.png").unlink()
    write(images / "size_green.png", png(pixels(shape=(128, 143))))
    write(images / "deep_green.png", png(pixels(shape=(128, 144), dtype=np.uint16)))
    write(images / "text_blue.png", b"<html>404</html>")
    (images / "pale_yellow.png").unlink()
    write(images / "notes.docx", b"mine")
    out = tmp_path / "out"
    done = installed("extract", images, "-o", out, *QUICK)
    assert done.returncode == 3
    assert done.stdout == b""
    rows = failures(out / "failures.csv")
    stages = {name: row["stage"] for name, row in rows.items()}
    assert stages == {
        "cut": "read",
        "lacks": "find",
        "size": "read",
        "text": "read",
        "pale": "find",
    }
    assert all(row["error"] and row["hint"] for row in rows.values())
    table = pq.read_table(out / "images")
    assert sorted(table["Metadata_Id"].to_pylist()) == ["deep", "f0", "f1", "f2", "f3"]
    lines = done.stderr.decode().splitlines()
    for name in rows:
        assert sum(f"field {name} failed" in line for line in lines) == 1
    assert any("notes.docx" in line for line in lines)
    assert any(line.startswith("done: 5 fields") and "5 failed" in line for line in lines)
    assert "Traceback" not in done.stderr.decode()


def test_yellow_may_be_missing_when_that_is_said(capsys, images, tmp_path):
    (images / "f1_yellow.png").unlink()
    assert run(["extract", str(images), "-o", str(tmp_path / "strict"), *QUICK]) == 3
    assert "--allow-missing yellow" in capsys.readouterr().err
    lenient = ["extract", str(images), "-o", str(tmp_path / "t.csv"), *QUICK]
    assert run([*lenient, "--allow-missing", "yellow"]) == 0
    header, *rows = (tmp_path / "t.csv").read_text().splitlines()
    assert len(rows) == 4
    assert "_Protein_" in header
    assert "_ER_" not in header


def test_nothing_to_do_is_one_line(capsys, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(["extract", str(empty), "-o", str(tmp_path / "out")]) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: no fields found")
    assert "_blue.png" in hint
    assert not (tmp_path / "out").exists()


def test_duplicate_ids_stop_before_any_work(capsys, images, tmp_path):
    shutil.copytree(images, images / "again")
    assert run(["extract", str(images), "-o", str(tmp_path / "out"), *QUICK]) == 2
    assert "two files" in capsys.readouterr().err
    manifest = tmp_path / "twice.csv"
    row = ",".join(str(images / f"f0_{colour}.png") for colour in COLOURS)
    manifest.write_text(f"Id,blue,red,yellow,green\na,{row}\na,{row}\n")
    assert run(["extract", str(manifest), "-o", str(tmp_path / "out"), *QUICK]) == 2
    assert not (tmp_path / "out").exists()


def test_when_every_field_fails_the_exit_code_is_1(capsys, tmp_path):
    for colour in COLOURS:
        write(tmp_path / "images" / f"a_{colour}.png", b"no image")
    assert run(["extract", str(tmp_path / "images"), "-o", str(tmp_path / "out")]) == 1
    assert "none of 1 field" in capsys.readouterr().err
    assert set(failures(tmp_path / "out" / "failures.csv")) == {"a"}


def test_a_single_table_lists_failures_beside_itself(images, tmp_path):
    write(images / "f1_red.png", b"")
    table = tmp_path / "t.parquet"
    assert run(["extract", str(images), "-o", str(table), *QUICK]) == 3
    assert pq.read_table(table)["Metadata_Id"].to_pylist() == ["f0", "f2", "f3"]
    assert set(failures(tmp_path / "t.parquet.failures.csv")) == {"f1"}


@pytest.mark.parametrize("kind", ["arrow", "csv"])
def test_stdout_holds_the_table_alone(four, kind):
    paths = "\n".join(str(path) for path in sorted(four.iterdir(), reverse=True))
    done = installed("extract", "-", "-o", "-", "--table", kind, *QUICK, input=paths.encode())
    assert done.returncode == 0
    if kind == "arrow":
        with pa.ipc.open_stream(done.stdout) as reader:
            ids = reader.read_all()["Metadata_Id"].to_pylist()
    else:
        ids = [row["Metadata_Id"] for row in csv.DictReader(io.StringIO(done.stdout.decode()))]
    assert ids == ["f3", "f2", "f1", "f0"]  # the order of the list
    assert b"done: 4 fields" in done.stderr


def test_a_reader_that_leaves_is_no_error(four):
    process = subprocess.Popen(
        [PROGRAM, "extract", four, "-o", "-", *QUICK],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    with process.stderr:
        told = process.stderr.read().decode()
    assert process.wait() == 1
    assert "Traceback" not in told
    assert "error" not in told


def test_binary_is_kept_off_a_terminal(four):
    screen, program_side = os.openpty()
    done = subprocess.run(
        [PROGRAM, "extract", four, "-o", "-", *QUICK],
        stdout=program_side,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(program_side)
    os.close(screen)
    assert done.returncode == 2
    assert b"--table csv" in done.stderr


@pytest.mark.parametrize(("moment", "jobs"), [("journal written", "2"), ("part written", "1")])
def test_a_killed_run_goes_on_to_the_same_table(four, tmp_path, moment, jobs):
    out = tmp_path / "out"
    command = ["extract", str(four), "-o", str(out), *QUICK]
    run_killed(tmp_path, moment, [*command, "--jobs", jobs])
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/part-*")}
    assert len(before) >= 2
    assert run(command) == 0
    after = {path: path.stat().st_mtime_ns for path in out.glob("*/part-*")}
    if moment == "journal written":
        assert sum(after.get(path) == time for path, time in before.items()) >= 2
    whole = tmp_path / "whole.parquet"
    assert run(["extract", str(four), "-o", str(whole), *QUICK]) == 0
    table = pq.read_table(out / "images").sort_by("Metadata_Id")
    assert table.equals(pq.read_table(whole))


STOPPED = """
import os, signal
from hpa_features.io.store.folder import Store
record = Store.record
def stopped(store, entries):
    record(store, entries)
    os.kill(os.getpid(), signal.SIGTERM)
Store.record = stopped
from hpa_feat_cli.app import main
if __name__ == "__main__":
    main()
"""


def test_a_terminated_run_keeps_what_is_finished(four, tmp_path):
    script, out = tmp_path / "stopped.py", tmp_path / "out"
    script.write_text(STOPPED)
    command = ["extract", str(four), "-o", str(out), *QUICK, "--jobs", "2"]
    begin = [sys.executable, script, *command]
    stopped = subprocess.run(begin, capture_output=True, text=True, check=False)
    assert stopped.returncode == 143, stopped.stderr
    assert "1 field is kept in" in stopped.stderr
    assert stopped.stderr.endswith("error: interrupted.\n")
    assert "Traceback" not in stopped.stderr
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/part-*")}
    assert len(before) >= 2
    assert run(command) == 0
    known = [json.loads(line)["id"] for line in (out / "journal-0.jsonl").read_text().splitlines()]
    assert sorted(known) == ["f0", "f1", "f2", "f3"]
    assert not list(out.rglob(".unfinished-*"))


HANGING = """
import threading
from hpa_features.pipeline import segment
read = segment.read_channels
def hang(source, *more):
    if source.id == "f1":
        threading.Event().wait()
    return read(source, *more)
segment.read_channels = hang
from hpa_feat_cli.app import main
if __name__ == "__main__":
    main()
"""


def test_a_field_that_never_ends_fails_and_the_others_are_written(four, tmp_path):
    script, table = tmp_path / "hanging.py", tmp_path / "t.csv"
    script.write_text(HANGING)
    command = ["extract", str(four), "-o", str(table), *QUICK, "--field-timeout", "3"]
    done = subprocess.run(
        [sys.executable, script, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "field f1 failed at timeout: took longer than 3 s" in done.stderr
    assert "done: 3 fields" in done.stderr
    rows = table.read_text().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ['"f0"', '"f2"', '"f3"']
    failures = (tmp_path / "t.csv.failures.csv").read_text().splitlines()
    assert failures[1].startswith("f1,,timeout,took longer than 3 s,")
    assert "--field-timeout" in failures[1]


def test_segment_then_extract(four, tmp_path, capsys):
    masks, pictures = tmp_path / "masks", tmp_path / "pictures"
    size = ["--pixel-size-um", "0.32"]
    segment = ["segment", str(four), "-o", str(masks), "--preview", str(pictures), *size]
    assert run([*segment, *IN_PROCESS]) == 0
    assert f"--masks {masks}" in capsys.readouterr().err
    assert {path.name for path in masks.glob("*.png")} == {
        f"f{n}_{what}.png" for n in range(4) for what in ("cells", "nuclei")
    }
    assert len(list(pictures.iterdir())) == 4
    table = tmp_path / "cells.parquet"
    extract = ["extract", str(four), "--masks", str(masks), "-o", str(table), "--level", "cells"]
    assert run([*extract, *QUICK]) == 0
    assert pq.read_table(table).num_rows >= 8


def test_a_file_that_no_run_wrote_is_not_replaced(four, tmp_path, capsys):
    mine = tmp_path / "out" / "failures.csv"
    write(mine, b"mine")
    command = ["extract", str(four), "-o", str(mine.parent), *QUICK]
    assert run(command) == 2
    assert "out already holds failures.csv" in capsys.readouterr().err
    assert mine.read_bytes() == b"mine"
    assert run([*command, "--overwrite"]) == 0


def test_other_files_in_the_folder_of_pictures_are_reported_once(four, tmp_path, capsys):
    masks, pictures = tmp_path / "masks", tmp_path / "pictures"
    write(pictures / "holiday.png", b"mine")
    segment = ["segment", str(four), "-o", str(masks), "--preview", str(pictures), *IN_PROCESS]
    assert run(segment) == 0
    assert "pictures already holds holiday.png" in capsys.readouterr().err
    assert run(segment) == 0
    assert "already holds" not in capsys.readouterr().err


def test_a_manifest_is_not_replaced_by_the_table_made_from_it(four, tmp_path, capsys):
    manifest = tmp_path / "m.csv"
    assert run(["manifest", str(four), "-o", str(manifest)]) == 0
    before = manifest.read_bytes()
    for command in (["extract", *QUICK], ["manifest"]):
        arguments = [*command, str(manifest), "-o", str(manifest), "--overwrite"]
        assert run(arguments) == 2
        assert "m.csv is an input of the same command" in capsys.readouterr().err
        assert manifest.read_bytes() == before


def test_a_place_for_pictures_that_cannot_be_is_no_fields_fault(capsys, four, tmp_path):
    (tmp_path / "file").touch()
    masks, pictures = tmp_path / "masks", tmp_path / "file" / "pictures"
    assert run(["segment", str(four), "-o", str(masks), "--preview", str(pictures)]) == 1
    assert f"\nerror: {pictures}: Not a directory.\n" in capsys.readouterr().err
