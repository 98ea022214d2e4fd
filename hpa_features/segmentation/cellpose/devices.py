"""The device that networks run on, and settings that make two runs give the same masks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError

if TYPE_CHECKING:
    import torch


def device_named(name: str) -> torch.device:
    """Return the device for ``auto``, ``cpu`` or ``gpu``; `auto` is a CUDA device where one works.

    Raises
    ------
    UsageError
        A GPU is asked for and none works.
    """
    import torch

    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "auto":
        return torch.device("cpu")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    raise UsageError(
        f"--device gpu: PyTorch {torch.__version__} finds no GPU.",
        hint="Use --device cpu, or install PyTorch for your GPU: https://pytorch.org",
    )


def make_deterministic() -> None:
    """Let PyTorch use one thread in this process, and the same algorithms in each run."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
