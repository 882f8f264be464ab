/* Loads a .edge file: checks every count, offset and size before use, then builds the one form that edge_run trusts.
 * The format is described in docs/reference/format.md. Little-endian machines only. */
#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise */
#include <sys/mman.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

enum { HEADER = 64, ENTRY = 32, STEP = 16, TENSOR = 88, STATE = 24, KERNEL = 8, PROGRAM = 24, VERSION = 1, SMALL = 8192,
       FAR = 1 << 20 /* more weights than a core's own caches hold */ };
#define TAG(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
static const uint8_t magic[8] = {0x89, 'E', 'D', 'G', 'E', '\r', '\n', 0x1a};
#define SHARED 0xffffffffu

struct span {
    const uint8_t *at;
    size_t bytes;
};

/* Everything that one load knows; `say` reports the first fault. */
struct load {
    struct edge_model *m;
    struct span file, strings, kernels, weights, short_weights, program, steps, args, tensors, states, packs;
    double max_work;
    int mapped;
    size_t large_end; /* of the last constant in the weights that is not small */
    edge_status status;
};

static uint32_t u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static uint64_t u64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static edge_status fail(struct load *l, edge_status status, const char *what, const char *name, const char *rest) {
    const char *pieces[] = {what, name ? " '" : "", name ? name : "", name ? "'" : "", rest ? rest : "", NULL};
    edge_say(l->m->message, EDGE_MESSAGE, pieces);
    return l->status = status;
}

static edge_status fail_step(struct load *l, edge_status status, int32_t step, const char *layer, const char *what,
                             const char *name) {
    char number[24];
    edge_number(number, step);
    const char *pieces[] = {"step ", number, " '", layer, "': ", what, name ? " '" : "", name ? name : "",
                            name ? "'" : "", NULL};
    edge_say(l->m->message, EDGE_MESSAGE, pieces);
    return l->status = status;
}

/* A sum of words, and of the sums so far: after n words, `sums` holds word t of them n - t times. */
struct lane {
    uint64_t sum, sums;
};
static inline void lane_add(struct lane *l, uint64_t word) { l->sums += l->sum += word; }

/* Position-weighted sum of the little-endian 64-bit words, the last one padded with zeros: finds damage, at memory speed,
 * because sums of sums need no products. */
static uint64_t checksum(const uint8_t *p, size_t bytes) {
    struct lane a = {0, 0}, b = a, c = a, d = a;
    const uint64_t rounds = bytes / 32, words = bytes / 8 + (bytes % 8 != 0);
    for (uint64_t i = rounds; i; i--, p += 32) {
        lane_add(&a, u64(p)), lane_add(&b, u64(p + 8));
        lane_add(&c, u64(p + 16)), lane_add(&d, u64(p + 24));
    }
    uint64_t sum = a.sum + b.sum + c.sum + d.sum;
    uint64_t placed = 4 * (rounds * sum - a.sums - b.sums - c.sums - d.sums) + b.sum + 2 * c.sum + 3 * d.sum;
    for (uint64_t i = 4 * rounds; i < words; i++, p += 8) {
        uint64_t word = 0;
        memcpy(&word, p, i < bytes / 8 ? 8 : bytes % 8);
        sum += word, placed += i * word;
    }
    return (0x9e3779b97f4a7c15u ^ bytes) + 2 * placed + sum + words * words; /* of (w[i] + 1) (2 i + 1) */
}

/* Large blocks lie on huge pages where the system grants them: a page fault for each 4 KB of a few megabytes takes longer
 * than packing the weights into them, and every run that reads them from end to end is a few percent faster. */
