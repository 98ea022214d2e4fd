"""Arrays that come to the device while it computes: complete when they are used."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from emulated_device.compiling import missing_compiler
from emulated_device.mode import running
from emulated_device.stand_in import gpu_kernels
from emulated_device.streams import StreamError

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)


def doubled(images):
    gpu = gpu_kernels()
    return gpu.to_host(gpu.differences(images, gpu.multiples(images, images)))[0]


@pytest.mark.parametrize("checked", [False, True], ids=["fast", "checked"])
def test_arrays_that_a_thread_sends_are_there_for_kernels(checked):
    upload = gpu_kernels().upload.Upload
    batches = [[np.full(300, float(number))] for number in range(4)]
    with running(checked=checked), ThreadPoolExecutor(1) as thread:
        coming = thread.submit(upload, batches[0])
        for number in range(4):
            sent = coming.result()
            if number < 3:
                coming = thread.submit(upload, batches[number + 1])
            with sent.arrived() as images:
                np.testing.assert_array_equal(doubled(images), np.full(300, number - number**2))
            del sent, images
            gc.collect()


def test_arrays_are_refused_to_kernels_that_do_not_wait():
    upload = gpu_kernels().upload.Upload([np.zeros(3)])
    with pytest.raises(StreamError, match="has not waited"):
        doubled(upload._value)
    with upload.arrived() as images:
        doubled(images)


def test_memory_given_back_in_the_block_s_end_waits_for_kernels_in_flight():
    gpu = gpu_kernels()
    upload = gpu.upload.Upload([np.ones(3)])
    with upload.arrived() as images:
        results = gpu.multiples(images, images)  # nothing of it comes to the host here
    del upload, images
    gc.collect()
    gpu.upload.Upload([np.zeros(3)])
    assert gpu.to_host(results)[0].tolist() == [1, 1, 1]
