"""`train --device gpu`: what is looked for, what is said without it, and the trees that it gives.

Without a GPU, PoCL (Debian: pocl-opencl-icd) lets the CPU be an OpenCL device.
"""

from __future__ import annotations

import numpy as np
import pytest
from listener import Listener
from made_bundle import write_tables

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import Device
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.boosting import learner, repeatable, shared
from hpa_features.learn.tree_device import TreeDevice
from hpa_features.pipeline import tree_gpu
from hpa_features.pipeline.train import train
from hpa_features.pipeline.tree_gpu import choose_device, try_gpus


def run(folder, out, device, **settings):
    chosen = TrainSettings(bootstrap=50, folds=3, device=device, **settings)
    features, labels = str(folder / "features.parquet"), str(folder / "labels.csv")
    train(features, labels, str(folder / out), chosen, Listener())
    return read_bundle(folder / out)


def test_without_a_gpu_the_error_names_what_was_tried_and_what_to_install(monkeypatch, capfd):
    monkeypatch.setenv("OCL_ICD_VENDORS", "/nonexistent")  # the loader then finds no device
    with pytest.raises(UsageError, match="cannot use a GPU") as caught:
        choose_device(Device.GPU, Listener())
    assert "cuda: CUDA Tree Learner was not enabled in this build" in str(caught.value)
    assert "opencl: No OpenCL device found" in str(caught.value)
    assert "--device cpu" in caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_the_device_found_is_named(monkeypatch):
    found = TreeDevice("opencl", "pthread-AMD EPYC")  # what PoCL calls a CPU
    monkeypatch.setattr(tree_gpu, "try_gpus", lambda: [found])
    told = Listener()
    assert choose_device(Device.GPU, told) is found
    assert told.notes == ["trees are grown with opencl on pthread-AMD EPYC."]


def test_nothing_is_written_where_a_gpu_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("OCL_ICD_VENDORS", "/nonexistent")
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4))
    before = set(tmp_path.iterdir())
    with pytest.raises(UsageError, match="cannot use a GPU"):
        run(tmp_path, "model", Device.GPU)
    assert set(tmp_path.iterdir()) == before


def test_the_cpu_is_recorded_and_asking_for_it_changes_no_byte(tmp_path):
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4))
    auto, cpu = (run(tmp_path, each.value, each) for each in (Device.AUTO, Device.CPU))
    assert auto.facts == cpu.facts
    assert auto.boosters == cpu.boosters
    assert auto.facts["training"]["trees_on"] == {"backend": "cpu", "device": ""}
    assert "grown with" not in auto.card


@pytest.mark.parametrize("backend", ["cpu", "cuda", "opencl"])
def test_all_trees_of_a_training_share_seed_threads_and_device(backend):
    parameters = learner(5000, 100, seed=3, threads=2, backend=backend)
    assert shared(parameters) == repeatable(3, 2, backend)


@pytest.mark.long
def test_trees_grown_by_opencl_are_those_of_the_cpu(tmp_path):
    if try_gpus()[-1].problem:
        pytest.skip("LightGBM finds no GPU and no OpenCL device (Debian: pocl-opencl-icd)")
    write_tables(tmp_path, groups=18, shares=(0.5, 0.4))
    cpu = run(tmp_path, "cpu", Device.CPU)
    gpu = run(tmp_path, "gpu", Device.GPU)
    np.testing.assert_allclose(gpu.oof.raw, cpu.oof.raw, atol=1e-6)
    np.testing.assert_array_equal(gpu.oof.decision, cpu.oof.decision)
    where = gpu.facts["training"]["trees_on"]
    assert where["backend"] in ("cuda", "opencl")
    assert f"grown with {where['backend']} on {where['device']}" in gpu.card
