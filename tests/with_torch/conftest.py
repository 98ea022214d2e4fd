"""Tests in an environment with PyTorch (`make test-cellpose`); collected nowhere else."""

from __future__ import annotations

from importlib.util import find_spec

HAS = all(find_spec(name) for name in ("torch", "onnxscript", "onnxruntime"))
collect_ignore_glob = [] if HAS else ["test_*.py"]
