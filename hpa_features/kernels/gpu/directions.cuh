// Directions by doubled angles.
#pragma once
#include "crops.cuh"

struct Direction { double cosine, sine; };

// cos 2ψ and sin 2ψ of the direction (y, x), 0 where it has none.
__device__ inline Direction double_angle(double y, double x) {
    const double square = y * y + x * x;
    if (square > 0.0) return {(y * y - x * x) / square, 2.0 * y * x / square};
    return {0.0, 0.0};
}
