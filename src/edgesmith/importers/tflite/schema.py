"""The names and slots of TensorFlow Lite's file format: operators, element types, and one options table per operator.

Source: tensorflow/lite/schema/schema.fbs, schema version 3, to operator 209. A table is one line in the notation

    Name  field:type[=default] ...

in slot order: the first field is slot 0, ``-`` is a slot that is no longer used. A type in brackets is a vector, and a
capitalised type is an enumeration of this file, which options carry by name ("SAME", "RELU6", "INT32").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Default = int | float | bool | str | tuple[()]

IDENTIFIER: Final = b"TFL3"
VERSION: Final = 3


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an options table."""

    name: str
    slot: int
    type: str  # scalar as in flat.SCALARS, or "str"
    vector: bool
    enum: tuple[str, ...] | None  # names by value
    default: Default  # as a reader gives it: an enumeration by name, a vector as an empty tuple


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENUMS: Final = MappingProxyType(
    {
        "TensorType": _words(
            """FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 UINT64 RESOURCE
            VARIANT UINT32 UINT16 INT4 BFLOAT16 INT2 UINT4 FLOAT8_E4M3FN FLOAT8_E5M2"""
        ),
        "Padding": _words("SAME VALID"),
        "Activation": _words("NONE RELU RELU_N1_TO_1 RELU6 TANH SIGN_BIT"),
        "WeightsFormat": _words("DEFAULT SHUFFLED4x16INT8"),
        "LSTMKernel": _words("FULL BASIC"),
        "LSHProjection": _words("UNKNOWN SPARSE DENSE"),
        "MirrorPadMode": _words("REFLECT SYMMETRIC"),
        "Combiner": _words("SUM MEAN SQRTN"),
        "ReduceFunction": _words("UNSUPPORTED ADD MUL MINIMUM MAXIMUM ALL ANY"),
        "RngAlgorithm": _words("DEFAULT PHILOX THREEFRY"),
        "ComparisonDirection": _words("EQ NE GE GT LE LT"),
        "ComparisonType": _words("NOTYPE FLOAT FLOAT_TOTAL_ORDER SIGNED UNSIGNED"),
    }
)
TENSOR_TYPES: Final = ENUMS["TensorType"]
# What an enumeration is stored as, where it is not the usual i8.
_STORED: Final = {"ComparisonDirection": "u32", "ComparisonType": "u32", "ReduceFunction": "i32"}

# Operators by code, each with its options table unless that table has no fields.
_OPERATORS: Final = """
ADD:Add AVERAGE_POOL_2D:Pool2D CONCATENATION:Concatenation CONV_2D:Conv2D DEPTHWISE_CONV_2D:DepthwiseConv2D
DEPTH_TO_SPACE:DepthToSpace DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED:FullyConnected HASHTABLE_LOOKUP
L2_NORMALIZATION:L2Norm L2_POOL_2D:Pool2D LOCAL_RESPONSE_NORMALIZATION:LocalResponseNormalization LOGISTIC
LSH_PROJECTION:LSHProjection LSTM:LSTM MAX_POOL_2D:Pool2D MUL:Mul RELU RELU_N1_TO_1 RELU6 RESHAPE:Reshape
RESIZE_BILINEAR:ResizeBilinear RNN:RNN SOFTMAX:Softmax SPACE_TO_DEPTH:SpaceToDepth SVDF:SVDF TANH
CONCAT_EMBEDDINGS:ConcatEmbeddings SKIP_GRAM:SkipGram CALL:Call CUSTOM EMBEDDING_LOOKUP_SPARSE:EmbeddingLookupSparse
PAD UNIDIRECTIONAL_SEQUENCE_RNN:SequenceRNN GATHER:Gather BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN:Reducer
SUB:Sub DIV:Div SQUEEZE:Squeeze UNIDIRECTIONAL_SEQUENCE_LSTM:UnidirectionalSequenceLSTM STRIDED_SLICE:StridedSlice
BIDIRECTIONAL_SEQUENCE_RNN:BidirectionalSequenceRNN EXP TOPK_V2 SPLIT:Split LOG_SOFTMAX DELEGATE
BIDIRECTIONAL_SEQUENCE_LSTM:BidirectionalSequenceLSTM CAST:Cast PRELU MAXIMUM ARG_MAX:ArgMax MINIMUM LESS NEG PADV2
GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV:TransposeConv SPARSE_TO_DENSE:SparseToDense TILE
EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM:Reducer SQRT RSQRT SHAPE:Shape POW ARG_MIN:ArgMin FAKE_QUANT:FakeQuant
REDUCE_PROD:Reducer REDUCE_MAX:Reducer PACK:Pack LOGICAL_OR ONE_HOT:OneHot LOGICAL_AND LOGICAL_NOT UNPACK:Unpack
REDUCE_MIN:Reducer FLOOR_DIV REDUCE_ANY:Reducer SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE
RESIZE_NEAREST_NEIGHBOR:ResizeNearestNeighbor LEAKY_RELU:LeakyRelu SQUARED_DIFFERENCE MIRROR_PAD:MirrorPad ABS
SPLIT_V:SplitV UNIQUE:Unique CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE:ReverseSequence
MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF:If WHILE:While NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5
SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL:BatchMatMul PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM:Cumsum
CALL_ONCE:CallOnce BROADCAST_TO RFFT2D CONV_3D:Conv3D IMAG REAL COMPLEX_ABS HASHTABLE:Hashtable HASHTABLE_FIND
HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL:Reducer CONV_3D_TRANSPOSE:Conv3D VAR_HANDLE:VarHandle READ_VARIABLE
ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL:Random BUCKETIZE:Bucketize RANDOM_UNIFORM:Random
MULTINOMIAL:Random GELU:Gelu DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD
STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP
STABLEHLO_CONCATENATE:StablehloConcatenate STABLEHLO_BROADCAST_IN_DIM:StablehloBroadcastInDim
STABLEHLO_CONVOLUTION:StablehloConvolution STABLEHLO_SLICE:StablehloSlice STABLEHLO_CUSTOM_CALL:StablehloCustomCall
STABLEHLO_REDUCE:StablehloReduce STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR
STABLEHLO_LOG STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT
STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER:StablehloScatter
STABLEHLO_COMPARE:StablehloCompare STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE:StablehloDynamicSlice
STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD:StablehloPad STABLEHLO_IOTA:StablehloIota
STABLEHLO_DOT_GENERAL:StablehloDotGeneral STABLEHLO_REDUCE_WINDOW:StablehloReduceWindow STABLEHLO_SORT:StablehloSort
STABLEHLO_WHILE:StablehloWhile STABLEHLO_GATHER:StablehloGather STABLEHLO_TRANSPOSE:StablehloTranspose DILATE
STABLEHLO_RNG_BIT_GENERATOR:StablehloRngBitGenerator REDUCE_WINDOW:ReduceWindow STABLEHLO_COMPOSITE:StableHLOComposite
STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE:StablehloCase
"""

