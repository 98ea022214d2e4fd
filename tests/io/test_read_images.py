"""Good files: what is read equals what was written, with the right plane and full scale."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import COLOURS, jpeg, pixels, png, tiff, write, write_field

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource, PixelSizeSource
from hpa_features.io.colour import plane_of
from hpa_features.io.files import Place
from hpa_features.io.header import Header
from hpa_features.io.images import header_of_file, open_image, read_field, read_plane
from hpa_features.io.manifest import find_fields

SETTINGS = InputSettings(pixel_size_um=0.1)


def plane_at(path, channel=Channel.DNA, settings=SETTINGS):
    with open_image(Place.of(str(path)), settings) as image:
        return read_plane(image, channel, settings)


def source_of(folder, stem="x", suffix=".png"):
    files = {c: str(folder / f"{stem}_{c.colour}{suffix}") for c in Channel}
    return FieldSource(stem, files, pixel_size_um=0.1, pixel_size_source=PixelSizeSource.OPTION)


ENCODINGS = {
    "png": (".png", png),
    "raw": (".tif", tiff),
    "lzw": (".tif", lambda a: tiff(a, compression="lzw", predictor=True)),
    "zlib": (".tiff", lambda a: tiff(a, compression="zlib")),
    "big-endian": (".tif", lambda a: tiff(a, byteorder=">")),
    "tiles": (".tif", lambda a: tiff(a, tile=(16, 16), compression="zlib")),
    "bigtiff": (".tif", lambda a: tiff(a, bigtiff=True)),
    "tif.gz": (".tif.gz", tiff),
    "png.gz": (".png.gz", png),
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ENCODINGS)
def test_lossless_files_give_back_their_pixels(tmp_path, name, dtype):
    suffix, encode = ENCODINGS[name]
    planes = write_field(tmp_path, "x", suffix, encode, dtype=dtype)
    field = read_field(source_of(tmp_path, suffix=suffix), SETTINGS)
    for channel in Channel:
        plane = field.planes[channel]
        np.testing.assert_array_equal(plane, planes[channel.colour])
        assert plane.dtype == dtype
        assert plane.flags.c_contiguous
        assert plane.flags.writeable
        assert field.full_scale[channel] == np.iinfo(dtype).max
    assert field.shape == (24, 32)
    assert (field.pixel_size_um, field.pixel_size_source) == (0.1, PixelSizeSource.OPTION)


def smooth(shape=(64, 64)):
    rows, columns = np.indices(shape)
    return (100 + 50 * np.sin(rows / 9) + 50 * np.cos(columns / 7)).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.jpg", jpeg(smooth(), quality=95)),
        ("x.tif", tiff(smooth(), compression="jpeg", compressionargs={"level": 95})),
    ],
)
def test_gray_jpeg_is_close(tmp_path, name, data):
    plane, full, facts = plane_at(write(tmp_path / name, data))
    assert np.abs(plane.astype(int) - smooth()).max() <= 4
    assert plane.flags.writeable
    assert (full, facts) == (255, {})


def test_the_format_is_told_by_content_not_by_name(tmp_path):
    plane, _, _ = plane_at(write(tmp_path / "x.jpg", png(pixels())))
    np.testing.assert_array_equal(plane, pixels())


def test_eight_and_sixteen_bits_may_stand_in_one_field(tmp_path):
    write_field(tmp_path, "x")
    write(tmp_path / "x_green.png", png(pixels(9, dtype=np.uint16)))
    field = read_field(source_of(tmp_path), SETTINGS)
    assert field.full_scale == {
        Channel.DNA: 255, Channel.MICROTUBULES: 255, Channel.ER: 255, Channel.PROTEIN: 65535
    }  # fmt: skip


def test_a_field_without_yellow_has_three_planes(tmp_path):
    write_field(tmp_path, "x")
    (tmp_path / "x_yellow.png").unlink()
    settings = InputSettings(allow_missing_yellow=True, pixel_size_um=0.1)
    files = {c: p for c, p in source_of(tmp_path).files.items() if c is not Channel.ER}
    field = read_field(FieldSource("x", files, pixel_size_um=0.1), settings)
    assert field.channels == (Channel.DNA, Channel.MICROTUBULES, Channel.PROTEIN)
    with pytest.raises(FieldError, match="yellow"):
        read_field(FieldSource("x", files, pixel_size_um=0.1), SETTINGS)


# Depth -------------------------------------------------------------------------------------


def test_the_bit_depth_option_is_the_full_scale(tmp_path):
    data = (pixels(dtype=np.uint16) >> 4).astype(np.uint16)
    path = write(tmp_path / "x.png", png(data))
    plane, full, _ = plane_at(path, settings=InputSettings(bit_depth=12))
    assert (plane.dtype, full) == (np.uint16, 4095)
    assert plane_at(path)[1] == 65535


def test_the_bit_depth_option_never_exceeds_the_container(tmp_path):
    path = write(tmp_path / "x.png", png(pixels()))
    assert plane_at(path, settings=InputSettings(bit_depth=12))[1] == 255


def packed_tiff(data, bits):
    """A raw TIFF (version 6.0) whose values take `bits` bits each."""
    rows, columns = data.shape
    in_bits = data[..., np.newaxis] >> np.arange(bits)[::-1] & 1
    strip = np.packbits(in_bits.reshape(rows, -1), axis=1).tobytes()
    entries = [(256, columns), (257, rows), (258, bits), (259, 1), (262, 1), (277, 1), (278, rows)]
    start = 8 + 2 + 12 * (len(entries) + 2) + 4
    entries += [(273, start), (279, len(strip))]
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries))
    return struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + tags + bytes(4) + strip


def test_packed_twelve_bits_have_their_own_full_scale(tmp_path):
    data = (pixels(dtype=np.uint16) >> 4).astype(np.uint16)
    plane, full, _ = plane_at(write(tmp_path / "x.tif", packed_tiff(data, 12)))
    np.testing.assert_array_equal(plane, data)
    assert full == 4095


def test_ome_says_its_significant_bits_and_pixel_size(tmp_path):
    data = (pixels(dtype=np.uint16) >> 4).astype(np.uint16)
    facts = {
        "axes": "YX", "SignificantBits": 12,
        "PhysicalSizeX": 80.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 80.0,
        "PhysicalSizeYUnit": "nm",
    }  # fmt: skip
    path = write(tmp_path / "x.ome.tif", tiff(data, ome=True, metadata=facts))
    header = header_of_file(path, SETTINGS)
    assert header.bits == 12
    assert header.pixel_size_um == pytest.approx(0.08)
    assert plane_at(path)[1] == 4095


def test_white_is_zero_is_turned_round(tmp_path):
    path = write(tmp_path / "x.tif", tiff(pixels(), photometric="miniswhite"))
    np.testing.assert_array_equal(plane_at(path)[0], 255 - pixels())


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_floats_from_zero_to_one_are_rounded_half_up(tmp_path_factory, values):
    data = np.array(values, dtype=np.float64).reshape(2, 2)
    folder = tmp_path_factory.mktemp("float")
    plane, full, _ = plane_at(write(folder / "x.tif", tiff(data)))
    assert (plane.dtype, full) == (np.uint16, 65535)
    np.testing.assert_array_equal(plane, np.floor(data * 65535 + 0.5))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_other_float_ranges_take_the_option(tmp_path, dtype):
    data = np.array([[-100, 0], [50, 300]], dtype=dtype)
    settings = InputSettings(float_range=(-100, 300))
    plane, _, _ = plane_at(write(tmp_path / "x.tif", tiff(data)), settings=settings)
    np.testing.assert_array_equal(plane, [[0, 16384], [24576, 65535]])


# Colour ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "own"), [(Channel.DNA, 2), (Channel.MICROTUBULES, 0), (Channel.PROTEIN, 1)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_of_rgb_the_plane_of_the_colour_is_taken_and_bleed_recorded(tmp_path, channel, own, dtype):
    rgb = np.zeros((24, 32, 3), dtype=dtype)
    rgb[..., own] = 40
    rgb[..., (own + 1) % 3] = 6
    rgb[..., (own + 2) % 3] = 2
    plane, _, facts = plane_at(write(tmp_path / "x.png", png(rgb)), channel)
    assert (plane == 40).all()
    assert facts == {f"Bleed_{channel}": "0.150"}


@pytest.mark.parametrize(
    ("levels", "plane", "name", "bleed"),
    [
        ((50, 40, 4), 50, "red", "0.080"),
        ((40, 50, 4), 50, "green", "0.080"),
        ((50, 50, 4), 50, "red", "0.080"),
        ((5, 4, 50), 50, "blue", "0.100"),
    ],
)
def test_yellow_is_the_brighter_of_red_and_green_unless_blue_carries_it(levels, plane, name, bleed):
    rgb = np.broadcast_to(np.array(levels, dtype=np.uint8), (8, 8, 3))
    header = Header("PNG", 8, 8, 3, 3, np.dtype(np.uint8), 8)
    chosen, facts = plane_of(rgb, Channel.ER, header, Place("x"))
    assert (chosen == plane).all()
    assert facts == {"Plane_ER": name, "Bleed_ER": bleed}


def test_gray_saved_as_rgb_is_gray(tmp_path):
    rgb = np.repeat(pixels()[..., None], 3, axis=2)
    plane, _, facts = plane_at(write(tmp_path / "x.png", png(rgb)), Channel.PROTEIN)
    np.testing.assert_array_equal(plane, pixels())
    assert facts == {}


@pytest.mark.parametrize("samples", [2, 4])
def test_an_opaque_alpha_is_dropped(tmp_path, samples):
    array = np.full((24, 32, samples), 255, dtype=np.uint8)
    array[..., :-1] = pixels()[..., None]
    plane, _, _ = plane_at(write(tmp_path / "x.png", png(array)))
    np.testing.assert_array_equal(plane, pixels())


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_planes_of_rgb_tiff_in_either_layout(tmp_path, planar):
    rgb = pixels(shape=(24, 32, 3))
    stored = rgb if planar == "contig" else np.moveaxis(rgb, -1, 0)
    path = write(tmp_path / "x.tif", tiff(stored, photometric="rgb", planarconfig=planar))
    np.testing.assert_array_equal(plane_at(path, Channel.PROTEIN)[0], rgb[..., 1])


def test_a_named_channel_wins_over_the_colour(tmp_path):
    four = pixels(shape=(24, 32, 4))
    path = write(tmp_path / "x.png", png(four))
    for sample in range(4):
        plane, _, facts = plane_at(f"{path}#channel={sample}", Channel.DNA)
        np.testing.assert_array_equal(plane, four[..., sample])
        assert facts == {}


def test_a_named_page_or_channel_of_a_stack(tmp_path):
    stack = pixels(shape=(5, 24, 32))
    plain = write(tmp_path / "plain.tif", tiff(stack, photometric="minisblack"))
    channels = write(
        tmp_path / "channels.ome.tif",
        tiff(stack, photometric="minisblack", ome=True, metadata={"axes": "CYX"}),
    )
    for n in range(5):
        np.testing.assert_array_equal(plane_at(f"{plain}#page={n}")[0], stack[n])
        np.testing.assert_array_equal(plane_at(f"{channels}#channel={n}")[0], stack[n])
        np.testing.assert_array_equal(plane_at(f"{channels}#page={n}")[0], stack[n])


def test_a_thumbnail_after_the_image_does_not_matter(tmp_path):
    import tifffile

    path = tmp_path / "x.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(pixels())
        file.write(pixels()[::4, ::4], subfiletype=1)
    np.testing.assert_array_equal(plane_at(path)[0], pixels())


# Real files --------------------------------------------------------------------------------


def test_real_web_jpegs_give_the_plane_that_carries_their_light(shared_data):
    found = find_fields(str(shared_data / "hpa_fields" / "web_jpeg"), InputSettings())
    for source in found.sources:
        from PIL import Image

        raw = {c: np.asarray(Image.open(source.files[c])) for c in Channel}
        planes = {c: plane_at(source.files[c], c) for c in Channel}
        for channel, (plane, full, facts) in planes.items():
            light = raw[channel].reshape(-1, 3).sum(axis=0)
            np.testing.assert_array_equal(plane, raw[channel][..., np.argmax(light)])
            assert full == 255
            assert 0 < float(facts[f"Bleed_{channel}"]) < 0.2
        assert planes[Channel.ER][2]["Plane_ER"] in {"red", "green"}


def test_real_web_jpegs_over_ten_percent_bleed(shared_data):
    path = shared_data / "hpa_fields" / "web_jpeg" / "89_B5_1_green.jpg"
    assert float(plane_at(path, Channel.PROTEIN)[2]["Bleed_Protein"]) == pytest.approx(0.108)


def test_the_real_sixteen_bit_file(shared_data):
    path = shared_data / "hpa_fields" / "partial" / "383_D2_1_blue_16bit.png"
    plane, full, _ = plane_at(path)
    assert (plane.shape, plane.dtype, full) == ((2048, 2048), np.uint16, 65535)
    assert len(np.unique(plane)) > 256


def test_every_real_field_is_read(shared_data):
    for folder in ("native", "derived512", "kaggle512"):
        found = find_fields(str(shared_data / "hpa_fields" / folder), InputSettings())
        for source in found.sources:
            known = FieldSource(source.id, source.files, pixel_size_um=0.08)
            field = read_field(known, InputSettings())
            assert field.shape == ((2048, 2048) if folder == "native" else (512, 512))
            assert all(plane.max() > 100 for plane in field.planes.values())


def test_headers_of_hundreds_of_files_take_less_than_their_pixels(tmp_path):
    """A header is read from a large gzip-free file without reading its pixels."""
    path = write(tmp_path / "x.png", png(np.zeros((2000, 2000), np.uint16))[:200])
    header = header_of_file(path, SETTINGS)
    assert header.shape == (2000, 2000)


def test_gzip_files_of_gzip_names_and_others(tmp_path):
    path = tmp_path / "x.tif"
    path.write_bytes(gzip.compress(tiff(pixels())))
    np.testing.assert_array_equal(plane_at(path)[0], pixels())
    assert set(COLOURS) == {channel.colour for channel in Channel}
