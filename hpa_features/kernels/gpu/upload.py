"""Arrays that come to the device while it computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import cupy

from hpa_features.kernels.nested import with_arrays

T = TypeVar("T")


@cupy.memoize(for_each_device=True)
def _copying() -> Any:
    """Return the stream of copies; one that blocks would wait for all kernels before it."""
    return cupy.cuda.Stream(non_blocking=True)


class Upload(Generic[T]):
    """Arrays on their way to the device, copied from pinned memory on a stream of their own.

    CuPy copies them to pinned memory before this returns, and keeps that until it has been read.

    Parameters
    ----------
    value
        Arrays of the host, in lists and (named) tuples.
    """

    def __init__(self, value: T) -> None:
        with _copying() as stream:
            # In the stream's own memory: what others give back there may still be in use by them.
            self._value: T = with_arrays(value, cupy.asarray)
            self._copied = stream.record()

    @contextmanager
    def arrived(self) -> Iterator[T]:
        """Give the arrays to kernels that are launched in the block, which wait for them."""
        here = cupy.cuda.get_current_stream()
        here.wait_event(self._copied)
        try:
            yield self._value
        finally:
            # Later copies may get this memory: they wait until the kernels have read it.
            _copying().wait_event(here.record())
