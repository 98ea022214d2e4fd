"""Pages match the program: generated ones are up to date, commands in prose exist."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest
from hpa_feat_cli.app import app, run
from typer.main import get_command

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.families import FAMILIES
from hpa_features.pipeline.features import features, write_dictionary

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KAGGLE = (ROOT / "docs/kaggle2018.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")


def commands_in(text):
    """Yield every hpa-feat command of the code blocks, without comments and pipes."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            for part in re.split(r"[|>]", line.partition(" #")[0]):
                if part.strip().startswith("hpa-feat "):
                    yield shlex.split(part)[1:]


SHOWN = list(commands_in(README))
OF_KAGGLE = list(commands_in(KAGGLE))
OF_SEGMENTATION = list(commands_in((ROOT / "docs/segmentation.md").read_text(encoding="utf-8")))
OF_EMBEDDINGS = list(commands_in((ROOT / "docs/embeddings.md").read_text(encoding="utf-8")))
OF_HANDOFF = list(commands_in((ROOT / "docs/handoff.md").read_text(encoding="utf-8")))


def test_the_readme_shows_every_step():
    assert {words[0] for words in SHOWN} >= {
        "manifest",
        "segment",
        "extract",
        "train",
        "predict",
        "evaluate",
        "importance",
    }


@pytest.mark.parametrize(
    "words", [*SHOWN, *OF_KAGGLE, *OF_SEGMENTATION, *OF_EMBEDDINGS, *OF_HANDOFF], ids=" ".join
)
def test_a_command_that_a_page_shows_exists_with_its_options(words):
    command = get_command(app).commands[words[0]]
    known = {option for each in command.params for option in each.opts}
    assert {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)} <= known


def test_the_readme_counts_the_columns_that_there_are():
    for family in FAMILIES:
        if family.default:
            assert f"| {family.name} | {len(family.features)} |" in README


def test_figures_of_real_cells_are_those_of_the_benchmark():
    section = BENCHMARKS.split("## Real cells")[1].split("\n## ")[0]
    result = (ROOT / "benchmarks/results/whole_way.md").read_text(encoding="utf-8").splitlines()
    figures = [line for line in section.splitlines() if line.startswith("| ")]
    assert len(figures) > 10
    assert [line for line in figures if line not in result] == []


def table_of(title):
    """Return the rows of a section of the page of benchmarks."""
    section = BENCHMARKS.split(f"## {title}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def test_the_page_has_the_table_of_the_peers():
    result = (ROOT / "benchmarks/results/signal.md").read_text(encoding="utf-8").splitlines()
    rows = table_of("Comparison with cp_measure and mahotas")
    assert len(rows) > 4
    assert [row for row in rows if row not in result] == []


def test_the_page_has_the_table_of_other_learners():
    result = (ROOT / "benchmarks/results/training.md").read_text(encoding="utf-8").splitlines()
    rows = table_of("Comparison with other learners")
    assert len(rows) > 8
    assert [row for row in rows if row not in result] == []


def test_the_page_has_the_table_of_locations(locations_page):
    compact = locations_page.compact(locations_page.committed())
    assert table_of("What finds each location") == compact


def test_the_page_of_columns_is_fresh(tmp_path):
    write_dictionary(features(), tmp_path / "features.md")
    page = (ROOT / "docs/features.md").read_text(encoding="utf-8")
    assert page == (tmp_path / "features.md").read_text(encoding="utf-8"), "run: make docs"


@pytest.fixture
def locations_page(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("locations_page")


def test_the_page_of_locations_is_made_of_the_committed_figures(locations_page):
    page = (ROOT / "docs/locations.md").read_text(encoding="utf-8")
    result = locations_page.committed()
    assert page == locations_page.page(result), "run: python benchmarks/locations_page.py"


def test_the_features_that_biology_names_for_the_28_locations_exist(locations_page):
    known = {family.column(feature) for family in FAMILIES for feature in family.features}
    assert list(locations_page.EXPECTED) == list(LOCATIONS)
    for name, expected in locations_page.EXPECTED.items():
        assert set(expected.columns) <= known, name


INPUT = (ROOT / "docs/input.md").read_text(encoding="utf-8")
INPUT_ROWS = [
    line.strip("| ").split(" | ")
    for line in INPUT.splitlines()
    if line.startswith("| ") and not line.startswith(("| input |", "| --- |"))
]


@pytest.mark.parametrize("row", INPUT_ROWS, ids=lambda row: row[0][:60])
def test_every_row_of_the_page_of_inputs_names_its_test(row):
    """A test is `folder/file.py::function`, one case of a table of cases `…::TABLE[case]`."""
    _, outcome, named = row
    assert outcome
    tests = re.findall(r"`([\w/]+\.py)::(\w+)(?:\[([^]]+)\])?`", named)
    assert tests, named
    for file, function, case in tests:
        source = (ROOT / "tests" / file).read_text(encoding="utf-8")
        found = re.search(rf"^(?:def )?{function}\b", source, flags=re.MULTILINE)
        assert found, (file, function)
        assert case or found[0].startswith("def "), (file, function)
        assert not case or f'"{case}"' in source[found.start() :], (file, case)


def test_the_explanation_in_the_readme_is_printed_by_its_command(capsys):
    (shown,) = re.findall(r"^```text\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    (words,) = (each for each in SHOWN if each[0] == "features")
    assert run(words) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_the_three_lines_of_the_readme_are_figures_of_the_benchmarks():
    lines = README.split("## How good it is\n")[1].split("\nAll tables")[0]
    figures = re.findall(r"\d+\.\d+", lines)
    assert len(figures) > 5
    assert [figure for figure in figures if figure not in BENCHMARKS] == []
