"""Kernels of two processes come into one cache, and what fails beside is compiled by the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

MADE = """
import os
from numba import njit

@njit(cache=True)
def shared(x):
    return x + 1

@njit(cache=True)
def found(x):
    return shared(x) * 2

@njit(cache=True)
def measured(x):
    return shared(x) * 3

def find():
    found(1)
    open(os.environ["SEEN"], "w").write(os.environ["NUMBA_CACHE_DIR"])

def fail():
    found(1)
    raise ValueError

def measure():
    measured(1.0)
"""
FIRST = """
import made
from hpa_features.running.compiling import compiled_beside
with compiled_beside(made.{work}):
    made.measure()
"""
NEXT = """
import json, made
made.found(1); made.measured(1.0)
hits = lambda f: sum(f.stats.cache_hits.values())
print(json.dumps({name: hits(getattr(made, name)) for name in ("found", "measured")}))
"""


@pytest.fixture
def run(tmp_path):
    """Run code in a process whose cache is a new folder."""
    (tmp_path / "made.py").write_text(MADE, encoding="utf-8")
    own = {
        "PYTHONPATH": str(tmp_path),
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        "SEEN": str(tmp_path / "seen"),
    }

    def run(code: str, **more: str) -> str:
        command = [sys.executable, "-c", code]
        env = {name: each for name, each in {**os.environ, **own, **more}.items() if each}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    return run


def test_what_two_processes_compile_is_in_one_cache(run, tmp_path):
    run(FIRST.format(work="find"))
    assert json.loads(run(NEXT)) == {"found": 1, "measured": 1}
    beside = (tmp_path / "seen").read_text(encoding="utf-8")
    assert beside != str(tmp_path / "cache")
    assert not os.path.exists(beside)  # noqa: PTH110  (a path as text)


def test_where_the_other_process_fails_the_rest_is_kept(run):
    run(FIRST.format(work="fail"))
    assert json.loads(run(NEXT)) == {"found": 0, "measured": 1}


def test_without_a_cache_nothing_is_started(run, tmp_path):
    run(FIRST.format(work="find"), NUMBA_CACHE_DIR="")
    assert not (tmp_path / "seen").exists()
