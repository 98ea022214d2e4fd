// The nearest pixel of a kind in each crop.
#pragma once
#include "crops.cuh"

// Rows to the nearest target of the same column, at least `rows` where it has none: a thread has
// a column. Targets are where (kinds == kind) == wanted.
__device__ inline void column_gaps(const unsigned char* kinds, unsigned char kind, bool wanted,
                            const Crop& crop, int* gaps) {
    for (int c = threadIdx.x; c < crop.columns; c += blockDim.x) {
        int last = crop.rows;
        for (int r = 0; r < crop.rows; r++) {
            const long long at = crop.begin + (long long)r * crop.columns + c;
            gaps[at] = last = (kinds[at] == kind) == wanted ? 0 : last + 1;
        }
        last = crop.rows;
        for (int r = crop.rows - 1; r >= 0; r--) {
            const long long at = crop.begin + (long long)r * crop.columns + c;
            gaps[at] = last = min(gaps[at], last + 1);
        }
    }
    __syncthreads();
}
// Pixels from one pixel to the nearest target, infinite where the crop has none. The search goes
// outwards along the row and ends where the columns alone lie farther away than what was found;
// squares are exact.
__device__ inline double nearest(const int* gaps, const Crop& crop, long long at) {
    const int column = crop.column(at);
    long long best = -1;
    for (long long away = 0; away < crop.columns && (best < 0 || away * away < best); away++)
        for (int side = -1; side <= 1; side += 2) {
            const long long other = column + side * away;
            if (other < 0 || other >= crop.columns) continue;
            const long long gap = gaps[at + side * away];
            const long long square = gap * gap + away * away;
            if (gap < crop.rows && (best < 0 || square < best)) best = square;
        }
    return best < 0 ? infinity() : sqrt((double)best);
}
