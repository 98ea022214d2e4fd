"""Work of two streams that does not wait as it must is refused, each time."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from emulated_device.array import DeviceArray
from emulated_device.stand_in import stand_in
from emulated_device.streams import Stream, StreamError

HERE = Stream.null


def sent(stream, array):
    with stream:
        return DeviceArray.sent(array)


def test_a_copy_comes_when_it_is_waited_for_with_what_was_there_when_it_was_asked_for():
    stream, source = Stream(non_blocking=True), np.arange(3.0)
    array = sent(stream, source)
    event = stream.record()
    source[:] = 9.0
    HERE.wait_event(event)
    assert array.get().tolist() == [0, 1, 2]


USES = {
    "kernel": lambda array: array.data,
    "operation": lambda array: array + 1.0,
    "part as a copy": lambda array: array[[0, 2]],
    "assignment": lambda array: array.__setitem__(0, 1.0),
    "download": lambda array: array.get(),
    "part": lambda array: array[1:] * 2.0,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_an_array_is_refused_before_its_copy_is_waited_for(use):
    stream = Stream(non_blocking=True)
    early = stream.record()
    array = sent(stream, np.arange(3.0))
    HERE.wait_event(early)
    assert (array.shape, array.dtype, len(array)) == ((3,), np.dtype(float), 3)
    with pytest.raises(StreamError, match="has not waited"):
        use(array)
    stream.synchronize()
    use(array)


def freed_after_use(stream):
    """Give an array of the stream back to it when a kernel of this one may still be reading it."""
    array = sent(stream, np.zeros(3))
    HERE.wait_event(stream.record())
    array + 1.0
    del array
    gc.collect()


def test_memory_is_not_given_out_again_while_a_kernel_may_read_it():
    stream = Stream(non_blocking=True)
    freed_after_use(stream)
    with pytest.raises(StreamError, match="given out again"):
        sent(stream, np.zeros(3))
    stream.wait_event(HERE.record())
    sent(stream, np.zeros(3))


def test_what_the_host_has_waited_for_is_over():
    stream = Stream(non_blocking=True)
    freed_after_use(stream)
    DeviceArray(np.zeros(1)).get()
    sent(stream, np.zeros(3))


def test_memory_that_no_kernel_used_is_given_out_again():
    stream = Stream(non_blocking=True)
    sent(stream, np.zeros(3))
    stream.synchronize()
    gc.collect()
    sent(stream, np.zeros(3))


def test_a_stream_that_waits_for_all_kernels_is_refused():
    with pytest.raises(TypeError, match="blocks"):
        stand_in().cuda.Stream()


def test_each_thread_has_its_own_stream():
    from concurrent.futures import ThreadPoolExecutor

    cuda = stand_in().cuda
    with cuda.Stream(non_blocking=True) as stream, ThreadPoolExecutor(1) as thread:
        assert cuda.get_current_stream() is stream
        assert thread.submit(cuda.get_current_stream).result() is HERE
    assert cuda.get_current_stream() is HERE
