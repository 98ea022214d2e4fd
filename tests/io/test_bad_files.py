"""Every way a file can be wrong has its own sentence, stage, file and hint."""

import gzip
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from image_files import jpeg, pixels, png, tiff, write, write_field
from PIL import Image

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io.files import Place
from hpa_features.io.images import open_image, read_field, read_plane

SETTINGS = InputSettings()
G16 = pixels(dtype=np.uint16)


def failure_of(path, settings=SETTINGS):
    place = Place.of(str(path))
    with (
        pytest.raises(FieldError) as caught,
        open_image(place, settings) as image,
    ):
        read_plane(image, Channel.DNA, settings)
    error = caught.value
    assert error.stage == "read"
    assert error.file == place.path
    assert error.hint
    assert error.message.endswith(".")
    return error.message


def palette_png():
    file = io.BytesIO()
    Image.fromarray(pixels()).convert("1").save(file, "PNG")
    return file.getvalue()


def constant_alpha(level):
    array = np.full((24, 32, 4), level, dtype=np.uint8)
    array[..., :3] = pixels()[..., None]
    return array


def stack(axes, shape):
    return tiff(pixels(shape=shape), photometric="minisblack", imagej=True, metadata={"axes": axes})


def zeroed(data, start, count=80):
    return data[:start] + bytes(count) + data[start + count :]


