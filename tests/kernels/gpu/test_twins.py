"""Which kernels run on the GPU, with the signatures of those of the CPU."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from emulated_device.compiling import KERNEL
from emulated_device.stand_in import gpu_kernels

from hpa_features.kernels import cpu

ON_HOST = {
    "bridge_levels",
    "cell_gaps",
    "cell_places",
    "close_centres",
    "label_places",
    "line_networks",
    "mahotas_adjacency",
    "mahotas_haralick",
    "mahotas_patterns",
    "mahotas_zernike",
    "nuclear_pairs",
    "opening_sums",
    "twin_nuclei",
}
"""Kernels that the GPU package runs on the host: the list only shrinks."""


def test_every_kernel_has_a_twin():
    assert set(gpu_kernels().__all__) == set(cpu.__all__)


def test_kernels_that_run_on_the_host_are_listed_with_the_reason():
    assert gpu_kernels().on_host.ON_HOST.keys() == ON_HOST


def test_all_others_run_cuda_c():
    gpu = gpu_kernels()
    homes = {name: getattr(gpu, name).__module__ for name in set(gpu.__all__) - ON_HOST}
    assert {name for name, home in homes.items() if ".gpu." not in home} == set()
    named = {
        name for file in gpu.launch.files() for name in KERNEL.findall(gpu.launch.source(file))
    }
    copies = {"from_host", "to_host", "covariances", "crop_layout", "index_cells"}
    assert homes.keys() - named == copies


def test_twins_take_the_same_arguments():
    gpu = gpu_kernels()
    for name in gpu.__all__:
        own, other = (inspect.signature(getattr(home, name)) for home in (gpu, cpu))
        assert list(own.parameters) == list(other.parameters), name


def test_the_page_lists_what_runs_on_the_host():
    page = (Path(__file__).parents[3] / "docs" / "gpu.md").read_text()
    kernels = gpu_kernels().on_host.ON_HOST
    assert (
        set(re.findall(r"`(\w+)`", page.partition("| why |")[2].partition("\n\n")[0]))
        == kernels.keys()
    )
    assert f"{len(cpu.__all__) - len(kernels)} of {len(cpu.__all__)} kernels" in page
