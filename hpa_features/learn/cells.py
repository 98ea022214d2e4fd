"""The cells of images: one row a cell, the cells of an image next to one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.folds import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Measured cells in the order of their images.

    Attributes
    ----------
    values
        (cells, columns) float32, maybe a file that is read where it is touched; NaN where
        undefined.
    starts
        (images + 1,) the cells of image i are those from `starts[i]` to `starts[i + 1]`.
    """

    values: NDArray[np.float32]
    starts: Rows

    @property
    def counts(self) -> Rows:
        """(images,) number of cells."""
        return np.diff(self.starts)

    def places(self, images: Rows) -> Rows:
        """Return where the cells of these images lie, image by image."""
        counts = self.counts[images]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.asarray(np.repeat(self.starts[images], counts) + within)

    def of(self, images: Rows) -> Cells:
        """Return the cells of these images, in this order."""
        starts = np.concatenate([[0], np.cumsum(self.counts[images])])
        return Cells(np.ascontiguousarray(self.values[self.places(images)]), starts)

    def draw(self, images: Rows, most: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
        """Draw cells equally over images: every image gives its first before any its second.

        Parameters
        ----------
        images
            Sorted numbers of the images.
        most
            So many cells, or one of every image that has some where that is more.

        Returns
        -------
        places, owners
            (drawn,) where the cells lie, sorted, and the image of each.
        """
        counts = self.counts[images]
        places, owners = self.places(images), np.repeat(images, counts)
        shuffled = np.lexsort((rng.random(len(places)), owners))  # by image, by lot within it
        turn = np.empty(len(places), dtype=np.intp)
        turn[shuffled] = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        most = max(most, int(np.count_nonzero(counts)))
        drawn = np.sort(np.lexsort((rng.random(len(places)), turn))[:most])
        return places[drawn], owners[drawn]
