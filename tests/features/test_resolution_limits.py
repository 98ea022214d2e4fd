from __future__ import annotations

from hpa_features.features.families import FAMILIES
from hpa_features.features.registry import cell_entries, image_entries
from hpa_features.features.resolution_limits import limits_nm
from hpa_features.features.tables import images_schema
from hpa_features.io.column_facts import facts_of
from hpa_features.pipeline.features import features

MARKED = "Cells_Texture_Contrast_Protein_320nm"


def test_every_mark_names_a_column_and_a_pixel_size():
    names = {entry.column.name for entry in cell_entries(FAMILIES)}
    assert set(limits_nm()) - names == set()
    assert set(limits_nm().values()) <= {80, 160, 320}


def test_a_mark_is_shown_wherever_the_column_is_described():
    nm = limits_nm()[MARKED]
    words = f"Comparable only between pixel sizes up to {nm / 1000:g} µm."
    [row] = [row for row in features() if row.column == MARKED]
    assert row.comparable_nm == nm
    assert row.meaning.endswith(words)
    facts = facts_of(images_schema(FAMILIES).field(f"{MARKED}_Q90"))
    assert facts["comparable_nm"] == nm
    assert facts["meaning"].endswith(f"90 % quantile over the cells. {words}")


def test_other_columns_do_not_mention_pixel_sizes():
    unmarked = [entry for entry in image_entries(FAMILIES) if entry.comparable_nm is None]
    assert len(unmarked) > 1000
    assert not [entry for entry in unmarked if "Comparable only" in entry.column.meaning]
