"""Pages in a browser: Debian's Chromium, driven by Playwright; `make test-browser` runs these."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
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
