"""A Dask scheduler and workers in processes of their own, on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hpa_features.running import dask_pool

TESTS = str(Path(__file__).resolve().parent)


@dataclass(frozen=True)
class DaskCluster:
    """The scheduler's file, and the process of the scheduler."""

    file: str
    scheduler: subprocess.Popen[bytes]


@contextmanager
def dask_cluster(folder: Path, workers: int = 3, *, silent_s: float = 300) -> Iterator[DaskCluster]:
    """Start a scheduler and workers of one thread each.

    A worker that is silent for `silent_s` counts as lost.
    """
    from distributed import Client

    file = folder / "scheduler.json"
    options = ("--scheduler-file", str(file), "--no-dashboard")
    scheduler = _start(
        "distributed.cli.dask_scheduler", "--port", "0", *options,
        DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL=f"{silent_s}s",
    )  # fmt: skip
    several = ("--nworkers", str(workers), "--nthreads", "1", "--local-directory", str(folder))
    nannies = _start("distributed.cli.dask_worker", *options, *several)
    try:
        while not file.exists():
            assert scheduler.poll() is None
        with Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(workers, timeout=120)
        yield DaskCluster(str(file), scheduler)
    finally:
        _disconnect()
        for process in (nannies, scheduler):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _disconnect() -> None:
    """Close the connection that `DaskExecutor` keeps, before it misses its scheduler."""
    if dask_pool._client.cache_info().currsize:
        from distributed import default_client

        default_client().close()
        dask_pool._client.cache_clear()


def _start(*arguments: str, **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": TESTS, **more},
        start_new_session=True,
    )
