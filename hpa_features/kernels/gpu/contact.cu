// Which parts of a cell's edge touch another cell.
#include "nearest.cuh"
#include "reduce.cuh"
#define NO_EDGE 0
#define FREE 1
#define TOUCHING 2

// A field's flat planes begin at `first`.
struct Field {
    const int* labels;
    long long first;
    int rows, columns;
    __device__ int at(int r, int c) const { return labels[first + (long long)r * columns + c]; }
};
__device__ Field field_of(const Native& native, long long field) {
    return {native.labels, native.field_start[field], (int)native.field_shape[2 * field],
            (int)native.field_shape[2 * field + 1]};
}

// Whether a pixel shares a side with a pixel of another label or of none, in its field.
__device__ bool beside_other(const Field& f, int r, int c) {
    const int own_label = f.at(r, c);
    return (r > 0 && f.at(r - 1, c) != own_label) || (c > 0 && f.at(r, c - 1) != own_label) ||
           (r < f.rows - 1 && f.at(r + 1, c) != own_label) ||
           (c < f.columns - 1 && f.at(r, c + 1) != own_label);
}
__device__ bool other_within(const Field& f, int row, int column, double reach) {
    const int own_label = f.at(row, column), wide = (int)reach;
    for (int r = max(row - wide, 0); r < min(row + wide + 1, f.rows); r++)
        for (int c = max(column - wide, 0); c < min(column + wide + 1, f.columns); c++) {
            const int label = f.at(r, c);
            const double down = r - row, right = c - column;
            if (label > 0 && label != own_label && down * down + right * right <= reach * reach)
                return true;
        }
    return false;
}

// The pixels of cells; `kinds` is 0 elsewhere.
extern "C" __global__ void edge_kinds(const Doubles touch_um, const Native native,
                                      const Arrays kinds) {
    const long long cell = blockIdx.x, home = native.field[cell];
    const Field f = field_of(native, home);
    // Pixel centres on both sides of an edge lie one pixel apart.
    const double reach = touch_um.at[own_item()] / native.field_um[home] + 1.0;
    FOR_BLOCK(k, native.offsets[cell], native.offsets[cell + 1]) {
        const long long at = native.position[k];
        const int r = (int)((at - f.first) / f.columns), c = (int)((at - f.first) % f.columns);
        unsigned char kind = NO_EDGE;
        if (beside_other(f, r, c)) kind = other_within(f, r, c, reach) ? TOUCHING : FREE;
        own<unsigned char>(kinds)[at] = kind;
    }
}

extern "C" __global__ void edge_lengths(const Arrays kinds, const Native native,
                                        const Arrays lengths) {
    const long long cell = blockIdx.x;
    int counts[2] = {0, 0};
    FOR_BLOCK(k, native.offsets[cell], native.offsets[cell + 1]) {
        const unsigned char kind = own<unsigned char>(kinds)[native.position[k]];
        counts[0] += kind == FREE, counts[1] += kind == TOUCHING;
    }
    block_all<Add>(counts);
    if (threadIdx.x < 2)
        own<double>(lengths)[2 * cell + threadIdx.x] =
            counts[threadIdx.x] * native.field_um[native.field[cell]];
}

// Kind of the native edge pixel of a cell nearest to a place, touching before free on ties.
__device__ unsigned char nearest_kind(const unsigned char* kinds, const Field& f, int label,
                                      const long long* box, double y, double x, double reach) {
    unsigned char found = NO_EDGE;
    double best = reach * reach;
    const int bottom = min((int)box[2], (int)(y + reach) + 2);
    const int right = min((int)box[3], (int)(x + reach) + 2);
    for (int r = max((int)box[0], (int)(y - reach)); r < bottom; r++)
        for (int c = max((int)box[1], (int)(x - reach)); c < right; c++) {
            const unsigned char kind = kinds[f.first + (long long)r * f.columns + c];
            if (f.at(r, c) != label || kind == NO_EDGE) continue;
            const double away = (r - y) * (r - y) + (c - x) * (c - x);
            if (away < best - 1e-9) best = away, found = kind;
            else if (away <= best + 1e-9) found = max(found, kind);
        }
    return found;
}

extern "C" __global__ void grid_edge_kinds(const Arrays kinds, const Native native,
                                           const unsigned char* region, const Crops crops,
                                           const Arrays result) {
    const long long cell = blockIdx.x, home = native.field[cell];
    const Crop crop = own_crop(crops);
    const Field field = field_of(native, home);
    const long long* box = native.box + 4 * cell;
    const double f = crops.step_um[cell] / native.field_um[home];
    const double row0 = box[0] + 0.5 * ((box[2] - box[0]) - (crop.rows - 2) * f);
    const double col0 = box[1] + 0.5 * ((box[3] - box[1]) - (crop.columns - 2) * f);
    // A grid pixel less than half covered is outside, so the edge may lie a pixel away.
    const double reach = max(f, 0.75);
    FOR_BLOCK(at, crop.begin, crop.end) {
        unsigned char kind = NO_EDGE;
        const int row = crop.row(at), column = crop.column(at);
        if (!crop.on_margin(at) && region[at] != OUTSIDE) {
            // Centre in native pixels, whose centres are whole numbers.
            const double y = row0 + (row - 0.5) * f - 0.5, x = col0 + (column - 0.5) * f - 0.5;
            // A side to the outside that lies in the field.
            const bool leaves =
                (region[at - crop.columns] == OUTSIDE && y - f >= -0.5) ||
                (region[at + crop.columns] == OUTSIDE && y + f <= field.rows - 0.5) ||
                (region[at - 1] == OUTSIDE && x - f >= -0.5) ||
                (region[at + 1] == OUTSIDE && x + f <= field.columns - 0.5);
            if (leaves)
                kind = nearest_kind(own<unsigned char>(kinds), field, (int)cell + 1, box, y, x,
                                    reach);
        }
        own<unsigned char>(result)[at] = kind;
    }
}

extern "C" __global__ void edge_distances_by_kind(const Longs kind, const Arrays kinds,
                                                  const unsigned char* region, const Crops crops,
                                                  const Arrays room, const Arrays lengths) {
    const Crop crop = own_crop(crops);
    const double step = crops.step_um[blockIdx.x];
    int* gaps = own<int>(room);
    column_gaps(own<unsigned char>(kinds), (unsigned char)kind.at[own_item()], true, crop, gaps);
    FOR_BLOCK(at, crop.begin, crop.end)
        own<double>(lengths)[at] = region[at] != OUTSIDE
                                       ? (nearest(gaps, crop, at) + 0.5) * step
                                       : infinity();
}

extern "C" __global__ void contact_bands(const Arrays free, const Arrays touching,
                                         const Arrays masks, const Doubles width,
                                         const Doubles apart, const Doubles low,
                                         const Doubles high, const Arrays bands,
                                         const long long total) {
    IF_MINE(at, total) {
        const int item = own_item();
        const double to_free = own<double>(free)[at], to_touching = own<double>(touching)[at];
        const double edge = min(to_free, to_touching);
        int band = -1;
        if (!own<bool>(masks)[at]) band = -1;
        else if (to_touching < width.at[item]) band = 0;
        else if (to_free < width.at[item] && to_touching > apart.at[item]) band = 1;
        else if (low.at[item] <= edge && edge < high.at[item]) band = 2;
        own<signed char>(bands)[at] = (signed char)band;
    }
}

extern "C" __global__ void lower(const Arrays image, const Arrays other, const Arrays result,
                                 const long long total) {
    IF_MINE(at, total)
        own<double>(result)[at] = min(own<double>(image)[at], own<double>(other)[at]);
}
