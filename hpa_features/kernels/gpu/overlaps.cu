// Where two channels are bright together inside a part of each cell.
#include "crops.cuh"
#include "reduce.cuh"

// ⌊a / b⌋ and ⌈a / b⌉ of what is not negative.
__device__ long long floor_of(long long a, long long b) { return a / b; }
__device__ long long ceiling_of(long long a, long long b) { return (a + b - 1) / b; }

extern "C" __global__ void pair_overlaps(const Arrays firsts, const Arrays seconds,
                                         const Arrays masks, const Arrays first_limits,
                                         const Arrays second_limits, const Crops crops,
                                         const Arrays result) {
    const Crop crop = own_crop(crops);
    const unsigned short* first = own<unsigned short>(firsts);
    const unsigned short* second = own<unsigned short>(seconds);
    const bool* inside = own<bool>(masks);
    const long long limit_a = (long long)floor(own<double>(first_limits)[blockIdx.x]);
    const long long limit_b = (long long)floor(own<double>(second_limits)[blockIdx.x]);
    // Pixels, Σ a, Σ b, Σ a², Σ b², Σ ab, and Σ of each where the other exceeds its limit.
    long long sums[8] = {};
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!inside[at]) continue;
        const long long a = first[at], b = second[at];
        sums[0]++, sums[1] += a, sums[2] += b;
        sums[3] += a * a, sums[4] += b * b, sums[5] += a * b;
        if (b > limit_b) sums[6] += a;
        if (a > limit_a) sums[7] += b;
    }
    block_all<Add>(sums);
    const long long count = max(sums[0], 1ll);
    // Of whole numbers those above a mean exceed its floor, those below are under its ceiling.
    const long long above_a = floor_of(sums[1], count), below_a = ceiling_of(sums[1], count);
    const long long above_b = floor_of(sums[2], count), below_b = ceiling_of(sums[2], count);
    int sides[3] = {0, 0, 0};  // on the same side of both means; off that of a, and of b
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!inside[at]) continue;
        const bool over_a = first[at] > above_a, over_b = second[at] > above_b;
        const bool under_a = first[at] < below_a, under_b = second[at] < below_b;
        sides[0] += (over_a && over_b) || (under_a && under_b);
        sides[1] += over_a || under_a;
        sides[2] += over_b || under_b;
    }
    block_all<Add>(sides);
    if (threadIdx.x > 0) return;
    double* row = own<double>(result) + 4ll * blockIdx.x;
    for (int k = 0; k < 4; k++) row[k] = nan_();
    if (sums[1] > 0) row[0] = (double)sums[6] / sums[1];
    if (sums[2] > 0) row[1] = (double)sums[7] / sums[2];
    if (sides[1] > 0 && sides[2] > 0) row[2] = (double)sides[0] / count - 0.5;
    if (sums[3] > 0 && sums[4] > 0)
        row[3] = sums[5] / sqrt((double)sums[3] * (double)sums[4]);
}

extern "C" __global__ void rank_weighted(const Arrays firsts, const Arrays seconds,
                                         const Arrays first_ranks, const Arrays second_ranks,
                                         const Arrays masks, const Doubles share,
                                         const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    const unsigned short* first = own<unsigned short>(firsts);
    const unsigned short* second = own<unsigned short>(seconds);
    const int* first_rank = own<int>(first_ranks);
    const int* second_rank = own<int>(second_ranks);
    const bool* inside = own<bool>(masks);
    int tops[3] = {0, 0, 0};  // of both channels, and of the ranks
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!inside[at]) continue;
        tops[0] = max(tops[0], (int)first[at]);
        tops[1] = max(tops[1], (int)second[at]);
        tops[2] = max(tops[2], max(first_rank[at], second_rank[at]));
    }
    block_all<Most>(tops);
    const int count = tops[2] + 1;
    const double least_a = share.at[own_item()] * tops[0], least_b = share.at[own_item()] * tops[1];
    double sums[4] = {0.0, 0.0, 0.0, 0.0};  // Σ of each where it reaches its share; both, weighted
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (!inside[at]) continue;
        const double a = first[at], b = second[at];
        const double weight =
            (double)(count - abs(first_rank[at] - second_rank[at])) / count;
        if (a >= least_a) sums[0] += a;
        if (b >= least_b) sums[1] += b;
        if (a >= least_a && b >= least_b) sums[2] += a * weight, sums[3] += b * weight;
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const bool known = sums[0] > 0.0 && sums[1] > 0.0;
    double* row = own<double>(result) + 2ll * blockIdx.x;
    row[0] = known ? sums[2] / sums[0] : nan_();
    row[1] = known ? sums[3] / sums[1] : nan_();
}
