"""What values of a TIFF mean: every kind is read as TIFF defines it, or refused by name."""

import zlib

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import jpeg, page_tags, pixels, tags_tiff, tiff, write
from image_reads import dry_refusal_of, plane_at, refusal_of

GRAY, DEEP = pixels(), pixels(dtype=np.uint16)
RGB, RGBA = pixels(shape=(24, 32, 3)), pixels(shape=(24, 32, 4))
MINISWHITE, MINISBLACK, IN_RGB, YCBCR = 0, 1, 2, 6
JPEG, DEFLATE, JPEG2000 = 7, 8, 34712


# TIFF: interpretation × sample type × samples -------------------------------------------------

TYPES = [np.uint8, np.uint16, np.uint32, np.int8, np.int16, np.float32, np.complex64]


@st.composite
def raw_pages(draw):
    """A page of any interpretation, type, number of samples, layout and extra samples."""
    photometric = draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 32803, 32844, 32845, 34892]))
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    samples = draw(st.sampled_from([1, 1, 2, 3, 4, 5]))
    shape = (6, 5) if samples == 1 else (6, 5, samples)
    values = draw(st.randoms(use_true_random=False))
    array = np.array([values.randrange(256) for _ in range(int(np.prod(shape)))]).reshape(shape)
    array = (array / 255 if dtype.kind in "fc" else array).astype(dtype)
    strip, tags = page_tags(array, photometric)
    if samples > 1 and draw(st.booleans()):
        strip, tags = np.moveaxis(array, -1, 0).tobytes(), tags | {284: 2, 278: 6 * samples}
        size = len(strip) // samples
        tags |= {278: 6, "planes": [size] * samples}
    extra = draw(st.sampled_from([None, 0, 1, 2]))
    if extra is not None and samples > 1:
        tags |= {338: extra}
    channel = draw(st.sampled_from([None, *range(samples)]))
    return array, photometric, strip, tags, channel


def expected(array, photometric, channel, extra):
    """The right plane of a page by TIFF 6.0, for blue; None where nothing but refusal is right."""
    samples = 1 if array.ndim == 2 else array.shape[2]
    array = array.reshape(*array.shape[:2], samples)
    if array.dtype.kind not in "uf" or (array.dtype.itemsize > 2 and array.dtype.kind == "u"):
        return None
    full = 1.0 if array.dtype.kind == "f" else np.iinfo(array.dtype).max
    colours = {MINISBLACK: 1, IN_RGB: 3, MINISWHITE: 1}.get(photometric)
    if colours is None or samples < colours:
        return None
    opaque = samples == colours + 1 and (array[..., -1] == full).all()
    if channel is not None:
        plane = array[..., channel]
    elif samples == colours or opaque:
        plane = array[..., 2 if colours == 3 else 0]
    else:
        return None
    if photometric == MINISWHITE:
        return full - plane if samples == 1 and array.dtype.kind == "u" else None
    if samples > colours and extra == 1 and not (array[..., -1] == full).all():
        return None
    return np.floor(plane * 65535.0 + 0.5) if array.dtype.kind == "f" else plane


@given(raw_pages())
def test_every_interpretation_is_read_as_tiff_defines_it_or_refused(tmp_path_factory, page):
    array, photometric, strip, tags, channel = page
    planes = tags.pop("planes", None)
    path = tmp_path_factory.mktemp("tiff") / "x.tif"
    data = tags_tiff((strip, tags), planes=planes)
    suffix = "" if channel is None else f"#channel={channel}"
    text = write(path, data) + suffix
    right = expected(array, photometric, channel, tags.get(338))
    if right is None:
        assert refusal_of(text)
    else:
        np.testing.assert_array_equal(plane_at(text)[0], right)


