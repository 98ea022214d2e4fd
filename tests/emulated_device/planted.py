"""Kernels with a bug each, and right ones that look like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from emulated_device.array import DeviceArray
from emulated_device.raw import RawModule

BLOCKS, THREADS = 4, 64
ITEMS = BLOCKS * THREADS


@dataclass(frozen=True)
class Planted:
    """A kernel of 4 blocks of 64 threads that is meant to write 0 to each of 256 items.

    Attributes
    ----------
    body
        What follows ``int t`` (the thread) and ``int g`` (its number in the grid).
    checked
        What checked mode reports, None for nothing.
    fast
        What fast mode reports; "wrong" where the result is; None where nothing shows, or worse.
    parameters, more
        Further parameters of the kernel, each behind a comma, and their values.
    """

    body: str
    checked: str | None = None
    fast: str | None = None
    parameters: str = ""
    more: tuple[Any, ...] = ()
    out: str = "int*"
    dtype: type = np.int32
    shared: int = 0
    before: str = ""

    def run(self) -> np.ndarray:
        """Run it in the mode in force; return what it wrote."""
        code = (
            f'{self.before}\nextern "C" __global__ void k({self.out} o{self.parameters}) {{\n'
            "const int t = threadIdx.x, g = blockIdx.x * blockDim.x + t;\n"
            f"{self.body}\n}}"
        )
        out = DeviceArray(np.zeros(ITEMS, self.dtype))
        more = tuple(value() if callable(value) else value for value in self.more)
        kernel = RawModule(code=code).get_function("k")
        kernel((BLOCKS,), (THREADS,), (out, *more), shared_mem=self.shared)
        return out.get()


TREE = """
__shared__ double s[64];
s[t] = 1.0;
__syncthreads();
for (int half = 32; half > 0; half /= 2) {{
    if (t < half) s[t] += s[t + half];
    {inner}
}}
o[g] = (int)s[0] - 64;
"""
UNEVEN = "\nif (t & 1)\n__syncthreads();\nelse\n__syncthreads();\no[g] = 0;"

BUGS = {
    # Missing barriers.
    "no barrier in a tree": Planted(TREE.format(inner=""), "race"),
    "shared memory used again too early": Planted(
        "__shared__ int s[64]; for (int j = 0; j < 3; j++) { s[t] = j; __syncthreads();"
        " o[g] += s[63 - t] != j; }",
        "race",
        "wrong",
    ),
    "no barrier after clearing": Planted(
        "__shared__ int s[8]; if (t < 8) s[t] = 0; atomicAdd(&s[t % 8], 1); __syncthreads();"
        " o[g] = s[t % 8] - 8;",
        "uninitialised shared memory|race: atomic after an unordered write",
        "wrong",
    ),
    # Out of bounds.
    "write one past the end": Planted(
        "o[g + 1] = 0;", "out of bounds: write of 4 bytes at byte 1024", "next to an array"
    ),
    "read one past the end": Planted("o[g] = o[g < 255 ? g : 256] == 7;", "out of bounds: read"),
    "read before the beginning": Planted("o[g] = o[g > 0 ? g : -1] == 7;", "out of bounds: read"),
    "static shared memory by pointer": Planted(
        "__shared__ int a[64]; int* p = a; p[t] = 0; __syncthreads();"
        " if (t == 0) p[blockDim.x] = 7; o[g] = 0;",
        "out of bounds: write",
    ),
    "static shared memory by index": Planted(
        "__shared__ int a[64], b[64]; a[t + (t == 63)] = 0; b[t] = 1; o[g] = b[t] - 1;",
        "index out of an array's bounds",
    ),
    "too little dynamic shared memory": Planted(
        "extern __shared__ int s[]; s[t] = 0; o[g] = 0;",
        "out of bounds: write of 4 bytes at byte",
        "behind dynamic shared memory",
        shared=128,
    ),
    "local array": Planted(
        "int a[4] = {0}; for (int j = 0; j <= (g < 1 ? 4 : 3); j++) a[j] = j; o[g] = a[g & 3] * 0;",
        "index out of an array's bounds",
    ),
    "unsigned index that wraps": Planted(
        "long long at = big * (g + 1u); o[at] = 0;",
        "out of bounds|race",
        None,
        ", unsigned big",
        (np.uint32(2**30),),
    ),
    "pointer to another type": Planted("((short*)o)[g] = 0;", "wrong type: write of 2 bytes"),
    # Races.
    "histogram without atomics": Planted(
        "__shared__ int s[4]; if (t < 4) s[t] = 0; __syncthreads(); s[t % 4]++; o[g] = 0;",
        "race",
    ),
    "counter without atomics across blocks": Planted("if (t == 0) o[0] += 1;", "race"),
    "a block reads what another writes": Planted(
        "o[g] = 1; __syncthreads(); int x = o[(g + 64) % 256]; __syncthreads(); o[g] = x - 1;",
        "race",
        "wrong",
    ),
    "shared memory of a template used again too early": Planted(
        "int v[2]; for (int j = 0; j < 3; j++) { v[0] = v[1] = 1; f(v); } o[g] = v[0] - 64;",
        "race",
        before="template <int N, class T> __device__ void f(T (&v)[N]) { __shared__ T s[N][64];"
        " for (int k = 0; k < N; k++) s[k][threadIdx.x] = v[k]; __syncthreads();"
        " for (int k = 0; k < N; k++) for (int t = v[k] = 0; t < 64; t++) v[k] += s[k][t]; }",
    ),
    "shared memory of a template not written": Planted(
        "o[g] = f<int>() + (int)f<double>();",
        "uninitialised shared memory",
        "wrong",
        before="template <class T> __device__ T f() { __shared__ T s[64]; return s[threadIdx.x]; }",
    ),
    "several threads write one place": Planted(
        "__shared__ int s; s = t; __syncthreads(); o[g] = 0 * s;",
        "race: write after an unordered write",
    ),
    # Memory that was not written.
    "new array read": Planted(
        "o[g] = e[g];",
        "uninitialised global memory: read",
        "wrong",
        ", const int* e",
        (lambda: DeviceArray.empty(ITEMS, np.int32),),
    ),
    "static shared memory read": Planted(
        "__shared__ int s[64]; if (t % 2) s[t] = 0; __syncthreads(); o[g] = s[t];",
        "uninitialised shared memory: read",
        "wrong",
    ),
    "dynamic shared memory read": Planted(
        "extern __shared__ int s[]; if (t % 2) s[t] = 0; __syncthreads(); o[g] = s[t];",
        "uninitialised shared memory: read",
        "wrong",
        shared=256,
    ),
    # Barriers that not all threads reach.
    "barrier in a branch": Planted(
        "if (t < 10) { __syncthreads(); o[g] = 0; }", "divergent barrier", "divergent barrier"
    ),
    "barriers at two lines": Planted(UNEVEN, "divergent barrier", "divergent barrier"),
    "barriers in loops of unequal counts": Planted(
        "for (int j = t; j < 100; j += blockDim.x) { __syncthreads(); o[g] = 0; }",
        "divergent barrier",
        "divergent barrier",
    ),
    "exit before a barrier": Planted(
        "if (g >= 250) return; __syncthreads(); o[g] = 0;",
        "divergent barrier",
        "divergent barrier",
    ),
    # Warps.
    "shuffle from lanes that exited": Planted(
        "if (t % 32 < 16) o[g] = 0 * __shfl_down_sync(0xffffffffu, t, 1);",
        "has exited",
        "has exited",
    ),
    "no __syncwarp": Planted(
        "__shared__ int s[64]; s[t] = t; o[g] = s[t ^ 1] - (t ^ 1);",
        "uninitialised shared memory|race",
        "wrong",
    ),
    "lock step assumed": Planted(
        "__shared__ int s[64]; s[t] = 0; __syncthreads();"
        " if (t < 32) for (int h = 16; h; h /= 2) s[t] += s[t + h]; __syncthreads(); o[g] = s[0];",
        "race",
    ),
    # 32 bits.
    "index that overflows": Planted(
        "long long at = big * (g + 1); o[at & 255] = 0;",
        "signed overflow in \\*",
        None,
        ", int big",
        (np.int32(2**30),),
    ),
    "sum of squares in 32 bits": Planted(
        "int s = 0; for (int j = 0; j < 10; j++) s += v * v; o[g] = s < 0;",
        "signed overflow in \\+",
        None,
        ", int v",
        (np.int32(20000),),
    ),
    "atomicAdd that wraps": Planted(
        "atomicAdd(o, 1u << 28); o[g] *= 0;",
        "atomicAdd overflows|race",
        out="unsigned*",
        dtype=np.uint32,
    ),
    "64 bits narrowed": Planted(
        "int x = big; o[g] = x ? 0 : 1;", None, "wrong", ", long long big", (np.int64(2**32),)
    ),
    "float out of int's range": Planted(
        "o[g] = 0 * (int)x;",
        "float out of the integer's range",
        None,
        ", float x",
        (np.float32(1e12),),
    ),
    "division by zero": Planted(
        "o[g] = 0 * (5 / v);", "division by zero", None, ", int v", (np.int32(0),)
    ),
}

RIGHT = {
    "tree": Planted(TREE.format(inner="__syncthreads();")),
    "warp reduction and __syncwarp": Planted(
        "__shared__ int s[64]; int v = t;"
        " for (int h = 16; h; h /= 2) v += __shfl_xor_sync(0xffffffffu, v, h);"
        " s[t] = v; __syncwarp(); int x = s[t ^ 5]; __syncwarp(); s[t] = x - v; __syncwarp();"
        " o[g] = s[t ^ 9] + (__ballot_sync(0xffffffffu, t & 1) != 0xaaaaaaaau);"
    ),
    "lanes with equal values": Planted(
        "unsigned alike = 0; for (int v = 0; v < 5; v++) {"
        " unsigned own = __ballot_sync(0xffffffffu, t % 5 == v); if (t % 5 == v) alike = own; }"
        " o[g] = __match_any_sync(0xffffffffu, t % 5) != alike;"
    ),
    "votes of a block": Planted(
        "int all = __syncthreads_count(t % 3 == 0); int any = __syncthreads_or(t == 63);"
        " o[g] = all - 22 + !any + __syncthreads_and(t < 63);"
    ),
    "one thread clears shared memory": Planted(
        "__shared__ int s[512]; if (t == 0) for (int j = 0; j < 512; j++) s[j] = 0;"
        " __syncthreads(); o[g] = s[t * 8];"
    ),
    "histogram with atomics": Planted(
        "__shared__ unsigned s[4]; if (t < 4) s[t] = 0; __syncthreads(); atomicAdd(&s[t % 4], 1u);"
        " __syncthreads(); o[g] = (int)s[t % 4] - 16;"
    ),
    "load under a condition": Planted(
        "__shared__ int s[64]; if (t < 32) s[t] = 5; __syncthreads(); int x = t < 32 ? s[t] : 5;"
        " o[g] = x - 5;"
    ),
    "volatile read beside atomicMin": Planted(
        "int p = o[g / 2]; atomicMin((int*)o + g / 2, p);", out="volatile int*"
    ),
    "shared memory in a template": Planted(
        "__shared__ int s[64]; s[t] = f<int>(1) + (int)f<float>(1.0f); o[g] = s[t] - 2;",
        before="template <class T> __device__ T f(T x) { __shared__ T s[64]; s[threadIdx.x] = x;"
        " __syncthreads(); return s[threadIdx.x ^ 1]; }",
    ),
    "structure by value": Planted(
        "o[g] = pair.a + (int)pair.b - 7;",
        parameters=", const Pair pair",
        more=(np.array([(3, 4.0)], np.dtype([("a", "i8"), ("b", "f8")])),),
        before="struct Pair { long long a; double b; };",
    ),
}
