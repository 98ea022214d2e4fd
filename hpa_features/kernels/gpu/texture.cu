// Gray-level co-occurrence and Haralick's statistics: a block has a cell at one distance.
#include "crops.cuh"
#include "reduce.cuh"
#define LEVELS 32
#define SIZE (LEVELS + 1)     // levels 1…32 at their own index
#define SUMS (2 * SIZE - 1)
#define PARTS 3               // cell, nucleus, cytoplasm
#define STATISTICS 13
#define FEWEST_PAIRS 100

// What the statistics of one direction are made of; a warp's threads each add up parts of it.
struct Table {
    unsigned pairs[PARTS][SIZE][SIZE];
    int total[PARTS];
    double margin[PARTS][SIZE], minus[PARTS][SIZE], plus[PARTS][SUMS];
    double energy[PARTS][SIZE], similarity[PARTS][SIZE], entropy[PARTS][SIZE], product[PARTS][SIZE];
};

__device__ double term(double p) { return p > 0.0 ? -p * log2(p) : 0.0; }

__device__ void count_pairs(const unsigned char* levels, const unsigned char* region,
                            const Crop& crop, int down, int right, Table& t) {
    for (int k = threadIdx.x; k < PARTS * SIZE * SIZE; k += blockDim.x) (&t.pairs[0][0][0])[k] = 0;
    __syncthreads();
    int own[PARTS] = {0, 0, 0};
    const int wide = crop.columns - abs(right), high = crop.rows - down;
    for (int k = threadIdx.x; wide > 0 && k < wide * high; k += blockDim.x) {
        const int row = k / wide, column = k - row * wide - min(right, 0);
        const long long here = crop.begin + (long long)row * crop.columns + column;
        const long long there = here + (long long)down * crop.columns + right;
        if (region[here] == OUTSIDE || region[there] == OUTSIDE) continue;
        const int a = levels[here], b = levels[there];
        atomicAdd(&t.pairs[0][a][b], 1u);
        own[0]++;
        if (region[here] == region[there]) {
            const int part = 3 - region[here];
            atomicAdd(&t.pairs[part][a][b], 1u);
            own[part]++;
        }
    }
    block_all<Add>(own);  // its barriers also end the counting
    if (threadIdx.x == 0)
        for (int part = 0; part < PARTS; part++) t.total[part] = own[part];
    __syncthreads();
}
// Row `i` of a part's symmetric matrix: its margin and its share of the sums over all of it.
__device__ void sum_row(Table& t, int part, int i) {
    const double whole = 2.0 * t.total[part];
    double margin = 0.0, energy = 0.0, similarity = 0.0, entropy = 0.0, product = 0.0;
    for (int j = 0; j < SIZE; j++) {
        const unsigned both = t.pairs[part][i][j] + t.pairs[part][j][i];
        if (both == 0) continue;
        const double p = both / whole;
        margin += p;
        energy += p * p;
        similarity += p / (1 + (i - j) * (i - j));
        entropy += term(p);
        product += p * i * j;
    }
    t.margin[part][i] = margin, t.energy[part][i] = energy, t.similarity[part][i] = similarity;
    t.entropy[part][i] = entropy, t.product[part][i] = product;
}
// The sums along one diagonal: of P(i − j) for both signs, and of P(i + j).
__device__ void sum_difference(Table& t, int part, int apart) {
    double sum = 0.0;
    for (int i = 0; i + apart < SIZE; i++) {
        const unsigned both = t.pairs[part][i][i + apart] + t.pairs[part][i + apart][i];
        sum += (apart ? 2.0 : 1.0) * both / (2.0 * t.total[part]);
    }
    t.minus[part][apart] = sum;
}
__device__ void sum_along(Table& t, int part, int along) {
    double sum = 0.0;
    for (int i = max(0, along - SIZE + 1); i <= min(along, SIZE - 1); i++) {
        const unsigned both = t.pairs[part][i][along - i] + t.pairs[part][along - i][i];
        sum += both / (2.0 * t.total[part]);
    }
    t.plus[part][along] = sum;
}
// Adds the statistics of one direction to `sums`, as haralick_statistics of the CPU defines them.
__device__ void add_statistics(const Table& t, int part, double* sums) {
    double energy = 0.0, similarity = 0.0, entropy = 0.0, product = 0.0, mean = 0.0, square = 0.0;
    double edge = 0.0, contrast = 0.0, even = 0.0, apart = 0.0, spread = 0.0;
    double average = 0.0, sum_square = 0.0, sum_entropy = 0.0;
    for (int i = 0; i < SIZE; i++) {
        energy += t.energy[part][i], similarity += t.similarity[part][i];
        entropy += t.entropy[part][i], product += t.product[part][i];
        mean += i * t.margin[part][i];
        square += i * i * t.margin[part][i];
        edge += term(t.margin[part][i]);
        contrast += i * i * t.minus[part][i];
        even += t.minus[part][i] / SIZE;
        apart += term(t.minus[part][i]);
    }
    for (int i = 0; i < SIZE; i++)
        spread += (t.minus[part][i] - even) * (t.minus[part][i] - even) / SIZE;
    for (int k = 0; k < SUMS; k++) {
        average += k * t.plus[part][k];
        sum_square += k * k * t.plus[part][k];
        sum_entropy += term(t.plus[part][k]);
    }
    const double variance = square - mean * mean;
    // The matrix is symmetric, so the entropy of the margins' product is twice a margin's.
    const double independent = 2.0 * edge;
    sums[0] += energy;
    sums[1] += contrast;
    sums[2] += variance > 1e-12 ? (product - mean * mean) / variance : 1.0;
    sums[3] += variance;
    sums[4] += similarity;
    sums[5] += average;
    sums[6] += sum_square - average * average;
    sums[7] += sum_entropy;
    sums[8] += entropy;
    sums[9] += spread;
    sums[10] += apart;
    sums[11] += edge > 0.0 ? (entropy - independent) / edge : 0.0;
    sums[12] += sqrt(max(0.0, 1.0 - exp(-2.0 * (independent - entropy))));
}

