"""Which kernels run on the GPU, with the signatures of those of the CPU."""

from __future__ import annotations

import inspect

from emulated_device.stand_in import gpu_kernels

from hpa_features.kernels import cpu

NOT_YET = {
    "above",
    "across_axes",
    "adjacency_counts",
    "agreements",
    "ascending_order",
    "average_ranks",
    "band_sums",
    "bands",
    "bodies",
    "bridge_levels",
    "brightest",
    "cell_gaps",
    "cell_places",
    "clear_of_nucleus",
    "close_centres",
    "coherences",
    "contact_bands",
    "covariances",
    "crop_layout",
    "dense_ranks",
    "dents",
    "direction_sums",
    "edge_distances",
    "edge_distances_by_kind",
    "edge_kinds",
    "edge_lengths",
    "facings",
    "gaps",
    "gray_levels",
    "grid_edge_kinds",
    "haralick",
    "index_cells",
    "known_points",
    "line_networks",
    "local_maxima",
    "lower",
    "mask_forms",
    "means",
    "moments",
    "native_counts",
    "native_sums",
    "nonnegative_weights",
    "nuclear_centres",
    "nuclear_distances",
    "nuclear_pairs",
    "offsets",
    "opening_sums",
    "organising_centres",
    "otsu_thresholds",
    "pair_overlaps",
    "part_counts",
    "part_masks",
    "part_places",
    "part_statistics",
    "pattern_counts",
    "peaks",
    "plane_facts",
    "pulls",
    "rank_shares",
    "rank_weighted",
    "resample_regions",
    "resample_signals",
    "ridge_crossings",
    "ridges",
    "ring_scores",
    "roundness",
    "sector_numbers",
    "sector_sums",
    "smooth_images",
    "smooth_masks",
    "spot_leads",
    "spots",
    "spreads_about",
    "steepest",
    "subtracted",
    "towards",
    "twin_nuclei",
    "ways_from_edge",
    "ways_from_nucleus",
    "weighted_axes",
    "weighted_means",
    "within",
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
