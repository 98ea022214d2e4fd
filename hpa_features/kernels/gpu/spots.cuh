// Local maxima, equal neighbours sharing one.
#pragma once
#include "crops.cuh"
#define TIE 1e-9  // of a spot's height: neighbours nearer than this are equal

// What a pixel counts as a spot: it exceeds `least` and none of its eight neighbours in the cell
// exceeds it; those that equal it share the one spot.
__device__ inline double spot_weight(const double* band, double least,
                                     const unsigned char* region, const Crop& crop, long long at) {
    if (crop.on_margin(at) || region[at] == OUTSIDE || band[at] <= least) return 0.0;
    const double slack = TIE * fabs(band[at]);
    int ties = 0;
    for (int down = -1; down <= 1; down++)
        for (int right = -1; right <= 1; right++) {
            const long long other = at + down * crop.columns + right;
            if (other == at || region[other] == OUTSIDE) continue;
            if (band[other] > band[at] + slack) return 0.0;
            ties += band[other] >= band[at] - slack;
        }
    return 1.0 / (1 + ties);
}