extern "C" __global__ void haralick(const Doubles um, const Arrays levels, const Arrays usable,
                                    const unsigned char* region, const Crops crops,
                                    const Arrays statistics) {
    __shared__ Table t;
    const Crop crop = own_crop(crops);
    double* out = own<double>(statistics) + (long long)blockIdx.x * PARTS * STATISTICS;
    double sums[STATISTICS] = {};  // of part `threadIdx.x`
    bool enough = own<bool>(usable)[blockIdx.x];
    const int d = max((int)rint(um.at[own_item()] / crops.step_um[blockIdx.x]), 1);
    for (int direction = 0; enough && direction < 4; direction++) {
        const int down = direction == 0 ? 0 : d;
        const int right = direction == 2 ? 0 : direction == 3 ? -d : d;
        count_pairs(own<unsigned char>(levels), region, crop, down, right, t);
        // Of parts with too few pairs nothing is read in the end.
        for (int k = threadIdx.x; k < PARTS * (2 * SIZE + SUMS); k += blockDim.x) {
            const int part = k / (2 * SIZE + SUMS), what = k % (2 * SIZE + SUMS);
            if (t.total[part] < FEWEST_PAIRS) continue;
            if (what < SIZE) sum_row(t, part, what);
            else if (what < 2 * SIZE) sum_difference(t, part, what - SIZE);
            else sum_along(t, part, what - 2 * SIZE);
        }
        __syncthreads();
        if (threadIdx.x < PARTS && t.total[threadIdx.x] >= FEWEST_PAIRS)
            add_statistics(t, threadIdx.x, sums);
        else if (threadIdx.x < PARTS)
            sums[0] = nan_();
        __syncthreads();
    }
    if (threadIdx.x < PARTS) {
        const bool known = enough && !isnan(sums[0]);
        for (int k = 0; k < STATISTICS; k++)
            out[threadIdx.x * STATISTICS + k] = known ? sums[k] / 4.0 : nan_();
    }
}
