/* What a kernel file may use: its argument struct `a`, its task `t`, the words of its instruction set.
 *
 *   EDGE_KERNEL(add_f32) { ... return EDGE_OK; }
 *
 * defines edge_add_f32__<isa>, called by the runtime through one common type. */
#ifndef EDGE_KERNEL_H
#define EDGE_KERNEL_H

#include <string.h>

#include "task.h"

#define EDGE_JOIN_(a, b, c, d) a##b##c##d
#define EDGE_JOIN(a, b, c, d) EDGE_JOIN_(a, b, c, d)
#define EDGE_SYMBOL(name) EDGE_JOIN(edge_, name, __, EDGE_ISA)

#define EDGE_KERNEL(name)                                                                 \
    static int name##_body(const struct edge_##name *a, const struct edge_task *t);       \
    int EDGE_SYMBOL(name)(const void *args, const struct edge_task *task);                \
    int EDGE_SYMBOL(name)(const void *args, const struct edge_task *task) {               \
        return name##_body(args, task);                                                   \
    }                                                                                     \
    static int name##_body(const struct edge_##name *a, const struct edge_task *t)

#define EDGE_PACK(name)                                                                   \
    static size_t name##_pack_body(const struct edge_##name *a, void *out);               \
    size_t EDGE_SYMBOL(name##_pack)(const void *args, void *out);                         \
    size_t EDGE_SYMBOL(name##_pack)(const void *args, void *out) {                        \
        return name##_pack_body(args, out);                                               \
    }                                                                                     \
    static size_t name##_pack_body(const struct edge_##name *a, void *out)

#endif
