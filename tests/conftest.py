"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from hpa_features.core.progress import SILENT
from hpa_features.running.kernel_cache import prepare_kernel_cache
from hpa_features.running.threads import single_threaded

# How long an example takes depends on the machine and on what has been compiled before. The same
# examples in every run: a change that fails did so itself. `--hypothesis-profile explore` draws
# others (`make test-explore`).
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("house")
# Before numba is imported: tests and the commands that they run share one cache.
prepare_kernel_cache(SILENT)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Measure as runs do: threads of BLAS that wait for a core take ten times as long."""
    with single_threaded():
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiled_kernels(request: pytest.FixtureRequest) -> None:
    """Compile all kernels before the first test of a command or verb, once for each version.

    Otherwise the first such test takes minutes, and processes side by side compile the same.
    """
    rooms = {item.path.parent.name for item in request.session.items}
    if not rooms & {"api", "benchmarks", "cli", "pipeline"}:
        return
    from hpa_features.pipeline.warm_up import compile_all, kernels_digest

    mark = Path(os.environ["NUMBA_CACHE_DIR"]) / f"tests-{kernels_digest()}"
    if mark.exists():
        return
    from filelock import FileLock

    from hpa_features.core.settings import ExtractSettings

    with FileLock(mark.with_suffix(".lock")):  # of two processes of tests one compiles
        if not mark.exists():
            compile_all(ExtractSettings(families=("all",)))
            mark.touch()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images and tables; tests that need it are skipped where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real images and tables are not at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def simulated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of 18 simulated fields of 192² in 6 groups, three locations, as `simulate` makes it.

    The same for all tests: read it, write elsewhere.
    """
    from hpa_features.core.simulate_settings import SimulateSettings
    from hpa_features.pipeline.simulate import simulate

    folder = tmp_path_factory.mktemp("simulated") / "fields"
    locations = ("Nucleoplasm", "Endoplasmic reticulum", "Cytosol")
    simulate(folder, SimulateSettings(fields=18, size=192, group_size=3, locations=locations))
    return folder
