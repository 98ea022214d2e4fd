import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import pixels, png, tiff, write
from image_reads import SETTINGS, field_in

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource, Masks
from hpa_features.io.mask_files import mask_ids
from hpa_features.io.masks import (
    check_file_name,
    check_given,
    read_given,
    read_mask,
    write_masks,
)

SHAPE = (24, 32)


def labels(seed=0):
    """Noise without 255, after which 8-bit labels would begin again."""
    return pixels(seed) % 200


def masks_of(cells, nuclei=None):
    cells = np.asarray(cells, np.int32)
    count = int(cells.max())
    nuclei = cells if nuclei is None else np.asarray(nuclei, np.int32)
    return Masks(cells, nuclei, np.arange(1, count + 1), np.ones(count, np.int32))


@given(st.integers(0, 2**32), st.sampled_from([0, 2, 300, 65_535, 65_536, 70_000]))
def test_masks_written_are_masks_read(tmp_path_factory, seed, highest):
    folder = tmp_path_factory.mktemp("masks")
    source = field_in(folder / "images")
    random = np.random.default_rng(seed)
    cells = random.integers(0, highest, (24, 32), endpoint=True)
    cells[0, 0] = highest
    nuclei = np.where(random.random((24, 32)) < 0.5, cells, 0)
    paths = write_masks(masks_of(cells, nuclei), folder / "masks", "x")
    suffix = ".png" if highest <= 65_535 else ".tif"
    assert [path.name for path in paths] == [f"x_cells{suffix}", f"x_nuclei{suffix}"]
    given_masks = read_given(source, SHAPE, InputSettings(masks=str(folder / "masks")))
    np.testing.assert_array_equal(given_masks.cells, cells)
    np.testing.assert_array_equal(given_masks.nuclei, nuclei)
    assert given_masks.cells.dtype == np.int32


def test_a_mask_of_an_earlier_run_in_the_other_format_goes(tmp_path):
    cells = np.ones((4, 4), np.int32)
    write_masks(masks_of(np.where(cells, 70_000, 0)), tmp_path, "x")
    write_masks(masks_of(cells), tmp_path, "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x_cells.png", "x_nuclei.png"]


@pytest.mark.parametrize(
    ("names", "cp_masks"),
    [
        (("x_cellmask.png", "x_nucleimask.png"), ""),
        (("x_cell_mask.png", "x_nuclei_mask.png"), ""),
        (("x_cp_masks.png", "x_nuclei.png"), "cells"),
        (("x_cellmask.png", "x_cp_masks.png"), "nuclei"),
        (("x_cells.png", "x_blue_cp_masks.png"), "nuclei"),
        (("x_yellow_cp_masks.png", "x_nuclei.png"), "cells"),
    ],
)
def test_masks_of_other_programs_are_found(tmp_path, names, cp_masks):
    source, folder = field_in(tmp_path / "images"), tmp_path / "masks"
    wanted = np.zeros((2, *SHAPE), np.uint8)
    wanted[0, 2:20, 2:20], wanted[1, 5:10, 5:10] = 3, 7
    for name, mask in zip(names, wanted, strict=True):
        write(folder / name, png(mask))
    given_masks = read_given(source, SHAPE, InputSettings(masks=str(folder), cp_masks=cp_masks))
    np.testing.assert_array_equal(given_masks.cells, wanted[0])
    np.testing.assert_array_equal(given_masks.nuclei, wanted[1])


@pytest.mark.parametrize("name", ["x_cp_masks.png", "x_blue_cp_masks.png", "x_red_cp_masks.tif"])
@pytest.mark.parametrize("others", [(), ("x_cells.png",), ("x_cells.png", "x_nuclei.png")])
def test_cellposes_files_are_refused_until_it_is_known_what_they_are(tmp_path, name, others):
    source, folder = field_in(tmp_path / "images"), tmp_path / "masks"
    for each in (name, *others):
        write(folder / each, png(np.ones(SHAPE, np.uint8)))
    with pytest.raises(FieldError, match="cells or nuclei") as caught:
        read_given(source, SHAPE, InputSettings(masks=str(folder)))
    assert "--cp-masks nuclei" in caught.value.hint


