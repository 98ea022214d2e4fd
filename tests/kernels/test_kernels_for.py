"""Which kernels run: those of the library whose arrays are given."""

from __future__ import annotations

import numpy as np
import pytest
from emulated_device.array import DeviceArray

from hpa_features.core.errors import UsageError
from hpa_features.kernels import cpu, kernels_for


def test_numpy_arrays_run_on_the_cpu():
    assert kernels_for(np.zeros(2), np.zeros(3, bool)) is cpu


@pytest.mark.parametrize(
    "arrays",
    [(DeviceArray(np.zeros(2)),), (np.zeros(2), DeviceArray(np.zeros(2))), ([0.0, 1.0],)],
    ids=["unknown", "mixed", "list"],
)
def test_arrays_of_other_libraries_are_refused(arrays):
    with pytest.raises(UsageError, match="must all be NumPy arrays, got"):
        kernels_for(*arrays)
