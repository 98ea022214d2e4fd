"""Tests with other programs, in an environment that has them (`make test-cellpose`)."""

from __future__ import annotations

from importlib.util import find_spec

NEEDED = ("anndata", "pycytominer", "snakemake", "dask_jobqueue")
HAS = all(find_spec(name) for name in NEEDED)
collect_ignore_glob = [] if HAS else ["test_*.py"]
