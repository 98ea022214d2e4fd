"""Streams: copies come as late as CUDA allows, and what does not wait for them is refused.

Kernels run at once, on the null stream; copies of another stream wait until something waits for
them. A program that forgets to wait finds this out here each time, on a GPU now and then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from emulated_device.mode import MODE


class StreamError(RuntimeError):
    """Two streams use one array, and neither waits for the other."""


@dataclass(frozen=True)
class Event:
    """A place in the work of a stream: after so many of its copies, and uses of arrays."""

    stream: Stream
    copies: int
    uses: int

    def synchronize(self) -> None:
        self.stream.run(self.copies)


class Stream:
    """As ``cupy.cuda.Stream(non_blocking=True)``; one that blocks waits for all kernels."""

    null: Stream

    def __init__(self, *, non_blocking: bool = False, null: bool = False) -> None:
        if not (non_blocking or null):
            raise TypeError("A stream that blocks waits for all kernels, and they for it.")
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []
        self._done = 0
        self.after = 0  # the last use of arrays that its later work waits for
        self.freed = 0  # the last use of memory that it may give out again

    def __enter__(self) -> Self:
        _stack().append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _stack().pop()

    def record(self) -> Event:
        with self._lock:
            return Event(self, self._done + len(self._waiting), MODE.uses)

    def wait_event(self, event: Event) -> None:
        event.stream.run(event.copies)
        if event.stream is Stream.null:
            self.after = max(self.after, event.uses)

    def synchronize(self) -> None:
        self.run(self.record().copies)
        if self is Stream.null:
            MODE.wait()

    def later(self, copy: Callable[[], None]) -> None:
        """Take a copy that is to be done when something waits for it."""
        with self._lock:
            self._waiting.append(copy)

    def run(self, until: int) -> None:
        """Do the copies that come before the `until`-th."""
        with self._lock:
            while self._done < until:
                self._waiting.pop(0)()
                self._done += 1

    def give_out(self) -> None:
        """Refuse to reuse memory that a kernel of the null stream may still be reading.

        Raises
        ------
        StreamError
            The stream does not wait for the kernel that used it last.
        """
        if self.freed > max(self.after, MODE.finished):
            raise StreamError("memory is given out again that a kernel may still be reading")


Stream.null = Stream(null=True)
_LOCAL = threading.local()


def _stack() -> list[Stream]:
    if not hasattr(_LOCAL, "streams"):
        _LOCAL.streams = []
    streams: list[Stream] = _LOCAL.streams
    return streams


def current() -> Any:
    """Return the stream of this thread."""
    return (_stack() or [Stream.null])[-1]
