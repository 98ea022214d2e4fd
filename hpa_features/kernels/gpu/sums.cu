// Sums over the pixels of each cell: bands, weighted means, peaks, moments.
#include "crops.cuh"
#include "reduce.cuh"

// Pixels, sum and sum of squares of some bands at a time, in whole numbers. Going through the crop
// again for the next bands costs less than all threads adding to few places of shared memory.
#define BANDS 4
extern "C" __global__ void band_sums(const Arrays images, const Arrays bands, const Longs counts,
                                     const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    const int count = (int)counts.at[own_item()];
    double* row = own<double>(result) + (long long)blockIdx.x * 3 * count;
    for (int first = 0; first < count; first += BANDS) {
        long long sums[3 * BANDS] = {};
        FOR_BLOCK(at, crop.begin, crop.end) {
            const int band = own<signed char>(bands)[at];
            const long long value = own<unsigned short>(images)[at];
            for (int k = 0; k < BANDS; k++)
                if (band == first + k)
                    sums[3 * k]++, sums[3 * k + 1] += value, sums[3 * k + 2] += value * value;
        }
        block_all<Add>(sums);
        if (threadIdx.x == 0)
            for (int k = 0; k < 3 * min(BANDS, count - first); k++)
                row[3 * first + k] = (double)sums[k];
    }
}

// The pixels of a mask and the sum of an image over them.
__device__ void mask_totals(const Image& image, const bool* mask, const Crop& crop,
                            double (&totals)[2]) {
    totals[0] = totals[1] = 0.0;
    FOR_BLOCK(at, crop.begin, crop.end)
        if (mask[at]) totals[0] += 1.0, totals[1] += image[at];
    block_all<Add>(totals);
}

extern "C" __global__ void means(const Arrays images, const Arrays masks, const Crops crops,
                                 const Arrays result) {
    const Crop crop = own_crop(crops);
    double totals[2];
    mask_totals(own_image(images), own<bool>(masks), crop, totals);
    double* row = own<double>(result) + 2ll * blockIdx.x;
    if (threadIdx.x == 0) {
        row[0] = totals[0];
        row[1] = totals[0] > 0.0 ? totals[1] / totals[0] : nan_();
    }
}

extern "C" __global__ void weighted_means(const Arrays images, const Arrays masks,
                                          const Arrays weights, const Crops crops,
                                          const Arrays result) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(images), weight = own_image(weights);
    double totals[2] = {0.0, 0.0};
    FOR_BLOCK(at, crop.begin, crop.end)
        if (own<bool>(masks)[at]) {
            const double share = weight[at];
            totals[0] += share;
            totals[1] += share * image[at];
        }
    block_all<Add>(totals);
    double* row = own<double>(result) + 2ll * blockIdx.x;
    if (threadIdx.x == 0) {
        row[0] = totals[0];
        row[1] = totals[0] > 0.0 ? totals[1] / totals[0] : nan_();
    }
}

extern "C" __global__ void peaks(const Arrays images, const Arrays masks, const Crops crops,
                                 const Arrays result) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(images);
    double peak = 0.0;
    FOR_BLOCK(at, crop.begin, crop.end)
        if (own<bool>(masks)[at]) peak = max(peak, image[at]);
    peak = block_one<Most>(peak);
    if (threadIdx.x == 0) own<double>(result)[blockIdx.x] = peak;
}

extern "C" __global__ void moments(const Arrays images, const Arrays masks, const Crops crops,
                                   const Arrays result) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(images);
    double totals[2], powers[3] = {0.0, 0.0, 0.0};
    mask_totals(image, own<bool>(masks), crop, totals);
    const double mean = totals[0] > 0.0 ? totals[1] / totals[0] : 0.0;
    FOR_BLOCK(at, crop.begin, crop.end)
        if (own<bool>(masks)[at]) {
            const double d = image[at] - mean, square = d * d;
            powers[0] += square;
            powers[1] += square * d;
            powers[2] += square * d * d;
        }
    block_all<Add>(powers);
    double* row = own<double>(result) + 5ll * blockIdx.x;
    if (threadIdx.x == 0) {
        row[0] = totals[0], row[1] = mean;
        for (int k = 0; k < 3; k++) row[2 + k] = totals[0] > 0.0 ? powers[k] / totals[0] : 0.0;
    }
}
