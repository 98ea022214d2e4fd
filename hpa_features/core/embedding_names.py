"""Names of a network's columns, and of the block they are."""

from __future__ import annotations

import re

EMBEDDING = "Embedding"
# ``Cells_Embedding_densenet_7`` of a cell, with ``_Mean`` of an image; ``Image_`` of whole fields.
_COLUMN = re.compile(rf"(?:Cells|Image)_{EMBEDDING}_([A-Za-z0-9]+)_\d+(?:_Mean)?")


def embedding_block(column: str) -> str:
    """Return the block ``Embedding <name>`` of a network's column; empty: it is none."""
    found = _COLUMN.fullmatch(column)
    return f"{EMBEDDING} {found[1]}" if found else ""


def is_embedding_block(block: str) -> bool:
    """Whether a block, in any case, is a network's."""
    return block.casefold().startswith(f"{EMBEDDING} ".casefold())
