"""One simulated field: plan in, pixels and true masks out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hpa_features.core.tables import SIMULATED, TRUE
from hpa_features.core.types import Channel, Field, Masks, PixelSizeSource, Plane
from hpa_features.simulate import optics
from hpa_features.simulate.biology import SEEN_IN_LANDMARKS
from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.culture import INTERPHASE, Culture
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.planes import Real, block_mean
from hpa_features.simulate.protein import Protein, protein_density
from hpa_features.simulate.scene import Scene, scene
from hpa_features.simulate.seeds import stream

RENDER_UM = 0.16  # coarsest render pixel; the finest detail, the PSF, is 0.25 µm wide
LEAST_CELL_UM2 = 4.0  # a sliver of a cell at the frame smaller than this has no label


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """All that decides how one field looks.

    Attributes
    ----------
    id
        Its name; with the protein's seed it also seeds everything drawn for this field.
    protein
        What the Protein channel shows.
    line
        The cell line.
    shape
        (rows, columns) in pixels.
    pixel_size_um
        Edge of a pixel in µm.
    bit_depth
        8 or 16.
    culture
        The state of its cells.
    bleed
        Greatest share of each landmark's light that shows in Protein.
    """

    id: str
    protein: Protein
    line: CellLine
    shape: tuple[int, int]
    pixel_size_um: float
    bit_depth: int
    culture: Culture = INTERPHASE
    bleed: float = 0.0


@dataclass(frozen=True, slots=True)
class SimulatedField:
    """A field and its truth."""

    field: Field
    masks: Masks


def simulate_field(plan: FieldPlan) -> SimulatedField:
    """Return the four channels of one field with the masks of its cells and nuclei."""
    factor = max(1, int(np.ceil(plan.pixel_size_um / RENDER_UM - 1e-6)))
    step_um = plan.pixel_size_um / factor
    shape = (plan.shape[0] * factor, plan.shape[1] * factor)
    view = scene(
        plan.line,
        shape,
        step_um,
        plan.protein.seed,
        plan.id,
        culture=plan.culture,
        needs=SEEN_IN_LANDMARKS & set(plan.protein.shares),
    )
    full_scale = 2**plan.bit_depth - 1
    planes = _planes(view, plan, factor, full_scale)
    field = Field(
        id=plan.id,
        planes=planes,
        full_scale=dict.fromkeys(planes, full_scale),
        pixel_size_um=plan.pixel_size_um,
        pixel_size_source=PixelSizeSource.MANIFEST,
        metadata={
            "Antibody": plan.protein.name,
            "CellLine": plan.line.name,
            SIMULATED: TRUE,
        },
    )
    return SimulatedField(field, _true_masks(view.anatomy, factor, plan.pixel_size_um))


def _planes(view: Scene, plan: FieldPlan, factor: int, full_scale: int) -> Mapping[Channel, Plane]:
    seed = plan.protein.seed
    step_um = view.anatomy.step_um
    thickness = view.anatomy.thickness
    focus = block_mean(np.float32(0.35) + np.float32(0.65) * thickness, factor)
    lamp = _illumination(focus.shape, stream(seed, plan.id, "lamp"))
    stained = _staining(view.anatomy, stream(seed, plan.id, "staining"))
    densities = {
        Channel.DNA: view.dna,
        Channel.MICROTUBULES: view.microtubules * thickness * stained[0],
        Channel.ER: view.er * thickness * stained[1],
        Channel.PROTEIN: protein_density(view, plan.protein, plan.id),
    }
    planes: dict[Channel, Plane] = {}
    # Protein comes last: it gets a share of the other three.
    stray = stream(seed, plan.id, "stray")
    background, leaks = stray.uniform(0, plan.culture.background, 4), stray.uniform(0, 1, 3)
    leaked = np.zeros(lamp.shape, np.float32)
    for channel, density in densities.items():
        rng = stream(seed, plan.id, "camera", channel)
        camera = optics.draw_camera(rng)
        light = optics.blurred(density, factor, step_um, focus, camera) * lamp
        if channel is not Channel.PROTEIN:
            # Each landmark is exposed for itself: its brightest 0.3 % near full scale.
            brightest = max(float(np.quantile(light, 0.997)), 1e-6)
            light *= np.float32(rng.uniform(0.45, 0.8) / brightest)
            leaked += np.float32(plan.bleed * leaks[len(planes)]) * light
        else:
            light += leaked
        light += np.float32(background[len(planes)]) * lamp
        planes[channel] = optics.recorded(light, full_scale, plan.pixel_size_um, camera, rng)
    return planes


def _staining(anatomy: Anatomy, rng: np.random.Generator) -> tuple[Real, Real]:
    """Cells take up the stains of microtubules and ER unequally, by about 20 %."""
    first, second = rng.lognormal(0, 0.2, (2, len(anatomy.cells)))
    return anatomy.per_cell(first), anatomy.per_cell(second)


def _illumination(shape: tuple[int, ...], rng: np.random.Generator) -> Real:
    """Light falls off towards one side by up to 15 %, the same in all channels."""
    rows, columns = (np.linspace(-0.5, 0.5, n, dtype=np.float32) for n in shape)
    angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.15)
    slope: Real = np.sin(angle) * rows[:, None] + np.cos(angle) * columns
    result: Real = (1 - fall * (0.5 + slope)).astype(np.float32)
    return result


def _true_masks(anatomy: Anatomy, factor: int, pixel_um: float) -> Masks:
    """Sample the labels at pixel centres and number cells in raster order."""
    middle = slice(factor // 2, None, factor)
    sampled = anatomy.labels[middle, middle]
    in_nucleus = anatomy.nuclei[middle, middle]
    cells = np.zeros(sampled.shape, np.int32)
    least = max(1.0, LEAST_CELL_UM2 / pixel_um**2)
    values, first = np.unique(sampled, return_index=True)
    boxes = ndimage.find_objects(sampled)
    count = 0
    for value in values[np.argsort(first)]:
        if value == 0:
            continue
        box = boxes[value - 1]
        pieces, _ = ndimage.label(sampled[box] == value)
        sizes = np.bincount(pieces.ravel())[1:]
        if sizes.max() < least:
            continue
        count += 1
        cells[box][pieces == 1 + int(np.argmax(sizes))] = count
    nuclei = np.where(in_nucleus, cells, 0).astype(np.int32)
    return Masks(
        cells=cells,
        nuclei=nuclei,
        object_numbers=np.arange(1, count + 1, dtype=np.int64),
        nucleus_counts=_nucleus_counts(nuclei, count),
    )


def _nucleus_counts(nuclei: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    counts = np.zeros(count, np.int32)
    for number, box in enumerate(ndimage.find_objects(nuclei, count)):
        if box is not None:
            counts[number] = ndimage.label(nuclei[box] == number + 1)[1]
    return counts
