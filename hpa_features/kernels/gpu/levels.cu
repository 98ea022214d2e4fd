// Gray levels of each cell between two of its own quantiles.
#include "orders.cuh"
#define LEVELS 32

extern "C" __global__ void gray_levels(const Arrays image, const Arrays order,
                                       const Arrays smallest_span, const unsigned char* region,
                                       const Crops crops, const Arrays levels,
                                       const Arrays usable) {
    const Crop crop = own_crop(crops);
    const unsigned short* values = own<unsigned short>(image);
    unsigned char* result = own<unsigned char>(levels);
    int count = 0;
    FOR_BLOCK(at, crop.begin, crop.end) count += region[at] > 0;
    count = block_one<Add>(count);
    const Along ascending = {values, own<int>(order) + crop.begin};
    const double low = count > 0 ? quantile_of_sorted(ascending, count, 0.005) : 0.0;
    const double span = count > 0 ? quantile_of_sorted(ascending, count, 0.995) - low : 0.0;
    const bool enough = span > 0.0 && span >= own<double>(smallest_span)[blockIdx.x];
    if (threadIdx.x == 0) own<unsigned char>(usable)[blockIdx.x] = enough;
    FOR_BLOCK(at, crop.begin, crop.end) {
        const bool known = enough && region[at] > 0;
        const int step = known ? (int)floor((values[at] - low) * LEVELS / span) : 0;
        result[at] = known ? 1 + min(max(step, 0), LEVELS - 1) : 0;
    }
}
