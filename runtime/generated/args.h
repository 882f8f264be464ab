/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_H
#define EDGE_ARGS_H
#include <stddef.h>
#include <stdint.h>

struct edge_abs_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_abs_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_abs_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_abs_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_abs_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_acos_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_acos_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_acosh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_acosh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_add_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_add_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_add_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_add_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_argmax_f32 {
    const float *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_f64 {
    const double *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_i32 {
    const int32_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_i8 {
    const int8_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmax_u64 {
    const uint64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_f32 {
    const float *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_f64 {
    const double *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_i32 {
    const int32_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_i8 {
    const int8_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_argmin_u64 {
    const uint64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t last;
};

struct edge_asin_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_asin_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_asinh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_asinh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_atan2_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_atan2_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_atan_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_atan_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_atanh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_atanh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_avg_pool2d_f32 {
    const float *x;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t from_h;
    int32_t to_h;
    int32_t from_w;
    int32_t to_w;
    float lo;
    float hi;
};

struct edge_avg_pool2d_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t from_h;
    int32_t to_h;
    int32_t from_w;
    int32_t to_w;
    int32_t lo;
    int32_t hi;
};

struct edge_avg_pool2d_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t from_h;
    int32_t to_h;
    int32_t from_w;
    int32_t to_w;
    int32_t lo;
    int32_t hi;
};

struct edge_bitwise_and_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_and_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_not_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
};

struct edge_bitwise_not_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_bitwise_not_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_bitwise_not_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_bitwise_or_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_or_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_bitwise_xor_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_cast {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
    int32_t source;
    int32_t target;
};

struct edge_ceil_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_ceil_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_celu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_celu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_clip_f32 {
    const float *x;
    float *y;
    int32_t n;
    float lo;
    float hi;
};

struct edge_clip_f64 {
    const double *x;
    double *y;
    int32_t n;
    double lo;
    double hi;
};

struct edge_clip_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
    int64_t lo;
    int64_t hi;
};

struct edge_clip_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
    int64_t lo;
    int64_t hi;
};

struct edge_clip_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
    int64_t lo;
    int64_t hi;
};

struct edge_compress {
    const uint8_t *x;
    const uint8_t *condition;
    uint8_t *y;
    int64_t *count;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t length;
};

struct edge_conv2d_direct_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t KH;
    int32_t KW;
    int32_t G;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
};

struct edge_conv2d_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t KH;
    int32_t KW;
    int32_t G;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
    const void *packed;
};

struct edge_conv2d_i16 {
    const int16_t *x;
    const int8_t *w;
    const int64_t *bias;
    const float *multiplier;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t KH;
    int32_t KW;
    int32_t G;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t lo;
    int32_t hi;
    const void *packed;
};

struct edge_conv2d_i8 {
    const int8_t *x;
    const int8_t *w;
    const int32_t *bias;
    const float *multiplier;
    const int32_t *w_zero;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t O;
    int32_t KH;
    int32_t KW;
    int32_t G;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t x_zero;
    int32_t y_zero;
    int32_t lo;
    int32_t hi;
    const void *packed;
};

struct edge_copy_bytes {
    const uint8_t *x;
    uint8_t *y;
    int64_t n;
};

struct edge_copy_nd {
    const uint8_t *x;
    uint8_t *y;
    int32_t x_strides[8];
    int32_t y_strides[8];
    int32_t dims[8];
    int32_t x_start;
    int32_t size;
};

struct edge_cos_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_cos_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_cosh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_cosh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_cumprod_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumprod_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_cumsum_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t exclusive;
    int32_t reverse;
};

struct edge_depthwise_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t M;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
};

struct edge_depthwise_i16 {
    const int16_t *x;
    const int8_t *w;
    const int64_t *bias;
    const float *multiplier;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t M;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t lo;
    int32_t hi;
};

struct edge_depthwise_i8 {
    const int8_t *x;
    const int8_t *w;
    const int32_t *bias;
    const float *multiplier;
    const int32_t *w_zero;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t M;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t x_zero;
    int32_t y_zero;
    int32_t lo;
    int32_t hi;
};

struct edge_dequantize_i16 {
    const int16_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_i32 {
    const int32_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_i8 {
    const int8_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_u16 {
    const uint16_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_dequantize_u8 {
    const uint8_t *x;
    const float *scale;
    const int32_t *zero;
    float *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

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

struct edge_div_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_div_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_div_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_div_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_elu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_elu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_erf_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_erf_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_exp_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_exp_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_expm1_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_expm1_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_flip_sign {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
};

struct edge_floor_div_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_div_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_floor_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_floor_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_fmod_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fmod_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_fully_connected_direct_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t M;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
};

struct edge_fully_connected_f32 {
    const float *x;
    const float *w;
    const float *bias;
    float *y;
    int32_t M;
    int32_t N;
    int32_t K;
    float lo;
    float hi;
    const void *packed;
};

struct edge_fully_connected_i16 {
    const int16_t *x;
    const int8_t *w;
    const int64_t *bias;
    const float *multiplier;
    int16_t *y;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t lo;
    int32_t hi;
    const void *packed;
};

struct edge_fully_connected_i8 {
    const int8_t *x;
    const int8_t *w;
    const int32_t *bias;
    const float *multiplier;
    const int32_t *w_zero;
    int8_t *y;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t x_zero;
    int32_t y_zero;
    int32_t lo;
    int32_t hi;
    const void *packed;
};

struct edge_gather {
    const uint8_t *x;
    const uint8_t *indices;
    uint8_t *y;
    int32_t batch;
    int32_t outer;
    int32_t dim;
    int32_t n;
    int32_t inner;
    int32_t index_size;
    int32_t wrap;
};

struct edge_gather_elements {
    const uint8_t *x;
    const uint8_t *indices;
    uint8_t *y;
    int32_t dims[8];
    int32_t x_strides[8];
    int32_t axis_stride;
    int32_t dim;
    int32_t size;
    int32_t index_size;
    int32_t wrap;
};

struct edge_gather_nd {
    const uint8_t *x;
    const uint8_t *indices;
    uint8_t *y;
    int32_t dims[8];
    int32_t batch;
    int32_t n;
    int32_t depth;
    int32_t inner;
    int32_t index_size;
    int32_t wrap;
};

struct edge_gelu_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_gelu_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_gelu_tanh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_gelu_tanh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_greater_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_greater_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_greater_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_gru_f32 {
    const float *x;
    const float *r;
    const int32_t *lengths;
    const float *h0;
    const float *bias;
    float *y;
    float *h;
    int32_t steps;
    int32_t batch;
    int32_t units;
    int32_t reverse;
    int32_t reset_after;
    int32_t act[2];
    float alpha[2];
    float beta[2];
    float clip;
};

struct edge_hard_sigmoid_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
    float beta;
};

struct edge_hard_sigmoid_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
    double beta;
};

struct edge_hard_swish_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_hard_swish_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_isinf_f32 {
    const float *x;
    uint8_t *y;
    int32_t n;
    int32_t negative;
    int32_t positive;
};

struct edge_isinf_f64 {
    const double *x;
    uint8_t *y;
    int32_t n;
    int32_t negative;
    int32_t positive;
};

struct edge_isnan_f32 {
    const float *x;
    uint8_t *y;
    int32_t n;
};

struct edge_isnan_f64 {
    const double *x;
    uint8_t *y;
    int32_t n;
};

struct edge_layer_norm_f32 {
    const float *x;
    const float *scale;
    const float *bias;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t center;
    float epsilon;
};

struct edge_layer_norm_f64 {
    const double *x;
    const double *scale;
    const double *bias;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t center;
    double epsilon;
};

struct edge_leaky_relu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_leaky_relu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_less_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_less_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_less_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_log1p_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_log1p_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_log_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_log_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_log_softmax_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_log_softmax_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_log_softmax_q_i16_i16 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_log_softmax_q_i16_i8 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_log_softmax_q_i8_i16 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_log_softmax_q_i8_i8 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
    float per_log2;
};

struct edge_logical_and_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_logical_not_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
};