static void *plain_allocate(void *user, size_t bytes) {
    (void)user;
#if defined(MADV_HUGEPAGE)
    enum { HUGE_PAGE = 2 << 20, WASTE = 640 << 10 };
    if (bytes >= HUGE_PAGE / 2 && bytes <= SIZE_MAX - HUGE_PAGE) {
        const size_t whole = bytes / HUGE_PAGE * HUGE_PAGE, more = whole + HUGE_PAGE - bytes;
        const size_t huge = more <= WASTE ? whole + HUGE_PAGE : whole; /* the rest, of small pages, where much is left over */
        void *block = NULL;
        if (huge && posix_memalign(&block, HUGE_PAGE, huge > bytes ? huge : bytes) == 0) {
            (void)madvise(block, huge, MADV_HUGEPAGE); /* a wish: no matter if refused */
            return block;
        }
    }
#endif
    return malloc(bytes);
}
static void plain_release(void *user, void *block) {
    (void)user;
    free(block);
}

static void *take(struct load *l, size_t bytes) {
    struct edge_model *m = l->m;
    if (bytes > SIZE_MAX / 2 || (m->max_bytes && bytes > m->max_bytes - m->total_bytes)) {
        fail(l, EDGE_E_LIMIT, "the model needs more memory than max_bytes allows", NULL, NULL);
        return NULL;
    }
    uint8_t *block = m->allocate(m->user, bytes + EDGE_ALIGN);
    if (!block) {
        fail(l, EDGE_E_MEMORY, "out of memory", NULL, NULL);
        return NULL;
    }
    m->blocks[m->block_count++] = block;
    m->total_bytes += bytes;
    return block + (EDGE_ALIGN - (uintptr_t)block % EDGE_ALIGN) % EDGE_ALIGN;
}

static const char *string(const struct load *l, uint32_t offset) {
    return offset < l->strings.bytes ? (const char *)l->strings.at + offset : "";
}

/* 1. Header and section table: which bytes of the file are what. */
static edge_status sections(struct load *l, uint32_t variant) {
    const uint8_t *f = l->file.at;
    if (l->file.bytes < HEADER || memcmp(f, magic, 8) != 0)
        return fail(l, EDGE_E_FILE, "this is not a .edge file: its first bytes differ", NULL, NULL);
    if (u32(f + 8) != VERSION)
        return fail(l, EDGE_E_VERSION, "this .edge file has another format version; compile the model again", NULL, NULL);
    uint32_t count = u32(f + 12);
    if (u64(f + 16) != l->file.bytes)
        return fail(l, EDGE_E_FILE, "the file is cut short or has bytes appended: its length differs from its header", NULL, NULL);
    if (count > (l->file.bytes - HEADER) / ENTRY)
        return fail(l, EDGE_E_FILE, "the section table is larger than the file", NULL, NULL);
    uint64_t stored = u64(f + 24);
    if (checksum(f + 32, 32 + (size_t)count * ENTRY) != stored)
        return fail(l, EDGE_E_FILE, "the header is damaged: its checksum differs", NULL, NULL);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *e = f + HEADER + (size_t)i * ENTRY;
        uint64_t offset = u64(e + 8), bytes = u64(e + 16);
        if (offset > l->file.bytes || bytes > l->file.bytes - offset)
            return fail(l, EDGE_E_FILE, "a section lies outside the file", NULL, NULL);
        uint32_t owner = u32(e + 4);
        if (owner != SHARED && owner != variant) continue;
        if (u64(e + 24) != checksum(f + offset, (size_t)bytes))
            return fail(l, EDGE_E_FILE, "a section is damaged: its checksum differs", NULL, NULL);
        struct span *into = NULL;
        switch (u32(e)) {
        case TAG('S', 'T', 'R', 'S'): into = &l->strings; break;
        case TAG('K', 'E', 'R', 'N'): into = &l->kernels; break;
        case TAG('W', 'G', 'H', 'T'): into = &l->weights; break;
        case TAG('W', 'G', 'H', '4'): into = &l->short_weights; break;
        case TAG('P', 'R', 'O', 'G'): into = &l->program; break;
        case TAG('S', 'T', 'E', 'P'): into = &l->steps; break;
        case TAG('A', 'R', 'G', 'S'): into = &l->args; break;
        case TAG('T', 'E', 'N', 'S'): into = &l->tensors; break;
        case TAG('S', 'T', 'A', 'T'): into = &l->states; break;
        case TAG('P', 'A', 'C', 'K'): into = &l->packs; break;
        default: continue; /* JSON and whatever later versions add */
        }
        if (into->at) return fail(l, EDGE_E_FILE, "a section appears twice", NULL, NULL);
        *into = (struct span){f + offset, (size_t)bytes};
    }
    if (!l->program.at) return fail(l, EDGE_E_USAGE, "the file has no such variant", NULL, NULL);
    struct span *const optional[] = {&l->strings, &l->kernels, &l->weights, &l->steps, &l->args, &l->tensors, &l->states};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) /* an absent one is empty, not nowhere */
        if (!optional[i]->at) optional[i]->at = f;
    if (l->program.bytes != PROGRAM || l->steps.bytes % STEP || l->tensors.bytes % TENSOR || l->states.bytes % STATE ||
        l->kernels.bytes % KERNEL || (l->packs.at && l->packs.bytes / 4 != l->steps.bytes / STEP) || l->packs.bytes % 4)
        return fail(l, EDGE_E_FILE, "a section has a broken size", NULL, NULL);
    if (l->strings.bytes && l->strings.at[l->strings.bytes - 1])
        return fail(l, EDGE_E_FILE, "the strings do not end", NULL, NULL);
    if ((uintptr_t)l->weights.at % 16)
        return fail(l, EDGE_E_USAGE, "the file's bytes must start at an address divisible by 16", NULL, NULL);
    return EDGE_OK;
}

