// Hollow blobs: places darker than what lies all around them at one radius.
#include "crops.cuh"
#define WAYS 8
#define PI 3.141592653589793

// Where the image is read in each direction: four pixels and their weights.
struct Samples {
    int jump[WAYS][4];
    double weight[WAYS][4];
};
// Rounding keeps whole steps whole, so no neighbour of weight 0 decides.
__device__ double to_nine_digits(double x) { return rint(x * 1e9) / 1e9; }
__device__ void fill_samples(double radius, int columns, Samples& samples) {
    for (int k = threadIdx.x; k < WAYS; k += blockDim.x) {
        const double turn = 2.0 * PI * k / WAYS;
        const double y = to_nine_digits(radius * cos(turn)), x = to_nine_digits(radius * sin(turn));
        const int top = (int)floor(y), left = (int)floor(x);
        for (int corner = 0; corner < 4; corner++) {
            const int down = corner / 2, right = corner % 2;
            const double weight =
                (down ? y - top : 1.0 - (y - top)) * (right ? x - left : 1.0 - (x - left));
            // A neighbour that does not count is the pixel itself, which is always there.
            samples.jump[k][corner] = weight > 0.0 ? (top + down) * columns + left + right : 0;
            samples.weight[k][corner] = weight;
        }
    }
    __syncthreads();
}

extern "C" __global__ void ring_scores(const Arrays images, const Doubles um, const Arrays mean,
                                       const Doubles offset, const Arrays masks,
                                       const unsigned char* region, const Crops crops,
                                       const Arrays scores) {
    __shared__ Samples samples;
    const Crop crop = own_crop(crops);
    const Image image = own_image(images);
    const double radius = um.at[own_item()] / crops.step_um[blockIdx.x];
    const double base = offset.at[own_item()] * own_mean(mean);
    const int reach = (int)ceil(radius);
    fill_samples(radius, crop.columns, samples);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const int r = crop.row(at), c = crop.column(at);
        bool whole = r >= reach && r < crop.rows - reach && c >= reach && c < crop.columns - reach;
        whole = whole && own<bool>(masks)[at];
        const double centre = image[at];
        double lowest = infinity(), second = infinity();
        for (int k = 0; whole && k < WAYS; k++) {
            double value = 0.0;
            for (int corner = 0; corner < 4; corner++) {
                const long long other = at + samples.jump[k][corner];
                whole = whole && region[other] != OUTSIDE;
                value += samples.weight[k][corner] * image[other];
            }
            if (value < lowest) second = lowest, lowest = value;
            else second = min(second, value);
            // Two ways that are no brighter than the centre: no ring, whatever follows.
            whole = whole && second > centre;
        }
        own<double>(scores)[at] = whole ? (second - centre) / (second + base) : 0.0;
    }
}
