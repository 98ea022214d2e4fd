"""Kernels compiled by two processes at once, into one cache.

Two processes that write the entry of one function in the cache of numba can lose each other's work.
So the second one has a cache of its own, of which the first then takes the functions that it lacks.
"""

from __future__ import annotations

import glob
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hpa_features.running.kernel_cache import CACHE_VARIABLE

_INDEX = ".nbi"


@contextmanager
def compiled_beside(work: Callable[[], object]) -> Iterator[None]:
    """Let a process of its own do `work`, which compiles kernels, while the block compiles others.

    At the end the cache of this process has what both compiled, but for versions of functions that
    both compiled: of these it has its own. Where the process fails, it has what the block compiled.
    Nothing is started where there is no cache.

    Parameters
    ----------
    work
        Picklable.
    """
    cache = os.environ.get(CACHE_VARIABLE)
    if not cache:
        yield
        return
    Path(cache).mkdir(parents=True, exist_ok=True)
    began = time.time()
    with tempfile.TemporaryDirectory(prefix="hpa-feat-numba-") as place:
        process = subprocess.Popen(  # noqa: S603  (this Python and this module)
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, CACHE_VARIABLE: place},
        )
        try:
            _hand_over(process, work)
            yield
            done = process.wait() == 0
        finally:
            process.kill()
            process.communicate()
        if done:
            _take(Path(place), Path(cache), began)


def _hand_over(process: subprocess.Popen[bytes], work: Callable[[], object]) -> None:
    """Send the work; the pipe stays open as long as this process lives."""
    if process.stdin is None:
        return
    with suppress(BrokenPipeError):  # it has failed: seen when it is waited for
        process.stdin.write(pickle.dumps(work))
        process.stdin.flush()


def _take(place: Path, cache: Path, began: float) -> None:
    """Move functions into a cache that has no entry of them since `began`; the entry comes last."""
    for index in sorted(place.rglob(f"*{_INDEX}")):
        target = cache / index.relative_to(place)
        if target.exists() and target.stat().st_mtime >= began:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        for data in index.parent.glob(f"{glob.escape(index.stem)}.*.nbc"):
            shutil.move(data, target.with_name(data.name))
        shutil.move(index, target)


def _main() -> None:
    """Do the work that comes from the pipe; end when its other end is closed."""
    work = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the process that started this one)

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    work()


if __name__ == "__main__":
    _main()
