// From native pixels to each cell's own working grid.
#include "crops.cuh"

// Exact halves go up, though the last digits of a mean depend on the container of the pixels.
#define HALF_UP (0.5 + 1e-6)

// The native pixels along one axis that a grid pixel overlaps, counted from the cell's box.
struct Window {
    double first, last;
    int begin, end;
    __device__ double weight(int at) const {
        return max(min(at + 1.0, last) - max((double)at, first), 0.0);
    }
};
// The grid's `count` pixels of `factor` native ones are centred on the box, which has `high`.
__device__ Window window(int high, int count, double factor, int k) {
    const double first = 0.5 * (high - count * factor) + k * factor, last = first + factor;
    return {first, last, max(0, (int)floor(first)), min(high, (int)ceil(last))};
}

// The block's cell in its native plane and on its grid.
struct Geometry {
    long long corner, width;  // flat position of the box's first pixel; columns of the field
    int height, length, rows, columns;
    double factor;
    int label;
};
__device__ Geometry own_geometry(const Native& native, const Crops& crops) {
    const long long cell = blockIdx.x, home = native.field[cell];
    const long long* box = native.box + 4 * cell;
    const long long width = native.field_shape[2 * home + 1];
    return {native.field_start[home] + box[0] * width + box[1],
            width,
            (int)(box[2] - box[0]),
            (int)(box[3] - box[1]),
            (int)crops.shape[2 * cell] - 2,
            (int)crops.shape[2 * cell + 1] - 2,
            crops.step_um[cell] / native.field_um[home],
            (int)cell + 1};
}

// Calls `take` with each of the cell's native pixels that a grid pixel overlaps, in raster order,
// and with how much of it.
template <class Take>
__device__ void visit_overlapped(const Native& native, const Geometry& g, int r, int c,
                                 const Take& take) {
    const Window down = window(g.height, g.rows, g.factor, r);
    const Window right = window(g.length, g.columns, g.factor, c);
    for (int row = down.begin; row < down.end; row++)
        for (int column = right.begin; column < right.end; column++) {
            const long long pixel = g.corner + row * g.width + column;
            if (native.labels[pixel] == g.label)
                take(pixel, down.weight(row) * right.weight(column));
        }
}

extern "C" __global__ void resample_regions(const Native native, const Crops crops,
                                            unsigned char* region) {
    const Geometry g = own_geometry(native, crops);
    const Crop crop = own_crop(crops);
    const double half = 0.5 * g.factor * g.factor - 1e-9;
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int r = crop.row(at) - 1, c = crop.column(at) - 1;
        region[at] = OUTSIDE;
        if (crop.on_margin(at)) continue;
        double covered = 0.0, nuclear = 0.0;
        visit_overlapped(native, g, r, c, [&](long long pixel, double weight) {
            covered += weight;
            if (native.nuclei[pixel]) nuclear += weight;
        });
        if (covered >= half) region[at] = nuclear >= half ? NUCLEUS : CYTOPLASM;
    }
}

extern "C" __global__ void resample_signals(const Arrays signals, const Arrays scales,
                                            const Native native, const unsigned char* region,
                                            const Crops crops, const Arrays grids) {
    const Geometry g = own_geometry(native, crops);
    const Crop crop = own_crop(crops);
    const unsigned short* signal = own<unsigned short>(signals);
    const double scale = own<double>(scales)[blockIdx.x];
    unsigned short* grid = own<unsigned short>(grids);
    FOR_BLOCK(at, crop.begin, crop.end) {
        grid[at] = 0;
        if (region[at] == OUTSIDE) continue;
        const int r = crop.row(at) - 1, c = crop.column(at) - 1;
        double covered = 0.0, sum = 0.0;
        visit_overlapped(native, g, r, c, [&](long long pixel, double weight) {
            covered += weight;
            sum += weight * signal[pixel];
        });
        grid[at] = (unsigned short)(sum / covered * scale + HALF_UP);
    }
}
