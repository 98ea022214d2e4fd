"""Endoplasmic reticulum: a fine net, denser at the nucleus, with holes and a nuclear rim."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.planes import Real, band_noise, smooth_noise


def reticulum(anatomy: Anatomy, line: CellLine, rng: np.random.Generator) -> Real:
    """Return the ER's density: mesh of about 1 µm, 1 near the nucleus."""
    step = anatomy.step_um
    # Tubules follow the zero lines of noise: a mesh that branches and closes.
    mesh = band_noise(anatomy.shape, step, (0.2, 0.7), rng)
    net = np.exp(-((mesh / np.float32(0.45)) ** 2))
    patches = smooth_noise(anatomy.shape, step, (0.9, 3.5), rng)
    holes = np.clip((patches + np.float32(2.4)) / np.float32(0.6), 0, 1)
    reach = 0.3 + 0.7 * np.exp(-np.maximum(anatomy.nuclear_edge, 0) / np.float32(line.er_reach))
    sheet = np.float32(line.er_net) * net * 2 + np.float32(1 - line.er_net)
    # Sheets and tubules lie over one another: bright grains, no bare net.
    grain = band_noise(anatomy.shape, step, (0.15, 0.45), rng)
    sheet *= np.maximum(1 + np.float32(0.45) * grain, 0.1)
    rim = np.float32(0.3) * np.exp(-((anatomy.nuclear_edge / np.float32(0.25)) ** 2))
    outside = np.clip(anatomy.nuclear_edge / np.float32(0.3) + 0.5, 0, 1)
    density = sheet * holes * (1 + np.float32(0.25) * patches) * reach * outside + rim
    # Sheets above and below the nucleus shine through, and cross it in folds.
    shine = np.float32(rng.uniform(0.05, 0.3)) * np.maximum(
        1 + np.float32(0.5) * (patches + grain), 0.1
    )
    density = density + shine * (1 - outside)
    plane: Real = (density * (anatomy.labels > 0)).astype(np.float32)
    return plane
