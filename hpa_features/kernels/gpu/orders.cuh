// Going along the ascending order of a cell's pixels.
#pragma once
#include "crops.cuh"
#include "reduce.cuh"

// Copies the places inside of a cell's order to `into`, and their values; returns how many.
__device__ inline int kept_places(const int* order, const unsigned short* values,
                                  const unsigned char* inside, const Crop& crop, int* into,
                                  unsigned short* values_into) {
    int kept = 0;
    for (long long first = crop.begin; first < crop.end; first += blockDim.x) {
        const long long k = first + threadIdx.x;
        const int place = k < crop.end ? order[k] : -1;
        const bool mine = place >= 0 && inside[place];
        const int at = count_before(mine, kept);
        if (mine) into[crop.begin + at] = place, values_into[crop.begin + at] = values[place];
    }
    __syncthreads();
    return kept;
}

// How many of ascending values are less than `value`.
__device__ inline int count_below(const unsigned short* ascending, int count, int value) {
    int low = 0, high = count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (ascending[middle] < value) low = middle + 1;
        else high = middle;
    }
    return low;
}

// The linear quantile of ascending values, as numpy.quantile.
template <class Values>
__device__ inline double quantile_of_sorted(const Values& ascending, int count, double q) {
    const double place = q * (count - 1);
    const int low = (int)floor(place);
    const double below = ascending[low], above = ascending[min(low + 1, count - 1)];
    return below + (place - low) * (above - below);
}

// An image along an order.
struct Along {
    const unsigned short* values;
    const int* order;
    __device__ double operator[](int k) const { return values[order[k]]; }
};