# The members of the two options unions, by tag; each names a table, without the word Options.
_UNION: Final = """
NONE Conv2D DepthwiseConv2D ConcatEmbeddings LSHProjection Pool2D SVDF RNN FullyConnected Softmax Concatenation Add
L2Norm LocalResponseNormalization LSTM ResizeBilinear Call Reshape SkipGram SpaceToDepth EmbeddingLookupSparse Mul Pad
Gather BatchToSpaceND SpaceToBatchND Transpose Reducer Sub Div Squeeze SequenceRNN StridedSlice Exp TopKV2 Split
LogSoftmax Cast Dequantize MaximumMinimum ArgMax Less Neg PadV2 Greater GreaterEqual LessEqual Select Slice
TransposeConv SparseToDense Tile ExpandDims Equal NotEqual Shape Pow ArgMin FakeQuant Pack LogicalOr OneHot LogicalAnd
LogicalNot Unpack FloorDiv Square ZerosLike Fill BidirectionalSequenceLSTM BidirectionalSequenceRNN
UnidirectionalSequenceLSTM FloorMod Range ResizeNearestNeighbor LeakyRelu SquaredDifference MirrorPad Abs SplitV
Unique ReverseV2 AddN GatherNd Cos Where Rank ReverseSequence MatrixDiag Quantize MatrixSetDiag HardSwish If While
DepthToSpace NonMaxSuppressionV4 NonMaxSuppressionV5 ScatterNd SelectV2 Densify SegmentSum BatchMatMul Cumsum CallOnce
BroadcastTo Rfft2d Conv3D Hashtable HashtableFind HashtableImport HashtableSize VarHandle ReadVariable AssignVariable
Random Bucketize Gelu DynamicUpdateSlice UnsortedSegmentProd UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentSum
ATan2 Sign Bitcast BitwiseXor RightShift
"""
_UNION_2: Final = """
NONE StablehloConcatenate StablehloBroadcastInDim StablehloSlice StablehloConvolution StablehloCustomCall
StablehloReduce StablehloScatter StablehloCompare StablehloDynamicSlice StablehloPad StablehloIota StablehloDotGeneral
StablehloReduceWindow StablehloSort StablehloWhile StablehloGather StablehloTranspose Dilate StablehloRngBitGenerator
ReduceWindow StableHLOComposite StablehloShiftLeft StablehloCase
"""

