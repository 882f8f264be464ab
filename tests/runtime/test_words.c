/* Applies every word of a simd/ header to the same inputs and writes the bits of the results, one line per word.
 * test_words.py builds it once per instruction set; every output must equal that of scalar.h.
 * It takes the place of kernels.inc, after target.h and the words. */
#include <stdio.h>

enum { N = 77 }; /* odd, so that every instruction set meets its tail */

static float fa[N], fb[N], fc[N];
static int32_t ia[N], ib[N];
static int8_t i8a[N];
static uint8_t u8a[N];
static int16_t i16a[N];

static const float edges[] = {0.0f,        -0.0f,       0.5f,       -0.5f,      1.5f,        2.5f,        -2.5f,    0.49999997f,
                              8388607.5f,  8388609.0f,  -8388608.5f, 1e-40f,    -1e-45f,     3.4e38f,     -3.4e38f, 0.99999994f,
                              -0.99999994f, 4194303.5f, -1.0f,      16777216.0f};

static void dump(const char *word, const void *p, size_t bytes) {
    printf("%s ", word);
    for (size_t i = 0; i < bytes; i++) printf("%02x", ((const uint8_t *)p)[i]);
    printf("\n");
}

/* A not-a-number has many bit patterns, and which one comes out is nobody's promise. */
static void plain_nans(float *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != p[i]) {
            uint32_t quiet = 0x7fc00000u;
            memcpy(p + i, &quiet, 4);
        }
}

