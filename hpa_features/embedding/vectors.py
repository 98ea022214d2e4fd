"""Vectors of the cells of many fields, or of the fields, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.embedding_settings import Per
from hpa_features.core.errors import FieldError
from hpa_features.core.types import Field, Masks
from hpa_features.embedding.network import Network
from hpa_features.embedding.squares import places_of, write_input

CUT_CELLS = "cells larger than the square of the embedding, which shows their middle"
CUT_FIELDS = "fields larger than the square of the embedding, which shows their middle"


@dataclass(frozen=True, slots=True)
class Vectors:
    """What a network gives of one field.

    Attributes
    ----------
    values
        (cells, dimensions) float32, or (1, dimensions) of a network that is given fields.
    notes
        Counts to report.
    """

    values: NDArray[np.float32]
    notes: dict[str, int]


def embed(pairs: Sequence[tuple[Field, Masks]], network: Network) -> list[Vectors]:
    """Return the vectors of each field; a batch may have cells of several fields.

    Raises
    ------
    FieldError
        The network gives values that are not finite.
    """
    settings = network.settings
    places = [places_of(field, masks, settings) for field, masks in pairs]
    todo = [(at, place) for at, some in enumerate(places) for place in some]
    found = np.empty((len(todo), settings.dimensions), np.float32)
    squares = np.empty((min(network.batch, len(todo)), *network.square_shape), np.float32)
    for first in range(0, len(todo), network.batch):
        batch = todo[first : first + network.batch]
        for square, (at, place) in zip(squares, batch):
            write_input(*pairs[at], place, settings, square)
        found[first : first + len(batch)] = network.run(squares[: len(batch)])
    ends = np.cumsum([len(some) for some in places])
    note = CUT_FIELDS if settings.per is Per.FIELD else CUT_CELLS
    vectors = []
    for (field, masks), some, values in zip(pairs, places, np.split(found, ends[:-1])):
        _refuse_not_finite(field, masks, values, network)
        cut = sum(place.cut for place in some)
        vectors.append(Vectors(values, {note: cut} if cut else {}))
    return vectors


def _refuse_not_finite(
    field: Field, masks: Masks, values: NDArray[np.float32], network: Network
) -> None:
    settings = network.settings
    wrong = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(wrong):
        one = int(wrong[0])
        what = f"cell {masks.object_numbers[one]}" if settings.per is Per.CELL else "the field"
        raise FieldError(
            f"the embedding {settings.name} gives values that are not finite for {what} of field "
            f"{field.id}.",
            stage="measure",
            file=settings.path,
            hint="The network is at fault; run it where it was trained, or omit --embedding.",
        )
