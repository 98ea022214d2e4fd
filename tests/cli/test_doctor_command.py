"""hpa-feat doctor with packages, devices and weights made up for the test."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hpa_feat_cli.app import run

from hpa_features.pipeline.doctor_packages import EXTRAS

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """A folder of packages that come before the installed ones, here and in other processes."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, name, version, code="", **modules):
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n", encoding="utf-8")
        package = self.folder / name
        package.mkdir()
        for module, text in {"__init__": code, **modules}.items():
            (package / f"{module}.py").write_text(text + "\n", encoding="utf-8")


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path / "weights"))
    (tmp_path / "weights").mkdir()
    return Site(folder)


def ask(capsys, *arguments):
    code = run(["doctor", *arguments, "--json"])
    found = json.loads(capsys.readouterr().out)
    return code, {each["name"]: each for each in found["checks"]}, found["missing"]


def test_extras_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {name: tuple(each) for name, each in project["optional-dependencies"].items()}
    del declared["dev"], declared["browser"]  # for those who work on hpa-feat
    assert {each.name: each.requirements for each in EXTRAS} == declared


def test_everything_is_listed_and_nothing_is_required(site, capsys):
    code, checks, missing = ask(capsys)
    assert (code, missing) == (0, [])
    assert {"hpa-feat", "cores", "memory", "numpy", "lightgbm", "nvidia", "torch"} <= set(checks)
    assert {each.name for each in EXTRAS} | {"nuclei", "cyto3", "cpsam_v2"} <= set(checks)
    assert checks["numpy"]["usable"]
    assert checks["lightgbm-build"]["found"].startswith("built for cpu")
    assert checks["lightgbm-gpu"]["found"].startswith("not tried")
    for each in checks.values():
        assert each["usable"] or each["problem"], each
        assert each["usable"] or each["name"] == "nvidia" or each["fix"], each


def test_a_gpu_of_lightgbm_is_tried_where_it_is_needed(site, capsys, monkeypatch):
    monkeypatch.setenv("OCL_ICD_VENDORS", "/nonexistent")  # the loader then finds no device
    code, checks, missing = ask(capsys, "lightgbm-gpu")
    assert (code, missing) == (1, ["lightgbm-gpu"])
    assert checks["lightgbm-gpu"]["problem"].endswith("opencl: No OpenCL device found")
    assert "nvidia-opencl-icd" in checks["lightgbm-gpu"]["fix"]


def test_the_report_is_for_reading(site, capsys):
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "packages: " in out
    assert "numpy" not in out
    assert "  fix: hpa-feat weights --download nuclei" in out
    assert run(["doctor", "-v"]) == 0
    assert "  numpy " in capsys.readouterr().out


def test_a_required_package_of_another_version_is_missing(site, capsys):
    site.install("optuna", "3.6.1")
    code, checks, missing = ask(capsys, "tune")
    assert (code, missing) == (1, ["tune"])
    assert list(checks) == ["tune"]
    assert checks["tune"]["problem"] == "optuna 3.6.1 is installed, wanted >=4.0"
    assert checks["tune"]["fix"] == "In the hpa-feat checkout, run: pip install '.[tune]'"


def test_a_broken_package_is_unusable_with_the_first_line_of_its_error(site, capsys):
    site.install("optuna", "4.5.0", "raise ImportError('no module named colorlog\\nmore')")
    code, checks, _ = ask(capsys, "tune")
    assert code == 1
    assert checks["tune"]["found"] == "optuna 4.5.0"
    assert checks["tune"]["problem"] == "import optuna: ImportError: no module named colorlog"
    assert run(["doctor", "tune"]) == 1
    out, err = capsys.readouterr()
    assert "  tune  unusable  import optuna: ImportError: no module named colorlog" in out
    assert "not usable: tune" in err
    assert "Traceback" not in out + err


TORCH = """
class cuda:
    is_available = staticmethod(lambda: False)
class backends:
    class mps:
        is_available = staticmethod(lambda: False)
class version:
    cuda = None
"""


