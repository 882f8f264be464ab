"""ncnn's ``.param`` and ``.param.bin`` files: layers in order, the blobs that they read and make, numbered parameters.

A parameter is 32 bits, or an array of such: whether they mean an integer or a float is known to the layer that asks.
Format: github.com/Tencent/ncnn, docs/developer-guide/param-and-model-file-structure.md.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError

MAGIC: Final = 7767517
MAX_LAYERS: Final = 20_000
MAX_BLOBS: Final = 200_000
MAX_ID: Final = 64
MAX_BYTES: Final = 64 << 20
_ARRAY: Final = -23300  # an array's key is this less the parameter's number
_END: Final = -233
_SHAPES: Final = 30  # shapes of blobs, which files may hold for whoever allocates memory
_PARAMETER: Final = re.compile(r'(-?\d{1,9})=("[^"]*"|\S+)')

Bits = NDArray[np.int32]
Parameter = Bits | str

# The numbers of layer types in binary files, in the order in which ncnn has come to know them.
_TYPES: Final = """
    AbsVal ArgMax BatchNorm Bias BNLL Concat Convolution Crop Deconvolution Dropout Eltwise ELU Embed Exp Flatten
    InnerProduct Input Log LRN MemoryData MVN Pooling Power PReLU Proposal Reduction ReLU Reshape ROIPooling Scale
    Sigmoid Slice Softmax Split SPP TanH Threshold Tile RNN LSTM BinaryOp UnaryOp ConvolutionDepthWise Padding Squeeze
    ExpandDims Normalize Permute PriorBox DetectionOutput Interp DeconvolutionDepthWise ShuffleChannel InstanceNorm Clip
    Reorg YoloDetectionOutput Quantize Dequantize Yolov3DetectionOutput PSROIPooling ROIAlign Packing Requantize Cast
    HardSigmoid SELU HardSwish Noop PixelShuffle DeepCopy Mish StatisticsPooling Swish Gemm GroupNorm LayerNorm Softplus
    GRU MultiHeadAttention GELU Convolution1D Pooling1D ConvolutionDepthWise1D Convolution3D ConvolutionDepthWise3D
    Pooling3D MatMul Deconvolution1D DeconvolutionDepthWise1D Deconvolution3D DeconvolutionDepthWise3D Einsum
    DeformableConv2D GLU Fold Unfold GridSample CumulativeSum CopyTo Erf Diag CELU Shrink RMSNorm Spectrogram
    InverseSpectrogram Flip SDPA RotaryEmbed
"""
TYPES: Final = tuple(_TYPES.split())


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its type, its name, the blobs that it reads and makes, and its parameters by number."""

    type: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: Mapping[int, Parameter]

    def bits(self, number: int, count: int | None = None) -> Bits | None:
        """A parameter's 32-bit words, or None where the file leaves it out; ``count`` of 1 asks for a single one.

        Raises:
            ModelError: a text, or an array, where a number is expected.
        """
        found = self.params.get(number)
        if found is None:
            return None
        if isinstance(found, str) or (count == 1 and found.ndim):
            raise ModelError(f"layer '{self.name}' ({self.type}): parameter {number} is {found!r}; expected a number")
        return found

    def integer(self, number: int, default: int = 0) -> int:
        found = self.bits(number, 1)
        return default if found is None else int(found)

    def real(self, number: int, default: float = 0.0) -> float:
        found = self.bits(number, 1)
        return default if found is None else float(found.view(np.float32))

    def integers(self, number: int) -> list[int]:
        found = self.bits(number)
        return [] if found is None else [int(item) for item in found.reshape(-1)]

    def reals(self, number: int) -> list[float]:
        found = self.bits(number)
        return [] if found is None else [float(item) for item in found.reshape(-1).view(np.float32)]

    def text(self, number: int) -> str:
        found = self.params.get(number, "")
        return found if isinstance(found, str) else ""


def is_text(data: bytes) -> bool:
    """Whether a file begins as a ``.param`` text does."""
    return data[:32].split()[:1] == [str(MAGIC).encode()]


def is_binary(data: bytes) -> bool:
    """Whether a file begins as a ``.param.bin`` does."""
    return data[:4] == struct.pack("<i", MAGIC)


def read(data: bytes, source: str) -> list[Layer]:
    """The layers of a ``.param`` or ``.param.bin`` file; ``source`` is what messages call it.

    Raises:
        ModelError: another file, a damaged one, or one beyond the limits.
    """
    if len(data) > MAX_BYTES:
        raise ModelError(f"{source}: {len(data)} bytes of layers; the most is {MAX_BYTES}")
    if is_binary(data):
        return _checked(_binary(data, source), source)
    if is_text(data):
        return _checked(_text(data, source), source)
    raise ModelError(f"{source}: not an ncnn file; expected it to begin with {MAGIC}")


def _checked(layers: list[Layer], source: str) -> list[Layer]:
    """The layers, each blob made once, before it is read."""
    made: set[str] = set()
    for layer in layers:
        for name in layer.inputs:
            if name not in made:
                raise ModelError(f"{source}: layer '{layer.name}' ({layer.type}) reads '{name}', which nothing makes")
        for name in layer.outputs:
            if name in made:
                raise ModelError(f"{source}: layer '{layer.name}' ({layer.type}) makes '{name}' a second time")
            made.add(name)
    return layers


