/* One row times all panels of weights without zero points: what bounds it is reading these once.
 *
 * Every step has sums of its own beside the next one's, so that none waits. Of weights that come from the third cache
 * every other line is asked for two kilobytes ahead: they stream a fifth faster than by none, and a tenth than by all. */
#ifndef EDGE_KERNELS_GEMM_I8_ROW_H
#define EDGE_KERNELS_GEMM_I8_ROW_H
#include "gemm_i8.h"

#ifndef I8_TILE_SUMS
enum { GEMM_I8_ROW_AHEAD = 2048 };

/* x is ready. */
EDGE_INLINE void gemm_i8_row_tile(const int vecs, const int far, const struct gemm_i8 *g, const i8_act *x,
                                  const int8_t *panel, int8_t *y, size_t n) {
    const size_t width = (size_t)(vecs * VF), steps = gemm_i8_groups(g->K), pair = 2 * width * I8_STEP;
    vi acc[1][TILE_VECS], odd[TILE_VECS];
    gemm_i8_begin(1, vecs, panel, NULL, acc);
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) odd[j] = vi_set(0);
    const int8_t *w = panel + 12 * width;
    for (size_t s = 0; s + 2 <= steps; s += 2, w += pair) {
        const i8_a a0 = i8_set_ready(x + s * I8_STEP), a1 = i8_set_ready(x + (s + 1) * I8_STEP);
        if (__builtin_expect(far, 1)) { /* in line, with nothing to jump back from where it is not so */
            EDGE_UNROLL
            for (size_t line = 0; line < pair; line += 2 * TILE_LINE)
                __builtin_prefetch((const void *)((uintptr_t)w + GEMM_I8_ROW_AHEAD + line));
        }
        EDGE_UNROLL
        for (int j = 0; j < vecs; j++) {
            acc[0][j] = i8_dot(acc[0][j], a0, i8_load_w(w + j * VF * I8_STEP));
            odd[j] = i8_dot(odd[j], a1, i8_load_w(w + (vecs + j) * VF * I8_STEP));
        }
    }
    EDGE_UNROLL
    for (int j = 0; j < vecs; j++) {
        if (steps % 2) odd[j] = i8_dot(odd[j], i8_set_ready(x + (steps - 1) * I8_STEP), i8_load_w(w + j * VF * I8_STEP));
        acc[0][j] = vi_add(acc[0][j], odd[j]);
    }
    gemm_i8_end(1, vecs, g, acc, panel, y, n, NULL);
}

/* A task's part of the row of g->N at y. Scratch has room for g->K activations and TILE_SLACK. Of g only K, N, range and
 * bend count: whether outputs are wild is asked of each panel, whose multipliers are at hand; those of the file lie
 * elsewhere. */
static void gemm_i8_row(const struct edge_task *t, struct gemm_i8 *g, const int8_t *x, const int8_t *panel, int8_t *y) {
    const struct tile_part whole = {0, 1, 0, SIZE_MAX};
    const struct tile_part part = t->count == 1 ? whole : tile_split(t, 1, tile_panels(g->N));
    const i8_act *ready = t->scratch;
    size_t index = 0;
    if (part.row == part.row_end) return;
    gemm_i8_ready(t->scratch, x, g->K, x + g->K);
    for (size_t n = 0; n < g->N && index < part.panel_end; index++) {
        const int vecs = tile_vecs(g->N - n);
        const size_t width = (size_t)(vecs * VF);
        if (index >= part.panel) g->wild = g->bend || gemm_i8_wild((const float *)(const void *)panel + width, width);
        if (index < part.panel) (void)0;
        else if (vecs == 1) gemm_i8_row_tile(1, t->far, g, ready, panel, y + n, g->N - n);
        else if (vecs == 2) gemm_i8_row_tile(2, t->far, g, ready, panel, y + n, g->N - n);
        else gemm_i8_row_tile(TILE_VECS, t->far, g, ready, panel, y + n, g->N - n);
        panel += gemm_i8_panel(g->K, vecs);
        n += width;
    }
}
#endif
#endif