_TABLES: Final = """
Conv2D  padding:Padding stride_w:i32 stride_h:i32 fused_activation_function:Activation dilation_w_factor:i32=1
    dilation_h_factor:i32=1 quantized_bias_type:TensorType
DepthwiseConv2D  padding:Padding stride_w:i32 stride_h:i32 depth_multiplier:i32 fused_activation_function:Activation
    dilation_w_factor:i32=1 dilation_h_factor:i32=1
ConcatEmbeddings  num_channels:i32 num_columns_per_channel:[i32] embedding_dim_per_channel:[i32]
LSHProjection  type:LSHProjection
Pool2D  padding:Padding stride_w:i32 stride_h:i32 filter_width:i32 filter_height:i32
    fused_activation_function:Activation
SVDF  rank:i32 fused_activation_function:Activation asymmetric_quantize_inputs:bool
RNN  fused_activation_function:Activation asymmetric_quantize_inputs:bool
FullyConnected  fused_activation_function:Activation weights_format:WeightsFormat keep_num_dims:bool
    asymmetric_quantize_inputs:bool quantized_bias_type:TensorType quant_spec:[u8]
Softmax  beta:f32
Concatenation  axis:i32 fused_activation_function:Activation
Add  fused_activation_function:Activation pot_scale_int16:bool=true
L2Norm  fused_activation_function:Activation
LocalResponseNormalization  radius:i32 bias:f32 alpha:f32 beta:f32
LSTM  fused_activation_function:Activation cell_clip:f32 proj_clip:f32 kernel_type:LSTMKernel
    asymmetric_quantize_inputs:bool
ResizeBilinear  - - align_corners:bool half_pixel_centers:bool
Call  subgraph:u32
Reshape  new_shape:[i32]
SkipGram  ngram_size:i32 max_skip_size:i32 include_all_ngrams:bool
SpaceToDepth  block_size:i32
EmbeddingLookupSparse  combiner:Combiner
Mul  fused_activation_function:Activation
Gather  axis:i32 batch_dims:i32
Reducer  keep_dims:bool
Sub  fused_activation_function:Activation pot_scale_int16:bool=true
Div  fused_activation_function:Activation
Squeeze  squeeze_dims:[i32]
SequenceRNN  time_major:bool fused_activation_function:Activation asymmetric_quantize_inputs:bool
StridedSlice  begin_mask:i32 end_mask:i32 ellipsis_mask:i32 new_axis_mask:i32 shrink_axis_mask:i32 offset:bool
Split  num_splits:i32
Cast  in_data_type:TensorType out_data_type:TensorType
ArgMax  output_type:TensorType
TransposeConv  padding:Padding stride_w:i32 stride_h:i32 fused_activation_function:Activation
    quantized_bias_type:TensorType
SparseToDense  validate_indices:bool
Shape  out_type:TensorType
ArgMin  output_type:TensorType
FakeQuant  min:f32 max:f32 num_bits:i32 narrow_range:bool
Pack  values_count:i32 axis:i32
OneHot  axis:i32
Unpack  num:i32 axis:i32
BidirectionalSequenceLSTM  fused_activation_function:Activation cell_clip:f32 proj_clip:f32 merge_outputs:bool
    time_major:bool=true asymmetric_quantize_inputs:bool
BidirectionalSequenceRNN  time_major:bool fused_activation_function:Activation merge_outputs:bool
    asymmetric_quantize_inputs:bool
UnidirectionalSequenceLSTM  fused_activation_function:Activation cell_clip:f32 proj_clip:f32 time_major:bool
    asymmetric_quantize_inputs:bool diagonal_recurrent_tensors:bool
ResizeNearestNeighbor  align_corners:bool half_pixel_centers:bool
LeakyRelu  alpha:f32
MirrorPad  mode:MirrorPadMode
SplitV  num_splits:i32
Unique  idx_out_type:TensorType=2
ReverseSequence  seq_dim:i32 batch_dim:i32
If  then_subgraph_index:i32 else_subgraph_index:i32
While  cond_subgraph_index:i32 body_subgraph_index:i32
DepthToSpace  block_size:i32
BatchMatMul  adj_x:bool adj_y:bool asymmetric_quantize_inputs:bool
Cumsum  exclusive:bool reverse:bool
CallOnce  init_subgraph_index:i32
Conv3D  padding:Padding stride_d:i32 stride_w:i32 stride_h:i32 fused_activation_function:Activation
    dilation_d_factor:i32=1 dilation_w_factor:i32=1 dilation_h_factor:i32=1
Hashtable  table_id:i32 key_dtype:TensorType value_dtype:TensorType
VarHandle  container:str shared_name:str
Random  seed:i64 seed2:i64
Bucketize  boundaries:[f32]
Gelu  approximate:bool
StablehloConcatenate  dimension:i64
StablehloBroadcastInDim  broadcast_dimensions:[i64]
StablehloSlice  start_indices:[i64] limit_indices:[i64] strides:[i64]
StablehloConvolution  window_strides:[i64] padding:[i64] lhs_dilation:[i64] rhs_dilation:[i64] window_reversal:[bool]
    input_batch_dimension:i64 input_feature_dimension:i64 input_spatial_dimensions:[i64]
    kernel_input_feature_dimension:i64 kernel_output_feature_dimension:i64 kernel_spatial_dimensions:[i64]
    output_batch_dimension:i64 output_feature_dimension:i64 output_spatial_dimensions:[i64] feature_group_count:i64
    batch_group_count:i64 precision_config:[u32]
StablehloCustomCall  call_target_name:str has_side_effect:bool backend_config:str api_version:i32
    called_computations:[i32] custom_attributes:[u8]
StablehloReduce  dimensions:[i64] body_subgraph_index:i32
StablehloScatter  indices_are_sorted:bool update_window_dims:[i64] inserted_window_dims:[i64]
    scatter_dims_to_operand_dims:[i64] index_vector_dim:i64 unique_indices:bool update_computation_subgraph_index:i32
StablehloCompare  comparison_direction:ComparisonDirection compare_type:ComparisonType
StablehloDynamicSlice  slice_sizes:[i64]
StablehloPad  edge_padding_low:[i64] edge_padding_high:[i64] interior_padding:[i64]
StablehloIota  iota_dimension:i64
StablehloDotGeneral  lhs_batching_dimensions:[i64] rhs_batching_dimensions:[i64] lhs_contracting_dimensions:[i64]
    rhs_contracting_dimensions:[i64] precision_config:[u32]
StablehloReduceWindow  window_dimensions:[i64] window_strides:[i64] base_dilations:[i64] window_dilations:[i64]
    padding:[i64] body_subgraph_index:i32
StablehloSort  dimension:i64 is_stable:bool comparator_subgraph_index:i32
StablehloWhile  cond_subgraph_index:i32 body_subgraph_index:i32
StablehloGather  offset_dims:[i64] collapsed_slice_dims:[i64] start_index_map:[i64] index_vector_dim:i64
    slice_sizes:[i64] indices_are_sorted:bool
StablehloTranspose  permutation:[i64]
StablehloRngBitGenerator  algorithm:RngAlgorithm
ReduceWindow  reduce_function:ReduceFunction
StableHLOComposite  name:str decomposition_subgraph_index:i32 composite_attributes:[u8] composite_attributes_format:i8
    version:i32
StablehloCase  branch_subgraph_indices:[i32]
"""


