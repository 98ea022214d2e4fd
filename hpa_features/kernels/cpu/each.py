"""One kernel for many: what it does to one item, it does to each item of lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def each(kernel: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Return a kernel whose list arguments hold one value an item; other arguments serve all.

    The docstring of `kernel` describes one item. A launch on a GPU would do all items at once.
    """

    @wraps(kernel)
    def many(*arguments: Any) -> list[Any]:
        items = len(next(value for value in arguments if isinstance(value, list)))
        return [
            kernel(*(value[k] if isinstance(value, list) else value for value in arguments))
            for k in range(items)
        ]

    return many
