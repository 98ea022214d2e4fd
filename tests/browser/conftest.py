"""Pages in a browser: Debian's Chromium, driven by Playwright; `make test-browser` runs these."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_pages import WIDE
from made_bundle import train_small, write_tables

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
HTML = "<script>alert(1)</script>"
IMAGE_ID = 'x" onerror="alert(1)'
NAMES = (HTML, "Nucleoli, fibrillar center", *(f"Location {at}" for at in range(3, 29)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium; tests are skipped where it or Playwright is not installed."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed (pip install '.[browser]')"
    )
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_file(browser) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a file and records what the page does."""
    contexts = []

    def opened(path: Path, **options: object) -> Any:
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: page.said.append(dialog.message))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> Path:
    """The report on a model of 28 labels, with thumbnails of two of its fields.

    A label is a piece of HTML, and an id tries to leave an attribute.
    """
    from hpa_feat_cli.app import run

    folder = tmp_path_factory.mktemp("report")
    write_tables(folder, shares=(0.5, 0.3, *[0.4] * 26), columns=30)
    labels = (folder / "labels.csv").read_text(encoding="utf-8").splitlines()
    quoted = ",".join('"' + name + '"' for name in NAMES)
    (folder / "labels.csv").write_text("\n".join([f"Id,{quoted}", *labels[1:]]) + "\n")
    train_small(folder, folds=3)
    images = folder / "images"
    images.mkdir()
    for field in ("row0000", "row0001", "row0002"):
        for file in GOLDEN.glob("eight_*.png"):
            shutil.copy(file, images / file.name.replace("eight", field))
    output = folder / "report.html"
    command = ["report", str(folder / "model"), "--images", str(images), "-o", str(output)]
    assert run([*command, "--masks", str(images), "--jobs", "1", "--quiet"]) == 0
    return output


@pytest.fixture(scope="session")
def reasons(report) -> Path:
    """The page of `explain` about two rows that the model was trained on."""
    from hpa_feat_cli.app import run

    folder = report.parent
    asked = ["--id", "row0000", "--id", "row0001", "--label", HTML, "--label", NAMES[1]]
    output = folder / "reasons.html"
    command = ["explain", str(folder / "model"), str(folder / "features.parquet"), *asked]
    assert run([*command, "-o", str(output), "--jobs", "1", "--quiet"]) == 0
    return output


@pytest.fixture(scope="session")
def sheet(report) -> Path:
    """The page of `view` with the labels of three fields."""
    from hpa_feat_cli.app import run

    folder, images = report.parent, str(report.parent / "images")
    output = folder / "sheet.html"
    command = ["view", images, "--masks", images, "--labels", str(folder / "labels.csv")]
    assert run([*command, "-o", str(output), "--jobs", "1", "--quiet"]) == 0
    return output
