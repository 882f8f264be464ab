/* Runs operator cases through the C runtime with no Python beside it, so that sanitizers, emulators, other word sizes and
 * unmapped pages can watch. A bundle is written by cases.py:
 *
 *   magic "CASES1\0\0", then for each case: u64 size and bytes of its name, of its .edge file and of each input,
 *   the inputs preceded by their u64 count. Everything starts at a multiple of 64.
 *
 *   cases BUNDLE run ISA THREADS OUT   writes each output: i64 extent axis, i64 extent, u64 bytes, the bytes
 *   cases BUNDLE guard ISA             every buffer of every step ends, then begins, at an unmapped page, and is
 *                                      as small as the kernel's own check allows
 *   cases BUNDLE starve                every allocation fails in turn; nothing may be left behind
 *   cases BUNDLE isas                  prints the instruction sets that this machine runs
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../runtime/runtime.h"

static const char *current = "";
#define REQUIRE(condition, ...)                                    \
    do {                                                           \
        if (!(condition)) {                                        \
            fprintf(stderr, "%s: ", current);                      \
            fprintf(stderr, __VA_ARGS__);                          \
            fprintf(stderr, "\n");                                 \
            exit(1);                                               \
        }                                                          \
    } while (0)

struct bytes {
    const uint8_t *at;
    size_t size;
};

struct one_case {
    char name[256];
    struct bytes file;
    struct bytes inputs[16];
    size_t input_count;
};

/* ---- the bundle ---- */

static struct bytes read_all(const char *path) {
    FILE *f = fopen(path, "rb");
    REQUIRE(f, "cannot open %s", path);
    REQUIRE(fseek(f, 0, SEEK_END) == 0, "cannot seek");
    size_t size = (size_t)ftell(f);
    rewind(f);
    uint8_t *at = aligned_alloc(64, (size + 63) / 64 * 64);
    REQUIRE(at && fread(at, 1, size, f) == size, "cannot read %s", path);
    fclose(f);
    return (struct bytes){at, size};
}

static uint64_t number(struct bytes *from) {
    uint64_t value;
    REQUIRE(from->size >= 64, "the bundle is cut short");
    memcpy(&value, from->at, 8);
    from->at += 64, from->size -= 64;
    return value;
}

static struct bytes block(struct bytes *from) {
    size_t size = (size_t)number(from), padded = (size + 63) / 64 * 64;
    REQUIRE(from->size >= padded, "the bundle is cut short");
    struct bytes result = {from->at, size};
    from->at += padded, from->size -= padded;
    return result;
}

static int next_case(struct bytes *from, struct one_case *c) {
    if (from->size == 0) return 0;
    struct bytes name = block(from);
    REQUIRE(name.size < sizeof c->name, "a name is too long");
    memcpy(c->name, name.at, name.size);
    c->name[name.size] = 0;
    current = c->name;
    c->file = block(from);
    c->input_count = (size_t)number(from);
    REQUIRE(c->input_count <= 16, "too many inputs");
    for (size_t i = 0; i < c->input_count; i++) c->inputs[i] = block(from);
    return 1;
}

static void *keeping_allocate(void *user, size_t bytes) {
    (void)user;
    return malloc(bytes);
}

static void keeping_release(void *user, void *at) {
    (void)user;
    free(at);
}

/* Models that `keep` their weights have an allocator of ours: the runtime gives back pages of its own once it has packed
 * what was in them, and such weights cannot be packed again. */
static edge_model *load(const struct one_case *c, const char *isa, int threads, int keep) {
    char message[256] = "";
    edge_options o = {.threads = threads, .isa = isa, .message = message, .message_bytes = sizeof message};
    if (keep) o.allocate = keeping_allocate, o.release = keeping_release;
    edge_model *m;
    edge_status status = edge_load(c->file.at, c->file.size, &o, &m);
    REQUIRE(status == EDGE_OK, "edge_load: %d %s", (int)status, message);
    REQUIRE(edge_input_count(m) == (int32_t)c->input_count, "it has %d inputs", (int)edge_input_count(m));
    return m;
}

static void feed(const struct one_case *c, edge_model *m) {
    for (size_t i = 0; i < c->input_count; i++) {
        edge_tensor t;
        REQUIRE(edge_input(m, (int32_t)i, &t) == EDGE_OK && t.bytes == c->inputs[i].size, "input %d differs in size", (int)i);
        if (t.bytes) memcpy(t.data, c->inputs[i].at, t.bytes);
    }
}

/* ---- run ---- */

