/* Written by scripts/generate from src/edgesmith/ops; do not edit. */
#ifndef EDGE_ARGS_H
#define EDGE_ARGS_H
#include "args/activations.h"
#include "args/activations_plain.h"
#include "args/arg.h"
#include "args/arg_f32.h"
#include "args/attention_f32.h"
#include "args/binary.h"
#include "args/binary_plain.h"
#include "args/binary_q.h"
#include "args/cast.h"
#include "args/conv2d_direct_f32.h"
#include "args/conv2d_dynamic.h"
#include "args/conv2d_f32.h"
#include "args/conv2d_i16.h"
#include "args/conv2d_i8.h"
#include "args/conv2d_strassen_f32.h"
#include "args/conv2d_winograd_f32.h"
#include "args/copy_nd.h"
#include "args/depthwise_f32.h"
#include "args/depthwise_i16.h"
#include "args/depthwise_i8.h"
#include "args/detect.h"
#include "args/fully_connected_f32.h"
#include "args/fully_connected_i16.h"
#include "args/fully_connected_i8.h"
#include "args/fully_connected_rectified_f32.h"
#include "args/gather.h"
#include "args/gru.h"
#include "args/layer_i8_act.h"
#include "args/lookup.h"
#include "args/lookup_i16.h"
#include "args/lstm.h"
#include "args/lstm_q.h"
#include "args/lstm_q_direct.h"
#include "args/matmul_f32.h"
#include "args/matmul_i8.h"
#include "args/matmul_plain.h"
#include "args/max_pool_i8.h"
#include "args/mul_q_i8.h"
#include "args/nonzero.h"
#include "args/normalize.h"
#include "args/normalize_plain.h"
#include "args/pool.h"
#include "args/pool_plain.h"
#include "args/quantize.h"
#include "args/quantize_plain.h"
#include "args/reduce.h"
#include "args/reduce_plain.h"
#include "args/reduce_q.h"
#include "args/requantize.h"
#include "args/requantize_plain.h"
#include "args/resize.h"
#include "args/resize_plain.h"
#include "args/rnn.h"
#include "args/running.h"
#include "args/sample.h"
#include "args/scatter.h"
#include "args/select.h"
#include "args/softmax.h"
#include "args/softmax_plain.h"
#include "args/softmax_q.h"
#include "args/softmax_q_i8.h"
#include "args/svdf.h"
#include "args/svdf_q.h"
#include "args/take_nd.h"
#include "args/topk.h"
#include "args/unary.h"
#include "args/unary_plain.h"
#include "args/widen.h"

/* name of every kernel, by how it is compiled; expanded into prototypes and tables */
#define EDGE_VECTOR_KERNELS(X) \
    X(abs_f32) \
    X(acos_f32) \
    X(acosh_f32) \
    X(add_f32) \
    X(add_q_i16) \
    X(add_q_i8) \
    X(argmax_f32) \
    X(argmin_f32) \
    X(asin_f32) \
    X(asinh_f32) \
    X(atan2_f32) \
    X(atan_f32) \
    X(atanh_f32) \
    X(attention_f32) \
    X(avg_pool2d_f32) \
    X(avg_pool2d_i8) \
    X(ceil_f32) \
    X(celu_f32) \
    X(clip_f32) \
    X(conv2d_direct_f32) \
    X(conv2d_dynamic) \
    X(conv2d_f32) \
    X(conv2d_f32_bf16) \
    X(conv2d_f32_f16) \
    X(conv2d_i16) \
    X(conv2d_i8) \
    X(conv2d_i8_act) \
    X(conv2d_strassen_f32) \
    X(conv2d_winograd_f32) \
    X(conv2d_winograd_f32_bf16) \
    X(conv2d_winograd_f32_f16) \
    X(conv2d_winograd_i8) \
    X(conv2d_winograd_i8_act) \
    X(cos_f32) \
    X(cosh_f32) \
    X(depthwise_direct_f32) \
    X(depthwise_f32) \
    X(depthwise_i16) \
    X(depthwise_i8) \
    X(depthwise_i8_act) \
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
    X(fully_connected_f32_bf16) \
    X(fully_connected_f32_f16) \
    X(fully_connected_i16) \
    X(fully_connected_i8) \
    X(fully_connected_i8_act) \
    X(fully_connected_rectified_f32) \
    X(gelu_f32) \
    X(gelu_tanh_f32) \
    X(greater_equal_f32) \
    X(greater_equal_q_i16) \
    X(greater_equal_q_i8) \
    X(greater_f32) \
    X(greater_q_i16) \
    X(greater_q_i8) \
    X(grid_sample_f32) \
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
    X(lookup_i8) \
    X(lookup_u8) \
    X(lrn_f32) \
    X(lstm_f32) \
    X(lstm_q_direct_i8) \
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
    X(quantize_rows_f32) \
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
    X(resize_linear_u8) \
    X(rnn_f32) \
    X(roi_align_f32) \
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
    X(softmax_q_i8_i8) \
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
    X(trunc_f32) \
    X(widen_bf16) \
    X(widen_f16)
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
    X(argmax_f64) \
    X(argmax_i32) \
    X(argmax_i64) \
    X(argmax_i8) \
    X(argmax_u64) \
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
    X(layer_i8_act) \
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
    X(conv2d_dynamic) \
    X(conv2d_f32) \
    X(conv2d_f32_bf16) \
    X(conv2d_f32_f16) \
    X(conv2d_i16) \
    X(conv2d_i8) \
    X(conv2d_i8_act) \
    X(conv2d_strassen_f32) \
    X(conv2d_winograd_f32) \
    X(conv2d_winograd_f32_bf16) \
    X(conv2d_winograd_f32_f16) \
    X(conv2d_winograd_i8) \
    X(conv2d_winograd_i8_act) \
    X(depthwise_f32) \
    X(depthwise_i8) \
    X(depthwise_i8_act) \
    X(fully_connected_f32) \
    X(fully_connected_f32_bf16) \
    X(fully_connected_f32_f16) \
    X(fully_connected_i16) \
    X(fully_connected_i8) \
    X(fully_connected_i8_act) \
    X(fully_connected_rectified_f32) \
    X(lstm_q_i8)
