"""`extract --embedding` and what follows, as a user runs them, with a small network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hpa_feat_cli.app import run
from in_process import IN_PROCESS
from killed_runs import run_killed
from made_fields import drawn_field, write_fields
from made_onnx import SIDECAR, tiny_network, write_network
from onnx import TensorProto, helper
from oracles import squares as oracle

import hpa_features as hf
from hpa_features.core.errors import BundleError
from hpa_features.core.types import Channel

FIELDS = 12
SIZE = ["--pixel-size-um", "0.32"]
QUICK = ["--features", "Intensity", *SIZE, *IN_PROCESS]
COLUMNS = [f"Cells_Embedding_tiny_{at}" for at in range(5)]
MEANS = [f"{each}_Mean" for each in COLUMNS]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with images, masks, labels, a network, and a store that has its vectors."""
    folder = tmp_path_factory.mktemp("embedding")
    write_fields(folder, FIELDS)
    tiny_network(folder / "net.onnx")
    labels = "".join(f"f{seed},{seed % 2}\n" for seed in range(FIELDS))
    (folder / "labels.csv").write_text(f"Id,Target\n{labels}")
    assert run(["extract", *extracted(folder, folder / "store"), "-q"]) == 0
    return folder


def extracted(folder: Path, out: Path, network: str = "net.onnx") -> list[str]:
    inputs = [str(folder / "images"), "--masks", str(folder / "masks")]
    return [*inputs, "-o", str(out), "--embedding", str(folder / network), *QUICK]


def table(folder: Path, level: str) -> pd.DataFrame:
    frame = pq.read_table(folder / level).to_pandas()
    keys = ["Metadata_Id", "Metadata_ObjectNumber"]
    return frame.sort_values([key for key in keys if key in frame]).reset_index(drop=True)


def test_the_store_has_a_vector_for_each_cell_and_their_mean_for_each_image(made):
    cells, images = table(made / "store", "cells"), table(made / "store", "images")
    vectors = table(made / "store", "embeddings")
    keys = ["Metadata_Id", "Metadata_ObjectNumber"]
    assert list(vectors) == [*keys, *COLUMNS]
    pd.testing.assert_frame_equal(vectors[keys], cells[keys])
    # Two of the three drawn cells have a nucleus: too few, so that all three count.
    assert images["Metadata_AllCellsUsed"].all()
    means = vectors.groupby("Metadata_Id")[COLUMNS].mean().to_numpy()
    np.testing.assert_allclose(images[MEANS], means, rtol=1e-5)
    rows = json.loads((made / "store/schema.json").read_text())
    assert {each["block"] for each in rows["images"] if "Embedding" in each["name"]} == {
        "Embedding tiny"
    }
    settings = json.loads((made / "store/run.json").read_text())["settings"]["embedding"]
    assert settings["name"] == "tiny"
    assert len(settings["sha256"]) == 64


