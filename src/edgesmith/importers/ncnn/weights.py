"""ncnn's ``.bin`` files: which arrays each layer has there, and the forms that they are stored in.

The file names nothing. Arrays follow each other in the order of the layers; how many numbers each has is decided by the
layer's parameters. ``wants`` says it, and so is all that knows the layout of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.importers.ncnn.param import Layer

HALF: Final = 0x01306B47
BYTES: Final = 0x000D4B38
SCALED: Final = 0x0002C056

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Want:
    """An array of ``count`` numbers; ``tagged`` ones say in front how they are stored, others are float32."""

    count: int
    tagged: bool = False


_WANTS: dict[str, Callable[[Layer], Iterable[Want]]] = {}


def wants(layer: Layer) -> list[Want]:
    """The arrays of a layer, in the order of the file.

    Raises:
        ModelError: parameters that ask for less than nothing.
    """
    listed = list(_WANTS[layer.type](layer)) if layer.type in _WANTS else []
    for want in listed:
        if want.count < 0:
            raise ModelError(f"layer '{layer.name}' ({layer.type}) asks for {want.count} weights")
    return listed


def entry(*types: str) -> Callable[[Callable[[Layer], Iterable[Want]]], Callable[[Layer], Iterable[Want]]]:
    """Enter a function for these types of layers."""

    def enter(function: Callable[[Layer], Iterable[Want]]) -> Callable[[Layer], Iterable[Want]]:
        _WANTS.update(dict.fromkeys(types, function))
        return function

    return enter


class Reader:
    """A ``.bin`` file, array after array."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = memoryview(data)
        self.at = 0
        self.source = source

    def layer(self, layer: Layer) -> list[Array]:
        """The arrays of the next layer: float32, or int8 where the file has that.

        Raises:
            ModelError: the file ends before them.
        """
        where = f"{self.source}: the weights of layer '{layer.name}' ({layer.type})"
        return [self._array(want, where) for want in wants(layer)]

    def _array(self, want: Want, where: str) -> Array:
        if not want.tagged:
            return self._take(want.count, np.float32, where)
        tag = int(self._take(1, np.uint32, where)[0])
        if tag == HALF:
            return self._take(want.count, np.float16, where).astype(np.float32)
        if tag == BYTES:
            return self._take(want.count, np.int8, where)
        if tag in (0, SCALED):
            return self._take(want.count, np.float32, where)
        table = self._take(256, np.float32, where)
        return np.asarray(table[self._take(want.count, np.uint8, where)])

    def _take(self, count: int, dtype: Any, where: str) -> Array:
        """Numbers as they lie there, and what fills them up to a multiple of four bytes."""
        size = count * np.dtype(dtype).itemsize
        if size > len(self.data) - self.at:
            raise ModelError(f"{where} need {size} bytes at {self.at}, the file has {len(self.data)}")
        found = np.frombuffer(self.data[self.at : self.at + size], np.dtype(dtype).newbyteorder("<"))
        self.at += (size + 3) // 4 * 4
        return found.astype(dtype)


# -- what the types of layers have ------------------------------------------------------------------------------------


@entry("Convolution", "Convolution1D", "Convolution3D", "Deconvolution", "Deconvolution1D", "Deconvolution3D")
def _convolution(layer: Layer) -> Iterable[Want]:
    """Weights, the bias, and for int8 a scale for each output, for the input and perhaps for the output."""
    if layer.type.startswith("Conv") and layer.integer(19):
        return
    yield Want(layer.integer(6), tagged=True)
    if layer.integer(5):
        yield Want(layer.integer(0))
    term = layer.integer(8)
    if term and layer.type == "Convolution":
        yield from (Want(layer.integer(0)), Want(1))
        if term > 100:
            yield Want(1)


@entry("ConvolutionDepthWise", "ConvolutionDepthWise1D", "ConvolutionDepthWise3D")
def _depthwise(layer: Layer) -> Iterable[Want]:
    if layer.integer(19):
        return
    yield Want(layer.integer(6), tagged=True)
    if layer.integer(5):
        yield Want(layer.integer(0))
    term = layer.integer(8)
    if term and layer.type == "ConvolutionDepthWise":
        yield from (Want(layer.integer(7, 1) if term % 100 == 1 else 1), Want(1))
        if term > 100:
            yield Want(1)


@entry("DeconvolutionDepthWise", "DeconvolutionDepthWise1D", "DeconvolutionDepthWise3D")
def _transposed(layer: Layer) -> Iterable[Want]:
    yield Want(layer.integer(6), tagged=True)
    if layer.integer(5):
        yield Want(layer.integer(0))