/* Weights in four bits are widened into a block of our own; from then on they are as if the file had held them so. */
static edge_status widen_weights(struct load *l) {
    const struct span s = l->short_weights;
    uint64_t length;
    if (!s.at) return EDGE_OK;
    if (l->weights.bytes || !edge_four_bits_check(s.at, s.bytes, &length))
        return fail(l, EDGE_E_FILE, "the weights of four bits contradict themselves", NULL, NULL);
    const size_t notes = s.bytes / 16; /* behind them, for edge_four_bits_leave */
    uint8_t *block = take(l, length < SIZE_MAX / 4 ? (size_t)length + notes : SIZE_MAX);
    if (!block) return l->status;
    edge_four_bits_expand(s.at, s.bytes, block);
    memset(block + length, 0, notes);
    l->weights = (struct span){block, (size_t)length};
    return EDGE_OK;
}

/* 2. Kernel names of the file -> kernels of this runtime. */
static int32_t find_kernel(const char *name) {
    int32_t low = 0, high = EDGE_KERNEL_COUNT - 1;
    while (low <= high) {
        int32_t mid = (low + high) / 2;
        int order = strcmp(name, edge_kernels[mid].name);
        if (order == 0) return mid;
        if (order < 0) high = mid - 1;
        else low = mid + 1;
    }
    return -1;
}

static edge_status match_kernels(struct load *l, int32_t *ids) {
    size_t count = l->kernels.bytes / KERNEL;
    for (size_t i = 0; i < count; i++) {
        const char *name = string(l, u32(l->kernels.at + i * KERNEL));
        ids[i] = find_kernel(name);
        if (ids[i] < 0)
            return fail(l, EDGE_E_KERNEL, "kernel", name, " is not in this runtime; update it, or compile the model again");
        if (edge_kernels[ids[i]].hash != u32(l->kernels.at + i * KERNEL + 4))
            return fail(l, EDGE_E_KERNEL, "kernel", name, " has another layout in this runtime; compile the model again");
    }
    return EDGE_OK;
}

