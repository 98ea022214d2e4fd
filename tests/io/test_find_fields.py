import io
from pathlib import Path

import pytest
from image_files import COLOURS, pixels, png, write, write_field

from hpa_features.core.errors import DataError, FieldError, UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel
from hpa_features.io.images import header_of_file
from hpa_features.io.manifest import find_fields

SETTINGS = InputSettings()
NO_YELLOW = InputSettings(allow_missing_yellow=True)


def touch(folder, *names):
    for name in names:
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def four(stem, suffix=".png"):
    return [f"{stem}_{colour}{suffix}" for colour in COLOURS]


def ids(manifest):
    return [source.id for source in manifest.sources]


def on_stdin(text):
    return find_fields("-", SETTINGS, stdin=io.BytesIO(text.encode()))


def test_a_folder_is_walked_to_its_leaves_and_sorted_by_id(tmp_path):
    touch(tmp_path, *four("b"), *four("deep/deeper/a", ".tif.gz"), *four("c", ".jpg"))
    touch(tmp_path, ".hidden_blue.png", ".cache/x_blue.png")
    manifest = find_fields(str(tmp_path), SETTINGS)
    assert ids(manifest) == ["a", "b", "c"]
    assert list(manifest.sources[0].files) == list(Channel)
    assert manifest.sources[0].files[Channel.ER].endswith("deep/deeper/a_yellow.tif.gz")
    assert (manifest.failures, manifest.notes) == ((), ())


def test_no_image_is_opened(tmp_path):
    write_field(tmp_path, "broken", encode=lambda _: b"no image at all")
    assert ids(find_fields(str(tmp_path), SETTINGS)) == ["broken"]


def test_folders_with_bare_colours_are_fields(tmp_path):
    touch(tmp_path, *(f"f{n}/{colour}.png" for n in (1, 2) for colour in COLOURS))
    assert ids(find_fields(str(tmp_path), SETTINGS)) == ["f1", "f2"]


def test_web_names_carry_antibody_plate_well_and_position(tmp_path):
    touch(tmp_path, *four("HPA030741/800_A6_1", ".jpg"))
    (source,) = find_fields(str(tmp_path), SETTINGS).sources
    assert source.id == "HPA030741_800_A6_1"
    assert source.metadata == {
        "Antibody": "HPA030741", "Plate": "800", "Well": "A6", "Field": "1"
    }  # fmt: skip


def test_unknown_files_are_one_line_and_masks_none(tmp_path):
    touch(tmp_path, *four("a"), "a_cells.png", "a_predictedmask.png", "notes.txt", "a.csv")
    (note,) = find_fields(str(tmp_path), SETTINGS).notes
    assert note.startswith("2 files with unrecognised names")


def test_a_missing_channel_is_a_failure_of_that_field_only(tmp_path):
    touch(tmp_path, *four("whole"), "half_blue.png", "half_green.png")
    manifest = find_fields(str(tmp_path), SETTINGS)
    assert ids(manifest) == ["whole"]
    (failure,) = manifest.failures
    assert (failure.id, failure.stage) == ("half", "find")
    assert failure.error == "channels missing: red, yellow."
    assert "half_red" in failure.hint


def test_missing_yellow_is_allowed_only_when_asked_for(tmp_path):
    touch(tmp_path, "x_blue.png", "x_red.png", "x_green.png")
    (failure,) = find_fields(str(tmp_path), SETTINGS).failures
    assert "--allow-missing yellow" in failure.hint
    (source,) = find_fields(str(tmp_path), NO_YELLOW).sources
    assert Channel.ER not in source.files


def test_two_files_for_one_channel_are_refused(tmp_path):
    touch(tmp_path, *four("x"), "x_blue.tif")
    with pytest.raises(UsageError, match=r"x has .*x_blue\.png and .*x_blue\.tif"):
        find_fields(str(tmp_path), SETTINGS)


def test_one_id_in_two_folders_is_refused_and_both_are_named(tmp_path):
    touch(tmp_path, *four("native/x"), *four("small/x"), *four("native/y"), *four("small/y"))
    with pytest.raises(UsageError, match="2 ids have two files") as caught:
        find_fields(str(tmp_path), SETTINGS)
    assert str(tmp_path / "native") in caught.value.hint
    assert str(tmp_path / "small") in caught.value.hint
    assert caught.value.exit_code == 2


