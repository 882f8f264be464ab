"""Convolutions, pools, products, resizes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from importers.single import K, Single, X, Y

Q8 = (0.05, 3)
RNG = np.random.default_rng(7)


def _label(*parts: object) -> str:
    return "-".join(str(part).replace(" ", "") for part in parts)


def _scales(count: int, axis: int) -> tuple[object, object, int]:
    return (np.linspace(0.004, 0.02, count, dtype=np.float32), np.zeros(count, np.int64), axis)


def _layer(
    id_: str,
    op: str,
    x: tuple[int, ...],
    w: tuple[int, ...],
    outs: int,
    axis: int,
    options: dict[str, object],
    first: K | None = None,
) -> Iterator[Single]:
    """One layer as float32, float with byte weights, float16, int8 (both ways), uint8 and int16x8."""

    def operands(x_: X, w_: K, bias: K | None) -> list[X | K | None]:
        return [x_, w_, *([bias] if bias else [])] if first is None else [first, w_, x_, bias]

    reach = 0.05 * 0.012 * 73 * 40 * float(np.sqrt(np.prod(w) / outs)) / 128
    bias = RNG.uniform(-1, 1, outs)
    fw = RNG.uniform(-1, 1, w).astype(np.float32)
    yield Single(f"{id_}-f32", op, operands(X(x), K(fw), K(bias.astype("f4"))), options=options, rtol=1e-4, atol=2e-5)
    if first is None and op != "CONV_2D":  # LiteRT wants a bias there
        yield Single(f"{id_}-f32-nobias", op, operands(X(x), K(fw), None), options=options, rtol=1e-4, atol=2e-5)
    bw = RNG.integers(-127, 128, w).astype(np.int8)
    per = _scales(outs, axis)
    for name, quant, scale in (("channels", per, per[0]), ("tensor", (0.012, 0), np.float32(0.012))):
        if name == "tensor" and op == "CONV_3D":
            continue
        ints = np.round(bias / (0.05 * np.asarray(scale))).astype(np.int32)
        yield Single(
            f"{id_}-i8-{name}",
            op,
            operands(
                X(x, "INT8", Q8),
                K(bw, quant),
                K(ints, (np.float32(0.05) * scale, 0 * np.asarray(scale).astype(int), 0)),
            ),
            [Y("INT8", (reach, -9))],
            options,
            steps=1,
            version=3,
        )
    uw = RNG.integers(0, 256, w).astype(np.uint8)
    ints = np.round(bias / (0.05 * 0.012)).astype(np.int32)
    yield Single(
        f"{id_}-u8",
        op,
        operands(X(x, "UINT8", (0.05, 131)), K(uw, (0.012, 117)), K(ints, (0.05 * 0.012, 0))),
        [Y("UINT8", (reach, 119))],
        options,
        steps=1,
    )
    wide = np.round(bias / (0.0004 * np.asarray(per[0]))).astype(np.int64)
    yield Single(
        f"{id_}-i16",
        op,
        operands(
            X(x, "INT16", (0.0004, 0)), K(bw, per), K(wide, (np.float32(0.0004) * per[0], 0 * np.arange(outs), 0))
        ),
        [Y("INT16", (reach / 100, 0))],
        options,
        steps=1,
        version=4,
    )


def convolutions() -> Iterator[Single]:
    for padding in ("SAME", "VALID"):
        for kernel, stride, dilation, x in (
            ((3, 3), (1, 1), (1, 1), (1, 7, 6, 5)),
            ((1, 1), (1, 1), (1, 1), (2, 5, 4, 8)),
            ((3, 2), (2, 1), (1, 1), (1, 8, 9, 3)),
            ((2, 3), (2, 2), (1, 1), (1, 9, 8, 3)),
            ((3, 3), (1, 1), (2, 2), (1, 9, 8, 3)),
        ):
            for fused in ("NONE", "RELU6"):
                options: dict[str, object] = {
                    "padding": padding,
                    "stride_h": stride[0],
                    "stride_w": stride[1],
                    "dilation_h_factor": dilation[0],
                    "dilation_w_factor": dilation[1],
                    "fused_activation_function": fused,
                }
                name = _label("CONV_2D", padding, kernel, stride, dilation, fused)
                yield from _layer(name, "CONV_2D", x, (6, *kernel, x[3]), 6, 0, options)
                if fused == "NONE" and stride[0] != stride[1]:
                    continue  # LiteRT's depthwise kernels want equal strides
                deep = {**options, "depth_multiplier": 2}
                name = _label("DEPTHWISE", padding, kernel, stride, dilation, fused)
                yield from _layer(name, "DEPTHWISE_CONV_2D", x, (1, *kernel, 2 * x[3]), 2 * x[3], 3, deep)
    options = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "fused_activation_function": "NONE"}
    yield Single(
        "CONV_2D-groups",
        "CONV_2D",
        [X((1, 6, 5, 8)), K(X((6, 3, 3, 4))), K(X((6,)))],
        options=options,
        rtol=1e-4,
        atol=2e-5,
    )
    yield Single(
        "CONV_2D-i8-groups",
        "CONV_2D",
        [
            X((1, 6, 5, 8), "INT8", Q8),
            K(X((6, 3, 3, 4), "INT8"), _scales(6, 0)),
            K(RNG.integers(-500, 500, 6).astype(np.int32)),
        ],
        [Y("INT8", (0.3, -9))],
        options,
        steps=1,
        version=3,
    )
    for padding in ("SAME", "VALID"):
        options = {"padding": padding, "stride_h": 2, "stride_w": 1, "stride_d": 1, "fused_activation_function": "RELU"}
        yield Single(
            _label("CONV_3D", padding),
            "CONV_3D",
            [X((1, 4, 6, 5, 3)), K(X((2, 3, 3, 3, 4))), K(X((4,)))],
            options=options,
            rtol=1e-4,
            atol=2e-5,
        )


def transposed() -> Iterator[Single]:
    for padding, kernel, stride, size in (
        ("SAME", (3, 3), (2, 2), (4, 5)),
        ("VALID", (3, 3), (2, 2), (4, 5)),
        ("SAME", (2, 4), (2, 3), (3, 3)),
        ("VALID", (2, 2), (1, 1), (3, 4)),
        ("VALID", (2, 2), (3, 3), (3, 4)),
    ):
        options: dict[str, object] = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
        out = [n * s if padding == "SAME" else (n - 1) * s + k for n, s, k in zip(size, stride, kernel, strict=True)]
        if padding == "VALID" and stride[0] > kernel[0]:
            out = [n * s for n, s in zip(size, stride, strict=True)]
        shape = K(np.array([1, *out, 6], np.int32))
        yield from _layer(
            _label("TRANSPOSE_CONV", padding, kernel, stride),
            "TRANSPOSE_CONV",
            (1, *size, 5),
            (6, *kernel, 5),
            6,
            0,
            options,
            first=shape,
        )


def products() -> Iterator[Single]:
    for keep in (False, True):
        for x in ((3, 10), (2, 3, 10), (1, 1, 2, 10)):
            for fused in ("NONE", "RELU"):
                options: dict[str, object] = {"keep_num_dims": keep, "fused_activation_function": fused}
                name = _label("FULLY_CONNECTED", x, keep, fused)
                yield from _layer(name, "FULLY_CONNECTED", x, (7, 10), 7, 0, options)
    yield Single(
        "FULLY_CONNECTED-computed",
        "FULLY_CONNECTED",
        [X((3, 10)), X((7, 10)), None],
        options={"keep_num_dims": False},
        rtol=1e-4,
    )
    shapes = {
        (0, 0): ((2, 3, 4), (2, 4, 5)),
        (1, 0): ((2, 4, 3), (2, 4, 5)),
        (0, 1): ((2, 3, 4), (2, 5, 4)),
        (1, 1): ((1, 4, 3), (2, 5, 4)),
    }
    for (x, y), (a, b) in shapes.items():
        options = {"adj_x": bool(x), "adj_y": bool(y)}
        yield Single(_label("BATCH_MATMUL", x, y), "BATCH_MATMUL", [X(a), X(b)], options=options, rtol=1e-4, atol=1e-5)
        yield Single(
            _label("BATCH_MATMUL-constant", x, y),
            "BATCH_MATMUL",
            [X(a), K(X(b))],
            options=options,
            rtol=1e-4,
            atol=1e-5,
        )
        yield Single(
            _label("BATCH_MATMUL-i8", x, y),
            "BATCH_MATMUL",
            [X(a, "INT8", Q8), X(b, "INT8", (0.02, -4))],
            [Y("INT8", (0.2, 5))],
            options,
            steps=1,
        )
        yield Single(
            _label("BATCH_MATMUL-i16", x, y),
            "BATCH_MATMUL",
            [X(a, "INT16", (0.001, 0)), X(b, "INT16", (0.002, 0))],
            [Y("INT16", (0.1, 0))],
            options,
            steps=1,
        )


def pools() -> Iterator[Single]:
    for op in ("MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D"):
        for padding in ("SAME", "VALID"):
            for kernel, stride in (((2, 2), (2, 2)), ((3, 2), (1, 2)), ((3, 3), (2, 2))):
                for fused in ("NONE", "RELU"):
                    options = {
                        "padding": padding,
                        "filter_height": kernel[0],
                        "filter_width": kernel[1],
                        "stride_h": stride[0],
                        "stride_w": stride[1],
                        "fused_activation_function": fused,
                    }
                    name = _label(op, padding, kernel, stride, fused)
                    yield Single(f"{name}-f32", op, [X((2, 7, 6, 5))], options=options)
                    if op == "L2_POOL_2D":
                        continue
                    for dtype, quant in (("INT8", Q8), ("UINT8", (0.05, 131)), ("INT16", (0.001, 0))):
                        steps = 1 if op.startswith("A") else 0
                        yield Single(
                            f"{name}-{dtype}", op, [X((2, 7, 6, 5), dtype, quant)], [Y(dtype, quant)], options, steps
                        )


def resizes() -> Iterator[Single]:
    for op in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        for align, half in ((False, False), (True, False), (False, True)):
            options = {"align_corners": align, "half_pixel_centers": half}
            for size in ((7, 9), (2, 3), (8, 10), (1, 1), (4, 5)):
                for dtype, quant in (("FLOAT32", None), ("INT8", Q8), ("UINT8", (0.1, 7)), ("INT16", (0.001, 0))):
                    steps = 1 if op == "RESIZE_BILINEAR" else 0
                    yield Single(
                        _label(op, align, half, size, dtype),
                        op,
                        [X((1, 4, 5, 3), dtype, quant), K(np.array(size, np.int32))],
                        [Y(dtype, quant)],
                        options,
                        steps,
                        atol=2e-6,
                    )


def all_cases() -> Iterator[Single]:
    for family in (convolutions, transposed, products, pools, resizes):
        yield from family()
