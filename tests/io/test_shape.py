from __future__ import annotations

import pytest

from hpa_features.core.errors import BundleError
from hpa_features.io.shape import check_shape

SHAPE = {"name": str, "count": int, "share": float, "on": bool, "items": [{"n": int}], "any": dict}
GOOD = {"name": "a", "count": 3, "share": 1, "on": True, "items": [{"n": 1}], "any": {}, "more": 0}


def test_what_fits_passes_and_other_keys_are_free():
    check_shape(GOOD, SHAPE, "model.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, r"model\.json\.name must be of type str, got '3'"),
        ({"count": True}, "count must be of type int"),
        ({"count": 1.5}, "count must be of type int"),
        ({"share": "1"}, "share must be a finite number"),
        ({"share": float("inf")}, "share must be a finite number"),
        ({"share": 10**400}, "share must be a finite number"),
        ({"share": False}, "share must be a finite number"),
        ({"on": 1}, "on must be of type bool"),
        ({"items": {}}, "items must be a list"),
        ({"items": [{"n": 1}, {"n": "x"}]}, r"items\[1\]\.n must be"),
        ({"items": [3]}, r"items\[0\] must be an object"),
    ],
)
def test_the_first_difference_is_named(change, message):
    with pytest.raises(BundleError, match=message):
        check_shape(GOOD | change, SHAPE, "model.json")


def test_a_missing_key_is_named():
    with pytest.raises(BundleError, match=r"model\.json lacks 'count'"):
        check_shape({"name": "a"}, SHAPE, "model.json")
