"""Weights are looked for where Cellpose keeps them; an error names both ways to missing ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hpa_features.core.errors import DataError, MissingExtra, UsageError
from hpa_features.segmentation.cellpose import packages
from hpa_features.segmentation.cellpose.packages import Line
from hpa_features.segmentation.cellpose.weights import (
    PUBLISHED,
    find_weights,
    known_weights,
    model_folders,
    published,
    sha256_of,
)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folder named by the environment and the usual one, both empty."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path / "named"))
    monkeypatch.chdir(tmp_path)
    both = tmp_path / "named", tmp_path / ".cellpose" / "models"
    for each in both:
        each.mkdir(parents=True)
    return both


def test_names_are_looked_up_in_the_named_folder_first_then_in_the_usual_one(folders):
    named, usual = folders
    assert model_folders() == folders
    (usual / "cyto3").write_bytes(b"usual")
    assert find_weights("cyto3", "--cell-model") == usual / "cyto3"
    (named / "cyto3").write_bytes(b"named")
    assert find_weights("cyto3", "--cell-model") == named / "cyto3"


def test_nuclei_is_stored_under_the_file_name_of_the_package(folders):
    (folders[1] / "nucleitorch_0").write_bytes(b"x")
    assert find_weights("nuclei", "--nucleus-model") == folders[1] / "nucleitorch_0"
    assert published("nuclei").address == "https://www.cellpose.org/models/nucleitorch_0"
    assert published("cpsam_v2").address.endswith("/cellpose-sam/resolve/main/cpsam_v2")


def test_users_weights_are_found_by_name_in_the_folder_and_by_path(folders, tmp_path):
    (folders[1] / "my_cells").write_bytes(b"x")
    own = tmp_path / "elsewhere" / "mine"
    own.parent.mkdir()
    own.write_bytes(b"y")
    (tmp_path / "here").write_bytes(b"z")
    assert find_weights("my_cells", "--cell-model") == folders[1] / "my_cells"
    assert find_weights(str(own), "--cell-model") == own
    assert find_weights("elsewhere/mine", "--cell-model").samefile(own)
    assert find_weights("here", "--cell-model").samefile(tmp_path / "here")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("cyto3", ["cyto3", "hpa-feat weights --download cyto3", "--cell-model PATH"]),
        ("cyt3", ["Did you mean cyto3"]),
        ("my_own", ["my_own", "Put the file in", "--cell-model PATH"]),
        ("a" * 300, ["not on this machine", "Put the file in", "--cell-model PATH"]),
        ("/no/such/file", ["/no/such/file", "does not exist", "--cell-model PATH"]),
        ("/", ["is a folder"]),
    ],
)
def test_missing_weights_are_an_error_that_names_the_ways_out(folders, model, said):
    with pytest.raises(DataError) as caught:
        find_weights(model, "--cell-model")
    for each in said:
        assert each in str(caught.value)
    assert not list(folders[0].iterdir())


def test_known_weights_are_the_published_ones_and_what_lies_in_the_folders(folders):
    named, usual = folders
    (usual / "cyto3").write_bytes(b"x")
    (usual / "mine").write_bytes(b"x")
    (named / "mine").write_bytes(b"y")
    (usual / "gui_models.txt").write_text("mine\n")
    (usual / "size_cyto3.npy").write_bytes(b"x")
    known = {each.name: each for each in known_weights()}
    assert list(known) == [*(each.name for each in PUBLISHED), "mine"]
    assert {name for name, each in known.items() if each.path} == {"cyto3", "mine"}
    assert known["mine"].path == named / "mine"
    assert known["mine"].line is None
    assert known["cpsam_v2"].line is Line.CP4


def test_folders_that_cannot_be_read_have_no_weights(folders, monkeypatch):
    def refuse(path, *_arguments, **_options):
        raise PermissionError(13, "Permission denied", str(path))

    for name in ("stat", "iterdir"):
        monkeypatch.setattr(Path, name, refuse)
    assert [each.path for each in known_weights()] == [None] * len(PUBLISHED)


def test_weights_are_found_next_to_a_folder_that_cannot_be_read(folders, monkeypatch):
    named, usual = folders
    (usual / "cyto3").write_bytes(b"x")
    stat = Path.stat

    def refuse(path, **options):
        if named in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    assert find_weights("cyto3", "--cell-model") == usual / "cyto3"


def test_a_user_without_a_home_folder_can_name_the_folder_of_weights(folders, monkeypatch):
    def refuse():
        raise RuntimeError

    monkeypatch.setattr(Path, "home", refuse)
    assert model_folders() == (folders[0],)
    monkeypatch.delenv("CELLPOSE_LOCAL_MODELS_PATH")
    with pytest.raises(UsageError, match="no home folder") as caught:
        model_folders()
    assert "CELLPOSE_LOCAL_MODELS_PATH" in caught.value.hint


def test_the_digest_follows_the_content_of_the_file(tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    assert sha256_of(file) == hashlib.sha256(b"one").hexdigest()
    file.write_bytes(b"other")
    assert sha256_of(file) == hashlib.sha256(b"other").hexdigest()
    with pytest.raises(DataError, match="cannot be read"):
        sha256_of(tmp_path / "none")


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("3.1.1.1", Line.CP3),
        ("3.1.1.3", Line.CP3),
        ("3.2", Line.CP3),
        ("3.1.1", None),
        ("3.0.8", None),
        ("2.2.3", None),
        ("4.0.6", None),
        ("4.2", Line.CP4),
        ("4.2.1.1", Line.CP4),
        ("5.0", None),
    ],
)
def test_versions_belong_to_a_line_or_to_none(version, line, monkeypatch):
    assert packages.line_of(version) is line
    monkeypatch.setattr(packages, "installed_version", lambda _="cellpose": version)
    if line is None:
        with pytest.raises(DataError, match=rf"cellpose {version} is installed"):
            packages.installed_line()
    else:
        assert packages.installed_line() is line


def test_a_missing_package_is_an_error_with_its_extra(monkeypatch):
    monkeypatch.setattr(packages, "installed_version", lambda _="cellpose": None)
    with pytest.raises(MissingExtra, match=r"cellpose.*'\.\[cellpose\]'"):
        packages.installed_line()
