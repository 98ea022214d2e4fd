// Sums over the pixels of each cell: bands, weighted means, peaks, moments.
#include "crops.cuh"
#include "reduce.cuh"

// Pixels, sum and sum of squares of each band, in integers: exact in any order.
extern "C" __global__ void band_sums(const Arrays images, const Arrays bands, const Longs counts,
                                     const Crops crops, const Arrays result) {
    extern __shared__ unsigned long long sums[];
    const Crop crop = own_crop(crops);
    const int count = (int)counts.at[own_item()];
    for (int k = threadIdx.x; k < 3 * count; k += blockDim.x) sums[k] = 0;
    __syncthreads();
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int band = own<signed char>(bands)[at];
        if (band < 0) continue;
        const unsigned long long value = own<unsigned short>(images)[at];
        atomicAdd(&sums[3 * band], 1ull);
        atomicAdd(&sums[3 * band + 1], value);
        atomicAdd(&sums[3 * band + 2], value * value);
    }
    __syncthreads();
    double* row = own<double>(result) + (long long)blockIdx.x * 3 * count;
    for (int k = threadIdx.x; k < 3 * count; k += blockDim.x) row[k] = (double)sums[k];
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
