// Directions about a point: sectors, centroids, moments about it.
#include "crops.cuh"
#include "reduce.cuh"
#define TIE 1e-7  // a pixel this near to a sector's border lies on it
#define SECTORS 8
#define PI 3.141592653589793

extern "C" __global__ void sector_numbers(const Arrays centres, const unsigned char* region,
                                          const Crops crops, const Arrays first,
                                          const Arrays second) {
    const Crop crop = own_crop(crops);
    const double* centre = own<double>(centres) + 2ll * blockIdx.x;
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int k = (int)(at - crop.begin);
        const double y = k / crop.columns - centre[0], x = k % crop.columns - centre[1];
        int one = -1, other = -1;
        if (region[at] != OUTSIDE && x * x + y * y >= TIE) {
            const double turn = atan2(y, x) * 4.0 / PI + SECTORS, nearest = rint(turn);
            const bool border = fabs(turn - nearest) < TIE;
            one = (border ? (int)nearest - 1 : (int)floor(turn)) % SECTORS;
            other = (border ? (int)nearest : (int)floor(turn)) % SECTORS;
        }
        own<signed char>(first)[at] = (signed char)one;
        own<signed char>(second)[at] = (signed char)other;
    }
}

// In integers of half pixels: exact in any order.
extern "C" __global__ void sector_sums(const Arrays images, const Arrays bands, const Longs counts,
                                       const Arrays first, const Arrays second, const Crops crops,
                                       const Arrays result) {
    extern __shared__ unsigned long long sums[];
    const Crop crop = own_crop(crops);
    const int size = (int)counts.at[own_item()] * SECTORS * 2;
    for (int k = threadIdx.x; k < size; k += blockDim.x) sums[k] = 0;
    __syncthreads();
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int band = own<signed char>(bands)[at], sector = own<signed char>(first)[at];
        if (band < 0 || sector < 0) continue;
        const int other = own<signed char>(second)[at];
        const unsigned long long value = (unsigned long long)own_image(images)[at];
        for (int side = 0; side < 2; side++) {
            unsigned long long* row = sums + (band * SECTORS + (side ? other : sector)) * 2;
            atomicAdd(row, 1ull);
            atomicAdd(row + 1, value);
        }
    }
    __syncthreads();
    double* rows = own<double>(result) + (long long)blockIdx.x * size;
    for (int k = threadIdx.x; k < size; k += blockDim.x) rows[k] = 0.5 * sums[k];
}

extern "C" __global__ void nuclear_centres(const unsigned char* region, const Crops crops,
                                           double* centres) {
    const Crop crop = own_crop(crops);
    long long sums[6] = {};  // pixels, Σ row and Σ column of the nucleus, then of the cell
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int k = (int)(at - crop.begin), row = k / crop.columns, column = k % crop.columns;
        if (region[at] == OUTSIDE) continue;
        sums[3]++, sums[4] += row, sums[5] += column;
        if (region[at] == NUCLEUS) sums[0]++, sums[1] += row, sums[2] += column;
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const long long* own_sums = sums[0] > 0 ? sums : sums + 3;
    for (int k = 0; k < 2; k++)
        centres[2ll * blockIdx.x + k] =
            own_sums[0] > 0 ? (double)own_sums[1 + k] / own_sums[0] : 0.0;
}

extern "C" __global__ void spreads_about(const Arrays values, const Arrays inside,
                                         const Arrays centres, const Crops crops,
                                         const Arrays result) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(values);
    const double* centre = own<double>(centres) + 2ll * blockIdx.x;
    double sums[4] = {0.0, 0.0, 0.0, 0.0};  // Σ value, Σ value·r², pixels, Σ r²
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!own<bool>(inside)[at]) continue;
        const int k = (int)(at - crop.begin);
        const double y = k / crop.columns - centre[0], x = k % crop.columns - centre[1];
        const double r = x * x + y * y, value = image[at];
        sums[0] += value, sums[1] += value * r, sums[2] += 1.0, sums[3] += r;
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const bool known = sums[0] > 0.0 && sums[3] > 0.0;
    const double spread = known ? (sums[1] / sums[0]) / (sums[3] / sums[2]) : nan_();
    own<double>(result)[blockIdx.x] = spread;
}
