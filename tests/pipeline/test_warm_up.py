"""What is compiled before workers start is all that they need."""

from __future__ import annotations

import importlib
import pkgutil
from contextlib import contextmanager

import pytest
from drawn_fields import draw, one_nucleus

from hpa_features.core.settings import ExtractSettings, SegmentSettings
from hpa_features.features import measure
from hpa_features.features.registry import families_named
from hpa_features.kernels.cpu import field as kernels
from hpa_features.pipeline import warm_up
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


@pytest.fixture
def cold(monkeypatch, tmp_path):
    """Give what a start compiles, with a cache of its own on two cores; nothing is compiled."""
    done = []

    @contextmanager
    def beside(work):
        done.append(("beside", work.func.__name__))
        yield

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(warm_up, "compiled_beside", beside)
    monkeypatch.setattr(warm_up, "usable_cores", lambda: 2)
    monkeypatch.setattr(warm_up, "compile_segmentation", lambda _: done.append("segmentation"))
    monkeypatch.setattr(
        measure, "measure_all", lambda _, families: done.append([each.name for each in families])
    )
    return done


def test_two_processes_share_what_was_not_compiled_before(cold):
    settings = ExtractSettings()
    every = [family.name for family in families_named(())]
    rest = [name for name in every if name not in warm_up._BESIDE]
    whole = ["segmentation", every, every]
    warm_up.compile_all(settings)
    assert cold == [("beside", "_compile_part"), rest, rest, *whole]
    cold.clear()
    warm_up._compile_part(settings)
    [_, own, _] = cold
    assert sorted([*own, *rest]) == sorted(every)
    cold.clear()
    warm_up.compile_all(settings)
    assert cold == whole


def test_one_core_compiles_in_one_process(cold, monkeypatch):
    monkeypatch.setattr(warm_up, "usable_cores", lambda: 1)
    warm_up.compile_all(ExtractSettings())
    assert cold[0] == "segmentation"


def test_a_changed_kernel_is_another_state(monkeypatch, tmp_path):
    source = tmp_path / "kernel.py"
    source.write_text("one", encoding="utf-8")
    monkeypatch.setattr("hpa_features.kernels.__path__", [str(tmp_path)])
    first = warm_up.kernels_digest()
    assert warm_up.kernels_digest() == first
    source.write_text("other", encoding="utf-8")
    assert warm_up.kernels_digest() != first
