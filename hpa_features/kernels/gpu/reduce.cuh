// Sums and the like over the threads of a block, in an order that is always the same: lanes of a
// warp pairwise, then the warps one after another. All threads must come, and all get the result.
#pragma once
#define WARPS (THREADS / 32)

struct Add { template <class T> __device__ static T of(T a, T b) { return a + b; } };
struct Most { template <class T> __device__ static T of(T a, T b) { return a > b ? a : b; } };
struct Least { template <class T> __device__ static T of(T a, T b) { return a < b ? a : b; } };

// Several values at once: nearly all of the time goes to the barriers.
template <class By, int COUNT, class T> __device__ void block_all(T (&values)[COUNT]) {
    __shared__ T of_warps[COUNT][WARPS];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    for (int k = 0; k < COUNT; k++)
        for (int by = 16; by > 0; by /= 2)
            values[k] = By::of(values[k], __shfl_xor_sync(0xffffffffu, values[k], by));
    __syncthreads();  // the last call's results have been read
    if (lane == 0)
        for (int k = 0; k < COUNT; k++) of_warps[k][warp] = values[k];
    __syncthreads();
    for (int k = 0; k < COUNT; k++) {
        values[k] = of_warps[k][0];
        for (int w = 1; w < WARPS; w++) values[k] = By::of(values[k], of_warps[k][w]);
    }
}
template <class By, class T> __device__ T block_one(T value) {
    T values[1] = {value};
    block_all<By>(values);
    return values[0];
}

// How many threads before this one have `yes`; adds those of all threads to `total`.
__device__ inline int count_before(bool yes, int& total) {
    __shared__ int of_warps[WARPS];
    const unsigned votes = __ballot_sync(0xffffffffu, yes);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    __syncthreads();
    if (lane == 0) of_warps[warp] = __popc(votes);
    __syncthreads();
    int before = total + __popc(votes & ((1u << lane) - 1));
    for (int w = 0; w < WARPS; w++) {
        if (w < warp) before += of_warps[w];
        total += of_warps[w];
    }
    return before;
}

// The sum of `value` over the threads before this one; adds that of all threads to `total`.
template <class T> __device__ T sum_before(T value, T& total) {
    __shared__ T of_warps[WARPS];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    T through = value;
    for (int by = 1; by < 32; by *= 2) {
        const T lower = __shfl_up_sync(0xffffffffu, through, by);
        if (lane >= by) through += lower;
    }
    __syncthreads();
    if (lane == 31) of_warps[warp] = through;
    __syncthreads();
    T before = total + through - value;
    for (int w = 0; w < WARPS; w++) {
        if (w < warp) before += of_warps[w];
        total += of_warps[w];
    }
    return before;
}
