"""`segment` and `measure`: fields to masks to tables."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, overload

from numpy.typing import NDArray

from hpa_features.api.checks import executor_of
from hpa_features.api.fields import PathLike, naming, read_fields
from hpa_features.api.python_words import PYTHON, speaks_python
from hpa_features.core.errors import UsageError
from hpa_features.core.settings import ExtractSettings, Level, SegmenterName, SegmentSettings
from hpa_features.core.types import Field, Masks

if TYPE_CHECKING:
    import pandas as pd

MasksInput: TypeAlias = Masks | tuple[NDArray[Any], NDArray[Any] | None]
FieldsInput: TypeAlias = Field | Iterable[Field] | PathLike

_LEVELS = (Level.IMAGE, Level.CELLS)


@overload
def segment(
    fields: Field, segmenter: str = "watershed", *, cellpose: Mapping[str, Any] | None = None
) -> Masks: ...
@overload
def segment(
    fields: Iterable[Field] | PathLike,
    segmenter: str = "watershed",
    *,
    cellpose: Mapping[str, Any] | None = None,
) -> list[Masks]: ...
@speaks_python
def segment(
    fields: FieldsInput,
    segmenter: str = "watershed",
    *,
    cellpose: Mapping[str, Any] | None = None,
) -> Masks | list[Masks]:
    """Find the cells and nuclei of fields.

    Parameters
    ----------
    fields
        One field, several, or a path as `read_fields` takes it.
    segmenter
        ``watershed``: nuclei from DNA, cells grown from them over ER and microtubules.
        ``whole-field``: the field is one cell. ``precomputed``: the masks that `read_fields` found.
        ``auto``: those where there are some, else watershed. ``cellpose``: the networks of
        Cellpose, which need its package and weights (docs/segmentation.md).
    cellpose
        Settings of Cellpose by name: ``nucleus_diameter_um`` (15), ``cell_diameter_um`` (40),
        ``nucleus_model`` and ``cell_model`` (a name or a file), ``device`` (``auto``, ``cpu`` or
        ``gpu``).

    Returns
    -------
    Masks or list of Masks
        One for one field, else a list in the same order. `cells` and `nuclei` are (rows, columns)
        int32 label images: 0 is outside, cells are numbered from 1 in raster order, and a nucleus
        has the number of its cell. Cells at the border and cells without a nucleus are kept.

    Raises
    ------
    HpaFeatError
        There is no such segmenter, or a field has no masks and needs some; Cellpose or its
        weights are missing.

    Examples
    --------
    >>> import hpa_features as hf
    >>> field = hf.read_fields("fields/manifest.csv")[0]
    >>> masks = hf.segment(field)
    >>> masks.cells.shape == field.shape, masks.count == int(masks.cells.max())
    (True, True)
    """
    finding = _finding(_segmenter_named(segmenter), cellpose or {})
    chosen = as_fields(fields)
    masks = [find_cells_of(field, finding) for field in chosen]
    return masks[0] if isinstance(fields, Field) else masks


@speaks_python
def measure(
    fields: FieldsInput,
    masks: MasksInput | Sequence[MasksInput] | None = None,
    features: str | Sequence[str] = "default",
    level: str = "image",
    *,
    grid_um: float = ExtractSettings().grid_um,
    jobs: int = 1,
) -> pd.DataFrame:
    """Measure the cells of fields.

    The first call on a machine compiles kernels, which takes about a minute.

    Parameters
    ----------
    fields
        One field, several, or a path as `read_fields` takes it.
    masks
        For each field `Masks`, or a pair ``(cells, nuclei)`` of (rows, columns) label images: 0 is
        outside, any positive numbers are cells. A nucleus belongs to the cell that holds most of
        it; cells are never grown, split or merged. None: cells are found as
        ``segment(fields, "auto")`` finds them.
    features
        ``default``, ``all``, or names of families (`describe_features` lists them); ``mahotas``
        is in neither of the two.
    level
        ``image``: a row for each field, with statistics of its cells. ``cells``: a row for each
        cell.
    grid_um
        Edge of a pixel in µm to which fields are resampled before they are measured.
    jobs
        Processes at once.

    Returns
    -------
    pandas.DataFrame
        float32 features, NaN where undefined, after ``Metadata_`` columns. The index is
        ``Metadata_Id``, with ``Metadata_ObjectNumber`` for cells: the number of the cell in the
        mask that was given. `describe_features` has the units. ``attrs["hpa_feat"]`` holds the
        settings, which `train` keeps so that a model can measure fields itself.

    Raises
    ------
    HpaFeatError
        Masks do not fit their fields, two fields have one id, or there is no such family.

    Examples
    --------
    >>> import hpa_features as hf
    >>> fields = hf.read_fields("fields/manifest.csv")[:2]
    >>> masks = hf.segment(fields)
    >>> images = hf.measure(fields, masks, features="AreaShape")
    >>> images.shape[0], images["Metadata_CellCount"].tolist() == [m.count for m in masks]
    (2, True)
    >>> cells = hf.measure(fields, masks, features="AreaShape", level="cells")
    >>> cells.index.names
    FrozenList(['Metadata_Id', 'Metadata_ObjectNumber'])
    """
    from hpa_features.api.frames import frame_of
    from hpa_features.pipeline.memory import measure_memory

    if level not in _LEVELS:
        raise UsageError(f"level must be {' or '.join(_LEVELS)}, got {level!r}.")
    if not 0 < grid_um < math.inf:
        raise UsageError(f"grid_um must be above 0, got {grid_um:g}.")
    executor = executor_of(jobs)
    words = features.split(",") if isinstance(features, str) else features
    settings = ExtractSettings(families=tuple(word.strip() for word in words), grid_um=grid_um)
    pairs = pairs_of(fields, masks)
    measured = measure_memory(pairs, settings, PYTHON, executor)
    return frame_of(measured.cells if level == Level.CELLS else measured.images)


def as_fields(fields: FieldsInput) -> list[Field]:
    """Return fields as a list.

    Raises
    ------
    UsageError
        There are none, or something is not a field.
    """
    if isinstance(fields, str | os.PathLike):
        return read_fields(fields)
    chosen = list(fields) if isinstance(fields, Iterable) else [fields]
    for each in chosen:
        if not isinstance(each, Field):
            raise UsageError(
                f"Expected fields, got {type(each).__name__}.",
                hint="Make one of four arrays with make_field(...).",
            )
    if not chosen:
        raise UsageError("There are no fields.")
    return chosen


def pairs_of(
    fields: FieldsInput,
    masks: MasksInput | Sequence[MasksInput] | None,
    finding: SegmentSettings | None = None,
) -> list[tuple[Field, Masks]]:
    """Return each field with its clean masks, found by settings `finding` where none are given.

    None: as ``auto`` finds them.

    Raises
    ------
    UsageError
        Two fields have one id, there are more or fewer masks than fields, or something is not a
        pair of masks.
    FieldError
        Masks do not fit their field.
    """
    from hpa_features.pipeline.memory import refuse_repeated
    from hpa_features.pipeline.segmenters import with_cellpose

    chosen = as_fields(fields)
    refuse_repeated([field.id for field in chosen])
    if masks is None:
        finding = with_cellpose(finding or SegmentSettings(), PYTHON)
        return [(field, find_cells_of(field, finding)) for field in chosen]
    if isinstance(masks, Masks) or (isinstance(fields, Field) and _is_masks(masks)):
        given: list[object] = [masks]
    else:
        given = list(masks)
    if len(given) != len(chosen):
        raise UsageError(
            f"{len(chosen):,} fields and {len(given):,} masks were given.",
            hint="Pass one Masks or (cells, nuclei) for each field, in the same order.",
        )
    return [(field, _clean(field, each)) for field, each in zip(chosen, given, strict=True)]


def find_cells_of(field: Field, finding: SegmentSettings) -> Masks:
    """Return the masks of one field; an error names it."""
    from hpa_features.pipeline.memory import find_cells

    with naming(field.id):
        return find_cells(field, finding.segmenter, PYTHON, finding.cellpose)


def _finding(segmenter: SegmenterName, chosen: Mapping[str, Any]) -> SegmentSettings:
    """Return the settings of a segmenter, those of Cellpose resolved."""
    from hpa_features.pipeline.segmenters import with_cellpose
    from hpa_features.segmentation.cellpose.resolve import CHOICES, chosen_settings

    unknown = sorted(set(chosen) - set(CHOICES))
    if unknown:
        raise UsageError(
            f"Cellpose has no setting {unknown[0]!r}.", hint=f"Choose from {', '.join(CHOICES)}."
        )
    cellpose = chosen_settings(segmenter, chosen)
    return with_cellpose(SegmentSettings(segmenter=segmenter, cellpose=cellpose), PYTHON)


def _segmenter_named(name: str) -> SegmenterName:
    if name not in list(SegmenterName):
        raise UsageError(
            f"There is no segmenter {name!r}.", hint=f"Choose from {', '.join(SegmenterName)}."
        )
    return SegmenterName(name)


def _is_masks(value: object) -> TypeGuard[MasksInput]:
    """Whether it is the masks of one field."""
    if isinstance(value, Masks):
        return True
    several = (Masks, tuple, list)
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and not any(isinstance(each, several) for each in value)
    )


def _clean(field: Field, masks: object) -> Masks:
    """Return masks that fit `field`: labels 1 to n, each nucleus in its cell."""
    from hpa_features.api.pixels import given_masks

    if not _is_masks(masks):
        raise UsageError(
            f"Field {field.id}: expected Masks or a pair (cells, nuclei), got "
            f"{type(masks).__name__}.",
            hint="Where only cells are known, (cells, None) finds their nuclei in DNA.",
        )
    if isinstance(masks, Masks):
        if masks.cells.shape != field.shape:
            raise UsageError(
                f"Field {field.id} has shape {field.shape}, its masks {masks.cells.shape}.",
                hint="Pass fields and masks in the same order.",
            )
        return masks
    cells, nuclei = masks
    with naming(field.id):
        given = given_masks(cells, nuclei, field.shape)
    precomputed = SegmentSettings(segmenter=SegmenterName.PRECOMPUTED)
    return find_cells_of(replace(field, given=given), precomputed)