/* 3. One step's arguments, from the file's encoding into the C struct, every pointer checked. */
static edge_status decode(struct load *l, int32_t index, const char *layer, const struct edge_kernel *k, struct span from,
                          uint8_t *into) {
    struct edge_model *m = l->m;
    double extent[32];
    int pointers = 0;
    for (int32_t i = 0; i < k->field_count; i++) {
        const struct edge_field *f = &k->fields[i];
        int kind = f->kind & EDGE_KIND;
        size_t need = kind == EDGE_NUMBER ? (size_t)f->bytes * f->count : 16;
        if (from.bytes < need) return fail_step(l, EDGE_E_FILE, index, layer, "its arguments are cut short", NULL);
        if (kind == EDGE_NUMBER) {
            memcpy(into + f->offset, from.at, need);
            if (f->kind & EDGE_COUNT)
                for (uint16_t n = 0; n < f->count; n++)
                    if (from.at[4 * n + 3] & 0x80)
                        return fail_step(l, EDGE_E_ARGS, index, layer, "a negative count in", f->name);
        } else {
            uint64_t word = u64(from.at), bytes = u64(from.at + 8), offset = word & 0xffffffffffffffu;
            const uint8_t *base = NULL;
            size_t limit = 0;
            switch (word >> 56) {
            case 0: break;
            case 1: base = m->arena, limit = m->arena_bytes; break;
            case 2: base = l->weights.at, limit = l->weights.bytes; break;
            default: return fail_step(l, EDGE_E_ARGS, index, layer, "an unknown space in", f->name);
            }
            if (!base && !(f->kind & EDGE_NULLABLE) && (word >> 56 == 0 || bytes))
                return fail_step(l, EDGE_E_ARGS, index, layer, "null pointer", f->name);
            if (offset > limit || bytes > limit - offset)
                return fail_step(l, EDGE_E_ARGS, index, layer, "outside its space:", f->name);
            if (offset % f->bytes) return fail_step(l, EDGE_E_ARGS, index, layer, "misaligned:", f->name);
            if ((kind == EDGE_OUT || kind == EDGE_INOUT) && word >> 56 == 2)
                return fail_step(l, EDGE_E_ARGS, index, layer, "would write to the weights:", f->name);
            if (kind == EDGE_CONST && word >> 56 == 1)
                return fail_step(l, EDGE_E_ARGS, index, layer, "must be constant:", f->name);
            if (word >> 56 == 2 && bytes > SMALL && offset + bytes > l->large_end) l->large_end = (size_t)(offset + bytes);
            const uint8_t *pointer = base ? base + offset : NULL;
            memcpy(into + f->offset, &pointer, sizeof pointer);
            extent[pointers++] = (double)(bytes / f->bytes);
        }
        from.at += need, from.bytes -= need;
    }
    if (from.bytes) return fail_step(l, EDGE_E_FILE, index, layer, "its arguments are too long", NULL);
    const char *broken = k->check(into, extent);
    return broken ? fail_step(l, EDGE_E_ARGS, index, layer, "broken rule:", broken) : EDGE_OK;
}

