// How pixels within limits of brightness lie next to one another.
#include "crops.cuh"
#define RANGES 3
#define NEIGHBOURS 9

extern "C" __global__ void adjacency_counts(const Arrays images, const Arrays masks,
                                            const Arrays moments, const Crops crops,
                                            const Arrays result) {
    __shared__ unsigned counts[RANGES * 2 * NEIGHBOURS];
    const Crop crop = own_crop(crops);
    const Image image = own_image(images);
    const bool* inside = own<bool>(masks);
    const double* row = own<double>(moments) + 5ll * blockIdx.x;
    const double mean = row[1], deviation = sqrt(row[2]);
    const double low[RANGES] = {mean - deviation, mean - deviation, mean};
    const double high[RANGES] = {mean + deviation, infinity(), infinity()};
    for (int k = threadIdx.x; k < RANGES * 2 * NEIGHBOURS; k += blockDim.x) counts[k] = 0;
    __syncthreads();
    const long long margin = crop.columns + 1;
    FOR_BLOCK(at, crop.begin + margin, crop.end - margin) {
        if (!inside[at]) continue;
        int alike[RANGES] = {0, 0, 0}, around = 0;
        bool within[RANGES];
        for (int k = 0; k < RANGES; k++) within[k] = low[k] < image[at] && image[at] < high[k];
        for (int down = -1; down <= 1; down++)
            for (int right = -1; right <= 1; right++) {
                const long long other = at + down * crop.columns + right;
                if (other == at || !inside[other]) continue;
                const double value = image[other];
                around++;
                for (int k = 0; k < RANGES; k++)
                    alike[k] += (low[k] < value && value < high[k]) == within[k];
            }
        if (around != NEIGHBOURS - 1) continue;
        for (int k = 0; k < RANGES; k++)
            atomicAdd(&counts[(2 * k + !within[k]) * NEIGHBOURS + alike[k]], 1u);
    }
    __syncthreads();
    long long* out = own<long long>(result) + (long long)blockIdx.x * RANGES * 2 * NEIGHBOURS;
    for (int k = threadIdx.x; k < RANGES * 2 * NEIGHBOURS; k += blockDim.x) out[k] = counts[k];
}
