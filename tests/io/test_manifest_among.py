"""A manifest.csv that lies among the images of a folder."""

import pytest
from image_files import COLOURS, write_field

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, PixelSizeSource
from hpa_features.io.manifest import find_fields, write_manifest

SETTINGS = InputSettings()
COLUMNS = ("Id", *COLOURS, "cells", "nuclei", "pixel_size_um", "Metadata_Drug")


def write_manifest_of(folder, *rows, columns=COLUMNS):
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(columns), *(",".join(row) for row in rows)]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")


def row(field, stem=None, size="0.11", drug="none"):
    files = [f"{stem or field}_{colour}.png" for colour in COLOURS]
    return (field, *files, f"{field}_c.png", f"{field}_n.png", size, drug)


def test_pixel_sizes_and_metadata_are_taken_and_masks_are_not(tmp_path):
    for stem in ("a", "b", "new"):
        write_field(tmp_path, stem)
    write_manifest_of(tmp_path, row("a", drug="DMSO"), row("b"))
    manifest = find_fields(str(tmp_path), SETTINGS)
    a, b, new = manifest.sources
    assert (a.id, b.id, new.id) == ("a", "b", "new")
    assert (a.pixel_size_um, a.pixel_size_source) == (0.11, PixelSizeSource.MANIFEST)
    assert a.metadata == {"Drug": "DMSO"}
    assert (a.cells, a.nuclei) == ("", "")
    assert (new.pixel_size_um, new.metadata) == (None, {})
    [note] = manifest.notes
    assert "manifest.csv is read for 2 fields: pixel sizes, Metadata_Drug." in note
    assert "Its masks are not used: give them with --masks" in note


def test_given_itself_its_masks_are_used(tmp_path):
    write_manifest_of(tmp_path, row("a"))
    [source] = find_fields(str(tmp_path / "manifest.csv"), SETTINGS).sources
    assert source.cells.endswith("a_c.png")


def test_names_that_mean_nothing_are_fields_by_their_rows(tmp_path):
    write_field(tmp_path / "deep", "a")
    for number, colour in enumerate(COLOURS):
        (tmp_path / "deep" / f"a_{colour}.png").rename(tmp_path / "deep" / f"x{number}.png")
    files = [f"x{number}.png" for number in range(4)]
    write_manifest_of(tmp_path / "deep", ("named", *files), columns=("Id", *COLOURS))
    manifest = find_fields(f"{tmp_path}/./deep/..", SETTINGS)
    [source] = manifest.sources
    assert source.id == "named"
    assert source.files[Channel.PROTEIN].endswith("x3.png")
    assert not any("unrecognised" in note for note in manifest.notes)


def test_another_id_replaces_the_one_of_the_names(tmp_path):
    write_field(tmp_path, "a")
    write_manifest_of(tmp_path, row("treated", "a"))
    assert [each.id for each in find_fields(str(tmp_path), SETTINGS).sources] == ["treated"]


def test_rows_without_files_in_the_folder_are_counted(tmp_path):
    write_field(tmp_path, "a")
    write_manifest_of(tmp_path, row("a"), row("deleted"))
    manifest = find_fields(str(tmp_path), SETTINGS)
    assert [each.id for each in manifest.sources] == ["a"]
    assert "Rows that name no file of this folder are ignored (1)" in manifest.notes[0]


def test_a_pixel_size_that_was_a_guess_is_guessed_again(tmp_path):
    write_field(tmp_path, "a")
    columns = (*COLUMNS, "Metadata_PixelSizeSource")
    write_manifest_of(tmp_path, (*row("a"), "estimated"), columns=columns)
    assert find_fields(str(tmp_path), SETTINGS).sources[0].pixel_size_um is None


def test_what_manifest_writes_into_the_folder_changes_no_field(tmp_path):
    for stem in ("a", "b"):
        write_field(tmp_path, stem)
    before = find_fields(str(tmp_path), SETTINGS)
    write_manifest(before, tmp_path / "manifest.csv")
    assert find_fields(str(tmp_path), SETTINGS).sources == before.sources


def test_files_of_its_fields_that_it_does_not_name_are_noted(tmp_path):
    write_field(tmp_path, "a")
    write_manifest_of(tmp_path, (*row("a")[:3], "", "a_green.png", "", "", "", ""))
    manifest = find_fields(str(tmp_path), InputSettings(allow_missing_yellow=True))
    assert set(manifest.sources[0].files) == set(Channel) - {Channel.ER}
    assert any("files that their manifest does not name" in note for note in manifest.notes)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "", "Id,green\nx,y\n", "\x89PNG"])
def test_another_file_of_that_name_is_a_file_of_no_known_form(tmp_path, text):
    write_field(tmp_path, "a")
    (tmp_path / "manifest.csv").write_text(text)
    manifest = find_fields(str(tmp_path), SETTINGS)
    assert [each.id for each in manifest.sources] == ["a"]
    assert "1 file with unrecognised names" in manifest.notes[0]


def test_a_row_that_cannot_be_is_an_error(tmp_path):
    write_field(tmp_path, "a")
    write_manifest_of(tmp_path, row("a", size="80"))
    with pytest.raises(UsageError, match="row 2: pixel_size_um is '80'"):
        find_fields(str(tmp_path), SETTINGS)


def test_two_manifests_with_one_id_are_an_error(tmp_path):
    for folder in ("1", "2"):
        write_field(tmp_path / folder, "a")
        write_manifest_of(tmp_path / folder, row("a"))
    with pytest.raises(UsageError, match="has a row for a, and so has another manifest"):
        find_fields(str(tmp_path), SETTINGS)
