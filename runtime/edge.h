/* Edgesmith runtime: load a .edge file from memory and run it. C11 and libc only.
 *
 * Build:  cc -O2 -std=c11 -shared -fPIC <the .c files of runtime and runtime/isa> -o libedge.so -lm -lpthread
 *
 * Any bytes given to edge_load either load or give an error. Nothing is printed, nothing aborts, there is no global
 * state, and edge_run allocates nothing. A model belongs to one thread at a time. */
#ifndef EDGE_H
#define EDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define EDGE_API __attribute__((visibility("default")))
#else
#define EDGE_API
#endif

typedef enum edge_status {
    EDGE_OK = 0,
    EDGE_E_FILE,     /* not a .edge file, cut short, or damaged */
    EDGE_E_VERSION,  /* a .edge file of another version */
    EDGE_E_KERNEL,   /* needs a kernel that this runtime lacks, or has with another layout */
    EDGE_E_ARGS,     /* a step would touch what it must not */
    EDGE_E_MEMORY,   /* an allocation failed */
    EDGE_E_ISA,      /* the instruction set asked for is unknown or not in this CPU */
    EDGE_E_LIMIT,    /* over a limit that the caller set */
    EDGE_E_INDEX,    /* an index in the data lies outside its tensor */
    EDGE_E_USAGE,    /* an argument of this call is wrong */
    EDGE_STATUS_COUNT
} edge_status;

typedef struct edge_model edge_model;

/* Zero-initialise, then set what matters. Sizes are bytes. */
typedef struct edge_options {
    int32_t threads;          /* 0 or 1: the caller's thread only */
    int32_t variant;          /* which program of the file */
    const char *isa;          /* NULL: the best this CPU has; EDGE_ISA in the environment is not read here */
    void *arena;              /* NULL: allocated; else 64-byte aligned, at least edge_arena_bytes large */
    size_t arena_bytes;       /* size of arena, where one is given */
    size_t max_bytes;         /* 0: none; else the most that load may allocate */
    double max_work;          /* 0: none; else the most element operations that one run may take */
    void *(*allocate)(void *user, size_t bytes); /* NULL: malloc */
    void (*release)(void *user, void *block);    /* NULL: free */
    void *user;
    char *message;            /* NULL, or where edge_load puts its sentence when it fails */
    size_t message_bytes;
    int32_t mapped;           /* nonzero: the bytes are a map of a file that is only read; pages whose weights have been
                               * packed need not stay in memory (see madvise) */
} edge_options;

/* One input or output. Strings live as long as the model. */
typedef struct edge_tensor {
    const char *name;
    const char *dtype;        /* "f32", "i8", ... */
    int32_t rank;
    int32_t shape[8];
    float scale;              /* 0: not quantized per tensor */
    int32_t zero_point;
    void *data;               /* in the arena; valid until edge_free */
    size_t bytes;
    int32_t extent_axis;      /* -1, or the axis whose size is *extent after a run */
    const int64_t *extent;
} edge_tensor;

/* Load program options->variant from a file in memory. The bytes must stay valid and unchanged until edge_free; weights
 * are used in place. Returns EDGE_OK and sets *model, or an error and sets *model to NULL. */
EDGE_API edge_status edge_load(const void *file, size_t bytes, const edge_options *options, edge_model **model);
EDGE_API void edge_free(edge_model *model);

/* Run all steps on what the inputs hold, or only steps first .. first+count-1 (for debuggers). */
EDGE_API edge_status edge_run(edge_model *model);
EDGE_API edge_status edge_run_steps(edge_model *model, int32_t first, int32_t count);
/* Like edge_run; adds the nanoseconds of each step to ns[step]. */
EDGE_API edge_status edge_run_timed(edge_model *model, uint64_t *ns);
/* Set every state back to its initial value. */
EDGE_API void edge_reset(edge_model *model);

EDGE_API int32_t edge_input_count(const edge_model *model);
EDGE_API int32_t edge_output_count(const edge_model *model);
EDGE_API edge_status edge_input(const edge_model *model, int32_t index, edge_tensor *tensor);
EDGE_API edge_status edge_output(const edge_model *model, int32_t index, edge_tensor *tensor);
EDGE_API int32_t edge_step_count(const edge_model *model);
EDGE_API const char *edge_step_layer(const edge_model *model, int32_t step);
EDGE_API const char *edge_step_kernel(const edge_model *model, int32_t step);

/* Bytes that the model holds: arena, per-thread scratch, packed weights, and everything together. */
EDGE_API size_t edge_arena_bytes(const edge_model *model);
EDGE_API size_t edge_scratch_bytes(const edge_model *model);
EDGE_API size_t edge_packed_bytes(const edge_model *model);
EDGE_API size_t edge_total_bytes(const edge_model *model);
EDGE_API void *edge_arena(const edge_model *model);

/* One sentence about the last call that failed on this model. */
EDGE_API const char *edge_error(const edge_model *model);
EDGE_API const char *edge_status_text(edge_status status);

/* The instruction set that a model runs on; and name number index of those compiled in, from plain to best, NULL past the
 * end; and whether this CPU has it. */
EDGE_API const char *edge_isa(const edge_model *model);
EDGE_API const char *edge_isa_name(int32_t index);
EDGE_API int32_t edge_isa_supported(const char *name);
EDGE_API int32_t edge_kernel_count(void);
EDGE_API const char *edge_version(void);

#ifdef __cplusplus
}
#endif
#endif