/* One word over N elements: whole vectors, then the _n forms; the guard behind the output must survive. */
#define OVER(word, out_t, load_store, load_store_n)                                                             \
    {                                                                                                                  \
        out_t y[N + 16];                                                                                               \
        memset(y, 0x7a, sizeof y);                                                                                     \
        size_t i = 0;                                                                                                  \
        for (; i + VF <= N; i += VF) { load_store; }                                                                   \
        if (i < N) {                                                                                                   \
            size_t n = N - i;                                                                                          \
            load_store_n;                                                                                              \
        }                                                                                                              \
        if (#out_t[0] == 'f') plain_nans((float *)(void *)y, sizeof y / 4);                                            \
        dump(word, y, sizeof y);                                                                                       \
    }
#define F1(w)                                                                                                          \
    OVER(#w, float, vf_store(y + i, w(vf_load(fa + i))), vf_store_n(y + i, w(vf_load_n(fa + i, n)), n))
#define F2(w)                                                                                                          \
    OVER(#w, float, vf_store(y + i, w(vf_load(fa + i), vf_load(fb + i))),                                           \
         vf_store_n(y + i, w(vf_load_n(fa + i, n), vf_load_n(fb + i, n)), n))
#define I2(w)                                                                                                          \
    OVER(#w, int32_t, vi_store(y + i, w(vi_load(ia + i), vi_load(ib + i))),                                         \
         vi_store_n(y + i, w(vi_load_n(ia + i, n), vi_load_n(ib + i, n)), n))
#define SHIFT(w, k)                                                                                                    \
    OVER(#w " " #k, int32_t, vi_store(y + i, w(vi_load(ia + i), k)), vi_store_n(y + i, w(vi_load_n(ia + i, n), k), n))
#define PICK(m) vi_select(m, vi_set(1), vi_set(0))
#define FM(w)                                                                                                          \
    OVER(#w, int32_t, vi_store(y + i, PICK(w(vf_load(fa + i), vf_load(fb + i)))),                                   \
         vi_store_n(y + i, PICK(w(vf_load_n(fa + i, n), vf_load_n(fb + i, n))), n))
#define IM(w)                                                                                                          \
    OVER(#w, int32_t, vi_store(y + i, PICK(w(vi_load(ia + i), vi_load(ib + i)))),                                   \
         vi_store_n(y + i, PICK(w(vi_load_n(ia + i, n), vi_load_n(ib + i, n))), n))
#define MM(w)                                                                                                          \
    OVER(#w, int32_t, vi_store(y + i, PICK(w(vi_lt(vi_load(ia + i), vi_load(ib + i)), vi_lt(vi_load(ia + i), vi_set(0))))), \
         vi_store_n(y + i, PICK(w(vi_lt(vi_load_n(ia + i, n), vi_load_n(ib + i, n)), vi_lt(vi_load_n(ia + i, n), vi_set(0)))), n))
#define WIDEN(w, p)                                                                                                    \
    OVER(#w, int32_t, vi_store(y + i, w(p + i)), vi_store_n(y + i, w##_n(p + i, n), n))
#define NARROW(w, t, p)                                                                                                \
    OVER(#w, t, w(y + i, vi_load(p + i)), w##_n(y + i, vi_load_n(p + i, n), n))

static uint32_t state = 12345;
static uint32_t next(void) { return state = state * 1664525u + 1013904223u; }


int main(void) {
    int32_t in_i8[N], in_u8[N], in_i16[N];
    float whole[N]; /* within int32 after rounding */
    volatile float zero = 0.0f;
    size_t edge_count = sizeof edges / sizeof *edges;
    for (size_t i = 0; i < N; i++) {
        fa[i] = i < edge_count ? edges[i] : ((float)(int32_t)next()) * 1e-8f;
        fb[i] = i % 3 ? ((float)(int32_t)next()) * 1e-8f : edges[(i * 7) % edge_count];
        if (i % 5 == 0) fb[i] = fa[i];
        fc[i] = ((float)(int32_t)next()) * 1e-9f;
        if (i == 30 || i == 33) fa[i] = zero / zero;
        if (i == 31 || i == 33) fb[i] = zero / zero;
        if (i == 36) fa[i] = 1.0f / zero;
        if (i == 37) fa[i] = -1.0f / zero;
        whole[i] = i < edge_count && edges[i] > -2e9f && edges[i] < 2e9f ? edges[i] : ((float)(int32_t)next()) * 1e-6f;
        ia[i] = (int32_t)next(), ib[i] = i % 7 ? (int32_t)next() : ia[i];
        i8a[i] = (int8_t)(next() >> 24), u8a[i] = (uint8_t)(next() >> 24), i16a[i] = (int16_t)(next() >> 16);
        in_i8[i] = i8a[i], in_u8[i] = u8a[i], in_i16[i] = i16a[i];
    }
    in_i8[0] = -128, in_i8[1] = 127, in_u8[0] = 255, in_i16[0] = -32768, in_i16[1] = 32767;

    F1(vf_neg) F1(vf_abs) F1(vf_sqrt) F1(vf_round) F1(vf_floor) F1(vf_ceil) F1(vf_trunc)
    F2(vf_add) F2(vf_sub) F2(vf_mul) F2(vf_div) F2(vf_min) F2(vf_max)
    FM(vf_lt) FM(vf_le) FM(vf_eq) FM(vf_gt) FM(vf_ge) FM(vf_ne) IM(vi_lt) IM(vi_gt) IM(vi_eq) MM(vm_and) MM(vm_or) MM(vm_andnot)
    I2(vi_add) I2(vi_sub) I2(vi_mul) I2(vi_min) I2(vi_max) I2(vi_and) I2(vi_or) I2(vi_xor)
    SHIFT(vi_shl, 0) SHIFT(vi_shl, 7) SHIFT(vi_shr, 0) SHIFT(vi_shr, 31) SHIFT(vi_sra, 5) SHIFT(vi_sra, 31)
    WIDEN(vi_load_i8, i8a) WIDEN(vi_load_u8, u8a) WIDEN(vi_load_i16, i16a)
    NARROW(vi_store_i8, int8_t, in_i8) NARROW(vi_store_u8, uint8_t, in_u8) NARROW(vi_store_i16, int16_t, in_i16)
    OVER("vm_not", int32_t, vi_store(y + i, PICK(vm_not(vi_lt(vi_load(ia + i), vi_load(ib + i))))),
         vi_store_n(y + i, PICK(vm_not(vi_lt(vi_load_n(ia + i, n), vi_load_n(ib + i, n)))), n))
    OVER("vf_select", float, vf_store(y + i, vf_select(vf_lt(vf_load(fa + i), vf_set(0.5f)), vf_load(fb + i), vf_set(3.0f))),
         vf_store_n(y + i, vf_select(vf_lt(vf_load_n(fa + i, n), vf_set(0.5f)), vf_load_n(fb + i, n), vf_set(3.0f)), n))
    OVER("vf_to_vi", int32_t, vi_store(y + i, vf_to_vi(vf_load(whole + i))), vi_store_n(y + i, vf_to_vi(vf_load_n(whole + i, n)), n))
    OVER("vi_to_vf", float, vf_store(y + i, vi_to_vf(vi_load(ia + i))), vf_store_n(y + i, vi_to_vf(vi_load_n(ia + i, n)), n))
    OVER("vf_as_vi", int32_t, vi_store(y + i, vf_as_vi(vf_load(fc + i))), vi_store_n(y + i, vf_as_vi(vf_load_n(fc + i, n)), n))
    OVER("vi_as_vf", float, vf_store(y + i, vi_as_vf(vi_load(ia + i))), vf_store_n(y + i, vi_as_vf(vi_load_n(ia + i, n)), n))

    /* across lanes: blocks of sixteen small whole numbers, so that every order of adding agrees */
    int32_t sums[6] = {0, 0, INT32_MIN, INT32_MAX, -1000, 1000};
    int any = 0;
    for (size_t i = 0; i < 64; i += VF) {
        vi small = vi_sra(vi_load(ia + i), 24);
        sums[0] = (int32_t)((uint32_t)sums[0] + (uint32_t)vi_sum(vi_load(ia + i)));
        sums[1] += (int32_t)vf_sum(vi_to_vf(small));
        int32_t high = vi_hmax(vi_load(ia + i)), low = vi_hmin(vi_load(ia + i));
        int32_t fhigh = (int32_t)vf_hmax(vi_to_vf(small)), flow = (int32_t)vf_hmin(vi_to_vf(small));
        if (high > sums[2]) sums[2] = high;
        if (low < sums[3]) sums[3] = low;
        if (fhigh > sums[4]) sums[4] = fhigh;
        if (flow < sums[5]) sums[5] = flow;
        any += vm_any(vi_eq(small, vi_set(1000))) != 0;
        if (!vm_any(vi_lt(small, vi_set(1000)))) any += 100;
    }
    dump("across", sums, sizeof sums);
    dump("vm_any", &any, sizeof any);

    /* fused or not: within one rounding of the product */
    int bad = 0;
    for (size_t i = 0; i + VF <= N; i += VF) {
        float y[VF];
        vf_store(y, vf_fma(vf_load(fc + i), vf_load(whole + i), vf_load(fc + i)));
        for (size_t j = 0; j < VF; j++) {
            double exact = (double)fc[i + j] * whole[i + j] + fc[i + j], off = y[j] - exact;
            double slack = ((double)fc[i + j] * whole[i + j] < 0 ? -1 : 1) * (double)fc[i + j] * whole[i + j] * 1.2e-7;
            if (off < 0) off = -off;
            if (off > slack + (exact < 0 ? -exact : exact) * 1.2e-7 + 1e-45) bad++;
        }
    }
    dump("vf_fma", &bad, sizeof bad);
    return 0;
}

#include "../../runtime/simd/end.h"
