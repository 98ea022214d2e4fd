"""Memory that arrays free is kept for the next arrays."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

MEASURED = """
import resource
import numpy as np
from hpa_features.running.memory import keep_freed_memory

keep_freed_memory()
np.ones(2_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    np.ones(2_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked to")
def test_a_large_array_in_the_place_of_a_freed_one_maps_no_pages():
    done = subprocess.run([sys.executable, "-c", MEASURED], check=True, capture_output=True)
    # Three arrays of 16 MB have 11,719 pages of 4 KiB.
    assert int(done.stdout) < 1000
