"""A command whose process is killed when the first part of its fields is done."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import os, signal, sys
from hpa_features.io.store.folder import Store
record = Store.record
def killed(store, entries):
    if sys.argv[1] == "journal written":
        record(store, entries)
    os.kill(os.getpid(), signal.SIGKILL)
Store.record = killed
from hpa_feat_cli.app import run
if __name__ == "__main__":
    run(sys.argv[2:])
"""


def run_killed(folder: Path, moment: str, command: list[str]) -> None:
    """Run a command that is killed at a moment: ``part written``, or ``journal written`` as well.

    `folder` is where its script goes.
    """
    script = folder / "killed.py"
    script.write_text(_SCRIPT)
    done = subprocess.run([sys.executable, script, moment, *command], check=False)
    assert done.returncode == -signal.SIGKILL
