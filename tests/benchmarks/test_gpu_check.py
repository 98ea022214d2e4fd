"""The check for machines with a GPU, on the emulated device, where it finds a wrong kernel."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from emulated_device.compiling import missing_compiler
from emulated_device.stand_in import gpu_kernels
from made_fields import drawn_field

from hpa_features.features.batch import Batch

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)


@pytest.fixture(scope="module")
def check():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
        patch.setattr(importlib.import_module("gpu_calls"), "_REPEATS", 1)
        yield importlib.import_module("gpu_check")


@pytest.fixture(scope="module")
def fields():
    """Two drawn fields, each a batch."""
    return [Batch((field,), (masks,)) for field, masks in (drawn_field(1), drawn_field(2))]


@pytest.fixture(scope="module")
def checked(check, fields):
    return list(check.checked_calls(fields[:1], gpu_kernels()))


def test_every_call_of_the_default_families_is_compared(checked):
    assert {each.call.name for each in checked} >= {"haralick", "covariances", "resample_signals"}
    assert [each.call.name for each in checked if not each.equal] == []
    assert all(each.call.bytes > 0 for each in checked)


def test_a_wrong_kernel_is_found_and_named(check, checked):
    real = gpu_kernels()

    def off(image, other):
        return [each * 1.001 for each in real.multiples(image, other)]

    wrong = SimpleNamespace(**vars(real) | {"multiples": off})
    [call] = [each.call for each in checked if each.call.name == "multiples"]
    found = importlib.import_module("gpu_calls").check(call, wrong)
    assert not found.equal
    [row] = [line for line in check.call_lines(512, [found], 1e9) if line.startswith("| multi")]
    assert "| 1.0e-03 | NO |" in row


def test_places_that_differ_are_counted_in_integers(check):
    calls = importlib.import_module("gpu_calls")
    assert calls._error(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5])) == (0.25, False)
    assert calls._error(np.array([np.nan, 1.0]), np.array([1.0, np.nan])) == (np.inf, False)
    assert calls._error(np.zeros(0), np.zeros(0)) == (0.0, True)


def test_batches_are_timed_by_stage(check, fields):
    stages = check.stages_of(fields, 3, gpu_kernels())
    assert stages.fields == 3
    assert stages.cells == sum(fields[k].cell_count for k in (0, 1, 0))
    assert min(stages.crops, stages.kernels, stages.formulas, stages.cpu) > 0
    [line] = [line for line in check.stage_lines({512: stages}) if line.startswith("| 3 of 512²")]
    assert f"| {stages.cells} |" in line


def test_an_estimate_needs_no_gpu_and_is_called_one(check, fields):
    lines = check.estimate_lines(512, fields, 1e12)
    slower = check.estimate_lines(512, fields, 5e11)
    assert "Estimate" in lines[0]
    assert "nothing was run on a GPU" in lines[0]

    def least(text):
        return float(text[2].split(" ms a field")[0].split()[-1])

    assert least(slower) == pytest.approx(2 * least(lines), abs=0.011)


def test_without_a_gpu_one_line_says_why(check, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gpu_check.py"])
    for name in [name for name in sys.modules if name.startswith("hpa_features.kernels.gpu")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert check.main() == 1
    assert "cupy is needed" in capsys.readouterr().err
