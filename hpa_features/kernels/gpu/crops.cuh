// What kernels take, and how they go through it. All whole numbers from Python are long long.
#pragma once
#define ITEMS 40  // so that all parameters of a kernel fit in 4,096 bytes
#define OUTSIDE 0
#define CYTOPLASM 1
#define NUCLEUS 2

// The crops of all cells; see CropLayout.
struct Crops {
    const long long* starts;
    const long long* shape;
    const double* step_um;
    long long cells, total;
};

// Where the cells lie in the native planes; see NativeLayout.
struct Native {
    const int* labels;
    const unsigned char* nuclei;
    const long long* offsets;
    const long long* position;
    const long long* box;
    const long long* field;
    const long long* field_start;
    const long long* field_shape;
    const double* field_um;
    long long cells;
};

// One array, or one number, for each item of a launch.
struct Arrays {
    void* at[ITEMS];
    unsigned char kind[ITEMS];
};
struct Doubles { double at[ITEMS]; };
struct Longs { long long at[ITEMS]; };

// The item that a block works on.
__device__ inline int own_item() { return blockIdx.y; }

template <class T> __device__ inline T* own(const Arrays& arrays) {
    return (T*)arrays.at[own_item()];
}

// An image of any type, read as double.
struct Image {
    const void* begin;
    unsigned char kind;
    __device__ double operator[](long long at) const {
        switch (kind) {
            case 0: return ((const unsigned char*)begin)[at];
            case 1: return ((const signed char*)begin)[at];
            case 2: return ((const unsigned short*)begin)[at];
            case 3: return ((const int*)begin)[at];
            case 4: return (double)((const long long*)begin)[at];
            default: return ((const double*)begin)[at];
        }
    }
};
__device__ inline Image own_image(const Arrays& arrays) {
    return {arrays.at[own_item()], arrays.kind[own_item()]};
}

// The pixels of the block's cell, and its rows and columns.
struct Crop {
    long long begin, end;
    int rows, columns;
    __device__ int row(long long at) const { return (int)(at - begin) / columns; }
    __device__ int column(long long at) const { return (int)(at - begin) % columns; }
    // Whether a pixel lies in the outermost rows and columns, where neighbours are missing.
    __device__ bool on_margin(long long at) const {
        const int r = row(at), c = column(at);
        return r < 1 || r >= rows - 1 || c < 1 || c >= columns - 1;
    }
};
__device__ inline Crop own_crop(const Crops& crops) {
    const long long cell = blockIdx.x;
    return {crops.starts[cell], crops.starts[cell + 1], (int)crops.shape[2 * cell],
            (int)crops.shape[2 * cell + 1]};
}

// The last of ascending starts, the first of them 0, that is not beyond a place.
__device__ inline long long last_start(const long long* starts, long long count, long long at) {
    long long low = 0, high = count;
    while (high - low > 1) {
        const long long middle = (low + high) / 2;
        if (starts[middle] <= at) low = middle;
        else high = middle;
    }
    return low;
}

// The block's threads share the numbers from `first` to `last`; a grid's threads have one each.
#define FOR_BLOCK(at, first, last) \
    for (long long at = (first) + threadIdx.x; at < (last); at += blockDim.x)
#define IF_MINE(at, count) \
    const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x; \
    if (at < (count))

__device__ inline double nan_() { return __longlong_as_double(0x7ff8000000000000LL); }
__device__ inline double infinity() { return __longlong_as_double(0x7ff0000000000000LL); }

// The cell's mean in an (n, 2) array of `means`, 0 where it has none.
__device__ inline double own_mean(const Arrays& means) {
    const double mean = own<double>(means)[2 * blockIdx.x + 1];
    return isnan(mean) ? 0.0 : mean;
}

// Whether a region lies in part 0 cell, 1 nucleus or 2 cytoplasm.
__device__ inline bool is_part(unsigned char region, int part) {
    return part == 0 ? region > 0 : region == 3 - part;
}
