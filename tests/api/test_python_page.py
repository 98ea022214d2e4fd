"""docs/python.md runs as it stands, from top to bottom."""

from __future__ import annotations

import importlib.util
import re
import runpy
import shlex
import warnings
from pathlib import Path

from hpa_feat_cli.app import run

import hpa_features as hf

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
HAS_PLOTS = importlib.util.find_spec("matplotlib") is not None


def test_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    (command,) = (text for language, text in blocks if language == "bash")
    assert run(shlex.split(command)[1:]) == 0
    script = tmp_path / "page.py"
    cells = [text for language, text in blocks if language == "python"]
    script.write_text("".join(text for text in cells if HAS_PLOTS or "plot" not in text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hf.HpaFeatWarning)  # simulated fields, few of them
        names = runpy.run_path(str(script))
    printed = capsys.readouterr().out
    assert "192) 0.32 µm" in printed
    assert "Pass the edge of a pixel" in printed
    assert (tmp_path / "importance.png").exists() == HAS_PLOTS
    report = names["model"].report
    assert report["supported"].all()
    assert (report["F1"] > 0.7).all()


def test_the_page_lists_every_function():
    listed = re.findall(r"^\| `hf\.(\w+)\(", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(listed) == [each for each in hf.__all__ if each[0].islower()]