#define EDGE_DOT_KERNELS(X) \
    X(conv2d_dynamic) \
    X(conv2d_i8) \
    X(conv2d_i8_act) \
    X(conv2d_winograd_i8) \
    X(conv2d_winograd_i8_act) \
    X(depthwise_i8) \
    X(depthwise_i8_act) \
    X(fully_connected_i8) \
    X(fully_connected_i8_act) \
    X(lstm_q_i8) \
    X(matmul_i8) \
    X(mul_q_i8)
#define EDGE_DOT_PACKED_KERNELS(X) \
    X(conv2d_dynamic) \
    X(conv2d_i8) \
    X(conv2d_i8_act) \
    X(conv2d_winograd_i8) \
    X(conv2d_winograd_i8_act) \
    X(depthwise_i8) \
    X(depthwise_i8_act) \
    X(fully_connected_i8) \
    X(fully_connected_i8_act) \
    X(lstm_q_i8)
#define EDGE_BYTE_TABLE_KERNELS(X) \
    X(lookup_i8) \
    X(lookup_u8) \
    X(softmax_q_i8_i8)
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
    EDGE_K_attention_f32,
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
    EDGE_K_conv2d_dynamic,
    EDGE_K_conv2d_f32,
    EDGE_K_conv2d_f32_bf16,
    EDGE_K_conv2d_f32_f16,
    EDGE_K_conv2d_i16,
    EDGE_K_conv2d_i8,
    EDGE_K_conv2d_i8_act,
    EDGE_K_conv2d_strassen_f32,
    EDGE_K_conv2d_winograd_f32,
    EDGE_K_conv2d_winograd_f32_bf16,
    EDGE_K_conv2d_winograd_f32_f16,
    EDGE_K_conv2d_winograd_i8,
    EDGE_K_conv2d_winograd_i8_act,
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
    EDGE_K_depthwise_direct_f32,
    EDGE_K_depthwise_f32,
    EDGE_K_depthwise_i16,
    EDGE_K_depthwise_i8,
    EDGE_K_depthwise_i8_act,
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
    EDGE_K_fully_connected_f32_bf16,
    EDGE_K_fully_connected_f32_f16,
    EDGE_K_fully_connected_i16,
    EDGE_K_fully_connected_i8,
    EDGE_K_fully_connected_i8_act,
    EDGE_K_fully_connected_rectified_f32,
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
    EDGE_K_grid_sample_f32,
    EDGE_K_gru_f32,
    EDGE_K_hard_sigmoid_f32,
    EDGE_K_hard_sigmoid_f64,
    EDGE_K_hard_swish_f32,
    EDGE_K_hard_swish_f64,
    EDGE_K_isinf_f32,
    EDGE_K_isinf_f64,
    EDGE_K_isnan_f32,
    EDGE_K_isnan_f64,
    EDGE_K_layer_i8_act,
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
    EDGE_K_lstm_q_direct_i8,
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
    EDGE_K_quantize_rows_f32,
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
    EDGE_K_resize_linear_u8,
    EDGE_K_reverse_sequence,
    EDGE_K_rnn_f32,
    EDGE_K_roi_align_f32,
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
    EDGE_K_widen_bf16,
    EDGE_K_widen_f16,
    EDGE_KERNEL_COUNT
};
#endif
