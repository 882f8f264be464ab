"""Layers of Caffe one by one, for ``test_caffe_layers``: what OpenCV has is compared with that, the rest with NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Arrays = Sequence[np.ndarray]
IMAGE: Shape = (2, 16, 9, 11)
CONV, POOL = "convolution_param", "pooling_param"


@dataclass(frozen=True)
class Case:
    """One layer. ``reference`` makes its blobs of inputs and weights; without one OpenCV does."""

    kind: str
    params: str = ""
    weights: tuple[Shape, ...] = ()
    inputs: tuple[Shape, ...] = (IMAGE,)
    tops: int = 1
    range: tuple[float, float] = (-1, 1)
    reference: Callable[[Arrays, Arrays], Any] | None = None
    fixed: tuple[np.ndarray, ...] = ()  # inputs that may not be random

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.params.replace(' ', ',')}-{len(self.inputs)}"


def layers() -> Iterator[Case]:
    """Convolutions, pools, products."""
    wide = (16, 16, 3, 3)
    yield Case("Convolution", f"{CONV} {{ num_output: 16 kernel_size: 3 pad: 1 stride: 2 }}", (wide, (16,)))
    apart = "kernel_h: 3 kernel_w: 1 pad_h: 1 pad_w: 0 stride_h: 1 stride_w: 2 group: 2 bias_term: false"
    yield Case("Convolution", f"{CONV} {{ num_output: 8 {apart} }}", ((8, 8, 3, 1),))
    depthwise = "kernel_size: [3, 3] dilation: 2 group: 16"
    yield Case("Convolution", f"{CONV} {{ num_output: 16 {depthwise} }}", ((16, 1, 3, 3), (16,)))
    yield Case("Deconvolution", f"{CONV} {{ num_output: 8 kernel_size: 4 pad: 1 stride: 2 }}", ((16, 8, 4, 4), (8,)))
    alone = "num_output: 16 kernel_size: 4 pad: 1 stride: 2 group: 16 bias_term: false"
    yield Case("Deconvolution", f"{CONV} {{ {alone} }}", ((16, 1, 4, 4),))
    yield Case("Deconvolution", f"{CONV} {{ num_output: 4 kernel_size: 3 stride: 2 group: 2 }}", ((16, 2, 3, 3), (4,)))
    for window in (
        "kernel_size: 3 stride: 2", "kernel_size: 3 stride: 2 pad: 1", "kernel_size: 2 stride: 2 pad: 1",
        "kernel_size: 5 stride: 3 pad: 2", "global_pooling: true", "kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1",
        "kernel_size: 2 stride: 2 ceil_mode: false",
    ):  # fmt: skip
        for kind in ("MAX", "AVE"):
            yield Case("Pooling", f"{POOL} {{ pool: {kind} {window} }}")
    size = 16 * 9 * 11
    yield Case("InnerProduct", "inner_product_param { num_output: 7 }", ((7, size), (7,)))
    yield Case("InnerProduct", "inner_product_param { num_output: 7 axis: 3 bias_term: false }", ((7, 11),))
    turned = "inner_product_param { num_output: 7 transpose: true }"
    yield Case("InnerProduct", turned, ((size, 7), (7,)), reference=lambda x, w: x[0].reshape(2, -1) @ w[0] + w[1])
    words = "embed_param { input_dim: 10 num_output: 4 }"
    yield Case("Embed", words, ((10, 4), (4,)), ((2, 5),), range=(0, 9.9),
               reference=lambda x, w: w[0][x[0].astype(int)] + w[1])  # fmt: skip


def elementwise() -> Iterator[Case]:
    for kind in "ReLU ELU Sigmoid TanH AbsVal BNLL Dropout Exp ReLU6 Swish Mish".split():  # noqa: SIM905
        yield Case(kind)
    for kind, params in (
        ("ReLU", "relu_param { negative_slope: 0.1 }"), ("ELU", "elu_param { alpha: 0.5 }"),
        ("Power", "power_param { power: 2 scale: 0.5 shift: 1.5 }"), ("Power", "power_param { scale: 3 }"),
        ("Exp", "exp_param { base: 2 scale: 0.5 shift: 1 }"),
    ):  # fmt: skip
        yield Case(kind, params)
    yield Case(
        "Log", "log_param { scale: 2 shift: 0.3 }", range=(0.1, 2), reference=lambda x, w: np.log(2 * x[0] + 0.3)
    )
    yield Case("Log", "log_param { base: 10 }", range=(0.1, 2), reference=lambda x, w: np.log10(x[0]))
    yield Case("PReLU", "", ((16,),))
    yield Case("PReLU", "prelu_param { channel_shared: true }", ((1,),))
    yield Case("Clip", "clip_param { min: -0.3 max: 0.4 }", reference=lambda x, w: x[0].clip(-0.3, 0.4))
    yield Case("Power", "power_param { power: 0 }", reference=lambda x, w: np.ones_like(x[0]))
    yield Case("Threshold", "threshold_param { threshold: 0.2 }", reference=lambda x, w: x[0] > np.float32(0.2))
    for kind in ("PROD", "SUM", "MAX", "SUM coeff: 1 coeff: -0.5", "1"):
        yield Case("Eltwise", f"eltwise_param {{ operation: {kind} }}", inputs=(IMAGE, IMAGE))
    yield Case("Scale", "", ((16,),))
    yield Case("Scale", "scale_param { bias_term: true }", ((16,), (16,)))
    yield Case("Scale", "scale_param { axis: 0 }", inputs=(IMAGE, (2, 16)))
    yield Case("Scale", "scale_param { axis: 1 num_axes: -1 }", (IMAGE[1:],), reference=lambda x, w: x[0] * w[0])
    yield Case("Bias", "", ((16,),), reference=lambda x, w: x[0] + w[0][:, None, None])
    yield Case("Bias", "bias_param { axis: 0 }", inputs=(IMAGE, (2, 16)),
               reference=lambda x, w: x[0] + x[1][..., None, None])  # fmt: skip
    yield Case("Axpy", inputs=((2, 16, 1, 1), IMAGE, IMAGE), reference=lambda x, w: x[0] * x[1] + x[2])
    for kind, made in (
        ("SUM", np.sum), ("ASUM", lambda x, **k: np.abs(x).sum(**k)), ("SUMSQ", lambda x, **k: (x * x).sum(**k)),
        ("MEAN", np.mean),
    ):  # fmt: skip
        yield Case("Reduction", f"reduction_param {{ operation: {kind} axis: 2 coeff: 0.5 }}",
                   reference=lambda x, w, made=made: 0.5 * made(x[0], axis=(2, 3)))  # fmt: skip


def norms() -> Iterator[Case]:
    within = "norm_region: WITHIN_CHANNEL local_size: 3 alpha: 0.5"
    for params in ("local_size: 3 alpha: 0.1 beta: 0.5", "local_size: 33 alpha: 2", within):
        yield Case("LRN", f"lrn_param {{ {params} }}")
    yield Case("LRN", reference=lambda x, w: _lrn(x[0], 5, 1, 0.75, 1))
    yield Case("LRN", "lrn_param { local_size: 3 alpha: 0.1 k: 2 }", reference=lambda x, w: _lrn(x[0], 3, 0.1, 0.75, 2))
    for params in ("", "normalize_variance: false across_channels: true", "across_channels: true"):
        yield Case("MVN", f"mvn_param {{ {params} }}")
    yield Case("Normalize", "norm_param { across_spatial: false channel_shared: false }", ((16,),))
    yield Case("Normalize", "", ((1,),))
    yield Case("BatchNorm", "batch_norm_param { use_global_stats: false eps: 0.01 }", reference=lambda x, w: (
        (x[0] - x[0].mean((0, 2, 3), keepdims=True)) / np.sqrt(x[0].var((0, 2, 3), keepdims=True) + 0.01)))  # fmt: skip
    yield Case("BN", "", ((16,), (16,)), reference=lambda x, w: (
        x[0] * w[0][:, None, None] + w[1][:, None, None]))  # fmt: skip
    yield Case("Softmax")
    yield Case("Softmax", "softmax_param { axis: -2 }")


def _lrn(x: np.ndarray, size: int, alpha: float, beta: float, bias: float) -> np.ndarray:
    wide = np.pad(x * x, [(0, 0), (size // 2, size // 2), (0, 0), (0, 0)])
    total = sum(wide[:, place : place + x.shape[1]] for place in range(size))
    return np.asarray(x / (bias + alpha / size * total) ** beta)


def shapes() -> Iterator[Case]:
    yield Case("Concat", "", inputs=(IMAGE, (2, 3, 9, 11)))
    yield Case("Concat", "concat_param { concat_dim: 2 }", inputs=(IMAGE, IMAGE), reference=lambda x, w: (
        np.concatenate(x, 2)))  # fmt: skip
    yield Case("Slice", "slice_param { slice_point: 1 slice_point: 3 }", tops=3)
    yield Case("Slice", "slice_param { axis: 0 }", tops=2, reference=lambda x, w: np.split(x[0], 2))
    yield Case("Split", tops=2, reference=lambda x, w: [x[0], x[0]])
    for kind, params in (
        ("Flatten", ""), ("Flatten", "flatten_param { axis: 2 end_axis: 3 }"),
        ("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 11 } }"),
        ("Reshape", "reshape_param { axis: 1 num_axes: 1 shape { dim: 2 dim: 8 } }"),
        ("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
        ("ShuffleChannel", "shuffle_channel_param { group: 4 }"), ("Interp", "interp_param { zoom_factor: 2 }"),
        ("Interp", "interp_param { height: 5 width: 20 }"),
    ):  # fmt: skip
        yield Case(kind, params)
    for params in ("", "crop_param { axis: 2 offset: 3 }"):
        yield Case("Crop", params, inputs=(IMAGE, (2, 16, 5, 7)))
    yield Case("Crop", "crop_param { axis: 1 offset: 1 offset: 2 offset: 3 }", inputs=(IMAGE, (2, 4, 5, 7)))
    yield Case("Tile", "tile_param { axis: 1 tiles: 3 }", reference=lambda x, w: np.tile(x[0], (1, 3, 1, 1)))
    yield Case("Reorg", "reorg_param { stride: 2 }", inputs=((1, 8, 4, 6),))
    yield Case("Upsample", "upsample_param { scale: 2 }", reference=lambda x, w: x[0].repeat(2, 2).repeat(2, 3))
    first = "prior_box_param { min_size: 12 max_size: 20 aspect_ratio: 2 aspect_ratio: 3 aspect_ratio: 2 flip: true "
    first += "clip: false variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 offset: 0.5 }"
    second = "prior_box_param { min_size: 12 min_size: 14 max_size: 20 max_size: 22 aspect_ratio: 2 flip: false "
    second += "clip: true step: 8 img_size: 64 variance: 0.1 }"
    for params in (first, second):
        yield Case("PriorBox", params, inputs=((1, 16, 4, 5), (1, 3, 64, 64)))
    for params, made in (
        ("", lambda x: x.reshape(2, -1).argmax(1).reshape(2, 1, 1, 1)),
        ("top_k: 3 out_max_val: true", lambda x: _top(x.reshape(2, -1), 3)),
        ("axis: 1", lambda x: x.argmax(1)[:, None]),
        ("axis: 1 top_k: 2 out_max_val: true", lambda x: -np.sort(-x, 1)[:, :2]),
    ):
        yield Case("ArgMax", f"argmax_param {{ {params} }}", reference=lambda x, w, made=made: made(x[0]))


def _top(rows: np.ndarray, count: int) -> np.ndarray:
    order = np.argsort(-rows, 1)[:, :count]
    return np.stack([order, np.take_along_axis(rows, order, 1)], 1)[..., None]


def recurrent() -> Iterator[Case]:
    goes_on = np.float32([[0, 0], [1, 1], [1, 0]])
    yield Case("LSTM", "recurrent_param { num_output: 4 }", ((16, 5), (16,), (16, 4)), ((3, 2, 5), (3, 2)),
               reference=lambda x, w: _lstm(x[0], x[1], w), fixed=(goes_on,))  # fmt: skip
    still = ((16, 5), (16,), (16, 6), (16, 4))
    yield Case("LSTM", "recurrent_param { num_output: 4 }", still, ((3, 2, 5), (3, 2), (2, 6)),
               reference=lambda x, w: _lstm(x[0], x[1], [w[0], w[1] + x[2] @ w[2].T, w[3]]),
               fixed=(goes_on,))  # fmt: skip
    weights = ((4, 5), (4,), (4, 4), (4, 4), (4,))
    yield Case("RNN", "recurrent_param { num_output: 4 }", weights, ((3, 2, 5), (3, 2)),
               reference=lambda x, w: _rnn(x[0], x[1], w), fixed=(goes_on,))  # fmt: skip


def _lstm(x: np.ndarray, goes_on: np.ndarray, w: Arrays) -> np.ndarray:
    h = c = np.zeros((2, 4))
    found = []
    for step, keep in zip(x, goes_on[..., None], strict=True):
        let, forget, show, new = np.split(step @ w[0].T + w[1] + keep * h @ w[2].T, 4, 1)
        let, forget, show = (1 / (1 + np.exp(-gate)) for gate in (let, forget, show))
        c = forget * keep * c + let * np.tanh(new)
        h = show * np.tanh(c)
        found.append(h)
    return np.stack(found)


def _rnn(x: np.ndarray, goes_on: np.ndarray, w: Arrays) -> np.ndarray:
    h = np.zeros((2, 4))
    found = []
    for step, keep in zip(x, goes_on[..., None], strict=True):
        h = np.tanh(step @ w[0].T + w[1] + keep * h @ w[2].T)
        found.append(np.tanh(h @ w[3].T + w[4]))
    return np.stack(found)


CASES = [*layers(), *elementwise(), *norms(), *shapes(), *recurrent()]
