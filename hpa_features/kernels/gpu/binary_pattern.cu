// Local binary patterns inside nucleus and cytoplasm.
#include "crops.cuh"
#define POINTS 8
#define BINS (POINTS + 2)
#define ONE 32768ll  // weights are whole numbers, so ties and 90° turns are exact

// The four pixels about each point of the circle; weights × ONE².
struct Samples {
    int down[POINTS][4], right[POINTS][4];
    long long weight[POINTS][4];
};
__device__ void fill_samples(int radius, Samples& s) {
    const int downs[POINTS] = {0, 1, 1, 1, 0, -1, -1, -1};
    const int rights[POINTS] = {1, 1, 0, -1, -1, -1, 0, 1};
    const double slant = radius * sqrt(0.5);
    const int near = (int)floor(slant);
    const long long far = (long long)rint((slant - near) * ONE);
    for (int k = threadIdx.x; k < POINTS * 4; k += blockDim.x) {
        const int point = k / 4, corner = k % 4, tall = corner / 2, wide = corner % 2;
        const int down = downs[point], right = rights[point];
        const bool straight = down * right == 0;
        s.down[point][corner] = down * (straight ? radius : near + tall);
        s.right[point][corner] = right * (straight ? radius : near + wide);
        const long long slanted = (tall ? far : ONE - far) * (wide ? far : ONE - far);
        s.weight[point][corner] = !straight ? slanted : corner == 0 ? ONE * ONE : 0;
    }
    __syncthreads();
}

extern "C" __global__ void pattern_counts(const Arrays images, const Doubles um,
                                          const unsigned char* region, const Crops crops,
                                          const Arrays result) {
    __shared__ Samples s;
    __shared__ unsigned counts[2 * BINS];
    const Crop crop = own_crop(crops);
    const unsigned short* image = own<unsigned short>(images);
    const int reach = max((int)rint(um.at[own_item()] / crops.step_um[blockIdx.x]), 1);
    for (int k = threadIdx.x; k < 2 * BINS; k += blockDim.x) counts[k] = 0;
    fill_samples(reach, s);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int r = crop.row(at), c = crop.column(at);
        bool whole = r >= reach && r < crop.rows - reach && c >= reach && c < crop.columns - reach;
        whole = whole && region[at] != OUTSIDE;
        unsigned bits = 0;
        for (int point = 0; whole && point < POINTS; point++) {
            long long light = 0;
            for (int corner = 0; corner < 4; corner++) {
                if (s.weight[point][corner] == 0) continue;
                const long long other =
                    at + (long long)s.down[point][corner] * crop.columns + s.right[point][corner];
                whole = whole && region[other] == region[at];
                light += s.weight[point][corner] * image[other];
            }
            if (light >= image[at] * ONE * ONE) bits |= 1u << point;
        }
        if (!whole) continue;
        const unsigned turned = (bits << 1 | bits >> (POINTS - 1)) & ((1u << POINTS) - 1);
        const int pattern = __popc(bits ^ turned) <= 2 ? __popc(bits) : POINTS + 1;
        atomicAdd(&counts[(region[at] - 1) * BINS + pattern], 1u);
    }
    __syncthreads();
    long long* out = own<long long>(result) + (long long)blockIdx.x * 2 * BINS;
    for (int k = threadIdx.x; k < 2 * BINS; k += blockDim.x) out[k] = counts[k];
}
