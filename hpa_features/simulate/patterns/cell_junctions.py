"""Cell junctions: long stretches and patches where cells touch, nowhere else."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from hpa_features.simulate.contacts import contact_edge
from hpa_features.simulate.planes import Real, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: width, share of the contact."""
    width, cut = habit.uniform(0.06, 0.16), np.float32(habit.uniform(-0.8, 0.6))
    anatomy = scene.anatomy
    patches = smooth_noise(anatomy.shape, anatomy.step_um, (0.5, 3.0), rng)
    line = contact_edge(anatomy) * np.clip((patches - cut) / np.float32(0.4), 0.05, 1)
    sigma = width / anatomy.step_um
    thin: Real = ndimage.gaussian_filter(line.astype(np.float32), sigma, truncate=3.0)
    # The line is two pixels wide; blurred, it has this height.
    height = 2 / (np.sqrt(2 * np.pi) * sigma)
    plane: Real = thin / np.float32(height)
    return plane * (anatomy.labels > 0)
