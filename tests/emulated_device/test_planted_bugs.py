"""Each kind of bug is found, in fast mode or in checked mode; right kernels are not reported."""

from __future__ import annotations

import re

import numpy as np
import pytest
from emulated_device.array import DeviceArray
from emulated_device.compiling import missing_compiler
from emulated_device.mode import running
from emulated_device.planted import BUGS, ITEMS, RIGHT, Planted
from emulated_device.raw import KernelError

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)


# Without checks most others go unnoticed, and those that write far away end the process.
NOTICED = {name: bug for name, bug in BUGS.items() if bug.fast}
FOUND = {name: bug for name, bug in BUGS.items() if bug.checked}


@pytest.mark.parametrize("bug", FOUND.values(), ids=FOUND)
def test_checked_mode_reports_a_bug(bug):
    with running(checked=True), pytest.raises(KernelError, match=bug.checked) as caught:
        bug.run()
    assert re.search(r"block \(\d,0,0\) thread \(\d+,0,0\)", str(caught.value))


@pytest.mark.parametrize("bug", NOTICED.values(), ids=NOTICED)
def test_fast_mode_reports_a_bug_or_gives_a_wrong_result(bug):
    with running(seed=3):
        if bug.fast == "wrong":
            assert bug.run().any()
        else:
            with pytest.raises(KernelError, match=bug.fast):
                bug.run()


def test_every_bug_but_one_of_silent_narrowing_is_found_in_checked_mode():
    assert BUGS.keys() - FOUND.keys() == {"64 bits narrowed"}


@pytest.mark.parametrize("checked", [False, True], ids=["fast", "checked"])
@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_a_right_kernel_is_not_reported(right, checked):
    for seed in (1, 2):
        with running(checked=checked, seed=seed):
            np.testing.assert_array_equal(right.run(), np.zeros(ITEMS))


def test_a_sum_that_depends_on_the_order_differs_between_seeds():
    racing = Planted("atomicAdd(o, 0.1 / (1 + g));", out="double*", dtype=np.float64)
    found = []
    for seed in range(4):
        with running(seed=seed):
            found.append(racing.run()[0])
    assert len(set(found)) > 1


def test_an_array_that_no_kernel_filled_is_not_brought_to_the_host():
    with running(checked=True):
        half = Planted(
            "if (g % 2) e[g] = 0; o[g] = 0;",
            parameters=", int* e",
            more=(array := DeviceArray.empty(ITEMS, np.int32),),
        )
        half.run()
        with pytest.raises(ValueError, match="never written"):
            array.get()


def test_a_fault_names_the_array_and_the_line():
    with running(checked=True), pytest.raises(KernelError) as caught:
        BUGS["read one past the end"].run()
    assert str(caught.value).endswith("of an array (256,) of int32, line 4")


def test_kernels_run_after_a_fault():
    for checked in (False, True):
        with running(checked=checked):
            with pytest.raises(KernelError):
                BUGS["barrier in a branch"].run()
            assert (RIGHT["tree"].run() == 0).all()
