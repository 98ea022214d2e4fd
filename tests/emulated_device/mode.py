"""How the emulated device runs kernels, and what it has run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from emulated_device.faults import lost


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
    uses
        Of arrays by them, so far.
    finished
        The last use that the host has waited for.
    memory
        Bytes that arrays may have together.
    lost_after
        Number of launches after which the device fails; None: it does not.
    """

    checked: bool = False
    seed: int = 1
    launches: int = 0
    uses: int = 0
    finished: int = 0
    memory: int = 64 << 30
    lost_after: int | None = None

    def launch(self) -> None:
        """Count a launch.

        Raises
        ------
        CUDARuntimeError
            The device has failed.
        """
        self.launches += 1
        if self.lost_after is not None and self.launches > self.lost_after:
            raise lost()

    def wait(self) -> None:
        """Let the host wait for all kernels."""
        self.finished = self.uses


MODE = Mode()


@contextmanager
def running(**changed: Any) -> Iterator[Mode]:
    """Run kernels in this mode: other attributes of `Mode`, until the end."""
    before = {name: getattr(MODE, name) for name in changed}
    _set(changed)
    try:
        yield MODE
    finally:
        _set(before)


def _set(attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        setattr(MODE, name, value)
