"""The pages of explain and view in Chromium."""

from __future__ import annotations

import pytest
from browser_pages import PHONE, WIDE, axe_findings

pytestmark = pytest.mark.browser


@pytest.fixture(params=["reasons", "sheet"])
def path(request):
    """The file of each page."""
    return request.getfixturevalue(request.param)


def test_it_asks_for_nothing_and_reports_no_error(open_file, path):
    page = open_file(path)
    outside = [url for url in page.asked if not url.startswith("data:")]
    assert outside == [path.as_uri()]
    assert page.said == []
    assert "<script>alert(1)</script>" in page.locator("main").inner_text()
    broken = "() => [...document.images].filter(i => !i.naturalWidth).length"
    assert page.evaluate(broken) == 0


def test_reasons_have_bars_and_a_sentence_for_the_largest_blocks(open_file, reasons):
    page = open_file(reasons)
    assert page.locator("section").count() == 2
    assert page.locator("section h3").count() == 4
    assert page.locator("section svg").count() >= 4
    assert "training fields" in page.locator("section li").first.inner_text()


def test_a_sheet_has_a_picture_of_each_field(open_file, sheet):
    page = open_file(sheet)
    assert page.locator(".cards img").count() == 3
    assert page.locator(".cards b").all_inner_texts() == ["row0000", "row0001", "row0002"]


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(open_file, path, scheme, viewport):
    page = open_file(path, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    assert axe_findings(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == viewport["width"]
