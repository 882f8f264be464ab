/* Every kernel's fields and checks, generated from the declarations. Checks compute in doubles: exact up to 2^53, and
 * nothing that a file says can overflow them. */
#include "runtime.h"

static inline double edge_min(double a, double b) { return a < b ? a : b; }
static inline double edge_max(double a, double b) { return a > b ? a : b; }

/* Floor of a / b for a, b >= 0; a huge value where b is 0, so that the check that uses it fails. */
static inline double edge_floor_div(double a, double b) {
    if (!(b > 0) || a > 9e15) return 1e300;
    return a < 0 ? -1.0 : (double)((int64_t)a / (int64_t)(b < 1 ? 1 : b));
}

static inline double edge_mod(double a, double b) {
    if (!(b >= 1) || !(a >= 0) || a > 9e15 || b > 9e15) return -1.0;
    return (double)((int64_t)a % (int64_t)b);
}

static inline double edge_prod(const int32_t *v, int count) {
    double p = 1;
    for (int i = 0; i < count; i++) p *= v[i];
    return p;
}

static inline double edge_prod_nonzero(const int32_t *v, int count) {
    double p = 1;
    for (int i = 0; i < count; i++) p *= v[i] > 0 ? v[i] : 1;
    return p;
}

/* Elements that a strided walk touches from its first one upward, and how far it reaches below. */
static inline double edge_reach(const int32_t *dims, const int32_t *strides, int count, int sign) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        if (dims[i] == 0) return -1;
        if ((strides[i] > 0) == (sign > 0)) sum += ((double)dims[i] - 1) * (double)strides[i] * sign;
    }
    return sum;
}
static inline double edge_span(const int32_t *dims, const int32_t *strides, int count) {
    return edge_reach(dims, strides, count, 1) + 1;
}
static inline double edge_below(const int32_t *dims, const int32_t *strides, int count) {
    return edge_max(edge_reach(dims, strides, count, -1), 0);
}

#include "generated/table.inc"