struct edge_logical_or_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_logical_xor_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_lookup_i16 {
    const int16_t *x;
    const int16_t *table;
    int16_t *y;
    int32_t n;
    int32_t step;
};

struct edge_lookup_i8 {
    const int8_t *x;
    const int8_t *table;
    int8_t *y;
    int32_t n;
};

struct edge_lookup_u8 {
    const uint8_t *x;
    const uint8_t *table;
    uint8_t *y;
    int32_t n;
};

struct edge_lrn_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t size;
    float alpha;
    float beta;
    float bias;
};

struct edge_lstm_f32 {
    const float *x;
    const float *r;
    const int32_t *lengths;
    const float *h0;
    const float *c0;
    const float *peephole;
    const float *projection;
    const float *projection_bias;
    const float *norm;
    const float *norm_bias;
    float *y;
    float *h;
    float *c;
    int32_t steps;
    int32_t batch;
    int32_t units;
    int32_t out;
    int32_t reverse;
    int32_t coupled;
    int32_t act[3];
    float alpha[3];
    float beta[3];
    float clip;
    float cell_clip;
    float projection_clip;
};

struct edge_lstm_q_i8 {
    const int8_t *x;
    const int8_t *w;
    const int8_t *r;
    const int32_t *bias;
    const int8_t *h0;
    const int16_t *c0;
    const int16_t *peephole;
    const int8_t *projection;
    const int32_t *projection_bias;
    const float *m_x;
    const float *m_h;
    const int16_t *sigmoid;
    const int16_t *tanh;
    const int16_t *tanh_cell;
    int8_t *y;
    int8_t *h;
    int16_t *c;
    int32_t steps;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t out;
    int32_t reverse;
    int32_t coupled;
    int32_t step_gate;
    int32_t step_cell;
    int32_t cell_clip;
    int32_t zero_x;
    int32_t zero_h;
    int32_t zero_hidden;
    int32_t lo;
    int32_t hi;
    float m_peephole[3];
    float m_forget;
    float m_input;
    float m_hidden;
    float m_projection;
};

struct edge_matmul_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
};

struct edge_matmul_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
};

struct edge_matmul_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
};

struct edge_matmul_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
};

struct edge_matmul_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
    int32_t a_zero;
    int32_t b_zero;
    int32_t y_zero;
    int32_t lo;
    int32_t hi;
    float multiplier;
};

struct edge_matmul_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t batch;
    int32_t M;
    int32_t N;
    int32_t K;
    int32_t a_batch;
    int32_t a_row;
    int32_t a_col;
    int32_t b_batch;
    int32_t b_row;
    int32_t b_col;
};

struct edge_max_pool2d_f32 {
    const float *x;
    float *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    float lo;
    float hi;
};

struct edge_max_pool2d_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t lo;
    int32_t hi;
};

struct edge_max_pool2d_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t lo;
    int32_t hi;
};

struct edge_max_pool2d_index_f32 {
    const float *x;
    float *y;
    int64_t *indices;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
    int32_t KH;
    int32_t KW;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t by_column;
};

struct edge_max_unpool {
    const uint8_t *x;
    const int64_t *indices;
    uint8_t *y;
    int32_t pixels;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t size;
};

struct edge_maximum_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_maximum_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_maximum_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_maximum_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_minimum_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_minimum_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_minimum_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mish_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_mish_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_mod_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mod_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_mul_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_mul_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_mul_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_neg_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_neg_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_neg_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_neg_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_neg_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
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

