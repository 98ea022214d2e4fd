"""Imports are tried in processes of their own, so that no broken package ends or clutters ours."""

from __future__ import annotations

import pytest

from hpa_features.running.import_probe import probe_imports

MODULES = {
    "sound": "print('Welcome!')",
    "raises": "raise ImportError('libgomp.so.1: cannot open shared object file\\nand more')",
    "silent": "raise RuntimeError",
    "exits": "raise SystemExit('needs a display')",
    "dies": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "leaves": "import os; os._exit(0)",
    "hangs": "import threading; threading.Event().wait()",
}


@pytest.fixture
def modules(tmp_path, monkeypatch):
    for name, code in MODULES.items():
        (tmp_path / f"{name}.py").write_text(code + "\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_each_module_has_its_own_result_also_after_one_that_ends_the_process(modules):
    names = ["raises", "dies", "sound", "leaves", "silent", "exits", "not_there"]
    found = probe_imports([names, ["json"]])
    problems = {name: each.problem for name, each in found.items()}
    assert problems == {
        "raises": "ImportError: libgomp.so.1: cannot open shared object file",
        "dies": "ends the process that imports it (Killed)",
        "sound": "",
        "leaves": "the process that imported it ended early",
        "silent": "RuntimeError",
        "exits": "SystemExit: needs a display",
        "not_there": "ModuleNotFoundError: No module named 'not_there'",
        "json": "",
    }


def test_an_import_that_hangs_is_given_up(modules):
    found = probe_imports([["hangs"]], limit_s=1)
    assert found["hangs"].problem == "takes longer than 1 s"


def test_the_current_folder_is_not_searched(tmp_path, monkeypatch):
    (tmp_path / "colorsys.py").write_text("raise RuntimeError\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert probe_imports([["colorsys"]])["colorsys"].problem == ""


def test_pytorch_reports_its_devices(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text(
        "class cuda:\n"
        "    is_available = staticmethod(lambda: True)\n"
        "    device_count = staticmethod(lambda: 1)\n"
        "    get_device_name = staticmethod(lambda index: 'NVIDIA H200')\n"
        "class backends:\n"
        "    class mps:\n"
        "        is_available = staticmethod(lambda: False)\n"
        "class version:\n"
        "    cuda = '13.0'\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    facts = probe_imports([["torch"]])["torch"].facts
    assert facts == {"devices": ["cpu", "cuda:0 (NVIDIA H200)"], "cuda": "13.0"}


def test_cupy_reports_why_its_device_does_not_work(tmp_path, monkeypatch):
    (tmp_path / "cupy.py").write_text(
        "def memoize(**_):\n"
        "    return lambda function: function\n"
        "class cuda:\n"
        "    class runtime:\n"
        "        class CUDARuntimeError(RuntimeError):\n"
        "            status = 35\n"
        "        driverGetVersion = staticmethod(lambda: 0)\n"
        "        def getDeviceCount():\n"
        "            raise cuda.runtime.CUDARuntimeError('cudaErrorInsufficientDriver')\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    facts = probe_imports([["cupy"]])["cupy"].facts
    assert facts["problem"] == "The GPU cannot be used: there is no NVIDIA driver."
    assert "--device cpu" in facts["fix"]


def test_without_modules_there_is_nothing_to_do():
    assert probe_imports([]) == {}
