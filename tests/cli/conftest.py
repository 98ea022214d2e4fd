"""A model of images that tests of several commands read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from made_fields import drawn_field

FIELDS = 24
COMMON = ["--pixel-size-um", "0.32", *IN_PROCESS]


@pytest.fixture(scope="session")
def image_model(tmp_path_factory) -> Path:
    """A folder with images, a store of one quick family, labels and a model.

    The same for all tests: read it, write elsewhere.
    """
    folder = tmp_path_factory.mktemp("images")
    (folder / "images").mkdir()
    for seed in range(FIELDS):
        field, _ = drawn_field(seed)
        for channel, plane in field.planes.items():
            dim = 3 if seed % 2 and channel.colour == "green" else 1
            write(folder / f"images/f{seed:02d}_{channel.colour}.png", png(plane // dim))
    store = ["-o", str(folder / "store"), "--features", "Intensity", "--segmenter", "whole-field"]
    assert run(["extract", str(folder / "images"), *store, *COMMON, "-q"]) == 0
    labels = "".join(f"f{seed:02d},{seed % 2}\n" for seed in range(FIELDS))
    (folder / "labels.csv").write_text("Id,Target\n" + labels, encoding="utf-8")
    tables = [str(folder / "store"), str(folder / "labels.csv")]
    model = ["-o", str(folder / "model"), "--group", "none", "--jobs", "1", "-q"]
    assert run(["train", *tables, *model]) == 0
    return folder
