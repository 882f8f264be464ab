/* resize_linear_i8 of resize.c for int16, in 64-bit sums. */
#include "../kernel.h"

EDGE_KERNEL(resize_linear_i16) {
    const size_t H = (size_t)a->H, W = (size_t)a->W, C = (size_t)a->C, P = (size_t)a->P, Q = (size_t)a->Q;
    const int32_t *top = a->rows, *bottom = top + P, *down = bottom + P;
    const int32_t *left = a->columns, *right = left + Q, *across = right + Q;
    size_t lo, hi;
    if (C == 0 || P == 0 || Q == 0) return EDGE_OK;
    for (size_t i = 0; i < 2 * P; i++)
        if (top[i] < 0 || top[i] >= a->H) return EDGE_E_INDEX;
    for (size_t i = 0; i < 2 * Q; i++)
        if (left[i] < 0 || left[i] >= a->W) return EDGE_E_INDEX;
    edge_share(t, (size_t)a->N * P * Q, &lo, &hi);
    for (size_t pixel = lo; pixel < hi; pixel++) {
        const size_t q = pixel % Q, p = pixel / Q % P;
        const int16_t *image = a->x + pixel / Q / P * H * W * C;
        const int16_t *upper = image + (size_t)top[p] * W * C, *lower = image + (size_t)bottom[p] * W * C;
        /* within 12 bits, whatever a file says, so that nothing overflows */
        const int64_t d = down[p] < -1024 ? -1024 : down[p] > 1024 ? 1024 : down[p], u = 1024 - d;
        const int64_t r = across[q] < -1024 ? -1024 : across[q] > 1024 ? 1024 : across[q], l = 1024 - r;
        const size_t first = (size_t)left[q] * C, last = (size_t)right[q] * C;
        for (size_t j = 0; j < C; j++) {
            int64_t sum = u * (l * upper[first + j] + r * upper[last + j]) + d * (l * lower[first + j] + r * lower[last + j]);
            sum = (sum > 0 ? sum + (1 << 19) : sum - (1 << 19)) / (1 << 20);
            a->y[pixel * C + j] = (int16_t)(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
        }
    }
    return EDGE_OK;
}
