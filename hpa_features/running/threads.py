"""One thread inside each process: BLAS, OpenMP and numba would otherwise fight over the cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def usable_cores() -> int:
    """Return how many cores this process may use: affinity and container limits count."""
    from joblib import cpu_count

    return int(cpu_count())


@contextmanager
def single_threaded_children() -> Iterator[None]:
    """Processes started in here load their libraries with one thread each."""
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def single_threaded() -> Iterator[None]:
    """Libraries already loaded in this process use one thread in here."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
