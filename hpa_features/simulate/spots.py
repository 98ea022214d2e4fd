"""Spots: places inside a region, and dots, dashes, discs and rings laid there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.planes import Real, Shape


def scattered(
    anatomy: Anatomy, free: NDArray[np.bool_], counts: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (n, 2) places in µm: `counts` of them a cell, anywhere where `free` is true."""
    rows, columns = np.nonzero(free)
    owner = anatomy.labels[rows, columns] - 1
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(len(counts) + 1))
    chosen = [
        order[rng.integers(first, last, count)]
        for first, last, count in zip(ends[:-1], ends[1:], counts, strict=True)
        if last > first
    ]
    at = np.concatenate(chosen) if chosen else np.empty(0, np.intp)
    places = np.stack([rows[at], columns[at]], axis=1) + rng.uniform(0, 1, (len(at), 2))
    return places * anatomy.step_um


def stamp(
    shape: Shape, step_um: float, places: NDArray[np.float64], sigma_um: NDArray[np.float64]
) -> Real:
    """Return a plane with a Gaussian dot of height 1 at each place; dots add up."""
    plane = np.zeros(shape, np.float32)
    for (y, x), sigma in zip(places, sigma_um, strict=True):
        reach = 3 * sigma
        rows, columns = (
            np.arange(max(0, int((at - reach) / step_um)), min(n, int((at + reach) / step_um) + 1))
            for at, n in zip((y, x), shape)
        )
        across = np.exp(-0.5 * (((rows + 0.5) * step_um - y) / sigma) ** 2)
        along = np.exp(-0.5 * (((columns + 0.5) * step_um - x) / sigma) ** 2)
        if rows.size and columns.size:
            box = plane[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            box += np.outer(across, along)
    return plane


def stamp_dashes(
    anatomy: Anatomy,
    places: NDArray[np.float64],
    headings: NDArray[np.float64],
    sigmas_um: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Real:
    """Return a plane of long Gaussian dots of height 1; `sigmas_um`: along and across."""
    plane = np.zeros(anatomy.shape, np.float32)
    for place, heading, along, across in zip(places, headings, *sigmas_um, strict=True):
        box, y, x = _around(anatomy, place, 3 * max(along, across))
        sine, cosine = np.float32(np.sin(heading)), np.float32(np.cos(heading))
        ahead = (y * sine + x * cosine) / np.float32(along)
        aside = (y * cosine - x * sine) / np.float32(across)
        plane[box] += np.exp(np.float32(-0.5) * (ahead**2 + aside**2))
    return plane


def stamp_discs(
    anatomy: Anatomy, places: NDArray[np.float64], radii_um: NDArray[np.float64]
) -> Real:
    """Return a plane that is 1 inside discs, 0 outside, with edges of 0.2 µm."""
    plane = np.zeros(anatomy.shape, np.float32)
    for place, radius in zip(places, radii_um, strict=True):
        box, y, x = _around(anatomy, place, radius + 0.2)
        soft = np.clip((np.float32(radius) - np.hypot(y, x)) / np.float32(0.2) + 0.5, 0, 1)
        np.maximum(plane[box], soft, out=plane[box])
    return plane


def stamp_rings(
    anatomy: Anatomy, places: NDArray[np.float64], radii_um: NDArray[np.float64], sigma_um: float
) -> Real:
    """Return a plane of circles whose profile is a Gaussian of height 1."""
    plane = np.zeros(anatomy.shape, np.float32)
    for place, radius in zip(places, radii_um, strict=True):
        box, y, x = _around(anatomy, place, radius + 3 * sigma_um)
        off = (np.hypot(y, x) - np.float32(radius)) / np.float32(sigma_um)
        np.maximum(plane[box], np.exp(np.float32(-0.5) * off**2), out=plane[box])
    return plane


def _around(
    anatomy: Anatomy, place: NDArray[np.float64], reach: float
) -> tuple[tuple[slice, slice], Real, Real]:
    """Return the part of the plane within `reach` of `place`, and its y and x from there."""
    step = anatomy.step_um
    rows, columns = (
        slice(
            min(n, max(0, int((at - reach) / step))), min(n, max(0, int((at + reach) / step) + 1))
        )
        for at, n in zip(place, anatomy.shape)
    )
    y, x = (
        ((np.arange(part.start, part.stop) + 0.5) * step - at).astype(np.float32)
        for part, at in zip((rows, columns), place)
    )
    return (rows, columns), y[:, None], x[None, :]
