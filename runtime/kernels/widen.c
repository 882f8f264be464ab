/* y = x, from 16 bits to float32. */
#include "../kernel.h"
#include "half.h"

#define WIDEN(name, kind)                                                                          \
    EDGE_KERNEL(name) {                                                                            \
        size_t i, end;                                                                             \
        edge_share(t, (size_t)a->n, &i, &end);                                                     \
        for (; i + VF <= end; i += VF) vf_store(a->y + i, half_load(kind, a->x + i));         \
        if (i < end) {                                                                             \
            float lanes[VF];                                                                       \
            vf_store(lanes, half_load_n(kind, a->x + i, end - i));                            \
            memcpy(a->y + i, lanes, (end - i) * sizeof(float));                                    \
        }                                                                                          \
        return EDGE_OK;                                                                            \
    }
WIDEN(widen_f16, WEIGHTS_F16)
WIDEN(widen_bf16, WEIGHTS_BF16)
