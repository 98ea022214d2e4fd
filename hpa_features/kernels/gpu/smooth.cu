// Smoothing whose cost does not grow with its width.
#include "smooth.cuh"

extern "C" __global__ void smooth_images(const Arrays images, const Arrays weights,
                                         const Crops crops, const Arrays result, BOXES) {
    const Crop crop = own_crop(crops);
    double* smooth = own<double>(result);
    const double* divisor = own<double>(weights);
    const Boxes boxes = own_boxes(radius, weight, begin, first, second);
    smooth_crop(own_image(images), crop, boxes, smooth);
    FOR_BLOCK(at, crop.begin, crop.end)
        smooth[at] = divisor[at] > 0.0 ? smooth[at] / divisor[at] : 0.0;
}

struct Covered {
    const unsigned char* region;
    __device__ double operator[](long long at) const { return region[at] > 0; }
};
extern "C" __global__ void smooth_masks(const unsigned char* region, const Crops crops,
                                        const Arrays result, BOXES) {
    const Crop crop = own_crop(crops);
    const Boxes boxes = own_boxes(radius, weight, begin, first, second);
    smooth_crop(Covered{region}, crop, boxes, own<double>(result));
    FOR_BLOCK(at, crop.begin, crop.end)
        if (region[at] == OUTSIDE) own<double>(result)[at] = 0.0;
}

struct Product {
    const double* values;
    const double* others;
    __device__ double operator[](long long at) const { return values[at] * others[at]; }
};
extern "C" __global__ void coherences(const Arrays cosines, const Arrays sines,
                                      const Arrays strengths, const Crops crops,
                                      const Arrays totals, const Arrays along, const Arrays result,
                                      BOXES) {
    const Crop crop = own_crop(crops);
    const Boxes boxes = own_boxes(radius, weight, begin, first, second);
    const double* strength = own<double>(strengths);
    double* total = own<double>(totals);
    double* cosine = own<double>(along);
    double* sine = own<double>(result);
    smooth_crop(strength, crop, boxes, total);
    smooth_crop(Product{strength, own<double>(cosines)}, crop, boxes, cosine);
    smooth_crop(Product{strength, own<double>(sines)}, crop, boxes, sine);
    FOR_BLOCK(at, crop.begin, crop.end) {
        const bool known = strength[at] > 0.0 && total[at] != 0.0;
        sine[at] = known ? hypot(cosine[at], sine[at]) / total[at] : 0.0;
    }
}
