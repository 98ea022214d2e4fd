"""One small model with diagnostics, for all tests of reasons."""

from __future__ import annotations

import pytest
from made_bundle import train_small, write_tables

from hpa_features.io.bundle import Bundle, read_bundle


@pytest.fixture(scope="package")
def bundle(tmp_path_factory) -> Bundle:
    """Trees, kernels and lines, blended and stacked over three labels and a hopeless fourth.

    Column 0 of block a tells the first label, column 1 of block b the second, 2 of c the third.
    """
    folder = tmp_path_factory.mktemp("explain")
    write_tables(folder, groups=30, shares=(0.5, 0.3, 0.4, 1), columns=9)
    settings = {"folds": 3, "group": "Gene", "nested_rows": 1000, "diagnostics": True}
    train_small(folder, **settings)
    return read_bundle(folder / "model")
