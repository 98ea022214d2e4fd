"""Which kernels run on the GPU, with the signatures of those of the CPU."""

from __future__ import annotations

import inspect

from emulated_device.stand_in import gpu_kernels

from hpa_features.kernels import cpu

NOT_YET = {
    "across_axes",
    "adjacency_counts",
    "agreements",
    "bodies",
    "bridge_levels",
    "cell_gaps",
    "cell_places",
    "close_centres",
    "coherences",
    "contact_bands",
    "dents",
    "direction_sums",
    "edge_distances_by_kind",
    "edge_kinds",
    "edge_lengths",
    "grid_edge_kinds",
    "label_places",
    "line_networks",
    "local_maxima",
    "lower",
    "mask_forms",
    "nonnegative_weights",
    "nuclear_pairs",
    "opening_sums",
    "organising_centres",
    "pair_overlaps",
    "pattern_counts",
    "rank_weighted",
    "ridge_crossings",
    "ridges",
    "ring_scores",
    "roundness",
    "smooth_images",
    "smooth_masks",
    "spot_leads",
    "spots",
    "steepest",
    "towards",
    "twin_nuclei",
    "weighted_axes",
}
"""Kernels without a twin on the GPU: the list only shrinks, and what is new gets a twin."""


def test_every_kernel_has_a_twin_or_is_listed_as_not_having_one_yet():
    assert set(cpu.__all__) - set(gpu_kernels().__all__) == NOT_YET


def test_there_is_no_kernel_of_the_gpu_alone():
    assert set(gpu_kernels().__all__) - set(cpu.__all__) == set()


def test_twins_take_the_same_arguments():
    gpu = gpu_kernels()
    for name in gpu.__all__:
        own, other = (inspect.signature(getattr(home, name)) for home in (gpu, cpu))
        assert list(own.parameters) == list(other.parameters), name
