"""Write the README's picture of a report: what it shows of the first label.

    python docs/pictures/screenshot.py demo/report.html docs/pictures/report.png

Needs Chromium and Playwright (`make test-browser` installs the latter).
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, COLOURS = 1000, 256


def main(report: Path, picture: Path) -> None:
    """Open the report and keep the part that shows a label."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 800})
        page.goto(report.resolve().as_uri())
        section = page.locator("section.label").first
        top = section.get_by_role("heading", name="Where the protein is").bounding_box()
        end = section.bounding_box()
        clip = {"x": 0, "y": top["y"] - 10, "width": WIDTH, "height": 0}
        clip["height"] = end["y"] + end["height"] - clip["y"]
        shot = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip)))
        browser.close()
    shot.convert("RGB").quantize(COLOURS).save(picture, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
