"""Cellpose as a segmenter: nuclei from DNA, cells from ER and Microtubules with the nuclei."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.settings import CellposeSettings
from hpa_features.core.types import Channel, Field, Masks
from hpa_features.segmentation.cellpose.assemble import cells_of
from hpa_features.segmentation.cellpose.inputs import (
    dna_input,
    image_of,
    is_blank,
    normalized,
    stain_input,
)
from hpa_features.segmentation.cellpose.masks import Regions, Thresholds, find_regions
from hpa_features.segmentation.cellpose.network import ON_CPU, TorchNetwork, load_network
from hpa_features.segmentation.cellpose.packages import Line
from hpa_features.segmentation.cellpose.tiles import run_network
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.reconcile import reconcile

VERSION = 1
"""Of the code in this folder; raised when it gives any field other masks than before."""
NUCLEI, CELLS = Thresholds(), Thresholds(flow=0.8, cellprob=-0.4)
GPU_PIXELS = 2**22  # sixteen fields of 512²
STAINS = (Channel.ER, Channel.MICROTUBULES)
LARGE = "regions larger than 40 % of the field, excluded"
ALONE = "nuclei without a region of cytoplasm, each a cell of its own"


class _Image(NamedTuple):
    """Planes of one image on the grid, for a network."""

    grid: Grid
    planes: Sequence[NDArray[np.float32]]

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.planes[0].shape
        return rows, columns


@dataclass(slots=True)
class Cellpose:
    """The segmenter `cellpose`.

    Attributes
    ----------
    settings
        Resolved: weights by path and sha256.
    """

    settings: CellposeSettings
    _networks: dict[str, TorchNetwork] = field(default_factory=dict, repr=False)

    @property
    def takes_given(self) -> bool:
        """Given masks are not used."""
        return False

    @property
    def batch_pixels(self) -> int:
        """On a GPU several fields fill a batch of tiles; on a CPU one field does as well."""
        on_gpu = any(each.batch > ON_CPU for each in self._networks.values())
        return GPU_PIXELS if on_gpu else 1

    @property
    def digest(self) -> str:
        """Digest of the weights, the line of the package and the version of this code."""
        own = self.settings
        text = f"cellpose {VERSION} {own.line} {own.nucleus_sha256} {own.cell_sha256}"
        return hashlib.sha256(text.encode()).hexdigest()

    def prepare(self) -> None:
        """Load the networks.

        Raises
        ------
        DataError, UsageError, MissingExtra
            The weights, the device or the package cannot be used.
        """
        from hpa_features.segmentation.cellpose.devices import device_named, make_deterministic

        device = device_named(self.settings.device)
        make_deterministic()
        for path in sorted({self.settings.nucleus_path, self.settings.cell_path}):
            self._networks[path] = load_network(Path(path), device)

    def segment(self, fields: Sequence[Field]) -> list[Masks]:
        """Return the cells and nuclei of each field.

        Raises
        ------
        FieldError
            The memory of the device is too small, or a network's results are not finite.
        """
        own = self.settings
        grids = [Grid.of(each.shape, each.pixel_size_um) for each in fields]
        dna = [g.reduce(each.planes[Channel.DNA]) for g, each in zip(grids, fields, strict=True)]
        images = [_Image(g, [dna_input(each)]) for g, each in zip(grids, dna, strict=True)]
        nuclei = self._regions(own.nucleus_path, own.nucleus_diameter_um, images, NUCLEI)
        of_cells = [
            self._cell_images(*each) for each in zip(fields, grids, dna, nuclei, strict=True)
        ]
        flat = [image for images in of_cells for image in images]
        found = iter(self._regions(own.cell_path, own.cell_diameter_um, flat, CELLS))
        return [
            masks_from(grid, each, list(islice(found, len(images))))
            for grid, each, images in zip(grids, nuclei, of_cells, strict=True)
        ]

    def _cell_images(
        self, field: Field, grid: Grid, dna: NDArray[np.float32], nuclei: Regions
    ) -> list[_Image]:
        """Return what the network for cells is given of a field."""
        stains = [
            stain_input(grid.reduce(field.planes[channel]))
            for channel in STAINS
            if channel in field.planes
        ]
        if self.settings.line == Line.CP4:
            return [_Image(grid, [*stains, stain_input(dna)])]
        labels = normalized(nuclei.labels.astype(np.float32))
        return [_Image(grid, [normalized(stain), labels]) for stain in stains]

    def _regions(
        self, path: str, diameter_um: float, images: Sequence[_Image], accepted: Thresholds
    ) -> list[Regions]:
        """Return what a network finds in each image; in a blank one, nothing."""
        network = self._networks[path]
        um = diameter_um / network.diameter
        seen = [n for n, image in enumerate(images) if not is_blank(image.planes[0])]
        given = [
            image_of(image.planes[: network.channels], network.channels, _scaled(image, um))
            for image in (images[n] for n in seen)
        ]
        flows = dict(zip(seen, run_network(network, given), strict=True))
        return [
            find_regions(flows[n], accepted, image.shape) if n in flows else _nothing(image)
            for n, image in enumerate(images)
        ]


def _nothing(image: _Image) -> Regions:
    return Regions(np.zeros(image.shape, np.int32))


def _scaled(image: _Image, um: float) -> tuple[int, int]:
    """Return the shape of an image with pixels of `um`."""
    rows, columns = (max(1, round(length * image.grid.um / um)) for length in image.shape)
    return rows, columns


def masks_from(grid: Grid, nuclei: Regions, stains: Sequence[Regions]) -> Masks:
    """Return the masks of a field from its regions."""
    cells = cells_of(nuclei.labels, [each.labels for each in stains], grid)
    alone = _alone(cells, nuclei.labels)
    return reconcile(
        grid.enlarge(cells),
        grid.enlarge(nuclei.labels),
        notes={LARGE: nuclei.large + sum(each.large for each in stains), ALONE: alone},
    )


def _alone(cells: NDArray[np.int32], nuclei: NDArray[np.int32]) -> int:
    """Return how many nuclei have no pixel of their cell around them."""
    count = int(nuclei.max(initial=0))
    around = np.bincount(cells[nuclei == 0], minlength=count + 1)[1 : count + 1]
    return int((around == 0).sum())
