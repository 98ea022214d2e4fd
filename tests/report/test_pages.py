"""Pages: every text is escaped, nothing is loaded, and only the house's style and script run."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from hpa_features.report.pages.render import code, figure, percent, render

FOLDER = Path(__file__).resolve().parents[2] / "hpa_features/report/pages"


@pytest.fixture
def page():
    return render("base.html.jinja", title="<script>alert(1)</script> & 'more'")


def test_texts_are_escaped(page):
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;more&#39;") == 2


def test_the_policy_allows_the_style_and_script_of_the_page_and_nothing_else(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_templates_have_no_style_attributes_and_no_handlers():
    """The policy would refuse them without a word."""
    for path in FOLDER.glob("*.jinja"):
        assert not re.search(r"\s(style|on\w+)=", path.read_text(encoding="utf-8")), path.name


def test_a_missing_name_is_an_error():
    with pytest.raises(Exception, match="'title' is undefined"):
        render("base.html.jinja")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (-0.0001, "0.000"), (float("nan"), "–"), (None, "–"), (-0.5, "-0.500")],
)
def test_numbers_have_no_sign_of_zero_and_no_nan(value, text):
    assert figure(value) == text


def test_small_shares_are_not_shown_as_zero():
    assert [percent(each) for each in (0, 0.004, 0.5, 1)] == ["0%", "0.4%", "50%", "100%"]


def test_text_between_backticks_is_code_and_still_escaped():
    assert code("use `a<b>` & c") == "use <code>a&lt;b&gt;</code> &amp; c"