def test_cellpose_is_usable_with_its_package_and_the_weights_of_its_default(site, capsys, tmp_path):
    site.install("torch", "2.9.0", TORCH)
    site.install("cellpose", "3.1.1.3", resnet_torch="")
    code, checks, missing = ask(capsys, "cellpose")
    assert (code, missing) == (1, ["cellpose"])
    assert set(checks) == {"cellpose", "torch", "nvidia", "nuclei", "cyto3"}
    assert checks["cellpose"]["problem"] == (
        "no usable file of the weights nuclei and cyto3 is on this machine"
    )
    assert checks["cellpose"]["fix"] == "hpa-feat weights --download nuclei cyto3"
    assert checks["torch"]["found"] == "2.9.0 for the CPU: cpu"
    for file in ("nucleitorch_0", "cyto3"):
        (tmp_path / "weights" / file).write_bytes(b"<html>404</html>")
    code, checks, missing = ask(capsys, "cellpose", "cyto3")
    assert (code, missing) == (1, ["cellpose", "cyto3"])
    assert checks["cyto3"]["problem"].endswith("cyto3 is not a file of PyTorch, or cannot be read")
    assert checks["cyto3"]["fix"] == "hpa-feat weights --download cyto3 --overwrite"
    for file in ("nucleitorch_0", "cyto3"):
        (tmp_path / "weights" / file).write_bytes(b"PK\x03\x04weights")
    code, checks, missing = ask(capsys, "cellpose", "cyto3")
    assert (code, missing) == (0, [])
    assert checks["cyto3"]["found"].startswith(str(tmp_path / "weights" / "cyto3"))
    code, checks, missing = ask(capsys, "cellpose-sam")
    assert (code, missing) == (1, ["cellpose-sam"])
    wanted = "cellpose 3.1.1.3 is installed, wanted <5,>=4.2"
    assert checks["cellpose-sam"]["problem"] == wanted


def test_a_broken_pytorch_is_named(site, capsys):
    site.install("torch", "2.9.0", "raise OSError('libcudart.so.13: no such file')")
    site.install("cellpose", "3.1.1.3", resnet_torch="import torch")
    code, checks, _ = ask(capsys, "cellpose")
    assert code == 1
    assert checks["cellpose"]["problem"] == "import torch: OSError: libcudart.so.13: no such file"
    assert checks["torch"]["problem"] == checks["cellpose"]["problem"]


def test_two_packages_of_cupy_are_one_too_many(site, capsys):
    site.install("cupy_cuda12x", "14.0.1")
    code, checks, _ = ask(capsys, "cupy", "gpu-cuda13")
    assert code == 1
    assert checks["gpu-cuda13"]["problem"] == "cupy-cuda13x is not installed"
    assert checks["gpu-cuda13"]["fix"].endswith("pip install '.[gpu-cuda13]'")
    site.install("cupy_cuda13x", "14.0.1")
    _, checks, _ = ask(capsys, "cupy")
    assert checks["cupy"]["problem"].startswith("cupy-cuda12x and cupy-cuda13x are installed")
    assert checks["cupy"]["fix"].startswith("pip uninstall cupy-cuda12x cupy-cuda13x. In the")


def test_users_own_weights_are_listed(site, capsys, tmp_path):
    (tmp_path / "weights" / "my_cells").write_bytes(b"PK\x03\x04" * 625_000)
    code, checks, _ = ask(capsys, "my_cells")
    assert code == 0
    assert checks["my_cells"]["found"] == f"{tmp_path / 'weights' / 'my_cells'}, 2.5 MB"


@pytest.mark.parametrize(
    ("script", "found", "problem"),
    [
        ("echo 'NVIDIA H200, 143771 MiB, 570.86'", "NVIDIA H200, 143771 MiB, 570.86", ""),
        ("echo 'No devices were found'; exit 6", "", "nvidia-smi: No devices were found"),
        ("echo 'Driver/library mismatch' >&2; exit 18", "", "nvidia-smi: Driver/library mismatch"),
    ],
)
def test_nvidia_cards_are_those_of_the_driver(
    site, capsys, tmp_path, monkeypatch, script, found, problem
):
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    _, checks, _ = ask(capsys, "nvidia")
    assert (checks["nvidia"]["found"], checks["nvidia"]["problem"]) == (found, problem)


def test_a_kernel_cache_that_cannot_be_written_is_reported(site, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    code, checks, _ = ask(capsys, "kernel-cache")
    assert code == 1
    assert "cannot be written" in checks["kernel-cache"]["problem"]
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "new"))
    code, checks, _ = ask(capsys, "kernel-cache")
    assert code == 0
    assert "empty" in checks["kernel-cache"]["found"]
    assert not (tmp_path / "new").exists()


def test_a_missing_home_folder_is_reported_with_what_to_set(site, capsys, monkeypatch):
    def refuse():
        raise RuntimeError

    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", refuse)
    code, checks, missing = ask(capsys, "kernel-cache")
    assert (code, missing) == (1, ["kernel-cache"])
    assert checks["kernel-cache"]["problem"] == "this user has no home folder"
    assert checks["kernel-cache"]["fix"].startswith("export NUMBA_CACHE_DIR=")


def test_an_unknown_name_is_one_clear_line(site, capsys):
    assert run(["doctor", "celpose"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "'celpose' is neither an extra nor a package" in err
    assert "Did you mean cellpose" in err