/* 4. All steps: decoded, their work and scratch summed. */
static edge_status read_steps(struct load *l, const int32_t *ids, uint8_t *args) {
    struct edge_model *m = l->m;
    double work = 0, scratch = 0;
    size_t kernels = l->kernels.bytes / KERNEL;
    for (int32_t i = 0; i < m->step_count; i++) {
        const uint8_t *s = l->steps.at + (size_t)i * STEP;
        const char *layer = string(l, u32(s + 4));
        uint32_t offset = u32(s + 8), bytes = u32(s + 12);
        if (u32(s) >= kernels) return fail_step(l, EDGE_E_FILE, i, layer, "no such kernel in the file", NULL);
        if (offset > l->args.bytes || bytes > l->args.bytes - offset)
            return fail_step(l, EDGE_E_FILE, i, layer, "its arguments lie outside the file", NULL);
        const struct edge_kernel *k = &edge_kernels[ids[u32(s)]];
        struct edge_step *step = &m->steps[i];
        if (decode(l, i, layer, k, (struct span){l->args.at + offset, bytes}, args)) return l->status;
        double step_work = k->work(args), step_scratch = k->scratch(args);
        work += step_work;
        scratch = step_scratch > scratch ? step_scratch : scratch;
        if (!(work <= l->max_work)) return fail_step(l, EDGE_E_LIMIT, i, layer, "the program does more work than max_work", NULL);
        *step = (struct edge_step){NULL, args, layer, (int32_t)(k - edge_kernels),
                                   (k->flags & EDGE_PARALLEL) && step_work > 30000};
        step->run = edge_isa_run(m->isa, step->kernel);
        if (!step->run) return fail_step(l, EDGE_E_KERNEL, i, layer, "this build lacks kernel", k->name);
        args += (k->args_bytes + 15) / 16 * 16;
    }
    if (!(scratch < (double)(PTRDIFF_MAX / EDGE_MAX_THREADS) - EDGE_ALIGN)) /* also where addresses have 32 bits */
        return fail(l, EDGE_E_LIMIT, "the program needs too much scratch memory", NULL, NULL);
    m->scratch_bytes = ((size_t)scratch + EDGE_ALIGN - 1) / EDGE_ALIGN * EDGE_ALIGN;
    return EDGE_OK;
}

/* 5. Weights packed for this CPU, once for all steps that pack the same, and scratch behind them. Two passes: measure,
 * then write. */
static int packs_alike(const struct edge_kernel *k, const uint8_t *a, const uint8_t *b) {
    for (int32_t i = 0; i < k->field_count; i++) {
        const struct edge_field *f = &k->fields[i];
        const int kind = f->kind & EDGE_KIND;
        if ((kind != EDGE_CONST && kind != EDGE_NUMBER) || f->kind & EDGE_UNPACKED) continue;
        const size_t bytes = kind == EDGE_CONST ? sizeof(void *) : (size_t)f->bytes * f->count;
        if (memcmp(a + f->offset, b + f->offset, bytes) != 0) return 0;
    }
    return 1;
}

/* The step whose packed weights step i uses: itself, or an earlier one that packs the same; -1 where the file lies. */
static int32_t pack_owner(const struct load *l, int32_t i) {
    if (!l->packs.at) return i;
    const struct edge_step *steps = l->m->steps;
    const uint32_t owner = u32(l->packs.at + 4 * (size_t)i);
    if (owner > (uint32_t)i) return -1;
    if (owner == (uint32_t)i) return i;
    const int alike = steps[owner].kernel == steps[i].kernel && u32(l->packs.at + 4 * (size_t)owner) == owner &&
                      packs_alike(&edge_kernels[steps[i].kernel], steps[owner].args, steps[i].args);
    return alike ? (int32_t)owner : -1;
}

/* The pages of a mapped file are left behind as its weights are packed, those of the rest when all is copied that runs
 * need: in blocks of two megabytes, as large as the system may map at once. Should a step want more, the system reads it
 * again. */
struct source {
    uintptr_t at, end;
};
static void source_leave(struct source *s, uintptr_t to) {
    enum { BLOCK = 2 << 20, PAGE = 4096 };
    to = to < s->end ? to / BLOCK * BLOCK : s->end;
    const uintptr_t at = s->at / PAGE * PAGE;
    if (to <= at) return;
#if defined(MADV_DONTNEED)
    (void)madvise((void *)at, to - at, MADV_DONTNEED); /* a wish: no matter if refused */
#endif
    s->at = to;
}

/* Moves a step's pointers from `bytes` bytes at `from` to their copy, and returns the last of its pointers before them. */
static uintptr_t move_constants(const struct edge_kernel *k, uint8_t *args, uintptr_t from, size_t bytes, uintptr_t copy) {
    uintptr_t last = 0, at;
    for (int32_t i = 0; i < k->field_count; i++) {
        const struct edge_field *f = &k->fields[i];
        const int kind = f->kind & EDGE_KIND;
        if (kind != EDGE_CONST && kind != EDGE_IN) continue;
        memcpy(&at, args + f->offset, sizeof at);
        if (at >= from && at - from < bytes) at += copy - from, memcpy(args + f->offset, &at, sizeof at);
        else if (kind == EDGE_CONST && at > last) last = at;
    }
    return last;
}