CASES = {
    "empty": (b"", "is empty"),
    "text": (b"hello, I am no image at all", "not an image"),
    "web page": (b"<!DOCTYPE html><html>404</html>", "is a web page"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50), "is JPEG 2000"),
    "png header cut": (png(G16)[:20], "truncated in its PNG header"),
    "png cut": (png(G16)[:-300], "truncated or damaged"),
    "png end cut": (png(G16)[:-20], "truncated or damaged"),
    "png flipped": (png(G16)[:500] + b"\0\0\0\0" + png(G16)[504:], "truncated or damaged"),
    "png header damaged": (png(G16)[:25] + b"\x09" + png(G16)[26:], "damaged PNG header"),
    "png zero wide": (png(G16)[:16] + bytes(4) + png(G16)[20:], "damaged PNG header"),
    "png one bit": (palette_png(), "1 bit per pixel"),
    "jpeg header cut": (jpeg(pixels())[:60], "JPEG header"),
    "jpeg cut": (jpeg(pixels(shape=(64, 64)))[:-900], "truncated or damaged"),
    "tiff header cut": (tiff(G16)[:6], "damaged TIFF header"),
    "tiff tags cut": (tiff(G16)[:100], "damaged TIFF header"),
    "tiff raw cut": (tiff(G16)[:-200], "is truncated"),
    "tiff lzw cut": (tiff(G16, compression="lzw")[:-200], "is truncated"),
    "tiff zlib cut": (tiff(G16, compression="zlib")[:-200], "is truncated"),
    "tiff jpeg cut": (tiff(pixels(), compression="jpeg")[:-200], "is truncated"),
    "tiff zlib damaged": (zeroed(tiff(G16, compression="zlib"), 400), "truncated or damaged"),
    "signed": (tiff(np.array([[-3, 500]], np.int16)), "signed 16-bit integers, wanted unsigned"),
    "32-bit": (tiff(np.array([[3, 500]], np.uint32)), "32-bit integers"),
    "64-bit": (tiff(np.array([[3, 500]], np.uint64)), "64-bit integers"),
    "complex": (tiff(np.array([[3, 1j]], np.complex64)), "complex64"),
    "one bit tiff": (tiff(pixels() > 9), "1 bit per pixel"),
    "nan": (tiff(np.array([[0, np.nan, np.inf]], np.float32)), "NaN or infinity in 2 of 3 pixels"),
    "float high": (tiff(np.array([[0, 255.0]], np.float32)), "from 0 to 255, outside 0 to 1"),
    "float low": (tiff(np.array([[-0.5, 1.0]], np.float32)), "from -0.5 to 1, outside 0 to 1"),
    "four channels": (png(pixels(shape=(24, 32, 4))), "has 4 channels"),
    "transparent": (png(constant_alpha(7)), "has 4 channels"),
    "two channels": (png(pixels(shape=(24, 32, 2))), "has 2 channels"),
    "z stack": (stack("ZYX", (5, 24, 32)), "stack of 5 planes in Z"),
    "time series": (stack("TYX", (5, 24, 32)), "5 time points"),
    "z and c": (stack("ZCYX", (5, 2, 24, 32)), "stack of 5 planes in Z"),
    "channels": (stack("CYX", (4, 24, 32)), "has 4 channels, wanted 1"),
    "pages": (tiff(pixels(shape=(3, 24, 32)), photometric="minisblack"), "has 3 pages"),
    "palette tiff": (
        tiff(pixels(), photometric="palette", colormap=np.zeros((3, 256), np.uint16)),
        "colour space PALETTE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_says_what_is_wrong_with_it(tmp_path, name):
    data, says = CASES[name]
    path = tmp_path / "x_blue.png"
    path.write_bytes(data)
    message = failure_of(path)
    assert re.search(says, message), message


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_as_bad_inside_gzip(tmp_path, name):
    data, _ = CASES[name]
    path = tmp_path / "x_blue.tif.gz"
    path.write_bytes(gzip.compress(data))
    failure_of(path)


@pytest.mark.parametrize("encode", [png, tiff, jpeg], ids=["png", "tiff", "jpeg"])
def test_no_cut_of_a_file_escapes_or_passes(tmp_path, encode):
    data = encode(pixels())
    path = tmp_path / "x"
    for length in range(1, len(data) - 24, 7):
        path.write_bytes(data[:length])
        failure_of(path)


@pytest.mark.parametrize("encode", [png, tiff, jpeg], ids=["png", "tiff", "jpeg"])
def test_flipped_bytes_give_pixels_or_a_field_error(tmp_path, encode):
    data = encode(pixels())
    path = tmp_path / "x"
    random = np.random.default_rng(0)
    outcomes = set()
    for place in random.integers(0, len(data), 200):
        broken = bytearray(data)
        broken[place] ^= int(random.integers(1, 256))
        path.write_bytes(broken)
        outcomes.add(outcome_of(path))
    assert outcomes <= {"pixels", str(path)}
    assert str(path) in outcomes


def outcome_of(path):
    try:
        with open_image(Place(str(path)), InputSettings(max_pixels=10_000)) as image:
            read_plane(image, Channel.DNA, SETTINGS)
    except FieldError as error:
        return error.file
    return "pixels"


def test_missing_folder_and_forbidden(tmp_path):
    assert "does not exist" in failure_of(tmp_path / "absent.png")
    assert "is a folder" in failure_of(tmp_path)
    path = write(tmp_path / "secret.png", png(pixels()))
    Path(path).chmod(0)
    if not os.access(path, os.R_OK):  # root may read everything
        assert "permission denied" in failure_of(path)


def test_damaged_gzip(tmp_path):
    path = tmp_path / "x_blue.tif.gz"
    whole = gzip.compress(tiff(G16))
    path.write_bytes(whole[:-30])
    assert "truncated" in failure_of(path)
    path.write_bytes(whole[:50] + bytes(20) + whole[70:])
    assert "damaged gzip" in failure_of(path)
    path.write_bytes(gzip.compress(b""))
    assert "not an image" in failure_of(path)


def test_a_gzip_bomb_is_stopped(tmp_path):
    path = tmp_path / "x_blue.tif.gz"
    path.write_bytes(gzip.compress(bytes(5_000_000)))
    assert "unpacks to more than" in failure_of(path, InputSettings(max_pixels=1000))


@pytest.mark.parametrize("encode", [png, tiff, jpeg], ids=["png", "tiff", "jpeg"])
def test_too_many_pixels_are_refused_before_decoding(tmp_path, encode):
    data = encode(np.zeros((300, 200), np.uint8))
    cut = data[:120] if encode is png else data  # no pixels are left, and nobody looks
    path = write(tmp_path / "x.bin", cut)
    message = failure_of(path, InputSettings(max_pixels=59_999))
    assert "300 × 200 = 60,000 pixels, above the limit of 59,999" in message


def test_values_above_the_bit_depth(tmp_path):
    path = write(tmp_path / "x.png", png(np.array([[0, 5000]], np.uint16)))
    message = failure_of(path, InputSettings(bit_depth=12))
    assert "values up to 5,000, above the 4,095 of 12 bits that --bit-depth states" in message


def test_floats_outside_the_given_range(tmp_path):
    path = write(tmp_path / "x.tif", tiff(np.array([[0, 5000]], np.float32)))
    assert "outside --float-range 0 4095" in failure_of(path, InputSettings(float_range=(0, 4095)))


@pytest.mark.parametrize(
    ("suffix", "data", "says"),
    [
        ("#channel=1", png(pixels()), "has 1 channel, wanted channel 1"),
        ("#channel=3", png(pixels(shape=(24, 32, 3))), "has 3 channels, wanted channel 3"),
        ("#page=1", png(pixels()), "is PNG and has page 0 only"),
        ("#page=2", jpeg(pixels()), "is JPEG and has page 0 only"),
        ("#page=1", tiff(pixels()), "has 1 page, wanted page 1"),
        ("#channel=4", stack("CYX", (4, 24, 32)), "has 4 channels, wanted channel 4"),
        ("#channel=1", stack("ZYX", (4, 24, 32)), "stack of 4 planes"),
    ],
)
def test_a_plane_that_is_not_there(tmp_path, suffix, data, says):
    assert says in failure_of(write(tmp_path / "x.dat", data) + suffix)


def source_of(folder, **changes):
    files = {c: str(folder / f"x_{c.colour}.png") for c in Channel}
    return FieldSource("x", files, **{"pixel_size_um": 0.1} | changes)


def test_channels_of_unequal_size(tmp_path):
    write_field(tmp_path, "x")
    write(tmp_path / "x_red.png", png(pixels(shape=(24, 31)))[:200])  # headers suffice
    with pytest.raises(FieldError, match=r"blue 24 × 32, red 24 × 31, yellow 24 × 32") as caught:
        read_field(source_of(tmp_path), SETTINGS)
    assert caught.value.stage == "read"


def test_one_bad_channel_names_its_file(tmp_path):
    write_field(tmp_path, "x")
    (tmp_path / "x_yellow.png").write_bytes(b"")
    with pytest.raises(FieldError, match="is empty") as caught:
        read_field(source_of(tmp_path), SETTINGS)
    assert caught.value.file.endswith("x_yellow.png")


def test_an_unsettled_pixel_size(tmp_path):
    write_field(tmp_path, "x")
    with pytest.raises(FieldError, match="pixel size") as caught:
        read_field(source_of(tmp_path, pixel_size_um=None), SETTINGS)
    assert "--pixel-size-um" in caught.value.hint
