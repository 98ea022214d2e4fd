// Where each cell's pixels are in the native planes.
#include "crops.cuh"
#include "reduce.cuh"
#define SPAN 16  // neighbouring pixels that a thread reads: one atomic a run, not one a pixel

// `found` (cells, 5): pixels, first row, first column, one past the last row and column.
extern "C" __global__ void counts_and_boxes(const int* labels, const long long total,
                                            const long long* field_start,
                                            const long long* field_shape, const long long fields,
                                            int* found) {
    const long long begin = ((long long)blockIdx.x * blockDim.x + threadIdx.x) * SPAN;
    const long long end = min(begin + SPAN, total);
    long long at = begin;
    while (at < end) {
        const int label = labels[at];
        const long long field = last_start(field_start, fields, at);
        const int columns = (int)field_shape[2 * field + 1];
        const long long within = at - field_start[field];
        const int row = (int)(within / columns), left = (int)(within - (long long)row * columns);
        int right = left;
        while (at < end && right < columns && labels[at] == label) right++, at++;
        if (label > 0) {
            int* own_row = found + 5 * (long long)(label - 1);
            atomicAdd(own_row, right - left);
            atomicMin(own_row + 1, row);
            atomicMin(own_row + 2, left);
            atomicMax(own_row + 3, row + 1);
            atomicMax(own_row + 4, right);
        }
    }
}

extern "C" __global__ void list_pixels(const int* labels, const long long* field,
                                       const long long* field_start, const long long* field_shape,
                                       const long long* box, const long long* offsets,
                                       long long* position) {
    const long long cell = blockIdx.x, home = field[cell];
    const long long columns = field_shape[2 * home + 1];
    const long long top = box[4 * cell], left = box[4 * cell + 1];
    const long long wide = box[4 * cell + 3] - left, area = (box[4 * cell + 2] - top) * wide;
    int listed = 0;
    for (long long first = 0; first < area; first += blockDim.x) {
        const long long k = first + threadIdx.x;
        const long long row = k / wide, column = k - row * wide;
        const long long at = field_start[home] + (top + row) * columns + left + column;
        const bool mine = k < area && labels[at] == cell + 1;
        const int before = count_before(mine, listed);
        if (mine) position[offsets[cell] + before] = at;
    }
}

extern "C" __global__ void native_counts(const Native native, long long* counts) {
    const long long cell = blockIdx.x;
    int nuclear = 0;
    FOR_BLOCK(k, native.offsets[cell], native.offsets[cell + 1])
        nuclear += native.nuclei[native.position[k]];
    nuclear = block_one<Add>(nuclear);
    if (threadIdx.x == 0) {
        counts[2 * cell] = native.offsets[cell + 1] - native.offsets[cell];
        counts[2 * cell + 1] = nuclear;
    }
}
