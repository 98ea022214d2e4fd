// Exact Euclidean distances inside crops.
#include "nearest.cuh"
#include "reduce.cuh"

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