def _default(text: str, kind: str, enum: tuple[str, ...] | None, vector: bool) -> Default:
    if vector:
        return ()
    if enum is not None:
        return enum[int(text or 0)]
    if kind == "str":
        return ""
    if kind == "bool":
        return text == "true"
    return float(text or 0) if kind == "f32" else int(text or 0)


def _field(text: str, slot: int, enums: Mapping[str, tuple[str, ...]]) -> Field:
    name, _, rest = text.partition(":")
    kind, _, default = rest.partition("=")
    vector = kind.startswith("[")
    kind = kind.strip("[]")
    enum = enums.get(kind)
    stored = kind if enum is None else _STORED.get(kind, "i8")
    return Field(name, slot, stored, vector, enum, _default(default, stored, enum, vector))


def parse_tables(text: str, enums: Mapping[str, tuple[str, ...]] = ENUMS) -> dict[str, tuple[Field, ...]]:
    """Fields by table, from the notation at the top of this file."""
    found = {}
    for line in text.strip().replace("\n    ", " ").splitlines():
        name, *fields = line.split()
        found[name] = tuple(_field(field, slot, enums) for slot, field in enumerate(fields) if field != "-")
    return found


OPTIONS: Final = MappingProxyType(parse_tables(_TABLES))
"""Fields of every options table that has any, by the table's name without the word Options."""

UNION: Final = _words(_UNION)
UNION_2: Final = _words(_UNION_2)
"""Names of the options tables, by the tag in ``Operator.builtin_options_type`` and ``builtin_options_2_type``."""

OPERATORS: Final = tuple(entry.partition(":")[0] for entry in _words(_OPERATORS))
"""Operator names by code."""

CODES: Final = MappingProxyType({name: code for code, name in enumerate(OPERATORS)})
"""Operator codes by name."""

OPTIONS_OF: Final = MappingProxyType({name: table for name, _, table in (e.partition(":") for e in _words(_OPERATORS))})
"""The options table of each operator, "" where there is nothing to say."""


def operator_name(code: int) -> str:
    """The operator's name, or ``BUILTIN_217`` for a code that is newer than this file."""
    return OPERATORS[code] if 0 <= code < len(OPERATORS) else f"BUILTIN_{code}"
