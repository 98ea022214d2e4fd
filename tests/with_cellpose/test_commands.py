"""segment, extract and predict with Cellpose 3.1 and a network of cyto3's size."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from cone_fields import cone_field
from drawn_fields import overlap
from hpa_feat_cli.app import run
from image_files import png, write
from made_network import climbing_network
from PIL import Image

from hpa_features.io.store.run_file import read_run

PLACES = [(18 + 32 * r, 16 + 33 * c) for r in range(2) for c in range(2)]
COMMAND = Path(sys.executable).with_name("hpa-feat")


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """A folder with the two networks that the commands look for."""
    folder = tmp_path_factory.mktemp("weights")
    climbing_network(folder / "nucleitorch_0", 17.0, edge=0.05)
    climbing_network(folder / "cyto3", 30.0, edge=0.05)
    return folder


@pytest.fixture(scope="session")
def drawn():
    """Three fields; the last has two cells."""
    return {
        name: cone_field(places, edge_um=68, name=name)
        for name, places in (("a", PLACES), ("b", PLACES[::-1]), ("c", PLACES[:2]))
    }


@pytest.fixture(scope="session")
def images(drawn, tmp_path_factory):
    """A folder of the fields as files."""
    folder = tmp_path_factory.mktemp("images")
    for name, each in drawn.items():
        for channel, plane in each.field.planes.items():
            write(folder / f"{name}_{channel.colour}.png", png(plane))
    return folder


@pytest.fixture(autouse=True)
def _only_these_weights(weights, monkeypatch, tmp_path):
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(weights))
    monkeypatch.setenv("HOME", str(tmp_path))


def segment(images, output, *options):
    given = ["segment", str(images), "-o", str(output), "--segmenter", "cellpose"]
    return run([*given, "--pixel-size-um", "0.32", "--jobs", "1", *options])


def labels(path):
    return np.asarray(Image.open(path)).astype(np.int32)


def test_the_command_finds_the_cells_that_were_drawn(drawn, images, tmp_path, capfd):
    assert segment(images, tmp_path / "masks", "--json") == 0
    summary = json.loads(capfd.readouterr().out)
    assert (summary["fields"], summary["cells"], summary["failures"]) == (3, 10, 0)
    for name, each in drawn.items():
        for part, wanted in (("cells", each.cells), ("nuclei", each.nuclei)):
            found = labels(tmp_path / "masks" / f"{name}_{part}.png")
            assert min(overlap(found, wanted)) > 0.75


def test_two_runs_and_two_processes_give_the_same_bytes(images, tmp_path):
    outputs = [tmp_path / "one", tmp_path / "two"]
    for output, jobs in zip(outputs, ("1", "2"), strict=True):
        options = ["--segmenter", "cellpose", "--pixel-size-um", "0.32", "--jobs", jobs]
        subprocess.run([COMMAND, "segment", images, "-o", output, *options], check=True)
    files = sorted(path.name for path in outputs[0].glob("*.png"))
    assert len(files) == 6
    for name in files:
        assert (outputs[0] / name).read_bytes() == (outputs[1] / name).read_bytes()


def test_settings_and_weights_are_recorded_and_compared(images, weights, tmp_path, capfd):
    output = tmp_path / "masks"
    assert segment(images, output, "--cell-diameter-um", "44") == 0
    kept = read_run(output)["settings"]
    assert kept["segmenter"] == "cellpose"
    assert kept["cellpose"]["cell_model"] == "cyto3"
    assert kept["cellpose"]["nucleus_model"] == "nuclei"
    assert kept["cellpose"]["cell_diameter_um"] == 44
    assert len(kept["cellpose"]["cell_sha256"]) == 64
    assert not {"device", "cell_path"} & set(kept["cellpose"])
    capfd.readouterr()
    same = ["--cell-diameter-um", "44", "--device", "cpu"]
    assert segment(images, output, *same, "--cell-model", str(weights / "cyto3")) == 0
    assert "3 of 3 fields were done before" in capfd.readouterr().err
    assert segment(images, output) == 2
    assert "cellpose.cell_diameter_um: 44.0 there, 40.0 now" in capfd.readouterr().err
    other = climbing_network(tmp_path / "other", 30.0, edge=0.2)
    assert segment(images, output, "--cell-diameter-um", "44", "--cell-model", str(other)) == 2
    said = capfd.readouterr().err
    assert "cellpose.cell_sha256" in said
    assert 'cellpose.cell_model: "cyto3" there, "other" now' in said


def test_predict_uses_the_weights_of_training_and_reports_others(images, tmp_path, capfd):
    features, model = tmp_path / "features", tmp_path / "model"
    given = ["--pixel-size-um", "0.32", "--jobs", "1"]
    many = tmp_path / "many"
    many.mkdir()
    for number in range(6):
        for path in images.glob("[ac]_*.png"):
            name = path.name.replace("_", f"{number}_", 1)
            (many / name).write_bytes(path.read_bytes())
    command = ["extract", str(many), "-o", str(features), "--features", "AreaShape", *given]
    assert run([*command, "--segmenter", "cellpose"]) == 0
    rows = "".join(f"a{n},many\nc{n},few\n" for n in range(6))
    (tmp_path / "labels.csv").write_text("Id,Labels\n" + rows)
    table = tmp_path / "labels.csv"
    assert run(["train", str(features), str(table), "-o", str(model), "--group", "none"]) == 0
    kept = json.loads((model / "model.json").read_text())["extraction"]["cellpose"]
    assert kept["cell_model"] == "cyto3"
    capfd.readouterr()
    assert run(["predict", str(model), str(images), *given]) == 0
    same = capfd.readouterr()
    assert same.out.count("\n") == 4
    assert "other settings" not in same.err
    other = climbing_network(tmp_path / "other", 30.0, edge=0.2)
    command = ["predict", str(model), str(images), *given, "--cell-model", str(other)]
    assert run([*command, "--cell-diameter-um", "38"]) == 0
    said = capfd.readouterr().err
    assert "cellpose cell_sha256" in said
    assert "cellpose cell_diameter_um 38.0 here, 40.0 in training" in said
    assert "segmenter_digest" not in said


def test_the_python_api_finds_the_same_cells(drawn, images, tmp_path):
    import hpa_features as hf

    assert segment(images, tmp_path / "masks") == 0
    masks = hf.segment(drawn["c"].field, "cellpose")
    assert np.array_equal(masks.cells, labels(tmp_path / "masks" / "c_cells.png"))
    table = hf.measure(drawn["c"].field, masks, features="AreaShape")
    assert table["Metadata_CellCount"].tolist() == [2]
    small = hf.segment([drawn["c"].field], "cellpose", cellpose={"cell_diameter_um": 30.0})
    assert small[0].count
    with pytest.raises(hf.HpaFeatError, match="different settings"):
        hf.measure([drawn["a"].field, drawn["c"].field], [masks, small[0]])
    with pytest.raises(hf.HpaFeatError, match="no setting 'diameter'"):
        hf.segment(drawn["c"].field, "cellpose", cellpose={"diameter": 30.0})


class _Trap:
    def __reduce__(self):
        return (Path.touch, (Path("sprung"),))


def forged(path):
    with path.open("wb") as file:
        pickle.dump({"downsample": _Trap()}, file)


def forged_later(path):
    with path.open("wb") as file:
        pickle.dump({"downsample": _Trap()}, file, protocol=4)


def forged_archive(path):
    torch.save({"downsample.down.res_down_0.conv.conv_0.0.weight": _Trap()}, path)


def cut_short(path):
    whole = climbing_network(path.with_name("whole"), 30.0).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def later_line(path):
    torch.save({"W2": torch.zeros(3), "encoder.pos_embed": torch.zeros(3)}, path)


def another_network(path):
    torch.save(torch.nn.Linear(3, 2).state_dict(), path)


def another_shape(path):
    state = torch.load(climbing_network(path, 30.0), weights_only=True)
    state["upsample.up.res_up_1.proj.1.weight"] = torch.zeros(3, 3, 1, 1)
    torch.save(state, path)


def lacking(path):
    state = torch.load(climbing_network(path, 30.0), weights_only=True)
    del state["upsample.up.res_up_1.proj.1.weight"]
    torch.save(state, path)


def not_finite(path):
    state = torch.load(climbing_network(path, 30.0), weights_only=True)
    state["output.2.bias"] += np.nan
    torch.save(state, path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (forged, "it contains more than tensors"),
        (forged_later, "it contains more than tensors"),
        (forged_archive, "it contains more than tensors"),
        (cut_short, "it is damaged or is not a file of PyTorch"),
        (Path.touch, "it is damaged or is not a file of PyTorch"),
        (lambda path: path.write_text("<html>404</html>"), "cannot be used"),
        (later_line, "are of Cellpose 4; Cellpose 3 is installed"),
        (another_network, "its tensors are not those of a Cellpose network"),
        (another_shape, "its tensors have other shapes"),
        (lacking, "1 of its tensors are missing (upsample.up.res_up_1.proj.1.weight"),
        (not_finite, "values that are not finite"),
        (lambda path: torch.save([torch.zeros(2)], path), "it has no tensors by name"),
    ],
    ids=lambda each: getattr(each, "__name__", "said"),
)
def test_files_that_are_no_weights_end_the_run_with_one_line(
    make, said, images, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "bad")
    assert segment(images, tmp_path / "masks", "--cell-model", str(tmp_path / "bad")) == 1
    errors = capfd.readouterr().err
    assert said in errors
    assert "Traceback" not in errors
    assert errors.count("error:") == 1
    assert "Warning" not in errors
    assert not (tmp_path / "sprung").exists()
    # Nothing is there that would refuse the run with the right weights.
    assert not (tmp_path / "masks").exists()


def test_missing_weights_name_both_ways_out(images, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path / "none"))
    assert segment(images, tmp_path / "masks") == 1
    errors = capfd.readouterr().err
    assert "hpa-feat weights --download nuclei" in errors
    assert "--nucleus-model PATH" in errors


def test_a_gpu_that_is_not_there_is_refused_before_any_work(images, tmp_path, capfd):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert segment(images, tmp_path / "masks", "--device", "gpu") == 2
    assert "finds no GPU" in capfd.readouterr().err


def test_one_bad_field_does_not_stop_the_others(images, tmp_path, capfd):
    folder = tmp_path / "images"
    folder.mkdir()
    for path in images.glob("*.png"):
        (folder / path.name).write_bytes(path.read_bytes())
    blank = np.zeros((212, 212), np.uint16)
    write(folder / "a_blue.png", png(blank))
    (folder / "b_red.png").write_bytes(b"broken")
    assert segment(folder, tmp_path / "masks") == 3
    assert "b" in (tmp_path / "masks" / "failures.csv").read_text()
    assert not labels(tmp_path / "masks" / "a_nuclei.png").any()
    assert labels(tmp_path / "masks" / "a_cells.png").max() == 4
    assert labels(tmp_path / "masks" / "c_cells.png").max() == 2
