/* Tile kernels against plain loops, on every instruction set that this processor has, with one to three threads.
 *
 * Every buffer ends at an unmapped page (scratch and packed weights too, at the 64 bytes that their alignment needs), so
 * that one element read or written too far stops the program. Integers must be equal, floats within rounding.
 * Usage: test_tiles ROUNDS. Prints one line per instruction set; the last line is "ok" or the first difference. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../runtime/runtime.h"

static uint32_t state = 2463534242u;
static int32_t draw(int32_t low, int32_t high) { /* both included */
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return low + (int32_t)(state % (uint32_t)(high - low + 1));
}

/* n bytes that end where memory ends. */
struct guarded {
    void *base, *data;
    size_t mapped;
};
static struct guarded held[16];
static int held_count;
static void *guarded(size_t n, size_t align) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (n + align + page - 1) / page * page;
    struct guarded g = {mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), NULL, room + page};
    if (g.base == MAP_FAILED) exit(3);
    mprotect((char *)g.base + room, page, PROT_NONE);
    g.data = (char *)g.base + (room - n) / align * align;
    memset(g.base, 0x5a, room);
    held[held_count++] = g;
    return g.data;
}
static void release(void) {
    while (held_count) held_count--, munmap(held[held_count].base, held[held_count].mapped);
}

enum kind { F32, I8, I16 };
static const size_t bytes_of[] = {4, 1, 2};

static double number(enum kind kind, const void *p, size_t i) {
    return kind == F32 ? ((const float *)p)[i] : kind == I8 ? ((const int8_t *)p)[i] : ((const int16_t *)p)[i];
}
static void *numbers(enum kind kind, size_t n) {
    void *p = guarded(n * bytes_of[kind], bytes_of[kind]);
    const int extreme = draw(0, 5), most = draw(0, 1) ? 127 : draw(10, 60); /* sums of small weights take other ways */
    for (size_t i = 0; i < n; i++) {
        if (kind == F32) ((float *)p)[i] = (float)draw(-1000, 1000) * 1e-3f;
        if (kind == I8) ((int8_t *)p)[i] = (int8_t)(extreme == 0 ? -128 : extreme == 1 ? 127 : draw(-most - 1, most));
        if (kind == I16) ((int16_t *)p)[i] = (int16_t)(extreme == 0 ? -32768 : extreme == 1 ? 32767 : draw(-32768, 32767));
    }
    return p;
}

/* One layer: a convolution, grouped or depthwise; a fully connected layer is the 1x1 convolution of 1x1 images. */
struct layer {
    enum kind kind;
    int depthwise, dense;
    int32_t N, H, W, C, P, Q, O, KH, KW, G, sh, sw, dh, dw, pt, pl, x_zero, y_zero, lo, hi;
    void *x, *w, *bias, *y;
    float *multiplier;
    int32_t *w_zero;
};

/* What output (n, p, q, o) must be, by plain loops; `size` is the sum of magnitudes, for the float bound. */
static double expected(const struct layer *l, int n, int p, int q, int o, double *size) {
    const int cg = l->depthwise ? 1 : l->C / l->G, og = l->depthwise ? l->O / l->C : l->O / l->G;
    double sum = 0;
    *size = 0;
    for (int i = 0; i < l->KH; i++)
        for (int j = 0; j < l->KW; j++) {
            const int64_t y = (int64_t)p * l->sh - l->pt + (int64_t)i * l->dh, x = (int64_t)q * l->sw - l->pl + (int64_t)j * l->dw;
            if (y < 0 || y >= l->H || x < 0 || x >= l->W) continue;
            for (int c = 0; c < cg; c++) {
                const size_t at = (((size_t)n * l->H + (size_t)y) * l->W + (size_t)x) * l->C + (size_t)(o / og * cg + c);
                const size_t wat = l->depthwise ? ((size_t)i * l->KW + j) * l->O + o : (((size_t)o * l->KH + i) * l->KW + j) * cg + c;
                const double product = (number(l->kind, l->x, at) - l->x_zero) *
                                       (number(l->kind == F32 ? F32 : I8, l->w, wat) - (l->w_zero ? l->w_zero[o] : 0));
                sum += product, *size += fabs(product);
            }
        }
    if (l->kind == F32) {
        sum += l->bias ? ((float *)l->bias)[o] : 0;
        return sum < l->lo ? l->lo : sum > l->hi ? l->hi : sum;
    }
    int64_t whole = (int64_t)sum;
    if (l->bias) whole += l->kind == I8 ? ((int32_t *)l->bias)[o] : ((int64_t *)l->bias)[o];
    if (l->kind == I8) whole = (int32_t)(uint32_t)(uint64_t)whole;
    volatile float real = (float)whole * l->multiplier[o];
    const float low = (float)(l->lo - l->y_zero), high = (float)(l->hi - l->y_zero);
    return rintf(real < low ? low : real > high ? high : real) + l->y_zero;
}

