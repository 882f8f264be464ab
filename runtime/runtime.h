/* What the files of the runtime share; not public. */
#ifndef EDGE_RUNTIME_H
#define EDGE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "generated/args.h"
#include "task.h"

enum { EDGE_ALIGN = 64, EDGE_MESSAGE = 256, EDGE_MAX_THREADS = 64 };

typedef int (*edge_run_fn)(const void *args, const struct edge_task *task);
typedef size_t (*edge_pack_fn)(const void *args, void *out);

enum { EDGE_IN = 0, EDGE_OUT = 1, EDGE_INOUT = 2, EDGE_CONST = 3, EDGE_NUMBER = 4, EDGE_KIND = 7,
       EDGE_NULLABLE = 8, EDGE_COUNT = 16, EDGE_UNPACKED = 32 };

struct edge_field {
    const char *name;
    uint8_t kind;       /* EDGE_IN .. EDGE_NUMBER, with EDGE_NULLABLE, EDGE_COUNT (never negative), EDGE_UNPACKED */
    uint8_t bytes;      /* of one element, or of one number */
    uint16_t count;     /* of numbers, for arrays */
    size_t offset;      /* in the struct */
};

enum { EDGE_PARALLEL = 1, EDGE_PACKED = 2 };

struct edge_kernel {
    const char *name;
    const struct edge_field *fields;
    int32_t field_count;
    uint32_t flags;
    size_t args_bytes;
    uint32_t packed_offset;
    uint32_t hash;
    const char *(*check)(const void *args, const double *extent); /* NULL, or the rule that is broken */
    double (*work)(const void *args);
    double (*scratch)(const void *args);
};
extern const struct edge_kernel edge_kernels[EDGE_KERNEL_COUNT];

/* The kernels of one instruction set. A NULL entry falls back to the set before it. */
struct edge_isa_table {
    const char *name;
    int (*supported)(void);
    edge_run_fn run[EDGE_KERNEL_COUNT];
    edge_pack_fn pack[EDGE_KERNEL_COUNT + 1]; /* never empty */
};
extern const struct edge_isa_table *const edge_isa_tables[];

/* The kernel of that set, or of the best set below it that has one; NULL where none has. A set implies those below. */
edge_run_fn edge_isa_run(const struct edge_isa_table *isa, int32_t kernel);
/* The packing routine that belongs to it. */
edge_pack_fn edge_isa_pack(const struct edge_isa_table *isa, int32_t kernel);

/* The table for `name` (NULL: the best supported), or NULL. */
const struct edge_isa_table *edge_isa_find(const char *name);

struct edge_step {
    edge_run_fn run;
    const void *args;
    const char *layer;
    int32_t kernel;
    int32_t parallel;   /* worth waking the other threads */
};

struct edge_model;
struct edge_pool;
/* Threads for a model whose steps are read. NULL where memory is short; not complete where a thread cannot start. */
struct edge_pool *edge_pool_make(const struct edge_model *m);
int edge_pool_complete(const struct edge_pool *pool);
void edge_pool_free(struct edge_pool *pool);
/* Runs steps first .. end, and adds each one's time to ns, or NULL; where a step fails, its code and which it was. */
int edge_pool_run(struct edge_pool *pool, int32_t first, int32_t end, uint64_t *ns, int32_t *failed);
uint64_t edge_now(void);                             /* nanoseconds */
uint64_t edge_since(uint64_t before, uint64_t *sum); /* adds what has passed, and returns the time now */

struct edge_state {
    size_t offset, bytes;
    const void *initial; /* NULL: zeros */
};

struct edge_model {
    struct edge_step *steps;
    edge_tensor *inputs, *outputs;
    struct edge_state *states;
    int32_t step_count, input_count, output_count, state_count, threads, far;
    const struct edge_isa_table *isa;
    struct edge_pool *pool;
    uint8_t *arena, *scratch, *packed;
    size_t arena_bytes, scratch_bytes, packed_bytes, total_bytes, max_bytes;
    void *(*allocate)(void *, size_t);
    void (*release)(void *, void *);
    void *user;
    void *blocks[8];
    int32_t block_count;
    char message[EDGE_MESSAGE];
};

/* Weights of which some lie in four bits in the file: whether such a section holds together, and the bytes that it stands
 * for; then those bytes, at an address that is divisible by 64. */
int edge_four_bits_check(const uint8_t *section, size_t bytes, uint64_t *length);
void edge_four_bits_expand(const uint8_t *section, size_t bytes, uint8_t *out);
/* Gives whole pages of what was widened back to the system where every step has packed it; they read as zeros. `kept` has
 * a byte, zero, for every 16 of the section. Only for memory that is ours alone, such as malloc's. */
void edge_four_bits_leave(const struct edge_model *m, const uint8_t *section, uint8_t *weights, size_t bytes, uint8_t *kept);

/* "what 'name' rest number" without printf: appends pieces, always terminated. */
void edge_say(char *out, size_t bytes, const char *const *pieces);
void edge_number(char *out, int64_t value); /* at least 24 bytes */

#endif
