"""Networks that are run, and those that are refused before a run."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from made_onnx import SIDECAR, tiny_network, write_network
from onnx import TensorProto, helper

from hpa_features.core.errors import DataError
from hpa_features.core.settings import Device
from hpa_features.embedding.network import described_network, loaded_network, trained_network


def opened(path: Path):
    return described_network(str(path), Device.CPU)


def test_vectors_are_those_of_the_network(tmp_path):
    network = opened(tiny_network(tmp_path / "net.onnx"))
    assert network.settings.dimensions == 5
    weights = np.random.default_rng(0).normal(0, 1, (5, 3, 3, 3)).astype(np.float32)
    square = np.random.default_rng(1).random((1, 3, 32, 32), np.float32)
    patches = np.lib.stride_tricks.sliding_window_view(square[0], (3, 3), axis=(1, 2))[:, ::2, ::2]
    wanted = np.maximum(np.einsum("kcij,crsij->krs", weights, patches), 0).mean(axis=(1, 2))
    np.testing.assert_allclose(network.run(square)[0], wanted, rtol=1e-4)


POOLED = {
    "mean of positions": ("made", "mean", [["N", 4, 15, 15]], lambda x: x.mean(axis=(2, 3))),
    "mean of tokens": ("tokens", "mean", [["N", 4, 225]], lambda x: x.reshape(2, 4, -1).mean(1)),
    "first token": ("tokens", "first", [["N", 4, 225]], lambda x: x.reshape(2, 4, -1)[:, 0]),
}


@pytest.mark.parametrize("case", POOLED)
def test_outputs_of_more_axes_are_pooled_as_described(tmp_path, case):
    output, pooling, shapes, by_hand = POOLED[case]
    weights = np.random.default_rng(0).normal(0, 1, (4, 3, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "w"], ["made"], strides=[2, 2]),
        helper.make_node("Reshape", ["made", "shape"], ["tokens"]),
    ]
    path = write_network(
        tmp_path / "net.onnx",
        nodes,
        inputs=[helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 32, 32])],
        outputs=[
            helper.make_tensor_value_info("made", TensorProto.FLOAT, ["N", 4, 15, 15]),
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["N", 4, 225]),
        ],
        weights={"w": weights, "shape": np.array([-1, 4, 225])},
        sidecar=f'{SIDECAR}output = "{output}"\npooling = "{pooling}"\n',
    )
    squares = np.random.default_rng(1).random((2, 3, 32, 32), np.float32)
    patches = np.lib.stride_tricks.sliding_window_view(squares, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    made = np.einsum("kcij,ncrsij->nkrs", weights, patches)
    np.testing.assert_allclose(opened(path).run(squares), by_hand(made), rtol=1e-4, atol=1e-5)
    del shapes


WRONG = {
    "it has 4 channels|has 4 channels": {"channels": 4},
    "takes exactly 1 square at a time": {"batch": 1},
    r"tensor\(float16\)": {"kind": TensorProto.FLOAT16},
    r"\[64, 64\] pixels; the description has 32": {"edges": (64, 64)},
    "not finite": {"scale": 1e38},
    "no output 'features'; it has vector": {"sidecar": SIDECAR + 'output = "features"\n'},
    "no input 'pixels'; it has image": {"sidecar": SIDECAR + 'input = "pixels"\n'},
    'pooling = "first" makes no vectors': {"sidecar": SIDECAR + 'pooling = "first"\n'},
}


@pytest.mark.parametrize("message", WRONG)
def test_a_network_that_does_not_fit_is_refused(tmp_path, message):
    path = tiny_network(tmp_path / "net.onnx", **WRONG[message])
    with pytest.raises(DataError, match=message) as caught:
        opened(path)
    assert caught.value.hint


def single(tmp_path, nodes, axes=4, inputs=1, kind=TensorProto.FLOAT, **more):
    info = helper.make_tensor_value_info
    names = ["image", "other"][:inputs]
    return write_network(
        tmp_path / "net.onnx",
        nodes,
        inputs=[info(each, kind, ["N", 3, 32, 32]) for each in names],
        outputs=[info("vector", TensorProto.FLOAT, list("NABC"[:axes]))],
        **more,
    )


def test_a_network_with_two_inputs_is_refused(tmp_path):
    path = single(tmp_path, [helper.make_node("Add", ["image", "other"], ["vector"])], inputs=2)
    with pytest.raises(DataError, match="2 inputs"):
        opened(path)


def test_a_network_of_whole_numbers_is_refused(tmp_path):
    nodes = [
        helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("GlobalAveragePool", ["numbers"], ["vector"]),
    ]
    with pytest.raises(DataError, match=r"input is tensor\(uint8\); wanted tensor\(float\)"):
        opened(single(tmp_path, nodes, kind=TensorProto.UINT8))


def test_a_network_whose_vectors_depend_on_their_batch_is_refused(tmp_path):
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["all"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["image", "all"], ["rest"]),
        helper.make_node("GlobalAveragePool", ["rest"], ["vector"]),
    ]
    with pytest.raises(DataError, match="changes with the other squares") as caught:
        opened(single(tmp_path, nodes))
    assert "model.eval()" in caught.value.hint


def test_a_network_that_fails_inside_is_refused(tmp_path):
    nodes = [helper.make_node("Reshape", ["image", "one"], ["vector"])]
    path = single(tmp_path, nodes, axes=2, weights={"one": np.array([1, 3072])})
    with pytest.raises(DataError, match="failed on a trial of two squares"):
        opened(path)


def test_weights_in_another_file_are_refused(tmp_path, monkeypatch):
    path = tiny_network(tmp_path / "net.onnx")
    model = onnx.load(path)
    onnx.save_model(model, path, save_as_external_data=True, location="net.data", size_threshold=0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="weights in another file") as caught:
        opened(path)
    assert "external_data=False" in caught.value.hint


def _archive(path: Path, name: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")
    return path


def test_files_of_other_kinds_are_refused_with_the_recipe(tmp_path):
    pickled = tmp_path / "old.pth"
    pickled.write_bytes(pickle.dumps({"weight": 1}))
    keras = tmp_path / "net.onnx"
    keras.write_bytes(b"\x89HDF\r\n\x1a\n")
    named = tmp_path / "net.safetensors"
    named.write_bytes(b"\x08")
    files = {
        "weights of PyTorch": _archive(tmp_path / "new.pth", "archive/data.pkl"),
        "TorchScript": _archive(tmp_path / "script.pt", "net/code/__torch__.py"),
        "a pickle": pickled,
        "Keras": keras,
        "weights without a network": named,
    }
    for kind, path in files.items():
        with pytest.raises(DataError, match=kind) as caught:
            opened(path)
        assert "docs/embeddings.md" in caught.value.hint
    for path, message in ((tmp_path, "a folder"), (tmp_path / "none.onnx", "No such file")):
        with pytest.raises(DataError, match=message):
            opened(path)
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(DataError, match="cannot be loaded as ONNX"):
        opened(tmp_path / "text.onnx")


def test_a_trained_network_must_be_the_same_file(tmp_path):
    settings = opened(tiny_network(tmp_path / "net.onnx")).settings
    tiny_network(tmp_path / "other.onnx", seed=1)
    with pytest.raises(DataError, match="another network than the embedding tiny"):
        trained_network(str(tmp_path / "other.onnx"), settings, Device.CPU)
    # Its description is that of training, whatever the sidecar says now.
    tiny_network(tmp_path / "moved.onnx", SIDECAR.replace("tiny", "renamed"))
    moved = trained_network(str(tmp_path / "moved.onnx"), settings, Device.CPU).settings
    assert (moved.name, moved.sha256) == ("tiny", settings.sha256)
    tiny_network(Path(settings.path), seed=2)
    with pytest.raises(DataError, match="another network"):
        loaded_network(settings, Device.CPU)


def test_a_gpu_is_asked_for_where_onnxruntime_has_none(tmp_path):
    with pytest.raises(DataError, match="built for the CPU") as caught:
        described_network(str(tiny_network(tmp_path / "net.onnx")), Device.GPU)
    assert "onnxruntime-gpu" in caught.value.hint
