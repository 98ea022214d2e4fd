"""Every error that a user can meet, as one tree.

A message states what is wrong and where, the value found and expected; `hint` is the next
thing to type or do. Only the command line turns one into a red line and an exit code.
"""

from __future__ import annotations

from typing import ClassVar


class HpaFeatError(Exception):
    """Base of all errors with a message for the user."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders by pickle, which forgets keyword arguments.
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(kind: type[HpaFeatError], state: dict[str, object]) -> HpaFeatError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("message", ""))
    error.__dict__.update(state)
    return error


class UsageError(HpaFeatError):
    """The command cannot start: options, duplicate ids, an unreadable manifest (exit code 2)."""

    exit_code = 2


class DataError(HpaFeatError):
    """The input as a whole is unusable (exit code 1)."""


class BundleError(HpaFeatError):
    """A model folder is damaged, of another program, or does not match the features."""


class MissingExtra(HpaFeatError):
    """An optional package is missing; the hint gives the pip command that installs it."""

    def __init__(self, package: str, extra: str, *, hint: str = "") -> None:
        super().__init__(
            f"the package {package} is needed for this, but is not installed.",
            hint=hint or install_command(extra),
        )


def install_command(extra: str = "", options: str = "") -> str:
    """Return what to type to install this package, with the packages of an extra."""
    what = f"'.[{extra}]'" if extra else "."
    return f"In the hpa-feat checkout, run: {' '.join(['pip install', *options.split(), what])}"


def install_cupy() -> str:
    """Return what to type to install CuPy, which has a package for each version of CUDA."""
    return (
        f"{install_command('gpu')} (or '.[gpu-cuda13]' where nvidia-smi reports CUDA 13 or later)"
    )


class FieldError(HpaFeatError):
    """One field fails; the run continues and this field becomes a row of failures.csv.

    Parameters
    ----------
    message
        What is wrong, with the value found and the value expected.
    stage
        ``find``, ``read``, ``masks``, ``segment``, ``measure``, ``timeout`` or ``internal``.
    file
        The file concerned, empty for the field as a whole.
    hint
        What to do about it.
    """

    def __init__(self, message: str, *, stage: str, file: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.stage = stage
        self.file = file


class HpaFeatWarning(UserWarning):
    """Something in the data or a result is probably not as intended; the work continued."""
