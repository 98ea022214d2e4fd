// How bright the parts of each cell are, and how evenly.
#include "orders.cuh"
#define PARTS 3
#define STATISTICS 13
__device__ const double QUANTILES[6] = {0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

// How far from `middle` the value is that `rank` others are not farther away than. The nearest
// rank + 1 values lie side by side in the order: of all such windows, the farther right one
// begins, the less it reaches below `middle` and the more above.
__device__ double distance_of_rank(const unsigned short* ascending, int count, double middle,
                                   int rank) {
    int low = 0, high = count - 1 - rank;
    while (low < high) {
        const int begin = (low + high) / 2;
        if (ascending[begin + rank] - middle >= middle - ascending[begin]) high = begin;
        else low = begin + 1;
    }
    const double nearest = max(middle - ascending[low], ascending[low + rank] - middle);
    return low > 0 ? min(nearest, middle - ascending[low - 1]) : nearest;
}
__device__ double median_distance(const unsigned short* ascending, int count, double middle) {
    const int half = count / 2;
    const double upper = distance_of_rank(ascending, count, middle, half);
    if (count % 2 == 1) return upper;
    return 0.5 * (distance_of_rank(ascending, count, middle, half - 1) + upper);
}

// Writes the statistics of ascending values, as part_statistics of the CPU defines them.
__device__ void describe(const unsigned short* ascending, int count, double* row) {
    if (threadIdx.x < STATISTICS) row[threadIdx.x] = nan_();
    long long totals[2] = {0, 0};  // of all values, and of the brightest 1 %
    const int top = count - (int)ceil(0.01 * count);
    for (int k = threadIdx.x; k < count; k += blockDim.x) {
        totals[0] += ascending[k];
        if (k >= top) totals[1] += ascending[k];
    }
    block_all<Add>(totals);
    if (count == 0) return;  // the same for the whole block
    const double mean = (double)totals[0] / count;
    double sums[4] = {0.0, 0.0, 0.0, 0.0};  // of d², d³, d⁴ and of values weighted by their rank
    for (int k = threadIdx.x; k < count; k += blockDim.x) {
        const double value = ascending[k], d = value - mean;
        sums[0] += d * d;
        sums[1] += d * d * d;
        sums[2] += d * d * d * d;
        sums[3] += (2.0 * (k + 1) - count - 1.0) * value;
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const double variance = sums[0] / count, total = (double)totals[0];
    row[0] = mean;
    row[1] = sqrt(variance);
    row[2] = median_distance(ascending, count, quantile_of_sorted(ascending, count, 0.5));
    if (variance > 0.0) {
        row[3] = sums[1] / count / pow(variance, 1.5);
        row[4] = sums[2] / count / (variance * variance) - 3.0;
    }
    if (total > 0.0) {
        row[5] = sums[3] / (total * (count - 1));  // of one value 0 / 0: NaN
        row[6] = totals[1] / total;
    }
    for (int k = 0; k < 6; k++) row[7 + k] = quantile_of_sorted(ascending, count, QUANTILES[k]);
}

// `parts`: room for the values of each of an item's parts, (3, total).
extern "C" __global__ void part_statistics(const Arrays values, const Arrays order,
                                           const unsigned char* region, const Crops crops,
                                           const Arrays room, const Arrays statistics) {
    const Crop crop = own_crop(crops);
    const unsigned short* image = own<unsigned short>(values);
    const int* places = own<int>(order);
    unsigned short* ascending[PARTS];
    for (int part = 0; part < PARTS; part++)
        ascending[part] = own<unsigned short>(room) + part * crops.total + crop.begin;
    int counts[PARTS] = {0, 0, 0};
    for (long long first = crop.begin; first < crop.end; first += blockDim.x) {
        const long long k = first + threadIdx.x;
        const int place = k < crop.end ? places[k] : -1;
        for (int part = 0; part < PARTS; part++) {
            const bool mine = place >= 0 && is_part(region[max(place, 0)], part);
            const int at = count_before(mine, counts[part]);
            if (mine) ascending[part][at] = image[place];
        }
    }
    __syncthreads();
    double* rows = own<double>(statistics) + (long long)blockIdx.x * PARTS * STATISTICS;
    for (int part = 0; part < PARTS; part++)
        describe(ascending[part], counts[part], rows + part * STATISTICS);
}

extern "C" __global__ void part_places(const Arrays values, const unsigned char* region,
                                       const Crops crops, const Arrays places) {
    const Crop crop = own_crop(crops);
    const unsigned short* image = own<unsigned short>(values);
    for (int part = 0; part < PARTS; part++) {
        // Pixels, those of the edge, Σ value, that of the edge, Σ row, Σ column, the same by value.
        long long sums[8] = {};
        FOR_BLOCK(at, crop.begin, crop.end) {
            const long long row = crop.row(at), column = crop.column(at), value = image[at];
            if (crop.on_margin(at) || !is_part(region[at], part)) continue;
            const bool within = is_part(region[at - 1], part) && is_part(region[at + 1], part) &&
                                is_part(region[at - crop.columns], part) &&
                                is_part(region[at + crop.columns], part);
            sums[0]++, sums[2] += value;
            if (!within) sums[1]++, sums[3] += value;
            sums[4] += row, sums[5] += column, sums[6] += row * value, sums[7] += column * value;
        }
        block_all<Add>(sums);
        if (threadIdx.x > 0) continue;
        double* result = own<double>(places) + (3ll * blockIdx.x + part) * 2;
        const double count = sums[0], total = sums[2];
        result[0] = result[1] = nan_();
        if (count > 0.0) result[0] = (double)sums[3] / sums[1];
        if (total > 0.0)
            result[1] = hypot(sums[6] / total - sums[4] / count, sums[7] / total - sums[5] / count);
    }
}

extern "C" __global__ void native_sums(const Arrays signals, const Arrays scales,
                                       const Native native, const Arrays result) {
    const long long cell = blockIdx.x;
    const double* scale = own<double>(scales) + 2 * cell;
    const long long ceiling = (long long)(scale[0] - scale[1]);
    long long sums[6] = {};  // pixels, signal and saturated pixels of nucleus, then of cytoplasm
    FOR_BLOCK(k, native.offsets[cell], native.offsets[cell + 1]) {
        const long long pixel = native.position[k], value = own<unsigned short>(signals)[pixel];
        const bool nuclear = native.nuclei[pixel];
        for (int part = 0; part < 2; part++) {
            const bool mine = nuclear == (part == 0);
            sums[3 * part] += mine;
            sums[3 * part + 1] += mine ? value : 0;
            sums[3 * part + 2] += mine && value >= ceiling;
        }
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    long long* rows = own<long long>(result) + 9 * cell;
    for (int k = 0; k < 3; k++) rows[k] = sums[k] + sums[3 + k];
    for (int k = 0; k < 6; k++) rows[3 + k] = sums[k];
}
