from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS

import hpa_features as hf

CHANNELS = ("DNA", "Microtubules", "ER", "Protein")


def planes_of(field):
    return [field.planes[channel] for channel in CHANNELS]


def remade(field, change=lambda plane: plane, **more):
    """Return the field made of its own arrays, each changed."""
    planes = [change(plane) for plane in planes_of(field)]
    return hf.make_field(*planes, field.pixel_size_um, field_id=field.id, **more)


@pytest.mark.parametrize("level", ["image", "cells"])
def test_the_command_gives_the_same_table(study, tmp_path, level):
    out = tmp_path / "table.parquet"
    options = ["--features", "AreaShape,Intensity", "--segmenter", "watershed", "--level", level]
    assert run(["extract", str(study.manifest), "-o", str(out), *options, *IN_PROCESS]) == 0
    table = study.images if level == "image" else study.cells
    ours, theirs = table.reset_index(), pd.read_parquet(out)
    pd.testing.assert_frame_equal(ours, theirs[ours.columns], check_dtype=False, rtol=0)
    assert list(ours.columns) == list(theirs.columns)


def test_rows_are_indexed_by_field_and_by_cell(study):
    assert study.images.index.name == "Metadata_Id"
    assert list(study.images.index) == [field.id for field in study.fields]
    assert study.cells.index.names == ["Metadata_Id", "Metadata_ObjectNumber"]
    first = study.cells.loc[study.fields[0].id]
    assert list(first.index) == list(range(1, study.masks[0].count + 1))


def test_one_field_and_a_list_of_it_are_the_same(study):
    field = study.fields[0]
    masks = hf.segment(field)
    assert np.array_equal(masks.cells, study.masks[0].cells)
    alone = hf.measure(field, masks, "AreaShape")
    pd.testing.assert_frame_equal(alone, hf.measure([field], [masks], ["AreaShape"]))
    pd.testing.assert_frame_equal(alone, hf.measure([field], masks, "areashape"))


def test_without_masks_cells_are_found(study):
    table = hf.measure(study.fields[:2], features="AreaShape")
    expected = hf.measure(study.fields[:2], study.masks[:2], "AreaShape")
    pd.testing.assert_frame_equal(table, expected)


def test_a_path_is_read(study):
    masks = hf.segment(study.manifest)  # by watershed, although the manifest names masks
    assert all(np.array_equal(a.cells, b.cells) for a, b in zip(masks, study.masks, strict=True))


def same_features(one, other):
    features = [name for name in one.columns if not name.startswith("Metadata_")]
    pd.testing.assert_frame_equal(one[features], other[features])


@pytest.mark.parametrize(
    "change",
    [
        np.asfortranarray,
        lambda plane: np.repeat(plane, 2, axis=1)[:, ::2],
        lambda plane: plane.astype(">u2").astype(np.uint8),
    ],
    ids=["fortran", "strided", "converted"],
)
def test_arrays_give_what_files_give(study, change):
    field, masks = study.fields[0], study.masks[0]
    same_features(hf.measure(remade(field, change), masks, "Intensity"), _intensity(field, masks))


def _intensity(field, masks):
    return hf.measure(field, masks, "Intensity")


def test_floats_from_0_to_1_are_the_16_bits_that_they_come_from(study):
    field, masks = study.fields[0], study.masks[0]
    wide = remade(field, lambda plane: plane.astype(np.uint16) * 257)
    big = remade(field, lambda plane: (plane.astype(np.uint16) * 257).astype(">u2"))
    floats = remade(field, lambda plane: plane / 255.0)
    other = remade(field, lambda plane: plane.astype(np.float32), float_range=(0, 255))
    for each in (big, floats, other):
        assert all(np.array_equal(a, b) for a, b in zip(planes_of(each), planes_of(wide)))
    same_features(_intensity(floats, masks), _intensity(wide, masks))


def test_a_field_does_not_follow_later_changes_of_the_arrays(study):
    planes = [plane.copy() for plane in planes_of(study.fields[0])]
    field = hf.make_field(*planes, 0.32)
    for plane in planes:
        plane[:] = 0
    assert all(plane.any() for plane in planes_of(field))