def test_links_in_a_circle_end(tmp_path):
    touch(tmp_path, *four("a/x"))
    (tmp_path / "a" / "back").symlink_to(tmp_path)
    (tmp_path / "linked").symlink_to(tmp_path / "a", target_is_directory=True)
    assert ids(find_fields(str(tmp_path), SETTINGS)) == ["x"]


def test_a_link_that_cannot_be_followed_does_not_hide_other_files(tmp_path):
    """It lies between the others in the folder's order."""
    touch(tmp_path, *four("a"), *four("c"))
    touch(tmp_path, *four("b")[1:])
    circle = tmp_path / four("b")[0]
    circle.symlink_to(circle)
    found = find_fields(str(tmp_path), SETTINGS)
    assert ids(found) == ["a", "b", "c"]
    assert not found.notes
    with pytest.raises(FieldError, match=r"cannot be opened: Too many levels of symbolic links"):
        header_of_file(str(circle), SETTINGS)


def test_a_linked_folder_is_entered(tmp_path):
    touch(tmp_path / "elsewhere", *four("x"))
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "link").symlink_to(tmp_path / "elsewhere")
    assert ids(find_fields(str(tmp_path / "input"), SETTINGS)) == ["x"]


def test_globs(tmp_path):
    touch(tmp_path, *four("p1/a"), *four("p2/b"), *four("other/c"))
    assert ids(find_fields(f"{tmp_path}/p*/*.png", SETTINGS)) == ["a", "b"]
    assert ids(find_fields(f"{tmp_path}/p?", SETTINGS)) == ["a", "b"]
    assert ids(find_fields(f"{tmp_path}/**", SETTINGS)) == ["a", "b", "c"]
    assert ids(find_fields(f"{tmp_path}/**/a_*", SETTINGS)) == ["a"]


def test_a_folder_whose_name_is_a_pattern_is_that_folder(tmp_path):
    touch(tmp_path, *four("set[1]/a"))
    assert ids(find_fields(str(tmp_path / "set[1]"), SETTINGS)) == ["a"]


def test_nothing_found_says_which_names_are_wanted(tmp_path):
    with pytest.raises(DataError, match="no fields found") as caught:
        find_fields(str(tmp_path), SETTINGS)
    assert "<id>_blue.png" in caught.value.hint
    with pytest.raises(DataError, match="no fields"):
        find_fields(f"{tmp_path}/*.png", SETTINGS)
    with pytest.raises(DataError, match="stdin"):
        on_stdin("")


@pytest.mark.parametrize("name", ["absent", "absent/dir"])
def test_a_place_that_is_not_there_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError, match="does not exist"):
        find_fields(str(tmp_path / name), SETTINGS)


def test_a_single_image_or_a_text_is_no_input(tmp_path):
    image = write(tmp_path / "x_blue.png", png(pixels()))
    with pytest.raises(UsageError, match="single image"):
        find_fields(image, SETTINGS)
    text = write(tmp_path / "list.txt", b"a_blue.png\n")
    with pytest.raises(UsageError, match="neither a folder nor a manifest") as caught:
        find_fields(text, SETTINGS)
    assert "< " in caught.value.hint


def test_paths_on_stdin_keep_the_order_of_first_paths():
    paths = [*four("z"), *four("a"), "notes.txt"]
    shuffled = [paths[0], paths[4], *paths[1:4], *paths[5:]]
    manifest = on_stdin("\n".join(shuffled) + "\n")
    assert ids(manifest) == ["z", "a"]
    assert len(manifest.notes) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\0"])
def test_paths_end_with_a_line_or_with_nul(end):
    assert ids(on_stdin(end.join(four("with space")) + end)) == ["with space"]


