"""What is compiled before workers start is all that they need."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from drawn_fields import draw, one_nucleus

from hpa_features.core.settings import SegmentSettings
from hpa_features.kernels.cpu import field as kernels
from hpa_features.pipeline.warm_up import compile_segmentation
from hpa_features.segmentation.watershed import segment_watershed


def compiled() -> dict[str, int]:
    """Return how many versions of each kernel for planes are compiled."""
    names = [each.name for each in pkgutil.iter_modules(kernels.__path__)]
    modules = [importlib.import_module(f"{kernels.__name__}.{name}") for name in names]
    return {
        f"{module.__name__}.{name}": len(kernel.signatures)
        for module in modules
        for name, kernel in vars(module).items()
        if hasattr(kernel, "signatures")
    }


@pytest.mark.parametrize(("um", "size"), [(0.08, 512), (0.32, 128)])
def test_finding_cells_compiles_nothing_more(um, size):
    compile_segmentation(SegmentSettings())
    before = compiled()
    assert before
    cells = [one_nucleus(15, 13), one_nucleus(15, 30), one_nucleus(30, 20)]
    assert segment_watershed(draw(cells, um=um, size=size).field).count
    assert compiled() == before
