"""One kernel for many: what it does to one item, it does to each item of lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

AT_ONCE = 4
"""Sums that do not wait for one another: as many as an addition takes cycles."""


def each(kernel: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Return a kernel whose list arguments hold one value an item; other arguments serve all.

    The docstring of `kernel` describes one item. A launch on a GPU would do all items at once.
    """

    @wraps(kernel)
    def many(*arguments: Any) -> list[Any]:
        items = len(next(value for value in arguments if isinstance(value, list)))
        return [kernel(*_of_item(arguments, k)) for k in range(items)]

    return many


def each_four(kernel: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Return a kernel of lists as `each` does, of one that takes four images at once.

    `kernel` takes a tuple of four images of one type, whose pixels it visits once for all of them,
    and gives a value for each. Items share a call where all but their images is the same.
    """

    @wraps(kernel)
    def many(images: list[Any], *arguments: Any) -> list[Any]:
        alike: dict[tuple[Any, ...], list[int]] = {}
        for k, image in enumerate(images):
            same = (id(value) for value in _of_item(arguments, k))
            alike.setdefault((image.dtype, *same), []).append(k)
        results: list[Any] = [None] * len(images)
        for items in alike.values():
            for first in range(0, len(items), AT_ONCE):
                some = items[first : first + AT_ONCE]
                four = (some + some[-1:] * AT_ONCE)[:AT_ONCE]
                found = kernel(tuple(images[k] for k in four), *_of_item(arguments, some[0]))
                for k, value in zip(some, found, strict=False):
                    results[k] = value
        return results

    return many


def _of_item(arguments: tuple[Any, ...], k: int) -> list[Any]:
    return [value[k] if isinstance(value, list) else value for value in arguments]
