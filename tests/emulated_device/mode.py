"""How the emulated device runs kernels, and what it has run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Mode:
    """How kernels run.

    Attributes
    ----------
    checked
        Every access to memory is checked, which takes about ten times as long.
    seed
        Of the order of blocks and threads.
    launches
        Kernels, element-wise operations and copies so far.
    """

    checked: bool = False
    seed: int = 1
    launches: int = 0


MODE = Mode()


@contextmanager
def running(*, checked: bool = False, seed: int = 1) -> Iterator[Mode]:
    """Run kernels in this mode."""
    before = MODE.checked, MODE.seed
    MODE.checked, MODE.seed = checked, seed
    try:
        yield MODE
    finally:
        MODE.checked, MODE.seed = before
