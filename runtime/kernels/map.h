/* The loops of y = f(x), elementwise. Formulas see the element `x` and the arguments `a`, copied so that the compiler
 * knows that no store changes them. */
#ifndef EDGE_MAP_H
#define EDGE_MAP_H

#include "../kernel.h"

#define MAP_VECTOR(name, result, expression, store)                                                \
    static inline result name##_of(vf x, const struct edge_##name##_f32 *a) {                      \
        (void)a;                                                                                   \
        return expression;                                                                         \
    }                                                                                              \
    EDGE_KERNEL(name##_f32) {                                                                      \
        const struct edge_##name##_f32 args = *a;                                                  \
        size_t i, end;                                                                             \
        edge_share(t, (size_t)a->n, &i, &end);                                                     \
        for (; i + VF <= end; i += VF) store(args.y + i, name##_of(vf_load(args.x + i), &args));   \
        if (i < end) store##_n(args.y + i, name##_of(vf_load_n(args.x + i, end - i), &args), end - i); \
        return EDGE_OK;                                                                            \
    }
#define MAP_F32(name, expression) MAP_VECTOR(name, vf, expression, vf_store)

#define MAP_PLAIN(name, suffix, type, out, expression)                                             \
    EDGE_KERNEL(name##_##suffix) {                                                                 \
        size_t i, end;                                                                             \
        edge_share(t, (size_t)a->n, &i, &end);                                                     \
        for (; i < end; i++) {                                                                     \
            const type x = a->x[i];                                                                \
            a->y[i] = (out)(expression);                                                           \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
#define MAP_F64(name, expression) MAP_PLAIN(name, f64, double, double, expression)

#endif