def test_files_of_one_field_need_no_pixel_size_of_a_manifest(study):
    field_id = study.fields[0].id
    paths = [study.folder / f"{field_id}_{each}.png" for each in ("blue", "red", "yellow", "green")]
    field = hf.make_field(*paths, 0.32, metadata={"Plate": 7})
    assert (field.id, field.pixel_size_um, field.metadata["Plate"]) == (field_id, 0.32, "7")
    assert all(np.array_equal(a, b) for a, b in zip(planes_of(field), planes_of(study.fields[0])))


def test_without_er_its_columns_are_missing(study):
    dna, tubules, _, protein = planes_of(study.fields[0])
    field = hf.make_field(dna, tubules, None, protein, 0.32, field_id="no ER")
    table = hf.measure([field, study.fields[1]], features="Intensity")
    assert not [name for name in table.columns if "_ER" in name]
    assert table.notna().any().all()


def numbered(masks, factor):
    """Return label arrays with other numbers for the same cells."""
    return (masks.cells * factor).astype(np.uint16), masks.nuclei > 0


def test_label_arrays_are_cleaned_as_given_masks_are(study):
    field, masks = study.fields[0], study.masks[0]
    plain = hf.measure(field, (masks.cells, masks.nuclei), "AreaShape", "cells")
    pd.testing.assert_frame_equal(plain, hf.measure(field, masks, "AreaShape", "cells"))
    other = hf.measure(field, numbered(masks, 5), "AreaShape", "cells")
    assert [number for _, number in other.index] == [5 * number for _, number in plain.index]
    assert np.array_equal(other["Cells_AreaShape_Area"], plain["Cells_AreaShape_Area"])


def test_where_only_cells_are_given_their_nuclei_are_found(study):
    field, masks = study.fields[0], study.masks[0]
    cells = hf.measure(field, (masks.cells, None), "AreaShape", "cells")
    assert len(cells) == masks.count
    assert cells["Metadata_HasNucleus"].any()


def test_given_masks_of_a_folder_are_taken_on_request(study):
    fields = hf.read_fields(study.manifest, masks=study.folder / "masks")
    given = hf.segment(fields[:2], "precomputed")
    assert np.array_equal(given[0].cells > 0, fields[0].given.cells > 0)
    found = hf.segment(fields[:2], "auto")
    assert np.array_equal(found[1].cells, given[1].cells)
    assert {each.segmenter for each in found} == {"precomputed"}


def test_the_settings_of_a_table_say_how_its_cells_were_found(study):
    fields, pair = study.fields[:2], (study.masks[1].cells, study.masks[1].nuclei)
    for masks, name in (
        (study.masks[:2], "watershed"),
        (hf.segment(fields, "whole-field"), "whole-field"),
        ([study.masks[0], pair], "precomputed-or-watershed"),
    ):
        table = hf.measure(fields, masks, "AreaShape")
        assert table.attrs["hpa_feat"]["settings"]["segmenter"] == name


def test_a_table_of_two_processes_is_the_same(study):
    fields, masks = study.fields[:3], study.masks[:3]
    table = hf.measure(fields, masks, "AreaShape", jobs=2)
    pd.testing.assert_frame_equal(table, hf.measure(fields, masks, "AreaShape"))


def test_tables_of_fields_one_by_one_are_the_table_of_all(study):
    parts = [
        hf.measure(field, masks, "AreaShape")
        for field, masks in zip(study.fields[:3], study.masks[:3], strict=True)
    ]
    whole = hf.measure(study.fields[:3], study.masks[:3], "AreaShape")
    together = pd.concat(parts)
    pd.testing.assert_frame_equal(together, whole)
    assert together.attrs == whole.attrs


def test_metadata_that_tables_have_themselves_is_reported(study):
    field = remade(study.fields[0], metadata={"CellCount": 3, "Metadata_Plate": "P1"})
    with pytest.warns(hf.HpaFeatWarning, match="Metadata_CellCount"):
        table = hf.measure(field, study.masks[0], "AreaShape")
    assert table["Metadata_CellCount"].tolist() == [study.masks[0].count]
    assert table["Metadata_Plate"].tolist() == ["P1"]


def test_every_column_is_described(study):
    features = hf.describe_features()
    assert features.index.is_unique
    own = {"Metadata_Antibody", "Metadata_CellLine", "Metadata_Simulated"}
    for table in (study.images.reset_index(), study.cells.reset_index()):
        described = features.loc[[name for name in table.columns if name not in own]]
        assert (described["meaning"].str.len() >= len("The field.")).all()
