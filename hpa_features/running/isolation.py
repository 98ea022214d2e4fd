"""One field may fail alone: the one place that catches what nobody expected."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hpa_features.core.errors import FieldError, HpaFeatError
from hpa_features.core.failures import Failure

R = TypeVar("R")

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_OUR_CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Caught:
    """What a piece of work raised."""

    error: Exception


def catch(work: Callable[[], R]) -> R | Caught:
    """Return what `work` returns, or what it raised."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (every error of a task is caught once, here)
        return Caught(error)


def run_isolated(field_id: str, work: Callable[[], R]) -> R | Failure:
    """Return what `work` returns, or the field's failure.

    A `FieldError` keeps its stage; an unexpected exception gets the stage ``internal`` and the
    place in our code. Errors that concern the whole run, such as a missing extra or a full disk,
    are raised.
    """
    outcome = catch(work)
    if not isinstance(outcome, Caught):
        return outcome
    error = outcome.error
    if isinstance(error, FieldError):
        return Failure.of(field_id, error)
    if concerns_all(error):
        raise error
    return Failure(field_id, "", "internal", _describe(error), _hint(error))


def concerns_all(error: Exception) -> bool:
    """Return whether an error is not one field's, such as a missing extra or a full disk."""
    own = isinstance(error, HpaFeatError) and not isinstance(error, FieldError)
    return own or getattr(error, "errno", None) in _FULL


def _describe(error: Exception) -> str:
    ours = [
        f"{Path(frame.filename).relative_to(_OUR_CODE)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_OUR_CODE)
    ]
    text = " ".join(str(error).split())
    return f"unexpected {type(error).__name__} at {ours[-1]}: {text}"


def _hint(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "Use fewer --jobs, or a machine with more memory."
    return "Please report it, with this field if you can."
