"""Screens that pages are opened on, and what axe-core finds in a page."""

from __future__ import annotations

from typing import Any

import pytest

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def axe_findings(page: Any) -> list[tuple[str, list[str]]]:
    """Return the rules that a page breaks, with some of the elements that break them.

    The page is open with `bypass_csp`, without which axe-core may not run in it.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]