def test_masks_of_two_images_of_a_field_by_cellpose_are_refused(tmp_path):
    source, folder = field_in(tmp_path / "images"), tmp_path / "masks"
    for name in ("x_blue_cp_masks.png", "x_yellow_cp_masks.png"):
        write(folder / name, png(np.ones(SHAPE, np.uint8)))
    with pytest.raises(FieldError, match="both there") as caught:
        read_given(source, SHAPE, InputSettings(masks=str(folder), cp_masks="cells"))
    assert "x_cells.png" in caught.value.hint


def test_two_names_for_one_mask_are_refused(tmp_path):
    source, folder = field_in(tmp_path / "images"), tmp_path / "masks"
    for name in ("x_cells.png", "x_cellmask.png"):
        write(folder / name, png(np.ones(SHAPE, np.uint8)))
    with pytest.raises(FieldError, match="both there"):
        read_given(source, SHAPE, InputSettings(masks=str(folder)))


def test_no_masks_given_is_none(tmp_path):
    assert read_given(field_in(tmp_path), SHAPE, SETTINGS) is None


def test_nuclei_may_be_absent(tmp_path):
    write(tmp_path / "m" / "x_cells.tif", tiff(pixels(dtype=np.uint16)))
    given_masks = read_given(field_in(tmp_path), SHAPE, InputSettings(masks=str(tmp_path / "m")))
    assert given_masks.nuclei is None
    np.testing.assert_array_equal(given_masks.cells, pixels(dtype=np.uint16))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".ome.tif", ".tif.gz"])
def test_every_suffix_is_found(tmp_path, suffix):
    encode = png if suffix == ".png" else tiff
    write(tmp_path / "m" / f"x_cells{suffix}", encode(labels()))
    given_masks = read_given(field_in(tmp_path), SHAPE, InputSettings(masks=str(tmp_path / "m")))
    np.testing.assert_array_equal(given_masks.cells, labels())


def test_the_manifests_columns_are_used_and_the_option_wins(tmp_path):
    column = write(tmp_path / "c.png", png(labels(1)))
    source = field_in(tmp_path, cells=column, nuclei=column)
    np.testing.assert_array_equal(read_given(source, SHAPE, SETTINGS).cells, labels(1))
    np.testing.assert_array_equal(read_given(source, SHAPE, SETTINGS).nuclei, labels(1))
    write(tmp_path / "m" / "x_cells.png", png(labels(2)))
    by_option = read_given(source, SHAPE, InputSettings(masks=str(tmp_path / "m")))
    np.testing.assert_array_equal(by_option.cells, labels(2))
    assert by_option.nuclei is None


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint32, np.int64, np.uint64])
def test_labels_of_any_integer_type(tmp_path, dtype):
    labels = np.array([[0, 7], [300, 2]], dtype=dtype).repeat(12, 0).repeat(16, 1)
    path = write(tmp_path / "c.tif", tiff(labels))
    np.testing.assert_array_equal(
        read_given(field_in(tmp_path, cells=path), SHAPE, SETTINGS).cells, labels
    )


def test_a_black_and_white_mask_is_one_cell(tmp_path):
    one = np.zeros((24, 32), bool)
    one[4:20, 5:22] = one[1, 1] = True  # a speck does not matter
    path = write(tmp_path / "c.tif", tiff(one, photometric="minisblack"))
    np.testing.assert_array_equal(
        read_given(field_in(tmp_path, cells=path), SHAPE, SETTINGS).cells, one
    )


