"""One simulated protein: where it lies, how bright it is, and how its fields resemble each other.

Everything but the locations is drawn without knowing them, so nothing else can give them away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hpa_features.simulate.biology import LOOSE_IN_MITOSIS, SEEN_IN_LANDMARKS
from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.patterns import PATTERNS
from hpa_features.simulate.planes import Real, band_noise, block_mean
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.seeds import stream
from hpa_features.simulate.spots import stamp

LEVEL_UM = 0.32  # the level of a structure is taken at this pixel size
LOOSE_LEVEL = 0.35  # of a nuclear protein in metaphase, when its structure's level is 1
DUST_PER_MM2 = 900.0  # specks of stray antibody


@dataclass(frozen=True, slots=True, kw_only=True)
class Protein:
    """What all fields of one protein share.

    Attributes
    ----------
    name
        Its group in tables.
    seed
        Seeds its patterns' habits.
    shares
        Location → level of its structure, the strongest being 1.
    brightness
        Level of the strongest structure as a fraction of full scale.
    diffuse
        Level of the protein that is everywhere in the cell, relative to the structures.
    variation
        Standard deviation of the log of the level from cell to cell.
    shown
        Chance that a cell shows a location.
    grain
        Coefficient of variation of the stain within a structure: antibodies sit in clumps.
    """

    name: str
    seed: int
    shares: Mapping[str, float]
    brightness: float
    diffuse: float
    variation: float
    shown: float
    grain: float


def draw_protein(name: str, seed: int, locations: Sequence[str]) -> Protein:
    """Draw a protein for `locations`; brightness and the rest come from a stream of their own."""
    light = stream(seed, name, "light")
    brightness = float(np.clip(0.2 * light.lognormal(0, 0.6), 0.04, 0.6))
    diffuse, variation, shown, grain = light.uniform((0.02, 0.1, 0.8, 0.05), (0.25, 0.5, 1.0, 0.4))
    levels = stream(seed, name, "shares").uniform(0.5, 1.0, len(locations))
    return Protein(
        name=name,
        seed=seed,
        shares=dict(zip(locations, (levels / levels.max()).tolist(), strict=True)),
        brightness=brightness,
        diffuse=float(diffuse),
        variation=float(variation),
        shown=float(shown),
        grain=float(grain),
    )


def protein_density(scene: Scene, protein: Protein, field_id: str) -> Real:
    """Return the protein's density in one field, as a fraction of full scale before optics."""
    anatomy = scene.anatomy
    count = len(anatomy.cells)
    total = np.float32(protein.diffuse) * anatomy.thickness
    for name, share in protein.shares.items():
        habit = stream(protein.seed, protein.name, "habit", name)
        rng = stream(protein.seed, field_id, "pattern", name)
        density = PATTERNS[name](scene, habit, rng)
        # A location is weak, not absent, in cells that do not show it.
        shown = np.where(rng.uniform(size=count) < protein.shown, 1.0, 0.15)
        if name in SEEN_IN_LANDMARKS:
            shown = np.ones(count)  # few cells can show it; in those it is there
        uneven = shown * rng.lognormal(0, protein.variation / 2, count)
        one = level(density, anatomy)
        if name in LOOSE_IN_MITOSIS:
            density = _loosened(density, one, anatomy)
        total += np.float32(share / one) * density * anatomy.per_cell(uneven)
    rng = stream(protein.seed, field_id, "expression")
    expression = rng.lognormal(0, protein.variation, count)
    total *= anatomy.per_cell(expression)
    speckle = band_noise(anatomy.shape, anatomy.step_um, (0.1, 0.4), rng)
    total *= np.maximum(1 + np.float32(protein.grain) * speckle, 0)
    return np.float32(protein.brightness) * (total + _dust(anatomy, rng))


def _loosened(density: Real, one: float, anatomy: Anatomy) -> Real:
    """In metaphase there is no envelope to hold a nuclear protein: it fills the cell."""
    condensed = np.array([cell.in_metaphase for cell in anatomy.cells])
    if not condensed.any():
        return density
    where = anatomy.per_cell(condensed.astype(np.float64))
    return density + where * (np.float32(LOOSE_LEVEL * one) * anatomy.thickness - density)


def level(density: Real, anatomy: Anatomy) -> float:
    """Return the mean density of a structure, the same to the eye whatever it is; 1 for none.

    The structure is where the density exceeds a quarter of what the average molecule sees,
    Σρ²/Σρ, so that neither its area nor a few hot spots matter.
    """
    seen = block_mean(density, max(1, round(LEVEL_UM / anatomy.step_um))).astype(np.float64)
    total = float(seen.sum())
    if total == 0:
        return 1.0
    return float(seen[seen > 0.25 * float((seen**2).sum()) / total].mean())


def _dust(anatomy: Anatomy, rng: np.random.Generator) -> Real:
    size = np.array(anatomy.shape) * anatomy.step_um
    count = rng.poisson(DUST_PER_MM2 * size.prod() * 1e-6)
    places = rng.uniform(0, 1, (count, 2)) * size
    specks = stamp(anatomy.shape, anatomy.step_um, places, rng.uniform(0.1, 0.4, count))
    return specks * np.float32(rng.uniform(0.3, 1.5))
