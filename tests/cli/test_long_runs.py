"""Runs of the installed command at full size: the demo, and every complete real field."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

PROGRAM = str(Path(sys.executable).with_name("hpa-feat"))
REAL = {"native": 4, "derived512": 5, "kaggle512": 1, "web_jpeg": 2}


def run(*arguments):
    command = [PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_the_demo_leaves_a_model_that_is_worth_something_and_predicts(tmp_path):
    done = run("demo", "-o", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    model = tmp_path / "demo/model-of-simulated-fields"
    said = json.loads(run("evaluate", model, "--json").stdout)
    assert said["rows"] == 240
    assert said["macro_f1"] > 0.7
    assert said["interval"][0] > 0.6
    asked = run("predict", model, tmp_path / "demo/features")
    assert asked.returncode == 0, asked.stderr
    assert len(asked.stdout.splitlines()) == 241


@pytest.mark.long
@pytest.mark.parametrize("folder", REAL)
def test_every_complete_real_field_gives_cells(shared_data, tmp_path, folder):
    done = run("extract", shared_data / "hpa_fields" / folder, "-o", tmp_path / "features")
    assert done.returncode == 0, done.stderr
    parts = list((tmp_path / "features/images").glob("part-*.parquet"))
    counts = [n for part in parts for n in pq.read_table(part)["Metadata_CellCount"].to_pylist()]
    assert len(counts) == REAL[folder]
    assert min(counts) >= 5
