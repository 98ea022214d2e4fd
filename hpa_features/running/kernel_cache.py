"""Where compiled kernels are kept between runs.

Installed packages may be read-only, and numba's own choice then is silent and differs between
versions; so the folder is set here, before numba is imported.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hpa_features.core.progress import Progress

CACHE_VARIABLE = "NUMBA_CACHE_DIR"


def prepare_kernel_cache(progress: Progress) -> None:
    """Set NUMBA_CACHE_DIR: the user's cache folder, else a temporary one, which is reported.

    Nothing changes when the variable is set, or when numba is loaded and has made its choice.
    """
    if os.environ.get(CACHE_VARIABLE) or "numba" in sys.modules:
        return
    try:
        folder = kernel_cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError):  # the latter: the user has no home folder
        folder = Path(tempfile.mkdtemp(prefix="hpa-feat-numba-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        progress.note(
            f"compiled kernels go to {folder}, for this run only, because the user cache cannot be "
            f"written; set {CACHE_VARIABLE} to a folder that can, to compile once."
        )
    os.environ[CACHE_VARIABLE] = str(folder)


def kernel_cache_folder() -> Path:
    """Return where compiled kernels are kept, if it can be written.

    Raises
    ------
    RuntimeError
        The user has no home folder, and no other is named.
    """
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else _user_cache() / "hpa-feat" / "numba"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
