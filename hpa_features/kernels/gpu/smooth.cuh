// Smoothing of a cell's crop by three extended boxes along each axis, as on the CPU.
#pragma once
#include "crops.cuh"

// An item's boxes in each cell, and where its room begins; see smooth.py.
struct Boxes {
    const long long* radius;
    const double* weight;
    const long long* begin;
    double* first;
    double* second;
};

// One extended box along a lane of `length` places, `stride` apart, for those at least `reach`
// from both ends. A thread has a lane and keeps the CPU's running sum, so every bit agrees.
__device__ inline void box(const double* source, double* result, long long length,
                           long long stride, int radius, double weight, long long reach) {
    double run = 0.0;
    for (long long k = reach - radius; k < reach + radius; k++) run += source[k * stride];
    for (long long k = reach; k < length - reach; k++) {
        run += source[(k + radius) * stride];
        const double beyond = source[(k + radius + 1) * stride];
        const double before = source[(k - radius - 1) * stride];
        result[k * stride] = run + weight * (beyond + before);
        run -= source[(k - radius) * stride];
    }
}
__device__ __noinline__ void three_boxes(double* first, double* second, long long length,
                                   long long stride, int radius, double weight) {
    box(first, second, length, stride, radius, weight, radius + 1);
    box(second, first, length, stride, radius, weight, 2 * (radius + 1));
    box(first, second, length, stride, radius, weight, 3 * (radius + 1));
}

// Writes `values` of the block's cell, smoothed with zeros beyond the crop, not normalised.
template <class Values>
__device__ void smooth_crop(const Values& values, const Crop& crop, const Boxes& boxes,
                            double* result) {
    const long long cell = blockIdx.x, rows = crop.rows, columns = crop.columns;
    const int radius = (int)boxes.radius[cell];
    const double weight = boxes.weight[cell];
    const long long margin = 3 * (radius + 1);
    double* first = boxes.first + boxes.begin[cell];
    double* second = boxes.second + boxes.begin[cell];
    for (long long c = threadIdx.x; c < columns; c += blockDim.x) {
        for (long long k = 0; k < rows + 2 * margin; k++) {
            const long long r = k - margin;
            first[k * columns + c] =
                r >= 0 && r < rows ? (double)values[crop.begin + r * columns + c] : 0.0;
        }
        three_boxes(first + c, second + c, rows + 2 * margin, columns, radius, weight);
        for (long long r = 0; r < rows; r++)
            result[crop.begin + r * columns + c] = second[(margin + r) * columns + c];
    }
    __syncthreads();
    for (long long r = threadIdx.x; r < rows; r += blockDim.x) {
        for (long long k = 0; k < columns + 2 * margin; k++) {
            const long long c = k - margin;
            first[k * rows + r] =
                c >= 0 && c < columns ? result[crop.begin + r * columns + c] : 0.0;
        }
        three_boxes(first + r, second + r, columns + 2 * margin, rows, radius, weight);
        for (long long c = 0; c < columns; c++)
            result[crop.begin + r * columns + c] = second[(margin + c) * rows + r];
    }
    __syncthreads();
}

// The boxes of the block's item, from the arrays that smooth.py passes.
#define BOXES \
    const Arrays radius, const Arrays weight, const Arrays begin, const Arrays first, \
        const Arrays second
__device__ inline Boxes own_boxes(const Arrays& radius, const Arrays& weight, const Arrays& begin,
                                  const Arrays& first, const Arrays& second) {
    return {own<long long>(radius), own<double>(weight), own<long long>(begin),
            own<double>(first), own<double>(second)};
}
