"""Messages of the commands in the words of Python: ``--bit-depth 12`` becomes ``bit_depth=12``."""

from __future__ import annotations

import functools
import inspect
import logging
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from hpa_features.core.errors import HpaFeatError, HpaFeatWarning

P = ParamSpec("P")
R = TypeVar("R")

# An option with the value that follows it: one number, two numbers, or a word in
# capitals or before a colon.
_NUMBER = r"-?\d+(?:\.\d+)?"
_VALUE = rf"{_NUMBER}(?: {_NUMBER})?|none\b|max\b|image\b|[A-Z]+\b|\w+(?=:)"
_OPTION = re.compile(rf"(?<![\w-])--(?P<name>[a-z][a-z-]*)(?: (?P<value>{_VALUE}))?")
_ARGUMENTS = {
    "group": "groups",
    "allow_missing": "allow_missing_er",
    "block": "blocks",
}
_COMMAND = "hpa-feat "
_OUR_CODE = str(Path(__file__).resolve().parents[1])
_LOG = logging.getLogger("hpa_features")


def in_python(text: str) -> str:
    """Return a message with options as keyword arguments; commands stay as they are."""
    if _COMMAND in text:
        return text
    return _OPTION.sub(_argument, text)


def _argument(option: re.Match[str]) -> str:
    name = option["name"].replace("-", "_")
    if name == "groups_file":
        return "groups={id: group}"
    name, value = _ARGUMENTS.get(name, name), option["value"]
    if value is None:
        return name
    if not re.match(_NUMBER, value):
        return f'{name}="{value}"'
    numbers = value.split()
    return f"{name}={numbers[0]}" if len(numbers) == 1 else f"{name}=({', '.join(numbers)})"


def speaks_python(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function of the API raise errors whose remedy is something to type in Python."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except HpaFeatError as error:
            error.message, error.hint = in_python(error.message), in_python(error.hint)
            raise

    return wrapper


class _Python:
    """A `Progress` that warns with `HpaFeatWarning` and logs the rest."""

    def start(self, what: str, total: int | None, done: int = 0) -> None:
        _LOG.debug("%s: %s of %s", what, done, total)

    def advance(self, steps: int = 1) -> None:
        del steps

    def finish(self) -> None:
        pass

    def note(self, message: str) -> None:
        _LOG.info(in_python(message))

    def warn(self, message: str) -> None:
        warnings.warn(in_python(message), HpaFeatWarning, stacklevel=_callers_level())


def _callers_level() -> int:
    """Return the `stacklevel` of the first frame outside this package, as seen from `warn`."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_code.co_filename.startswith(_OUR_CODE):
        frame, level = frame.f_back, level + 1
    return level


PYTHON = _Python()
