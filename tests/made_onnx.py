"""Small ONNX networks made for tests, each with its description next to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDECAR = """
name = "tiny"
channels = ["Protein", "DNA", "Microtubules"]
pixel_size_um = 0.64
input_px = 32
masked = false
normalization = "min-max"
scope = "channel"
"""


def tiny_network(
    path: Path,
    sidecar: str = SIDECAR,
    *,
    channels: int = 3,
    dimensions: int = 5,
    batch: str | int = "N",
    edges: Sequence[str | int] = ("H", "W"),
    kind: int = TensorProto.FLOAT,
    scale: float = 1.0,
    metadata: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Path:
    """Write a convolution, a ReLU and a mean over positions; return the file."""
    weights = np.random.default_rng(seed).normal(0, scale, (dimensions, channels, 3, 3))
    nodes = [
        helper.make_node("Conv", ["image", "w"], ["made"], strides=[2, 2]),
        helper.make_node("Relu", ["made"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["vector"]),
    ]
    type_of = helper.tensor_dtype_to_np_dtype(kind)
    return write_network(
        path,
        nodes,
        inputs=[helper.make_tensor_value_info("image", kind, [batch, channels, *edges])],
        outputs=[helper.make_tensor_value_info("vector", kind, [batch, dimensions])],
        weights={"w": weights.astype(type_of)},
        sidecar=sidecar,
        metadata=metadata or {},
    )


def write_network(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    *,
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Mapping[str, np.ndarray] | None = None,
    sidecar: str = SIDECAR,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write a network and, unless it is empty, its sidecar."""
    constants = [numpy_helper.from_array(each, name) for name, each in (weights or {}).items()]
    graph = helper.make_graph(nodes, "made", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, dict(metadata or {}))
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    if sidecar:
        path.with_suffix(".toml").write_text(sidecar)
    return path
