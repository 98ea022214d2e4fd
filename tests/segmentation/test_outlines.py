from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage as ndi

from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.nuclei import find_nuclei
from hpa_features.segmentation.outlines import outline_nuclei
from hpa_features.segmentation.regions import close_bays

GRID = Grid((128, 128), 1, 0.32)


def disc(row: float, column: float, radius_um: float) -> NDArray[np.bool_]:
    rows, columns = np.indices(GRID.shape)
    return np.hypot(rows - row, columns - column) * GRID.um < radius_um


def seen(light: NDArray[np.float64], blur_um: float = 0.25) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).normal(0, 1, GRID.shape)
    blurred = ndi.gaussian_filter(light, GRID.pixels(blur_um))
    return (blurred + 5 + noise).astype(np.float32)


def both(dna: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    nuclei = find_nuclei(dna, GRID)
    return nuclei, outline_nuclei(Nearest.of(nuclei), dna, GRID)


def shared(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("blur_um", [0.1, 0.25, 0.4])
def test_the_edge_of_a_sharp_nucleus_stays_at_half_height(blur_um):
    truth = disc(64, 64, 7)
    nuclei, outlined = both(seen(150.0 * truth, blur_um))
    radius = np.sqrt((outlined > 0).sum() / np.pi) * GRID.um
    assert radius == pytest.approx(7, abs=0.15)
    assert shared(outlined > 0, nuclei > 0) > 0.98


@pytest.mark.parametrize("share", [0.3, 0.4])
def test_a_dim_side_belongs_to_its_nucleus(share):
    bright = disc(64, 58, 6.5)
    whole = bright | disc(64, 70, 6.5)
    nuclei, outlined = both(seen(150.0 * np.where(bright, 1, share * whole)))
    assert shared(nuclei > 0, whole) < 0.8
    assert shared(outlined > 0, whole) > 0.93


def test_haze_that_fades_does_not():
    nucleus = disc(64, 64, 6)
    haze = ndi.gaussian_filter(disc(64, 64, 9).astype(float), GRID.pixels(3.0))
    nuclei, outlined = both(seen(150.0 * np.where(nucleus, 1, 0.35 * haze)))
    assert shared(outlined > 0, nuclei > 0) > 0.95


def test_no_nucleus_grows_into_another():
    dna = seen(150.0 * disc(64, 44, 6.2) + 70.0 * disc(64, 84, 6.2))
    nuclei, outlined = both(dna)
    assert nuclei.max() == 2
    assert np.array_equal(nuclei == 0, nuclei * (nuclei == outlined) == 0)


def test_a_narrow_bay_is_closed_and_a_wide_one_stays():
    truth = disc(64, 64, 7)
    rows, columns = np.indices(GRID.shape)
    for width_um, closed in ((1.3, True), (5.0, False)):
        bay = (np.abs(rows - 64) * GRID.um < width_um / 2) & (columns > 66)
        outlined = both(seen(150.0 * (truth & ~bay)))[1]
        assert (outlined[64, 72] > 0) == closed


def test_outlines_have_no_holes_and_nothing_stays_nothing():
    outlined = both(seen(150.0 * (disc(64, 64, 7) & ~disc(64, 64, 2))))[1]
    assert np.array_equal(ndi.binary_fill_holes(outlined > 0), outlined > 0)
    nothing = np.zeros(GRID.shape, np.int32)
    assert not outline_nuclei(Nearest.of(nothing), seen(np.zeros(GRID.shape)), GRID).any()


def test_a_gap_between_two_labels_is_no_bay():
    labels = np.zeros((20, 20), np.int32)
    labels[:, :9], labels[:, 11:] = 1, 2
    assert np.array_equal(close_bays(labels, 3), labels)
    labels[labels == 2] = 1
    assert close_bays(labels, 3).all()