def test_vectors_are_those_of_squares_by_their_definition(made):
    """The whole way from image files: a network that gives the mean of each channel."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["vector"]),
    ]
    info = helper.make_tensor_value_info
    sidecar = SIDECAR.replace('"min-max"', '"none"').replace("masked = false", "masked = true")
    write_network(
        made / "means.onnx",
        nodes,
        inputs=[info("image", TensorProto.FLOAT, ["N", 3, 32, 32])],
        outputs=[info("vector", TensorProto.FLOAT, ["N", 3])],
        sidecar=sidecar,
    )
    assert run(["extract", *extracted(made, made / "means", "means.onnx"), "-q"]) == 0
    found = table(made / "means", "embeddings").set_index("Metadata_Id").loc["f3"]
    field, masks = drawn_field(3)
    for label in range(1, masks.count + 1):
        rows, columns = np.nonzero(masks.cells == label)
        top = oracle.corner(rows.min(), rows.max() + 1, 64)
        left = oracle.corner(columns.min(), columns.max() + 1, 64)
        for at, channel in enumerate((Channel.PROTEIN, Channel.DNA, Channel.MICROTUBULES)):
            plane = np.where(masks.cells == label, field.planes[channel] / 255, 0)
            wanted = oracle.square(plane, top, left, 2, 32).mean()
            got = found[f"Cells_Embedding_tiny_{at}"].iloc[label - 1]
            np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_one_table_may_be_that_of_the_vectors(made, capsys, tmp_path):
    out = tmp_path / "vectors.parquet"
    assert run(["extract", *extracted(made, out), "--level", "embeddings", "-q"]) == 0
    pd.testing.assert_frame_equal(
        pq.read_table(out).to_pandas()[COLUMNS].sort_values(COLUMNS, ignore_index=True),
        table(made / "store", "embeddings")[COLUMNS].sort_values(COLUMNS, ignore_index=True),
    )
    images = [str(made / "images"), "-o", str(tmp_path / "v.csv"), *QUICK]
    assert run(["extract", *images, "--level", "embeddings"]) == 2
    assert "--embedding MODEL.onnx" in capsys.readouterr().err


def test_a_network_of_fields_gives_each_image_its_vector(made, capsys):
    sidecar = SIDECAR.replace("masked = false", 'per = "field"')
    tiny_network(made / "whole.onnx", sidecar)
    assert run(["extract", *extracted(made, made / "whole", "whole.onnx")]) == 0
    assert "from a field of 32 × 32 pixels" in capsys.readouterr().err
    vectors, images = table(made / "whole", "embeddings"), table(made / "whole", "images")
    columns = [f"Image_Embedding_tiny_{at}" for at in range(5)]
    assert list(vectors) == ["Metadata_Id", *columns]
    np.testing.assert_array_equal(images[columns], vectors[columns])


def test_a_killed_run_goes_on_to_the_same_vectors(made, tmp_path):
    out = tmp_path / "out"
    command = ["extract", *extracted(made, out)]
    run_killed(tmp_path, "journal written", command)
    assert len((out / "journal-0.jsonl").read_text().splitlines()) < FIELDS
    # A damaged part of vectors is computed again with the tables next to it.
    [part, *_] = sorted((out / "embeddings").iterdir())
    part.write_bytes(part.read_bytes()[:-1])
    assert run(command) == 0
    for level in ("embeddings", "images", "cells"):
        mine, whole = table(out, level), table(made / "store", level)
        pd.testing.assert_frame_equal(mine, whole, rtol=1e-6)


def test_a_folder_is_not_gone_on_with_by_another_network(made, capsys, tmp_path):
    shutil.copytree(made / "store", tmp_path / "store")
    tiny_network(made / "second.onnx", seed=1)
    command = extracted(made, tmp_path / "store", "second.onnx")
    assert run(["extract", *command]) == 2
    assert "(embedding.sha256: " in capsys.readouterr().err
    del command[command.index("--embedding") : command.index("--embedding") + 2]
    assert run(["extract", *command]) == 2
    assert '(embedding: "tiny" there, null now)' in capsys.readouterr().err


def test_a_network_that_gives_nan_for_a_field_fails_that_field_only(made, capsys):
    """The square root of how much brighter a field is than half of the fields."""
    protein = [drawn_field(seed)[0].planes[Channel.PROTEIN] for seed in range(FIELDS)]
    means = np.array([plane.sum() / 255 / 144**2 for plane in protein])
    info = helper.make_tensor_value_info
    write_network(
        made / "roots.onnx",
        [
            helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
            helper.make_node("Sub", ["mean", "median"], ["brighter"]),
            helper.make_node("Sqrt", ["brighter"], ["vector"]),
        ],
        inputs=[info("image", TensorProto.FLOAT, ["N", 1, 36, 36])],
        outputs=[info("vector", TensorProto.FLOAT, ["N", 1, 1, 1])],
        weights={"median": np.array(np.median(means), np.float32)},
        sidecar='name = "root"\nper = "field"\nchannels = ["Protein"]\ninput_px = 36\n'
        'normalization = "none"\n',
    )
    assert run(["extract", *extracted(made, made / "roots", "roots.onnx")]) == 3
    failures = pd.read_csv(made / "roots/failures.csv")
    assert set(failures["Id"]) == {f"f{at}" for at in np.flatnonzero(means < np.median(means))}
    assert failures["error"].str.contains("not finite for the field").all()
    vectors = table(made / "roots", "embeddings")
    assert len(vectors) == FIELDS - len(failures)
    assert np.isfinite(vectors["Image_Embedding_root_0"]).all()
    capsys.readouterr()


WRONG = {
    "has 4 channels": {"channels": 4},
    "takes exactly 1 square": {"batch": 1},
    "tensor(float16); wanted tensor(float)": {"kind": TensorProto.FLOAT16},
    "not finite (NaN or infinite)": {"scale": 1e38},
    "has no input 'x'": {"sidecar": SIDECAR + 'input = "x"\n'},
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_network_is_one_line_before_any_work(made, capsys, tmp_path, message):
    tiny_network(made / "wrong.onnx", **WRONG[message])
    assert run(["extract", *extracted(made, tmp_path / "out", "wrong.onnx")]) == 1
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error: ")]
    assert len(lines) == 1
    assert message in lines[0]
    assert not (tmp_path / "out").exists()


def test_a_missing_channel_is_one_line(made, capsys, tmp_path):
    images = Path(shutil.copytree(made / "images", tmp_path / "images"))
    for path in images.glob("*_yellow.png"):
        path.unlink()
    sidecar = SIDECAR.replace('"Microtubules"]', '"ER"]')
    network = tiny_network(tmp_path / "er.onnx", sidecar)
    command = [str(images), "-o", str(tmp_path / "out"), "--embedding", str(network), *QUICK]
    assert run(["extract", *command, "--allow-missing", "yellow"]) == 2
    assert "needs the channel ER" in capsys.readouterr().err


@pytest.fixture(scope="module")
def model(made) -> Path:
    tables = [str(made / "store"), str(made / "labels.csv"), "-o", str(made / "model")]
    assert run(["train", *tables, "--group", "none", "--jobs", "1", "-q"]) == 0
    return made / "model"


def test_a_model_of_vectors_is_given_its_network_for_images(made, model, capsys, tmp_path):
    facts = json.loads((model / "model.json").read_text())
    blocks = {each["name"]: each["block"] for each in facts["features"]}
    assert set(MEANS) <= set(blocks)
    assert {blocks[each] for each in MEANS} == {"Embedding tiny"}
    sha256 = facts["extraction"]["embedding"]["sha256"]
    assert not list(model.rglob("*.onnx"))

    def predicted(*arguments) -> tuple[int, str, str]:
        code = run(["predict", str(model), *map(str, arguments), *IN_PROCESS])
        return code, *capsys.readouterr()

    images = [made / "images", "--masks", made / "masks", *SIZE]
    code, expected, _ = predicted(made / "store")
    assert code == 0
    code, out, err = predicted(*images, "--embedding", made / "net.onnx")
    assert (code, out) == (0, expected)
    assert "other settings" not in err
    code, _, err = predicted(*images)
    assert code == 1
    assert f"--embedding FILE, the file with the sha256 {sha256}" in err
    tiny_network(tmp_path / "other.onnx", seed=1)
    code, _, err = predicted(*images, "--embedding", tmp_path / "other.onnx")
    assert code == 1
    assert "another network than the embedding tiny" in err
    code, _, err = predicted(made / "store", "--embedding", made / "net.onnx")
    assert code == 2
    assert "Omit --embedding" in err
    store = ["-o", str(tmp_path / "plain.parquet"), *QUICK]
    masks = ["--masks", str(made / "masks")]
    assert run(["extract", str(made / "images"), *masks, *store, "-q"]) == 0
    code, _, err = predicted(tmp_path / "plain.parquet")
    assert code == 1
    assert f"--embedding FILE, the file with the sha256 {sha256}" in err


def test_explain_measures_images_with_the_network(made, model, capsys, tmp_path):
    out = {name: tmp_path / f"{name}.json" for name in ("images", "store")}
    images = [made / "images", "--masks", made / "masks", *SIZE]
    network = ["--embedding", made / "net.onnx"]

    def explained(*arguments) -> int:
        return run(["explain", str(model), *map(str, arguments), "--id", "f1", *IN_PROCESS])

    assert explained(made / "store", "-o", out["store"]) == 0
    assert explained(*images, *network, "-o", out["images"]) == 0
    assert out["images"].read_text() == out["store"].read_text()
    assert explained(*images, *network, "-o", tmp_path / "page.html") == 0
    assert "data:image" in (tmp_path / "page.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert explained(*images) == 1
    assert "Add --embedding FILE" in capsys.readouterr().err


def test_a_report_draws_fields_of_such_a_model_without_its_network(made, model, tmp_path):
    page = tmp_path / "report.html"
    images = ["--images", str(made / "images"), "--masks", str(made / "masks"), *SIZE]
    assert run(["report", str(model), *images, "-o", str(page), *IN_PROCESS]) == 0
    assert "data:image" in page.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::hpa_features.core.errors.HpaFeatWarning")
def test_python_predicts_fields_with_the_network(made, model):
    learned = hf.load_model(model)
    expected = learned.predict(made / "store")
    fields = [
        each for each in hf.read_fields(made / "images", pixel_size_um=0.32) if each.id < "f2"
    ]
    masks = [drawn_field(int(each.id[1:]))[1] for each in fields]
    found = learned.predict(fields, masks, embedding=made / "net.onnx")
    pd.testing.assert_frame_equal(found, expected.loc[found.index], rtol=1e-5)
    with pytest.raises(BundleError, match=r"Add embedding=.FILE., the file with the sha256"):
        learned.predict(fields, masks)


def test_models_of_cells_do_not_use_vectors_which_is_noted(made, capsys, tmp_path):
    tables = [str(made / "store"), str(made / "labels.csv"), "-o", str(tmp_path / "model")]
    options = ["--group", "none", "--jobs", "1", "--train-on", "cells"]
    assert run(["train", *tables, *options]) == 0
    assert "Embedding tiny: models of single cells do not use" in capsys.readouterr().err


def test_a_model_without_vectors_takes_no_network(made, capsys, tmp_path):
    frame = table(made / "store", "images").drop(columns=MEANS)
    schema = pq.read_table(made / "store/images").schema
    kept = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(
        schema.metadata
    )
    pq.write_table(kept, tmp_path / "plain.parquet")
    tables = [str(tmp_path / "plain.parquet"), str(made / "labels.csv")]
    out = ["-o", str(tmp_path / "model"), "--group", "none", "--jobs", "1", "-q"]
    assert run(["train", *tables, *out]) == 0
    images = [str(made / "images"), "--masks", str(made / "masks"), *SIZE, *IN_PROCESS]
    network = ["--embedding", str(made / "net.onnx")]
    assert run(["predict", str(tmp_path / "model"), *images, *network]) == 2
    assert "the model uses no embedding" in capsys.readouterr().err
    assert run(["predict", str(tmp_path / "model"), *images]) == 0
    assert "other settings" not in capsys.readouterr().err
