"""`extract --device gpu` on the emulated device: the CPU's numbers, what run.json keeps, faults."""

from __future__ import annotations

import gc
import json
import threading
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from emulated_device.array import Memory
from emulated_device.compiling import missing_compiler
from emulated_device.mode import MODE, running
from emulated_device.stand_in import gpu_kernels
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from made_fields import drawn_field

from hpa_features.core.settings import ExtractSettings
from hpa_features.pipeline.measuring_device import gpu_bytes

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)

FIELDS = 4
GRID_UM = ExtractSettings().grid_um


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for number in range(FIELDS):
        field, _ = drawn_field(number)
        for channel, plane in field.planes.items():
            write(folder / f"f{number}_{channel.colour}.png", png(plane))
    return folder


@pytest.fixture(autouse=True)
def emulated_device():
    """Load the kernels on the emulated device; arrays of other tests do not count as its memory."""
    gpu_kernels()
    gc.collect()


def extract(images, out, *more, device="gpu", features="Intensity,Texture"):
    how = ("--features", features, "--pixel-size-um", "0.32", "--device", device)
    return run(["extract", str(images), "-o", str(out), *how, *IN_PROCESS, *more])


def cells(out):
    return ds.dataset(out / "cells").to_table().sort_by("Metadata_Id").to_pandas()


def features(table):
    return table[[name for name in table.columns if not name.startswith("Metadata_")]].to_numpy()


@pytest.fixture(scope="module")
def on_cpu(images, tmp_path_factory):
    out = tmp_path_factory.mktemp("cpu")
    assert extract(images, out, device="cpu") == 0
    return out


def test_the_gpu_gives_the_numbers_of_the_cpu_and_run_json_says_what_ran(
    images, on_cpu, tmp_path, capsys
):
    assert extract(images, tmp_path / "out") == 0
    assert "Features are measured on emulated device" in capsys.readouterr().err
    found, expected = cells(tmp_path / "out"), cells(on_cpu)
    assert list(found.columns) == list(expected.columns)
    np.testing.assert_allclose(features(found), features(expected), rtol=1e-4, atol=1e-9)
    ran = json.loads((tmp_path / "out" / "run.json").read_text())["run"]["device"]
    assert (ran["name"], ran["cuda"]) == ("emulated device", "12.9")
    assert "mahotas_haralick" in ran["on_host"]
    assert "device" not in json.loads((on_cpu / "run.json").read_text())["run"]


def test_a_folder_begun_on_the_cpu_is_completed_on_the_gpu(images, on_cpu, tmp_path):
    out = tmp_path / "out"
    some = tmp_path / "some"
    some.mkdir()
    for path in images.glob("f0_*"):
        (some / path.name).symlink_to(path)
    assert extract(some, out, device="cpu") == 0
    assert extract(images, out) == 0
    np.testing.assert_allclose(features(cells(out)), features(cells(on_cpu)), rtol=1e-4, atol=1e-9)


def test_planes_come_to_the_device_from_a_thread_before_their_batch_is_measured(
    images, on_cpu, tmp_path, monkeypatch
):
    from hpa_features.pipeline import extract_fields, measuring_device

    seen = []

    def watched(name, real):
        def call(*arguments):
            seen.append((name, threading.current_thread() is threading.main_thread()))
            return real(*arguments)

        return call

    for name in ("upload", "measure_all"):
        monkeypatch.setattr(extract_fields, name, watched(name, getattr(extract_fields, name)))
    monkeypatch.setattr(measuring_device, "_GPU_BYTES", 1)  # each field is a batch
    monkeypatch.setattr("hpa_features.running.parts._ROUNDS", 1)
    assert extract(images, tmp_path / "out") == 0
    assert sorted(seen) == [("measure_all", True)] * FIELDS + [("upload", False)] * FIELDS
    np.testing.assert_allclose(
        features(cells(tmp_path / "out")), features(cells(on_cpu)), rtol=1e-4, atol=1e-9
    )


def test_where_memory_is_short_batches_are_halved(images, on_cpu, tmp_path, monkeypatch):
    from hpa_features.pipeline import measuring_device

    monkeypatch.setattr(measuring_device, "gpu_bytes", lambda *_: 0)  # all of a part at once
    monkeypatch.setattr("hpa_features.running.parts._ROUNDS", 1)
    field, _ = drawn_field(0)
    with running(memory=2 * gpu_bytes(field, GRID_UM)):
        assert extract(images, tmp_path / "out") == 0
    np.testing.assert_allclose(
        features(cells(tmp_path / "out")), features(cells(on_cpu)), rtol=1e-4, atol=1e-9
    )


def test_fields_that_do_not_fit_fail_with_a_clear_line(images, tmp_path, capsys):
    with running(memory=100_000):
        assert extract(images, tmp_path / "out") == 1
    assert "The memory of the GPU is short" in capsys.readouterr().err


def test_a_gpu_that_fails_ends_the_run_and_keeps_what_is_finished(images, tmp_path, capsys):
    out = tmp_path / "out"
    begun = MODE.launches
    assert extract(images, tmp_path / "whole") == 0
    needed = MODE.launches - begun
    with running(lost_after=MODE.launches + 3 * needed // FIELDS):
        assert extract(images, out) == 1
    report = capsys.readouterr().err
    assert "The GPU stopped working" in report
    assert "Traceback" not in report
    kept = ds.dataset(out / "images").to_table()["Metadata_Id"].to_pylist()
    assert 0 < len(kept) < FIELDS
    assert extract(images, out) == 0
    assert pq.read_table(out / "images").num_rows == FIELDS


def test_without_cupy_the_error_names_the_extra(images, tmp_path, monkeypatch, capsys):
    import sys

    for name in [name for name in sys.modules if name.startswith("hpa_features.kernels.gpu")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert extract(images, tmp_path / "out") == 1
    assert "pip install '.[gpu]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pixel_um", [0.32, 0.16])
def test_the_bytes_of_a_field_are_no_less_than_it_takes(pixel_um):
    from hpa_features.features.batch import Batch
    from hpa_features.features.measure import measure_all
    from hpa_features.features.registry import families_named

    field, masks = drawn_field(1, pixel_size_um=pixel_um)
    most = 0
    real = Memory.used

    def watched():
        nonlocal most
        most = max(most, real())
        return real()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Memory, "used", watched)
        measure_all(Batch((field,), (masks,)), families_named(()), "gpu")
    assert 0.2 * gpu_bytes(field, GRID_UM) < most < gpu_bytes(field, GRID_UM)
