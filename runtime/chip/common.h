/* What the desk's kernels need of their runtime, on a chip: one task that does everything. */
#ifndef EDGE_CHIP_COMMON_H
#define EDGE_CHIP_COMMON_H
#include <math.h> /* INFINITY */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off") /* a product and a sum are two roundings */
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

enum { EDGE_OK = 0, EDGE_E_INDEX, EDGE_E_ARGS, EDGE_E_LIMIT };

struct edge_task {
    int32_t index, count;
    void *scratch;
};
static inline void edge_share(const struct edge_task *t, size_t n, size_t *lo, size_t *hi) {
    (void)t;
    *lo = 0, *hi = n;
}

#define EDGE_KERNEL(name)                                                                                              \
    CHIP_COMMON int kernel_##name(const struct edge_##name *a, const struct edge_task *t)
#if defined(__GNUC__)
#define CHIP_COMMON static __attribute__((noinline, unused))
#else
#define CHIP_COMMON static
#endif
#endif
