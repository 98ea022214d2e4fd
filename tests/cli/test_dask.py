"""Commands on a Dask cluster whose workers are killed and paused, and whose scheduler is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from dask_cluster import dask_cluster
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from listener import Listener
from made_fields import drawn_field
from small_extracts import settings

from hpa_features.io.store.parts import part_paths
from hpa_features.pipeline.extract import extract
from hpa_features.running.dask_pool import DaskExecutor

pytest.importorskip("distributed")
QUICK = ["--features", "Intensity", "--pixel-size-um", "0.32"]
FIELDS = 24


@pytest.fixture(scope="module")
def fields(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fields")
    drawn = [drawn_field(seed)[0] for seed in range(4)]
    for number in range(FIELDS):
        for channel, plane in drawn[number % 4].planes.items():
            write(folder / f"f{number}_{channel.colour}.png", png(plane))
    return folder


@pytest.fixture(scope="module")
def whole(fields, tmp_path_factory) -> Path:
    """What a run on this machine makes of the fields."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run(["extract", str(fields), "-o", str(out), *QUICK, *IN_PROCESS]) == 0
    return out


def table(folder: Path, level: str) -> pd.DataFrame:
    frame = pd.concat([pq.read_table(path).to_pandas() for path in part_paths(folder, level)])
    return frame.sort_values(list(frame.columns[:2])).reset_index(drop=True)


def same_tables(one: Path, other: Path) -> None:
    for level in ("cells", "images"):
        pd.testing.assert_frame_equal(table(one, level), table(other, level))


class Sabotage(Listener):
    """Kills one worker and pauses another when the first fields are done."""

    def __init__(self, processes: list[int]) -> None:
        super().__init__()
        self.killed, self.paused, _ = processes
        self.left = [(self.killed, signal.SIGKILL), (self.paused, signal.SIGSTOP)]

    def advance(self, steps: int = 1) -> None:
        super().advance(steps)
        while steps and self.left:
            os.kill(*self.left.pop())


def test_a_worker_that_is_killed_and_one_that_is_paused_cost_nothing(
    fields, whole, image_model, tmp_path
):
    from distributed import Client

    out = tmp_path / "out"
    with dask_cluster(tmp_path, silent_s=3) as cluster:
        with Client(scheduler_file=cluster.file) as client:
            processes = list(client.run(os.getpid).values())
        sabotage = Sabotage(processes)
        try:
            executor = DaskExecutor(cluster.file)
            summary = extract(str(fields), str(out), settings(), sabotage, executor=executor)
        finally:
            with suppress(ProcessLookupError):  # ended by its nanny meanwhile
                os.kill(sabotage.paused, signal.SIGCONT)
        assert (summary.fields, summary.failures) == (FIELDS, 0)
        assert not sabotage.left
        same_tables(out, whole)
        args = ["segment", str(fields), "-o", str(tmp_path / "masks"), *QUICK[2:]]
        assert run([*args, "--scheduler", cluster.file]) == 0
        args = ["predict", str(image_model / "model"), str(image_model / "images"), *QUICK[2:]]
        parts, table = str(tmp_path / "parts"), tmp_path / "plain.csv"
        assert run([*args, "-o", parts, "--scheduler", cluster.file]) == 0
    assert run(["merge", parts, "-o", str(tmp_path / "merged.csv")]) == 0
    assert run([*args, "-o", str(table), *IN_PROCESS]) == 0
    assert (tmp_path / "merged.csv").read_bytes() == table.read_bytes()
    assert len(list((tmp_path / "masks").glob("*_cells.png"))) == FIELDS


LOST = """
import os, signal, sys
from hpa_features.io.store.folder import Store
record = Store.record
def lost(store, entries):
    record(store, entries)
    os.kill(int(sys.argv[1]), signal.SIGKILL)
Store.record = lost
from hpa_feat_cli.app import run
if __name__ == "__main__":
    sys.exit(run(sys.argv[2:]))
"""


def test_a_lost_scheduler_ends_the_run_in_one_line_and_the_same_command_resumes(
    fields, whole, tmp_path
):
    out, script = tmp_path / "out", tmp_path / "lost.py"
    script.write_text(LOST)
    command = ["extract", str(fields), "-o", str(out), *QUICK]
    # Two workers: the fields are eight parts, of which some are left when the scheduler is killed.
    with dask_cluster(tmp_path, workers=2) as cluster:
        on_dask = [*command, "--executor", "dask", "--scheduler", cluster.file]
        ended = subprocess.run(
            [sys.executable, script, str(cluster.scheduler.pid), *on_dask],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert "error: the connection to the Dask scheduler was lost." in ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    before = set(out.rglob("part-*"))
    assert before
    assert run([*command, *IN_PROCESS]) == 0
    assert before & set(out.rglob("part-*"))
    same_tables(out, whole)


def test_options_that_cannot_be_are_refused(fields, tmp_path, capsys):
    command = ["extract", str(fields), *QUICK, "--executor"]
    assert run([*command, "dask", "-o", "-"]) == 2
    assert "that all workers see" in capsys.readouterr().err
    assert run([*command, "local", "--scheduler", "tcp://h:1", "-o", str(tmp_path / "out")]) == 2
    assert "--scheduler is for --executor dask" in capsys.readouterr().err
