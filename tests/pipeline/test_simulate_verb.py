from __future__ import annotations

import csv

import numpy as np
import pytest

from hpa_features.core.errors import UsageError
from hpa_features.core.locations import LOCATIONS
from hpa_features.core.settings import InputSettings
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.core.types import CHANNELS, PixelSizeSource
from hpa_features.io.images import read_field
from hpa_features.io.labels import read_labels
from hpa_features.io.manifest import find_fields
from hpa_features.io.masks import read_given
from hpa_features.pipeline.simulate import simulate
from hpa_features.running.pool import LocalExecutor
from hpa_features.simulate.field import simulate_field
from hpa_features.simulate.study import study

SMALL = SimulateSettings(fields=5, size=96, group_size=2, pixel_size_um=0.48)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulate") / "made"
    return folder, simulate(folder, SMALL)


def test_the_manifest_reads_back_what_was_drawn(made):
    folder, summary = made
    manifest = find_fields(str(folder / "manifest.csv"), InputSettings())
    assert len(manifest.sources) == summary.fields == 5
    plans = study(SMALL)
    cells = 0
    for index, source in enumerate(manifest.sources):
        truth = simulate_field(plans.plan(index))
        field = read_field(source, InputSettings())
        given = read_given(source, field.shape, InputSettings())
        assert source.pixel_size_um == 0.48
        assert source.pixel_size_source is PixelSizeSource.MANIFEST
        assert source.metadata["Antibody"] == plans.protein_name(index)
        for channel in CHANNELS:
            assert (field.planes[channel] == truth.field.planes[channel]).all()
        assert (given.cells == truth.masks.cells).all()
        assert (given.nuclei == truth.masks.nuclei).all()
        cells += truth.masks.count
    assert cells == summary.cells


def test_the_folder_alone_is_an_input_too(made):
    folder, _ = made
    found = find_fields(str(folder), InputSettings())
    assert [source.id for source in found.sources] == [f"sim0-00000{n}" for n in range(5)]
    assert not found.failures


def test_labels_and_groups_say_what_the_plans_say(made):
    folder, summary = made
    plans = study(SMALL)
    labels = read_labels(str(folder / "labels.csv"))
    for index, row in enumerate(labels.truth):
        names = {name for name, there in zip(labels.labels, row, strict=True) if there}
        assert names == {LOCATIONS[number] for number in plans.labels(index)}
    assert sum(summary.labels.values()) == labels.truth.sum()
    with (folder / "groups.csv").open(encoding="utf-8") as file:
        groups = [row["Group"] for row in csv.DictReader(file)]
    assert [len(set(groups[:2])), len(set(groups[2:4])), len(set(groups))] == [1, 1, 3]


def test_two_processes_write_the_same_files(made, tmp_path):
    folder, _ = made
    settings = SimulateSettings(fields=5, size=96, group_size=2, pixel_size_um=0.48)
    simulate(tmp_path / "two", settings, executor=LocalExecutor(2))
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert len(files) == 5 * 6 + 4
    for path in files:
        if path.name != "run.json":
            assert (tmp_path / "two" / path).read_bytes() == (folder / path).read_bytes()


def test_what_is_there_stays_unless_it_is_simulated_and_may_go(tmp_path):
    one = SimulateSettings(fields=1, size=64)
    mine = tmp_path / "photos"
    mine.mkdir()
    (mine / "holiday.png").write_bytes(b"x")
    for overwrite in (False, True):
        with pytest.raises(UsageError, match="does not contain simulated fields"):
            simulate(mine, one, overwrite=overwrite)
    assert (mine / "holiday.png").exists()

    folder = tmp_path / "made"
    folder.mkdir()  # an empty folder is free
    simulate(folder, one)
    with pytest.raises(UsageError, match="already contains simulated fields"):
        simulate(folder, one)
    simulate(folder, SimulateSettings(fields=2, size=64, bit_depth=16), overwrite=True)
    assert len(list(folder.glob("*_blue.png"))) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "photos"]


def test_a_run_that_breaks_leaves_nothing(tmp_path):
    class Stopped:
        def __getattr__(self, name):
            if name == "advance":
                raise KeyboardInterrupt
            return lambda *_: None

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "made", SimulateSettings(fields=2, size=64), progress=Stopped())
    assert not list(tmp_path.iterdir())


def test_pixels_use_the_bits_that_were_asked_for(tmp_path):
    simulate(tmp_path / "deep", SimulateSettings(fields=1, size=64, bit_depth=16))
    source = find_fields(str(tmp_path / "deep" / "manifest.csv"), InputSettings()).sources[0]
    field = read_field(source, InputSettings())
    assert all(plane.dtype == np.uint16 for plane in field.planes.values())
    assert all(scale == 65535 for scale in field.full_scale.values())
