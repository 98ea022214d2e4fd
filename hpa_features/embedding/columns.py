"""Columns of the tables that vectors go to."""

from __future__ import annotations

import json

import pyarrow as pa

from hpa_features.core.embedding_settings import EmbeddingSettings, Per
from hpa_features.io.column_facts import KEY

EMBEDDINGS = "embeddings"
"""The level of a store that has the vectors."""


def block_of(settings: EmbeddingSettings) -> str:
    """Return the block of an embedding's columns, which are judged together."""
    return f"Embedding {settings.name}"


def vector_columns(settings: EmbeddingSettings) -> list[str]:
    """Return the columns of the vectors, ``Cells_Embedding_<name>_0`` and so on."""
    of = "Image" if settings.per is Per.FIELD else "Cells"
    return [f"{of}_Embedding_{settings.name}_{at}" for at in range(settings.dimensions)]


def vector_fields(settings: EmbeddingSettings) -> list[pa.Field]:
    """Return the fields of the table of vectors."""
    return [
        _described(name, settings, f"Number {at} of the embedding {settings.name}.")
        for at, name in enumerate(vector_columns(settings))
    ]


def image_fields(settings: EmbeddingSettings) -> list[pa.Field]:
    """Return the fields of the image table: means over cells, or the vector of the field."""
    if settings.per is Per.FIELD:
        return vector_fields(settings)
    return [
        _described(
            f"{name}_Mean",
            settings,
            f"Number {at} of the embedding {settings.name}, mean over the cells.",
        )
        for at, name in enumerate(vector_columns(settings))
    ]


def _described(name: str, settings: EmbeddingSettings, meaning: str) -> pa.Field:
    facts = {
        "block": block_of(settings),
        "family": "Embedding",
        "landmark": "none",
        "unit": "1",
        "meaning": meaning,
        "source": settings.source or f"network {settings.name}, sha256 {settings.sha256}",
        "acquisition": False,
        "rare": False,
        "comparable_nm": None,
    }
    return pa.field(name, pa.float32(), metadata={KEY: json.dumps(facts, ensure_ascii=False)})
