/* layer_norm and rms_norm in float64. */
#include <math.h>

#include "../kernel.h"

EDGE_KERNEL(layer_norm_f64) {
    const size_t n = (size_t)a->n;
    size_t lo, hi;
    edge_share(t, (size_t)a->outer, &lo, &hi);
    for (size_t row = lo; row < hi; row++) {
        const double *x = a->x + row * n;
        double *y = a->y + row * n, mean = 0.0, variance = 0.0;
        for (size_t i = 0; i < n && a->center; i++) mean += x[i] / (double)n;
        for (size_t i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean) / (double)n;
        const double factor = 1.0 / sqrt(variance + a->epsilon);
        for (size_t i = 0; i < n; i++)
            y[i] = (x[i] - mean) * factor * (a->scale ? a->scale[i] : 1.0) + (a->bias ? a->bias[i] : 0.0);
    }
    return EDGE_OK;
}
