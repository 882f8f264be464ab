/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_DETECT_H
#define EDGE_ARGS_DETECT_H
#include <stddef.h>
#include <stdint.h>

struct edge_detection_postprocess {
    const float *encodings;
    const float *scores;
    const float *anchors;
    float *boxes;
    float *classes;
    float *best;
    float *count;
    int32_t B;
    int32_t coordinates;
    int32_t columns;
    int32_t num_classes;
    int32_t keep;
    int32_t each;
    int32_t per_class;
    int32_t regular;
    float scales[4];
    float score_threshold;
    float iou_threshold;
};

struct edge_non_max_suppression {
    const float *boxes;
    const float *scores;
    int64_t *indices;
    int64_t *count;
    int32_t N;
    int32_t B;
    int32_t C;
    int32_t keep;
    int32_t centred;
    float iou_threshold;
    float score_threshold;
};
#endif
