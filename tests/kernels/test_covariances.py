"""Means and covariances equal NumPy's, and do not depend on what else is asked for."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from hypothesis import given
from hypothesis import strategies as st
from made_fields import drawn_field
from made_values import make

from hpa_features.core.types import Channel
from hpa_features.features.vocabulary.covariances import Covariances
from hpa_features.features.vocabulary.images import RAW, Smooth
from hpa_features.features.vocabulary.parts import CELL, NUCLEUS
from hpa_features.kernels.cpu import covariances


@given(drawn_crops(), st.integers(0, 2), st.integers(1, 9))
def test_equal_numpys_for_any_number_of_images(crops, part, kinds):
    inside = crops.parts[part]
    images = [crops.first, crops.second, crops.region == 2, np.sqrt(crops.first)]
    images = tuple((images * 3)[:kinds])
    [packed] = covariances([images], [inside], crops.layout)
    for cell, row in zip(crops.cells(), packed, strict=True):
        own = np.array([image[cell][inside[cell]] for image in images], float)
        if own.shape[1] == 0:
            assert not row.any()
            continue
        assert row[0] == own.shape[1]
        np.testing.assert_allclose(row[1 : 1 + kinds], own.mean(axis=1), rtol=1e-12)
        table = np.cov(own, bias=True).reshape(kinds, kinds)
        np.testing.assert_allclose(row[1 + kinds :].reshape(kinds, kinds), table, 1e-9, 1e-6)


def test_tables_asked_for_together_are_those_asked_for_alone():
    dna, er, protein = RAW[Channel.DNA], RAW[Channel.ER], RAW[Channel.PROTEIN]
    smooth = Smooth(Channel.PROTEIN, 320)
    nodes = [
        Covariances((protein, dna), CELL),
        Covariances((smooth, CELL), CELL),
        Covariances((er, smooth), CELL),
        Covariances((er, protein, dna), CELL),
        Covariances((protein, dna), NUCLEUS),
    ]
    field, masks = drawn_field(12)
    together = make(field, masks, *nodes)
    for node in nodes:
        np.testing.assert_array_equal(together[node], make(field, masks, node)[node])
