"""Vectors of a network next to measured features: what it needs, and the tables they go to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.embedding_settings import EmbeddingSettings, Per
from hpa_features.core.errors import BundleError, UsageError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import ExtractSettings
from hpa_features.core.types import Channel, Field, Masks
from hpa_features.embedding.columns import EMBEDDINGS, image_fields, vector_fields
from hpa_features.embedding.network import described_network, loaded_network, trained_network
from hpa_features.embedding.presets import PRESETS
from hpa_features.embedding.vectors import embed
from hpa_features.features.aggregate import counted_cells
from hpa_features.features.field_facts import usable_cells
from hpa_features.features.metadata import CELLS, IMAGES
from hpa_features.features.tables import Rows

Pair = tuple[Field, Masks]
FIELDS_AT_ONCE = 8
"""How many times as many fields a batch has as one that is only measured: cells of many fields fill
the batches of a network."""
_ID, _OBJECT = "Metadata_Id", "Metadata_ObjectNumber"


def resolve_embedding(
    settings: ExtractSettings, channels: Sequence[Channel], progress: Progress
) -> ExtractSettings:
    """Return settings with the network that its file describes, checked; report it.

    A network whose sha256 is known must be that one.

    Raises
    ------
    MissingExtra
        onnxruntime is not installed.
    DataError
        The network cannot be used.
    UsageError
        The fields lack a channel that it is given.
    """
    asked = settings.embedding
    if asked is None:
        return settings
    if asked.sha256:
        network = trained_network(asked.path, asked, settings.device)
    else:
        network = described_network(asked.path, settings.device)
    found = network.settings
    lacking = sorted(set(found.channels) - {channel.value for channel in channels})
    if lacking:
        raise UsageError(
            f"the embedding {found.name} needs the channel {' and '.join(lacking)}, which the "
            "fields lack.",
            hint="Use a network without it, or give fields that have it.",
        )
    of = f"a {found.per} of {found.input_px} × {found.input_px} pixels"
    size = "" if found.pixel_size_um is None else f" of {found.pixel_size_um:g} µm"
    progress.note(
        f"embedding {found.name}: {found.dimensions:,} numbers from {of}{size}, "
        f"{', '.join(found.channels)}, on the {'GPU' if network.on_gpu else 'CPU'} "
        f"(sha256 {found.sha256[:12]}…)."
    )
    if found.preset in PRESETS and found.preset != "imagenet":
        progress.note(
            f"the preset {found.preset} follows the published code; it has not been run with the "
            "public weights."
        )
    return replace(settings, embedding=found)


def embedding_for(
    trained: EmbeddingSettings | None, columns: Collection[str], path: str
) -> EmbeddingSettings | None:
    """Return the embedding of a model that reads `columns`, its file `path`; None: it needs none.

    Raises
    ------
    UsageError
        A file is given, and none is needed.
    BundleError
        It is needed and not given.
    """
    if trained is None or {each.name for each in image_fields(trained)}.isdisjoint(columns):
        if path:
            raise UsageError(
                "--embedding is given, but the model uses no embedding.", hint="Omit --embedding."
            )
        return None
    if not path:
        raise BundleError(
            f"The model uses the embedding {trained.name}, and measuring images for it needs the "
            "network.",
            hint=f"Add --embedding FILE, the file with the sha256 {trained.sha256}.",
        )
    return replace(trained, path=path)


def with_embedding(
    schemas: Mapping[str, pa.Schema], settings: ExtractSettings
) -> dict[str, pa.Schema]:
    """Return the schemas with the columns of an embedding, and that of its own table."""
    found = settings.embedding
    if found is None:
        return dict(schemas)
    own = [pa.field(_ID, pa.string())]
    if found.per is Per.CELL:
        own.append(pa.field(_OBJECT, pa.int64()))
    images = schemas[IMAGES]
    return {
        **schemas,
        IMAGES: pa.schema([*images, *image_fields(found)], metadata=images.metadata),
        EMBEDDINGS: pa.schema([*own, *vector_fields(found)], metadata=images.metadata),
    }


class FieldVectors(NamedTuple):
    """The vectors of a field, None without an embedding, and what they are."""

    settings: EmbeddingSettings | None
    values: NDArray[np.float32] | None
    notes: dict[str, int]


def embedded(pairs: Sequence[Pair], settings: ExtractSettings) -> list[FieldVectors]:
    """Return the vectors of each field, if an embedding is asked for.

    Raises
    ------
    FieldError
        The network gives values that are not finite.
    """
    found = settings.embedding
    if found is None:
        return [FieldVectors(None, None, {})] * len(pairs)
    vectors = embed(pairs, loaded_network(found, settings.device))
    return [FieldVectors(found, each.values, each.notes) for each in vectors]


def rows_with_vectors(
    rows: Mapping[str, Rows], pair: Pair, vectors: FieldVectors
) -> dict[str, Rows]:
    """Return the rows of one field with its vectors: their mean over the cells that count, too."""
    settings, values, _ = vectors
    if settings is None or values is None:
        return dict(rows)
    field, masks = pair
    metadata: dict[str, Any] = {_ID: np.repeat(field.id, len(values))}
    if settings.per is Per.CELL:
        metadata[_OBJECT] = masks.object_numbers
    image = rows[IMAGES]
    both = np.hstack([image.values, _of_image(values, masks, settings)[None]])
    return {
        CELLS: rows[CELLS],
        IMAGES: replace(image, values=both),
        EMBEDDINGS: Rows(metadata, field.metadata, values),
    }


def _of_image(
    vectors: NDArray[np.float32], masks: Masks, settings: EmbeddingSettings
) -> NDArray[np.float32]:
    if settings.per is Per.FIELD:
        return np.asarray(vectors[0])
    counted = vectors[counted_cells(usable_cells(masks))]
    if len(counted) == 0:
        return np.full(vectors.shape[1], np.nan, np.float32)
    return np.asarray(counted.mean(axis=0, dtype=np.float64), np.float32)
