from __future__ import annotations

import os
import pickle
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from filelock import FileLock
from listener import Listener

from hpa_features.core.errors import DataError, UsageError
from hpa_features.running.kept_results import keep_results

ABOUT = {"data": "1", "training": {"folds": 5, "without": ["a"]}}


class CutError(Exception):
    """What ends a run."""


@contextmanager
def cut(folder, about=ABOUT, stop=CutError, said=None):
    """A run that is cut off at the end of the block."""
    with suppress(stop), keep_results(folder, about, said or Listener()) as kept:
        yield kept
        raise stop


def begin(folder, *keys, **how):
    """Keep results under `keys` in a run that is cut off."""
    with cut(folder, **how) as kept:
        for key in keys:
            kept.put(key, (key, np.arange(3)))


def found(folder, *keys, **how):
    """Return what a run finds, and what it says."""
    said = Listener()
    with cut(folder, said=said, **how) as kept:
        results = kept.get(list(keys))
        kept.put("own", 0)
    return {place: each[0] for place, each in results.items()}, said


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out.unfinished"


def test_a_run_finds_what_one_that_was_cut_off_has_kept(folder):
    begin(folder, "a", "b")
    results, said = found(folder, "x", "b", "a")
    assert results == {1: "b", 2: "a"}
    assert not said.notes
    assert not said.warnings


def test_what_put_returns_is_what_get_will(folder):
    turned = np.arange(6.0).reshape(2, 3).T[:, ::2]
    with keep_results(folder, ABOUT, Listener()) as kept:
        first, again = kept.put("a", turned), kept.get(["a"])[0]
    assert first.strides == again.strides
    assert np.array_equal(first, turned)


def test_the_folder_goes_when_the_run_ends_well_or_has_found_nothing(folder):
    with keep_results(folder, ABOUT, Listener()) as kept:
        kept.put("a", 1)
        assert not any((folder / "arrays").iterdir())
    assert not folder.exists()
    begin(folder)
    assert not folder.exists()


def test_files_of_others_stay_and_arrays_do_not(folder):
    with cut(folder) as kept:
        (folder / "mine.txt").write_text("mine")
        (folder / "arrays" / "values.npy").write_text("large")
        kept.put("a", 1)
    assert not (folder / "arrays").exists()
    with keep_results(folder, ABOUT, Listener()):
        pass
    assert [each.name for each in folder.iterdir()] == ["mine.txt"]


def test_an_interrupt_says_what_is_kept_and_how_to_go_on(folder):
    said = Listener()
    begin(folder, "a", "b", stop=KeyboardInterrupt, said=said)
    begin(folder.with_name("empty"), stop=KeyboardInterrupt, said=said)
    assert said.warnings == [f"2 fits are kept in {folder}; the same command resumes there."]


def test_results_of_something_else_are_said_and_not_used(folder):
    begin(folder, "a")
    results, said = found(folder, "a", about=ABOUT | {"data": "2"})
    assert results == {}
    assert said.notes == [f"{folder} is of other data, settings or versions: starting again."]
    assert found(folder, "a")[0] == {}


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize(
    "content", [b"", b"half", pickle.dumps(Bomb()), bytes(32) + pickle.dumps(Bomb())]
)
def test_a_forged_or_broken_file_runs_nothing_and_is_left_out(
    folder, content, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    begin(folder, "a", "b")
    (folder / "task-a.safetensors").write_bytes(content)
    results, said = found(folder, "a", "b")
    assert results == {1: "b"}
    assert len(said.warnings) == 1
    assert "task-a.safetensors is not used" in said.warnings[0]
    assert not (tmp_path / "exploded").exists()


def test_a_file_under_another_name_is_left_out(folder):
    begin(folder, "a", "b")
    (folder / "task-a.safetensors").replace(folder / "task-b.safetensors")
    results, said = found(folder, "b")
    assert results == {}
    assert "it was changed or cut off" in said.warnings[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_the_folder_is_private_and_nothing_is_used_where_it_is_not(folder):
    begin(folder, "a")
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    results, said = found(folder, "a")
    assert results == {}
    assert said.warnings == [f"Others can write to {folder}: nothing there is used."]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_two_runs_do_not_share_a_folder(folder):
    folder.mkdir()
    with (
        FileLock(folder / ".lock"),
        pytest.raises(DataError, match="Another run is at work"),
        keep_results(folder, ABOUT, Listener()),
    ):
        pass


@pytest.mark.parametrize("made", ["file", "link", "photos"])
def test_a_place_of_the_users_is_left_alone(folder, made, tmp_path):
    if made == "file":
        folder.write_text("mine")
    elif made == "link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.mkdir()
        (folder / "photo.png").write_text("mine")
    with (
        pytest.raises(UsageError, match="not an unfinished hpa-feat run"),
        keep_results(folder, ABOUT, Listener()),
    ):
        pass
    assert not (folder / ".lock").exists()
