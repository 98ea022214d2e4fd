"""The report in Chromium: sorts, filters, moves, is accessible, and works without its script."""

from __future__ import annotations

from functools import partial

import pytest
from browser_pages import PHONE, WIDE, axe_findings

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(open_file, report):
    """Return a function that opens the report."""
    return partial(open_file, report)


def column(page, number):
    """Return the texts of a column of the table of labels, of the rows that are shown."""
    cells = page.locator(f'[aria-label="Figures of each label"] tbody tr td:nth-child({number})')
    return [cell.inner_text() for cell in cells.all() if cell.is_visible()]


def numbers(texts):
    return [float(text.replace(",", "")) for text in texts]


def test_it_asks_for_nothing_and_reports_no_error(open_page, report):
    page = open_page()
    outside = [url for url in page.asked if not url.startswith("data:")]
    assert outside == [report.as_uri()]
    assert page.said == []
    assert page.locator("section.label").count() == 28
    first = page.locator("#label-1 h2")
    assert first.inner_text() == "<script>alert(1)</script>"
    assert page.locator("img").count() > 0
    broken = "() => [...document.images].filter(i => !i.naturalWidth).length"
    assert page.evaluate(broken) == 0


def test_what_gets_into_the_page_can_neither_run_nor_load(open_page):
    page = open_page()
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.broken = true';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/x.png';
            document.body.append(image);
        }"""
    )
    assert page.evaluate("() => window.broken") is None
    page.wait_for_function("() => true")
    assert sum("Content Security Policy" in text for text in page.said) == 2


def test_columns_sort_both_ways(open_page):
    page = open_page()
    before = numbers(column(page, 4))
    assert before != sorted(before)
    head = page.get_by_role("columnheader", name="F1", exact=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert numbers(column(page, 4)) == sorted(before, reverse=True)
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert numbers(column(page, 4)) == sorted(before)
    page.get_by_role("columnheader", name="label").first.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    named = [text for text in column(page, 1) if text.startswith("Location")]
    assert named[:3] == ["Location 3", "Location 4", "Location 5"]


def test_rows_are_filtered_by_any_text(open_page):
    page = open_page()
    box = page.get_by_label("Show rows that contain").first
    box.fill("LOCATION 2")
    assert len(column(page, 1)) == 9
    assert page.get_by_role("status").first.inner_text() == "9 of 28 rows"
    box.fill("")
    assert len(column(page, 1)) == 28


def test_links_lead_from_label_to_label(open_page):
    page = open_page()
    page.get_by_role("link", name="Nucleoli, fibrillar center").click()
    assert page.url.endswith("#label-2")
    page.locator("#label-2").get_by_role("link", name="next label").click()
    assert page.url.endswith("#label-3")
    assert page.locator("#label-3 h2").evaluate("e => e.getBoundingClientRect().top") < 300


def test_without_its_script_everything_is_there(open_page):
    page = open_page(java_script_enabled=False)
    assert len(column(page, 4)) == 28
    assert page.get_by_label("Show rows that contain").count() == 0
    assert (
        page.get_by_role("columnheader", name="F1", exact=True).get_by_role("button").count() == 0
    )
    page.locator("#label-1").get_by_role("link", name="next label").click()
    assert page.url.endswith("#label-2")
    assert page.said == []


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_is_wider_than_the_screen(open_page, viewport):
    page = open_page(viewport=viewport)
    assert page.evaluate("() => document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(open_page, viewport, scheme):
    page = open_page(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    assert axe_findings(page) == []


def test_it_prints_all_sections_in_black_on_white(open_page):
    page = open_page(color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.get_by_label("Sections", exact=True).is_visible()
    assert not page.get_by_label("Show rows that contain").first.is_visible()
    assert page.locator("#label-28 h2").is_visible()
    colour = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    assert pages > 28
