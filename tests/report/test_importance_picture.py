"""The importance picture: every block has words, names are escaped, numbers are the bars' own."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hpa_features.features.families import FAMILIES
from hpa_features.features.registry import image_entries
from hpa_features.report.block_words import block_words
from hpa_features.report.importance import COLOURS, Bar, Reliance, importance_svg

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
    text = importance_svg(reliance(0.2))
    assert "<0>" not in text
    assert "<odd>" not in text
    assert "<model>" not in text
    assert "block &lt;0&gt;" in importance_svg(reliance(0.2))


def test_what_limits_the_figures_is_stated():
    limited = replace(reliance(0.2), caution="all <60> rows are simulated.")
    assert "All &lt;60&gt; rows are simulated." in importance_svg(limited)


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


def test_labels_that_count_and_blocks_that_are_not_shown_are_counted():
    many = importance_svg(reliance(*[1 / (at + 2) for at in range(23)]))
    assert "3 smaller blocks are not shown" in many
    assert "mean of 1 label)" in many


def test_nothing_that_matters_can_be_drawn_too():
    assert importance_svg(reliance(0.0, 0.0)).endswith("</svg>")


def test_colours_have_a_legend():
    for colour, meaning in COLOURS:
        assert colour in importance_svg(reliance(0.4))
        assert meaning in importance_svg(reliance(0.4))


def test_lines_fit_into_the_picture_in_a_wide_font():
    long = Reliance("a model of that name " * 9, ("Nucleoli",), reliance(0.4).bars, 10)
    for picture in (importance_svg(long), importance_svg(reliance(0.4))):
        texts = re.findall(r"<text x='([\d.]+)' [^>]*font-size='([\d.]+)' [^>]*>([^<]*)<", picture)
        assert len(texts) > 5
        for x, size, text in texts:
            assert float(x) + 0.62 * float(size) * len(text) <= 960 or "end" in picture