@entry("InnerProduct")
def _inner_product(layer: Layer) -> Iterable[Want]:
    yield Want(layer.integer(2), tagged=True)
    if layer.integer(1):
        yield Want(layer.integer(0))
    if layer.integer(8):
        yield from (Want(layer.integer(0)), Want(1))


@entry("Embed")
def _embed(layer: Layer) -> Iterable[Want]:
    yield Want(layer.integer(3), tagged=True)
    if layer.integer(2):
        yield Want(layer.integer(0))
    if layer.integer(18):
        yield Want(1)


@entry("Gemm")
def _gemm(layer: Layer) -> Iterable[Want]:
    m, n, k = (layer.integer(number) for number in (7, 8, 9))
    if layer.integer(4):
        yield Want(m * k, tagged=True)
    if layer.integer(5):
        yield Want(n * k, tagged=True)
    kind = layer.integer(10)
    if layer.integer(6) and kind != -1:
        sizes = {0: 1, 1: m, 2: m, 3: n * m, 4: n}
        if kind not in sizes:
            raise ModelError(f"layer '{layer.name}' (Gemm) has a constant of kind {kind}; expected -1 to 4")
        yield Want(sizes[kind], tagged=True)
    if layer.integer(18):
        if layer.integer(4):
            yield Want(m)
        if layer.integer(5):
            yield Want(1)


@entry("MultiHeadAttention")
def _attention(layer: Layer) -> Iterable[Want]:
    inner, size = layer.integer(0), layer.integer(2)
    outer = size // inner if inner > 0 else 0
    for width in (outer, layer.integer(3, inner), layer.integer(4, inner)):
        yield from (Want(inner * width, tagged=True), Want(inner))
    yield from (Want(inner * outer, tagged=True), Want(outer))
    if layer.integer(18):
        yield from (Want(inner), Want(inner), Want(inner), Want(1))


@entry("LSTM", "GRU", "RNN")
def _recurrent(layer: Layer) -> Iterable[Want]:
    """Weights of the input, biases, weights of the state; an LSTM may project its output; scales of int8 weights."""
    gates, biases = {"LSTM": (4, 4), "GRU": (3, 4), "RNN": (1, 1)}[layer.type]
    out, count = layer.integer(0), 2 if layer.integer(2) == 2 else 1
    hidden = layer.integer(3, out) if layer.type == "LSTM" else out
    yield Want(layer.integer(1), tagged=True)
    yield Want(hidden * biases * count, tagged=True)
    yield Want(out * hidden * gates * count, tagged=True)
    if hidden != out:
        yield Want(hidden * out * count, tagged=True)
    if layer.integer(8):
        yield from [Want(hidden * gates * count)] * 2
        if hidden != out:
            yield Want(out * count)


@entry("MemoryData")
def _memory(layer: Layer) -> Iterable[Want]:
    yield Want(prod(blob_shape(layer)), tagged=layer.integer(21, 1) == 0)


def blob_shape(layer: Layer) -> tuple[int, ...]:
    """The shape that an Input or MemoryData states, outermost dimension first; empty where it states none."""
    dims = [layer.integer(number) for number in (2, 11, 1, 0)]
    return tuple(dim for dim in dims if dim)


def _lists(*numbers: tuple[int, int]) -> Callable[[Layer], Iterable[Want]]:
    """Untagged arrays whose lengths are parameters (number, default), where they are not 0."""

    def listed(layer: Layer) -> Sequence[Want]:
        lengths = [layer.integer(number, default) for number, default in numbers]
        return [Want(length) for length in lengths if length]

    return listed


def _affine(size: int, flag: int) -> Callable[[Layer], Iterable[Want]]:
    """Scale and bias of ``size`` numbers, where the flag (on by default) has them."""
    return lambda layer: [Want(layer.integer(size))] * (2 if layer.integer(flag, 1) else 0)


entry("BatchNorm")(lambda layer: [Want(layer.integer(0))] * 4)
entry("Bias")(_lists((0, 0)))
entry("PReLU")(_lists((0, 0)))
entry("Normalize")(_lists((3, 0)))
entry("Padding")(_lists((6, 0)))
entry("Quantize")(_lists((0, 1)))
entry("Dequantize")(_lists((0, 1), (1, 0)))
entry("Requantize")(_lists((0, 1), (1, 1), (2, 0)))
entry("InstanceNorm")(_affine(0, 2))
entry("LayerNorm")(_affine(0, 2))
entry("GroupNorm")(_affine(1, 3))
entry("RMSNorm")(lambda layer: [Want(layer.integer(0))] * (1 if layer.integer(2, 1) else 0))


@entry("Scale")
def _scale(layer: Layer) -> Iterable[Want]:
    size = layer.integer(0)
    return [] if size == -233 else [Want(size)] * (2 if layer.integer(1) else 1)