# -- text -------------------------------------------------------------------------------------------------------------


def _text(data: bytes, source: str) -> list[Layer]:
    try:
        lines = [line for line in data.decode("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise ModelError(f"{source}: the text is damaged at byte {error.start}") from None
    if len(lines) < 2 or not re.fullmatch(r"\d{1,9}\s+\d{1,9}", lines[1].strip()):
        raise ModelError(f"{source}: line 2 must give the numbers of layers and blobs")
    count, blobs = map(int, lines[1].split())
    _limit(count, blobs, source)
    if len(lines) - 2 < count:
        raise ModelError(f"{source}: {len(lines) - 2} layers follow, the file promises {count}")
    return [_line(line, f"{source}, layer {number}") for number, line in enumerate(lines[2 : 2 + count])]


def _limit(layers: int, blobs: int, source: str) -> None:
    if not (0 < layers <= MAX_LAYERS and 0 < blobs <= MAX_BLOBS):
        raise ModelError(f"{source}: {layers} layers and {blobs} blobs; the most are {MAX_LAYERS} and {MAX_BLOBS}")


def _line(line: str, where: str) -> Layer:
    words = line.split()
    if len(words) < 4 or not (words[2].isdecimal() and words[3].isdecimal() and len(words[2] + words[3]) < 12):
        raise ModelError(f"{where}: expected a type, a name, and the numbers of its inputs and outputs: {line[:80]!r}")
    reads, makes = int(words[2]), int(words[3])
    if len(words) < 4 + reads + makes:
        raise ModelError(f"{where}: '{words[1]}' names fewer blobs than {reads} inputs and {makes} outputs")
    names, rest = words[4 : 4 + reads + makes], line.split(None, 4 + reads + makes)[4 + reads + makes :]
    params: dict[int, Parameter] = {}
    for word in _PARAMETER.finditer(rest[0] if rest else ""):
        key, value = int(word[1]), word[2]
        number = _ARRAY - key if key <= _ARRAY else key
        if not 0 <= number < MAX_ID:
            raise ModelError(f"{where}: '{words[1]}' has a parameter {key}")
        params[number] = _value(value, key <= _ARRAY, f"{where}: parameter {number} of '{words[1]}'")
    return Layer(words[0], words[1], tuple(names[:reads]), tuple(names[reads:]), params)


def _value(text: str, array: bool, where: str) -> Parameter:
    if text.startswith('"'):
        return text.strip('"')
    parts = text.split(",")
    if array or len(parts) > 1:
        if array and int(_word(parts[0], where)) != len(parts) - 1:
            raise ModelError(f"{where} promises {parts[0]} numbers and has {len(parts) - 1}")
        return np.array([_word(part, where) for part in (parts[1:] if array else parts)], np.int32)
    return np.asarray(_word(text, where), np.int32)


def _word(text: str, where: str) -> np.int32:
    """A number as 32 bits: those of a float where it is written as one."""
    try:
        if re.fullmatch(r"[+-]?\d{1,10}", text):
            return np.uint32(int(text) & 0xFFFFFFFF).view(np.int32)
        with np.errstate(over="ignore"):
            return np.float32(text).view(np.int32)
    except (ValueError, OverflowError):
        raise ModelError(f"{where} is {text[:40]!r}; expected a number") from None


# -- binary -----------------------------------------------------------------------------------------------------------


class _Words:
    """The words of a binary file, one after the other."""

    def __init__(self, data: bytes, source: str) -> None:
        self.words = np.frombuffer(data[: len(data) // 4 * 4], np.dtype("<i4")).astype(np.int32)
        self.at = 1
        self.source = source

    def next(self, count: int) -> Bits:
        if not 0 <= count <= self.words.size - self.at:
            raise ModelError(f"{self.source}: the file ends inside a layer, or a length in it is damaged")
        self.at += count
        return self.words[self.at - count : self.at]

    def integer(self) -> int:
        return int(self.next(1)[0])


def _binary(data: bytes, source: str) -> list[Layer]:
    words = _Words(data, source)
    count, blobs = words.integer(), words.integer()
    _limit(count, blobs, source)
    layers = []
    for place in range(count):
        kind, reads, makes = (words.integer() for _ in range(3))
        name = f"layer{place}"
        if not 0 <= kind < len(TYPES):
            raise ModelError(f"{source}: layer {place} has type number {kind}, which is not one of ncnn's own")
        inputs = tuple(f"blob{number}" for number in words.next(reads))
        outputs = tuple(f"blob{number}" for number in words.next(makes))
        params: dict[int, Parameter] = {}
        while (key := words.integer()) != _END:
            number = _ARRAY - key if key <= _ARRAY else key
            if not 0 <= number < MAX_ID:
                raise ModelError(f"{source}: layer {place} ({TYPES[kind]}) has a parameter {key}")
            params[number] = words.next(words.integer()) if key <= _ARRAY else words.next(1).reshape(())
        layers.append(Layer(TYPES[kind], name, inputs, outputs, params))
    return layers
