/* Updates of places that come with the data, one after the other: where two meet, the order decides. */
#include "indices.h"

enum { SCATTER_NONE, SCATTER_ADD, SCATTER_MUL, SCATTER_MIN, SCATTER_MAX };

typedef void (*scatter_fn)(uint8_t *y, const uint8_t *u, size_t n, int32_t reduction);

/* One run of n elements. Sums and products of integers wrap: they are formed as `wide`, unsigned. A NaN stays, as in
 * numpy.minimum and maximum. */
#define SCATTER(name, type, wide)                                                                  \
    static void scatter_##name(uint8_t *y, const uint8_t *u, size_t n, int32_t reduction) {        \
        for (size_t i = 0; i < n; i++) {                                                           \
            type old, new;                                                                         \
            memcpy(&old, y + i * sizeof old, sizeof old);                                          \
            memcpy(&new, u + i * sizeof new, sizeof new);                                          \
            if (reduction == SCATTER_ADD) new = (type)((wide)old + (wide)new);                     \
            else if (reduction == SCATTER_MUL) new = (type)((wide)old * (wide)new);                \
            else if (reduction == SCATTER_MIN) new = old < new || old != old ? old : new;          \
            else if (reduction == SCATTER_MAX) new = old > new || old != old ? old : new;          \
            memcpy(y + i * sizeof new, &new, sizeof new);                                          \
        }                                                                                          \
    }
SCATTER(i8, int8_t, uint32_t)
SCATTER(u8, uint8_t, uint32_t)
SCATTER(i16, int16_t, uint32_t)
SCATTER(u16, uint16_t, uint32_t)
SCATTER(i32, int32_t, uint32_t)
SCATTER(u32, uint32_t, uint32_t)
SCATTER(i64, int64_t, uint64_t)
SCATTER(u64, uint64_t, uint64_t)
SCATTER(f32, float, float)
SCATTER(f64, double, double)

/* Truth values: a sum is an or, a product an and. */
static void scatter_bool(uint8_t *y, const uint8_t *u, size_t n, int32_t reduction) {
    for (size_t i = 0; i < n; i++) {
        int old = y[i] != 0, new = u[i] != 0;
        if (reduction == SCATTER_ADD || reduction == SCATTER_MAX) new |= old;
        else if (reduction == SCATTER_MUL || reduction == SCATTER_MIN) new &= old;
        y[i] = (uint8_t)new;
    }
}

static const struct {
    scatter_fn run;
    int32_t size;
} scatter_kinds[] = {{scatter_bool, 1}, {scatter_i8, 1},  {scatter_u8, 1},  {scatter_i16, 2}, {scatter_u16, 2}, {scatter_i32, 4},
                     {scatter_u32, 4},  {scatter_i64, 8}, {scatter_u64, 8}, {scatter_f32, 4}, {scatter_f64, 8}};

EDGE_KERNEL(scatter_nd) {
    (void)t;
    size_t depth = (size_t)a->depth, inner = (size_t)a->inner, bytes = inner * (size_t)a->size;
    if (scatter_kinds[a->kind].size != a->size) return EDGE_E_ARGS;
    for (size_t i = depth; i < 8; i++)
        if (a->dims[i] != 1) return EDGE_E_ARGS;
    if (inner == 0) return EDGE_OK;
    for (size_t i = 0; i < (size_t)a->n; i++) {
        size_t to = 0, at;
        for (size_t k = 0; k < depth; k++) {
            if (!find_index(a->indices, i * depth + k, a->index_size, a->dims[k], a->wrap, &at)) return EDGE_E_INDEX;
            to = to * (size_t)a->dims[k] + at;
        }
        if (a->reduction == SCATTER_NONE) memmove(a->y + to * bytes, a->updates + i * bytes, bytes);
        else scatter_kinds[a->kind].run(a->y + to * bytes, a->updates + i * bytes, inner, a->reduction);
    }
    return EDGE_OK;
}

EDGE_KERNEL(scatter_elements) {
    (void)t;
    size_t size = (size_t)a->size, units = 1;
    if (scatter_kinds[a->kind].size != a->size) return EDGE_E_ARGS;
    for (int i = 0; i < 8; i++) units *= (size_t)a->dims[i];
    for (size_t unit = 0; unit < units; unit++) {
        size_t rest = unit, to = 0, at;
        for (int i = 7; i >= 0; i--) {
            to += rest % (size_t)a->dims[i] * (size_t)a->y_strides[i];
            rest /= (size_t)a->dims[i];
        }
        if (!find_index(a->indices, unit, a->index_size, a->dim, a->wrap, &at)) return EDGE_E_INDEX;
        scatter_kinds[a->kind].run(a->y + (to + at * (size_t)a->axis_stride) * size, a->updates + unit * size, 1, a->reduction);
    }
    return EDGE_OK;
}
