/* softmax and log_softmax of x[outer][n][inner] along n, in float64. */
#include <math.h>

#include "../kernel.h"
#include "outputs.h"

#define SOFTMAX_F64(name, expression)                                                              \
    EDGE_KERNEL(name##_f64) {                                                                      \
        const size_t n = (size_t)a->n, inner = (size_t)a->inner;                                   \
        const struct outputs o = outputs_share((size_t)a->outer, inner, t);                        \
        for (size_t row = o.row; row < o.row_end; row++)                                           \
            for (size_t i = o.column; i < o.column_end; i++) {                                     \
                const double *x = a->x + row * n * inner + i;                                      \
                double *y = a->y + row * n * inner + i, most = -HUGE_VAL, sum = 0.0;               \
                for (size_t j = 0; j < n; j++) most = x[j * inner] > most ? x[j * inner] : most;   \
                for (size_t j = 0; j < n; j++) sum += exp(x[j * inner] - most);                    \
                for (size_t j = 0; j < n; j++) y[j * inner] = expression;                          \
            }                                                                                      \
        return EDGE_OK;                                                                            \
    }
SOFTMAX_F64(softmax, exp(x[j * inner] - most) / sum)
SOFTMAX_F64(log_softmax, x[j * inner] - most - log(sum))
