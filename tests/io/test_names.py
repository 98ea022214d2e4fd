import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.core.errors import UsageError
from hpa_features.core.types import Channel
from hpa_features.io.channel_tokens import channel_tokens, parse_token_name
from hpa_features.io.names import (
    ChannelFile,
    Other,
    hpa_facts,
    is_hpa,
    is_uuid,
    parse_channel_order,
    parse_name,
)

UUID = "000a6c98-bb9b-11e8-b2b9-ac1f6b6435d0"


@pytest.mark.parametrize(
    ("path", "field_id", "channel"),
    [
        (f"train/{UUID}_blue.png", UUID, Channel.DNA),
        (f"{UUID}_green.tif", UUID, Channel.PROTEIN),
        ("a/b/plain_yellow.TIFF", "plain", Channel.ER),
        ("x_Red.JPEG", "x", Channel.MICROTUBULES),
        ("x_red.tif.gz", "x", Channel.MICROTUBULES),
        ("x_red.ome.tif", "x", Channel.MICROTUBULES),
        ("plates/A1/blue.png", "A1", Channel.DNA),
        ("HPA030741/800_A6_1_green.jpg", "HPA030741_800_A6_1", Channel.PROTEIN),
        ("images/20899/177_A9_1_red.jpg", "20899_177_A9_1", Channel.MICROTUBULES),
        ("web_jpeg/800_A6_1_green.jpg", "800_A6_1", Channel.PROTEIN),
        ("10580/10580_1610_C1_1_green.jpg", "10580_1610_C1_1", Channel.PROTEIN),
        (
            "ENSG00000134057_HPA030741_800_A6_1_yellow.jpg",
            "ENSG00000134057_HPA030741_800_A6_1",
            Channel.ER,
        ),
        ("C:\\data\\x_blue.png", "x", Channel.DNA),
    ],
)
def test_a_colour_in_the_name_gives_field_and_channel(path, field_id, channel):
    assert parse_name(path) == ChannelFile(field_id, channel=channel)


@pytest.mark.parametrize(
    ("path", "field_id", "number"),
    [("a_C00.tif", "a", 0), ("a_ch4.png", "a", 4), ("A1/ch2.tif", "A1", 2)],
)
def test_numbered_channels_wait_for_an_order(path, field_id, number):
    assert parse_name(path) == ChannelFile(field_id, number=number)


@pytest.mark.parametrize(
    "name",
    ["x_predictedmask.png", "x_cells.png", "x_nuclei.tif", "383_D2_1_cellmask_predicted.png",
     "x_mask.png", "x_nuclei_mask.tif", "cells.png"],
)  # fmt: skip
def test_masks_are_no_fields(name):
    assert parse_name(f"folder/{name}") is Other.MASK


@pytest.mark.parametrize(
    "name",
    ["labels.csv", "README", "x_blue.png.txt", "177_A9_1_blue_red_green.jpg", "383_blue_16bit.png",
     "blue_red.png", "x_purple.png", "xblue.png", "x_blue.oir", ""],
)  # fmt: skip
def test_other_files_are_unknown(name):
    assert parse_name(f"folder/{name}") is Other.UNKNOWN


def test_the_folder_names_the_field_also_from_inside(tmp_path, monkeypatch):
    inside = tmp_path / "A7"
    inside.mkdir()
    monkeypatch.chdir(inside)
    for path in ("blue.png", "./blue.png"):
        assert parse_name(path) == ChannelFile("A7", channel=Channel.DNA)


@pytest.mark.parametrize(
    ("field_id", "facts"),
    [
        ("800_A6_1", {"Plate": "800", "Well": "A6", "Field": "1"}),
        (
            "10580_1610_C1_2",
            {"Antibody": "10580", "Plate": "1610", "Well": "C1", "Field": "2"},
        ),
        (
            "ENSG00000134057_CAB000307_7_P24_1",
            {
                "Gene": "ENSG00000134057",
                "Antibody": "CAB000307",
                "Plate": "7",
                "Well": "P24",
                "Field": "1",
            },
        ),
        ("800_Q1_1", {}),
        ("800_A25_1", {}),
        ("800_A0_1", {}),
        (UUID, {}),
        ("plate_A1_1", {}),
    ],
)
def test_hpa_ids_carry_metadata(field_id, facts):
    assert hpa_facts(field_id) == facts
    assert is_hpa(field_id) == bool(facts)


def test_uuids():
    assert is_uuid(UUID)
    assert not is_uuid(UUID[:-1])
    assert not is_uuid(UUID + "_2")


def test_channel_orders():
    assert parse_channel_order("") == ()
    assert parse_channel_order("green, Blue,red") == (
        Channel.PROTEIN,
        Channel.DNA,
        Channel.MICROTUBULES,
    )
    assert parse_channel_order("dna,microtubules,er,protein") == tuple(Channel)
    assert set(parse_channel_order("SubCell")) == set(Channel)


@pytest.mark.parametrize(
    ("text", "says"),
    [("blue,red,mauve", "mauve"), ("blue,red", "green"), ("blue,blue,red,green", "twice")],
)
def test_an_impossible_channel_order_is_a_usage_error(text, says):
    with pytest.raises(UsageError, match=says):
        parse_channel_order(text)


@pytest.mark.parametrize(
    ("order", "path", "field", "channel"),
    [
        ("w1,w2,w3,w4", "run/exp_A01_s1_w1.tif", "exp_A01_s1", Channel.DNA),
        ("w1,w2,w3,w4", "run/exp_A01_s1_W4.TIF", "exp_A01_s1", Channel.PROTEIN),
        ("ch00,ch02,ch03,ch01", "run/Series001_ch02.png", "Series001", Channel.MICROTUBULES),
        ("DAPI,Tubulin,ER-Tracker,GFP", "run/er-tracker_x.tif", "x", Channel.ER),
        ("dapi,cy5,gfp", "run/x-gfp-3.tif", "x-3", Channel.PROTEIN),
        ("w1,w2,w3,w4", "run/w3.tif", "run", Channel.ER),
        # No token, or part of a word: the colour counts.
        ("w1,w2,w3,w4", "run/w12_blue.tif", "w12", Channel.DNA),
    ],
)
def test_tokens_mark_channels_in_the_order_blue_red_yellow_green(order, path, field, channel):
    assert parse_token_name(path, channel_tokens(order)) == ChannelFile(field, channel=channel)


@pytest.mark.parametrize("name", ["x_w1_w2.tif", "x_w11.tif", "x.tif", "w1.txt"])
def test_names_without_one_token_are_not_taken(name):
    assert parse_token_name(f"run/{name}", channel_tokens("w1,w2,w3,w4")) is Other.UNKNOWN


@pytest.mark.parametrize("order", ["w1,w2", "w1,w2,w3,w4,w5", "w1,w2,w3,W1", "subcel"])
def test_tokens_must_be_three_or_four(order):
    with pytest.raises(UsageError, match="blue, red, yellow and green"):
        channel_tokens(order)


@pytest.mark.parametrize("order", ["", "blue,red,yellow,green", "subcell", "blue,w2,w3,w4"])
def test_colours_are_not_tokens(order):
    assert channel_tokens(order) == {}


@given(st.text())
def test_any_text_is_some_kind_of_name(text):
    assert isinstance(parse_name("folder/" + text), ChannelFile | Other)
    hpa_facts(text)
