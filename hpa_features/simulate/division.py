"""What microtubules build in dividing cells: the spindle, and the bundle of the bridge."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.cells import Anatomy, Cell, Division, Phase
from hpa_features.simulate.planes import Real

SPINDLE_DENSITY, BUNDLE_DENSITY = 16.0, 20.0  # µm of microtubule per µm²
LEFT_OVER = 0.12  # share of the interphase network that is left in metaphase
GAP_UM = 0.35  # half the length of the midbody, which the antibody hardly enters


def divisions(anatomy: Anatomy, phase: Phase) -> list[Division]:
    """Return the divisions of one phase, each once."""
    found = [cell.division for cell in anatomy.cells if cell.division is not None]
    return [each for each in dict.fromkeys(found) if each.phase is phase]


def spindles(anatomy: Anatomy, rng: np.random.Generator) -> Real:
    """Return the density of spindle microtubules: fibres from both poles, widest at the plate."""
    plane = np.zeros(anatomy.shape, np.float32)
    for number, cell in enumerate(anatomy.cells, start=1):
        if not cell.in_metaphase or cell.division is None:
            continue
        box, ahead, aside = _frame(anatomy, cell.division, 1.3)
        reach = np.float32(cell.division.reach)
        waist = np.float32(rng.uniform(0.65, 0.85)) * reach
        width = waist * np.sqrt(np.clip(1 - (ahead / reach) ** 2, 0, 1)) + np.float32(0.35)
        meridian = aside / width
        fibres = _fibres(meridian, 6, rng)
        inside = np.exp(-(meridian**4)) * (np.abs(ahead) < reach + 0.3)
        # Fibres lie closer together at the poles.
        plane[box] += inside * fibres * (np.float32(0.35) + np.float32(0.65) * waist / width / 2)
        plane[box] *= anatomy.labels[box] == number
    return plane * np.float32(SPINDLE_DENSITY)


def bundles(anatomy: Anatomy, rng: np.random.Generator) -> Real:
    """Return the density of the bundles in bridges: tight in the middle, fanning out in bodies."""
    plane = np.zeros(anatomy.shape, np.float32)
    for division in divisions(anatomy, Phase.BRIDGE):
        box, ahead, aside = _frame(anatomy, division, 1.0)
        far = np.abs(ahead)
        reach = np.float32(division.reach * rng.uniform(0.55, 0.8))
        width = np.float32(0.3) + np.float32(0.16) * np.maximum(far - np.float32(1.5), 0)
        fibres = _fibres(aside / width, 3, rng)
        end = np.clip((reach - far) / np.float32(1.0), 0, 1)
        end *= np.clip((anatomy.nuclear_edge[box] - np.float32(0.3)) / np.float32(0.8), 0, 1)
        gap = 1 - np.float32(0.75) * np.exp(-((ahead / np.float32(GAP_UM)) ** 4))
        thin = np.float32(0.3) / width
        plane[box] += np.exp(-((aside / width) ** 2)) * fibres * end * gap * np.sqrt(thin)
    return plane * (anatomy.labels > 0) * np.float32(BUNDLE_DENSITY)


def left_over(anatomy: Anatomy) -> Real:
    """Return the share of the interphase network that each pixel keeps."""
    return anatomy.per_cell(np.array([_share(cell) for cell in anatomy.cells]))


def _share(cell: Cell) -> float:
    return LEFT_OVER if cell.in_metaphase else 1.0


def _fibres(across: Real, waves: int, rng: np.random.Generator) -> Real:
    """Return stripes about 1 that depend on `across` only."""
    total = np.ones_like(across)
    for wave in range(2, waves + 1):
        phase = np.float32(rng.uniform(0, 2 * np.pi))
        total += np.float32(0.25) * np.sin(np.float32(2.0 * wave) * across + phase)
    return np.maximum(total, np.float32(0.15))


def _frame(
    anatomy: Anatomy, division: Division, wider: float
) -> tuple[tuple[slice, slice], Real, Real]:
    """Return the pixels about a division with their distances in µm along and across its axis."""
    reach, step = division.reach * wider + 0.5, anatomy.step_um
    rows, columns = (
        slice(min(n, max(0, int((at - reach) / step))), min(n, max(0, int((at + reach) / step))))
        for at, n in zip(division.at, anatomy.shape)
    )
    y, x = (
        ((np.arange(part.start, part.stop) + 0.5) * step - at).astype(np.float32)
        for part, at in zip((rows, columns), division.at)
    )
    sine, cosine = np.float32(np.sin(division.axis)), np.float32(np.cos(division.axis))
    ahead: Real = y[:, None] * sine + x[None, :] * cosine
    aside: Real = x[None, :] * sine - y[:, None] * cosine
    return (rows, columns), ahead, aside
