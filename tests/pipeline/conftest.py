"""Fields that several files of tests extract or segment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_fields import write_fields


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Path:
    """A folder of five fields with three cells each, and their masks in ``masks``."""
    folder = tmp_path_factory.mktemp("drawn")
    write_fields(folder, 5)
    return folder


@pytest.fixture
def images(drawn, tmp_path) -> Path:
    """A copy of the fields that a test may damage."""
    return Path(shutil.copytree(drawn / "images", tmp_path / "images"))
