// The gray values of planes: what their histograms tell, and the background outside cells.
#include "crops.cuh"
#include "reduce.cuh"
#define VALUES 65536
#define BINS 256

// `counts` (planes, 2, 65536): pixels of each value inside cells, and outside. Lanes with one value
// count together: neighbours are often alike, and additions to one place wait for one another.
extern "C" __global__ void histograms(const unsigned short* values, const int* labels,
                                      const long long* starts, const long long planes,
                                      const long long total, unsigned* counts) {
    const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    long long place = -1;
    if (at < total) {
        const long long row = 2 * last_start(starts, planes, at) + (labels[at] == 0);
        place = row * VALUES + values[at];
    }
    const unsigned alike = __match_any_sync(0xffffffffu, place);
    const unsigned before = alike & ((1u << threadIdx.x % 32) - 1);
    if (place >= 0 && before == 0) atomicAdd(counts + place, (unsigned)__popc(alike));
}

// A histogram of which each thread has a stretch of values, `from` to `to`.
struct Stretch {
    const unsigned* counts;
    const unsigned* more;  // added to it, or null
    int from, to;
    __device__ unsigned operator[](int value) const {
        return counts[value] + (more ? more[value] : 0u);
    }
};
// The pixels counted before this thread's stretch; those of all in `whole`.
__device__ long long pixels_before(const Stretch& h, long long& whole) {
    long long own = 0;
    whole = 0;
    for (int value = h.from; value < h.to; value++) own += h[value];
    return sum_before(own, whole);
}
// The lowest value that so many per mille of the counted pixels do not exceed, 0 without any.
__device__ int quantile(const Stretch& h, int per_mille) {
    long long whole, below = pixels_before(h, whole);
    const long long wanted = max((whole * per_mille + 999) / 1000, 1ll);
    int found = VALUES;
    for (int value = h.from; value < h.to; value++) {
        const long long before = below;
        below += h[value];
        if (before < wanted && below >= wanted) found = value;
    }
    found = block_one<Least>(found);
    return found < VALUES ? found : 0;
}
// The smallest gap between values that occur, 1 where there is none; `highest` is the last.
__device__ int smallest_step(const Stretch& h, int& highest) {
    int first = VALUES, last = -1, gap = VALUES;
    for (int value = h.from; value < h.to; value++)
        if (h[value] > 0) {
            if (last >= 0) gap = min(gap, value - last);
            if (first == VALUES) first = value;
            last = value;
        }
    __shared__ int lasts[THREADS];
    __syncthreads();
    lasts[threadIdx.x] = last;
    __syncthreads();
    int before = -1;
    for (int k = (int)threadIdx.x - 1; k >= 0 && before < 0; k--) before = lasts[k];
    if (before >= 0 && first < VALUES) gap = min(gap, first - before);
    gap = block_one<Least>(gap);
    highest = block_one<Most>(last);
    return gap < VALUES ? gap : 1;
}
// The fullest bin after smoothing by 3, of a run of tied bins the middle one. Bin k holds the
// values from first + k * width on; below the first bin its own count is repeated, above the last
// is one empty bin.
__device__ int tied_bin(const unsigned* counts, int first, int width, int highest) {
    __shared__ long long sums[BINS + 2];  // of a stretch of bins, and of one on either side
    __shared__ int middle;
    const int bins = (highest - first) / width + 2;
    long long fullest = -1;
    int begin = 0, end = 0;
    for (int stretch = 0; stretch < bins; stretch += BINS) {
        __syncthreads();
        for (int k = threadIdx.x; k < BINS + 2; k += blockDim.x) {
            const int low = first + max(stretch + k - 1, 0) * width;
            long long sum = 0;
            for (int value = low; value < min(low + width, highest + 1); value++)
                sum += counts[value];
            sums[k] = sum;
        }
        __syncthreads();
        if (threadIdx.x == 0)
            for (int k = stretch; k < min(stretch + BINS, bins); k++) {
                const long long* here = sums + 1 + k - stretch;
                const long long smooth = here[-1] + here[0] + here[1];
                if (smooth > fullest) fullest = smooth, begin = end = k;
                else if (smooth == fullest && end == k - 1) end = k;
            }
    }
    if (threadIdx.x == 0) middle = (begin + end) / 2;
    __syncthreads();
    return middle;
}
__device__ int background(const Stretch& every, const Stretch& outside, int step, int highest) {
    long long seen, all;
    pixels_before(outside, seen);
    pixels_before(every, all);
    if (seen == 0 || 100 * seen < all) return quantile(every, 10);
    const int first = quantile(every, 0) % step;
    const int reach = (quantile(outside, 999) - first) / step + 1;
    const int bin_steps = (reach + BINS - 1) / BINS, width = bin_steps * step;
    const int low = first + tied_bin(outside.counts, first, width, highest) * width;
    // The median of what the bin holds, counted from its begin.
    Stretch within = outside;
    within.from = max(outside.from, low), within.to = min(outside.to, min(low + width, VALUES));
    long long inside;
    pixels_before(within, inside);
    return inside > 0 ? quantile(within, 500) : low + (bin_steps - 1) / 2 * step;
}
extern "C" __global__ void plane_facts(const unsigned* counts, const long long* steps,
                                       const long long* full, long long* facts) {
    const long long plane = blockIdx.x;
    const int each = (VALUES + blockDim.x - 1) / blockDim.x;
    const int from = min((int)threadIdx.x * each, VALUES), to = min(from + each, VALUES);
    const unsigned* inside = counts + 2 * plane * VALUES;
    const unsigned* beyond = inside + VALUES;
    const Stretch every = {inside, beyond, from, to}, outside = {beyond, nullptr, from, to};
    int highest;
    const int smallest = smallest_step(every, highest);
    const int step = steps[plane] > 0 ? (int)steps[plane] : smallest;
    const int dark = background(every, outside, step, max(highest, 0));
    long long sums[3] = {0, 0, 0};
    for (long long value = from; value < to; value++) {
        const long long pixels = every[(int)value];
        if (value >= full[plane]) sums[0] += pixels;
        sums[1] += pixels * value;
        sums[2] += pixels * value * value;
    }
    block_all<Add>(sums);
    if (threadIdx.x == 0) {
        long long* row = facts + 5 * plane;
        row[0] = step, row[1] = dark;
        for (int k = 0; k < 3; k++) row[2 + k] = sums[k];
    }
}

extern "C" __global__ void subtracted(const unsigned short* values, const long long* levels,
                                      const long long* starts, const long long planes,
                                      const long long total, unsigned short* signal) {
    IF_MINE(at, total) {
        const unsigned short level = (unsigned short)levels[last_start(starts, planes, at)];
        signal[at] = values[at] > level ? values[at] - level : 0;
    }
}
