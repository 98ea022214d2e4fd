"""The emulated device's arrays compute among themselves and refuse what CuPy's refuse."""

from __future__ import annotations

import numpy as np
import pytest
from emulated_device.array import DeviceArray
from emulated_device.mode import running

DEVICE = DeviceArray(np.arange(4.0))
REFUSED = {
    "numpy.asarray": lambda: np.asarray(DEVICE),
    "numpy function": lambda: np.concatenate([DEVICE, DEVICE]),
    "numpy array on the left": lambda: np.arange(4) + DEVICE,
    "numpy array on the right": lambda: DEVICE - np.arange(4),
    "ufunc of both": lambda: np.maximum(DEVICE, np.zeros(4)),
    "list": lambda: DEVICE * [1, 2, 3, 4],
    "reduceat": lambda: np.add.reduceat(DEVICE, [0, 2]),
    "at": lambda: np.add.at(DEVICE, [0], 1.0),
    "reduce": lambda: np.add.reduce(DEVICE),
    "truth": lambda: bool(DEVICE[0]),
    "float": lambda: float(DEVICE[0]),
    "int": lambda: int(DEVICE[0]),
    "index": lambda: range(4)[DEVICE[0]],
    "iteration": lambda: list(DEVICE),
    "membership": lambda: 1.0 in DEVICE,
    "indexed by values": lambda: DEVICE[DEVICE > 1],
    "places assigned twice": lambda: DEVICE.__setitem__([1, 1], 0.0),
    "assigned from numpy": lambda: DEVICE.__setitem__([1, 2], np.zeros(2)),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_device_array_refuses(refused):
    with pytest.raises(TypeError):
        refused()


def test_a_device_array_computes_with_its_like_and_with_scalars():
    own = DeviceArray(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal((own * 2 - own).held, own.held)
    np.testing.assert_array_equal(np.sqrt(own)[:, [0, 2]].held, np.sqrt(own.held)[:, [0, 2]])
    np.testing.assert_array_equal((own[:, :2] > 1.0).held, own.held[:, :2] > 1)
    assert isinstance(own == 2.0, DeviceArray)


def test_a_slice_is_a_view_and_places_are_a_copy():
    own = DeviceArray(np.arange(6.0).reshape(2, 3))
    own[:, 1:][0] = 9.0
    np.testing.assert_array_equal(own.get(), [[0, 9, 9], [3, 4, 5]])
    own[:, [0]][1] = 7.0
    np.testing.assert_array_equal(own.get(), [[0, 9, 9], [3, 4, 5]])


def test_operations_are_counted_and_views_are_not():
    own = DeviceArray(np.arange(6.0))
    with running() as mode:
        before = mode.launches
        own[2:] + 1.0
        own[1:][:2] = own[3:5]
        assert mode.launches == before + 2
