"""A job array as a cluster runs it: shards killed, started twice, completed by `status`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from killed_runs import run_killed
from made_fields import drawn_field

from hpa_features.core.shard import Shard
from hpa_features.io.store import opening

QUICK = ["--features", "Intensity", "--pixel-size-um", "0.32", *IN_PROCESS]
SHARDS = 8
IDS = [f"f{number}" for number in range(24)]


@pytest.fixture(scope="module")
def fields(tmp_path_factory) -> Path:
    """A folder of 24 fields, f0 to f23; every fourth looks the same."""
    folder = tmp_path_factory.mktemp("fields")
    drawn = [drawn_field(seed)[0] for seed in range(4)]
    for number, field_id in enumerate(IDS):
        for channel, plane in drawn[number % 4].planes.items():
            write(folder / f"{field_id}_{channel.colour}.png", png(plane))
    return folder


def told(capsys, out: Path) -> dict[str, object]:
    capsys.readouterr()
    assert run(["status", str(out), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def table(folder: Path, level: str) -> pd.DataFrame:
    order = [("Metadata_Id", "ascending")]
    if level == "cells":
        order.append(("Metadata_ObjectNumber", "ascending"))
    return pq.read_table(folder / level).sort_by(order).to_pandas()


def test_eight_shards_of_which_three_are_killed_and_two_started_twice(
    fields, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(opening, "_GLANCE_S", 0.05)
    out = tmp_path / "out"
    command = ["extract", str(fields), "-o", str(out), *QUICK]
    moments = {2: "journal written", 5: "part written", 7: "journal written"}
    for number in range(1, SHARDS):
        of_shard = [*command, "--shard", f"{number}/{SHARDS}"]
        if number in moments:
            run_killed(tmp_path, moments[number], of_shard)
        else:
            assert run(of_shard) == 0
    with opening.open_store(
        out, json.loads((out / "run.json").read_text()), shard=Shard(3, SHARDS)
    ):
        assert run([*command, "--shard", f"3/{SHARDS}"]) == 1
        assert "Shard 3/8 of" in capsys.readouterr().err
        assert told(capsys, out)["jobs"][2]["state"] == "running"
    assert run([*command, "--shard", f"4/{SHARDS}"]) == 0

    jobs = told(capsys, out)["jobs"]
    states = {job["shard"]: job["state"] for job in jobs}
    assert {name for name, state in states.items() if state == "stopped"} == {"2/8", "5/8", "7/8"}
    assert states[f"8/{SHARDS}"] == "not started"
    assert run(["status", str(out)]) == 0
    printed = capsys.readouterr().out
    for job in jobs:
        if job["command"]:
            assert job["command"] in printed
            words = shlex.split(job["command"])
            assert run(words[1:]) == 0

    status = told(capsys, out)
    assert (status["fields"], status["done"], status["failed"]) == (len(IDS), len(IDS), 0)
    assert {job["state"] for job in status["jobs"]} == {"complete"}
    whole = tmp_path / "whole"
    assert run(["extract", str(fields), "-o", str(whole), *QUICK]) == 0
    for level in ("cells", "images"):
        assert table(out, level).equals(table(whole, level))
    assert not list(out.rglob(".unfinished-*"))
