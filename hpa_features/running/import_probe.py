"""Whether packages can be imported, tried in processes of their own.

A broken package may end the process that imports it, print on its stdout, or hang.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from hpa_features.core.errors import HpaFeatError

LIMIT_S = 120.0  # PyTorch on a network disk that nothing has cached takes a minute


@dataclass(frozen=True, slots=True)
class Import:
    """How the import of a module ended.

    Attributes
    ----------
    problem
        The error in one line; empty when it was imported.
    facts
        What the module reports of itself, of PyTorch ``devices`` and ``cuda`` (the version that it
        is built for, None for the CPU), of CuPy what `kernels.gpu.device.describe` gives, or a
        ``problem`` and its ``fix``.
    """

    problem: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def probe_imports(
    groups: Sequence[Sequence[str]], *, limit_s: float = LIMIT_S
) -> dict[str, Import]:
    """Return how the import of each module ends; each group is a process, all run at once.

    Parameters
    ----------
    groups
        Names of modules, imported in that order.
    limit_s
        Seconds that the process of a group may take.
    """
    found: dict[str, Import] = {}
    with ThreadPoolExecutor(max(len(groups), 1)) as threads:
        for each in threads.map(lambda group: dict(_probe(group, limit_s)), groups):
            found.update(each)
    return found


def _probe(modules: Sequence[str], limit_s: float) -> Iterator[tuple[str, Import]]:
    """Yield how each import ended; after one that ends its process, a new one does the rest."""
    left = list(modules)
    while left:
        lines, how = _run(left, limit_s)
        for line in lines:
            plain = json.loads(line)
            yield left.pop(0), Import(plain["problem"], plain["facts"])
        if left:
            yield left.pop(0), Import(how or "the process that imported it ended early")


def _run(modules: Sequence[str], limit_s: float) -> tuple[list[str], str]:
    """Return a line for each module that a process came to the end of, and how it ended."""
    # -P: a file of the same name in the current folder is not the package.
    command = [sys.executable, "-P", "-m", __name__, *modules]
    try:
        done = subprocess.run(  # noqa: S603  (this Python, names of modules)
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        printed = error.stdout or b""
        return _whole(printed.decode(errors="replace")), f"takes longer than {limit_s:g} s"
    how = ""
    if done.returncode < 0:
        name = signal.strsignal(-done.returncode) or f"signal {-done.returncode}"
        how = f"ends the process that imports it ({name})"
    return _whole(done.stdout), how


def _whole(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.endswith("}")]


def main(modules: Sequence[str]) -> None:
    """Import modules and print a line of JSON for each; what they print themselves is lost."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        for name in modules:
            out.write(json.dumps(_imported(name)) + "\n")
            out.flush()


def _imported(name: str) -> dict[str, Any]:
    try:
        module = import_module(name)
        facts = _FACTS[name](module) if name in _FACTS else {}
    except BaseException as error:  # noqa: BLE001  (also SystemExit of a package's own check)
        first = (str(error).strip().splitlines() or [""])[0]
        return {"problem": f"{type(error).__name__}: {first}".rstrip(": "), "facts": {}}
    return {"problem": "", "facts": facts}


def _torch_facts(torch: Any) -> dict[str, Any]:
    """Return the devices that PyTorch can use, the CPU first."""
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [
            f"cuda:{index} ({torch.cuda.get_device_name(index)})"
            for index in range(torch.cuda.device_count())
        ]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return {"devices": devices, "cuda": torch.version.cuda}


def _cupy_facts(_cupy: Any) -> dict[str, Any]:
    """Return what CuPy's device is, or why there is none that works."""
    from hpa_features.kernels import gpu_kernels

    try:
        return dict(gpu_kernels().device.describe())
    except HpaFeatError as error:
        return {"problem": error.message, "fix": error.hint}


def _onnxruntime_facts(onnxruntime: Any) -> dict[str, Any]:
    """Return what onnxruntime runs networks on."""
    found = onnxruntime.get_available_providers()
    return {"providers": [each for each in found if not each.startswith("Azure")]}  # not a device


_FACTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "torch": _torch_facts,
    "cupy": _cupy_facts,
    "onnxruntime": _onnxruntime_facts,
}


if __name__ == "__main__":
    main(sys.argv[1:])
