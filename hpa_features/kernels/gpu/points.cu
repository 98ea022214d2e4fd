// Points of a cell: how far its pixels lie from them, and in which direction.
#include "crops.cuh"

struct Place { double row, column; };
__device__ Place own_place(const Arrays& points) {
    const double* place = own<double>(points) + 2ll * blockIdx.x;
    return {place[0], place[1]};
}
__device__ bool known(const Place& place) { return !isnan(place.row) && !isnan(place.column); }

// From a point to a pixel, in pixels.
__device__ Place way(const Place& from, const Crop& crop, long long at) {
    return {crop.row(at) - from.row, crop.column(at) - from.column};
}

extern "C" __global__ void offsets(const Arrays points, const Crops crops, const Arrays result) {
    const Crop crop = own_crop(crops);
    const Place point = own_place(points);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const Place d = way(point, crop, at);
        const double away = sqrt(d.row * d.row + d.column * d.column) * crops.step_um[blockIdx.x];
        own<double>(result)[at] = known(point) ? away : infinity();
    }
}

extern "C" __global__ void known_points(const Arrays points, const long long cells,
                                        const Arrays result) {
    IF_MINE(cell, cells) {
        const double* place = own<double>(points) + 2 * cell;
        own<bool>(result)[cell] = known({place[0], place[1]});
    }
}

extern "C" __global__ void facings(const Arrays points, const Arrays others, const Crops crops,
                                   const Arrays result) {
    const Crop crop = own_crop(crops);
    const Place point = own_place(points), other = own_place(others);
    const double down = other.row - point.row, right = other.column - point.column;
    const double span = sqrt(down * down + right * right);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const Place d = way(point, crop, at);
        const double length = sqrt(d.row * d.row + d.column * d.column) * span;
        const bool defined = !isnan(down) && !isnan(right) && length != 0.0;
        own<double>(result)[at] = defined ? (d.row * down + d.column * right) / length : 0.0;
    }
}

extern "C" __global__ void pulls(const Arrays strength, const Arrays away, const Doubles reach,
                                 const Arrays result, const long long total) {
    IF_MINE(at, total) {
        const double distance = own<double>(away)[at];
        const bool near = distance > 0.0 && distance <= reach.at[own_item()];
        own<double>(result)[at] = near ? own<double>(strength)[at] / distance : 0.0;
    }
}
