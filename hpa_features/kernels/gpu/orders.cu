// Each cell's pixels in ascending order.
#include "orders.cuh"
#define DIGITS 256

// Puts places in order of one byte of their value, equal ones as they were: a counting pass.
__device__ void sort_by_byte(const unsigned short* values, const int* from, int count, int shift,
                             int* to) {
    __shared__ int next[DIGITS];  // where the next place of a digit goes
    __shared__ int of_warps[WARPS][DIGITS];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    for (int k = threadIdx.x; k < DIGITS; k += blockDim.x) next[k] = 0;
    for (int k = threadIdx.x; k < WARPS * DIGITS; k += blockDim.x) (&of_warps[0][0])[k] = 0;
    __syncthreads();
    for (int k = threadIdx.x; k < count; k += blockDim.x)
        atomicAdd(&next[values[from[k]] >> shift & (DIGITS - 1)], 1);
    __syncthreads();
    if (threadIdx.x == 0)  // takes less than the barriers of a scan
        for (int digit = 0, sum = 0; digit < DIGITS; digit++) {
            const int own = next[digit];
            next[digit] = sum;
            sum += own;
        }
    __syncthreads();
    for (int first = 0; first < count; first += blockDim.x) {
        const int k = first + threadIdx.x;
        const int place = k < count ? from[k] : 0;
        const int digit = k < count ? values[place] >> shift & (DIGITS - 1) : -1;
        const unsigned alike = __match_any_sync(0xffffffffu, digit);
        const int before = __popc(alike & ((1u << lane) - 1));
        if (k < count && before == 0) of_warps[warp][digit] = __popc(alike);
        __syncthreads();
        if (k < count) {
            int at = next[digit] + before;
            for (int w = 0; w < warp; w++) at += of_warps[w][digit];
            to[at] = place;
        }
        __syncthreads();
        for (int d = threadIdx.x; d < DIGITS; d += blockDim.x)
            for (int w = 0; w < WARPS; w++) {
                next[d] += of_warps[w][d];
                of_warps[w][d] = 0;
            }
        __syncthreads();
    }
}

extern "C" __global__ void ascending_order(const Arrays values, const Arrays inside,
                                           const Arrays order, const Arrays room,
                                           const Crops crops) {
    const Crop crop = own_crop(crops);
    const unsigned char* in = own<unsigned char>(inside);
    int* result = own<int>(order);
    int count = 0;
    for (long long first = crop.begin; first < crop.end; first += blockDim.x) {
        const long long at = first + threadIdx.x;
        const bool mine = at < crop.end && in[at];
        const int before = count_before(mine, count);
        if (mine) result[crop.begin + before] = (int)at;
    }
    FOR_BLOCK(at, crop.begin + count, crop.end) result[at] = -1;
    __syncthreads();
    int* other = own<int>(room) + crop.begin;
    sort_by_byte(own<unsigned short>(values), result + crop.begin, count, 0, other);
    sort_by_byte(own<unsigned short>(values), other, count, 8, result + crop.begin);
}
