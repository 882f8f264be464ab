/* Images read between their elements, at places that come with the data. */
#include "../kernel.h"

enum { SAMPLE_NEAREST, SAMPLE_LINEAR, SAMPLE_CUBIC };
enum { SAMPLE_ZEROS, SAMPLE_BORDER, SAMPLE_REFLECTION };
enum { SAMPLE_MOST = 4096 };

static inline double sample_floor(double x) { /* |x| below 2^31 */
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1.0 : whole;
}
static inline double sample_clamp(double x, double lo, double hi) { return x > lo ? (x < hi ? x : hi) : lo; } /* NaN: lo */

static double sample_reflect(double x, double lo, double hi) {
    double span = hi - lo;
    if (!(span > 0.0)) return 0.0;
    double turn = x > lo ? x - lo : lo - x;
    turn -= sample_floor(turn / (2.0 * span)) * 2.0 * span;
    return (turn < 2.0 * span - turn ? turn : 2.0 * span - turn) + lo;
}

/* Up to four elements along an axis, and what they weigh. */
struct sample_taps {
    int count;
    size_t index[4];
    float weight[4];
};

static double sample_keys(double d) {
    const double a = -0.75;
    return d <= 1.0 ? ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0 : ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a;
}

static struct sample_taps sample_axis(float g, int32_t size, int32_t mode, int32_t padding, int32_t corners) {
    const double last = size - 1.0, lo = corners ? 0.0 : -0.5, hi = corners ? last : last + 0.5;
    double place = g;
    if (corners != 2) place = corners ? ((double)g + 1.0) / 2.0 * last : (((double)g + 1.0) * size - 1.0) / 2.0;
    place = sample_clamp(place, -1073741824.0, 1073741824.0);
    if (mode == SAMPLE_NEAREST) { /* halves to even */
        double up = sample_floor(place + 0.5);
        place = up == place + 0.5 && (int64_t)up % 2 ? up - 1.0 : up;
    }
    if (padding == SAMPLE_BORDER) place = sample_clamp(place, 0.0, last);
    if (padding == SAMPLE_REFLECTION) place = sample_reflect(place, lo, hi);
    const double base = sample_floor(place), t = place - base;
    const int first = mode == SAMPLE_CUBIC ? -1 : 0;
    struct sample_taps taps = {.count = mode == SAMPLE_NEAREST ? 1 : mode == SAMPLE_LINEAR ? 2 : 4};
    for (int k = 0; k < taps.count; k++) {
        const double step = first + k, far = t > step ? t - step : step - t;
        double index = base + step, weight = mode == SAMPLE_NEAREST ? 1.0 : mode == SAMPLE_LINEAR ? 1.0 - far : sample_keys(far);
        if (padding == SAMPLE_ZEROS && (index < 0.0 || index > last)) weight = 0.0;
        if (padding == SAMPLE_REFLECTION && (index < lo || index > hi)) index = sample_floor(sample_reflect(index, lo, hi));
        taps.index[k] = (size_t)sample_clamp(index, 0.0, last);
        taps.weight[k] = (float)weight;
    }
    return taps;
}

/* y += w * x, or y = max(y, w * x) */
static void sample_add(float *y, const float *x, float w, size_t n, int largest) {
    const vf weight = vf_set(w);
    size_t i = 0;
    for (; i + VF <= n; i += VF) {
        vf v = vf_load(x + i), old = vf_load(y + i);
        vf_store(y + i, largest ? vf_max(old, vf_mul(weight, v)) : vf_fma(weight, v, old));
    }
    if (i < n) {
        vf v = vf_load_n(x + i, n - i), old = vf_load_n(y + i, n - i);
        vf_store_n(y + i, largest ? vf_max(old, vf_mul(weight, v)) : vf_fma(weight, v, old), n - i);
    }
}

