"""What other packages for GPUs do on the same arrays as a kernel of ours, where they do the same.

They have no function for many cells of different sizes at once: what they do by labels is one call,
what they do by images is a call for each cell. Haralick, ranks, spectra of bands, contacts and
resampling by area have no equivalent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
from gpu_calls import Call, Checked

from hpa_features.kernels.nested import with_arrays

_REPEATS = 5


@dataclass(frozen=True)
class Libraries:
    """CuPy, `cupyx.scipy.ndimage`, and a function like SciPy's `distance_transform_edt`."""

    xp: Any
    ndimage: Any
    distances: Callable[..., Any] | None


@dataclass(frozen=True)
class Compared:
    """A kernel and its equivalent.

    Attributes
    ----------
    kernel, other
        Their names.
    apart
        Largest difference of their results; None: they differ by definition.
    ours_s, other_s
        Seconds of one call.
    """

    kernel: str
    other: str
    apart: float | None
    ours_s: float
    other_s: float


def installed() -> tuple[Libraries | None, str]:
    """Return what is installed of them, and a line for what is missing."""
    try:
        xp, ndimage = import_module("cupy"), import_module("cupyx.scipy.ndimage")
    except ImportError as error:
        return None, f"Not compared with cupyx: {error}."
    try:
        distances = import_module("cucim.core.operations.morphology").distance_transform_edt
    except ImportError as error:
        return Libraries(xp, ndimage, None), f"Not compared with cuCIM: {error}."
    return Libraries(xp, ndimage, distances), ""


def _cells(layout: Any) -> list[tuple[slice, tuple[int, int]]]:
    """Return where each cell's crop lies, and its shape."""
    ends = pairwise(layout.starts.tolist())
    shapes = layout.shape.tolist()
    return [
        (slice(begin, end), (rows, columns))
        for (begin, end), (rows, columns) in zip(ends, shapes, strict=True)
    ]


def _labelled(function: str, column: int | None) -> Callable[..., Any]:
    """Return an equivalent by labels; `column` is where our kernel has that number."""

    def made(call: Call, libraries: Libraries, sent: Callable[..., Any]) -> Any:
        images, masks, layout = call.arguments
        image, mask = _first(images), _first(masks)
        sizes = np.diff(layout.starts)
        numbers = np.repeat(np.arange(1, sizes.size + 1, dtype=np.int32), sizes)
        labels = sent(np.where(mask, numbers, 0).astype(np.int32))
        index, values = sent(np.arange(1, sizes.size + 1)), sent(image)
        counted = [int(np.count_nonzero(each)) for each in np.split(mask, layout.starts[1:-1])]
        ours = _first(call.result)
        ours = ours if column is None else ours[:, column]

        def run() -> Any:
            return getattr(libraries.ndimage, function)(values, labels, index)

        return run, ours, np.array(counted) > 0

    return made


def _distances(call: Call, libraries: Libraries, sent: Callable[..., Any]) -> Any:
    if libraries.distances is None:
        return None
    mask, layout = call.arguments
    distances = libraries.distances
    crops = [sent(~_first(mask)[at].reshape(shape)) for at, shape in _cells(layout)]
    steps = layout.step_um.tolist()

    def run() -> Any:
        found = [distances(crop) * step for crop, step in zip(crops, steps, strict=True)]
        return libraries.xp.concatenate([each.ravel() for each in found])

    ours = _first(call.result)
    return run, ours, np.isfinite(ours)


def _smoothed(call: Call, libraries: Libraries, sent: Callable[..., Any]) -> Any:
    images, _, um, layout = call.arguments
    image, sigma_um = _first(images), um[0] if isinstance(um, list) else um
    crops = [sent(image[at].reshape(shape).astype(float)) for at, shape in _cells(layout)]
    sigmas = [sigma_um / step for step in layout.step_um.tolist()]

    def run() -> Any:
        pairs = zip(crops, sigmas, strict=True)
        return [libraries.ndimage.gaussian_filter(crop, sigma) for crop, sigma in pairs]

    return run, None, None  # zeros beyond the cell, and three boxes for a Gaussian


EQUIVALENTS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "means": ("cupyx.scipy.ndimage.mean", _labelled("mean", 1)),
    "peaks": ("cupyx.scipy.ndimage.maximum", _labelled("maximum", None)),
    "gaps": ("cucim distance_transform_edt, each cell", _distances),
    "smooth_images": ("cupyx.scipy.ndimage.gaussian_filter, each cell", _smoothed),
}
"""Kernel → its equivalent, and what prepares that on the arguments of a call, first item."""


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def compared(calls: Iterable[Checked], libraries: Libraries, gpu: ModuleType) -> list[Compared]:
    """Run both on the first call of each kernel that has an equivalent, for its first item."""
    found, seen = [], set()
    for each in calls:
        name = each.call.name
        if name not in EQUIVALENTS or name in seen:
            continue
        seen.add(name)
        other, prepare = EQUIVALENTS[name]
        made = prepare(each.call, libraries, gpu.from_host)
        if made is None:
            continue
        run, ours, there = made
        apart = None
        if ours is not None:
            [result] = gpu.to_host([run()])
            apart = float(np.abs(result[there] - ours[there]).max(initial=0.0))
        own = [leading(argument) for argument in each.call.arguments]
        own = with_arrays(own, gpu.from_host)
        ours_s = _seconds(lambda own=own, name=name: getattr(gpu, name)(*own), gpu)
        found.append(Compared(name, other, apart, ours_s, _seconds(run, gpu)))
    return found


def leading(argument: Any) -> Any:
    """Return a list's first value, as a list of one."""
    return argument[:1] if isinstance(argument, list) else argument


def _seconds(work: Callable[[], Any], gpu: ModuleType) -> float:
    taken = []
    for _ in range(_REPEATS + 1):
        gpu.device.wait()
        began = time.perf_counter()
        work()
        gpu.device.wait()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken[1:]))


def lines_of(found: Iterable[Compared], missing: str) -> list[str]:
    """Return the table of kernels and their equivalents."""
    rows = [
        f"| {each.kernel} | {each.other} | "
        f"{'by definition' if each.apart is None else f'{each.apart:.1e}'} | "
        f"{1e3 * each.ours_s:.3f} | {1e3 * each.other_s:.3f} | {each.other_s / each.ours_s:.1f} |"
        for each in found
    ]
    head = [
        "| kernel | equivalent | difference | ours ms | its ms | ratio |",
        "|---|---|--:|--:|--:|--:|",
    ]
    table = [*head, *rows, ""] if rows else []
    note = [missing, ""] if missing else []
    return ["## Equivalents in other packages: one image, all cells", "", *table, *note]
