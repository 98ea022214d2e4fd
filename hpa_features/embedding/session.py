"""onnxruntime's session of a network, on the CPU or on a GPU."""

from __future__ import annotations

import tempfile
from typing import Any

from hpa_features.core.errors import DataError, MissingExtra
from hpa_features.core.settings import Device
from hpa_features.embedding.description import PAGE

EXTRA, PACKAGE = "embed", "onnxruntime"
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_SILENT = 4  # onnxruntime prints on stderr what is raised too
# TF32 keeps 10 bits of each factor: values would differ from those of the CPU.
_CUDA_OPTIONS = {"use_tf32": "0"}


def open_session(content: bytes, path: str, device: Device) -> Any:
    """Return the session of the model in `content`; `auto` is a GPU where onnxruntime has one.

    Raises
    ------
    MissingExtra
        onnxruntime is not installed.
    DataError
        It cannot load the model, or a GPU is asked for and cannot be used.
    """
    ort = _onnxruntime()
    on_gpu = device != Device.CPU and CUDA in ort.get_available_providers()
    if device == Device.GPU and not on_gpu:
        raise DataError(
            f"{PACKAGE} {ort.__version__} is built for the CPU, so --device gpu cannot run {path}.",
            hint=f"pip uninstall {PACKAGE}, then pip install {PACKAGE}-gpu; or use --device auto.",
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    providers = [(CUDA, _CUDA_OPTIONS), CPU] if on_gpu else [CPU]
    # Weights in other files are not covered by the sha256: they are looked for where there are none
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as nothing:
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", nothing
        )
        try:
            session = ort.InferenceSession(content, options, providers=providers)
        except Exception as error:
            raise _not_loaded(path, error, nothing) from error
    if device == Device.GPU and runs_on(session) == CPU:
        raise DataError(
            f"{PACKAGE} could not use a GPU for {path}.",
            hint="Use --device cpu, or run nvidia-smi.",
        )
    return session


def runs_on(session: Any) -> str:
    """Return the provider that a session runs on."""
    return str(session.get_providers()[0])


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra(PACKAGE, EXTRA) from error
    return onnxruntime


def _not_loaded(path: str, error: Exception, nothing: str) -> DataError:
    text = " ".join(str(error).split())
    if nothing in text or "external" in text.lower():
        return DataError(
            f"{path} keeps its weights in another file, which its sha256 does not cover.",
            hint=f"Export it as one file: torch.onnx.export(..., external_data=False) ({PAGE}).",
        )
    return DataError(f"{path} cannot be loaded as ONNX: {text[:300]}", hint=f"See {PAGE}.")
