// The one body of a cell that stands out most, grown from its peak.
#include "hull.cuh"
#include "reduce.cuh"
#define PI 3.141592653589793

// The first of the mask's pixels of greatest height, −1 where none exceeds `least`.
__device__ long long peak_of(const double* height, const bool* mask, const Crop& crop,
                             double least) {
    double top = -infinity();
    FOR_BLOCK(at, crop.begin, crop.end)
        if (mask[at] && height[at] > least) top = max(top, height[at]);
    top = block_one<Most>(top);
    long long first = crop.end;
    FOR_BLOCK(at, crop.begin, crop.end)
        if (mask[at] && height[at] > least && height[at] == top && at < first) first = at;
    first = block_one<Least>(first);
    return first < crop.end ? first : -1;
}

// In each turn pixels join that have a side in common with the body; `joined` are the turn's.
extern "C" __global__ void bodies(const Arrays heights, const Arrays images, const Arrays mean,
                                  const Arrays masks, const Doubles least_height,
                                  const Doubles reach_um, const Crops crops, const Arrays joined,
                                  const Arrays result) {
    const Crop crop = own_crop(crops);
    const double* image = own<double>(images);
    const bool* mask = own<bool>(masks);
    bool* body = own<bool>(result);
    bool* joins = own<bool>(joined);
    const double base = own_mean(mean);
    const double reach = reach_um.at[own_item()] / crops.step_um[blockIdx.x];
    const double lowest = least_height.at[own_item()] * base;
    const long long peak = peak_of(own<double>(heights), mask, crop, lowest);
    const bool stands_out = peak >= 0 && image[peak] > base;  // the same for the whole block
    FOR_BLOCK(at, crop.begin, crop.end) body[at] = stands_out && at == peak;
    __syncthreads();
    if (!stands_out) return;
    const double least = 0.5 * (image[peak] + base);
    const int row = crop.row(peak), column = crop.column(peak);
    int grown = 1;
    while (__syncthreads_or(grown)) {
        grown = 0;
        FOR_BLOCK(at, crop.begin, crop.end) {
            const int r = crop.row(at), c = crop.column(at);
            const double y = r - row, x = c - column;
            bool join = !body[at] && mask[at] && image[at] >= least;
            join = join && y * y + x * x <= reach * reach;
            join = join && ((r > 0 && body[at - crop.columns]) || (c > 0 && body[at - 1]) ||
                            (r < crop.rows - 1 && body[at + crop.columns]) ||
                            (c < crop.columns - 1 && body[at + 1]));
            joins[at] = join;
            grown |= join;
        }
        __syncthreads();
        FOR_BLOCK(at, crop.begin, crop.end)
            if (joins[at]) body[at] = true;
    }
}

extern "C" __global__ void roundness(const Arrays masks, const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    long long sums[4] = {};  // pixels, Σ row, Σ column, Σ of their squares
    FOR_BLOCK(at, crop.begin, crop.end)
        if (own<bool>(masks)[at]) {
            const long long r = crop.row(at), c = crop.column(at);
            sums[0]++, sums[1] += r, sums[2] += c, sums[3] += r * r + c * c;
        }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    const double count = sums[0], y = sums[1], x = sums[2];
    const double moment = sums[3] - (y * y + x * x) / count + count / 6.0;
    own<double>(result)[blockIdx.x] =
        sums[0] > 0 ? min(count * count / (2.0 * PI * moment), 1.0) : nan_();
}

// Marks the pixels of a row between the hull's edges; corners are whole numbers, so at the middle
// of a row no edge begins or ends.
__device__ bool in_hull(const Corner* hull, int size, int r, int c) {
    const double y = r + 0.5, x = c + 0.5;
    double left = infinity(), right = -infinity();
    for (int i = 0; i < size; i++) {
        const Corner a = hull[i], b = hull[(i + 1) % size];
        if ((a.row < y) == (b.row < y)) continue;
        const double at = a.column + (y - a.row) / (b.row - a.row) * (b.column - a.column);
        left = min(left, at), right = max(right, at);
    }
    return left <= x + 1e-9 && x - 1e-9 <= right;
}

extern "C" __global__ void dents(const Arrays masks, const Arrays middles, const Doubles least,
                                 const unsigned char* region, const Crops crops,
                                 const Arrays extents, const Arrays hulls, const Arrays result) {
    const Crop crop = own_crop(crops);
    const double* middle = own<double>(middles) + 2ll * blockIdx.x;
    long long sums[3] = {};  // of the mask: pixels, Σ row, Σ column
    FOR_BLOCK(at, crop.begin, crop.end)
        if (own<bool>(masks)[at]) {
            sums[0]++;
            sums[1] += crop.row(at);
            sums[2] += crop.column(at);
        }
    block_all<Add>(sums);
    const double down = (double)sums[1] / sums[0] - middle[0];
    const double right = (double)sums[2] / sums[0] - middle[1];
    const double length = sqrt(down * down + right * right);
    Corner* hull = (Corner*)own<double>(hulls) + 4 * crop.begin + 6ll * blockIdx.x;
    const int size = hull_of_corners(region, crop, 1, own<int>(extents) + 2 * crop.begin, hull);
    int counts[2] = {0, 0};  // of the hull facing the mask: pixels, those that are no nucleus
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int r = crop.row(at), c = crop.column(at);
        const double y = r - middle[0], x = c - middle[1];
        const double wanted = least.at[own_item()] * sqrt(y * y + x * x) * length;
        const bool faces = sums[0] > 0 && !isnan(down) && y * down + x * right >= wanted;
        if (!faces || !in_hull(hull, size, r, c)) continue;
        counts[0]++, counts[1] += region[at] != NUCLEUS;
    }
    block_all<Add>(counts);
    if (threadIdx.x == 0)
        own<double>(result)[blockIdx.x] = counts[0] > 0 ? (double)counts[1] / counts[0] : nan_();
}
