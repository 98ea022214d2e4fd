"""Segmenters as objects: prepared once a process, then given one batch of fields after another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from hpa_features.core.settings import CellposeSettings, SegmenterName, SegmentSettings
from hpa_features.core.types import Field, Masks
from hpa_features.segmentation.precomputed import take_given
from hpa_features.segmentation.watershed import segment_watershed
from hpa_features.segmentation.whole_field import segment_whole_field

VERSION = 3
"""Of the code in this room; raised when it gives any field other masks than before."""
NOT_GIVEN = "fields without given masks, whose cells were found by watershed"


class Segmenter(Protocol):
    """Finds the cells of fields."""

    @property
    def takes_given(self) -> bool:
        """Whether it uses the masks that a user gave, so that they must be read."""

    @property
    def digest(self) -> str:
        """Sha256 of all that decides its masks except its settings: weights, or code version.

        It is known before `prepare`, so that a run starts with it.
        """

    @property
    def batch_pixels(self) -> int:
        """Pixels of the fields that `segment` is best given at once; 1: one field at a time."""

    def prepare(self) -> None:
        """Load what it needs; called once in a process, before `segment`."""

    def segment(self, fields: Sequence[Field]) -> list[Masks]:
        """Return the cells and nuclei of each field, in order.

        Labels are 1…n in raster order, each nucleus inside its cell; border cells and cells
        without nucleus are kept. ER may be absent. The masks of a field do not depend on the
        other fields of the batch.

        Raises
        ------
        FieldError
            One of the fields cannot be segmented.
        """


@dataclass(frozen=True, slots=True)
class Method:
    """A segmenter that is a function of one field and needs nothing loaded."""

    name: SegmenterName
    find: Callable[[Field], Masks]
    takes_given: bool = False
    batch_pixels: int = 1

    @property
    def digest(self) -> str:
        """Digest of the method's name and the version of its code."""
        return digest_of(self.name, VERSION)

    def prepare(self) -> None:
        """Load nothing."""

    def segment(self, fields: Sequence[Field]) -> list[Masks]:
        """Return the masks of each field."""
        return [self.find(field) for field in fields]


def digest_of(name: SegmenterName, version: int) -> str:
    """Return the digest of a method of this room in a version of its code."""
    return hashlib.sha256(f"{name} {version}".encode()).hexdigest()


def _given_or_watershed(field: Field) -> Masks:
    """Return the given masks where there are some; a note records where there were none."""
    if field.given is not None:
        return take_given(field)
    masks = segment_watershed(field)
    return replace(masks, notes={**masks.notes, NOT_GIVEN: 1})


_METHODS = (
    Method(SegmenterName.WATERSHED, segment_watershed),
    Method(SegmenterName.PRECOMPUTED, take_given, takes_given=True),
    Method(SegmenterName.PRECOMPUTED_OR_WATERSHED, _given_or_watershed, takes_given=True),
    Method(SegmenterName.WHOLE_FIELD, segment_whole_field),
)
SEGMENTERS: Mapping[SegmenterName, Segmenter] = MappingProxyType(
    {method.name: method for method in _METHODS}
)
"""By name; `auto` is none of them: it is resolved to one before a run. `cellpose` has settings."""


def segmenter_of(settings: SegmentSettings) -> Segmenter:
    """Return the segmenter that resolved settings name, not prepared yet."""
    if settings.segmenter is SegmenterName.CELLPOSE:
        from hpa_features.segmentation.cellpose.segmenter import Cellpose

        return Cellpose(settings.cellpose or CellposeSettings())
    return SEGMENTERS[settings.segmenter]


@lru_cache(maxsize=1)
def prepared_segmenter(settings: SegmentSettings) -> Segmenter:
    """Return the segmenter of resolved settings, prepared once in this process."""
    segmenter = segmenter_of(settings)
    segmenter.prepare()
    return segmenter
