"""The demo, small: every verb is called, and what it says lies where it says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hpa_feat_cli.app import run
from PIL import Image

from hpa_features.core.errors import UsageError
from hpa_features.core.simulate_settings import DemoSettings
from hpa_features.io.bundle import read_bundle
from hpa_features.pipeline.demo import demo


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    return folder, demo(folder, DemoSettings(fields=64, size=128))


def test_the_demo_leaves_all_that_it_names(done):
    folder, summary = done
    assert summary.fields == 64
    assert summary.cells > 64
    assert summary.failures == 0
    assert np.asarray(Image.open(summary.overlay)).ndim == 3
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert summary.report == str(folder / "report.html")
    assert "AP lost" in report
    assert report.count("<img ") > 8
    assert "--diagnostics" in report
    bundle = read_bundle(folder / "model-of-simulated-fields")
    assert bundle.facts["report"]["macro_f1"] == summary.facts["report"]["macro_f1"]
    assert summary.output == str(folder / "model-of-simulated-fields")


def test_the_demo_finds_cells_itself_and_does_not_warn_of_its_independent_rows(done):
    folder, summary = done
    settings = json.loads((folder / "features" / "run.json").read_text(encoding="utf-8"))
    assert settings["settings"]["segmenter"] == "watershed"
    warnings = " ".join(summary.facts["warnings"])
    assert "all 64 training rows are simulated fields" in warnings
    assert "near-duplicate" not in warnings
    assert summary.facts["data"]["simulated"] == 64
    assert len(summary.facts["labels"]) == len(summary.labels) == 8
    drops = [block.drop for block in summary.blocks]
    assert drops == sorted(drops, reverse=True)


def test_the_bundle_answers_for_other_simulated_fields(done, simulated_folder, tmp_path):
    _, summary = done
    table = tmp_path / "predictions.csv"
    manifest = str(simulated_folder / "manifest.csv")
    assert run(["predict", summary.output, manifest, "-o", str(table), "--quiet"]) == 0
    assert len(table.read_text(encoding="utf-8").splitlines()) == 19


def test_the_demo_keeps_what_is_there(done, tmp_path):
    folder, _ = done
    with pytest.raises(UsageError, match="not empty"):
        demo(folder)
    (tmp_path / "holiday.png").write_bytes(b"x")
    with pytest.raises(UsageError, match="--overwrite"):
        demo(tmp_path)


def test_the_command_warns_that_its_fields_were_simulated(done, monkeypatch, capsys):
    folder, summary = done
    asked = []

    def remembered(*arguments, **options):
        asked.append((arguments, options))
        return summary

    monkeypatch.setattr("hpa_features.pipeline.demo.demo", remembered)
    arguments = ["demo", "-o", str(folder), "--fields", "64", "--jobs", "1", "--overwrite"]
    assert run([*arguments, "--json"]) == 0
    assert asked[0][0] == (folder, DemoSettings(fields=64))
    assert asked[0][1]["overwrite"]
    out, err = capsys.readouterr()
    assert json.loads(out)["fields"] == 64
    for said in ("macro F1", "overlay.png", "not for locating real proteins", "hpa-feat predict"):
        assert said in err
