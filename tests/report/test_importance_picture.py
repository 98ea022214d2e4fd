"""The importance picture: every block has words, names are escaped, numbers are the bars' own."""

from __future__ import annotations

import re

import pytest

from hpa_features.features.families import FAMILIES
from hpa_features.features.registry import image_entries
from hpa_features.report.block_words import block_words
from hpa_features.report.importance import (
    Bar,
    Reliance,
    importance_html,
    importance_svg,
    label_svg,
)

NAN = float("nan")
BLOCKS = sorted({entry.column.block for entry in image_entries(FAMILIES)})


def reliance(*drops, labels=("Nucleoli", "Rods & rings")):
    bars = [
        Bar(f"block <{at}>", at + 1, drop, 0.01, 0.5, "How <odd> it is.", (drop, NAN))
        for at, drop in enumerate(drops)
    ]
    return Reliance("my <model>", labels, tuple(bars), 364)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_of_ours_is_said_in_a_biologists_words(block):
    assert block_words(block)


def test_blocks_of_other_tables_have_no_words():
    assert block_words("cnn") == ""
    assert block_words("Nowhere × Texture") == ""


def test_names_cannot_break_the_picture():
    for text in (
        importance_svg(reliance(0.2)),
        label_svg(reliance(0.2)),
        importance_html(reliance(0.2)),
    ):
        assert "<0>" not in text
        assert "<odd>" not in text
        assert "<model>" not in text
    assert "block &lt;0&gt;" in importance_svg(reliance(0.2))


def test_bars_are_as_long_as_their_loss():
    picture = importance_svg(reliance(0.4, 0.2, 0.1))
    widths = [
        float(width) for width in re.findall(r"<rect [^>]*width='([\d.]+)' height='20.0'", picture)
    ]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)
    assert widths[1] == pytest.approx(2 * widths[2], rel=0.01)
    assert ">0.400<" in picture


def test_a_gain_by_chance_goes_to_the_left_and_a_zero_has_no_sign():
    picture = importance_svg(reliance(0.2, -0.1, -0.0001))
    zero = float(re.search(r"<line x1='([\d.]+)' x2='\1'", picture)[1])
    bars = re.findall(r"<rect x='([\d.]+)' [^>]*width='([\d.]+)' height='20.0'", picture)
    left, width = (float(each) for each in bars[1])
    assert left + width == pytest.approx(zero, abs=0.2)
    assert ">0.000<" in picture
    assert "-0.000" not in picture


def test_labels_that_do_not_count_are_not_drawn_and_many_blocks_are_counted():
    assert "Rods" not in label_svg(reliance(0.2))
    many = importance_svg(reliance(*[1 / (at + 2) for at in range(23)]))
    assert "3 smaller blocks are not shown" in many
    assert "mean of 1 label)" in many


def test_nothing_that_matters_can_be_drawn_too():
    assert importance_svg(reliance(0.0, 0.0)).endswith("</svg>")
    assert label_svg(reliance(0.0)).endswith("</svg>")
