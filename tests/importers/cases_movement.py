"""Shapes, movement and indexing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from flatbuffers import flexbuffers
from importers.single import K, Single, X, Y

Q8 = (0.05, 3)
TYPES = (("FLOAT32", None), ("INT8", Q8), ("UINT8", (0.05, 131)), ("INT32", None), ("INT64", None))
I32 = np.int32


def _label(*parts: object) -> str:
    return "-".join(str(part).replace(" ", "") for part in parts)


def _ints(*values: object) -> K:
    return K(np.array(values, I32))


def shapes() -> Iterator[Single]:
    for dtype, quant in TYPES:
        x, y = X((2, 3, 4), dtype, quant), [Y(dtype, quant)]
        yield Single(_label("RESHAPE", dtype), "RESHAPE", [x, _ints(4, -1)], y, {"new_shape": [4, -1]})
        yield Single(_label("TRANSPOSE", dtype), "TRANSPOSE", [x, _ints(2, 0, 1)], y)
        yield Single(_label("SQUEEZE", dtype), "SQUEEZE", [X((1, 3, 1, 4), dtype, quant)], y, {"squeeze_dims": [2]})
        yield Single(_label("SQUEEZE-all", dtype), "SQUEEZE", [X((1, 3, 1, 4), dtype, quant)], y, {"squeeze_dims": []})
        for axis in (0, 1, -1):
            yield Single(_label("EXPAND_DIMS", dtype, axis), "EXPAND_DIMS", [x, _ints(axis)], y)
            parts = [x, X((2, 3, 4), dtype, quant)]
            options = {"axis": axis, "fused_activation_function": "NONE"}
            yield Single(_label("CONCATENATION", dtype, axis), "CONCATENATION", parts, y, options)
            if dtype != "UINT8":
                yield Single(_label("PACK", dtype, axis), "PACK", parts, y, {"axis": axis, "values_count": 2})
            yield Single(
                _label("UNPACK", dtype, axis), "UNPACK", [x], y * x.shape[axis], {"axis": axis, "num": x.shape[axis]}
            )
        yield Single(_label("SPLIT", dtype), "SPLIT", [_ints(2), x], y * 2, {"num_splits": 2})
        yield Single(_label("SPLIT_V", dtype), "SPLIT_V", [x, _ints(1, -1, 2), _ints(-1)], y * 3, {"num_splits": 3})
        yield Single(_label("TILE", dtype), "TILE", [x, _ints(2, 1, 3)], y)
        yield Single(
            _label("BROADCAST_TO", dtype), "BROADCAST_TO", [X((3, 1), dtype, quant), _ints(2, 3, 4)], y, version=3
        )
        yield Single(_label("SLICE", dtype), "SLICE", [x, _ints(0, 1, 2), _ints(-1, 2, 1)], y)
        yield Single(_label("REVERSE_V2", dtype), "REVERSE_V2", [x, _ints(1)], y)
        yield Single(_label("PAD", dtype), "PAD", [x, _ints((0, 1), (2, 0), (1, 1))], y)
        fill = K(np.array(7, {"FLOAT32": "f4"}.get(dtype, dtype.lower())), quant)
        yield Single(_label("PADV2", dtype), "PADV2", [x, _ints((0, 1), (2, 0), (1, 1)), fill], y)
        for mode in ("REFLECT", "SYMMETRIC"):
            yield Single(
                _label("MIRROR_PAD", dtype, mode), "MIRROR_PAD", [x, _ints((0, 1), (2, 0), (1, 1))], y, {"mode": mode}
            )
        image = X((2, 4, 6, 3), dtype, quant)
        yield Single(_label("SPACE_TO_DEPTH", dtype), "SPACE_TO_DEPTH", [image], y, {"block_size": 2})
        yield Single(
            _label("DEPTH_TO_SPACE", dtype), "DEPTH_TO_SPACE", [X((2, 4, 6, 8), dtype, quant)], y, {"block_size": 2}
        )
        yield Single(
            _label("SPACE_TO_BATCH_ND", dtype), "SPACE_TO_BATCH_ND", [image, _ints(2, 3), _ints((1, 1), (2, 1))], y
        )
        yield Single(
            _label("BATCH_TO_SPACE_ND", dtype),
            "BATCH_TO_SPACE_ND",
            [X((12, 4, 3, 2), dtype, quant), _ints(2, 3), _ints((1, 0), (2, 1))],
            y,
        )
        yield Single(
            _label("REVERSE_SEQUENCE", dtype),
            "REVERSE_SEQUENCE",
            [X((3, 5, 2), dtype, quant), _ints(2, 5, 1)],
            y,
            {"seq_dim": 1, "batch_dim": 0},
        )
        if quant is None:
            yield Single(_label("ZEROS_LIKE", dtype), "ZEROS_LIKE", [x], y)
        yield Single(_label("MATRIX_DIAG", dtype), "MATRIX_DIAG", [X((2, 3), dtype, quant)], y)
        yield Single(
            _label("MATRIX_SET_DIAG", dtype),
            "MATRIX_SET_DIAG",
            [X((2, 3, 4), dtype, quant), X((2, 3), dtype, quant)],
            y,
        )
    x = X((2, 3, 4))
    for out in ("INT32", "INT64"):
        yield Single(_label("SHAPE", out), "SHAPE", [x], [Y(out)], {"out_type": out})
    yield Single("RANK", "RANK", [x], [Y("INT32")])
    yield Single("FILL", "FILL", [_ints(2, 3), X((), data=np.float32(1.5))])
    yield Single("RANGE", "RANGE", [K(I32(3)), K(I32(18)), K(I32(4))], [Y("INT32")])
    yield Single("RANGE-f32", "RANGE", [K(np.float32(3)), K(np.float32(-1)), K(np.float32(-0.5))])
    yield Single("BROADCAST_ARGS", "BROADCAST_ARGS", [_ints(3, 1), _ints(2, 1, 4)], [Y("INT32")])
    yield Single("DYNAMIC_UPDATE_SLICE", "DYNAMIC_UPDATE_SLICE", [X((4, 5)), X((2, 3)), _ints(3, 1)])
    yield Single(
        "CONCATENATION-requantized",
        "CONCATENATION",
        [X((2, 3), "UINT8", (0.05, 131)), X((2, 3), "UINT8", (0.1, 60))],
        [Y("UINT8", (0.06, 120))],
        {"axis": 1, "fused_activation_function": "NONE"},
        steps=1,
    )
    yield Single("RESHAPE-option", "RESHAPE", [x], options={"new_shape": [3, 8]})


def strided_slices() -> Iterator[Single]:
    """Random masks over random operands, the same for every run."""
    rng = np.random.default_rng(5)
    for number in range(120):
        rank = int(rng.integers(1, 5))
        shape = tuple(int(n) for n in rng.integers(1, 6, rank))
        count = int(rng.integers(1, rank + 1))
        begin, end = rng.integers(-7, 8, count), rng.integers(-7, 8, count)
        strides = rng.choice([-2, -1, 1, 1, 1, 2, 3], count)
        masks = {name: int(rng.integers(0, 1 << count)) for name in ("begin_mask", "end_mask")}
        shrink = int(rng.integers(0, 1 << count)) & int(rng.integers(0, 1 << count))
        begin = np.where([shrink >> i & 1 for i in range(count)], rng.integers(0, np.array(shape[:count])), begin)
        strides = np.where([shrink >> i & 1 for i in range(count)], 1, strides)
        end = np.where([shrink >> i & 1 for i in range(count)], begin + 1, end)
        masks["begin_mask"] &= ~shrink
        options = {**masks, "shrink_axis_mask": shrink, "ellipsis_mask": 0, "new_axis_mask": 0}
        operands = [X(shape), *(K(a.astype(I32)) for a in (begin, end, strides))]
        yield Single(f"STRIDED_SLICE-{number}", "STRIDED_SLICE", operands, options=options)
    for number, (ellipsis, new, shrink) in enumerate(
        ((2, 0, 0), (1, 0, 0), (0, 1, 0), (0, 4, 0), (2, 1, 0), (2, 0, 4), (0, 2, 4), (1, 4, 2), (4, 0, 1))
    ):
        options = {"ellipsis_mask": ellipsis, "new_axis_mask": new, "shrink_axis_mask": shrink}
        operands = [X((3, 4, 5)), _ints(1, 1, 1), _ints(3, 3, 3), _ints(1, 1, 1)]
        yield Single(f"STRIDED_SLICE-masks-{number}", "STRIDED_SLICE", operands, options=options, version=4)
    operands = [X((7, 8)), _ints(1, 2), _ints(3, 4), _ints(1, 1)]
    yield Single("STRIDED_SLICE-offset", "STRIDED_SLICE", operands, options={"offset": True}, version=8)


def indexing() -> Iterator[Single]:
    for dtype, quant in TYPES:
        x, y = X((4, 3, 5), dtype, quant), [Y(dtype, quant)]
        for axis in (0, 1, -1):
            yield Single(_label("GATHER", dtype, axis), "GATHER", [x, _ints((2, 0), (1, 2))], y, {"axis": axis})
        yield Single(
            _label("GATHER-batch", dtype),
            "GATHER",
            [x, _ints((2, 0), (1, 2), (0, 0), (1, 1))],
            y,
            {"axis": 1, "batch_dims": 1},
        )
        yield Single(
            _label("GATHER-fed", dtype), "GATHER", [x, X(data=np.array([3, 0, 1], I32), dtype="INT32")], y, {"axis": 0}
        )
        yield Single(_label("GATHER_ND", dtype), "GATHER_ND", [x, _ints((2, 0), (1, 2), (3, 1))], y)
        if dtype != "UINT8":
            yield Single(
                _label("SCATTER_ND", dtype),
                "SCATTER_ND",
                [_ints([2], [0], [2 if quant is None else 3]), X((3, 4), dtype, quant, low=-9, high=9), _ints(4, 4)],
                y,
            )
        yield Single(
            _label("ONE_HOT", dtype),
            "ONE_HOT",
            [
                _ints((0, 2), (3, -1)),
                K(I32(4)),
                *(K(np.array(n, {"FLOAT32": "f4"}.get(dtype, dtype.lower())), quant) for n in (5, 1)),
            ],
            y,
            {"axis": -1},
        )
    for axis in (0, 1, 2):
        yield Single(
            _label("ONE_HOT", axis),
            "ONE_HOT",
            [_ints((0, 2), (3, -1)), K(I32(4)), K(np.float32(5)), K(np.float32(1))],
            options={"axis": axis},
        )
    yield Single("EMBEDDING_LOOKUP", "EMBEDDING_LOOKUP", [_ints(3, 1, 1), K(X((5, 4)))])
    yield Single("EMBEDDING_LOOKUP-hybrid", "EMBEDDING_LOOKUP", [_ints(3, 1, 1), K(X((5, 4), "INT8", (0.1, 0)))])
    yield Single(
        "SPARSE_TO_DENSE",
        "SPARSE_TO_DENSE",
        [_ints((0, 1), (2, 3)), _ints(3, 4), K(np.array([5, 6], "f4")), K(np.float32(-1))],
        options={"validate_indices": False},
    )
    yield Single("SEGMENT_SUM", "SEGMENT_SUM", [X((5, 3)), _ints(0, 0, 1, 2, 2)])
    for name in ("SUM", "PROD", "MAX", "MIN"):
        for dtype in ("FLOAT32", "INT32"):
            yield Single(
                _label("UNSORTED_SEGMENT", name, dtype),
                f"UNSORTED_SEGMENT_{name}",
                [X((5, 3), dtype, low=-4, high=4), _ints(2, 0, 1, 2, 0), K(I32(4))],
                [Y(dtype)],
            )
    yield Single("BUCKETIZE", "BUCKETIZE", [X((4, 9))], [Y("INT32")], {"boundaries": [-2.0, 0.0, 1.5]})
    yield Single("WHERE", "WHERE", [X((5, 7), "BOOL")], [Y("INT64")])
    yield Single(
        "WHERE-f32",
        "WHERE",
        [X((4, 3), data=np.array([0, 1, 0, 2, 0, 0, 3, 0, 0, 0, 0, 4], "f4").reshape(4, 3))],
        [Y("INT64")],
    )
    yield Single(
        "UNIQUE",
        "UNIQUE",
        [X((9,), data=np.array([3, 1, 3, 2, 1, 7, 3, 0, 0], "f4"))],
        [Y(), Y("INT32")],
        {"idx_out_type": "INT32"},
    )


def boxes() -> Iterator[Single]:
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 0.7, (20, 2))
    places = X(data=np.concatenate([corner, corner + rng.uniform(0.1, 0.4, (20, 2))], 1).astype("f4"))
    scores = X((20,), low=0, high=1)
    for most in (5, 30):
        limits = [K(I32(most)), K(np.float32(0.3)), K(np.float32(0.2))]
        yield Single(_label("NMS4", most), "NON_MAX_SUPPRESSION_V4", [places, scores, *limits], [Y("INT32")] * 2)
        soft = [*limits, K(np.float32(0))]
        results = [Y("INT32"), Y(), Y("INT32")]
        yield Single(_label("NMS5", most), "NON_MAX_SUPPRESSION_V5", [places, scores, *soft], results)


def detections() -> Iterator[Single]:
    """The custom operator at the end of object detectors, with both of its ways to suppress."""
    rng = np.random.default_rng(4)
    count, classes = 24, 3
    anchors = np.concatenate([rng.uniform(0.2, 0.8, (count, 2)), rng.uniform(0.1, 0.3, (count, 2))], 1)
    for regular in (False, True):
        options = {
            "max_detections": 6, "max_classes_per_detection": 1, "detections_per_class": 6,
            "use_regular_nms": regular, "nms_score_threshold": 0.2, "nms_iou_threshold": 0.5, "num_classes": classes,
            "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0,
        }  # fmt: skip
        operands = [
            X((1, count, 4)),
            X((1, count, classes + 1), low=0, high=1),
            K(anchors.astype("f4")),
        ]
        packed = bytes(flexbuffers.Dumps(options))
        name = f"DETECTION_POSTPROCESS-{regular}"
        yield Single(name, "TFLite_Detection_PostProcess", operands, [Y()] * 4, custom_options=packed)


def all_cases() -> Iterator[Single]:
    for family in (shapes, strided_slices, indexing, boxes, detections):
        yield from family()
