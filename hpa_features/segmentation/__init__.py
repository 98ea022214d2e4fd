"""A field in, its masks out.

`segment` finds the cells of a field; `SEGMENTERS` is the table of ways. Watershed takes nuclei
from DNA (`nuclei`), what is cell from ER and Microtubules (`cytoplasm`), grows the cells
(`cells`), puts nuclei that share one together (`sharing`) and outlines each nucleus anew
(`outlines`); `reconcile` makes any two label images clean `Masks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import Segmenter
from hpa_features.core.types import Field, Masks
from hpa_features.io.masks import GivenMasks
from hpa_features.segmentation.precomputed import take_given
from hpa_features.segmentation.watershed import segment_watershed
from hpa_features.segmentation.whole_field import segment_whole_field


def _given(field: Field, given: GivenMasks | None) -> Masks:
    if given is None:
        raise FieldError(
            f"field {field.id} has no given masks",
            stage="masks",
            hint="Name a folder with --masks, or add a column cells to the manifest.",
        )
    return take_given(field, given)


def _found(field: Field, _given: GivenMasks | None) -> Masks:
    return segment_watershed(field)


def _whole(field: Field, _given: GivenMasks | None) -> Masks:
    return segment_whole_field(field)


def _given_or_found(field: Field, given: GivenMasks | None) -> Masks:
    return segment_watershed(field) if given is None else take_given(field, given)


SEGMENTERS: Mapping[Segmenter, Callable[[Field, GivenMasks | None], Masks]] = MappingProxyType(
    {
        Segmenter.AUTO: _given_or_found,
        Segmenter.WATERSHED: _found,
        Segmenter.PRECOMPUTED: _given,
        Segmenter.WHOLE_FIELD: _whole,
    }
)


def segment(field: Field, segmenter: Segmenter, given: GivenMasks | None) -> Masks:
    """Return the cells and nuclei of a field.

    Parameters
    ----------
    field
        The field; its ER channel may be absent.
    segmenter
        How cells are found; `auto` takes given masks where there are some, else watershed.
    given
        Masks of the field as a user gave them, None when there are none.

    Returns
    -------
    masks
        Labels 1…n in raster order, each nucleus inside its cell; border cells and cells without
        nucleus are kept.

    Raises
    ------
    FieldError
        `precomputed` is asked for and nothing is given.
    """
    return SEGMENTERS[segmenter](field, given)
