"""One step of work in a thread while the caller does the next step of what came before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")
_END: Final = object()


@contextmanager
def one_ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """Give `items`, each made in a thread while the caller uses the one before.

    What making one raises is raised where it would be given. At the end of the block the thread
    finishes the item that it is making.
    """
    with ThreadPoolExecutor(1) as thread:
        yield _given(items, thread)


def _given(items: Iterator[T], thread: ThreadPoolExecutor) -> Iterator[T]:
    coming = thread.submit(next, items, _END)
    while (item := coming.result()) is not _END:
        coming = thread.submit(next, items, _END)
        yield item  # type: ignore[misc]
