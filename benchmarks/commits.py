"""The packages of two commits, each in a process of its own that answers requests in turn.

A script of ours runs under either package and answers with `serve`; a benchmark asks both through
`Package`, alternately, so that other work on the machine affects both alike.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import hpa_features
from hpa_features.running.threads import single_threaded_children

ROOT = Path(__file__).resolve().parents[1]


def unpacked(commit: str, folder: Path) -> Path:
    """Return the package and the command of a commit of this repository, below `folder`."""
    place = folder / commit
    if not place.exists():
        git = ["git", "-C", str(ROOT), "archive", commit, "hpa_features", "cli"]
        done = subprocess.run(git, capture_output=True, check=False)
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip()
            raise SystemExit(f"Commit {commit} cannot be unpacked: {reason}")
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(place, filter="data")
    return place


class Package:
    """The package below `root` in a process that runs `script`, with libraries on one thread.

    Use it in a ``with`` statement.
    """

    def __init__(self, root: Path, script: Path) -> None:
        path = os.pathsep.join([str(root), str(root / "cli")])
        with single_threaded_children():
            self._process = subprocess.Popen(
                [sys.executable, str(script)],
                env=os.environ | {"PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.root = root

    def __enter__(self) -> Self:
        found = self.ask("package_folder")
        if not Path(found).is_relative_to(self.root.resolve()):
            self.__exit__()
            raise SystemExit(f"{found} was imported in place of the package in {self.root}.")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, function: str, *arguments: Any) -> Any:
        """Return what a function of the script returns for `arguments`, all as JSON."""
        try:
            self._process.stdin.write(json.dumps([function, *map(_plain, arguments)]) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.wait()  # until it has printed why
            raise SystemExit(f"{function} failed with the package in {self.root}; see above.")
        return json.loads(answer)


def serve(*functions: Callable[..., Any]) -> None:
    """Answer requests of a `Package` on standard input until it is closed."""
    by_name = {each.__name__: each for each in (package_folder, *functions)}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(by_name[name](*arguments)), flush=True)


def package_folder() -> str:
    """Return where the package of this process lies."""
    return str(Path(hpa_features.__file__).resolve().parent)


def _plain(argument: Any) -> Any:
    return str(argument) if isinstance(argument, Path) else argument