static const char *fault;
static char fault_text[400];

static void compare(const struct layer *l, const char *what, int threads) {
    for (int n = 0; n < l->N && !fault; n++)
        for (int p = 0; p < l->P; p++)
            for (int q = 0; q < l->Q; q++)
                for (int o = 0; o < l->O; o++) {
                    double size, want = expected(l, n, p, q, o, &size);
                    double got = number(l->kind, l->y, (((size_t)n * l->P + p) * l->Q + q) * l->O + o);
                    if (l->kind == F32 ? fabs(got - want) <= 1e-6 * size + 1e-6 : got == want) continue;
                    snprintf(fault_text, sizeof fault_text,
                             "%s threads=%d [%d,%d,%d,%d] got %.9g expected %.9g: N%d H%d W%d C%d P%d Q%d O%d K%dx%d G%d stride %d,%d "
                             "dilation %d,%d pad %d,%d", what, threads, n, p, q, o, got, want, l->N, l->H, l->W, l->C, l->P, l->Q,
                             l->O, l->KH, l->KW, l->G, l->sh, l->sw, l->dh, l->dw, l->pt, l->pl);
                    fault = fault_text;
                    return;
                }
}

static void run(const struct edge_isa_table *isa, int id, void *args, const struct layer *l) {
    const struct edge_kernel *kernel = &edge_kernels[id];
    char what[100];
    snprintf(what, sizeof what, "%s %s", isa->name, kernel->name);
    if (kernel->flags & EDGE_PACKED) {
        const edge_pack_fn pack = edge_isa_pack(isa, id);
        const size_t bytes = pack(args, NULL);
        const void *packed = guarded((bytes + 63) / 64 * 64, 64);
        pack(args, (void *)(uintptr_t)packed);
        memcpy((char *)args + kernel->packed_offset, &packed, sizeof packed);
    }
    void *scratch = guarded(((size_t)kernel->scratch(args) + 63) / 64 * 64, 64);
    for (int threads = 1; threads <= 3 && !fault; threads++) {
        memset(l->y, 0x77, (size_t)l->N * l->P * l->Q * l->O * bytes_of[l->kind]);
        for (int i = 0; i < threads; i++) edge_isa_run(isa, id)(args, &(struct edge_task){i, threads, scratch, i % 2});
        compare(l, what, threads);
    }
}

#define WINDOW_ARGS                                                                                                    \
    .x = l.x, .w = l.w, .bias = l.bias, .y = l.y, .N = l.N, .H = l.H, .W = l.W, .C = l.C, .P = l.P, .Q = l.Q, .KH = l.KH, \
    .KW = l.KW, .stride_h = l.sh, .stride_w = l.sw, .dilation_h = l.dh, .dilation_w = l.dw, .pad_top = l.pt, .pad_left = l.pl
#define DENSE_ARGS .x = l.x, .w = l.w, .bias = l.bias, .y = l.y, .M = l.N, .N = l.O, .K = l.C
#define FLOAT_ARGS .lo = (float)l.lo, .hi = (float)l.hi
#define I8_ARGS                                                                                                        \
    .multiplier = l.multiplier, .w_zero = l.w_zero, .x_zero = l.x_zero, .y_zero = l.y_zero, .lo = l.lo, .hi = l.hi
#define I16_ARGS .multiplier = l.multiplier, .lo = l.lo, .hi = l.hi
#define CALL(name, ...) run(isa, EDGE_K_##name, &(struct edge_##name){__VA_ARGS__}, &l)

