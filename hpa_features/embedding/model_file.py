"""The file of a network: its bytes, what identifies them, and files of other kinds."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from hpa_features.core.errors import DataError
from hpa_features.embedding.description import PAGE

_PICKLE, _HDF5 = b"\x80", b"\x89HDF\r\n\x1a\n"
_ENDINGS = {
    ".pth": "weights of PyTorch",
    ".pt": "weights of PyTorch",
    ".ckpt": "weights of PyTorch",
    ".safetensors": "weights without a network",
    ".h5": "a file of Keras",
    ".keras": "a file of Keras",
    ".tflite": "a file of TensorFlow Lite",
}


def read_model(path: Path) -> bytes:
    """Return the bytes of a model file.

    Raises
    ------
    DataError
        It cannot be read, or is a file of another kind.
    """
    if path.is_dir():
        raise DataError(f"the model {path} is a folder; wanted an .onnx file.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"the model {path} cannot be read: {error.strerror}.") from error
    kind = _other_kind(path, content)
    if kind:
        raise DataError(
            f"{path} is {kind}, which cannot be run here; wanted an ONNX file.",
            hint=f"Export it once, where PyTorch is installed: {PAGE} has the commands.",
        )
    return content


def _other_kind(path: Path, content: bytes) -> str:
    """Return what another kind of file is, by its content; empty for what may be ONNX."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        scripted = any("/code/" in f"/{name}" for name in names)
        if scripted:
            return "a TorchScript archive"
        return "weights of PyTorch" if any(name.endswith("data.pkl") for name in names) else "a zip"
    if content.startswith(_PICKLE):
        return "weights of PyTorch (a pickle)"
    if content.startswith(_HDF5):
        return "a file of Keras"
    return _ENDINGS.get(path.suffix.lower(), "")


def sha256_of(content: bytes) -> str:
    """Return the sha256 of a model file in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
