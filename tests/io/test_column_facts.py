"""What columns say of themselves, whole and cut down."""

from __future__ import annotations

import json

import pyarrow as pa

from hpa_features.io.column_facts import TRAVELLING, facts_of, keep_facts

FACTS = {"block": "Nucleus × Texture", "acquisition": False, "meaning": "Rough.", "source": "long"}
SCHEMA = pa.schema(
    [
        pa.field("Metadata_Id", pa.string()),
        pa.field("x", pa.float32(), metadata={"hpa_feat": json.dumps(FACTS)}),
    ],
    metadata={"hpa_feat": json.dumps({"version": "1"})},
)


def test_only_what_is_asked_for_is_kept():
    kept = keep_facts(SCHEMA, TRAVELLING)
    assert facts_of(kept.field("x")) == {name: FACTS[name] for name in TRAVELLING}
    assert facts_of(kept.field("Metadata_Id")) == {}
    assert kept.equals(SCHEMA)
    assert kept.metadata == SCHEMA.metadata


def test_nothing_kept_leaves_no_metadata():
    assert keep_facts(SCHEMA, ()).field("x").metadata is None


def test_columns_of_others_say_nothing():
    assert facts_of(pa.field("x", pa.float32())) == {}
    assert facts_of(pa.field("x", pa.float32(), metadata={"hpa_feat": "7"})) == {}
