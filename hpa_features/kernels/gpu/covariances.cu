// How images vary together inside a part of each cell. All images of one table are in one launch.
#include "crops.cuh"
#include "reduce.cuh"
#define TILE 4  // images that a block reads at once: 8 reads a pixel for 16 products

__device__ Image image_of(const Arrays& images, int k) { return {images.at[k], images.kind[k]}; }

// The row of a cell: pixels, means of `kinds` images, covariances.
__device__ double* own_row(double* packed, long long kinds) {
    return packed + blockIdx.x * (1 + kinds + kinds * kinds);
}

// Block z has a tile of images.
extern "C" __global__ void image_means(const Arrays images, const long long kinds,
                                       const bool* mask, const Crops crops, double* packed) {
    const Crop crop = own_crop(crops);
    const int first = blockIdx.z * TILE;
    double sums[TILE + 1] = {};
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!mask[at]) continue;
        sums[TILE] += 1.0;
        for (int k = 0; k < TILE; k++)
            if (first + k < kinds) sums[k] += image_of(images, first + k)[at];
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    double* row = own_row(packed, kinds);
    if (first == 0) row[0] = sums[TILE];
    for (int k = 0; k < TILE && first + k < kinds; k++)
        row[1 + first + k] = sums[TILE] > 0.0 ? sums[k] / sums[TILE] : 0.0;
}

// Block z has a pair of tiles, the second not before the first.
extern "C" __global__ void image_covariances(const Arrays images, const long long kinds,
                                             const bool* mask, const Crops crops,
                                             double* packed) {
    const Crop crop = own_crop(crops);
    const int tiles = (int)((kinds + TILE - 1) / TILE);
    int one = 0, other = blockIdx.z;
    while (other >= tiles - one) other -= tiles - one, one++;
    const int first = one * TILE, second = (one + other) * TILE;
    double* row = own_row(packed, kinds);
    double means[2][TILE], sums[TILE * TILE] = {};
    for (int k = 0; k < TILE; k++) {
        means[0][k] = first + k < kinds ? row[1 + first + k] : 0.0;
        means[1][k] = second + k < kinds ? row[1 + second + k] : 0.0;
    }
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!mask[at]) continue;
        double apart[2][TILE];
        for (int k = 0; k < TILE; k++) {
            apart[0][k] = first + k < kinds ? image_of(images, first + k)[at] - means[0][k] : 0.0;
            apart[1][k] = second + k < kinds ? image_of(images, second + k)[at] - means[1][k] : 0.0;
        }
        for (int j = 0; j < TILE; j++)
            for (int k = 0; k < TILE; k++) sums[j * TILE + k] += apart[0][j] * apart[1][k];
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const double count = row[0];
    double* table = row + 1 + kinds;
    for (int j = first; j < min(first + TILE, (int)kinds); j++)
        for (int k = second; k < min(second + TILE, (int)kinds); k++) {
            const double sum = sums[(j - first) * TILE + k - second];
            table[j * kinds + k] = table[k * kinds + j] = count > 0.0 ? sum / count : 0.0;
        }
}
