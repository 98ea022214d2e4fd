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
        const double y = crop.row(at) - centre[0], x = crop.column(at) - centre[1];
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

// Band by band, in whole numbers of half pixels: exact in any order.
extern "C" __global__ void sector_sums(const Arrays images, const Arrays bands, const Longs counts,
                                       const Arrays first, const Arrays second, const Crops crops,
                                       const Arrays result) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(images);
    const int count = (int)counts.at[own_item()];
    double* rows = own<double>(result) + (long long)blockIdx.x * count * SECTORS * 2;
    for (int band = 0; band < count; band++) {
        long long sums[SECTORS * 2] = {};
        FOR_BLOCK(at, crop.begin, crop.end) {
            if (own<signed char>(bands)[at] != band) continue;
            const int one = own<signed char>(first)[at], other = own<signed char>(second)[at];
            const long long value = (long long)image[at];
            for (int k = 0; k < SECTORS; k++) {
                const int halves = (k == one) + (k == other);
                sums[2 * k] += halves, sums[2 * k + 1] += halves * value;
            }
        }
        block_all<Add>(sums);
        if (threadIdx.x == 0)
            for (int k = 0; k < SECTORS * 2; k++) rows[band * SECTORS * 2 + k] = 0.5 * sums[k];
    }
}

extern "C" __global__ void nuclear_centres(const unsigned char* region, const Crops crops,
                                           double* centres) {
    const Crop crop = own_crop(crops);
    long long sums[6] = {};  // pixels, Σ row and Σ column of the nucleus, then of the cell
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int row = crop.row(at), column = crop.column(at);
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
        const double y = crop.row(at) - centre[0], x = crop.column(at) - centre[1];
        const double r = x * x + y * y, value = image[at];
        sums[0] += value, sums[1] += value * r, sums[2] += 1.0, sums[3] += r;
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const bool known = sums[0] > 0.0 && sums[3] > 0.0;
    const double spread = known ? (sums[1] / sums[0]) / (sums[3] / sums[2]) : nan_();
    own<double>(result)[blockIdx.x] = spread;
}
