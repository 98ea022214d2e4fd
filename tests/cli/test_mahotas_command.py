"""`--features mahotas` from images to predictions, as its users run it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from made_fields import changed, drawn_field
from oracles.mahotas import cut_out, numbers, radius_about_light

from hpa_features.core.types import Channel
from hpa_features.io.masks import write_masks

FIELDS = 18
COMMON = ["--pixel-size-um", "0.32", *IN_PROCESS]
PARTS = ("Cells", "Nuclei", "Cytoplasm")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return a folder with images, masks, labels and a store of mahotas' columns."""
    folder = tmp_path_factory.mktemp("mahotas")
    for seed in range(FIELDS):
        field, masks = made(seed)
        for channel, plane in field.planes.items():
            write(folder / "images" / f"f{seed:02d}_{channel.colour}.png", png(plane))
        write_masks(masks, folder / "masks", f"f{seed:02d}")
    labels = "".join(f"f{seed:02d},{seed % 2}\n" for seed in range(FIELDS))
    (folder / "labels.csv").write_text("Id,Target\n" + labels, encoding="utf-8")
    source = [str(folder / "images"), "--masks", str(folder / "masks")]
    assert run(["extract", *source, "-o", str(folder / "store"), *FEATURES, *COMMON, "-q"]) == 0
    return folder


FEATURES = ["--features", "mahotas"]


def made(seed):
    """Return a field without background, its protein flatter in odd fields, and its masks."""
    field, masks = drawn_field(seed, background=0)
    planes = {c: np.where(masks.cells > 0, p, np.uint8(0)) for c, p in field.planes.items()}
    if seed % 2:
        planes[Channel.PROTEIN] = planes[Channel.PROTEIN] // 3
    return changed(field, planes=planes), masks


def test_the_table_of_cells_has_what_mahotas_gives_for_cells_cut_out_by_hand(measured):
    table = pd.read_parquet(measured / "store" / "cells").set_index(
        ["Metadata_Id", "Metadata_ObjectNumber"]
    )
    field, masks = made(5)
    for at, part in enumerate(PARTS):
        names = [name for name in table.columns if name.startswith(f"{part}_Mahotas_")]
        assert len(names) == 348
        cell, nucleus = masks.cells == 2, masks.nuclei == 2
        inside = (cell, nucleus, cell & ~nucleus)[at]
        gray = cut_out(field.planes[Channel.PROTEIN], 0, inside)
        expected = numbers(gray, radius_about_light(gray, inside))
        row = table.loc[("f05", 2), names].to_numpy(float)
        np.testing.assert_allclose(row, expected, rtol=1e-5, atol=1e-7)


def test_a_model_of_these_columns_measures_images_with_them(measured, capsys):
    tables = [str(measured / "store"), str(measured / "labels.csv")]
    model = str(measured / "model")
    few = ["--without", "none × Mahotas", "--without", "Acquisition"]  # quicker
    how = [*few, "--group", "none", "--jobs", "1", "-q"]
    assert run(["train", *tables, "-o", model, *how]) == 0
    capsys.readouterr()
    assert run(["predict", model, str(measured / "store"), "-q"]) == 0
    of_table = capsys.readouterr().out
    source = [str(measured / "images"), "--masks", str(measured / "masks")]
    assert run(["predict", model, *source, *COMMON, "-q"]) == 0
    assert capsys.readouterr().out == of_table
    assert of_table.count("\n") == FIELDS + 1


def test_the_columns_are_in_the_dictionary_under_their_package_and_its_words(capsys):
    assert run(["features", "mahotas"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 * 3 * 348
    assert run(["features", "Nuclei_Mahotas_PFTASBright3_Protein"]) == 0
    out = capsys.readouterr().out
    assert "source: mahotas.features.pftas, value 12" in out
    assert run(["features", "all", "--find", "_Mahotas_"]) == 2
