// Which pixels: compartments, bands of a map, and masks made of both.
#include "crops.cuh"
#include "reduce.cuh"

__device__ bool has_nucleus(const unsigned char* region, const Crop& crop) {
    int known = 0;
    FOR_BLOCK(at, crop.begin, crop.end) known |= region[at] == NUCLEUS;
    return __syncthreads_or(known);
}

extern "C" __global__ void part_masks(const Longs part, const Longs nucleated,
                                      const unsigned char* region, const Crops crops,
                                      const Arrays masks) {
    const Crop crop = own_crop(crops);
    const bool nucleus = has_nucleus(region, crop), known = nucleus || !nucleated.at[own_item()];
    FOR_BLOCK(at, crop.begin, crop.end)
        own<bool>(masks)[at] = known && is_part(region[at], (int)part.at[own_item()]);
}

extern "C" __global__ void part_counts(const unsigned char* region, const Crops crops,
                                       long long* counts) {
    const Crop crop = own_crop(crops);
    int pixels[2] = {0, 0};
    FOR_BLOCK(at, crop.begin, crop.end) {
        pixels[0] += region[at] == NUCLEUS;
        pixels[1] += region[at] == CYTOPLASM;
    }
    block_all<Add>(pixels);
    if (threadIdx.x == 0) {
        long long* row = counts + 3ll * blockIdx.x;
        row[0] = pixels[0] + pixels[1], row[1] = pixels[0], row[2] = pixels[1];
    }
}

// The edges of an item's bands are edges[first] to edges[first + count].
extern "C" __global__ void bands(const Arrays image, const double* edges, const Longs first,
                                 const Longs count, const Arrays masks, const Arrays result,
                                 const long long total) {
    IF_MINE(at, total) {
        const double* edge = edges + first.at[own_item()];
        const int last = (int)count.at[own_item()];
        const double value = own_image(image)[at];
        int k = -1;
        if (own<bool>(masks)[at] && edge[0] <= value && value < edge[last])
            for (k = 0; value >= edge[k + 1];) k++;
        own<signed char>(result)[at] = (signed char)k;
    }
}

extern "C" __global__ void within(const Arrays image, const Doubles low, const Doubles high,
                                  const Arrays masks, const Arrays result, const long long total) {
    IF_MINE(at, total) {
        const double value = own_image(image)[at], limit = high.at[own_item()];
        const bool below = value < limit || limit == infinity();
        own<bool>(result)[at] = own<bool>(masks)[at] && low.at[own_item()] <= value && below;
    }
}

extern "C" __global__ void above(const Arrays image, const Arrays limit, const Arrays masks,
                                 const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    const double own_limit = own<double>(limit)[blockIdx.x];
    FOR_BLOCK(at, crop.begin, crop.end)
        own<bool>(result)[at] = own<bool>(masks)[at] && own_image(image)[at] > own_limit;
}

extern "C" __global__ void clear_of_nucleus(const Arrays nucleus, const Doubles um,
                                            const unsigned char* region, const Crops crops,
                                            const Arrays result) {
    const Crop crop = own_crop(crops);
    const bool nucleated = has_nucleus(region, crop);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const bool far = own<double>(nucleus)[at] >= um.at[own_item()] || !nucleated;
        own<bool>(result)[at] = region[at] == CYTOPLASM && far;
    }
}
