from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hpa_feat_cli.app import app, run

from hpa_features.core.errors import DataError, UsageError
from hpa_features.pipeline import extract as extraction
from hpa_features.running.pool import LocalExecutor

HEAVY = [
    "numba",
    "torch",
    "cupy",
    "lightgbm",
    "pandas",
    "matplotlib",
    "scipy",
    "sklearn",
    "skimage",
    "pyarrow",
]
COMMANDS = [command.name for command in app.registered_commands]
PROGRAM = Path(sys.executable).with_name("hpa-feat")


def raises(monkeypatch, error: BaseException) -> None:
    """Let `extract` end with `error`."""

    def work(*_arguments, **_options) -> None:
        raise error

    monkeypatch.setattr(extraction, "extract", work)


@pytest.mark.parametrize(
    "statement",
    [
        "import hpa_features",
        "import hpa_features.core.settings, hpa_features.core.locations",
        "from hpa_feat_cli import app; assert app.run(['--help']) == 0",
        "from hpa_feat_cli import app; assert app.run(['extract', '--help']) == 0",
        "from hpa_feat_cli import app; assert app.run(['doctor', 'numpy']) == 0",
    ],
)
def test_nothing_heavy_is_loaded_unasked(statement):
    code = f"{statement}; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_commands_help_ends_in_an_example(capsys, command):
    assert run([command, "-h"]) == 0
    lines = capsys.readouterr().out.rstrip().splitlines()
    assert lines[-1].strip().startswith(f"Example: hpa-feat {command}")
    assert any("--debug" in line for line in lines)