static edge_status pack(struct load *l) {
    struct edge_model *m = l->m;
    struct source source = {(uintptr_t)l->file.at, (uintptr_t)l->file.at + l->file.bytes};
    const int in_file = l->mapped && !l->short_weights.at; /* where the weights lie */
    const struct span small = {l->weights.at + l->large_end, in_file ? l->weights.bytes - l->large_end : 0};
    uint8_t *copy = NULL;
    for (int pass = 0; pass < 2; pass++) {
        size_t used = 0;
        for (int32_t i = 0; i < m->step_count; i++) {
            const struct edge_kernel *k = &edge_kernels[m->steps[i].kernel];
            uint8_t *args = (uint8_t *)(uintptr_t)m->steps[i].args; /* our own block */
            uintptr_t last = 0;
            if (pass && in_file) last = move_constants(k, args, (uintptr_t)small.at, small.bytes, (uintptr_t)copy);
            if (!(k->flags & EDGE_PACKED)) continue;
            const int32_t owner = pack_owner(l, i);
            if (owner < 0)
                return fail_step(l, EDGE_E_FILE, i, m->steps[i].layer, "shares packed weights with a step that packs others",
                                 NULL);
            if (owner < i) {
                memcpy(args + k->packed_offset, (const uint8_t *)m->steps[owner].args + k->packed_offset, sizeof(void *));
                continue;
            }
            const void *where = m->packed + used;
            const size_t bytes = edge_isa_pack(m->isa, m->steps[i].kernel)(args, pass ? m->packed + used : NULL);
            if (pass) memcpy(args + k->packed_offset, &where, sizeof where);
            if (pass && in_file) source_leave(&source, last); /* files hold weights in the order of their steps */
            used += (bytes + EDGE_ALIGN - 1) / EDGE_ALIGN * EDGE_ALIGN;
        }
        if (!pass) {
            const double all = (double)used + (double)m->scratch_bytes * m->threads + (double)small.bytes;
            m->packed_bytes = used, m->far = used > FAR;
            if (!(m->packed = take(l, all < (double)SIZE_MAX / 2 ? (size_t)all : SIZE_MAX))) return l->status;
            m->scratch = m->packed + used;
            copy = m->scratch + m->scratch_bytes * (size_t)m->threads;
            if (small.bytes) memcpy(copy, small.at, small.bytes);
        }
    }
    if (l->short_weights.at && m->allocate == plain_allocate) {
        uint8_t *own = (uint8_t *)(uintptr_t)l->weights.at;
        edge_four_bits_leave(m, l->short_weights.at, own, l->weights.bytes, own + l->weights.bytes);
    }
    if (l->mapped) source_leave(&source, source.end);
    return EDGE_OK;
}

