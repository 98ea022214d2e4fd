"""Whatever a decoder raises is the failure of its file: in headers, pixels and estimates."""

import numpy as np
import pytest
from image_files import jpeg, page_tags, pixels, png, tags_tiff, tiff, write, write_field

from hpa_features.core.errors import FieldError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io import nuclear_size
from hpa_features.io.files import Place
from hpa_features.io.formats import FORMATS
from hpa_features.io.images import channel_image, open_image, read_plane
from hpa_features.io.masks import read_given
from hpa_features.io.pixel_size import settle
from hpa_features.pipeline.manifest import manifest

SETTINGS = InputSettings()
FILES = {"PNG": png(pixels()), "JPEG": jpeg(pixels()), "TIFF": tiff(pixels())}
RAISED = [
    ZeroDivisionError("float division by zero"), RuntimeError("codec"), MemoryError(),
    RecursionError("maximum recursion depth exceeded"), AttributeError("'NoneType'"), OverflowError,
    TypeError("not a number"), AssertionError(), NotImplementedError("chroma"), EOFError(),
    KeyError("x"), IndexError(), StopIteration(), UnicodeError("x"), OSError(5, "Input/output"),
    np.exceptions.AxisError("axis"), UserWarning("as an error"),
]  # fmt: skip


def fail_with(monkeypatch, name, step, error):
    def fails(*_):
        raise error

    [format_] = [each for each in FORMATS if each.name == name]
    monkeypatch.setattr(format_.codec(), step, fails)


@pytest.mark.parametrize("error", RAISED, ids=lambda error: getattr(error, "__name__", repr(error)))
@pytest.mark.parametrize("step", ["header", "pixels"])
@pytest.mark.parametrize("name", FILES)
def test_whatever_a_decoder_raises_is_the_failure_of_its_file(
    tmp_path, monkeypatch, name, step, error
):
    path = write(tmp_path / "x", FILES[name])
    fail_with(monkeypatch, name, step, error)
    with pytest.raises(FieldError) as caught, open_image(Place(path), SETTINGS) as image:
        read_plane(image, Channel.DNA, SETTINGS)
    assert (caught.value.stage, caught.value.file) == ("read", path)
    assert caught.value.hint
    assert "()" not in caught.value.message
    if isinstance(error, MemoryError):
        assert "needs more memory" in caught.value.message


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_a_wish_to_stop_is_not_caught(tmp_path, monkeypatch, error):
    path = write(tmp_path / "x", FILES["PNG"])
    fail_with(monkeypatch, "PNG", "header", error)
    with pytest.raises(type(error)):
        channel_image(path, SETTINGS)


def test_a_mask_fails_at_its_own_stage(tmp_path, monkeypatch):
    write_field(tmp_path, "x", suffix=".tif", encode=tiff)
    files = {c: str(tmp_path / f"x_{c.colour}.tif") for c in Channel}
    source = FieldSource("x", files, cells=write(tmp_path / "c.png", FILES["PNG"]))
    fail_with(monkeypatch, "PNG", "pixels", ZeroDivisionError("x"))
    with pytest.raises(FieldError) as caught:
        read_given(source, (24, 32), SETTINGS)
    assert caught.value.stage == "masks"


# Pages on which tifffile itself divides by zero, looks up None, and the like.
DAMAGED = {
    "no width of tiles": page_tags(pixels(), 1, t322=0, t323=16),
    "no size": page_tags(pixels(), 1, t256=0, t257=0),
    "no samples": page_tags(pixels(), 1, t277=0),
    "sizes are lists": page_tags(pixels(), 1, t256=[32, 32]),
    "unknown predictor": page_tags(pixels(), 1, t317=77, t259=8),
    "unknown compression": page_tags(pixels(), 1, t259=4711),
    "kinds are mixed": page_tags(pixels(shape=(24, 32, 3)), 2, t339=[1, 2, 1]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_fail_in_the_parent_as_in_workers_and_others_go_on(tmp_path, name):
    """Without a known pixel size, headers and blue planes are read by the parent process."""
    write_field(tmp_path, "good", suffix=".tif", encode=tiff)
    write_field(tmp_path, "bad", suffix=".tif", encode=tiff)
    write(tmp_path / "bad_blue.tif", tags_tiff(DAMAGED[name]))
    sources = [
        FieldSource(stem, {c: str(tmp_path / f"{stem}_{c.colour}.tif") for c in Channel})
        for stem in ("bad", "good")
    ]
    bad, good = settle(sources, SETTINGS, SILENT)
    assert good.pixel_size_um is not None
    with pytest.raises(FieldError), open_image(Place(bad.files[Channel.DNA]), SETTINGS) as image:
        read_plane(image, Channel.DNA, SETTINGS)
    found = manifest(str(tmp_path), SETTINGS)
    assert "good" in [facts.source.id for facts in found.listed]


def test_nuclei_that_cannot_be_measured_are_left_to_the_other_fields(tmp_path, monkeypatch):
    def fails(plane):
        raise RuntimeError("hull")

    monkeypatch.setattr(nuclear_size, "nuclear_areas", fails)
    place = Place(write(tmp_path / "x.png", FILES["PNG"]))
    assert nuclear_size.median_diameter_px([place], SETTINGS, lambda: None) == (0.0, 0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_the_estimate_takes_planes_of_any_size(tmp_path, shape):
    write_field(tmp_path, "x", shape=shape)
    source = FieldSource("x", {c: str(tmp_path / f"x_{c.colour}.png") for c in Channel})
    [settled] = settle([source], SETTINGS, SILENT)
    assert settled.pixel_size_um is not None


@pytest.mark.parametrize("name", ["tiles", "ImageJ", "OME", "JPEG in TIFF", "JPEG"])
def test_damaged_bytes_give_pixels_or_a_failure(tmp_path, name):
    stack = pixels(shape=(3, 24, 32), dtype=np.uint16)
    data = {
        "tiles": lambda: tiff(pixels(), tile=(16, 16), compression="zlib"),
        "ImageJ": lambda: tiff(stack, imagej=True, truncate=True),
        "OME": lambda: tiff(stack, photometric="minisblack", ome=True, metadata={"axes": "CYX"}),
        "JPEG in TIFF": lambda: tiff(pixels(), compression="jpeg"),
        "JPEG": lambda: FILES["JPEG"],
    }[name]()
    random = np.random.default_rng(0)
    path = tmp_path / "x"
    outcomes = set()
    for _ in range(150):
        broken = bytearray(data)
        for place in random.integers(0, min(len(data), 500), 3):
            broken[place] = random.choice([0, 1, 2, 4, 255])
        path.write_bytes(broken)
        try:
            with open_image(Place(str(path)), InputSettings(max_pixels=100_000)) as image:
                read_plane(image, Channel.DNA, SETTINGS)
            outcomes.add("pixels")
        except FieldError:
            outcomes.add("failure")
    assert "failure" in outcomes
