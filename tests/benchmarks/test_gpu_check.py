"""The check for machines with a GPU, on the emulated device, where it finds a wrong kernel."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from emulated_device.array import DeviceArray
from emulated_device.compiling import missing_compiler
from emulated_device.stand_in import gpu_kernels, stand_in
from made_fields import drawn_field
from scipy import ndimage as ndi

from hpa_features.core.settings import Device
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.features.batch import Batch
from hpa_features.pipeline.simulate import simulate

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)


@pytest.fixture(scope="module")
def check():
    gpu_kernels()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
        patch.setattr(importlib.import_module("gpu_calls"), "_REPEATS", 1)
        patch.setattr(importlib.import_module("gpu_extract"), "FAMILIES", ("Intensity",))
        checking = importlib.import_module("gpu_check")
        patch.setattr(checking, "_TIMES", 1)
        yield checking


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


def test_kernels_of_the_host_are_listed_with_their_share(check, checked):
    why = gpu_kernels().on_host.ON_HOST
    assert {each.call.name for each in checked} & why.keys() == check.HOST_KERNELS
    lines = check.host_lines(512, checked, why)
    [row] = [line for line in lines if line.startswith("- nuclear_pairs")]
    assert "% of all kernels' time; of a few objects" in row
    taken = dict(check.host_seconds([each.call for each in checked], 1))
    assert taken.keys() == check.HOST_KERNELS
    assert min(taken.values()) > 0


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


def test_every_equivalent_of_another_package_gives_our_numbers(check, checked):
    """SciPy stands for cupyx and cuCIM, which have the same functions."""
    alike = importlib.import_module("gpu_equivalents")

    def on_host(function):
        def call(*arrays, **more):
            held = [each.held if isinstance(each, DeviceArray) else each for each in arrays]
            return DeviceArray(np.asarray(function(*held, **more)))

        return call

    names = ("mean", "maximum", "gaussian_filter")
    library = SimpleNamespace(**{name: on_host(getattr(ndi, name)) for name in names})
    libraries = alike.Libraries(stand_in(), library, on_host(ndi.distance_transform_edt))
    found = alike.compared(checked, libraries, gpu_kernels())
    assert {each.kernel for each in found} == alike.EQUIVALENTS.keys()
    assert [each.kernel for each in found if each.apart is None] == ["smooth_images"]
    assert all(each.apart < 1e-9 for each in found if each.apart is not None)
    lines = alike.lines_of(found, "")
    assert sum("cupyx.scipy.ndimage" in line for line in lines) == 3


def test_missing_packages_are_named_and_not_compared():
    alike = importlib.import_module("gpu_equivalents")
    libraries, missing = alike.installed()
    assert libraries is None
    assert "No module named 'cupy'" in missing
    assert missing in alike.lines_of([], missing)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A folder as `simulate` writes it, with one small field."""
    folder = tmp_path_factory.mktemp("simulated")
    settings = SimulateSettings(fields=1, size=96, pixel_size_um=0.6)
    simulate(folder, settings)
    return folder


def test_extract_is_timed_from_files_to_tables_and_by_stage(check, simulated):
    whole = importlib.import_module("gpu_extract")
    given = whole.rate(simulated, 96, 1, whole.GIVEN, Device.GPU, 1)
    assert (given.fields, given.more) == (3, 2)
    [row] = [line for line in whole.rate_lines([given]) if line.startswith("| 3 of 96²")]
    assert "| given masks | gpu | 1 |" in row
    wall, seconds = whole.stages(simulated, 1, whole.GIVEN, Device.GPU)
    assert set(seconds) == set(whole._STAGES.values())
    assert all(0 < each < wall for each in seconds.values())
    lines = whole.stage_lines(96, whole.GIVEN, 1, wall, seconds)
    assert sum(line.endswith("% |") for line in lines) == len(seconds)
    on_cpu, without = whole.stages(simulated, 1, whole.FOUND, Device.CPU)
    assert without["upload"] == 0
    assert 0 < without["cells"] < on_cpu


def test_training_is_timed_on_both_devices(check):
    training = importlib.import_module("gpu_training")
    shape = (60, 4, 2)
    assert training.seconds("cpu", shape, 1, rounds=2) > 0
    found = [training.TreeDevice("cpu", "this one")]
    lines = training.time_lines(found, 1, shape)
    assert "60 rows × 4 columns, 2 labels" in lines[2]
    assert "s with cpu on this one" in lines[2]
    none = [training.TreeDevice("opencl", problem="No OpenCL device found")]
    assert "opencl: No OpenCL device found" in training.time_lines(none, 1)[2]


def test_scores_of_both_devices_are_compared_by_the_spread_of_seeds(check):
    training = importlib.import_module("gpu_training")
    device = training.TreeDevice("opencl", "some GPU")
    near = training.Scores((0.50, 0.52, 0.54), (0.51, 0.53, 0.55))
    assert (near.apart, near.spread) == (pytest.approx(0.01), pytest.approx(0.02))
    assert "within one SD" in training.score_lines(near, device, training.SMALL)[-2]
    far = training.Scores((0.50, 0.52, 0.54), (0.6, 0.6, 0.6))
    assert "NOT within one SD" in training.score_lines(far, device, training.SMALL)[-2]


def test_a_table_with_a_truth_can_be_learned(tmp_path, check):
    training = importlib.import_module("gpu_training")
    training.written_table(tmp_path, 90, 8, 2)
    assert 0.3 < training.trained_f1(tmp_path, Device.CPU, 0) <= 1.0
