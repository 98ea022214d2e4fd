"""The masks of one field against its reference masks: what `evaluate_masks` does in a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import FieldError
from hpa_features.core.failures import Failure
from hpa_features.core.judge_settings import EvaluateMasksSettings
from hpa_features.core.types import PixelSizeSource
from hpa_features.running.executor import Monitor
from hpa_features.running.isolation import run_isolated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.segmentation.agreement import Agreement


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """How the masks of one field agree.

    Attributes
    ----------
    id
        The field.
    pixel_size_um
        Edge of a pixel in µm, None where it is not known: then there is no boundary F1.
    assumed
        Whether that is a guess.
    all, inner
        Counts of all objects, and of those that remain without border objects.
    """

    id: str
    pixel_size_um: float | None
    assumed: bool
    all: Agreement
    inner: Agreement


def recorded_pixel_sizes(folders: Sequence[str]) -> Mapping[str, float]:
    """Return the pixel size of each field that a run of `segment` into a folder has recorded."""
    from hpa_features.io.store.journal import journals_in, read_journal

    return {
        field_id: entry.inputs.pixel_size_um
        for folder in folders
        for journal in journals_in(Path(folder))
        for field_id, entry in read_journal(journal).items()
        if entry.inputs.pixel_size_um is not None
    }


@dataclass(frozen=True, slots=True)
class CompareMasks:
    """The work on one field; pickled into worker processes.

    Attributes
    ----------
    settings
        What is compared, and the tolerance of boundaries.
    folders
        Predicted and reference masks.
    pixel_sizes
        In µm, of the fields where they are recorded.
    """

    settings: EvaluateMasksSettings
    folders: Sequence[str]
    pixel_sizes: Mapping[str, float]

    def __call__(self, field_id: str, monitor: Monitor) -> FieldAgreement | Failure:
        """Return how the masks of a field agree, or why they cannot be compared."""
        found = run_isolated(field_id, partial(self._one, field_id))
        monitor.done()
        return found

    def _one(self, field_id: str) -> FieldAgreement:
        from hpa_features.segmentation.agreement import agreement, without_border

        (_, predicted), (file, reference) = (self._read(each, field_id) for each in self.folders)
        if predicted.shape != reference.shape:
            one, other = (" × ".join(map(str, each.shape)) for each in (predicted, reference))
            raise FieldError(
                f"the masks differ in size: {one} (rows × columns) in {self.folders[0]}, {other} "
                f"in {self.folders[1]}.",
                stage="masks",
                file=file,
                hint="Both must be masks of the same pixels.",
            )
        um, assumed = self._pixel_size(field_id, reference.shape)
        tolerance = None if um is None else self.settings.tolerance_um / um
        inner = without_border(predicted, reference)
        return FieldAgreement(
            field_id,
            um,
            assumed,
            agreement(predicted, reference, tolerance),
            agreement(*inner, tolerance),
        )

    def _read(self, folder: str, field_id: str) -> tuple[str, NDArray[np.int32]]:
        from hpa_features.io.masks import read_mask

        settings = replace(self.settings.input, masks=folder)
        file, labels = read_mask(field_id, self.settings.objects, settings)
        return file, _parts(labels) if self.settings.objects == "nuclei" else labels

    def _pixel_size(self, field_id: str, shape: tuple[int, ...]) -> tuple[float | None, bool]:
        from hpa_features.io.pixel_size import size_by_name

        known = self.settings.input.pixel_size_um or self.pixel_sizes.get(field_id)
        if known is not None:
            return known, False
        named = size_by_name([field_id], (shape[0], shape[1]))
        return (None, False) if named is None else (named[0], named[1] is PixelSizeSource.ASSUMED)


def _parts(nuclei: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return each connected region as an object of its own.

    All nuclei of a cell have the cell's number in the masks that `segment` writes.
    """
    import numpy as np
    from skimage.measure import label

    return np.asarray(label(nuclei, connectivity=2), dtype=np.int32)
