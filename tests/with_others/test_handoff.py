"""The recipes of docs/handoff.md, run on what the commands write."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from made_fields import drawn_field

PAGE = (Path(__file__).resolve().parents[2] / "docs/handoff.md").read_text(encoding="utf-8")
SCANPY, PYCYTOMINER, NAPARI = re.findall(
    r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE
)
QUICK = ["--features", "Intensity", "--pixel-size-um", "0.32", *IN_PROCESS]

# anndata and pycytominer warn of what pandas will change.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two measured fields, exported."""
    folder = tmp_path_factory.mktemp("handoff")
    for seed, name in enumerate(("field1", "field2")):
        for channel, plane in drawn_field(seed)[0].planes.items():
            write(folder / f"images/{name}_{channel.colour}.png", png(plane))
    features = str(folder / "features")
    assert run(["extract", str(folder / "images"), "-o", features, "--keep-masks", *QUICK]) == 0
    (folder / "predictions.csv").write_text(
        "Id,Nuclei.prob,Nuclei.decision\nfield1,0.9,1\nfield2,0.1,0\n"
    )
    out = ["-o", str(folder / "cells.h5ad"), "--predictions", str(folder / "predictions.csv")]
    assert run(["export", features, *out]) == 0
    return folder


def cells_of(folder: Path) -> pd.DataFrame:
    parts = sorted((folder / "features/cells").glob("*.parquet"))
    return pd.concat(map(pd.read_parquet, parts), ignore_index=True)


def test_scanpy_reads_the_cells(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    names: dict = {}
    exec(SCANPY, names)  # noqa: S102  (what the page shows)
    whole = names["anndata"].read_h5ad("cells.h5ad")
    wanted = cells_of(folder)
    pd.testing.assert_frame_equal(
        whole.to_df().reset_index(drop=True), wanted[list(whole.var_names)], check_dtype=False
    )
    assert whole.obs["Metadata_Id"].tolist() == wanted["Metadata_Id"].tolist()
    said = whole.obs["predicted"].astype(str)
    assert (said == np.where(wanted["Metadata_Id"] == "field1", "Nuclei", "")).all()
    assert 0 < names["of_protein"].n_vars < whole.n_vars
    whole.write_h5ad(tmp_path / "again.h5ad")


def test_pycytominer_takes_both_tables(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names: dict = {}
    exec(PYCYTOMINER, names)  # noqa: S102
    features = [each for each in names["cells"] if not each.startswith("Metadata_")]
    assert set(features) <= set(names["fields"])
    of_fields = [each for each in names["images"] if each.startswith("Image_")]
    assert of_fields
    assert set(of_fields) <= set(names["standardized"])


def test_napari_gets_a_row_for_each_label(folder, monkeypatch):
    shown = {}

    class Viewer:
        def add_labels(self, data, *, features):
            shown.update(data=data, features=features)

    napari = ModuleType("napari")
    napari.Viewer = Viewer
    monkeypatch.setitem(sys.modules, "napari", napari)
    monkeypatch.chdir(folder)
    exec(NAPARI, {})  # noqa: S102
    own = cells_of(folder).query("Metadata_Id == 'field1'").set_index("Metadata_ObjectNumber")
    found = shown["features"]
    assert len(found) == shown["data"].max() + 1
    assert found.loc[own.index, "Cells_Intensity_Mean_Protein"].equals(
        own["Cells_Intensity_Mean_Protein"]
    )
