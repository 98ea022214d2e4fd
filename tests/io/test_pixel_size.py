import numpy as np
import pytest
from image_files import png, tiff, write
from listener import Listener

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource, PixelSizeSource
from hpa_features.io.manifest import find_fields
from hpa_features.io.nuclear_size import nuclear_areas
from hpa_features.io.pixel_size import settle

UUID = "000a6c98-bb9b-11e8-b2b9-ac1f6b6435d{}"
SETTINGS = InputSettings()


def flat(rows, columns=None):
    return np.zeros((rows, columns or rows), np.uint8)


def source(folder, field_id, data, **facts):
    path = write(folder / f"{field_id}_blue.dat", data)
    return FieldSource(field_id, dict.fromkeys(Channel, path), **facts)


def settled(each, settings=SETTINGS, progress=SILENT):
    (only,) = settle([each], settings, progress)
    return only.pixel_size_um, only.pixel_size_source


NATIVE = png(flat(2048))
CM_TIFF = tiff(flat(64), resolution=(100_000, 100_000), resolutionunit="CENTIMETER")  # 0.1 µm
PRINT_TIFF = tiff(flat(64), resolution=(300, 300), resolutionunit="INCH")


@pytest.mark.parametrize(
    ("field_id", "data", "facts", "settings", "wanted"),
    [
        ("x", b"never read", {"pixel_size_um": 0.2, "pixel_size_source": PixelSizeSource.MANIFEST},
         InputSettings(pixel_size_um=0.5), (0.2, "manifest")),
        ("x", b"never read", {}, InputSettings(pixel_size_um=0.5), (0.5, "option")),
        ("x", CM_TIFF, {}, SETTINGS, (0.1, "tags")),
        (UUID.format(0), CM_TIFF, {}, SETTINGS, (0.1, "tags")),
        (UUID.format(0), NATIVE, {}, SETTINGS, (0.08, "name")),
        ("800_A6_1", png(flat(1728)), {}, SETTINGS, (0.08, "name")),
        ("HPA030741_800_A6_1", NATIVE, {}, SETTINGS, (0.08, "name")),
        (UUID.format(0), png(flat(512)), {"file_size": 4_195_920}, SETTINGS, (0.32, "file_size")),
        (UUID.format(0), png(flat(512)), {"file_size": 9_438_800}, SETTINGS, (0.48, "file_size")),
        (UUID.format(0), png(flat(512)), {"file_size": 16_778_832}, SETTINGS, (0.32, "assumed")),
        (UUID.format(0), png(flat(512)), {}, SETTINGS, (0.32, "assumed")),
    ],
)  # fmt: skip
def test_the_first_that_is_known(tmp_path, field_id, data, facts, settings, wanted):
    size, origin = settled(source(tmp_path, field_id, data, **facts), settings)
    assert (size, origin) == (pytest.approx(wanted[0]), wanted[1])


def test_the_name_of_the_file_tells_where_a_manifest_has_its_own_ids(tmp_path):
    path = write(tmp_path / f"{UUID.format(0)}_blue.png", NATIVE)
    assert settled(FieldSource("mine", dict.fromkeys(Channel, path))) == (0.08, "name")


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        (PixelSizeSource.ESTIMATED, (0.2, PixelSizeSource.OPTION)),
        (PixelSizeSource.ASSUMED, (0.2, PixelSizeSource.OPTION)),
        (PixelSizeSource.MANIFEST, (0.3, PixelSizeSource.MANIFEST)),
    ],
)
def test_the_users_word_beats_what_a_dry_run_guessed(tmp_path, origin, wanted):
    guessed = source(tmp_path, "f1", png(flat(64)), pixel_size_um=0.3, pixel_size_source=origin)
    (settled,) = settle([guessed], InputSettings(pixel_size_um=0.2), SILENT)
    assert (settled.pixel_size_um, settled.pixel_size_source) == wanted


def test_imagej_says_microns(tmp_path):
    for unit in ("micron", "um", "\\u00B5m"):
        data = tiff(flat(64), imagej=True, resolution=(5, 5), metadata={"unit": unit})
        assert settled(source(tmp_path, "x", data)) == (pytest.approx(0.2), "tags")


@pytest.mark.parametrize(
    "data",
    [
        PRINT_TIFF,
        tiff(flat(64)),
        tiff(flat(64), resolution=(100_000, 50_000), resolutionunit="CENTIMETER"),
        tiff(flat(64), resolution=(5, 5)),
    ],
    ids=["300 dpi", "none", "not square", "no unit"],
)
def test_tags_that_mean_nothing_are_no_pixel_size(tmp_path, data):
    assert settled(source(tmp_path, "x", data))[1] is not PixelSizeSource.TAGS