ZEROS = np.zeros((24, 32), np.uint8)
BAD = {
    "unequal": (png(np.zeros((24, 31), np.uint8)), "is 24 × 31 .*, its field 24 × 32"),
    "colour": (png(pixels(shape=(24, 32, 3))), "has 3 channels"),
    "float": (tiff(ZEROS.astype(np.float32)), "float32 values"),
    "negative": (tiff(ZEROS.astype(np.int16) - 1), "labels from -1 to -1"),
    "huge": (tiff(ZEROS.astype(np.uint32) + 3_000_000_000), "3,000,000,000"),
    "turned": (tiff(ZEROS, extratags=[(274, "H", 1, 6, True)]), "states the orientation 6"),
    "no image": (b"hello, no image here", "not an image"),
    "empty": (b"", "is empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_mask_says_so_at_stage_masks(tmp_path, name):
    data, says = BAD[name]
    path = write(tmp_path / "c.png", data)
    with pytest.raises(FieldError, match=says) as caught:
        read_given(field_in(tmp_path, cells=path), SHAPE, SETTINGS)
    assert (caught.value.stage, caught.value.file) == ("masks", path)
    assert caught.value.hint


def test_a_missing_mask_under_the_option_fails(tmp_path):
    settings = InputSettings(masks=str(tmp_path))
    source = field_in(tmp_path / "images")
    for check in (
        lambda: read_given(source, SHAPE, settings),
        lambda: check_given(source, SHAPE, settings),
    ):
        with pytest.raises(FieldError, match=r"no x_cells\.png") as caught:
            check()
        assert caught.value.stage == "masks"


def test_nuclei_without_cells_fail(tmp_path):
    with pytest.raises(FieldError, match="without cells"):
        read_given(field_in(tmp_path, nuclei="n.png"), SHAPE, SETTINGS)


def test_headers_alone_tell_a_mask_of_another_size(tmp_path):
    path = write(tmp_path / "c.png", png(np.zeros((9, 9), np.uint8))[:60])
    with pytest.raises(FieldError, match="is 9 × 9"):
        check_given(field_in(tmp_path, cells=path), SHAPE, SETTINGS)


def test_real_predicted_masks_are_labels(shared_data):
    folder = shared_data / "hpa_fields" / "derived512"
    for path in sorted(folder.glob("*_predictedmask.png")):
        stem = path.name.removesuffix("_predictedmask.png")
        files = {c: str(folder / f"{stem}_{c.colour}.png") for c in Channel}
        cells = read_given(FieldSource(stem, files, cells=str(path)), (512, 512), SETTINGS).cells
        assert cells.shape == (512, 512)
        assert len(np.unique(cells)) > 3


@pytest.mark.parametrize("value", [1, 255, 65_535])
def test_foreground_and_background_of_many_cells_are_not_labels(tmp_path, value):
    """They would be one cell; nuclei may be so, each part is one."""
    inside = np.zeros((24, 32), bool)
    inside[2:8, 3:9] = inside[12:20, 4:11] = inside[5:15, 20:28] = True
    path = write(tmp_path / "c.png", png(inside * np.uint16(value)))
    source = field_in(tmp_path, cells=path)
    with pytest.raises(
        FieldError, match=r"1 of 1 labels in several separate regions \(3 regions\)"
    ) as caught:
        read_given(source, SHAPE, SETTINGS)
    assert caught.value.stage == "masks"
    cells = write(tmp_path / "numbered.png", png(labels()))
    nuclei = read_given(field_in(tmp_path, cells=cells, nuclei=path), SHAPE, SETTINGS).nuclei
    np.testing.assert_array_equal(nuclei > 0, inside)


def tiles(count, dtype):
    """Labels 1 to `count` in squares of 3 × 3 with a gap of 1, as they fit into `dtype`."""
    edge = int(np.sqrt(count)) + 1
    numbers = np.zeros((4 * edge, 4 * edge), np.int64)
    for n in range(count):
        row, column = divmod(n, edge)
        numbers[4 * row : 4 * row + 3, 4 * column : 4 * column + 3] = n + 1
    return numbers.astype(dtype)


@pytest.mark.parametrize("what", ["cells", "nuclei"])
@pytest.mark.parametrize("count", [400, 700])
def test_labels_that_begin_again_after_255_are_refused(tmp_path, what, count):
    whole = {"cells": write(tmp_path / "c.png", png(tiles(count, np.uint16)))}
    shape = tiles(count, np.uint16).shape
    given_masks = read_given(field_in(tmp_path, **whole), shape, SETTINGS)
    assert len(np.unique(given_masks.cells)) == count + 1
    cut = whole | {what: write(tmp_path / "cut.png", png(tiles(count, np.uint8)))}
    with pytest.raises(FieldError, match="labels in several separate regions"):
        read_given(field_in(tmp_path, **cut), shape, SETTINGS)


def test_255_labels_fit_into_8_bits(tmp_path):
    labels = tiles(255, np.uint8)
    labels[-1, -1] = 7  # a speck of another cell
    path = write(tmp_path / "c.png", png(labels))
    found = read_given(field_in(tmp_path, cells=path), labels.shape, SETTINGS).cells
    np.testing.assert_array_equal(found, labels)


def test_two_files_for_one_mask_are_refused(tmp_path):
    for suffix, encode in ((".png", png), (".tif", tiff)):
        write(tmp_path / "m" / f"x_cells{suffix}", encode(pixels()))
    settings = InputSettings(masks=str(tmp_path / "m"))
    with pytest.raises(FieldError, match=r"x_cells\.png and x_cells\.tif are both there"):
        check_given(field_in(tmp_path), SHAPE, settings)


def test_a_channel_is_not_a_mask_by_whatever_path(tmp_path):
    source = field_in(tmp_path)
    link = tmp_path / "cells.png"
    link.symlink_to(source.files[Channel.PROTEIN])
    for path in (source.files[Channel.PROTEIN], str(link), f"{link}#page=0", f"{link}#channel=0"):
        with pytest.raises(FieldError, match="as a mask and as the green channel") as caught:
            check_given(field_in(tmp_path, cells=path), SHAPE, SETTINGS)
        assert caught.value.stage == "masks"
        with pytest.raises(FieldError, match="as a mask and as the green channel"):
            read_given(field_in(tmp_path, cells=path), SHAPE, SETTINGS)


def test_an_id_that_is_too_long_for_its_files_is_the_failure_of_its_field(tmp_path):
    longest = "µ" * 110
    check_file_name(longest)
    assert len(write_masks(masks_of(ZEROS), tmp_path, longest)) == 2
    with pytest.raises(FieldError, match="has 222 bytes, too many for a file name") as caught:
        check_file_name(longest + "µ")
    assert caught.value.hint


def test_the_ids_of_a_folder_are_those_whose_masks_are_read_from_it(tmp_path):
    names = ("b_cells.tif", "a_cell_mask.png", "c_cellmask.ome.tif", "d_cp_masks.png")
    others = ("a_nuclei.png", "_cells.png", "x_cells.txt", "y_predictedmask.png", "cells.png")
    for name in (*names, *others):
        write(tmp_path / name, (tiff if ".tif" in name else png)(labels()))
    (tmp_path / "z_cells.png").mkdir()
    assert mask_ids(str(tmp_path), "cells") == ("a", "b", "c", "d")
    assert mask_ids(str(tmp_path), "cells", "cells") == ("a", "b", "c", "d")
    assert mask_ids(str(tmp_path), "cells", "nuclei") == ("a", "b", "c")
    assert mask_ids(str(tmp_path), "nuclei", "nuclei") == ("a", "d")
    write(tmp_path / "e_blue_cp_masks.png", png(labels()))
    assert mask_ids(str(tmp_path), "cells", "cells") == ("a", "b", "c", "d", "e")
    settings = InputSettings(masks=str(tmp_path), cp_masks="cells")
    for field_id in "abcde":
        file, read = read_mask(field_id, "cells", settings)
        assert file.startswith(str(tmp_path / f"{field_id}_"))
        np.testing.assert_array_equal(read, labels())
    with pytest.raises(FieldError, match="no f_cells"):
        read_mask("f", "cells", settings)
