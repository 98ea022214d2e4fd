"""Arrays in, arrays out: no names, no files. The array decides where its kernels run."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from hpa_features.core.errors import UsageError

_HOMES = {"numpy": "cpu"}


def kernels_for(*arrays: Any) -> ModuleType:
    """Return the kernel package that runs where all `arrays` are stored.

    Raises
    ------
    UsageError
        The arrays are of several libraries, or of one that has no kernels.
    """
    libraries = sorted({type(array).__module__.partition(".")[0] for array in arrays})
    if len(libraries) != 1 or libraries[0] not in _HOMES:
        raise UsageError(
            f"Labels and images must all be NumPy arrays, got {' and '.join(libraries)}.",
            hint="Convert them with numpy.asarray(...).",
        )
    return importlib.import_module(f".{_HOMES[libraries[0]]}", __name__)
