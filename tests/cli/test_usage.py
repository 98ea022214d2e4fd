"""Wrong options get a suggestion, and completion and configuration files work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hpa_feat_cli.app import run

PROGRAM = Path(sys.executable).with_name("hpa-feat")


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["extract", "x", "--outptu", "y"], "--output?"),
        (["extract", "x", "-o", "y", "--segmenter", "watershd"], "Did you mean watershed?"),
        (["predict", "m", "x", "--format", "kagle"], "Did you mean kaggle?"),
        (["--vrsion"], "--version?"),
        (["extrct"], "Did you mean 'extract'"),
        (["simulate", "-o", "y", "--locations", "Nucleolus"], "Did you mean Nucleoli"),
        (["simulate", "-o", "y", "--locations", "Golgi aparatus"], "Did you mean Golgi apparatus"),
    ],
)
def test_a_wrong_word_gets_the_nearest_right_one(capsys, arguments, suggested):
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert suggested in error
    assert "Value error" not in error


def test_a_number_that_is_none_is_refused_in_our_words(capsys):
    assert run(["extract", "x", "-o", "y", "--jobs", "many"]) == 2
    error = capsys.readouterr().err
    assert "Invalid value for '--jobs'" in error
    assert "Input should" not in error


@pytest.mark.parametrize(
    ("words", "offered"), [("hpa-feat ext", "extract"), ("hpa-feat extract --seg", "--segmenter")]
)
def test_a_shell_completes_commands_and_options(words, offered):
    asked = {
        "_HPA_FEAT_COMPLETE": "complete_bash",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [PROGRAM], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [offered]


@pytest.mark.parametrize("name", ["group-size", "group_size"])
def test_options_in_a_file_have_dashes_or_underscores(tmp_path, name):
    config = tmp_path / "simulate.toml"
    config.write_text(f"{name} = 2\nfields = 4\nsize = 64\n", encoding="utf-8")
    output = tmp_path / "fields"
    assert run(["simulate", "-o", str(output), "--config", str(config), "--jobs", "1"]) == 0
    groups = (output / "groups.csv").read_text(encoding="utf-8").split()[1:]
    assert len(groups) == 4
    assert len({row.split(",")[1] for row in groups}) == 2


def test_a_wrong_option_in_a_file_gets_the_nearest(tmp_path, capsys):
    config = tmp_path / "simulate.toml"
    config.write_text("group_sise = 2\n", encoding="utf-8")
    assert run(["simulate", "-o", str(tmp_path / "x"), "--config", str(config)]) == 2
    assert "Did you mean group-size?" in capsys.readouterr().err
