"""What this machine has: cores, memory, graphics cards."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_CONTAINER_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
_QUERY = ("--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
_LIMIT_S = 20.0


def total_memory() -> int | None:
    """Return the bytes of memory, at most a container's limit; None where it is unknown."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return None
    return min([physical, *_limits()])


def _limits() -> list[int]:
    found = []
    for place in _CONTAINER_LIMITS:
        try:
            text = Path(place).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():  # "max" is no limit
            found.append(int(text))
    return found


def nvidia_cards() -> tuple[list[str], str]:
    """Return a line for each NVIDIA card (name, memory, driver), and why there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return [], "no NVIDIA driver is installed (nvidia-smi)"
    try:
        done = subprocess.run(  # noqa: S603  (the driver's own program)
            [program, *_QUERY],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"nvidia-smi fails: {type(error).__name__}"
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    if done.returncode == 0 and lines:
        return lines, ""
    first = (lines or done.stderr.strip().splitlines() or ["it lists no card"])[0]
    return [], f"nvidia-smi: {first}"
