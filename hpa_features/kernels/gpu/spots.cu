// Blobs: places brighter than their surroundings at one size.
#include "spots.cuh"
#include "reduce.cuh"
#define BYTES 8
#define DIGITS 256

// |value| of the pixels of a cell as whole numbers: those of positive doubles are in their order.
__device__ unsigned long long bits_of(double value) {
    return (unsigned long long)__double_as_longlong(fabs(value));
}
// The bits of the `rank`-th lowest |band| of the cell's pixels, by one byte after another from the
// highest.
__device__ unsigned long long ranked_bits(const double* band, const unsigned char* region,
                                          const Crop& crop, int rank) {
    __shared__ int counts[DIGITS];
    __shared__ unsigned long long found;
    __shared__ int below;
    if (threadIdx.x == 0) found = 0, below = 0;
    for (int byte = BYTES - 1; byte >= 0; byte--) {
        for (int k = threadIdx.x; k < DIGITS; k += blockDim.x) counts[k] = 0;
        __syncthreads();
        const unsigned long long higher = found;
        FOR_BLOCK(at, crop.begin, crop.end) {
            const unsigned long long bits = bits_of(band[at]);
            // Of a shift by 64 nothing is defined.
            const bool alike = byte == BYTES - 1 || bits >> (8 * byte + 8) == higher;
            if (region[at] != OUTSIDE && alike)
                atomicAdd(&counts[(int)(bits >> (8 * byte) & (DIGITS - 1))], 1);
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            int digit = 0;
            while (below + counts[digit] <= rank) below += counts[digit++];
            found = found << 8 | (unsigned)digit;
        }
        __syncthreads();
    }
    return found;
}
// 1.4826 times the median of |band| over the cell, 0 for an empty one.
__device__ double noise_level(const double* band, const unsigned char* region, const Crop& crop) {
    int count = 0;
    FOR_BLOCK(at, crop.begin, crop.end) count += region[at] != OUTSIDE;
    count = block_one<Add>(count);
    if (count == 0) return 0.0;  // the same for the whole block
    const unsigned long long low = ranked_bits(band, region, crop, (count - 1) / 2);
    // The next one is equal or the lowest of those that are higher.
    int through = 0;
    double higher = infinity();
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (region[at] == OUTSIDE) continue;
        through += bits_of(band[at]) <= low;
        if (bits_of(band[at]) > low) higher = min(higher, fabs(band[at]));
    }
    through = block_one<Add>(through);
    higher = block_one<Least>(higher);
    const double lower = __longlong_as_double((long long)low);
    return 1.4826 * (0.5 * (lower + (through > count / 2 ? lower : higher)));
}

extern "C" __global__ void spots(const Arrays fine, const Arrays coarse, const Arrays mean,
                                 const Doubles offset, const Doubles least_contrast,
                                 const Doubles least_noise, const unsigned char* region,
                                 const Crops crops, const Arrays bands, const Arrays limits,
                                 const Arrays contrasts, const Arrays lights,
                                 const Arrays weights) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(fine);
    const double* around_image = own<double>(coarse);
    double* band = own<double>(bands);
    double* least = own<double>(limits);
    FOR_BLOCK(at, crop.begin, crop.end) band[at] = image[at] - around_image[at];
    __syncthreads();
    const double noise = noise_level(band, region, crop);
    const int item = own_item();
    const double base = offset.at[item] * own<double>(mean)[2 * blockIdx.x + 1];
    FOR_BLOCK(at, crop.begin, crop.end) {
        const double around = around_image[at] + base;
        const double contrast = least_contrast.at[item] * around;
        const double of_noise = least_noise.at[item] * noise;
        least[at] = contrast < of_noise ? of_noise : contrast;
        const bool inside = region[at] != OUTSIDE;
        own<double>(contrasts)[at] = !inside ? 0.0 : around != 0.0 ? band[at] / around : nan_();
        own<double>(lights)[at] = inside && band[at] > least[at] ? band[at] : 0.0;
    }
    FOR_BLOCK(at, crop.begin, crop.end)
        own<double>(weights)[at] = spot_weight(band, least[at], region, crop, at);
}

extern "C" __global__ void local_maxima(const Arrays images, const Doubles least,
                                        const unsigned char* region, const Crops crops,
                                        const Arrays weights) {
    const Crop crop = own_crop(crops);
    const double* image = own<double>(images);
    FOR_BLOCK(at, crop.begin, crop.end)
        own<double>(weights)[at] = spot_weight(image, least.at[own_item()], region, crop, at);
}

extern "C" __global__ void spot_leads(const Arrays lights, const Arrays weights,
                                      const Doubles elsewhere_um, const Crops crops,
                                      const Arrays leads) {
    const Crop crop = own_crop(crops);
    const double* light = own<double>(lights);
    const double* weight = own<double>(weights);
    double top = 0.0, other = 0.0;
    FOR_BLOCK(at, crop.begin, crop.end)
        if (weight[at] > 0.0) top = max(top, light[at]);
    top = block_one<Most>(top);
    long long sums[3] = {0, 0, 0};  // of the highest: how many, Σ row, Σ column
    FOR_BLOCK(at, crop.begin, crop.end)
        if (top > 0.0 && weight[at] > 0.0 && light[at] == top) {
            sums[0]++;
            sums[1] += crop.row(at);
            sums[2] += crop.column(at);
        }
    block_all<Add>(sums);
    // Equal ones far apart are both away from their middle: neither leads.
    const double y = (double)sums[1] / sums[0], x = (double)sums[2] / sums[0];
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (sums[0] == 0 || !(weight[at] > 0.0)) continue;
        const double down = crop.row(at) - y;
        const double right = crop.column(at) - x;
        const double um = hypot(down, right) * crops.step_um[blockIdx.x];
        if (um > elsewhere_um.at[own_item()]) other = max(other, light[at]);
    }
    other = block_one<Most>(other);
    if (threadIdx.x == 0) {
        own<double>(leads)[2ll * blockIdx.x] = top;
        own<double>(leads)[2ll * blockIdx.x + 1] = other;
    }
}
