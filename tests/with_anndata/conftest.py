"""Tests in an environment with anndata and pycytominer (`make test-cellpose`)."""

from __future__ import annotations

from importlib.util import find_spec

HAS = all(find_spec(name) for name in ("anndata", "pycytominer"))
collect_ignore_glob = [] if HAS else ["test_*.py"]
