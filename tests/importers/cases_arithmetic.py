"""Element-wise operators, comparisons, reductions, softmax, quantize."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from importers.single import K, Single, X, Y

Q8 = (0.05, 3)
QY = (0.08, -7)
Q16 = (0.001, 0)
NONE = {"fused_activation_function": "NONE"}
SHAPES = [((2, 3, 5), (2, 3, 5)), ((1, 4, 5), (5,)), ((3, 1, 4), (1, 2, 4)), ((7,), ())]
BINARY = ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "POW", "FLOOR_DIV", "FLOOR_MOD")
FUSED = ("ADD", "SUB", "MUL", "DIV")
COMPARE = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


def _label(*parts: object) -> str:
    return "-".join(str(part).replace(" ", "") for part in parts)


def binary() -> Iterator[Single]:
    for op in BINARY:
        options = NONE if op in FUSED else None
        low = 0.2 if op in ("POW", "DIV", "FLOOR_DIV", "FLOOR_MOD") else -3.0
        for a, b in SHAPES:
            yield Single(_label(op, "f32", a, b), op, [X(a, low=low), X(b, low=low)], options=options, rtol=2e-5)
        if op in ("POW", "SQUARED_DIFFERENCE"):
            continue
        for a, b in SHAPES[:2]:
            other = X(b, "INT32", low=1, high=9)
            yield Single(_label(op, "i32", a, b), op, [X(a, "INT32", low=-99, high=99), other], [Y("INT32")], options)
        if op in ("MAXIMUM", "MINIMUM", "FLOOR_DIV", "FLOOR_MOD"):
            yield Single(
                _label(op, "i64"),
                op,
                [X((5,), "INT64", low=-99, high=99), X((5,), "INT64", low=1, high=9)],
                [Y("INT64")],
                options,
            )
    for op in ("ADD", "SUB", "MUL"):
        for fused in ("RELU", "RELU6", "RELU_N1_TO_1"):
            options = {"fused_activation_function": fused}
            for dtype, q in (("INT8", (Q8, (0.03, -11), QY)), ("UINT8", ((0.05, 131), (0.03, 117), (0.08, 121)))):
                operands = [X((2, 3, 5), dtype, q[0]), X((2, 3, 5), dtype, q[1])]
                yield Single(_label(op, dtype, fused), op, operands, [Y(dtype, q[2])], options, steps=1)
            yield Single(_label(op, "f32", fused), op, [X((9, 7)), X((9, 7))], options=options)
    for op in ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE"):
        options = None if op == "SQUARED_DIFFERENCE" else NONE
        quants = [(Q8, (0.03, -11), QY), ((0.01, 0), (0.2, 5), (0.21, 0)), (Q8, Q8, Q8)]
        if op == "SQUARED_DIFFERENCE":
            quants = [(Q8, Q8, (0.3, -128))]
        for a, b in SHAPES[:3]:
            for place, q in enumerate(quants):
                yield Single(
                    _label(op, "i8", a, b, place),
                    op,
                    [X(a, "INT8", q[0]), X(b, "INT8", q[1])],
                    [Y("INT8", q[2])],
                    options,
                    steps=1,
                )
        if op != "SQUARED_DIFFERENCE":
            yield Single(
                _label(op, "i16"),
                op,
                [X((4, 9), "INT16", Q16), X((4, 9), "INT16", (0.0007, 0))],
                [Y("INT16", (0.002, 0))],
                {**NONE} | ({} if op == "MUL" else {"pot_scale_int16": False}),
                steps=1,
                version=4,
            )
    for op in ("MAXIMUM", "MINIMUM"):
        yield Single(_label(op, "i8"), op, [X((4, 9), "INT8", Q8), X((9,), "INT8", Q8)], [Y("INT8", Q8)])
    yield Single(
        "DIV-u8",
        "DIV",
        [
            X((4, 9), "UINT8", (0.05, 128)),
            X((4, 9), "UINT8", (0.02, 0), data=np.arange(100, 136, dtype=np.uint8).reshape(4, 9)),
        ],
        [Y("UINT8", (0.03, 127))],
        NONE,
        steps=1,
    )
    yield Single(
        "ADD-constant-i8", "ADD", [X((3, 5), "INT8", Q8), K(X((5,), "INT8", (0.03, 1)))], [Y("INT8", QY)], NONE, steps=1
    )
    yield Single("ATAN2", "ATAN2", [X((17,)), X((17,))])
    for op in ("LOGICAL_AND", "LOGICAL_OR"):
        yield Single(op, op, [X((4, 5), "BOOL"), X((5,), "BOOL")], [Y("BOOL")])
    for dtype in ("INT32", "INT16", "INT8"):
        yield Single(_label("BITWISE_XOR", dtype), "BITWISE_XOR", [X((9,), dtype, low=-99, high=99)] * 2, [Y(dtype)])
        yield Single(
            _label("RIGHT_SHIFT", dtype),
            "RIGHT_SHIFT",
            [X((9,), dtype, low=-99, high=99), X((9,), dtype, low=0, high=6)],
            [Y(dtype)],
        )
    yield Single("ADD_N", "ADD_N", [X((3, 4)), X((3, 4)), X((3, 4))])
    yield Single("ADD_N-i32", "ADD_N", [X((3, 4), "INT32"), X((3, 4), "INT32")], [Y("INT32")])


def comparisons() -> Iterator[Single]:
    for op in COMPARE:
        yield Single(
            _label(op, "f32"),
            op,
            [
                X((3, 4), data=np.round(np.linspace(-2, 2, 12)).reshape(3, 4).astype("f4")),
                X((4,), data=np.array([-1, 0, 1, 2], "f4")),
            ],
            [Y("BOOL")],
        )
        for dtype in ("INT32", "INT64"):
            operands = [X((3, 4), dtype, low=0, high=4), X((4,), dtype, low=0, high=4)]
            yield Single(_label(op, dtype), op, operands, [Y("BOOL")])
        same = [X((30, 4), "INT8", (0.5, 3)), X((4,), "INT8", (0.5, 3))]
        yield Single(_label(op, "i8"), op, same, [Y("BOOL")])
    condition = X((2, 3), "BOOL")
    yield Single("SELECT", "SELECT", [condition, X((2, 3)), X((2, 3))])
    yield Single("SELECT-rows", "SELECT", [X((2,), "BOOL"), X((2, 3)), X((2, 3))])
    yield Single("SELECT-i32", "SELECT", [condition, X((2, 3), "INT32"), X((2, 3), "INT32")], [Y("INT32")])
    yield Single("SELECT_V2", "SELECT_V2", [X((3,), "BOOL"), X((2, 3)), X((2, 1))])
    yield Single(
        "SELECT_V2-i8", "SELECT_V2", [X((3,), "BOOL"), X((2, 3), "INT8", Q8), X((2, 3), "INT8", Q8)], [Y("INT8", Q8)]
    )
    for source in ("FLOAT32", "INT32", "INT64", "INT8", "UINT8", "BOOL", "INT16", "FLOAT16"):
        for target in ("FLOAT32", "INT32", "INT64", "UINT8", "BOOL", "INT16"):
            if source != target:
                yield Single(
                    _label("CAST", source, target),
                    "CAST",
                    [X((31,), source, low=0, high=90)],
                    [Y(target)],
                    {"in_data_type": source, "out_data_type": target},
                )


UNARY = {
    "ABS": -3,
    "NEG": -3,
    "SIN": -3,
    "COS": -3,
    "EXP": -3,
    "LOG": 0.1,
    "SQRT": 0,
    "RSQRT": 0.1,
    "SQUARE": -3,
    "FLOOR": -3,
    "CEIL": -3,
    "ROUND": -3,
    "SIGN": -3,
    "RELU": -3,
    "RELU6": -8,
    "RELU_N1_TO_1": -3,
    "RELU_0_TO_1": -3,
    "ELU": -3,
    "HARD_SWISH": -5,
    "LOGISTIC": -9,
    "TANH": -5,
}
ON_BYTES = {  # quantization of operand and result
    "LOGISTIC": ((0.06, 3), (1 / 256, -128)),
    "TANH": ((0.03, -3), (1 / 128, 0)),
    "RELU": ((0.06, 3), (0.05, -10)),
    "RELU6": ((0.06, 3), (0.03, -128)),
    "RELU_N1_TO_1": ((0.06, 3), (0.01, 0)),
    "ELU": ((0.06, 3), (0.05, -10)),
    "HARD_SWISH": ((0.06, 3), (0.05, -60)),
    "ABS": ((0.06, 3), (0.06, -100)),
    "RSQRT": ((0.06, -128), (0.04, -128)),
    "EXP": ((0.02, 3), (0.05, -128)),
    "LOG": ((0.06, -129 + 1), (0.05, 0)),
    "NEG": ((0.06, 0), (0.06, 0)),
}


def unary() -> Iterator[Single]:
    for op, low in UNARY.items():
        high = 3 if op not in ("RELU6", "HARD_SWISH", "LOGISTIC") else 9
        yield Single(_label(op, "f32"), op, [X((3, 41), low=low, high=high)], rtol=2e-5, atol=2e-6)
    every = X(data=np.arange(-128, 128).astype(np.int8), dtype="INT8")
    for op, (qx, qy) in ON_BYTES.items():
        operand = X(
            dtype="INT8",
            quant=qx,
            data=every.data if op not in ("RSQRT", "LOG", "NEG") else np.arange(-100, 128).astype("i1"),
        )
        yield Single(_label(op, "i8"), op, [operand], [Y("INT8", qy)], steps=1)
    for op in ("LOGISTIC", "TANH", "RELU", "RELU6", "HARD_SWISH"):
        data = np.arange(256).astype(np.uint8)
        qy = {"LOGISTIC": (1 / 256, 0), "TANH": (1 / 128, 128)}.get(op, (0.05, 12))
        yield Single(_label(op, "u8"), op, [X(dtype="UINT8", quant=(0.06, 131), data=data)], [Y("UINT8", qy)], steps=1)
    for op in ("LOGISTIC", "TANH"):
        data = np.arange(-32768, 32768, 7).astype(np.int16)
        yield Single(
            _label(op, "i16"),
            op,
            [X(dtype="INT16", quant=(3 / 4096, 0), data=data)],
            [Y("INT16", (1 / 32768, 0))],
            steps=2,
        )
    yield Single("LOGICAL_NOT", "LOGICAL_NOT", [X((9,), "BOOL")], [Y("BOOL")])
    yield Single("ABS-i32", "ABS", [X((9,), "INT32")], [Y("INT32")])
    yield Single("LEAKY_RELU", "LEAKY_RELU", [X((3, 41))], options={"alpha": 0.1})
    yield Single(
        "LEAKY_RELU-i8",
        "LEAKY_RELU",
        [X(dtype="INT8", quant=Q8, data=every.data)],
        [Y("INT8", QY)],
        {"alpha": 0.1},
        steps=1,
    )
    for approximate in (False, True):
        yield Single(_label("GELU", approximate), "GELU", [X((3, 41))], options={"approximate": approximate}, atol=4e-6)
        yield Single(
            _label("GELU-i8", approximate),
            "GELU",
            [X(dtype="INT8", quant=Q8, data=every.data)],
            [Y("INT8", QY)],
            {"approximate": approximate},
            steps=1,
        )
    yield Single("PRELU", "PRELU", [X((2, 3, 4, 5)), K(X((1, 1, 5)))])
    yield Single(
        "PRELU-i8", "PRELU", [X((2, 3, 4, 5), "INT8", Q8), K(X((1, 1, 5), "INT8", (0.01, 0)))], [Y("INT8", QY)], steps=1
    )
    yield Single("FAKE_QUANT", "FAKE_QUANT", [X((300,))], options={"min": -1.3, "max": 2.1, "num_bits": 8})


def reductions() -> Iterator[Single]:
    names = ("MEAN", "SUM", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN")
    for op in names:
        for axes in ((1,), (0, 2), (-1,), (0, 1, 2), (1, 2)):
            for keep in (False, True):
                axis = K(np.array(axes, np.int32))
                options = {"keep_dims": keep}
                yield Single(_label(op, "f32", axes, keep), op, [X((3, 4, 5), low=0.5, high=2), axis], options=options)
                if op not in ("REDUCE_PROD", "SUM"):  # LiteRT sums int8 as if it were unsigned
                    quant = Q8 if op.startswith("REDUCE") else QY
                    yield Single(
                        _label(op, "i8", axes, keep),
                        op,
                        [X((3, 4, 5), "INT8", Q8), axis],
                        [Y("INT8", quant)],
                        options,
                        steps=1,
                    )
        if op != "MEAN":
            yield Single(
                _label(op, "i32"),
                op,
                [X((3, 4), "INT32", low=-4, high=5), K(np.array([1], np.int32))],
                [Y("INT32")],
                {"keep_dims": False},
            )
    yield Single(
        "MEAN-image",
        "MEAN",
        [X((2, 7, 7, 9), "INT8", Q8), K(np.array([1, 2], np.int32))],
        [Y("INT8", QY)],
        {"keep_dims": True},
        steps=1,
    )
    yield Single(
        "MEAN-u8",
        "MEAN",
        [X((2, 7, 7, 9), "UINT8", (0.05, 131)), K(np.array([1, 2], np.int32))],
        [Y("UINT8", (0.04, 100))],
        {"keep_dims": False},
        steps=1,
    )
    for op in ("REDUCE_ANY", "REDUCE_ALL"):
        yield Single(op, op, [X((9, 2), "BOOL"), K(np.array([1], np.int32))], [Y("BOOL")], {"keep_dims": False})
    for op in ("ARG_MAX", "ARG_MIN"):
        for axis in (0, 1, -1):
            for dtype, quant in (("FLOAT32", None), ("INT8", Q8), ("UINT8", (0.1, 7)), ("INT32", None)):
                yield Single(
                    _label(op, dtype, axis),
                    op,
                    [X((4, 5, 6), dtype, quant), K(np.array(axis, np.int32))],
                    [Y("INT64")],
                    {"output_type": "INT64"},
                )
    for exclusive in (False, True):
        for reverse in (False, True):
            options = {"exclusive": exclusive, "reverse": reverse}
            for dtype in ("FLOAT32", "INT32", "INT64"):
                yield Single(
                    _label("CUMSUM", dtype, exclusive, reverse),
                    "CUMSUM",
                    [X((3, 5, 2), dtype), K(np.array(1, np.int32))],
                    [Y(dtype)],
                    options,
                )
    for dtype, quant in (("FLOAT32", None), ("INT32", None), ("INT8", Q8)):
        yield Single(
            _label("TOPK_V2", dtype),
            "TOPK_V2",
            [X((3, 9), dtype, quant), K(np.array(4, np.int32))],
            [Y(dtype, quant), Y("INT32")],
        )


def normalizations() -> Iterator[Single]:
    for beta in (1.0, 0.7):
        for shape in ((3, 10), (1, 4, 3, 5), (6,)):
            yield Single(_label("SOFTMAX", shape, beta), "SOFTMAX", [X(shape, low=-5, high=5)], options={"beta": beta})
            yield Single(
                _label("SOFTMAX-i8", shape, beta),
                "SOFTMAX",
                [X(shape, "INT8", (0.1, 5))],
                [Y("INT8", (1 / 256, -128))],
                {"beta": beta},
                steps=1,
            )
    yield Single("SOFTMAX-u8", "SOFTMAX", [X((3, 10), "UINT8", (0.1, 5))], [Y("UINT8", (1 / 256, 0))], {"beta": 1.0}, 1)
    yield Single(
        "SOFTMAX-i8-i16", "SOFTMAX", [X((3, 10), "INT8", (0.1, 5))], [Y("INT16", (1 / 65536, -32768))], {"beta": 1.0}, 2
    )
    yield Single(
        "SOFTMAX-i16", "SOFTMAX", [X((3, 10), "INT16", (0.0005, 0))], [Y("INT16", (1 / 32768, 0))], {"beta": 1.0}, 16
    )
    yield Single("LOG_SOFTMAX", "LOG_SOFTMAX", [X((3, 10), low=-5, high=5)])
    yield Single("LOG_SOFTMAX-i8", "LOG_SOFTMAX", [X((3, 10), "INT8", (0.1, 5))], [Y("INT8", (16 / 256, 127))], None, 1)
    yield Single("L2_NORMALIZATION", "L2_NORMALIZATION", [X((3, 10))], options=NONE)
    yield Single(
        "L2_NORMALIZATION-i8", "L2_NORMALIZATION", [X((3, 10), "INT8", (0.1, 5))], [Y("INT8", (1 / 128, 0))], NONE, 1
    )
    yield Single(
        "LRN",
        "LOCAL_RESPONSE_NORMALIZATION",
        [X((1, 2, 3, 9))],
        by_default=True,  # the reference leaves out the last channel of each window
        options={"radius": 2, "bias": 1.5, "alpha": 0.3, "beta": 0.75},
    )


def quantization() -> Iterator[Single]:
    for dtype, quant in (("INT8", Q8), ("UINT8", (0.05, 131)), ("INT16", (0.001, 0))):
        yield Single(_label("QUANTIZE", dtype), "QUANTIZE", [X((999,), low=-9, high=9)], [Y(dtype, quant)], steps=1)
        yield Single(_label("DEQUANTIZE", dtype), "DEQUANTIZE", [X((999,), dtype, quant)])
    pairs = [
        ("INT8", Q8, "INT8", QY),
        ("UINT8", (0.05, 131), "INT8", (0.05, 3)),
        ("INT8", Q8, "UINT8", (0.07, 120)),
        ("INT16", (0.001, 0), "INT8", (0.2, 3)),
        ("INT8", Q8, "INT16", (0.0009, 0)),
        ("INT16", (0.001, 0), "INT32", (0.0001, 0)),
        ("UINT8", (0.05, 131), "UINT8", (0.03, 11)),
    ]
    for source, qx, target, qy in pairs:
        yield Single(_label("QUANTIZE", source, target), "QUANTIZE", [X((999,), source, qx)], [Y(target, qy)], steps=1)
    yield Single("DEQUANTIZE-f16", "DEQUANTIZE", [K(np.linspace(-3, 3, 20).astype(np.float16))])
    yield Single("DEQUANTIZE-channels", "DEQUANTIZE", [K(X((4, 3), "INT8"), ([0.1, 0.2, 0.3], [0, 0, 0], 1))])


def all_cases() -> Iterator[Single]:
    for family in (binary, comparisons, unary, reductions, normalizations, quantization):
        yield from family()