struct edge_nonzero_bool {
    const uint8_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_f32 {
    const float *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_f64 {
    const double *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_i32 {
    const int32_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_i64 {
    const int64_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_i8 {
    const int8_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_nonzero_u64 {
    const uint64_t *x;
    int64_t *y;
    int64_t *count;
    int32_t dims[8];
    int32_t rows;
    int32_t rank;
};

struct edge_not_equal_bool {
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_f32 {
    const float *a;
    const float *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_f64 {
    const double *a;
    const double *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_i32 {
    const int32_t *a;
    const int32_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_i64 {
    const int64_t *a;
    const int64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_not_equal_q_i16 {
    const int16_t *a;
    const int16_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_not_equal_q_i8 {
    const int8_t *a;
    const int8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_not_equal_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_pow_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_prelu_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_prelu_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_quantize_i16 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    int16_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_i32 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    int32_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_i8 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    int8_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_u16 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    uint16_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_quantize_u8 {
    const float *x;
    const float *scale;
    const int32_t *zero;
    uint8_t *y;
    int32_t outer;
    int32_t channels;
    int32_t inner;
};

struct edge_reciprocal_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_reciprocal_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_reduce_all_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_any_bool {
    const uint8_t *x;
    uint8_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_l1_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_max_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_min_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_prod_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_q_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_reduce_q_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_reduce_sum_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_square_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_reduce_sum_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_relu_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_relu_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_relu_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_relu_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_requantize_i16_i16 {
    const int16_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_i32 {
    const int16_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_i8 {
    const int16_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_u16 {
    const int16_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i16_u8 {
    const int16_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_i16 {
    const int32_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_i8 {
    const int32_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_u16 {
    const int32_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i32_u8 {
    const int32_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_i16 {
    const int8_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_i32 {
    const int8_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_i8 {
    const int8_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_u16 {
    const int8_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_i8_u8 {
    const int8_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_i16 {
    const uint16_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_i32 {
    const uint16_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_i8 {
    const uint16_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_u16 {
    const uint16_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u16_u8 {
    const uint16_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_i16 {
    const uint8_t *x;
    int16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_i32 {
    const uint8_t *x;
    int32_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_i8 {
    const uint8_t *x;
    int8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_u16 {
    const uint8_t *x;
    uint16_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_requantize_u8_u8 {
    const uint8_t *x;
    uint8_t *y;
    int32_t n;
    int32_t zero_x;
    int32_t zero_y;
    float multiplier;
};

struct edge_resize_axis_f32 {
    const float *x;
    const int32_t *index;
    const float *weight;
    const float *bias;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t m;
    int32_t inner;
    int32_t taps;
};

struct edge_resize_linear_i16 {
    const int16_t *x;
    const int32_t *rows;
    const int32_t *columns;
    int16_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
};

struct edge_resize_linear_i8 {
    const int8_t *x;
    const int32_t *rows;
    const int32_t *columns;
    int8_t *y;
    int32_t N;
    int32_t H;
    int32_t W;
    int32_t C;
    int32_t P;
    int32_t Q;
};

struct edge_reverse_sequence {
    const uint8_t *x;
    const uint8_t *lengths;
    uint8_t *y;
    int32_t outer;
    int32_t first;
    int32_t middle;
    int32_t second;
    int32_t inner;
    int32_t seq_is_second;
    int32_t index_size;
};

struct edge_rnn_f32 {
    const float *x;
    const float *r;
    const int32_t *lengths;
    const float *h0;
    float *y;
    float *h;
    int32_t steps;
    int32_t batch;
    int32_t units;
    int32_t reverse;
    int32_t act;
    float alpha;
    float beta;
    float clip;
};

struct edge_round_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_round_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_rsqrt_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_rsqrt_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_scatter_elements {
    uint8_t *y;
    const uint8_t *indices;
    const uint8_t *updates;
    int32_t dims[8];
    int32_t y_strides[8];
    int32_t axis_stride;
    int32_t dim;
    int32_t size;
    int32_t index_size;
    int32_t reduction;
    int32_t kind;
    int32_t wrap;
};

struct edge_scatter_nd {
    uint8_t *y;
    const uint8_t *indices;
    const uint8_t *updates;
    int32_t dims[8];
    int32_t n;
    int32_t depth;
    int32_t inner;
    int32_t size;
    int32_t index_size;
    int32_t reduction;
    int32_t kind;
    int32_t wrap;
};

struct edge_select {
    const uint8_t *condition;
    const uint8_t *a;
    const uint8_t *b;
    uint8_t *y;
    int32_t dims[8];
    int32_t c_strides[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t size;
};

struct edge_selu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
    float gamma;
};

struct edge_selu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
    double gamma;
};

struct edge_shift_left_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_left_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_left_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_right_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_right_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shift_right_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_shrink_f32 {
    const float *x;
    float *y;
    int32_t n;
    float bias;
    float lambd;
};

struct edge_shrink_f64 {
    const double *x;
    double *y;
    int32_t n;
    double bias;
    double lambd;
};

struct edge_sigmoid_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sigmoid_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sign_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sign_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sign_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_sign_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_sign_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_silu_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_silu_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sin_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sin_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sinh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sinh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_softmax_f32 {
    const float *x;
    float *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_softmax_f64 {
    const double *x;
    double *y;
    int32_t outer;
    int32_t n;
    int32_t inner;
};

struct edge_softmax_q_i16_i16 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};

struct edge_softmax_q_i16_i8 {
    const int16_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};

struct edge_softmax_q_i8_i16 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int16_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};

struct edge_softmax_q_i8_i8 {
    const int8_t *x;
    const float *coarse;
    const float *fine;
    int8_t *y;
    int32_t outer;
    int32_t length;
    int32_t inner;
    int32_t zero_y;
    float per_step;
};

struct edge_softplus_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_softplus_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_softsign_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_softsign_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_sqrt_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_sqrt_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_square_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_square_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_square_i32 {
    const int32_t *x;
    int32_t *y;
    int32_t n;
};

struct edge_square_i64 {
    const int64_t *x;
    int64_t *y;
    int32_t n;
};

struct edge_square_u64 {
    const uint64_t *x;
    uint64_t *y;
    int32_t n;
};

struct edge_squared_difference_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_squared_difference_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_squared_difference_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_squared_difference_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_f32 {
    const float *a;
    const float *b;
    float *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_f64 {
    const double *a;
    const double *b;
    double *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_i32 {
    const int32_t *a;
    const int32_t *b;
    int32_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_i64 {
    const int64_t *a;
    const int64_t *b;
    int64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_sub_q_i16 {
    const int16_t *a;
    const int16_t *b;
    int16_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_sub_q_i8 {
    const int8_t *a;
    const int8_t *b;
    int8_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
    int32_t zero_a;
    int32_t zero_b;
    int32_t zero_y;
    int32_t lo;
    int32_t hi;
    float m_a;
    float m_b;
    float m_y;
};

struct edge_sub_u64 {
    const uint64_t *a;
    const uint64_t *b;
    uint64_t *y;
    int32_t dims[8];
    int32_t a_strides[8];
    int32_t b_strides[8];
};

struct edge_svdf_f32 {
    const float *x;
    const float *features;
    const float *times;
    const float *bias;
    const float *state;
    float *y;
    float *fresh;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
};

struct edge_svdf_q_i16 {
    const int8_t *x;
    const int8_t *features;
    const int16_t *times;
    const int32_t *bias;
    const int16_t *state;
    int8_t *y;
    int16_t *fresh;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t zero_x;
    int32_t zero_state;
    int32_t zero_y;
    float m_state;
    float m_y;
};

struct edge_svdf_q_i8 {
    const int8_t *x;
    const int8_t *features;
    const int8_t *times;
    const int32_t *bias;
    const int8_t *state;
    int8_t *y;
    int8_t *fresh;
    int32_t batch;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t zero_x;
    int32_t zero_state;
    int32_t zero_y;
    float m_state;
    float m_y;
};

struct edge_take_nd {
    const uint8_t *x;
    uint8_t *y;
    const int32_t *table;
    int32_t dims[8];
    int32_t count;
    int32_t inner;
};

struct edge_tan_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_tan_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_tanh_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_tanh_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_thresholded_relu_f32 {
    const float *x;
    float *y;
    int32_t n;
    float alpha;
};

struct edge_thresholded_relu_f64 {
    const double *x;
    double *y;
    int32_t n;
    double alpha;
};

struct edge_topk_f32 {
    const float *x;
    float *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_f64 {
    const double *x;
    double *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_i32 {
    const int32_t *x;
    int32_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_i64 {
    const int64_t *x;
    int64_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_i8 {
    const int8_t *x;
    int8_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_topk_u64 {
    const uint64_t *x;
    uint64_t *y;
    int64_t *places;
    int32_t outer;
    int32_t n;
    int32_t inner;
    int32_t k;
    int32_t largest;
};

struct edge_trunc_f32 {
    const float *x;
    float *y;
    int32_t n;
};

struct edge_trunc_f64 {
    const double *x;
    double *y;
    int32_t n;
};

struct edge_unique_f32 {
    const float *x;
    float *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_f64 {
    const double *x;
    double *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_i32 {
    const int32_t *x;
    int32_t *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_i64 {
    const int64_t *x;
    int64_t *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

struct edge_unique_u64 {
    const uint64_t *x;
    uint64_t *y;
    int64_t *first;
    int64_t *inverse;
    int64_t *counts;
    int64_t *count;
    int32_t n;
    int32_t sorted;
};

/* name of every kernel, by how it is compiled; expanded into prototypes and tables */
#define EDGE_VECTOR_KERNELS(X) \
    X(abs_f32) \
    X(acos_f32) \
    X(acosh_f32) \
    X(add_f32) \
    X(add_q_i16) \
    X(add_q_i8) \
    X(asin_f32) \
    X(asinh_f32) \
    X(atan2_f32) \
    X(atan_f32) \
    X(atanh_f32) \
    X(avg_pool2d_f32) \
    X(avg_pool2d_i8) \
    X(ceil_f32) \
    X(celu_f32) \
    X(clip_f32) \
    X(conv2d_direct_f32) \
    X(conv2d_f32) \
    X(conv2d_i16) \
    X(conv2d_i8) \
    X(cos_f32) \
    X(cosh_f32) \
    X(depthwise_f32) \
    X(depthwise_i16) \
    X(depthwise_i8) \
    X(dequantize_i16) \
    X(dequantize_i8) \
    X(dequantize_u8) \
    X(div_f32) \
    X(div_q_i16) \
    X(div_q_i8) \
    X(elu_f32) \
    X(equal_f32) \
    X(equal_q_i16) \
    X(equal_q_i8) \
    X(erf_f32) \
    X(exp_f32) \
    X(expm1_f32) \
    X(floor_div_f32) \
    X(floor_f32) \
    X(fully_connected_direct_f32) \
    X(fully_connected_f32) \
    X(fully_connected_i16) \
    X(fully_connected_i8) \
    X(gelu_f32) \
    X(gelu_tanh_f32) \
    X(greater_equal_f32) \
    X(greater_equal_q_i16) \
    X(greater_equal_q_i8) \
    X(greater_f32) \
    X(greater_q_i16) \
    X(greater_q_i8) \
    X(gru_f32) \
    X(hard_sigmoid_f32) \
    X(hard_swish_f32) \
    X(isinf_f32) \
    X(isnan_f32) \
    X(layer_norm_f32) \
    X(leaky_relu_f32) \
    X(less_equal_f32) \
    X(less_equal_q_i16) \
    X(less_equal_q_i8) \
    X(less_f32) \
    X(less_q_i16) \
    X(less_q_i8) \
    X(log1p_f32) \
    X(log_f32) \
    X(log_softmax_f32) \
    X(lrn_f32) \
    X(lstm_f32) \
    X(lstm_q_i8) \
    X(matmul_f32) \
    X(matmul_i8) \
    X(max_pool2d_f32) \
    X(max_pool2d_i16) \
    X(max_pool2d_i8) \
    X(maximum_f32) \
    X(maximum_q_i16) \
    X(maximum_q_i8) \
    X(minimum_f32) \
    X(minimum_q_i16) \
    X(minimum_q_i8) \
    X(mish_f32) \
    X(mul_f32) \
    X(mul_q_i16) \
    X(mul_q_i8) \
    X(neg_f32) \
    X(not_equal_f32) \
    X(not_equal_q_i16) \
    X(not_equal_q_i8) \
    X(pow_f32) \
    X(prelu_f32) \
    X(prelu_q_i16) \
    X(prelu_q_i8) \
    X(quantize_i16) \
    X(quantize_i8) \
    X(quantize_u8) \
    X(reciprocal_f32) \
    X(reduce_l1_f32) \
    X(reduce_max_f32) \
    X(reduce_min_f32) \
    X(reduce_prod_f32) \
    X(reduce_q_i16) \
    X(reduce_q_i8) \
    X(reduce_sum_f32) \
    X(reduce_sum_square_f32) \
    X(relu_f32) \
    X(requantize_i16_i16) \
    X(requantize_i16_i8) \
    X(requantize_i16_u8) \
    X(requantize_i8_i16) \
    X(requantize_i8_i8) \
    X(requantize_i8_u8) \
    X(requantize_u8_i16) \
    X(requantize_u8_i8) \
    X(requantize_u8_u8) \
    X(resize_axis_f32) \
    X(resize_linear_i8) \
    X(rnn_f32) \
    X(round_f32) \
    X(rsqrt_f32) \
    X(selu_f32) \
    X(shrink_f32) \
    X(sigmoid_f32) \
    X(sign_f32) \
    X(silu_f32) \
    X(sin_f32) \
    X(sinh_f32) \
    X(softmax_f32) \
    X(softplus_f32) \
    X(softsign_f32) \
    X(sqrt_f32) \
    X(square_f32) \
    X(squared_difference_f32) \
    X(squared_difference_q_i16) \
    X(squared_difference_q_i8) \
    X(sub_f32) \
    X(sub_q_i16) \
    X(sub_q_i8) \
    X(svdf_f32) \
    X(svdf_q_i16) \
    X(svdf_q_i8) \
    X(tan_f32) \
    X(tanh_f32) \
    X(thresholded_relu_f32) \
    X(trunc_f32)
#define EDGE_PORTABLE_KERNELS(X) \
    X(abs_f64) \
    X(abs_i32) \
    X(abs_i64) \
    X(abs_u64) \
    X(acos_f64) \
    X(acosh_f64) \
    X(add_f64) \
    X(add_i32) \
    X(add_i64) \
    X(add_u64) \
    X(argmax_f32) \
    X(argmax_f64) \
    X(argmax_i32) \
    X(argmax_i64) \
    X(argmax_i8) \
    X(argmax_u64) \
    X(argmin_f32) \
    X(argmin_f64) \
    X(argmin_i32) \
    X(argmin_i64) \
    X(argmin_i8) \
    X(argmin_u64) \
    X(asin_f64) \
    X(asinh_f64) \
    X(atan2_f64) \
    X(atan_f64) \
    X(atanh_f64) \
    X(avg_pool2d_i16) \
    X(bitwise_and_bool) \
    X(bitwise_and_i32) \
    X(bitwise_and_i64) \
    X(bitwise_and_u64) \
    X(bitwise_not_bool) \
    X(bitwise_not_i32) \
    X(bitwise_not_i64) \
    X(bitwise_not_u64) \
    X(bitwise_or_bool) \
    X(bitwise_or_i32) \
    X(bitwise_or_i64) \
    X(bitwise_or_u64) \
    X(bitwise_xor_bool) \
    X(bitwise_xor_i32) \
    X(bitwise_xor_i64) \
    X(bitwise_xor_u64) \
    X(cast) \
    X(ceil_f64) \
    X(celu_f64) \
    X(clip_f64) \
    X(clip_i32) \
    X(clip_i64) \
    X(clip_u64) \
    X(compress) \
    X(copy_bytes) \
    X(copy_nd) \
    X(cos_f64) \
    X(cosh_f64) \
    X(cumprod_f32) \
    X(cumprod_f64) \
    X(cumprod_i32) \
    X(cumprod_i64) \
    X(cumprod_u64) \
    X(cumsum_f32) \
    X(cumsum_f64) \
    X(cumsum_i32) \
    X(cumsum_i64) \
    X(cumsum_u64) \
    X(dequantize_i32) \
    X(dequantize_u16) \
    X(detection_postprocess) \
    X(div_f64) \
    X(div_i32) \
    X(div_i64) \
    X(div_u64) \
    X(elu_f64) \
    X(equal_bool) \
    X(equal_f64) \
    X(equal_i32) \
    X(equal_i64) \
    X(equal_u64) \
    X(erf_f64) \
    X(exp_f64) \
    X(expm1_f64) \
    X(flip_sign) \
    X(floor_div_f64) \
    X(floor_div_i32) \
    X(floor_div_i64) \
    X(floor_div_u64) \
    X(floor_f64) \
    X(fmod_f32) \
    X(fmod_f64) \
    X(fmod_i32) \
    X(fmod_i64) \
    X(fmod_u64) \
    X(gather) \
    X(gather_elements) \
    X(gather_nd) \
    X(gelu_f64) \
    X(gelu_tanh_f64) \
    X(greater_bool) \
    X(greater_equal_bool) \
    X(greater_equal_f64) \
    X(greater_equal_i32) \
    X(greater_equal_i64) \
    X(greater_equal_u64) \
    X(greater_f64) \
    X(greater_i32) \
    X(greater_i64) \
    X(greater_u64) \
    X(hard_sigmoid_f64) \
    X(hard_swish_f64) \
    X(isinf_f64) \
    X(isnan_f64) \
    X(layer_norm_f64) \
    X(leaky_relu_f64) \
    X(less_bool) \
    X(less_equal_bool) \
    X(less_equal_f64) \
    X(less_equal_i32) \
    X(less_equal_i64) \
    X(less_equal_u64) \
    X(less_f64) \
    X(less_i32) \
    X(less_i64) \
    X(less_u64) \
    X(log1p_f64) \
    X(log_f64) \
    X(log_softmax_f64) \
    X(log_softmax_q_i16_i16) \
    X(log_softmax_q_i16_i8) \
    X(log_softmax_q_i8_i16) \
    X(log_softmax_q_i8_i8) \
    X(logical_and_bool) \
    X(logical_not_bool) \
    X(logical_or_bool) \
    X(logical_xor_bool) \
    X(lookup_i16) \
    X(lookup_i8) \
    X(lookup_u8) \
    X(matmul_f64) \
    X(matmul_i32) \
    X(matmul_i64) \
    X(matmul_u64) \
    X(max_pool2d_index_f32) \
    X(max_unpool) \
    X(maximum_f64) \
    X(maximum_i32) \
    X(maximum_i64) \
    X(maximum_u64) \
    X(minimum_f64) \
    X(minimum_i32) \
    X(minimum_i64) \
    X(minimum_u64) \
    X(mish_f64) \
    X(mod_f32) \
    X(mod_f64) \
    X(mod_i32) \
    X(mod_i64) \
    X(mod_u64) \
    X(mul_f64) \
    X(mul_i32) \
    X(mul_i64) \
    X(mul_u64) \
    X(neg_f64) \
    X(neg_i32) \
    X(neg_i64) \
    X(neg_u64) \
    X(non_max_suppression) \
    X(nonzero_bool) \
    X(nonzero_f32) \
    X(nonzero_f64) \
    X(nonzero_i32) \
    X(nonzero_i64) \
    X(nonzero_i8) \
    X(nonzero_u64) \
    X(not_equal_bool) \
    X(not_equal_f64) \
    X(not_equal_i32) \
    X(not_equal_i64) \
    X(not_equal_u64) \
    X(pow_f64) \
    X(pow_i32) \
    X(pow_i64) \
    X(pow_u64) \
    X(prelu_f64) \
    X(prelu_i32) \
    X(prelu_i64) \
    X(quantize_i32) \
    X(quantize_u16) \
    X(reciprocal_f64) \
    X(reduce_all_bool) \
    X(reduce_any_bool) \
    X(reduce_l1_f64) \
    X(reduce_l1_i32) \
    X(reduce_l1_i64) \
    X(reduce_max_f64) \
    X(reduce_max_i32) \
    X(reduce_max_i64) \
    X(reduce_max_u64) \
    X(reduce_min_f64) \
    X(reduce_min_i32) \
    X(reduce_min_i64) \
    X(reduce_min_u64) \
    X(reduce_prod_f64) \
    X(reduce_prod_i32) \
    X(reduce_prod_i64) \
    X(reduce_prod_u64) \
    X(reduce_sum_f64) \
    X(reduce_sum_i32) \
    X(reduce_sum_i64) \
    X(reduce_sum_square_f64) \
    X(reduce_sum_square_i32) \
    X(reduce_sum_square_i64) \
    X(reduce_sum_square_u64) \
    X(reduce_sum_u64) \
    X(relu_f64) \
    X(relu_i32) \
    X(relu_i64) \
    X(requantize_i16_i32) \
    X(requantize_i16_u16) \
    X(requantize_i32_i16) \
    X(requantize_i32_i32) \
    X(requantize_i32_i8) \
    X(requantize_i32_u16) \
    X(requantize_i32_u8) \
    X(requantize_i8_i32) \
    X(requantize_i8_u16) \
    X(requantize_u16_i16) \
    X(requantize_u16_i32) \
    X(requantize_u16_i8) \
    X(requantize_u16_u16) \
    X(requantize_u16_u8) \
    X(requantize_u8_i32) \
    X(requantize_u8_u16) \
    X(resize_linear_i16) \
    X(reverse_sequence) \
    X(round_f64) \
    X(rsqrt_f64) \
    X(scatter_elements) \
    X(scatter_nd) \
    X(select) \
    X(selu_f64) \
    X(shift_left_i32) \
    X(shift_left_i64) \
    X(shift_left_u64) \
    X(shift_right_i32) \
    X(shift_right_i64) \
    X(shift_right_u64) \
    X(shrink_f64) \
    X(sigmoid_f64) \
    X(sign_f64) \
    X(sign_i32) \
    X(sign_i64) \
    X(sign_u64) \
    X(silu_f64) \
    X(sin_f64) \
    X(sinh_f64) \
    X(softmax_f64) \
    X(softmax_q_i16_i16) \
    X(softmax_q_i16_i8) \
    X(softmax_q_i8_i16) \
    X(softmax_q_i8_i8) \
    X(softplus_f64) \
    X(softsign_f64) \
    X(sqrt_f64) \
    X(square_f64) \
    X(square_i32) \
    X(square_i64) \
    X(square_u64) \
    X(squared_difference_f64) \
    X(squared_difference_i32) \
    X(squared_difference_i64) \
    X(squared_difference_u64) \
    X(sub_f64) \
    X(sub_i32) \
    X(sub_i64) \
    X(sub_u64) \
    X(take_nd) \
    X(tan_f64) \
    X(tanh_f64) \
    X(thresholded_relu_f64) \
    X(topk_f32) \
    X(topk_f64) \
    X(topk_i32) \
    X(topk_i64) \
    X(topk_i8) \
    X(topk_u64) \
    X(trunc_f64) \
    X(unique_f32) \
    X(unique_f64) \
    X(unique_i32) \
    X(unique_i64) \
    X(unique_u64)
#define EDGE_PACKED_KERNELS(X) \
    X(conv2d_f32) \
    X(conv2d_i16) \
    X(conv2d_i8) \
    X(fully_connected_f32) \
    X(fully_connected_i16) \
    X(fully_connected_i8)
enum edge_kernel_id {
    EDGE_K_abs_f32,
    EDGE_K_abs_f64,
    EDGE_K_abs_i32,
    EDGE_K_abs_i64,
    EDGE_K_abs_u64,
    EDGE_K_acos_f32,
    EDGE_K_acos_f64,
    EDGE_K_acosh_f32,
    EDGE_K_acosh_f64,
    EDGE_K_add_f32,
    EDGE_K_add_f64,
    EDGE_K_add_i32,
    EDGE_K_add_i64,
    EDGE_K_add_q_i16,
    EDGE_K_add_q_i8,
    EDGE_K_add_u64,
    EDGE_K_argmax_f32,
    EDGE_K_argmax_f64,
    EDGE_K_argmax_i32,
    EDGE_K_argmax_i64,
    EDGE_K_argmax_i8,
    EDGE_K_argmax_u64,
    EDGE_K_argmin_f32,
    EDGE_K_argmin_f64,
    EDGE_K_argmin_i32,
    EDGE_K_argmin_i64,
    EDGE_K_argmin_i8,
    EDGE_K_argmin_u64,
    EDGE_K_asin_f32,
    EDGE_K_asin_f64,
    EDGE_K_asinh_f32,
    EDGE_K_asinh_f64,
    EDGE_K_atan2_f32,
    EDGE_K_atan2_f64,
    EDGE_K_atan_f32,
    EDGE_K_atan_f64,
    EDGE_K_atanh_f32,
    EDGE_K_atanh_f64,
    EDGE_K_avg_pool2d_f32,
    EDGE_K_avg_pool2d_i16,
    EDGE_K_avg_pool2d_i8,
    EDGE_K_bitwise_and_bool,
    EDGE_K_bitwise_and_i32,
    EDGE_K_bitwise_and_i64,
    EDGE_K_bitwise_and_u64,
    EDGE_K_bitwise_not_bool,
    EDGE_K_bitwise_not_i32,
    EDGE_K_bitwise_not_i64,
    EDGE_K_bitwise_not_u64,
    EDGE_K_bitwise_or_bool,
    EDGE_K_bitwise_or_i32,
    EDGE_K_bitwise_or_i64,
    EDGE_K_bitwise_or_u64,
    EDGE_K_bitwise_xor_bool,
    EDGE_K_bitwise_xor_i32,
    EDGE_K_bitwise_xor_i64,
    EDGE_K_bitwise_xor_u64,
    EDGE_K_cast,
    EDGE_K_ceil_f32,
    EDGE_K_ceil_f64,
    EDGE_K_celu_f32,
    EDGE_K_celu_f64,
    EDGE_K_clip_f32,
    EDGE_K_clip_f64,
    EDGE_K_clip_i32,
    EDGE_K_clip_i64,
    EDGE_K_clip_u64,
    EDGE_K_compress,
    EDGE_K_conv2d_direct_f32,
    EDGE_K_conv2d_f32,
    EDGE_K_conv2d_i16,
    EDGE_K_conv2d_i8,
    EDGE_K_copy_bytes,
    EDGE_K_copy_nd,
    EDGE_K_cos_f32,
    EDGE_K_cos_f64,
    EDGE_K_cosh_f32,
    EDGE_K_cosh_f64,
    EDGE_K_cumprod_f32,
    EDGE_K_cumprod_f64,
    EDGE_K_cumprod_i32,
    EDGE_K_cumprod_i64,
    EDGE_K_cumprod_u64,
    EDGE_K_cumsum_f32,
    EDGE_K_cumsum_f64,
    EDGE_K_cumsum_i32,
    EDGE_K_cumsum_i64,
    EDGE_K_cumsum_u64,
    EDGE_K_depthwise_f32,
    EDGE_K_depthwise_i16,
    EDGE_K_depthwise_i8,
    EDGE_K_dequantize_i16,
    EDGE_K_dequantize_i32,
    EDGE_K_dequantize_i8,
    EDGE_K_dequantize_u16,
    EDGE_K_dequantize_u8,
    EDGE_K_detection_postprocess,
    EDGE_K_div_f32,
    EDGE_K_div_f64,
    EDGE_K_div_i32,
    EDGE_K_div_i64,
    EDGE_K_div_q_i16,
    EDGE_K_div_q_i8,
    EDGE_K_div_u64,
    EDGE_K_elu_f32,
    EDGE_K_elu_f64,
    EDGE_K_equal_bool,
    EDGE_K_equal_f32,
    EDGE_K_equal_f64,
    EDGE_K_equal_i32,
    EDGE_K_equal_i64,
    EDGE_K_equal_q_i16,
    EDGE_K_equal_q_i8,
    EDGE_K_equal_u64,
    EDGE_K_erf_f32,
    EDGE_K_erf_f64,
    EDGE_K_exp_f32,
    EDGE_K_exp_f64,
    EDGE_K_expm1_f32,
    EDGE_K_expm1_f64,
    EDGE_K_flip_sign,
    EDGE_K_floor_div_f32,
    EDGE_K_floor_div_f64,
    EDGE_K_floor_div_i32,
    EDGE_K_floor_div_i64,
    EDGE_K_floor_div_u64,
    EDGE_K_floor_f32,
    EDGE_K_floor_f64,
    EDGE_K_fmod_f32,
    EDGE_K_fmod_f64,
    EDGE_K_fmod_i32,
    EDGE_K_fmod_i64,
    EDGE_K_fmod_u64,
    EDGE_K_fully_connected_direct_f32,
    EDGE_K_fully_connected_f32,
    EDGE_K_fully_connected_i16,
    EDGE_K_fully_connected_i8,
    EDGE_K_gather,
    EDGE_K_gather_elements,
    EDGE_K_gather_nd,
    EDGE_K_gelu_f32,
    EDGE_K_gelu_f64,
    EDGE_K_gelu_tanh_f32,
    EDGE_K_gelu_tanh_f64,
    EDGE_K_greater_bool,
    EDGE_K_greater_equal_bool,
    EDGE_K_greater_equal_f32,
    EDGE_K_greater_equal_f64,
    EDGE_K_greater_equal_i32,
    EDGE_K_greater_equal_i64,
    EDGE_K_greater_equal_q_i16,
    EDGE_K_greater_equal_q_i8,
    EDGE_K_greater_equal_u64,
    EDGE_K_greater_f32,
    EDGE_K_greater_f64,
    EDGE_K_greater_i32,
    EDGE_K_greater_i64,
    EDGE_K_greater_q_i16,
    EDGE_K_greater_q_i8,
    EDGE_K_greater_u64,
    EDGE_K_gru_f32,
    EDGE_K_hard_sigmoid_f32,
    EDGE_K_hard_sigmoid_f64,
    EDGE_K_hard_swish_f32,
    EDGE_K_hard_swish_f64,
    EDGE_K_isinf_f32,
    EDGE_K_isinf_f64,
    EDGE_K_isnan_f32,
    EDGE_K_isnan_f64,
    EDGE_K_layer_norm_f32,
    EDGE_K_layer_norm_f64,
    EDGE_K_leaky_relu_f32,
    EDGE_K_leaky_relu_f64,
    EDGE_K_less_bool,
    EDGE_K_less_equal_bool,
    EDGE_K_less_equal_f32,
    EDGE_K_less_equal_f64,
    EDGE_K_less_equal_i32,
    EDGE_K_less_equal_i64,
    EDGE_K_less_equal_q_i16,
    EDGE_K_less_equal_q_i8,
    EDGE_K_less_equal_u64,
    EDGE_K_less_f32,
    EDGE_K_less_f64,
    EDGE_K_less_i32,
    EDGE_K_less_i64,
    EDGE_K_less_q_i16,
    EDGE_K_less_q_i8,
    EDGE_K_less_u64,
    EDGE_K_log1p_f32,
    EDGE_K_log1p_f64,
    EDGE_K_log_f32,
    EDGE_K_log_f64,
    EDGE_K_log_softmax_f32,
    EDGE_K_log_softmax_f64,
    EDGE_K_log_softmax_q_i16_i16,
    EDGE_K_log_softmax_q_i16_i8,
    EDGE_K_log_softmax_q_i8_i16,
    EDGE_K_log_softmax_q_i8_i8,
    EDGE_K_logical_and_bool,
    EDGE_K_logical_not_bool,
    EDGE_K_logical_or_bool,
    EDGE_K_logical_xor_bool,
    EDGE_K_lookup_i16,
    EDGE_K_lookup_i8,
    EDGE_K_lookup_u8,
    EDGE_K_lrn_f32,
    EDGE_K_lstm_f32,
    EDGE_K_lstm_q_i8,
    EDGE_K_matmul_f32,
    EDGE_K_matmul_f64,
    EDGE_K_matmul_i32,
    EDGE_K_matmul_i64,
    EDGE_K_matmul_i8,
    EDGE_K_matmul_u64,
    EDGE_K_max_pool2d_f32,
    EDGE_K_max_pool2d_i16,
    EDGE_K_max_pool2d_i8,
    EDGE_K_max_pool2d_index_f32,
    EDGE_K_max_unpool,
    EDGE_K_maximum_f32,
    EDGE_K_maximum_f64,
    EDGE_K_maximum_i32,
    EDGE_K_maximum_i64,
    EDGE_K_maximum_q_i16,
    EDGE_K_maximum_q_i8,
    EDGE_K_maximum_u64,
    EDGE_K_minimum_f32,
    EDGE_K_minimum_f64,
    EDGE_K_minimum_i32,
    EDGE_K_minimum_i64,
    EDGE_K_minimum_q_i16,
    EDGE_K_minimum_q_i8,
    EDGE_K_minimum_u64,
    EDGE_K_mish_f32,
    EDGE_K_mish_f64,
    EDGE_K_mod_f32,
    EDGE_K_mod_f64,
    EDGE_K_mod_i32,
    EDGE_K_mod_i64,
    EDGE_K_mod_u64,
    EDGE_K_mul_f32,
    EDGE_K_mul_f64,
    EDGE_K_mul_i32,
    EDGE_K_mul_i64,
    EDGE_K_mul_q_i16,
    EDGE_K_mul_q_i8,
    EDGE_K_mul_u64,
    EDGE_K_neg_f32,
    EDGE_K_neg_f64,
    EDGE_K_neg_i32,
    EDGE_K_neg_i64,
    EDGE_K_neg_u64,
    EDGE_K_non_max_suppression,
    EDGE_K_nonzero_bool,
    EDGE_K_nonzero_f32,
    EDGE_K_nonzero_f64,
    EDGE_K_nonzero_i32,
    EDGE_K_nonzero_i64,
    EDGE_K_nonzero_i8,
    EDGE_K_nonzero_u64,
    EDGE_K_not_equal_bool,
    EDGE_K_not_equal_f32,
    EDGE_K_not_equal_f64,
    EDGE_K_not_equal_i32,
    EDGE_K_not_equal_i64,
    EDGE_K_not_equal_q_i16,
    EDGE_K_not_equal_q_i8,
    EDGE_K_not_equal_u64,
    EDGE_K_pow_f32,
    EDGE_K_pow_f64,
    EDGE_K_pow_i32,
    EDGE_K_pow_i64,
    EDGE_K_pow_u64,
    EDGE_K_prelu_f32,
    EDGE_K_prelu_f64,
    EDGE_K_prelu_i32,
    EDGE_K_prelu_i64,
    EDGE_K_prelu_q_i16,
    EDGE_K_prelu_q_i8,
    EDGE_K_quantize_i16,
    EDGE_K_quantize_i32,
    EDGE_K_quantize_i8,
    EDGE_K_quantize_u16,
    EDGE_K_quantize_u8,
    EDGE_K_reciprocal_f32,
    EDGE_K_reciprocal_f64,
    EDGE_K_reduce_all_bool,
    EDGE_K_reduce_any_bool,
    EDGE_K_reduce_l1_f32,
    EDGE_K_reduce_l1_f64,
    EDGE_K_reduce_l1_i32,
    EDGE_K_reduce_l1_i64,
    EDGE_K_reduce_max_f32,
    EDGE_K_reduce_max_f64,
    EDGE_K_reduce_max_i32,
    EDGE_K_reduce_max_i64,
    EDGE_K_reduce_max_u64,
    EDGE_K_reduce_min_f32,
    EDGE_K_reduce_min_f64,
    EDGE_K_reduce_min_i32,
    EDGE_K_reduce_min_i64,
    EDGE_K_reduce_min_u64,
    EDGE_K_reduce_prod_f32,
    EDGE_K_reduce_prod_f64,
    EDGE_K_reduce_prod_i32,
    EDGE_K_reduce_prod_i64,
    EDGE_K_reduce_prod_u64,
    EDGE_K_reduce_q_i16,
    EDGE_K_reduce_q_i8,
    EDGE_K_reduce_sum_f32,
    EDGE_K_reduce_sum_f64,
    EDGE_K_reduce_sum_i32,
    EDGE_K_reduce_sum_i64,
    EDGE_K_reduce_sum_square_f32,
    EDGE_K_reduce_sum_square_f64,
    EDGE_K_reduce_sum_square_i32,
    EDGE_K_reduce_sum_square_i64,
    EDGE_K_reduce_sum_square_u64,
    EDGE_K_reduce_sum_u64,
    EDGE_K_relu_f32,
    EDGE_K_relu_f64,
    EDGE_K_relu_i32,
    EDGE_K_relu_i64,
    EDGE_K_requantize_i16_i16,
    EDGE_K_requantize_i16_i32,
    EDGE_K_requantize_i16_i8,
    EDGE_K_requantize_i16_u16,
    EDGE_K_requantize_i16_u8,
    EDGE_K_requantize_i32_i16,
    EDGE_K_requantize_i32_i32,
    EDGE_K_requantize_i32_i8,
    EDGE_K_requantize_i32_u16,
    EDGE_K_requantize_i32_u8,
    EDGE_K_requantize_i8_i16,
    EDGE_K_requantize_i8_i32,
    EDGE_K_requantize_i8_i8,
    EDGE_K_requantize_i8_u16,
    EDGE_K_requantize_i8_u8,
    EDGE_K_requantize_u16_i16,
    EDGE_K_requantize_u16_i32,
    EDGE_K_requantize_u16_i8,
    EDGE_K_requantize_u16_u16,
    EDGE_K_requantize_u16_u8,
    EDGE_K_requantize_u8_i16,
    EDGE_K_requantize_u8_i32,
    EDGE_K_requantize_u8_i8,
    EDGE_K_requantize_u8_u16,
    EDGE_K_requantize_u8_u8,
    EDGE_K_resize_axis_f32,
    EDGE_K_resize_linear_i16,
    EDGE_K_resize_linear_i8,
    EDGE_K_reverse_sequence,
    EDGE_K_rnn_f32,
    EDGE_K_round_f32,
    EDGE_K_round_f64,
    EDGE_K_rsqrt_f32,
    EDGE_K_rsqrt_f64,
    EDGE_K_scatter_elements,
    EDGE_K_scatter_nd,
    EDGE_K_select,
    EDGE_K_selu_f32,
    EDGE_K_selu_f64,
    EDGE_K_shift_left_i32,
    EDGE_K_shift_left_i64,
    EDGE_K_shift_left_u64,
    EDGE_K_shift_right_i32,
    EDGE_K_shift_right_i64,
    EDGE_K_shift_right_u64,
    EDGE_K_shrink_f32,
    EDGE_K_shrink_f64,
    EDGE_K_sigmoid_f32,
    EDGE_K_sigmoid_f64,
    EDGE_K_sign_f32,
    EDGE_K_sign_f64,
    EDGE_K_sign_i32,
    EDGE_K_sign_i64,
    EDGE_K_sign_u64,
    EDGE_K_silu_f32,
    EDGE_K_silu_f64,
    EDGE_K_sin_f32,
    EDGE_K_sin_f64,
    EDGE_K_sinh_f32,
    EDGE_K_sinh_f64,
    EDGE_K_softmax_f32,
    EDGE_K_softmax_f64,
    EDGE_K_softmax_q_i16_i16,
    EDGE_K_softmax_q_i16_i8,
    EDGE_K_softmax_q_i8_i16,
    EDGE_K_softmax_q_i8_i8,
    EDGE_K_softplus_f32,
    EDGE_K_softplus_f64,
    EDGE_K_softsign_f32,
    EDGE_K_softsign_f64,
    EDGE_K_sqrt_f32,
    EDGE_K_sqrt_f64,
    EDGE_K_square_f32,
    EDGE_K_square_f64,
    EDGE_K_square_i32,
    EDGE_K_square_i64,
    EDGE_K_square_u64,
    EDGE_K_squared_difference_f32,
    EDGE_K_squared_difference_f64,
    EDGE_K_squared_difference_i32,
    EDGE_K_squared_difference_i64,
    EDGE_K_squared_difference_q_i16,
    EDGE_K_squared_difference_q_i8,
    EDGE_K_squared_difference_u64,
    EDGE_K_sub_f32,
    EDGE_K_sub_f64,
    EDGE_K_sub_i32,
    EDGE_K_sub_i64,
    EDGE_K_sub_q_i16,
    EDGE_K_sub_q_i8,
    EDGE_K_sub_u64,
    EDGE_K_svdf_f32,
    EDGE_K_svdf_q_i16,
    EDGE_K_svdf_q_i8,
    EDGE_K_take_nd,
    EDGE_K_tan_f32,
    EDGE_K_tan_f64,
    EDGE_K_tanh_f32,
    EDGE_K_tanh_f64,
    EDGE_K_thresholded_relu_f32,
    EDGE_K_thresholded_relu_f64,
    EDGE_K_topk_f32,
    EDGE_K_topk_f64,
    EDGE_K_topk_i32,
    EDGE_K_topk_i64,
    EDGE_K_topk_i8,
    EDGE_K_topk_u64,
    EDGE_K_trunc_f32,
    EDGE_K_trunc_f64,
    EDGE_K_unique_f32,
    EDGE_K_unique_f64,
    EDGE_K_unique_i32,
    EDGE_K_unique_i64,
    EDGE_K_unique_u64,
    EDGE_KERNEL_COUNT
};
#endif
