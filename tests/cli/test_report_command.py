"""hpa-feat report, as a user runs it: the page has the figures of the model and escapes names."""

from __future__ import annotations

import re

import pytest
from hpa_feat_cli.app import run
from made_bundle import train_small, write_tables

from hpa_features.io.bundle import read_bundle


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