def test_a_path_that_comes_twice_counts_once():
    assert ids(on_stdin("\n".join(four("a") * 2))) == ["a"]


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["x_C00.tif", "x_C01.tif", "x_C02.tif", "x_C03.tif"], "blue,green,red,yellow"),
        (["x_ch1.png", "x_ch2.png", "x_ch3.png", "x_ch4.png"], "blue,green,red,yellow"),
    ],
)
def test_numbered_channels_take_the_given_order(tmp_path, names, order):
    touch(tmp_path, *names)
    (source,) = find_fields(str(tmp_path), InputSettings(channel_order=order)).sources
    assert [Path(source.files[channel]).name for channel in Channel] == [
        names[0],
        names[2],
        names[3],
        names[1],
    ]


def test_any_tokens_mark_channels(tmp_path):
    touch(tmp_path, *(f"{field}_w{n}.tif" for field in "ab" for n in range(1, 6)))
    manifest = find_fields(str(tmp_path), InputSettings(channel_order="w2,w1,w4,w3"))
    assert [source.id for source in manifest.sources] == ["a", "b"]
    names = [Path(manifest.sources[0].files[channel]).name for channel in Channel]
    assert names == ["a_w2.tif", "a_w1.tif", "a_w4.tif", "a_w3.tif"]
    assert "2 files" in manifest.notes[0]  # the fifth ones


def test_numbered_channels_without_order_are_told(tmp_path):
    touch(tmp_path, *four("a"), "x_C00.tif", "x_C01.tif")
    (note,) = find_fields(str(tmp_path), SETTINGS).notes
    assert "2 files with numbered channels" in note
    assert "--channel-order" in note


def test_a_fifth_numbered_channel_is_left_out(tmp_path):
    touch(tmp_path, *(f"x_ch{n}.png" for n in range(5)))
    manifest = find_fields(str(tmp_path), InputSettings(channel_order="blue,red,yellow,green"))
    assert len(manifest.sources) == 1
    assert "x_ch4.png" in manifest.notes[0]


REAL = {
    "native": 4,
    "derived512": 5,
    "kaggle512": 1,
    "web_jpeg": 2,
}


@pytest.mark.parametrize(("folder", "count"), REAL.items())
def test_every_complete_real_field_is_found(shared_data, folder, count):
    place = shared_data / "hpa_fields" / folder
    manifest = find_fields(str(place), SETTINGS)
    wanted = sorted(path.name.rpartition("_blue")[0] for path in place.glob("*_blue.*"))
    assert ids(manifest) == wanted
    assert len(wanted) == count
    assert (manifest.failures, manifest.notes) == ((), ())


def test_real_folders_that_share_ids_are_refused_together(shared_data):
    with pytest.raises(UsageError, match="4 ids"):
        find_fields(str(shared_data / "hpa_fields"), SETTINGS)


def test_names_that_are_no_text_fail_alone(tmp_path):
    touch(tmp_path, *four("a"), *four("J\udcfcrgen"))  # ü as Latin-1, which old shares hold
    manifest = find_fields(str(tmp_path), SETTINGS)
    assert ids(manifest) == ["a"]
    (failure,) = manifest.failures
    assert (failure.id, failure.stage) == ("J\\udcfcrgen", "find")
    assert "UTF-8" in failure.error
    (tmp_path / "J\udcfcrgen_red.png").unlink()
    assert "UTF-8" in find_fields(str(tmp_path), SETTINGS).failures[0].error


def test_an_image_on_stdin_is_told_from_a_list():
    with pytest.raises(UsageError, match="stdin is an image"):
        find_fields("-", SETTINGS, stdin=io.BytesIO(png(pixels())))


@pytest.mark.parametrize(("names", "told"), [
    (["x_z00", "x_z01", "x_z02"], "3 fields look like Z planes or time points of 1"),
    (["a-t1", "a-t2", "b_Z1", "b_Z2"], "4 fields look like Z planes or time points of 2"),
    (["x_z00", "y_z01", "quiz_1", "quiz_2"], ""),
])  # fmt: skip
def test_planes_of_a_stack_in_files_are_noted(tmp_path, names, told):
    for name in names:
        touch(tmp_path, *four(name))
    notes = " ".join(find_fields(str(tmp_path), SETTINGS).notes)
    assert told in notes
    assert told or not notes