EDGE_KERNEL(grid_sample_f32) {
    const size_t C = (size_t)a->C, points = (size_t)a->points, H = (size_t)a->H, W = (size_t)a->W, D = (size_t)a->D;
    size_t lo, hi;
    if (C == 0 || points == 0) return EDGE_OK;
    edge_share(t, (size_t)a->N * points, &lo, &hi);
    for (size_t at = lo; at < hi; at++) {
        const float *g = a->grid + at * (size_t)a->axes, *image = a->x + at / points * D * H * W * C;
        struct sample_taps x = sample_axis(g[0], a->W, a->mode, a->padding, a->corners);
        struct sample_taps y = sample_axis(g[1], a->H, a->mode, a->padding, a->corners);
        struct sample_taps z = {1, {0}, {1.0f}};
        if (a->axes == 3) z = sample_axis(g[2], a->D, a->mode, a->padding, a->corners);
        float *out = a->y + at * C;
        memset(out, 0, C * sizeof *out);
        for (int k = 0; k < z.count; k++)
            for (int i = 0; i < y.count; i++)
                for (int j = 0; j < x.count; j++) {
                    const float weight = z.weight[k] * y.weight[i] * x.weight[j];
                    if (weight == 0.0f) continue;
                    sample_add(out, image + ((z.index[k] * H + y.index[i]) * W + x.index[j]) * C, weight, C, 0);
                }
    }
    return EDGE_OK;
}

/* The samples of one region along one axis. */
struct sample_span {
    double start, step;
    int32_t count;
};
static struct sample_span sample_region(float from, float to, float scale, int32_t half, int32_t cells, int32_t samples) {
    const double shift = half ? 0.5 : 0.0;
    struct sample_span s = {.start = (double)from * scale - shift, .count = samples};
    double length = (double)to * scale - shift - s.start;
    if (!half && !(length > 1.0)) length = 1.0;
    s.step = length / cells;
    if (samples == 0) {
        double wanted = sample_clamp(s.step, 0.0, 1e6), whole = sample_floor(wanted);
        s.count = (int32_t)(whole < wanted ? whole + 1.0 : whole);
        s.count = s.count < 1 ? 1 : s.count;
    }
    return s;
}
static struct sample_taps sample_cell(const struct sample_span *s, size_t cell, int32_t i, int32_t size) {
    double place = s->start + s->step * ((double)cell + (i + 0.5) / s->count);
    const float real = place >= -1.0 && place <= size;
    place = sample_clamp(place, 0.0, size - 1.0);
    const size_t low = (size_t)place;
    const float t = (float)(place - (double)low);
    return (struct sample_taps){2, {low, low + 1 < (size_t)size ? low + 1 : low}, {(1.0f - t) * real, t * real}};
}

EDGE_KERNEL(roi_align_f32) {
    const size_t C = (size_t)a->C, P = (size_t)a->P, Q = (size_t)a->Q, H = (size_t)a->H, W = (size_t)a->W;
    size_t lo, hi;
    if (C == 0 || P == 0 || Q == 0) return EDGE_OK;
    edge_share(t, (size_t)a->R * P * Q, &lo, &hi);
    for (size_t cell = lo; cell < hi; cell++) {
        const size_t q = cell % Q, p = cell / Q % P, r = cell / Q / P;
        const float *region = a->regions + r * 4;
        int64_t image = 0;
        int32_t narrow;
        if (a->index_size == 8) memcpy(&image, a->batch + r * 8, 8);
        else memcpy(&narrow, a->batch + r * 4, 4), image = narrow;
        if (image < 0 || image >= a->N) return EDGE_E_INDEX;
        const struct sample_span rows = sample_region(region[1], region[3], a->scale, a->half_pixel, a->P, a->samples);
        const struct sample_span columns = sample_region(region[0], region[2], a->scale, a->half_pixel, a->Q, a->samples);
        if (rows.count > SAMPLE_MOST || columns.count > SAMPLE_MOST) return EDGE_E_LIMIT;
        const float *x = a->x + (size_t)image * H * W * C, share = 1.0f / ((float)rows.count * (float)columns.count);
        float *y = a->y + cell * C;
        for (size_t c = 0; c < C; c++) y[c] = a->largest ? -__builtin_inff() : 0.0f;
        for (int32_t i = 0; i < rows.count; i++) {
            const struct sample_taps down = sample_cell(&rows, p, i, a->H);
            for (int32_t j = 0; j < columns.count; j++) {
                const struct sample_taps across = sample_cell(&columns, q, j, a->W);
                for (int k = 0; k < 4; k++) {
                    const float weight = down.weight[k / 2] * across.weight[k % 2] * (a->largest ? 1.0f : share);
                    sample_add(y, x + (down.index[k / 2] * W + across.index[k % 2]) * C, weight, C, a->largest);
                }
            }
        }
    }
    return EDGE_OK;
}