def test_tags_against_the_name_are_warned_of(tmp_path):
    data = tiff(flat(1728), resolution=(59326, 59326), resolutionunit="CENTIMETER")
    heard = Listener()
    assert settled(source(tmp_path, "800_A6_1", data), progress=heard)[1] == "tags"
    assert "--pixel-size-um 0.08" in heard.warnings[0]


def test_assumed_sizes_are_noted(tmp_path):
    heard = Listener()
    settled(source(tmp_path, UUID.format(0), png(flat(512))), progress=heard)
    assert "file_size" in heard.notes[0]


def test_an_unreadable_header_leaves_the_size_unknown(tmp_path):
    assert settled(source(tmp_path, "x", b"no image")) == (None, None)


def discs(radius, count=9, edge=256, seed=0):
    """`count` bright discs on a dim noisy ground, apart from one another and from the edge."""
    rows, columns = np.indices((edge, edge))
    side = int(np.sqrt(count))
    plane = np.random.default_rng(seed).integers(0, 20, (edge, edge))
    for n in range(count):
        y, x = ((np.array(divmod(n, side)) + 0.5) * edge / side).astype(int)
        plane[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] += 150
    return plane.astype(np.uint8)


def test_nuclei_of_known_size_give_the_pixel_size(tmp_path):
    sources = [source(tmp_path, f"f{n}", png(discs(25, seed=n))) for n in range(4)]
    heard = Listener()
    done = settle(sources, SETTINGS, heard)
    assert {each.pixel_size_source for each in done} == {PixelSizeSource.ESTIMATED}
    sizes = {each.pixel_size_um for each in done}
    assert len(sizes) == 1
    assert sizes.pop() == pytest.approx(15 / 50, rel=0.04)
    assert "36 nuclei" in heard.warnings[0]
    assert "--pixel-size-um" in heard.warnings[0]


def test_folders_and_sizes_are_estimated_apart(tmp_path):
    sources = [
        source(tmp_path / "a", "a", png(discs(20))),
        source(tmp_path / "b", "b", png(discs(30))),
        source(tmp_path / "a", "c", png(discs(40, edge=512))),
    ]
    sizes = [each.pixel_size_um for each in settle(sources, SETTINGS, SILENT)]
    assert sizes == [pytest.approx(15 / (2 * r), rel=0.05) for r in (20, 30, 40)]


def test_the_estimate_does_not_depend_on_the_image_scale(tmp_path):
    large = np.kron(discs(25), np.ones((8, 8), np.uint8))
    (whole,) = settle([source(tmp_path, "x", png(large))], SETTINGS, SILENT)
    assert whole.pixel_size_um == pytest.approx(15 / 400, rel=0.05)


def test_debris_and_touching_nuclei_do_not_count(tmp_path):
    plane = discs(25)
    rows, columns = np.indices(plane.shape)
    for y, x in np.random.default_rng(0).integers(4, 252, (150, 2)):
        plane[(rows - y) ** 2 + (columns - x) ** 2 <= 3] = 160  # specks
    plane[40:46, 43:213] = 160  # a bridge over three nuclei
    (only,) = settle([source(tmp_path, "x", png(plane))], SETTINGS, SILENT)
    assert only.pixel_size_um == pytest.approx(0.3, rel=0.08)


def test_black_fields_are_assumed_and_said(tmp_path):
    heard = Listener()
    assert settled(source(tmp_path, "x", png(flat(64))), progress=heard) == (0.32, "assumed")
    assert "no nuclei" in heard.warnings[0]


def test_discs_cut_by_the_edge_are_left_out():
    cut = np.roll(discs(25, count=1), 128, axis=0)
    assert nuclear_areas(cut).size == 0
    both = np.maximum(cut, discs(25, count=1))
    assert nuclear_areas(both) == [pytest.approx(np.pi * 25**2, rel=0.05)]


@pytest.mark.parametrize(
    ("folder", "size"), [("native", 0.08), ("derived512", 0.32), ("kaggle512", 0.32),
                         ("web_jpeg", 0.08)]
)  # fmt: skip
def test_real_fields(shared_data, folder, size):
    found = find_fields(str(shared_data / "hpa_fields" / folder), SETTINGS)
    assert {each.pixel_size_um for each in settle(found.sources, SETTINGS, SILENT)} == {size}


def test_the_estimate_on_real_fields_is_near_what_is_known(shared_data):
    paths = sorted((shared_data / "hpa_kaggle512_nuclei").glob("*.png"))
    sources = [FieldSource(p.stem[:8], dict.fromkeys(Channel, str(p))) for p in paths]
    done = settle(sources, SETTINGS, SILENT)
    # 0.32 and 0.48 µm are mixed there; one nucleus in this sample is about 14 µm across.
    assert done[0].pixel_size_um == pytest.approx(0.35, abs=0.04)
