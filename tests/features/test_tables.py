from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from made_fields import changed, drawn_field, masks_of

from hpa_features.core.errors import UsageError
from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure_all
from hpa_features.features.registry import cell_entries, families_named, image_entries
from hpa_features.features.tables import (
    cell_rows,
    cells_schema,
    image_rows,
    images_schema,
    table_of,
)

SOME = families_named(["AreaShape", "Intensity"])


def table(rows_of, batch, measured, schema):
    return table_of(rows_of(batch, measured, SOME, schema), schema)


def empty_field():
    field, masks = drawn_field(60)
    return field, masks_of(np.zeros_like(masks.cells), np.zeros_like(masks.cells))


@pytest.fixture(scope="module")
def batch():
    one, two = drawn_field(61), empty_field()
    named = changed(one[0], metadata={"Antibody": "HPA030741"})
    return Batch((named, two[0]), (one[1], two[1]))


def test_tables_keep_to_the_schema_that_was_fixed_before(batch):
    measured = measure_all(batch, SOME)
    cells, images = cells_schema(SOME, extra=["Antibody"]), images_schema(SOME, extra=["Antibody"])
    found = table(cell_rows, batch, measured, cells)
    assert found.schema.equals(cells, check_metadata=True)
    assert found.num_rows == 3
    assert found["Metadata_Antibody"].to_pylist() == ["HPA030741"] * 3
    assert found["Metadata_HasNucleus"].to_pylist() == [True, True, False]
    image = table(image_rows, batch, measured, images)
    assert image.schema.equals(images, check_metadata=True)
    assert image["Metadata_CellCount"].to_pylist() == [3, 0]
    assert image["Image_CellCount"].to_pylist() == [3, 0]


def test_columns_hold_the_values_of_their_name(batch):
    measured = measure_all(batch, SOME)
    found = table(cell_rows, batch, measured, cells_schema(SOME))
    place = [e.column.name for e in cell_entries(SOME)].index("Nuclei_AreaShape_Area")
    np.testing.assert_array_equal(
        found["Nuclei_AreaShape_Area"].to_numpy(), measured.cells[:, place]
    )
    image = table(image_rows, batch, measured, images_schema(SOME))
    median = np.nanmedian(measured.cells[:, place])
    assert image["Nuclei_AreaShape_Area_Median"].to_pylist()[0] == pytest.approx(median)
    assert np.isnan(image["Nuclei_AreaShape_Area_Median"].to_pylist()[1])


def test_rows_of_several_batches_make_the_table_of_one(batch):
    measured = measure_all(batch, SOME)
    extra = ["Antibody"]
    for rows_of, schema in (
        (cell_rows, cells_schema(SOME, extra=extra)),
        (image_rows, images_schema(SOME, extra=extra)),
    ):
        together = table(rows_of, batch, measured, schema)
        singles = [Batch((f,), (m,)) for f, m in zip(batch.fields, batch.masks)]
        each = [table(rows_of, one, measure_all(one, SOME), schema) for one in singles]
        assert together.schema.equals(schema, check_metadata=True)
        for name, column in zip(schema.names, together.columns):
            found = pa.chunked_array([chunk for t in each for chunk in t[name].chunks])
            np.testing.assert_array_equal(column.to_numpy(), found.to_numpy())


def test_a_missing_channel_leaves_its_columns_out(batch):
    present = (Channel.DNA, Channel.MICROTUBULES, Channel.PROTEIN)
    fields = tuple(changed(f, planes={c: f.planes[c] for c in present}) for f in batch.fields)
    without = Batch(fields, batch.masks)
    measured = measure_all(without, SOME)
    whole = measure_all(batch, SOME)
    cells, images = cells_schema(SOME, present), images_schema(SOME, present)
    assert not [name for name in cells.names + images.names if "ER" in name.split("_")]
    found = table(cell_rows, without, measured, cells)
    full = table(cell_rows, batch, whole, cells_schema(SOME))
    for name in cells.names:
        assert found[name].to_pylist() == pytest.approx(full[name].to_pylist(), nan_ok=True)
    names = images.names
    assert table(image_rows, without, measured, images).column_names == names


def test_arrow_columns_carry_block_and_meaning():
    schema = images_schema(SOME, about={"version": "1"})
    facts = json.loads(schema.field("Nuclei_Intensity_CV_Protein_Median").metadata[b"hpa_feat"])
    assert facts["block"] == "Nucleus × Intensity"
    assert facts["meaning"].endswith("median over the cells.")
    area = json.loads(schema.field("Cells_AreaShape_Area_Q90").metadata[b"hpa_feat"])
    assert (area["block"], area["acquisition"]) == ("Acquisition", True)
    assert json.loads(schema.metadata[b"hpa_feat"]) == {"version": "1"}
    assert schema.field("Nuclei_Intensity_CV_Protein_Median").type == pa.float32()


def test_families_are_asked_for_in_any_case_and_come_in_column_order():
    assert [f.name for f in families_named(["texture", "areashape"])] == ["AreaShape", "Texture"]
    assert families_named(["default"]) == tuple(f for f in FAMILIES if f.default)
    assert families_named(["all"]) == tuple(f for f in FAMILIES if not f.by_name_only)
    assert families_named(["all", "Mahotas"]) == FAMILIES
    with pytest.raises(UsageError, match="Colour"):
        families_named(["Colour"])


def test_the_default_columns_stay_within_their_budget():
    assert len(cell_entries(families_named(["default"]))) <= 720
    assert len({e.column.name for e in image_entries(FAMILIES)}) == len(image_entries(FAMILIES))
