from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os
from hpa_features.core.progress import SILENT
from hpa_features.running.kernel_cache import prepare_kernel_cache
class Said(type(SILENT)):
    def note(self, message): print("said", message)
prepare_kernel_cache(Said())
prepare_kernel_cache(Said())
print(os.environ["NUMBA_CACHE_DIR"])
"""


def run(**environment: str) -> list[str]:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="the user cache lies elsewhere")
def test_the_user_cache_is_taken(tmp_path):
    assert run(XDG_CACHE_HOME=str(tmp_path)) == [str(tmp_path / "hpa-feat" / "numba")]


def test_a_cache_that_cannot_be_written_is_said_once(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    said, folder = run(XDG_CACHE_HOME=str(blocked), LOCALAPPDATA=str(blocked), HOME=str(blocked))
    assert said.startswith("said")
    assert folder in said


def test_a_folder_that_was_chosen_stays(tmp_path):
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == [str(tmp_path)]
