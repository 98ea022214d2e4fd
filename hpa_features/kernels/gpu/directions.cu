// Directions towards points, down slopes, and how they agree.
#include "directions.cuh"
#include "reduce.cuh"
#define PI 3.141592653589793

extern "C" __global__ void towards(const Arrays points, const Crops crops, const Arrays cosines,
                                   const Arrays sines) {
    const Crop crop = own_crop(crops);
    const double* point = own<double>(points) + 2ll * blockIdx.x;
    const bool known = !isnan(point[0]) && !isnan(point[1]);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const Direction d = double_angle(crop.row(at) - point[0], crop.column(at) - point[1]);
        own<double>(cosines)[at] = known ? d.cosine : 0.0;
        own<double>(sines)[at] = known ? d.sine : 0.0;
    }
}

extern "C" __global__ void steepest(const Arrays lengths, const unsigned char* region,
                                    const Crops crops, const Arrays cosines, const Arrays sines) {
    const Crop crop = own_crop(crops);
    const double* length = own<double>(lengths);
    FOR_BLOCK(at, crop.begin, crop.end) {
        Direction d = {0.0, 0.0};
        if (region[at] != OUTSIDE)  // the crop's margin keeps neighbours in the crop
            d = double_angle(length[at + crop.columns] - length[at - crop.columns],
                             length[at + 1] - length[at - 1]);
        own<double>(cosines)[at] = d.cosine;
        own<double>(sines)[at] = d.sine;
    }
}

extern "C" __global__ void agreements(const Arrays cosines, const Arrays sines,
                                      const Arrays other_cosines, const Arrays other_sines,
                                      const Arrays result, const long long total) {
    IF_MINE(at, total)
        own<double>(result)[at] = own<double>(cosines)[at] * own<double>(other_cosines)[at] +
                                  own<double>(sines)[at] * own<double>(other_sines)[at];
}

// Bin by bin, so that every sum has its order.
extern "C" __global__ void direction_sums(const Arrays cosines, const Arrays sines,
                                          const Arrays strengths, const Longs bins,
                                          const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    const double* strength = own<double>(strengths);
    const int count = (int)bins.at[own_item()];
    for (int bin = 0; bin < count; bin++) {
        double sum = 0.0;
        FOR_BLOCK(at, crop.begin, crop.end) {
            if (!(strength[at] > 0.0)) continue;
            double turn = atan2(own<double>(sines)[at], own<double>(cosines)[at]);
            turn = fmod(turn * (count / (2.0 * PI)), (double)count);
            if (turn < 0.0) turn += count;
            const int low = (int)floor(turn);
            const double share = turn - low;
            if (low % count == bin) sum += strength[at] * (1.0 - share);
            if ((low + 1) % count == bin) sum += strength[at] * share;
        }
        sum = block_one<Add>(sum);
        if (threadIdx.x == 0) own<double>(result)[(long long)blockIdx.x * count + bin] = sum;
    }
}
