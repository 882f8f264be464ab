/* The convolution of conv2d_f32.c for weights that another step computes: dot products along channels, no packing. */
EDGE_KERNEL(conv2d_direct_f32) {
    const int64_t cg = a->C / a->G, og = a->O / a->G;
    size_t row, end;
    edge_share(t, (size_t)a->N * a->P, &row, &end);
    for (; row < end; row++) {
        const int64_t n = (int64_t)row / a->P, p = (int64_t)row % a->P;
        for (int64_t q = 0; q < a->Q; q++) {
            float *y = a->y + ((int64_t)row * a->Q + q) * a->O;
            for (int64_t o = 0; o < a->O; o++) {
                vf sums = vf_set(0.0f);
                float rest = a->bias ? a->bias[o] : 0.0f;
                for (int64_t kh = 0; kh < a->KH; kh++) {
                    const int64_t iy = p * a->stride_h - a->pad_top + kh * a->dilation_h;
                    if (iy < 0 || iy >= a->H) continue;
                    for (int64_t kw = 0; kw < a->KW; kw++) {
                        const int64_t ix = q * a->stride_w - a->pad_left + kw * a->dilation_w;
                        if (ix < 0 || ix >= a->W) continue;
                        const float *x = a->x + ((n * a->H + iy) * a->W + ix) * a->C + o / og * cg;
                        const float *w = a->w + ((o * a->KH + kh) * a->KW + kw) * cg;
                        int64_t c = 0;
                        for (; c + VF <= cg; c += VF) sums = vf_fma(vf_load(x + c), vf_load(w + c), sums);
                        for (; c < cg; c++) rest += x[c] * w[c];
                    }
                }
                const float sum = rest + vf_sum(sums), high = sum < a->lo ? a->lo : sum;
                y[o] = high > a->hi ? a->hi : high;
            }
        }
    }
    return EDGE_OK;
}
