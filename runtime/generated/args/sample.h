/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_SAMPLE_H
#define EDGE_ARGS_SAMPLE_H
#include <stddef.h>
#include <stdint.h>

struct edge_grid_sample_f32 {
    const float *x;
    const float *grid;
    float *y;
    int32_t N;
    int32_t D;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t points;
    int32_t axes;
    int32_t mode;
    int32_t padding;
    int32_t corners;
};

struct edge_roi_align_f32 {
    const float *x;
    const float *regions;
    const uint8_t *batch;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t R;
    int32_t P;
    int32_t Q;
    int32_t samples;
    int32_t largest;
    int32_t half_pixel;
    int32_t index_size;
    float scale;
};
#endif