/* 6. Inputs, outputs and states. */
static edge_status read_tensor(struct load *l, const uint8_t *r, edge_tensor *t) {
    struct edge_model *m = l->m;
    *t = (edge_tensor){.name = string(l, u32(r)), .dtype = string(l, u32(r + 4)), .rank = (int32_t)u32(r + 8)};
    if (t->rank < 0 || t->rank > 8) return fail(l, EDGE_E_FILE, "tensor", t->name, " has a rank above 8");
    double bytes = 1;
    for (int32_t i = 0; i < t->rank; i++) {
        t->shape[i] = (int32_t)u32(r + 12 + 4 * i);
        if (t->shape[i] < 0) return fail(l, EDGE_E_FILE, "tensor", t->name, " has a negative dimension");
        bytes *= t->shape[i];
    }
    memcpy(&t->scale, r + 44, 4);
    t->zero_point = (int32_t)u32(r + 48);
    uint64_t offset = u64(r + 56), size = u64(r + 64), extent = u64(r + 80);
    t->extent_axis = (int32_t)u32(r + 72);
    if (offset > m->arena_bytes || size > m->arena_bytes - offset)
        return fail(l, EDGE_E_FILE, "tensor", t->name, " lies outside the arena");
    char last = t->dtype[0] ? t->dtype[strlen(t->dtype) - 1] : 0;
    double width = strcmp(t->dtype, "bool") == 0 || last == '8' ? 1 : last == '6' ? 2 : last == '2' ? 4 : last == '4' ? 8 : 0;
    if (width == 0 || bytes * width != (double)size || offset % (uint64_t)width)
        return fail(l, EDGE_E_FILE, "tensor", t->name, " has a type, shape and size that disagree");
    t->data = m->arena + offset;
    t->bytes = (size_t)size;
    if (t->extent_axis != -1) {
        if (t->extent_axis < 0 || t->extent_axis >= t->rank || extent % 8 || extent > m->arena_bytes ||
            m->arena_bytes - extent < 8)
            return fail(l, EDGE_E_FILE, "tensor", t->name, " has a broken extent");
        t->extent = (const int64_t *)(const void *)(m->arena + extent);
    }
    return EDGE_OK;
}

static edge_status read_border(struct load *l) {
    struct edge_model *m = l->m;
    const uint8_t *r = l->tensors.at;
    for (int32_t i = 0; i < m->input_count; i++, r += TENSOR)
        if (read_tensor(l, r, &m->inputs[i])) return l->status;
    for (int32_t i = 0; i < m->output_count; i++, r += TENSOR)
        if (read_tensor(l, r, &m->outputs[i])) return l->status;
    for (int32_t i = 0; i < m->state_count; i++) {
        const uint8_t *s = l->states.at + (size_t)i * STATE;
        uint64_t offset = u64(s), bytes = u64(s + 8), initial = u64(s + 16);
        if (offset > m->arena_bytes || bytes > m->arena_bytes - offset ||
            (initial != UINT64_MAX && (initial > l->weights.bytes || bytes > l->weights.bytes - initial)))
            return fail(l, EDGE_E_FILE, "a state lies outside its memory", NULL, NULL);
        m->states[i] = (struct edge_state){(size_t)offset, (size_t)bytes,
                                           initial == UINT64_MAX ? NULL : l->weights.at + initial};
    }
    return EDGE_OK;
}

