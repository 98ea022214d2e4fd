"""What a column of hpa-feat states: JSON in its Arrow metadata, or a line of `schema.json`.

A whole dictionary entry (unit, range, source, …) is longer than a column of a small table, so it
is kept once for a store; a table that travels alone takes along what its readers ask for.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa

KEY = b"hpa_feat"
TRAVELLING = ("block", "acquisition", "meaning")
"""What readers of a table that travels alone ask for."""


def facts_of(field: pa.Field) -> Mapping[str, Any]:
    """Return the facts that a column carries; nothing if it is not hpa-feat's."""
    facts = json.loads((field.metadata or {}).get(KEY, b"{}"))
    return facts if isinstance(facts, dict) else {}


def keep_facts(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    """Return `schema` with columns that carry only the facts `names`."""
    return pa.schema([_kept(field, names) for field in schema], metadata=schema.metadata)


def _kept(field: pa.Field, names: Collection[str]) -> pa.Field:
    facts = {name: fact for name, fact in facts_of(field).items() if name in names}
    if not facts:
        return field.remove_metadata()
    return field.with_metadata({KEY: json.dumps(facts, ensure_ascii=False)})
