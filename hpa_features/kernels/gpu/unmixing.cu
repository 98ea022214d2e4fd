// Weights of layouts that together explain another one, none of them negative. A thread has a cell.
#include "crops.cuh"
#define MOST 8  // images that explain

struct System {
    int size;
    double gram[MOST][MOST], right[MOST];
};

// Least-squares weights over the columns `used`, 0 for the others, by elimination with pivots.
__device__ void solve(const System& s, const bool* used, double* weights) {
    int places[MOST], count = 0;
    double part[MOST][MOST + 1];
    for (int k = 0; k < s.size; k++) {
        weights[k] = 0.0;
        if (used[k]) places[count++] = k;
    }
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) part[i][j] = s.gram[places[i]][places[j]];
        part[i][count] = s.right[places[i]];
    }
    for (int k = 0; k < count; k++) {
        int pivot = k;
        for (int i = k + 1; i < count; i++)
            if (fabs(part[i][k]) > fabs(part[pivot][k])) pivot = i;
        for (int j = k; j <= count; j++) {
            const double kept = part[k][j];
            part[k][j] = part[pivot][j], part[pivot][j] = kept;
        }
        for (int i = k + 1; i < count; i++) {
            const double share = part[i][k] / part[k][k];
            for (int j = k; j <= count; j++) part[i][j] -= share * part[k][j];
        }
    }
    for (int k = count - 1; k >= 0; k--) {
        double sum = part[k][count];
        for (int j = k + 1; j < count; j++) sum -= part[k][j] * weights[places[j]];
        weights[places[k]] = sum / part[k][k];
    }
}
__device__ bool any_not_positive(const System& s, const bool* used, const double* weights) {
    for (int k = 0; k < s.size; k++)
        if (used[k] && weights[k] <= 0.0) return true;
    return false;
}
// The weights of least square residual, by the active sets of Lawson & Hanson.
__device__ void nonnegative(const System& s, double* weights) {
    bool used[MOST] = {};
    double wanted[MOST], tolerance = 0.0;
    for (int k = 0; k < s.size; k++) {
        weights[k] = 0.0;
        tolerance = max(tolerance, 1e-12 * fabs(s.right[k]));
    }
    for (int turn = 0; turn < 3 * s.size; turn++) {
        int best = -1;
        double steepest = 0.0;
        for (int k = 0; k < s.size; k++) {
            double slope = s.right[k];
            for (int j = 0; j < s.size; j++) slope -= s.gram[k][j] * weights[j];
            if (!used[k] && (best < 0 || slope > steepest)) steepest = slope, best = k;
        }
        if (best < 0 || steepest <= tolerance) return;
        used[best] = true;
        solve(s, used, wanted);
        // Each step empties a column; the bound is for numbers that rounding keeps above 0.
        for (int step_count = 0; step_count < 3 * MOST && any_not_positive(s, used, wanted);
             step_count++) {
            double step = 1.0;
            for (int k = 0; k < s.size; k++)
                if (used[k] && wanted[k] <= 0.0)
                    step = min(step, weights[k] / (weights[k] - wanted[k]));
            for (int k = 0; k < s.size; k++) {
                weights[k] += step * (wanted[k] - weights[k]);
                if (used[k] && weights[k] <= 1e-15) used[k] = false, weights[k] = 0.0;
            }
            solve(s, used, wanted);
        }
        for (int k = 0; k < s.size; k++) weights[k] = wanted[k];
    }
}

// `packed` are tables of covariances over 1 + `others` images, the first the one to be explained.
extern "C" __global__ void nonnegative_weights(const Arrays packed, const Longs others,
                                               const Doubles ridge, const long long cells,
                                               const Arrays result) {
    IF_MINE(cell, cells) {
        System s;
        s.size = (int)others.at[own_item()];
        const int kinds = s.size + 1;
        const double* table = own<double>(packed) + cell * (1 + kinds + kinds * kinds);
        const double* mean = table + 1;
        const double* covariance = mean + kinds;
        double* row = own<double>(result) + cell * kinds;
        bool known = table[0] != 0.0;
        for (int k = 0; k < kinds; k++) known = known && !(mean[k] <= 0.0), row[k] = nan_();
        if (!known) return;
        double moments[MOST + 1][MOST + 1];
        for (int i = 0; i < kinds; i++)
            for (int j = 0; j < kinds; j++)
                moments[i][j] = covariance[i * kinds + j] / (mean[i] * mean[j]) + 1.0;
        for (int i = 0; i < s.size; i++) {
            for (int j = 0; j < s.size; j++) s.gram[i][j] = moments[1 + i][1 + j];
            s.gram[i][i] += ridge.at[own_item()] * moments[1 + i][1 + i];
            s.right[i] = moments[1 + i][0];
        }
        double weights[MOST], along = 0.0;
        nonnegative(s, weights);
        for (int k = 0; k < s.size; k++) along += weights[k] * s.right[k];
        double rest = moments[0][0] - 2.0 * along;
        for (int i = 0; i < s.size; i++)
            for (int j = 0; j < s.size; j++)
                rest += weights[i] * moments[1 + i][1 + j] * weights[j];
        for (int k = 0; k < s.size; k++) row[k] = weights[k];
        const double variance = covariance[0] / (mean[0] * mean[0]);
        if (variance > 1e-12) row[s.size] = max(rest, 0.0) / variance;
    }
}