static void one(const struct edge_isa_table *isa) {
    struct layer l = {.kind = (enum kind)draw(0, 2), .depthwise = draw(0, 2) == 0, .G = 1, .N = draw(1, 2), .sh = draw(1, 2),
                      .sw = draw(1, 2), .dh = draw(0, 3) ? 1 : draw(2, 3), .dw = draw(0, 3) ? 1 : draw(2, 3)};
    l.dense = !l.depthwise && draw(0, 2) == 0;
    if (l.dense) {
        l.N = draw(1, draw(0, 1) ? 4 : 30), l.H = l.W = l.P = l.Q = l.KH = l.KW = l.sh = l.sw = l.dh = l.dw = 1;
        l.C = draw(1, draw(0, 3) ? 80 : 700), l.O = draw(1, 150);
    } else {
        l.KH = draw(1, 3), l.KW = draw(0, 3) ? l.KH : draw(1, 5);
        if (draw(0, 5) == 0) l.KH = l.KW = 5;
        l.H = draw(1, 9), l.W = draw(1, 14), l.P = draw(1, 8), l.Q = draw(1, 14);
        l.pt = draw(0, l.KH), l.pl = draw(0, l.KW);
        if (draw(0, 2) == 0) l.KH = l.KW = l.sh = l.sw = 1, l.pt = l.pl = 0, l.P = l.H, l.Q = l.W;
        l.G = l.depthwise || draw(0, 3) ? 1 : draw(2, 3);
        l.C = l.G * draw(1, draw(0, 2) ? 20 : 140), l.O = l.depthwise ? l.C * (draw(0, 3) ? 1 : draw(2, 4)) : l.G * draw(1, draw(0, 2) ? 20 : 140);
    }
    const size_t taps = (size_t)l.KH * l.KW * (l.depthwise ? 1 : l.C / l.G);
    l.x = numbers(l.kind, (size_t)l.N * l.H * l.W * l.C);
    l.w = numbers(l.kind == F32 ? F32 : I8, taps * l.O);
    l.y = guarded((size_t)l.N * l.P * l.Q * l.O * bytes_of[l.kind], bytes_of[l.kind]);
    l.lo = l.kind == F32 ? -3 : l.kind == I8 ? draw(-128, 0) : draw(-32768, 0);
    l.hi = l.kind == F32 ? 3 : l.kind == I8 ? draw(0, 127) : draw(0, 32767);
    l.x_zero = l.kind == I8 ? draw(-128, 127) : 0, l.y_zero = l.kind == I8 ? draw(-128, 127) : 0;
    l.multiplier = guarded((size_t)l.O * 4, 4);
    for (int o = 0; o < l.O; o++)
        l.multiplier[o] = (float)draw(1, 1000) * (l.kind == I8 ? 2e-5f : 2e-6f) / sqrtf((float)taps) * (draw(0, 30) ? 1.0f : 1e12f);
    if (l.kind == I8 && draw(0, 2) == 0) {
        l.w_zero = guarded((size_t)l.O * 4, 4);
        for (int o = 0; o < l.O; o++) l.w_zero[o] = draw(-128, 127);
    }
    if (draw(0, 2)) {
        const size_t each = l.kind == I16 ? 8 : 4;
        l.bias = guarded((size_t)l.O * each, each);
        for (int o = 0; o < l.O; o++) {
            if (l.kind == F32) ((float *)l.bias)[o] = (float)draw(-9, 9);
            if (l.kind == I8) ((int32_t *)l.bias)[o] = draw(0, 9) ? draw(-9999, 9999) : INT32_MAX - draw(0, 9);
            if (l.kind == I16) ((int64_t *)l.bias)[o] = (int64_t)draw(-9999, 9999) * (draw(0, 9) ? 1 : 1000000);
        }
    }
    if (l.dense && l.kind == F32) CALL(fully_connected_f32, DENSE_ARGS, FLOAT_ARGS);
    else if (l.dense && l.kind == I8) CALL(fully_connected_i8, DENSE_ARGS, I8_ARGS);
    else if (l.dense) CALL(fully_connected_i16, DENSE_ARGS, I16_ARGS);
    else if (l.depthwise && l.kind == F32) CALL(depthwise_f32, WINDOW_ARGS, .M = l.O / l.C, FLOAT_ARGS);
    else if (l.depthwise && l.kind == I8) CALL(depthwise_i8, WINDOW_ARGS, .M = l.O / l.C, I8_ARGS);
    else if (l.depthwise) CALL(depthwise_i16, WINDOW_ARGS, .M = l.O / l.C, I16_ARGS);
    else if (l.kind == F32) CALL(conv2d_f32, WINDOW_ARGS, .O = l.O, .G = l.G, FLOAT_ARGS);
    else if (l.kind == I8) CALL(conv2d_i8, WINDOW_ARGS, .O = l.O, .G = l.G, I8_ARGS);
    else CALL(conv2d_i16, WINDOW_ARGS, .O = l.O, .G = l.G, I16_ARGS);
    if (!fault && l.kind == F32 && !l.depthwise && l.KH == 3 && l.KW == 3 && l.G == 1 && l.C >= 16 && l.sh == 1 && l.sw == 1 &&
        l.dh == 1 && l.dw == 1 && !l.dense)
        CALL(conv2d_winograd_f32, .x = l.x, .w = l.w, .bias = l.bias, .y = l.y, .N = l.N, .H = l.H, .W = l.W, .C = l.C, .P = l.P,
             .Q = l.Q, .O = l.O, .pad_top = l.pt, .pad_left = l.pl, FLOAT_ARGS);
    if (!fault && l.kind == F32 && !l.depthwise && l.KH * l.KW * l.G * l.sh * l.sw == 1 && l.pt + l.pl == 0 && l.P == l.H &&
        l.Q == l.W && l.C % 2 == 0 && l.O % 2 == 0)
        CALL(conv2d_strassen_f32, .x = l.x, .w = l.w, .bias = l.bias, .y = l.y, .N = l.N, .H = l.H, .W = l.W, .C = l.C,
             .O = l.O, FLOAT_ARGS);
    if (!fault && l.kind == F32 && l.dense && l.N == 1) {
        for (int k = 0, most = draw(0, 4); k < l.C; k++)
            if (draw(0, 3) < most) ((float *)l.x)[k] = 0.0f;
        CALL(fully_connected_rectified_f32, .x = l.x, .w = l.w, .bias = l.bias, .y = l.y, .N = l.O, .K = l.C, FLOAT_ARGS);
    }
    if (!fault && l.kind == F32 && l.dense) { /* the same product as a matrix by a matrix that lies transposed */
        l.bias = NULL, l.lo = -100000, l.hi = 100000;
        CALL(matmul_f32, .a = l.x, .b = l.w, .y = l.y, .batch = 1, .M = l.N, .N = l.O, .K = l.C, .a_row = l.C, .a_col = 1,
             .b_row = 1, .b_col = l.C);
    }
    if (!fault && l.kind == I8 && l.dense) {
        l.bias = NULL;
        const int32_t zero = l.w_zero ? l.w_zero[0] : 0;
        for (int o = 0; o < l.O; o++) {
            l.multiplier[o] = l.multiplier[0];
            if (l.w_zero) l.w_zero[o] = zero;
        }
        CALL(matmul_i8, .a = l.x, .b = l.w, .y = l.y, .batch = 1, .M = l.N, .N = l.O, .K = l.C, .a_row = l.C, .a_col = 1, .b_row = 1,
             .b_col = l.C, .a_zero = l.x_zero, .b_zero = zero, .y_zero = l.y_zero, .lo = l.lo, .hi = l.hi, .multiplier = l.multiplier[0]);
    }
    release();
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 300;
    for (const struct edge_isa_table *const *isa = edge_isa_tables; *isa; isa++) {
        const struct edge_isa_table *table = edge_isa_find((*isa)->name);
        if (!table) continue;
        for (int i = 0; i < rounds && !fault; i++) one(table);
        printf("%s %d layers\n", table->name, rounds);
    }
    printf("%s\n", fault ? fault : "ok");
    return fault != NULL;
}
