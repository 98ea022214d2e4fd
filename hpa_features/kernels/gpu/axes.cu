// Middles and axes of images, and directions about them.
#include "directions.cuh"
#include "reduce.cuh"

extern "C" __global__ void weighted_axes(const Arrays images, const Arrays masks,
                                         const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    const Image image = own_image(images);
    const bool* mask = own<bool>(masks);
    double sums[3] = {0.0, 0.0, 0.0};  // Σ value, Σ value·row, Σ value·column
    FOR_BLOCK(at, crop.begin, crop.end)
        if (mask[at]) {
            const double value = image[at];
            sums[0] += value;
            sums[1] += value * crop.row(at);
            sums[2] += value * crop.column(at);
        }
    block_all<Add>(sums);
    const bool known = sums[0] > 0.0;
    const double total = sums[0], y = sums[1] / total, x = sums[2] / total;
    double moments[3] = {0.0, 0.0, 0.0};
    FOR_BLOCK(at, crop.begin, crop.end)
        if (known && mask[at]) {
            const double value = image[at], r = crop.row(at) - y, c = crop.column(at) - x;
            moments[0] += value * r * r;
            moments[1] += value * c * c;
            moments[2] += value * r * c;
        }
    block_all<Add>(moments);
    if (threadIdx.x > 0) return;
    double* row = own<double>(result) + 6ll * blockIdx.x;
    for (int k = 0; k < 6; k++) row[k] = known ? 0.0 : nan_();
    if (!known) return;
    const double middle = 0.5 * (moments[0] + moments[1]) / total;
    const double half = 0.5 * (moments[0] - moments[1]) / total, mixed = moments[2] / total;
    const double gap = sqrt(half * half + mixed * mixed);
    row[0] = y, row[1] = x, row[2] = middle + gap, row[3] = max(middle - gap, 0.0);
    if (gap > 1e-9 * middle) row[4] = half / gap, row[5] = mixed / gap;
}

extern "C" __global__ void across_axes(const Arrays axes, const Crops crops,
                                       const Arrays result) {
    const Crop crop = own_crop(crops);
    const double* axis = own<double>(axes) + 6ll * blockIdx.x;
    FOR_BLOCK(at, crop.begin, crop.end) {
        const Direction d = double_angle(crop.row(at) - axis[0], crop.column(at) - axis[1]);
        own<double>(result)[at] =
            isnan(axis[0]) ? 0.0 : -(d.cosine * axis[4] + d.sine * axis[5]);
    }
}