static void write_outputs(const edge_model *m, FILE *out) {
    for (int32_t i = 0; i < edge_output_count(m); i++) {
        edge_tensor t;
        REQUIRE(edge_output(m, i, &t) == EDGE_OK, "output %d", (int)i);
        int64_t head[3] = {t.extent_axis, t.extent_axis >= 0 ? *t.extent : -1, (int64_t)t.bytes};
        fwrite(head, sizeof head, 1, out);
        if (t.bytes) fwrite(t.data, 1, t.bytes, out);
    }
}

static void run(struct bytes bundle, const char *isa, int threads, const char *path) {
    FILE *out = fopen(path, "wb");
    REQUIRE(out, "cannot write %s", path);
    for (struct one_case c; next_case(&bundle, &c);) {
        edge_model *m = load(&c, isa, threads, 0);
        for (int repeat = 0; repeat < 2; repeat++) { /* the second run finds what the first left in the arena */
            edge_reset(m);
            feed(&c, m);
            REQUIRE(edge_run(m) == EDGE_OK, "edge_run: %s", edge_error(m));
        }
        write_outputs(m, out);
        edge_free(m);
    }
    fclose(out);
}

/* ---- guard ---- */

struct fence {
    uint8_t *map, *data;
    size_t map_bytes, size;
};

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* `size` bytes that end (or begin) where memory ends. */
static struct fence fence(size_t size, int at_end) {
    size_t p = page(), inside = (size + p - 1) / p * p + p;
    struct fence f = {.map_bytes = inside + 2 * p, .size = size};
    f.map = mmap(NULL, f.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(f.map != MAP_FAILED && mprotect(f.map + p, inside, PROT_READ | PROT_WRITE) == 0, "no memory for a fence");
    memset(f.map + p, 0xa5, inside);
    f.data = at_end ? f.map + p + inside - size : f.map + p;
    return f;
}

static void *pointer_at(const uint8_t *args, const struct edge_field *f) {
    void *p;
    memcpy(&p, args + f->offset, sizeof p);
    return p;
}

/* The least extents that the kernel's check accepts, found one pointer at a time. */
static void least_extents(const struct edge_kernel *k, const uint8_t *args, int pointers, double *extent) {
    for (int i = 0; i < pointers; i++) extent[i] = 1e12;
    REQUIRE(!k->check(args, extent), "%s: check fails on endless memory: %s", k->name, k->check(args, extent));
    for (int i = 0; i < pointers; i++) {
        double low = -1, high = 1e12; /* low fails or is no size, high passes */
        while (high - low > 1) {
            double middle = (double)(int64_t)((low + high) / 2);
            extent[i] = middle;
            if (k->check(args, extent)) low = middle;
            else high = middle;
        }
        extent[i] = high;
    }
}

static void guard_step(edge_model *m, int32_t index, int at_end, int shares) {
    struct edge_step *step = &m->steps[index];
    const struct edge_kernel *k = &edge_kernels[step->kernel];
    uint8_t *args = malloc(k->args_bytes);
    REQUIRE(args, "out of memory");
    memcpy(args, step->args, k->args_bytes);
    double extent[32];
    struct fence fences[34];
    const struct edge_field *fields[32];
    int pointers = 0, count = 0;
    for (int32_t i = 0; i < k->field_count; i++)
        if ((k->fields[i].kind & EDGE_KIND) != EDGE_NUMBER) fields[pointers++] = &k->fields[i];
    least_extents(k, args, pointers, extent);
    for (int i = 0; i < pointers; i++) {
        uint8_t *old = pointer_at(args, fields[i]);
        struct fence f = fence((size_t)extent[i] * fields[i]->bytes, at_end);
        if (old) {
            memcpy(f.data, old, f.size);
            memcpy(args + fields[i]->offset, &f.data, sizeof f.data);
        }
        fences[count++] = f;
    }
    if (k->flags & EDGE_PACKED) {
        edge_pack_fn pack = edge_isa_pack(m->isa, step->kernel);
        struct fence f = fence((pack(args, NULL) + 63) / 64 * 64, at_end);
        REQUIRE(pack(args, f.data) <= f.size, "%s: packs more than it measured", k->name);
        memcpy(args + k->packed_offset, &f.data, sizeof f.data);
        fences[count++] = f;
    }
    struct fence scratch = fence(((size_t)k->scratch(args) + 63) / 64 * 64, at_end);
    fences[count++] = scratch;
    for (int32_t share = 0; share < shares; share++) {
        struct edge_task task = {share, shares, scratch.data, share % 2};
        int code = step->run(args, &task);
        REQUIRE(code == EDGE_OK, "%s: code %d", k->name, code);
    }
    /* Results go back to the arena, so that the steps that follow see them. */
    for (int writes = 0; writes < 2; writes++)
        for (int i = 0; i < pointers; i++) {
            int kind = fields[i]->kind & EDGE_KIND;
            uint8_t *old = pointer_at(step->args, fields[i]);
            if (!old || !fences[i].size || writes != (kind == EDGE_OUT || kind == EDGE_INOUT)) continue;
            if (writes) memcpy(old, fences[i].data, fences[i].size);
            else REQUIRE(!memcmp(old, fences[i].data, fences[i].size), "%s wrote to its input %s", k->name, fields[i]->name);
        }
    for (int i = 0; i < count; i++) munmap(fences[i].map, fences[i].map_bytes);
    free(args);
}

static void guard(struct bytes bundle, const char *isa) {
    for (struct one_case c; next_case(&bundle, &c);) {
        edge_model *m = load(&c, isa, 1, 1), *plain = load(&c, isa, 1, 0);
        feed(&c, plain);
        REQUIRE(edge_run(plain) == EDGE_OK, "edge_run: %s", edge_error(plain));
        for (int variant = 0; variant < 4; variant++) {
            memset(m->arena, 0, m->arena_bytes);
            edge_reset(m);
            feed(&c, m);
            for (int32_t i = 0; i < m->step_count; i++) {
                int parallel = edge_kernels[m->steps[i].kernel].flags & EDGE_PARALLEL;
                guard_step(m, i, variant % 2 == 0, variant >= 2 && parallel ? 3 : 1);
            }
            for (int32_t i = 0; i < edge_output_count(m); i++) {
                edge_tensor mine, theirs;
                REQUIRE(!edge_output(m, i, &mine) && !edge_output(plain, i, &theirs), "output %d", (int)i);
                REQUIRE(!mine.bytes || memcmp(mine.data, theirs.data, mine.bytes) == 0,
                        "output %d depends on where its buffers lie (variant %d)", (int)i, variant);
            }
        }
        edge_free(m);
        edge_free(plain);
    }
}

/* ---- starve ---- */

struct ration {
    long left, held;
};

static void *starving_allocate(void *user, size_t bytes) {
    struct ration *r = user;
    if (r->left-- <= 0) return NULL;
    r->held++;
    return malloc(bytes);
}

static void starving_release(void *user, void *at) {
    struct ration *r = user;
    r->held -= at != NULL;
    free(at);
}

static void starve(struct bytes bundle) {
    for (struct one_case c; next_case(&bundle, &c);) {
        for (long allowed = 0;; allowed++) {
            REQUIRE(allowed < 1000, "loading allocates without end");
            struct ration r = {allowed, 0};
            char message[256] = "";
            edge_options o = {.threads = 2, .allocate = starving_allocate, .release = starving_release, .user = &r,
                              .message = message, .message_bytes = sizeof message};
            edge_model *m = (edge_model *)(void *)&r;
            edge_status status = edge_load(c.file.at, c.file.size, &o, &m);
            if (status == EDGE_OK) {
                long held = r.held;
                feed(&c, m);
                REQUIRE(edge_run(m) == EDGE_OK, "edge_run: %s", edge_error(m));
                REQUIRE(r.held == held, "edge_run allocates");
                edge_free(m);
                REQUIRE(r.held == 0, "edge_free leaves %ld blocks", r.held);
                REQUIRE(allowed > 0, "it loads without memory");
                break;
            }
            REQUIRE(status == EDGE_E_MEMORY, "with %ld allocations the error is %d", allowed, (int)status);
            REQUIRE(m == NULL && r.held == 0, "a failed load leaves %ld blocks", r.held);
            REQUIRE(strlen(message) > 5, "a failed load says nothing");
        }
    }
}

int main(int argc, char **argv) {
    REQUIRE(argc >= 3, "usage: cases BUNDLE run|guard|starve|isas ...");
    struct bytes whole = read_all(argv[1]), bundle = whole;
    REQUIRE(whole.size >= 64 && memcmp(whole.at, "CASES1\0", 8) == 0, "not a bundle");
    bundle.at += 64, bundle.size -= 64;
    if (strcmp(argv[2], "run") == 0 && argc == 6) run(bundle, argv[3], atoi(argv[4]), argv[5]);
    else if (strcmp(argv[2], "guard") == 0 && argc == 4) guard(bundle, argv[3]);
    else if (strcmp(argv[2], "starve") == 0) starve(bundle);
    else if (strcmp(argv[2], "isas") == 0) {
        for (int32_t i = 0; edge_isa_name(i); i++)
            if (edge_isa_supported(edge_isa_name(i))) puts(edge_isa_name(i));
    } else REQUIRE(0, "unknown command %s", argv[2]);
    free((void *)(uintptr_t)whole.at);
    return 0;
}
