// Ranks of each cell's pixels, and thresholds that follow from their order.
#include "orders.cuh"

// The places of an item's pixels inside, in ascending order, with their values.
struct Kept {
    const int* places;
    const unsigned short* values;
    int count;
};
__device__ Kept kept(const Arrays& values, const Arrays& order, const Arrays& inside,
                     const Arrays& places, const Arrays& ascending, const Crop& crop) {
    int* own_places = own<int>(places);
    unsigned short* own_values = own<unsigned short>(ascending);
    const int count = kept_places(own<int>(order), own<unsigned short>(values),
                                  own<unsigned char>(inside), crop, own_places, own_values);
    return {own_places + crop.begin, own_values + crop.begin, count};
}
#define KEPT                                                                                    \
    const Arrays values, const Arrays order, const Arrays inside, const Arrays places,          \
        const Arrays ascending, const Crops crops

__device__ void put_ranks(const Kept& own_pixels, const Crop& crop, bool share, double outside,
                          double* into) {
    FOR_BLOCK(at, crop.begin, crop.end) into[at] = outside;
    __syncthreads();
    for (int k = threadIdx.x; k < own_pixels.count; k += blockDim.x) {
        const int value = own_pixels.values[k];
        const int begin = count_below(own_pixels.values, own_pixels.count, value);
        const int end = count_below(own_pixels.values, own_pixels.count, value + 1);
        into[own_pixels.places[k]] =
            share ? 0.5 * (begin + end) / own_pixels.count : 0.5 * (begin + 1 + end);
    }
}
extern "C" __global__ void average_ranks(KEPT, const Arrays ranks) {
    const Crop crop = own_crop(crops);
    const Kept mine = kept(values, order, inside, places, ascending, crop);
    put_ranks(mine, crop, false, 0.0, own<double>(ranks));
}
extern "C" __global__ void rank_shares(KEPT, const Doubles outside, const Arrays shares) {
    const Crop crop = own_crop(crops);
    const Kept mine = kept(values, order, inside, places, ascending, crop);
    put_ranks(mine, crop, true, outside.at[own_item()], own<double>(shares));
}

extern "C" __global__ void dense_ranks(KEPT, const Arrays ranks) {
    const Crop crop = own_crop(crops);
    const Kept mine = kept(values, order, inside, places, ascending, crop);
    int* dense = own<int>(ranks);
    FOR_BLOCK(at, crop.begin, crop.end) dense[at] = 0;
    __syncthreads();
    int levels = 0;
    for (int first = 0; first < mine.count; first += blockDim.x) {
        const int k = first + threadIdx.x;
        const bool there = k < mine.count;
        const bool rise = there && k > 0 && mine.values[k] != mine.values[k - 1];
        const int level = count_before(rise, levels) + rise;
        if (there) dense[mine.places[k]] = level;
    }
}

// How far apart the pixels up to the k-th and those above it are; 0 where both have one value.
__device__ double between(const Kept& pixels, int k, long long below, long long whole) {
    if (k + 1 >= pixels.count || pixels.values[k] == pixels.values[k + 1]) return 0.0;
    const double darker = k + 1.0, rest = pixels.count - darker;
    const double apart = below / darker - (whole - below) / rest;
    return darker * rest * apart * apart;
}
extern "C" __global__ void otsu_thresholds(KEPT, const Arrays thresholds) {
    const Crop crop = own_crop(crops);
    const Kept mine = kept(values, order, inside, places, ascending, crop);
    // Each thread has a stretch of the order, so that it can sum along it.
    const int each = (mine.count + blockDim.x - 1) / blockDim.x;
    const int begin = min((int)threadIdx.x * each, mine.count), end = min(begin + each, mine.count);
    long long sum = 0, whole = 0;
    for (int k = begin; k < end; k++) sum += mine.values[k];
    const long long before = sum_before(sum, whole);
    double best = 0.0;
    long long below = before;
    for (int k = begin; k < end; k++) {
        below += mine.values[k];
        best = max(best, between(mine, k, below, whole));
    }
    best = block_one<Most>(best);
    int lowest = mine.count - 1;
    below = before;
    for (int k = begin; best > 0.0 && k < end; k++) {
        below += mine.values[k];
        if (k < lowest && between(mine, k, below, whole) * (1.0 + 1e-12) >= best) lowest = k;
    }
    lowest = block_one<Least>(lowest);
    if (threadIdx.x == 0)
        own<double>(thresholds)[blockIdx.x] = lowest < 0 ? 0.0 : (double)mine.values[lowest];
}

extern "C" __global__ void brightest(KEPT, const Doubles share, const Arrays weights) {
    const Crop crop = own_crop(crops);
    const Kept mine = kept(values, order, inside, places, ascending, crop);
    double* weight = own<double>(weights);
    FOR_BLOCK(at, crop.begin, crop.end) weight[at] = 0.0;
    __syncthreads();
    if (mine.count == 0) return;  // the same for the whole block
    const double wanted = share.at[own_item()] * mine.count;
    const int limit = mine.values[max(mine.count - (int)ceil(wanted), 0)];
    const int above = mine.count - count_below(mine.values, mine.count, limit + 1);
    const int tied = mine.count - above - count_below(mine.values, mine.count, limit);
    for (int k = threadIdx.x; k < mine.count; k += blockDim.x)
        if (mine.values[k] >= limit)
            weight[mine.places[k]] = mine.values[k] > limit ? 1.0 : (wanted - above) / tied;
}
