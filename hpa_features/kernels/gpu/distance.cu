// Exact Euclidean distances inside crops.
#include "crops.cuh"
#include "reduce.cuh"

// Rows to the nearest target of the same column, at least `rows` where it has none: a thread has
// a column. Targets are where (kinds == kind) == wanted.
__device__ void column_gaps(const unsigned char* kinds, unsigned char kind, bool wanted,
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
__device__ double nearest(const int* gaps, const Crop& crop, long long at) {
    const int column = (int)((at - crop.begin) % crop.columns);
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

extern "C" __global__ void edge_distances(const unsigned char* region, const Crops crops,
                                          int* gaps, double* length) {
    const Crop crop = own_crop(crops);
    const double step = crops.step_um[blockIdx.x];
    column_gaps(region, OUTSIDE, true, crop, gaps);
    FOR_BLOCK(at, crop.begin, crop.end)
        length[at] = max(nearest(gaps, crop, at) - 0.5, 0.0) * step;
}

extern "C" __global__ void nuclear_distances(const unsigned char* region, const Crops crops,
                                             int* to_nucleus, int* from_nucleus, double* length) {
    const Crop crop = own_crop(crops);
    const double step = crops.step_um[blockIdx.x];
    column_gaps(region, NUCLEUS, true, crop, to_nucleus);
    column_gaps(region, NUCLEUS, false, crop, from_nucleus);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const bool nuclear = region[at] == NUCLEUS;
        double away = 0.0;
        if (region[at] != OUTSIDE) away = nearest(nuclear ? from_nucleus : to_nucleus, crop, at);
        // Infinite throughout a cell without nucleus.
        const bool known = region[at] != OUTSIDE && away < infinity();
        length[at] = !known ? 0.0 : nuclear ? -(away - 0.5) * step : (away - 0.5) * step;
    }
}

extern "C" __global__ void gaps(const Arrays masks, const Crops crops, const Arrays room,
                                const Arrays lengths) {
    const Crop crop = own_crop(crops);
    const double step = crops.step_um[blockIdx.x];
    int* rows = own<int>(room);
    column_gaps(own<unsigned char>(masks), 1, true, crop, rows);
    FOR_BLOCK(at, crop.begin, crop.end)
        own<double>(lengths)[at] = nearest(rows, crop, at) * step;
}

extern "C" __global__ void ways_from_nucleus(const Arrays nucleus, const Arrays edge,
                                             const Arrays masks, const Arrays shares,
                                             const long long total) {
    IF_MINE(at, total) {
        const double whole = own<double>(nucleus)[at] + own<double>(edge)[at];
        const bool known = own<bool>(masks)[at] && whole != 0.0;
        own<double>(shares)[at] = known ? own<double>(nucleus)[at] / whole : nan_();
    }
}

extern "C" __global__ void ways_from_edge(const Arrays edge, const Crops crops,
                                          const Arrays shares) {
    const Crop crop = own_crop(crops);
    const double* length = own<double>(edge);
    double deepest = 0.0;
    FOR_BLOCK(at, crop.begin, crop.end) deepest = max(deepest, length[at]);
    deepest = block_one<Most>(deepest);
    FOR_BLOCK(at, crop.begin, crop.end)
        own<double>(shares)[at] = deepest > 0.0 ? length[at] / deepest : nan_();
}
