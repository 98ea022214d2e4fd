// Arithmetic of whole images, pixel by pixel.
#include "crops.cuh"

extern "C" __global__ void differences(const Arrays image, const Arrays other,
                                       const Arrays result, const long long total) {
    IF_MINE(at, total) own<double>(result)[at] = own_image(image)[at] - own_image(other)[at];
}
extern "C" __global__ void multiples(const Arrays image, const Arrays other, const Arrays result,
                                     const long long total) {
    IF_MINE(at, total) own<double>(result)[at] = own_image(image)[at] * own_image(other)[at];
}
extern "C" __global__ void rounded(const Arrays image, const Arrays result,
                                   const long long total) {
    IF_MINE(at, total)
        own<unsigned short>(result)[at] = (unsigned short)floor(own<double>(image)[at] + 0.5);
}
extern "C" __global__ void shares_of_sum(const Arrays image, const Arrays other,
                                         const Arrays result, const long long total) {
    IF_MINE(at, total) {
        const double value = own<double>(image)[at];
        const double whole = value + max(own<double>(other)[at], 0.0);
        own<double>(result)[at] = whole > 0.0 ? value / whole : 0.0;
    }
}
extern "C" __global__ void stretched(const Arrays image, const Doubles top, const Arrays result,
                                     const long long total) {
    IF_MINE(at, total) {
        const double share = own<double>(image)[at] / top.at[own_item()];
        const double steps = rint(min(max(share, 0.0), 1.0) * 65535.0);
        own<unsigned short>(result)[at] = (unsigned short)steps;
    }
}
extern "C" __global__ void falloffs(const Arrays length, const Doubles reach, const Arrays result,
                                    const long long total) {
    IF_MINE(at, total)
        own<double>(result)[at] = exp(-fabs(own<double>(length)[at]) / reach.at[own_item()]);
}

extern "C" __global__ void local_ratios(const Arrays fine, const Arrays coarse, const Arrays level,
                                        const Doubles offset, const Arrays result,
                                        const Crops crops) {
    const Crop crop = own_crop(crops);
    const double least = offset.at[own_item()] * own_mean(level);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const double divisor = own<double>(coarse)[at] + least;
        own<double>(result)[at] =
            divisor != 0.0 ? (own<double>(fine)[at] + least) / divisor : 0.0;
    }
}
extern "C" __global__ void hole_depths(const Arrays fine, const Arrays coarse, const Arrays level,
                                       const Doubles offset, const Arrays result,
                                       const Crops crops) {
    const Crop crop = own_crop(crops);
    const double least = offset.at[own_item()] * own_mean(level);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const double low = own<double>(fine)[at], high = own<double>(coarse)[at];
        const bool hole = high > low && high + least != 0.0;
        own<double>(result)[at] = hole ? (high - low) / (high + least) : 0.0;
    }
}
