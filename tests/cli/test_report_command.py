"""hpa-feat report, as a user runs it: the page has the figures of the model and escapes names."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hpa_feat_cli.app import run
from made_bundle import train_small, write_tables

from hpa_features.core.reasons import BlockReasons, Diagnostics, LearningCurve
from hpa_features.io.bundle import read_bundle, write_bundle
from hpa_features.learn.explain.stored import diagnostics_facts, pack_diagnostics


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with features.parquet, labels.csv and a model; one label is a piece of HTML."""
    folder = tmp_path_factory.mktemp("reported")
    write_tables(folder)
    labels = folder / "labels.csv"
    labels.write_text(labels.read_text().replace("label1", "<script>alert(1)</script>", 1))
    train_small(folder)
    return folder


@pytest.fixture(scope="module")
def page(trained):
    output = trained / "report.html"
    assert run(["report", str(trained / "model"), "-o", str(output), "--quiet"]) == 0
    return output.read_text(encoding="utf-8")


def rows_of(page, name):
    table = re.search(rf'aria-label="{name}">\s*<table.*?</table>', page, flags=re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)[1:]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


def test_the_table_has_the_figures_of_the_model(trained, page):
    facts = read_bundle(trained / "model").facts
    rows = {row[0]: row[1:] for row in rows_of(page, "Figures of each label")}
    for label in facts["labels"]:
        row = rows[label["name"].replace("<", "&lt;").replace(">", "&gt;")]
        assert row[:3] == [
            str(label["positives"]),
            str(label["positive_groups"]),
            f"{label['f1']:.3f}",
        ]
        shown = [float(each) for each in row[4:]]
        names = ("precision", "recall", "ap", "threshold", "brier", "ece")
        assert shown == pytest.approx([label[name] for name in names], abs=5e-4)
    assert f"<dd>{facts['report']['macro_f1']:.3f}" in page


def test_names_are_escaped_and_nothing_is_loaded(page):
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "http" not in page.replace("http-equiv", "")


def test_every_link_of_the_page_has_its_place(page):
    ids = set(re.findall(r'\sid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def made_diagnostics(labels, blocks=("a", "b", "c")):
    """Return diagnostics in which the first block is real, the second chance, the third unknown."""
    reasons = tuple(
        BlockReasons(
            label=label,
            blocks=blocks,
            columns=np.array([4, 4, 4]),
            size=np.array([2.0, 0.5, 0.1]),
            separation=np.array([3.25, 0.4, 0.1]) + at,
            error=np.array([0.2, 0.2, 0.05]),
            spread=np.array([0.1, 0.1, 0.1]),
            chance=np.array([0.5, 9.0, 9.0]),
            above_chance=np.array([True, False, False]),
            loss=np.array([0.321, 0.01, np.nan]),
            alone=np.array([0.876, 0.5, np.nan]),
            whole=0.912,
            prevalence=0.4,
        )
        for at, label in enumerate(labels)
    )
    points = np.array([10.0, 20.0, 40.0])
    curves = tuple(
        LearningCurve(label, points, points / 2, np.array([0.6, 0.7, 0.81]), points / 1000)
        for label in labels
    )
    return Diagnostics(reasons, curves, rows=120, shuffles=20)


@pytest.fixture(scope="module")
def diagnosed(trained):
    """The page of the same model with diagnostics."""
    bundle = read_bundle(trained / "model")
    found = made_diagnostics(bundle.oof.labels)
    more = replace(
        bundle,
        facts={**bundle.facts, **diagnostics_facts(found)},
        numbers={**bundle.numbers, **pack_diagnostics(found)},
    )
    write_bundle(more, trained / "diagnosed")
    output = trained / "diagnosed.html"
    assert run(["report", str(trained / "diagnosed"), "-o", str(output), "--quiet"]) == 0
    return output.read_text(encoding="utf-8")


def test_diagnostics_give_each_bar_its_chance_level(page, diagnosed):
    assert "without <code>--diagnostics</code>" in page
    assert "chance level" not in page.replace("chance levels", "").replace("no chance level", "")
    assert "without <code>--diagnostics</code>" not in diagnosed
    rows = rows_of(diagnosed, "Blocks of label0")
    assert [row[0] for row in rows] == ["a", "b", "c"]
    assert rows[0][1].split()[-1] == "3.25"
    assert rows[0][2:4] == ["0.321", "0.876"]
    assert rows[2][2:4] == ["–", "–"]
    section = diagnosed.split('id="label-1"')[1].split("</section>")[0]
    assert section.count('class="bar chance"') == 2
    assert section.count("chance level 9.00") == 2
    assert "The best single block, a, reaches an average precision of 0.876 alone" in section


def test_the_learning_curve_states_what_more_groups_would_give(page, diagnosed):
    assert "How many groups it takes" not in page
    section = diagnosed.split('id="label-1"')[1].split("</section>")[0]
    assert "How many groups it takes" in section
    assert "The last doubling of the groups gained 0.110" in section


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model", "-o", "r.pdf"], 2, "wanted a file that ends in .html or .htm"),
        (["nowhere", "-o", "new.html"], 1, "is not a model"),
    ],
)
def test_each_mistake_is_one_clear_line(arguments, code, message, trained, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    assert run(["report", *arguments]) == code
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "error: " in line]
    assert message in line


def test_a_page_that_is_there_is_replaced_only_when_asked(trained, tmp_path, capsys):
    output = tmp_path / "r.html"
    output.write_text("mine", encoding="utf-8")
    command = ["report", str(trained / "model"), "-o", str(output)]
    assert run(command) == 2
    assert output.read_text(encoding="utf-8") == "mine"
    assert run([*command, "--overwrite"]) == 0
    assert "</html>" in output.read_text(encoding="utf-8")
    assert f"result: {output}" in capsys.readouterr().err
