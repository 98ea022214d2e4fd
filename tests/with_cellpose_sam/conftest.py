"""Tests in an environment with Cellpose 4.2 (`make test-long`); collected nowhere else."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest


def _installed() -> str:
    try:
        return version("cellpose")
    except PackageNotFoundError:
        return ""


collect_ignore_glob = [] if _installed().startswith("4.") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def _torchvision_operators():
    """Define the operators that torchvision 0.28 lacks beside torch 2.13, before its import.

    Cellpose imports torchvision by way of segment_anything and calls none of them.
    """
    import torch

    if not torch.__version__.startswith("2.13."):
        yield
        return
    library = torch.library.Library("torchvision", "DEF")
    for name in _OPERATORS:
        library.define(f"{name}(...) -> ...")
    yield
    del library


_OPERATORS = (
    "roi_align",
    "_roi_align_backward",
    "ps_roi_align",
    "_ps_roi_align_backward",
    "roi_pool",
    "_roi_pool_backward",
    "ps_roi_pool",
    "_ps_roi_pool_backward",
    "deform_conv2d",
    "_deform_conv2d_backward",
    "nms",
    "qnms",
    "qroi_align",
)
