"""Which plain numbers LiteRT's kernels compute with, where they do not take all; quantized ones are not meant.

Found by writing every case of every operator and running it: ``tests/unit/export/test_operators_in_tflite.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edgesmith.types import DType

_KINDS: Final = {
    "f32": """
        AVERAGE_POOL_2D ATAN2 BATCH_MATMUL CEIL CONV_2D COS DEPTHWISE_CONV_2D ELU EXP FLOOR FULLY_CONNECTED GELU
        HARD_SWISH LEAKY_RELU LOCAL_RESPONSE_NORMALIZATION LOG LOGISTIC LOG_SOFTMAX PRELU RELU RELU6 RELU_0_TO_1
        RELU_N1_TO_1 RESIZE_BILINEAR ROUND RSQRT SIN SOFTMAX SQRT SQUARE TANH TRANSPOSE_CONV
    """,
    "f32 i8 i16 u8": "MAX_POOL_2D RESIZE_NEAREST_NEIGHBOR",
    "i8 i16 i32 u8 u16 u32": "BITWISE_XOR",
    "f32 i32": "ABS DIV FLOOR_DIV POW SIGN SQUARED_DIFFERENCE",
    "f32 i32 i64": """
        ADD CUMSUM FLOOR_MOD GREATER GREATER_EQUAL LESS LESS_EQUAL MAXIMUM MEAN MINIMUM MUL NEG REDUCE_MAX REDUCE_MIN
        REDUCE_PROD SUB SUM
    """,
    "f32 i32 bool": "ARG_MAX ARG_MIN",
    "f32 i32 i64 bool": "EQUAL NOT_EQUAL",
    "f32 i32 i64 i16": "TOPK_V2",
    "f32 i32 i64 i16 u8": "REVERSE_SEQUENCE",
    "f32 f64 f16 i8 i16 i32 i64 u8 u16 u32 bool": "CAST",
}
KINDS: Final[Mapping[str, frozenset[DType]]] = MappingProxyType(
    {op: frozenset(map(DType, kinds.split())) for kinds, ops in _KINDS.items() for op in ops.split()}
)
