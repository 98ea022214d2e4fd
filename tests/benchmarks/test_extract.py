"""The extraction benchmark: what it times, how it reduces times, and its verdicts."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from hpa_features.core.settings import InputSettings
from hpa_features.io.images import read_field

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
OF_FIELDS = ("read", "segment", "measure", "tables")
FIELDS = 3


@pytest.fixture(scope="module")
def load():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module


@pytest.fixture(scope="module")
def steps(load):
    """Return a way to open the package of this checkout in a process that times its steps."""
    commits = load("commits")
    return lambda: commits.Package(commits.ROOT, BENCHMARKS / "extract_steps.py")


@pytest.fixture(scope="module")
def package(steps):
    with steps() as opened:
        yield opened


@pytest.fixture(scope="module")
def data(simulated_folder, tmp_path_factory):
    """Fields where the benchmark looks for real ones of 512²."""
    folder = tmp_path_factory.mktemp("data")
    place = folder / "hpa_fields" / "derived512"
    place.mkdir(parents=True)
    for path in sorted(simulated_folder.glob("sim0-*.png"))[: 4 * FIELDS]:
        (place / path.name).symlink_to(path)
    return folder


def part_of(*fields, write=0.0, rest=0.0):
    """Return what `run_part` reports: seconds of the stages of each row and of the part."""
    own = [dict.fromkeys(OF_FIELDS, 0.0) | field for field in fields]
    return {"fields": own, "part": {"tables": 0.0, "write": write, "rest": rest}}


def result_of(load, now_ms):
    """Return a result in which every field takes `now_ms` now and 1 s before, half of it read."""
    times = load("extract_times")
    reduced = {
        when: times.reduce_parts([part_of({"read": s / 2, "segment": s / 2})], fields=1)
        for when, s in (("before", 1.0), ("now", now_ms / 1000))
    }
    sets = load("timed_fields")
    names = (sets.REAL_512, sets.NATIVE, sets.SIM_512)
    about = {"cells": [20], "crop_pixels": [100_000], "same_masks": True}
    run = {"cells": 5000, "wall_s": 70.0, "peak_mib": 500.0}
    return {
        "base": "abc",
        "rounds": 2,
        "skipped": ["Skipped: there."],
        "compile_s": {"before": 30.0, "now": 40.0},
        "sets": dict.fromkeys(names, about),
        "stages": dict.fromkeys(names, reduced),
        "families": {
            names[0]: {
                "families": {
                    "Spots": {"columns": 26, "default": True, "before": 90, "now": 30, "saved": 4},
                    "Neighbors": {"columns": 12, "default": False, "before": None, "now": 2}
                    | {"saved": None},
                },
                "crop_pixels": 100_000,
                "default": {"before": 400, "now": 100},
            }
        },
        "core": {
            "fields": 8,
            "one": {"before": 0.4, "now": 0.3},
            "singles": {"before": 3.0, "now": 1.2},
            "batch": {"before": 2.9, "now": 1.5},
            "by_cells": [{"cells": 4, "crop_pixels": 50_000, "before": 100, "now": 40}],
            "bytes": {"before": 9e7, "now": 8e7},
            "calls": {
                "calls": [102, 102, 102],
                "repeated": {"means": 3, "bands": 2},
                "host_share": 0.08,
                "formulas_s": 0.0004,
            },
        },
        "runs": {
            "distinct": 40,
            "runs": {
                "40 fields, 1 process": run | {"processor_s": 12.0, "longest_s": 12.0},
                "200 fields, 1 process": run | {"processor_s": 52.0, "longest_s": 52.0},
                "200 fields, 2 processes": run | {"processor_s": 56.0, "longest_s": 26.0},
            },
            "disk": {"mb": {"images": 10.0, "cells": 20.0}, "schema_mb": 1.2, "parts": 8},
        },
        "memory": {
            "size": 128,
            "fields": {
                "200": {"peak_mib": 300.0, "processor_s": 9.0},
                "2000": {"peak_mib": 345.0, "processor_s": 90.0},
            },
        },
    }


def test_a_part_is_timed_in_the_stages_of_its_fields(load, package, data, tmp_path):
    [whole, _], _ = load("timed_fields").real_sets(data, tmp_path)
    timed = package.ask("run_part", whole.part)
    assert len(timed["fields"]) == 16
    for field in timed["fields"]:
        assert tuple(field) == OF_FIELDS
        assert min(field.values()) > 0
    assert set(timed["part"]) == {"tables", "write", "rest"}
    assert min(timed["part"].values()) > 0
    parts = sum(timed["part"].values()) + sum(sum(each.values()) for each in timed["fields"])
    assert parts == pytest.approx(timed["total"])
    masks = package.ask("masks_of", whole.once)
    assert [each["cells"] for each in masks] != [0] * FIELDS
    assert len({each["digest"] for each in masks}) == FIELDS


def test_growth_with_cells_measures_the_first_cells_of_a_field(load, package, data, tmp_path):
    [whole, _], _ = load("timed_fields").real_sets(data, tmp_path)
    cells = package.ask("masks_of", whole.once)[0]["cells"]
    pixels = [package.ask("measure_cells", whole.once, 0, n)[1] for n in (1, cells)]
    assert 0 < pixels[0] < pixels[1] == package.ask("crop_pixels", whole.once)[0]


def test_a_failing_request_names_the_function_and_the_package(steps, capfd):
    with (
        steps() as package,
        pytest.raises(SystemExit, match=r"crop_pixels failed with the package in .*; see above"),
    ):
        package.ask("crop_pixels", "nowhere.csv")
    assert "nowhere.csv" in capfd.readouterr().err


def test_another_package_than_the_wanted_one_is_refused(load, tmp_path):
    package = load("commits").Package(tmp_path, BENCHMARKS / "extract_steps.py")
    with pytest.raises(SystemExit, match="was imported in place of the package in "), package:
        pass


def test_an_unknown_commit_is_one_line(load, tmp_path):
    with pytest.raises(SystemExit, match=r"Commit 0123abc cannot be unpacked: ."):
        load("commits").unpacked("0123abc", tmp_path)


def test_missing_folders_are_named_and_fields_take_turns(load, data, tmp_path):
    fields = load("timed_fields")
    [whole, deep], skipped = fields.real_sets(data, tmp_path)
    assert (whole.fields, deep.fields) == (FIELDS, FIELDS)
    missing = [data / "hpa_fields" / name for name in ("kaggle512", "native")]
    assert skipped == [f"Skipped: {each} does not exist." for each in missing]
    ids = [source.id for source in fields.sources_in(whole.part)]
    assert len(set(ids)) == 16
    assert [each.partition("~")[2] for each in ids[:FIELDS]] == [
        each.partition("~")[2] for each in ids[FIELDS : 2 * FIELDS]
    ]


def test_fields_of_16_bits_hold_the_same_light(load, data, tmp_path):
    fields = load("timed_fields")
    [whole, deep], _ = fields.real_sets(data, tmp_path)
    for one, other in zip(fields.sources_in(whole.once), fields.sources_in(deep.once), strict=True):
        read, deeper = (read_field(source, InputSettings()) for source in (one, other))
        assert deeper.pixel_size_um == read.pixel_size_um
        for channel, plane in deeper.planes.items():
            assert plane.dtype == np.uint16
            light = read.planes[channel] / read.full_scale[channel]
            assert np.array_equal(plane / deeper.full_scale[channel], light)


def test_a_field_takes_its_fastest_repetition_and_its_share_in_a_part_of_16(load):
    times = load("extract_times")
    slow = part_of({"read": 5.0}, {"read": 7.0}, {"read": 2.0}, {"read": 9.0}, write=16.0)
    fast = part_of(
        {"read": 3.0}, {"read": 8.0}, {"read": 6.0}, {"read": 8.0}, write=32.0, rest=16.0
    )
    found = times.reduce_parts([slow, fast], fields=2)
    assert [field["read"] for field in found["fields"]] == [2000, 7000]
    assert [field["write"] for field in found["fields"]] == [1000, 1000]
    assert found["totals"] == [3000, 8000]
    assert found["repetitions"] == 4
    assert times.medians(found)["read"] == 4500
    assert times.medians(found)["all"] == 5500


def test_bars_are_judged_by_their_own_sides(load):
    report = load("extract_report")
    bars = {bar.what: bar.kept for bar in report.bars_of(result_of(load, now_ms=320))}
    assert bars == {
        "compiling all kernels": True,
        "segmentation at 512², median field of the slowest set": False,
        "segmentation at 2048², median field of the slowest set": False,
        "file to row, parts of 16, median real 512²": False,
        "file to row, parts of 16, median real native 2048²": True,
        "measuring one field: now / before": False,
        "measuring 8 fields as a batch / one by one before": True,
        "kernel calls of a batch of four": True,
        "kernel calls: of a batch of four / of one field": True,
        "time outside kernels": True,
        "formulas of a batch of 64, a field": True,
        "memory of a batch of 8 fields: now / before": True,
        "two cores: speed-up on 200 fields": True,
        "peak memory: 2,000 fields / 200 fields": False,
    }


def test_the_report_has_both_times_and_what_was_skipped(load):
    report = load("extract_report")
    text = "\n".join(report.lines_of(result_of(load, now_ms=200)))
    assert "Skipped: there." in text
    assert "Both find the same masks." in text
    assert "| **all** | **1000 → 200** | **1000 → 200** | **1000 → 200** |" in text
    assert "| all, ns a crop pixel | 10000 → 2000 |" in text
    assert "| peak memory: 2,000 fields / 200 fields | ≤ 1.100 | 1.150 | **MISSED** |" in text
    assert "| Spots | 26 | 90 → 30 | 4 | 300 |" in text
    assert "| Neighbors | 12 | – → 2 |  | 20 |" in text
    assert "| **default set** | 26 | 400 → 100 |  | 1000 |" in text
    assert "| 8 fields, one batch | 2900 → 1500 | 0.52 |" in text
    assert "bytes a crop pixel of the batch: 900 → 800." in text
    assert "Kernels called more than once: bands 2, means 3." in text
    assert "250 ms a field and 2.0 s for start and end" in text
    assert "150 MB of disk per thousand fields (images 50, cells 100)" in text


def test_masks_that_differ_are_reported(load):
    result = result_of(load, now_ms=200)
    name = load("timed_fields").NATIVE
    result["sets"] |= {name: result["sets"][name] | {"same_masks": False}}
    assert f"**Masks differ**: {name}." in "\n".join(load("extract_report").lines_of(result))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_watched_command_has_the_memory_and_time_of_each_process(load):
    child = "import time; b = bytearray(90 << 20); t = time.process_time\nwhile t() < 0.6: pass"
    code = (
        "import subprocess, sys, time; a = bytearray(50 << 20); t = time.process_time\n"
        f"subprocess.run([sys.executable, '-c', {child!r}]); print('end')\nwhile t() < 0.5: pass"
    )
    run = load("processes").watch([sys.executable, "-c", code])
    assert run.output == "end\n"
    [worker] = run.workers
    assert 50 < run.main.peak_mib < 90 < worker.peak_mib < 130
    assert run.peak_mib == run.main.peak_mib + worker.peak_mib
    assert run.processor_s >= 1.1
    assert run.longest_s <= run.processor_s


def test_a_worker_that_starts_late_ends_late(load):
    processes = load("processes")
    first, second = processes.Process(9, 10.0), processes.Process(9, 9.0, waited_s=2.0)
    run = processes.Watched("", 30.0, 20.0, processes.Process(9, 1.0), (first, second))
    assert run.longest_s == 12.0


def test_a_watched_command_that_fails_ends_the_benchmark(load):
    with pytest.raises(SystemExit, match="ended with code 3"):
        load("processes").watch([sys.executable, "-c", "raise SystemExit(3)"])
