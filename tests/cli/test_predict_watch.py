"""hpa-feat predict --watch: fields appear file by file, and each is answered once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hpa_feat_cli.app import run

from hpa_features.pipeline import predict_watch

COMMON = ["--pixel-size-um", "0.32"]
SETTLE_S = 3.0
COLOURS = ("blue", "red", "yellow", "green")


class Scripted:
    """A clock on which no time passes but by waiting; between waits a microscope works.

    Parameters
    ----------
    steps
        Called one by one; after each, the folder is looked at for longer than files need to
        settle. After the last one Ctrl-C is pressed.
    """

    def __init__(self, steps: Sequence[Callable[[], None]]) -> None:
        self.steps = list(steps)
        self.time_s = self.since_s = 0.0

    def now(self) -> float:
        return self.time_s

    def wait(self, seconds: float) -> None:
        self.time_s += seconds
        if self.time_s - self.since_s > SETTLE_S + 1:
            if not self.steps:
                raise KeyboardInterrupt
            self.steps.pop(0)()
            self.since_s = self.time_s


@pytest.fixture
def watch(image_model, tmp_path, monkeypatch):
    """Return a function that watches the folder `seen` while steps are done."""
    (tmp_path / "seen").mkdir()

    def watching(steps: Sequence[Callable[[], None]], *options: str) -> int:
        clock = Scripted(steps)
        monkeypatch.setattr(predict_watch, "CLOCK", predict_watch.Clock(clock.now, clock.wait))
        how = ["--watch", "--settle", f"{SETTLE_S:g}", *COMMON, *options]
        return run(["predict", str(image_model / "model"), str(tmp_path / "seen"), *how])

    return watching


@pytest.fixture
def camera(image_model, tmp_path) -> Callable[..., None]:
    """Return a function that writes channels of a field to the folder `seen`."""

    def write(field_id: str, colours: Sequence[str] = COLOURS, *, size: int | None = None) -> None:
        for colour in colours:
            name = f"{field_id}_{colour}.png"
            content = (image_model / "images" / name).read_bytes()
            (tmp_path / "seen" / name).write_bytes(content[:size])

    return write


def lines_of(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_field_is_answered_once_when_its_files_are_complete(
    image_model, watch, camera, tmp_path, capsys
):
    out = tmp_path / "answers"

    def nothing_yet() -> None:
        assert lines_of(capsys) == []

    answered: list[list[dict[str, object]]] = []

    def keep() -> None:
        answered.append(lines_of(capsys))

    steps = [
        lambda: camera("f00", COLOURS[:3]),
        lambda: (nothing_yet(), camera("f00", ["green"], size=0)),
        lambda: (nothing_yet(), camera("f00", ["green"])),
        lambda: (keep(), camera("f01"), camera("f02", size=90)),
        lambda: (keep(), camera("f00"), camera("f03", COLOURS[1:])),
    ]
    assert watch(steps, "-o", str(out)) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "f03" in said.err
    [[first], [second, broken]] = answered
    assert [first["Id"], second["Id"], broken["Id"]] == ["f00", "f01", "f02"]
    assert broken["stage"] == "read"
    assert "f02_blue.png" in str(broken["file"])

    assert watch([lambda: camera("f03")], "-o", str(out)) == 3
    said = capsys.readouterr()
    [third] = map(json.loads, said.out.splitlines())
    assert third["Id"] == "f03"
    assert "3 fields were predicted before" in said.err

    seen, plain = str(tmp_path / "seen"), tmp_path / "plain.ndjson"
    (Path(seen) / "f02_blue.png").unlink()
    command = ["predict", str(image_model / "model"), seen, *COMMON, "--jobs", "1"]
    assert run([*command, "-o", str(plain), "--format", "ndjson"]) == 3
    assert [json.loads(line) for line in plain.read_text().splitlines()] == [first, second, third]
    merged = tmp_path / "merged.ndjson"
    assert run(["merge", str(out), "-o", str(merged), "--format", "ndjson"]) == 3
    assert merged.read_bytes() == plain.read_bytes()


def test_a_file_that_grows_is_waited_for(watch, camera, monkeypatch, capsys):
    grown: list[int] = []

    class Growing(Scripted):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            if len(grown) < 60 and not self.steps:
                grown.append(len(grown))
                camera("f00", ["green"], size=100 + len(grown))
                assert lines_of(capsys) == []
                self.since_s = self.time_s
            elif len(grown) == 60:
                camera("f00", ["green"])
                grown.append(60)

    monkeypatch.setattr(f"{__name__}.Scripted", Growing)
    assert watch([lambda: camera("f00", COLOURS[:3])]) == 0
    [line] = lines_of(capsys)
    assert line["Id"] == "f00"


def test_two_files_for_a_channel_fail_alone_and_failures_are_retried_on_request(
    watch, camera, tmp_path, capsys
):
    out = str(tmp_path / "answers")
    copy = tmp_path / "seen/f00_blue.tif"

    def write_twice() -> None:
        camera("f00")
        camera("f01")
        shutil.copy(tmp_path / "seen/f00_blue.png", copy)

    assert watch([write_twice], "-o", out) == 3
    failed, answer = lines_of(capsys)
    assert "f00_blue.tif" in str(failed["error"])
    assert "labels" in answer
    copy.unlink()
    assert watch([], "-o", out) == 3
    assert lines_of(capsys) == []
    assert watch([], "-o", out, "--retry-failed") == 0
    [line] = lines_of(capsys)
    assert line["Id"] == "f00"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "kaggle"], "--format kaggle cannot be used with --watch"),
        (["--jobs", "2"], "--jobs cannot be used with --watch"),
        (["--shard", "1/2"], "--shard cannot be used with --watch"),
        (["-o", "p.csv"], "--watch keeps predictions in a folder"),
        (["--json"], "--json and --watch both write to stdout"),
        (["--settle", "-1"], "must be 0 or more"),
        (["--target-prevalence", "em"], "from all fields at once"),
    ],
)
def test_what_cannot_be_watched_is_one_clear_line(options, message, watch, capsys):
    assert watch([], *options) == 2
    assert message in capsys.readouterr().err


def test_an_unknown_pixel_size_ends_the_watch(image_model, camera, watch, monkeypatch, capsys):
    monkeypatch.setattr(f"{__name__}.COMMON", [])
    assert watch([lambda: camera("f00")]) == 2
    assert "the pixel size of f00 is not known" in capsys.readouterr().err
