// The point of a cell where lines converge.
#include "crops.cuh"
#include "reduce.cuh"
#define TIE 1e-9

// Whether a pixel of the zone is a local maximum of light · √(distance to the cell edge).
__device__ bool is_peak(const double* image, const bool* zone, const Crop& crop, long long at) {
    if (crop.on_margin(at) || !zone[at] || image[at] <= 0.0) return false;
    for (int down = -1; down <= 1; down++)
        for (int right = -1; right <= 1; right++) {
            const long long other = at + down * crop.columns + right;
            if (zone[other] && image[other] > image[at] * (1.0 + TIE)) return false;
        }
    return true;
}

// Mean of cos 2(φ − ψ), ψ the direction to a peak, over the ridges within `reach` pixels of it: the
// whole block works on one peak.
__device__ double convergence(const double* strength, const double* cosine, const double* sine,
                              const Crop& crop, long long peak, double reach) {
    const int r = crop.row(peak), c = crop.column(peak);
    const int span = (int)reach;
    const int top = max(0, r - span), bottom = min(crop.rows, r + span + 1);
    const int left = max(0, c - span), wide = min(crop.columns, c + span + 1) - left;
    double sums[2] = {0.0, 0.0};
    for (int k = threadIdx.x; k < (bottom - top) * wide; k += blockDim.x) {
        const int row = top + k / wide, column = left + k % wide;
        const double y = row - r, x = column - c, square = y * y + x * x;
        const long long at = crop.begin + (long long)row * crop.columns + column;
        if (strength[at] == 0.0 || square == 0.0 || square > reach * reach) continue;
        const double weight = strength[at] / sqrt(square);
        const double agreement = cosine[at] * (y * y - x * x) + sine[at] * 2.0 * y * x;
        sums[0] += weight * agreement / square;
        sums[1] += weight;
    }
    block_all<Add>(sums);
    return sums[1] > 0.0 ? sums[0] / sums[1] : 0.0;
}

// `peaks`: room for the places of the cell's local maxima.
extern "C" __global__ void organising_centres(const Arrays light, const Arrays edge,
                                              const Arrays cosines, const Arrays sines,
                                              const Arrays strengths, const Arrays zones,
                                              const Doubles reach_um, const Crops crops,
                                              const Arrays images, const Arrays peaks,
                                              const Arrays places) {
    const Crop crop = own_crop(crops);
    double* image = own<double>(images);
    int* found = own<int>(peaks);
    FOR_BLOCK(at, crop.begin, crop.end)
        image[at] = own<double>(light)[at] * sqrt(own<double>(edge)[at]);
    __syncthreads();
    int count = 0;
    for (long long first = crop.begin; first < crop.end; first += blockDim.x) {
        const long long at = first + threadIdx.x;
        const bool mine = at < crop.end && is_peak(image, own<bool>(zones), crop, at);
        const int before = count_before(mine, count);
        if (mine) found[crop.begin + before] = (int)at;
    }
    __syncthreads();
    // In raster order, as equal ones are averaged.
    double best = 0.0, row = 0.0, column = 0.0;
    int ties = 0;
    for (int k = 0; k < count; k++) {
        const long long at = found[crop.begin + k];
        const double here =
            convergence(own<double>(strengths), own<double>(cosines), own<double>(sines), crop, at,
                        reach_um.at[own_item()] / crops.step_um[blockIdx.x]);
        const double score = image[at] * (1.0 + here);
        if (score > best * (1.0 + TIE)) best = score, ties = 0, row = column = 0.0;
        if (score >= best * (1.0 - TIE) && score > 0.0) {
            ties++;
            row += crop.row(at);
            column += crop.column(at);
        }
    }
    if (threadIdx.x == 0) {
        own<double>(places)[2ll * blockIdx.x] = ties > 0 ? row / ties : nan_();
        own<double>(places)[2ll * blockIdx.x + 1] = ties > 0 ? column / ties : nan_();
    }
}