def test_without_arguments_there_is_help(capsys):
    assert run([]) == 0
    out, err = capsys.readouterr()
    assert all(name in out for name in COMMANDS)
    assert err == ""


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("hpa-feat ")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["extrct"], "extrct"),
        (["extract"], "INPUT"),
        (["extract", "in", "-o", "out", "--no-such"], "--no-such"),
        (["extract", "in", "-o", "out", "--jobs", "0"], "--jobs"),
        (["extract", "in", "-o", "out", "--field-timeout", "-1"], "--field-timeout"),
        (["extract", "in", "-o", "out", "--field-timeout", "nan"], "--field-timeout"),
        (["extract", "in", "-o", "out", "--segmenter", "magic"], "magic"),
        (["extract", "in", "-o", "out", "--grid-um", "0"], "--grid-um"),
        (["extract", "in", "-o", "out", "--pixel-size-um", "-1"], "--pixel-size-um"),
        (["extract", "in", "-o", "out", "--float-range", "2", "1"], "--float-range"),
        (["extract", "in", "-o", "out", "--masks", "/no/such"], "/no/such"),
        (["extract", "in", "-o", "out.xlsx"], ".xlsx"),
        (["extract", "in", "-o", "-", "--json"], "--json"),
        (["extract", "/no/such", "-o", "out"], "/no/such"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(capsys, tmp_path, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    error, *hint = err.splitlines()
    assert error.startswith("error: ")
    assert word in error
    assert len(hint) <= 1
    assert list(tmp_path.iterdir()) == []


def test_errors_become_a_line_a_hint_and_their_exit_code(capsys, monkeypatch):
    for error, code in (
        (DataError("nothing there.", hint="Look elsewhere."), 1),
        (UsageError("wrong so.", hint="Look elsewhere."), 2),
    ):
        raises(monkeypatch, error)
        assert run(["extract", "in", "-o", "out"]) == code
        assert capsys.readouterr().err == f"error: {error.message}\n  Look elsewhere.\n"


def test_tracebacks_only_with_debug(capsys, monkeypatch):
    raises(monkeypatch, ValueError("first\nsecond"))
    assert run(["extract", "in", "-o", "out"]) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: unexpected ValueError: first second"
    assert "--debug" in hint
    assert run(["extract", "in", "-o", "out", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_disk_that_refuses_is_named(capsys, monkeypatch):
    raises(monkeypatch, OSError(28, "No space left on device", "out/part"))
    assert run(["extract", "in", "-o", "out"]) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: out/part: No space left on device."
    assert "disk" in hint


def test_an_interrupt_exits_130(capsys, monkeypatch):
    raises(monkeypatch, KeyboardInterrupt())
    assert run(["extract", "in", "-o", "out"]) == 130
    assert capsys.readouterr().err.strip() == "error: interrupted."


class Seen:
    """Stands for `extract` and keeps what it was given."""

    def __init__(self, monkeypatch) -> None:
        monkeypatch.setattr(extraction, "extract", self)

    def __call__(self, where, output, settings, _progress, *, executor, level, **_streams):
        self.where, self.output, self.settings, self.level = where, output, settings, level
        self.executor = executor
        return extraction.ExtractSummary(2, 9, 7, 1700, 0, 3.25, "out", ())


def test_options_reach_the_settings(capsys, monkeypatch):
    seen = Seen(monkeypatch)
    arguments = "in -o t.parquet --level cells --grid-um 0.48 --jobs 3 --bit-depth 12"
    more = "--allow-missing yellow --features Intensity,Texture --float-range 0 4096"
    limit = ["--field-timeout", "20"]
    assert run(["extract", *arguments.split(), *more.split(), *limit]) == 0
    assert seen.where == "in"
    assert seen.output.path == Path("t.parquet")
    assert seen.level == "cells"
    settings = seen.settings
    assert settings.grid_um == 0.48
    assert seen.executor == LocalExecutor(3, 20.0)
    assert settings.families == ("Intensity", "Texture")
    assert settings.input.bit_depth == 12
    assert settings.input.allow_missing_yellow
    assert settings.input.float_range == (0.0, 4096.0)


def test_a_config_file_gives_defaults_and_options_win(capsys, tmp_path, monkeypatch):
    seen = Seen(monkeypatch)
    config = tmp_path / "run.toml"
    monkeypatch.setenv("HOME", "/home/me")
    config.write_text('grid-um = 0.48\njobs = 2\nfloat-range = [0, 10]\noutput = "~/there"\n')
    assert run(["extract", "in", "--config", str(config), "--jobs", "5"]) == 0
    assert (seen.settings.grid_um, seen.executor.slots) == (0.48, 5)
    assert seen.settings.input.float_range == (0.0, 10.0)
    assert seen.output.path == Path("/home/me/there")


@pytest.mark.parametrize(
    ("content", "word"),
    [("grid_size = 1", "grid_size"), ("grid-um =", "run.toml"), ("jobs = 'many'", "--jobs")],
)
def test_a_wrong_config_file_is_a_usage_error(capsys, tmp_path, monkeypatch, content, word):
    Seen(monkeypatch)
    config = tmp_path / "run.toml"
    config.write_text(content)
    assert run(["extract", "in", "-o", "out", "--config", str(config)]) == 2
    assert word in capsys.readouterr().err.splitlines()[0]


def test_the_last_lines_say_how_much_where_and_what_next(capsys, monkeypatch):
    Seen(monkeypatch)
    assert run(["extract", "in", "-o", "out", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "done: 2 fields, 9 cells, 7 used for image statistics, 1,700 features, 0 failed, 3.2 s",
        "result: out",
        "next: hpa-feat train out labels.csv -o model",
    ]
    assert out == (
        '{"fields": 2, "cells": 9, "cells_used": 7, "features": 1700, "failures": 0, '
        '"seconds": 3.25, "output": "out"}\n'
    )
    assert run(["extract", "in", "-o", "out", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_home_is_written_out_where_no_shell_did(capsys, monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    seen = Seen(monkeypatch)
    assert run(["extract", "~/in", "--output=~/out"]) == 0
    assert (seen.where, seen.output.path) == ("/somewhere/in", Path("/somewhere/out"))
    assert run(["extract", "~in", "-o", "a~/out"]) == 0
    assert (seen.where, seen.output.path) == ("~in", Path("a~/out"))


def program(redirected: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", f'"$@" {redirected}', "bash", str(PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_closed_stdin_holds_nothing():
    done = program("<&-", "extract", "-", "-o", "out.csv")
    assert done.returncode == 1
    assert done.stderr.startswith("error: no fields found in stdin.")


@pytest.mark.parametrize("redirected", [">&-", "> /dev/full"])
def test_a_result_that_cannot_be_written_is_an_error(redirected):
    done = program(redirected, "features")
    assert done.returncode == 1
    assert done.stderr.startswith("error: the result cannot be written: ")
    assert len(done.stderr.splitlines()) == 2


def test_a_closed_stderr_hinders_nothing():
    done = program("2>&-", "features", "Intensity")
    assert done.returncode == 0
    assert "Intensity" in done.stdout


def test_a_path_that_is_not_utf8_is_named_with_a_remedy(capsys):
    for arguments in (["train", "x\udce4.csv", "l.csv"], ["extract", "im", "-o", "out\udcff"]):
        assert run(arguments) == 2
        said = capsys.readouterr().err
        assert "is not UTF-8 text" in said
        assert "Rename the file or folder" in said
        assert "unexpected" not in said
