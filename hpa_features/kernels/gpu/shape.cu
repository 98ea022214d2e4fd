// Shape of masks: moments, boundary length, holes and convex hull. A block has a part of a cell.
#include "hull.cuh"
#include "reduce.cuh"
#define PI 3.141592653589793
#define PARTS 2
#define FORMS 11

// Pixels, mean row and column, central moments: 0–5 of the row.
__device__ void write_moments(const unsigned char* region, const Crop& crop, int part,
                              double* row) {
    long long sums[3] = {0, 0, 0};
    FOR_BLOCK(at, crop.begin, crop.end)
        if (is_part(region[at], part)) {
            sums[0]++, sums[1] += crop.row(at), sums[2] += crop.column(at);
        }
    block_all<Add>(sums);
    const double y = (double)sums[1] / sums[0], x = (double)sums[2] / sums[0];
    double moments[3] = {0.0, 0.0, 0.0};
    FOR_BLOCK(at, crop.begin, crop.end)
        if (is_part(region[at], part)) {
            const double down = crop.row(at) - y, right = crop.column(at) - x;
            moments[0] += down * down, moments[1] += down * right, moments[2] += right * right;
        }
    block_all<Add>(moments);
    if (threadIdx.x > 0) return;
    const bool known = sums[0] > 0;
    row[0] = known ? (double)sums[0] : nan_();
    row[1] = known ? y : nan_(), row[2] = known ? x : nan_();
    for (int k = 0; k < 3; k++) row[3 + k] = known ? moments[k] : nan_();
}

// Area of the convex hull, greatest and least Feret diameter: 6–8 of the row.
__device__ void write_hull(const unsigned char* region, const Crop& crop, int part, int* extent,
                           Corner* hull, double* row) {
    const int size = hull_of_corners(region, crop, part, extent, hull);
    double area = 0.0, longest = 0.0, narrowest = infinity();
    for (int i = threadIdx.x; i < size; i += blockDim.x) {
        const Corner a = hull[i], b = hull[(i + 1) % size];
        area += a.row * b.column - a.column * b.row;
        const double edge = hypot(b.row - a.row, b.column - a.column);
        double height = 0.0;
        for (int j = 0; j < size; j++) {
            longest = max(longest, hypot(hull[j].row - a.row, hull[j].column - a.column));
            height = max(height, fabs(cross(a, b, hull[j])) / edge);
        }
        narrowest = min(narrowest, height);
    }
    area = block_one<Add>(area);
    longest = block_one<Most>(longest);
    narrowest = block_one<Least>(narrowest);
    if (threadIdx.x > 0) return;
    const bool known = size >= 3;
    row[6] = known ? 0.5 * fabs(area) : nan_();
    row[7] = known ? longest : nan_(), row[8] = known ? narrowest : nan_();
}

// Boundary length by the Cauchy-Crofton formula, and Euler number: 9 and 10 of the row.
__device__ void write_boundary(const unsigned char* region, const Crop& crop, int part,
                               double* row) {
    int sums[5] = {};  // changes along rows and columns, along diagonals; quads of 1, 3, crossed 2
    FOR_BLOCK(at, crop.begin, crop.end) {
        if (crop.row(at) == crop.rows - 1 || crop.column(at) == crop.columns - 1) continue;
        const int a = is_part(region[at], part), b = is_part(region[at + 1], part);
        const int d = is_part(region[at + crop.columns], part);
        const int e = is_part(region[at + crop.columns + 1], part), filled = a + b + d + e;
        sums[0] += (a != b) + (a != d);
        sums[1] += (a != e) + (b != d);
        sums[2] += filled == 1;
        sums[3] += filled == 3;
        sums[4] += filled == 2 && a == e;
    }
    block_all<Add>(sums);
    if (threadIdx.x > 0) return;
    row[9] = PI / 8.0 * (sums[0] + sums[1] / sqrt(2.0));
    row[10] = (sums[2] - sums[3] - 2 * sums[4]) / 4.0;
}

// `extent` and `hull`: room of 2 · rows numbers and 4 · rows + 6 corners a part; cells lie apart by
// what their pixels would need, as a crop has at least as many pixels as rows.
extern "C" __global__ void mask_forms(const unsigned char* region, const Crops crops, int* extent,
                                      double* hull, double* forms) {
    const Crop crop = own_crop(crops);
    const int part = blockIdx.z;
    const long long place = PARTS * crop.begin + part * (crop.end - crop.begin);
    const long long corners = 4 * place + 6ll * (PARTS * blockIdx.x + part);
    double* row = forms + (blockIdx.x * PARTS + part) * FORMS;
    write_moments(region, crop, part, row);
    write_hull(region, crop, part, extent + 2 * place, (Corner*)hull + corners, row);
    write_boundary(region, crop, part, row);
}
