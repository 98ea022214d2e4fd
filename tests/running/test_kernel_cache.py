from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def everywhere(folder) -> dict[str, str]:
    """Return the variables that name the user's folders, whatever the system."""
    return dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"), str(folder))


def test_the_user_cache_is_taken(tmp_path):
    [folder] = run(**everywhere(tmp_path))
    assert Path(folder).is_relative_to(tmp_path)
    assert folder.endswith("numba")


def test_a_cache_that_cannot_be_written_is_said_once(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    said, folder = run(**everywhere(blocked))
    assert said.startswith("said")
    assert folder in said
    assert not Path(folder).exists()  # gone with the process that made it


def test_a_folder_that_was_chosen_stays(tmp_path):
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == [str(tmp_path)]
