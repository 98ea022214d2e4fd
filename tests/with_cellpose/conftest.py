"""Tests in an environment with Cellpose 3.1 (`make test-cellpose`); collected nowhere else."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("cellpose") else ["test_*.py"]