REFUSED = {
    "palette": (page_tags(GRAY, 3), "colour space PALETTE"),
    "transparency mask": (page_tags(GRAY, 4), "colour space MASK"),
    "CMYK": (page_tags(RGBA, 5), "colour space SEPARATED"),
    "CIELab": (page_tags(RGB, 8), "colour space CIELAB"),
    "unknown colour space": (page_tags(GRAY, 777), "colour space 777"),
    "YCbCr without JPEG": (page_tags(RGB, YCBCR), "YCBCR without JPEG"),
    "no interpretation": (page_tags(GRAY, None), "no tag PhotometricInterpretation"),
    "MinIsWhite floats": (
        page_tags(GRAY.astype(np.float32) / 255, MINISWHITE),
        "MINISWHITE with float32 values",
    ),
    "MinIsWhite with alpha": (page_tags(RGBA[..., :2], MINISWHITE), "MINISWHITE with 2 samples"),
    "gray of three samples": (page_tags(RGB, MINISBLACK), "has 3 channels, wanted 1"),
    "undefined samples": (page_tags(GRAY, MINISBLACK, t339=4), "SampleFormat 4"),
    "packed colours": (page_tags(RGB, IN_RGB, t258=[5, 6, 5]), "unsupported kind"),
    "planar configuration 3": (page_tags(RGB, IN_RGB, t284=3), "planar configuration 3"),
    "volume": (page_tags(GRAY, MINISBLACK, t32997=2), "holds a volume"),
    "old JPEG": (page_tags(GRAY, MINISBLACK, t259=6), "obsolete JPEG"),
    "JPEG of other samples": (
        (jpeg(RGB), page_tags(RGB, MINISBLACK, t259=JPEG)[1]),
        "JPEG of 3 samples that are not a colour",
    ),
    "YCbCr in JPEG 2000": (
        (imagecodecs.jpeg2k_encode(RGB), page_tags(RGB, YCBCR, t259=JPEG2000)[1]),
        "YCBCR without JPEG",
    ),
    "8-bit JPEG as 16 bits": (
        (jpeg(GRAY), page_tags(DEEP, MINISBLACK, t259=JPEG)[1]),
        "states 16 bits and holds JPEG of 8 bits",
    ),
    "one bit": (page_tags(GRAY, MINISBLACK, t258=1), "1 bit per pixel"),
    "four bits": (page_tags(GRAY, MINISBLACK, t258=4), "4 bits per pixel"),
    "twelve bits with a predictor": (
        page_tags(DEEP, MINISBLACK, t258=12, t317=2),
        "predictor on values of 12 bits",
    ),
    "32 bits": (page_tags(GRAY.astype(np.uint32), MINISBLACK), "32-bit integers"),
    "signed": (page_tags(GRAY.astype(np.int16), MINISBLACK), "signed 16-bit integers"),
    "complex": (page_tags(GRAY.astype(np.complex64), MINISBLACK), "complex64"),
    "many samples": (page_tags(pixels(shape=(24, 32, 17)), MINISBLACK), "has 17 channels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_kind_that_is_not_handled_is_refused_by_name_in_the_dry_run_too(tmp_path, name):
    page, says = REFUSED[name]
    assert says in dry_refusal_of(write(tmp_path / "x.tif", tags_tiff(page)))


def test_values_that_do_not_fit_the_stated_type_are_not_cut_to_it(tmp_path):
    page = imagecodecs.jpeg2k_encode(DEEP, level=0), page_tags(GRAY, MINISBLACK, t259=JPEG2000)[1]
    assert "state uint8 values" in refusal_of(write(tmp_path / "x.tif", tags_tiff(page)))


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("photometric", [MINISWHITE, MINISBLACK])
@pytest.mark.parametrize("packed", [1, DEFLATE])
def test_packed_values_have_the_full_scale_of_their_bits(tmp_path, bits, photometric, packed):
    values = (DEEP >> (16 - bits)).astype(np.uint16)
    in_bits = (values[..., np.newaxis] >> np.arange(bits)[::-1] & 1).reshape(24, -1)
    strip = np.packbits(in_bits.astype(np.uint8), axis=1).tobytes()
    strip = zlib.compress(strip) if packed == DEFLATE else strip
    tags = page_tags(values, photometric, t258=bits, t259=packed)[1]
    plane, full = plane_at(write(tmp_path / "x.tif", tags_tiff((strip, tags))))
    assert full == 2**bits - 1
    np.testing.assert_array_equal(plane, full - values if photometric == MINISWHITE else values)


def test_twelve_bit_jpeg_in_tiff(tmp_path):
    ramp = np.broadcast_to(np.arange(0, 4096, 128, dtype=np.uint16), (24, 32)).copy()
    strip = imagecodecs.jpeg_encode(ramp, bitspersample=12, level=100)
    tags = page_tags(ramp, MINISBLACK, t258=12, t259=JPEG)[1]
    plane, full = plane_at(write(tmp_path / "x.tif", tags_tiff((strip, tags))))
    assert full == 4095
    assert np.abs(plane.astype(int) - ramp).max() <= 16


@pytest.mark.parametrize("photometric", [IN_RGB, YCBCR])
def test_colour_jpeg_in_tiff_becomes_rgb(tmp_path, photometric):
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[..., 2], rgb[..., 1] = 200, 60
    strip = jpeg(rgb, quality=95, keep_rgb=photometric == IN_RGB)
    page = strip, page_tags(rgb, photometric, t259=JPEG)[1]
    plane, _ = plane_at(write(tmp_path / "x.tif", tags_tiff(page)))
    assert np.abs(plane.astype(int) - 200).max() <= 4


def test_significant_bits_of_white_is_zero_are_ambiguous(tmp_path):
    facts = {"axes": "YX", "SignificantBits": 12}
    data = tiff(DEEP >> 4, photometric="miniswhite", ome=True, metadata=facts)
    assert "12 significant bits" in dry_refusal_of(write(tmp_path / "x.ome.tif", data))


@pytest.mark.parametrize(
    ("photometric", "lines", "says"),
    [
        ("miniswhite", "", "inverting lookup table"),
        ("minisblack", "cf=0\nc0=-32768.0\nc1=1.0\n", "values calibrated by ImageJ"),
        ("minisblack", "cf=3\nc0=1.0\nc1=2.0\n", "values calibrated by ImageJ"),
    ],
)
def test_values_that_imagej_means_otherwise_are_refused(tmp_path, photometric, lines, says):
    text = f"ImageJ=1.53\n{lines}"
    data = tiff(DEEP, photometric=photometric, metadata=None, description=text)
    assert says in dry_refusal_of(write(tmp_path / "x.tif", data))


def with_alpha(level):
    rgba = RGBA.copy()
    rgba[..., 3] = level
    return rgba


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["unspecified", "associated", "unassociated"])
def test_alpha_is_dropped_when_opaque_and_refused_otherwise(tmp_path, kind):
    opaque = write(tmp_path / "o.tif", tags_tiff(page_tags(with_alpha(255), IN_RGB, t338=kind)))
    np.testing.assert_array_equal(plane_at(opaque)[0], RGBA[..., 2])
    clear = write(tmp_path / "c.tif", tags_tiff(page_tags(with_alpha(7), IN_RGB, t338=kind)))
    refusal_of(clear)
    if kind == 1:  # colours were multiplied by the alpha
        assert "premultiplied by alpha" in refusal_of(f"{clear}#channel=2")
    else:
        np.testing.assert_array_equal(plane_at(f"{clear}#channel=2")[0], RGBA[..., 2])
