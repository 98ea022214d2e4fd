// The convex hull of a part of a cell.
#pragma once
#include "crops.cuh"

struct Corner { double row, column; };
__device__ inline double cross(const Corner& o, const Corner& a, const Corner& b) {
    return (a.row - o.row) * (b.column - o.column) - (a.column - o.column) * (b.row - o.row);
}

// Writes the corners of the convex hull about a part's pixels as unit squares to `hull`, which has
// room for 4 · rows + 6 of them; returns how many. `extent` has room for 2 · rows numbers. Rows are
// read by all threads, the monotone chain of Andrew 1979 by one.
__device__ inline int hull_of_corners(const unsigned char* region, const Crop& crop, int part,
                                      int* extent, Corner* hull) {
    __shared__ int size;
    for (int r = threadIdx.x; r < crop.rows; r += blockDim.x) {
        int left = crop.columns, right = -1;
        for (int c = 0; c < crop.columns; c++)
            if (is_part(region[crop.begin + (long long)r * crop.columns + c], part))
                left = min(left, c), right = c;
        extent[2 * r] = left, extent[2 * r + 1] = right;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        size = 0;
        for (int direction = 0; direction < 2; direction++) {
            const int least = size + 1;
            for (int k = 0; k <= crop.rows; k++) {
                const int y = direction == 0 ? k : crop.rows - k;
                // The corners of row y are those of the pixels above and below it.
                int left = crop.columns, right = -1;
                for (int r = max(y - 1, 0); r <= min(y, crop.rows - 1); r++)
                    left = min(left, extent[2 * r]), right = max(right, extent[2 * r + 1]);
                if (right < 0) continue;
                for (int side = 0; side < 2; side++) {
                    const bool first = side == direction;
                    const Corner corner = {(double)y, (double)(first ? left : right + 1)};
                    while (size > least && cross(hull[size - 2], hull[size - 1], corner) <= 0.0)
                        size--;
                    hull[size++] = corner;
                }
            }
            size -= size > 0;  // the last corner opens the other chain
        }
    }
    __syncthreads();
    return size;
}
