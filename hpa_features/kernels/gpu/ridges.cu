// Ridges: lines that are brighter than both of their sides.
#include "crops.cuh"
#include "reduce.cuh"
#define FLAT 1e-9  // of the level: curvature below is rounding
#define TIE 1e-9
#define RING_PLACES 16
#define PI 3.141592653589793

struct Ridge { double strength, cosine, sine; };
// The ridge through a pixel, by the Hessian of the image; see ridge_strengths of the CPU.
__device__ Ridge ridge_at(const double* image, const unsigned char* region, const Crop& crop,
                          long long at, double square, double base) {
    double near[3][3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const long long other = at + (i - 1) * crop.columns + j - 1;
            near[i][j] = region[other] != OUTSIDE ? image[other] : image[at];
        }
    const double down = near[0][1] - 2.0 * near[1][1] + near[2][1];
    const double across = near[1][0] - 2.0 * near[1][1] + near[1][2];
    const double mixed = 0.25 * ((near[0][0] + near[2][2]) - (near[0][2] + near[2][0]));
    const double middle = 0.5 * (down + across), half = 0.5 * (down - across);
    const double gap = sqrt(half * half + mixed * mixed);
    const double height = square * (gap - middle - fabs(middle + gap));
    const double level = image[at] + base;
    if (height > FLAT * level && gap > 0.0) return {height / level, half / gap, mixed / gap};
    return {0.0, 0.0, 0.0};
}

extern "C" __global__ void ridges(const Arrays images, const Arrays mean, const Doubles um,
                                  const Doubles offset, const Doubles least_strength,
                                  const Doubles least_of_mean, const unsigned char* region,
                                  const Crops crops, const Arrays cosines, const Arrays sines,
                                  const Arrays strengths, const Arrays plains,
                                  const Arrays limits) {
    const Crop crop = own_crop(crops);
    const int item = own_item();
    const double base = offset.at[item] * own_mean(mean);
    const double sigma = um.at[item] / crops.step_um[blockIdx.x];
    double* strength = own<double>(strengths);
    double sums[2] = {0.0, 0.0};
    FOR_BLOCK(at, crop.begin, crop.end) {
        Ridge ridge = {0.0, 0.0, 0.0};
        if (region[at] != OUTSIDE && !crop.on_margin(at))
            ridge = ridge_at(own<double>(images), region, crop, at, sigma * sigma, base);
        strength[at] = ridge.strength;
        own<double>(cosines)[at] = ridge.cosine;
        own<double>(sines)[at] = ridge.sine;
        if (region[at] != OUTSIDE) sums[0] += 1.0, sums[1] += ridge.strength;
    }
    block_all<Add>(sums);
    const double of_mean = sums[0] > 0.0 ? least_of_mean.at[item] * (sums[1] / sums[0]) : 0.0;
    const double least = max(least_strength.at[item], of_mean);
    if (threadIdx.x == 0) own<double>(limits)[blockIdx.x] = least;
    FOR_BLOCK(at, crop.begin, crop.end) own<bool>(plains)[at] = strength[at] > least;
}

// Linear interpolation inside the crop.
__device__ double between(const double* image, const Crop& crop, double row, double column) {
    const int r = (int)floor(row), c = (int)floor(column);
    const double y = row - r, x = column - c;
    const int r2 = min(r + 1, crop.rows - 1), c2 = min(c + 1, crop.columns - 1);
    const double* line = image + crop.begin + (long long)r * crop.columns;
    const double* next = image + crop.begin + (long long)r2 * crop.columns;
    const double above = (1.0 - x) * line[c] + x * line[c2];
    const double below = (1.0 - x) * next[c] + x * next[c2];
    return (1.0 - y) * above + y * below;
}

extern "C" __global__ void ridge_crossings(const Arrays cosines, const Arrays sines,
                                           const Arrays strengths, const Arrays plains,
                                           const Arrays limits, const Doubles circle_um,
                                           const Crops crops, const Arrays crossings) {
    __shared__ int rise[RING_PLACES], run[RING_PLACES];
    const Crop crop = own_crop(crops);
    const double* strength = own<double>(strengths);
    const double least = own<double>(limits)[blockIdx.x];
    for (int k = threadIdx.x; k < RING_PLACES; k += blockDim.x) {
        const double turn = 2.0 * PI * k / RING_PLACES;
        const double radius = circle_um.at[own_item()] / crops.step_um[blockIdx.x];
        rise[k] = (int)rint(radius * cos(turn));
        run[k] = (int)rint(radius * sin(turn));
    }
    __syncthreads();
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int r = crop.row(at), c = crop.column(at);
        bool crest = !crop.on_margin(at) && strength[at] > least;
        if (crest) {
            const double angle = 0.5 * atan2(own<double>(sines)[at], own<double>(cosines)[at]);
            const double y = -sin(angle), x = cos(angle);
            const double one = between(strength, crop, r + y, c + x);
            const double other = between(strength, crop, r - y, c - x);
            crest = strength[at] >= max(one, other) * (1.0 - TIE);
        }
        int count = 0;
        bool last = false;
        for (int place = -1; crest && place < RING_PLACES; place++) {
            const int ring = place < 0 ? RING_PLACES - 1 : place;
            const int y = r + rise[ring], x = c + run[ring];
            bool here = y >= 0 && y < crop.rows && x >= 0 && x < crop.columns;
            here = here && own<bool>(plains)[crop.begin + (long long)y * crop.columns + x];
            if (place >= 0 && here && !last) count++;
            last = here;
        }
        if (count == 0 && last) count = 1;
        own<signed char>(crossings)[at] = crest ? (signed char)count : -1;
    }
}
