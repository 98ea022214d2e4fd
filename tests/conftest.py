"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


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
    from hpa_features.core.settings import SimulateSettings
    from hpa_features.pipeline.simulate import simulate

    folder = tmp_path_factory.mktemp("simulated") / "fields"
    locations = ("Nucleoplasm", "Endoplasmic reticulum", "Cytosol")
    simulate(folder, SimulateSettings(fields=18, size=192, group_size=3, locations=locations))
    return folder