static edge_status build(struct load *l, const edge_options *o) {
    struct edge_model *m = l->m;
    if (sections(l, (uint32_t)o->variant) || widen_weights(l)) return l->status;
    if (!(m->isa = edge_isa_find(o->isa)))
        return fail(l, EDGE_E_ISA, "instruction set", o->isa, " is unknown or not in this CPU");
    const uint8_t *p = l->program.at;
    uint64_t arena = u64(p);
    uint32_t inputs = u32(p + 12), outputs = u32(p + 16), states = u32(p + 20);
    if (u32(p + 8) != l->steps.bytes / STEP || (uint64_t)inputs + outputs != l->tensors.bytes / TENSOR ||
        states != l->states.bytes / STATE || u32(p + 8) > INT32_MAX || inputs > INT32_MAX || outputs > INT32_MAX)
        return fail(l, EDGE_E_FILE, "the program's counts differ from its sections", NULL, NULL);
    m->step_count = (int32_t)u32(p + 8);
    m->input_count = (int32_t)inputs, m->output_count = (int32_t)outputs, m->state_count = (int32_t)states;

    size_t kernels = l->kernels.bytes / KERNEL;
    int32_t *ids = take(l, kernels * sizeof *ids + (l->mapped ? l->strings.bytes : 0));
    if (!ids) return l->status;
    if (l->mapped && l->strings.bytes) l->strings.at = memcpy(ids + kernels, l->strings.at, l->strings.bytes);
    if (match_kernels(l, ids)) return l->status;
    size_t args_bytes = 0;
    for (int32_t i = 0; i < m->step_count; i++) {
        uint32_t k = u32(l->steps.at + (size_t)i * STEP);
        if (k < kernels) args_bytes += (edge_kernels[ids[k]].args_bytes + 15) / 16 * 16;
    }
    size_t border = (size_t)(inputs + outputs) * sizeof(edge_tensor);
    uint8_t *block = take(l, (size_t)m->step_count * sizeof *m->steps + border + states * sizeof *m->states + args_bytes + 64);
    if (!block) return l->status;
    uint8_t *args = block;
    block += args_bytes;
    m->steps = (struct edge_step *)(void *)block;
    block += (size_t)m->step_count * sizeof *m->steps;
    m->inputs = (edge_tensor *)(void *)block;
    m->outputs = m->inputs + inputs;
    m->states = (struct edge_state *)(void *)(m->outputs + outputs);
    memset(args, 0, args_bytes);

    if (arena > SIZE_MAX / 2) return fail(l, EDGE_E_LIMIT, "the arena is larger than the address space", NULL, NULL);
    m->arena_bytes = (size_t)arena;
    if (o->arena) {
        if (o->arena_bytes < m->arena_bytes || (uintptr_t)o->arena % EDGE_ALIGN)
            return fail(l, EDGE_E_USAGE, "the arena given is too small or not 64-byte aligned", NULL, NULL);
        m->arena = o->arena;
    } else if (!(m->arena = take(l, m->arena_bytes))) {
        return l->status;
    }
    m->threads = o->threads < 1 ? 1 : o->threads > EDGE_MAX_THREADS ? EDGE_MAX_THREADS : o->threads;
    if (read_steps(l, ids, args) || read_border(l) || pack(l)) return l->status;
    if (m->threads > 1) m->pool = edge_pool_make(m);
    if (m->threads > 1 && !edge_pool_complete(m->pool))
        return fail(l, EDGE_E_MEMORY, "a thread could not start", NULL, NULL);
    memset(m->arena, 0, m->arena_bytes);
    edge_reset(m);
    return EDGE_OK;
}

edge_status edge_load(const void *file, size_t bytes, const edge_options *options, edge_model **model) {
    static const edge_options defaults = {0};
    const edge_options *o = options ? options : &defaults;
    const char *nothing[] = {"no file or no place for the model was given", NULL};
    if (!file || !model) {
        edge_say(o->message, o->message_bytes, nothing);
        return EDGE_E_USAGE;
    }
    *model = NULL;
    void *(*allocate)(void *, size_t) = o->allocate ? o->allocate : plain_allocate;
    struct edge_model *m = allocate(o->user, sizeof *m);
    if (!m) {
        const char *pieces[] = {"out of memory", NULL};
        edge_say(o->message, o->message_bytes, pieces);
        return EDGE_E_MEMORY;
    }
    memset(m, 0, sizeof *m);
    m->allocate = allocate;
    m->release = o->release ? o->release : plain_release;
    m->user = o->user;
    m->max_bytes = o->max_bytes;
    m->total_bytes = sizeof *m;
    struct load l = {.m = m, .file = {file, bytes}, .max_work = o->max_work > 0 ? o->max_work : 1e15,
                     .mapped = o->mapped};
    edge_status status = m->max_bytes && m->max_bytes < m->total_bytes
                             ? fail(&l, EDGE_E_LIMIT, "max_bytes is below the least that any model needs", NULL, NULL)
                             : build(&l, o);
    if (status != EDGE_OK) {
        const char *pieces[] = {m->message, NULL};
        edge_say(o->message, o->message_bytes, pieces);
        edge_free(m);
        return status;
    }
    *model = m;
    return EDGE_OK;
}

void edge_free(edge_model *m) {
    if (!m) return;
    edge_pool_free(m->pool);
    for (int32_t i = m->block_count; i-- > 0;) m->release(m->user, m->blocks[i]);
    m->release(m->user, m);
}
