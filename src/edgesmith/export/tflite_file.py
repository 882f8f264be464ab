"""Writes TensorFlow Lite files: floats as they are, quantized values as integers with their scales."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.export import four_bits
from edgesmith.export.flat import Slot, Writer
from edgesmith.export.prepare import as_half, hybrid, insulate, refuse, simplified, split_functions, write_nodes
from edgesmith.export.tflite_kinds import KINDS
from edgesmith.export.tflite_metadata import Described, Port, describe
from edgesmith.importers.source import LEVELLED, LEVELLED_ENTRY
from edgesmith.importers.tflite import schema
from edgesmith.importers.tflite.metadata import ENTRY
from edgesmith.ir import Graph, Node, Value, held_as
from edgesmith.ops.conversion import limits
from edgesmith.ops.layers import quantized_range
from edgesmith.passes.widen_types import HALVES, widen_types
from edgesmith.types import DType, Quantization

TYPES = {
    DType.F32: "FLOAT32", DType.F16: "FLOAT16", DType.F64: "FLOAT64", DType.I8: "INT8", DType.I16: "INT16",
    DType.I32: "INT32", DType.I64: "INT64", DType.U8: "UINT8", DType.U32: "UINT32", DType.U64: "UINT64",
    DType.BOOL: "BOOL", DType.U16: "UINT16",
}  # fmt: skip
MOST_BYTES = (1 << 31) - (16 << 20)  # of constants: offsets have 31 bits, and there is more in a file than those
FUSED = {
    (-math.inf, math.inf): "NONE", (0.0, math.inf): "RELU", (0.0, 6.0): "RELU6", (-1.0, 1.0): "RELU_N1_TO_1",
}  # fmt: skip
CLAMPS = {(0.0, math.inf): "RELU", (0.0, 6.0): "RELU6", (-1.0, 1.0): "RELU_N1_TO_1", (0.0, 1.0): "RELU_0_TO_1"}
# Versions that say that an operator takes int8, where they differ from 1 (tensorflow/lite/tools/versioning).
INT8_VERSION = {
    "ADD": 2, "AVERAGE_POOL_2D": 2, "BATCH_MATMUL": 2, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 3,
    "DEQUANTIZE": 2, "FULLY_CONNECTED": 4, "GATHER": 2, "LEAKY_RELU": 2, "LOGISTIC": 2, "MAXIMUM": 2, "MAX_POOL_2D": 2,
    "MEAN": 2, "MINIMUM": 2, "MUL": 2, "PAD": 2, "PADV2": 2, "RELU": 2, "RELU6": 2, "RESIZE_BILINEAR": 2, "SLICE": 2,
    "BROADCAST_TO": 2, "SOFTMAX": 2, "STRIDED_SLICE": 2, "SUB": 2, "SVDF": 3, "TANH": 2, "TRANSPOSE": 2,
}  # fmt: skip
VERSION = {"BROADCAST_TO": 2}  # of others
# And versions for int8 weights under floats: one scale, one for each channel, and inputs with a zero point.
FOUR_BITS_VERSION = {"CONV_2D": 7, "DEPTHWISE_CONV_2D": 7, "FULLY_CONNECTED": 10}
HYBRID_VERSION = {"CONV_2D": (2, 5, 5), "DEPTHWISE_CONV_2D": (4, 6, 6), "FULLY_CONNECTED": (3, 12, 9)}


def write(model: Any) -> bytes:
    """A ``Graph`` or ``Model`` as a ``.tflite`` file, with what its metadata says; see ``tflite_metadata.describe``.

    Raises:
        UnsupportedError: every operator that cannot be written, and where it is.
    """
    from edgesmith.export import tflite_layers, tflite_moved, tflite_spelled  # noqa: F401 - they enter the table
    from edgesmith.export.tflite_ops import TABLE, has_integers
    from edgesmith.export.tflite_recurrent import absorb, carried

    graph = simplified(model)
    hybrid(graph)
    if any(value.dtype in HALVES for node in graph.nodes for value in node.inputs if value is not None):
        widen_types(graph)
    split_functions(graph)
    insulate(graph, has_integers)
    f = File(graph, any(map(_asymmetric, graph.nodes)), set(carried(graph)))
    absorb(f, graph)
    writers = {name: partial(function, f) for name, function in TABLE.items()}
    write_nodes(graph, writers, "TensorFlow Lite", f.carried, f.tensor)
    inputs = [f.tensor(value) for value in graph.inputs]
    outputs = []
    for value, name in zip(graph.outputs, graph.output_names, strict=True):
        index = f.tensor(value)
        if not value.is_constant and value not in graph.inputs and index not in outputs:
            f.tensors[index].name = name
        outputs.append(index)
    f.describe(
        graph.metadata if isinstance(model, Graph) else {**model.metadata, **graph.metadata},
        [(value.name, value) for value in graph.inputs],
        list(zip(graph.output_names, graph.outputs, strict=True)),
    )
    for note in f.notes:
        warnings.warn(f"{graph.name}: {note}", stacklevel=2)
    names = dict(zip((value.name for value in graph.inputs), inputs, strict=True))
    return f.build(graph.name, inputs, outputs, names, dict(zip(graph.output_names, outputs, strict=True)))


def _asymmetric(node: Node) -> bool:
    """A layer of int8 whose weights have a zero point, as only files of unsigned bytes may have."""
    weights = node.optional(1) if node.op in ("conv2d", "depthwise_conv2d", "fully_connected") else None
    return weights is not None and weights.quant is not None and bool(weights.quant.zero_point.any())


def _raised(quant: Quantization) -> Quantization:
    return Quantization(quant.scale, quant.zero_point + np.int32(128), quant.axis)


def bounds_of(node: Node) -> tuple[float, float]:
    """What a node clamps to; nothing, where it does something else."""
    if node.op == "relu":
        return 0.0, math.inf
    if node.op == "clip" and len(node.inputs) == 1:
        return float(node.attrs["lo"]), float(node.attrs["hi"])
    return math.nan, math.nan


@dataclass(slots=True)
class Tensor:
    """A tensor as the file describes it; buffer 0 is empty."""

    name: str
    shape: tuple[int, ...]
    dtype: DType
    quant: Quantization | None = None
    buffer: int = 0
    variable: bool = False
    narrow: bool = False  # bytes of four bits each


@dataclass(slots=True)
class Step:
    code: int
    inputs: list[int]
    outputs: list[int]
    table: str
    options: Mapping[str, object] = field(default_factory=dict)
    intermediates: Sequence[int] = ()
    custom: bytes = b""


class File:
    """The file that grows: tensors by the value that they hold, and operators over their numbers.

    ``unsigned`` writes quantized int8 as uint8 with 128 added.
    """

    def __init__(self, graph: Graph, unsigned: bool = False, carried: Collection[Value] = ()) -> None:
        self.unsigned = unsigned
        self.carried = frozenset(carried)  # the states that operators keep in variable tensors
        self.graph = graph
        self.asymmetric: set[int] = set()  # tensors of such weights whose layers take inputs with a zero point
        self.roots = set(graph.roots())
        self.uses = graph.uses()
        self.tensors: list[Tensor] = []
        self.buffers: list[bytes] = [b""]
        self.steps: list[Step] = []
        self.codes: list[tuple[str, int]] = []
        self.described = Described()
        self.entries: dict[str, int] = {}  # of metadata, and their buffers
        self.notes: list[str] = []  # what a user of the file must know
        self._of: dict[Value, int] = {}
        self._shared: dict[bytes, int] = {}
        self._fused: set[Node] = set()

    # -- tensors ------------------------------------------------------------------------------------------------

    def tensor(self, value: Value) -> int:
        """The tensor of a value."""
        if value not in self._of:
            if value.data is not None:
                self._of[value] = self._reshaped(value, value.shape, value.quant)
            else:
                lives = value in self.carried
                self._of[value] = self.add(Tensor(value.name, value.shape, value.dtype, value.quant, variable=lives))
        return self._of[value]

    def constant(self, data: Any, quant: Quantization | None = None, name: str = "const", narrow: bool = False) -> int:
        """A constant tensor; equal bytes are stored once. ``narrow``: in four bits where those hold it."""
        array = np.asarray(data)
        if self.unsigned and quant is not None and array.dtype == np.int8:
            array, quant = array.view(np.uint8) ^ np.uint8(0x80), _raised(quant)
        narrow = narrow and quant is not None and four_bits.fits(array)
        stored = four_bits.packed(array) if narrow else np.ascontiguousarray(array).tobytes()
        if stored not in self._shared:
            self._shared[stored] = len(self.buffers)
            self.buffers.append(stored)
        return self.add(Tensor(name, array.shape, DType.of(array), quant, self._shared[stored], narrow=narrow))

    def ints(self, *numbers: Any) -> int:
        """Sizes, axes, ... as operators take them."""
        return self.constant(np.asarray(numbers, np.int32))

    def like(self, value: Value, shape: Sequence[int] | None = None) -> int:
        """A tensor between two operators, of a value's type and quantization."""
        name = f"{value.name}.{len(self.tensors)}"
        return self.add(Tensor(name, value.shape if shape is None else tuple(shape), value.dtype, value.quant))

    def hold(self, value: Value, tensor: int) -> None:
        """Let a value be a tensor that is there already."""
        self._of[value] = tensor

    def same(self, x: Value, y: Value) -> None:
        """Let ``y`` be the tensor of ``x``."""
        self.hold(y, self.tensor(x))

    def add(self, tensor: Tensor) -> int:
        """A tensor as it is."""
        if self.unsigned and tensor.quant is not None and tensor.dtype is DType.I8:
            tensor.dtype, tensor.quant = DType.U8, _raised(tensor.quant)
        quant = tensor.quant
        if tensor.dtype not in TYPES or (quant is not None and tensor.dtype is DType.U16):
            refuse(f"'{tensor.name}' has elements of type {tensor.dtype}")
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    # -- operators ----------------------------------------------------------------------------------------------

    def weights(
        self, value: Value, shape: Sequence[int] | None = None, quant: Quantization | None = None, hybrid: bool = True
    ) -> int:
        """The weights of a layer: as integers under a layer of floats where the model's file has them so.

        ``hybrid`` says whether the layer then quantizes its input itself; otherwise its weights are dequantized.
        """
        shape = value.shape if shape is None else tuple(shape)
        known, half = held_as(self.graph, value), as_half(value)
        if value.data is None:
            return self.tensor(value)
        whole = None if known is None else known.whole(value.data.reshape(shape))
        if whole is None and half is not None:
            return self._grouped(value, shape) or self._half(value, half.reshape(shape))
        if known is None or whole is None or not (known.dynamic and hybrid):
            return self._reshaped(value, shape, quant or value.quant, hybrid)
        made = self.constant(*whole, known.name, hybrid)
        if known.asymmetric:
            self.asymmetric.add(made)
        return made

    def _grouped(self, value: Value, shape: Sequence[int]) -> int:
        """Weights of four bits with a step for each 32 of an output: a row a step, widened as the file runs, or 0."""
        found = four_bits.grouped(value)
        if found is None:
            return 0
        numbers, steps = found
        rows = four_bits.in_rows(numbers)
        quant = Quantization(steps.reshape(-1), np.zeros(steps.size, np.int32), 0)
        made = self.add(Tensor(f"{value.name}.rows", rows.shape, DType.F32))
        made = self.op("DEQUANTIZE", [self.constant(rows, quant, value.name, True)], made)
        if rows.size != numbers.size:
            padded = (len(numbers), rows.size // len(numbers))
            made = self.op("RESHAPE", [made, self.ints(*padded)], self.add(Tensor("padded", padded, DType.F32)))
            made = self.op(
                "SLICE",
                [made, self.ints(0, 0), self.ints(*numbers.shape)],
                self.add(Tensor("cut", numbers.shape, DType.F32)),
            )
        wide = self.add(Tensor(f"{value.name}.wide", tuple(shape), DType.F32))
        return self.op("RESHAPE", [made, self.ints(*shape)], wide, new_shape=list(shape))

    def _half(self, value: Value, array: NDArray[Any]) -> int:
        """Weights in 16 bits under a layer of float32, widened as the file runs."""
        made = self.add(Tensor(f"{value.name}.wide", array.shape, DType.F32))
        return self.op("DEQUANTIZE", [self.constant(array, None, value.name)], made)

    def _reshaped(self, value: Value, shape: Sequence[int], quant: Quantization | None, narrow: bool = False) -> int:
        """A constant in another shape; dequantized as the file runs where the model's file holds it as integers."""
        assert value.data is not None
        known, real = held_as(self.graph, value), value.data.reshape(shape)
        whole = known.whole(real) if known is not None and known.dtype is DType.I8 else None
        if known is None or whole is None:
            return self.constant(real, quant, value.name, narrow)
        made = self.add(Tensor(value.name, real.shape, DType.F32))
        return self.op("DEQUANTIZE", [self.constant(*whole, known.name)], made)

    def _version(self, name: str, inputs: Sequence[int], output: int) -> int:
        first, second = ([self.tensors[index] for index in inputs[place : place + 1] if index >= 0] for place in (0, 1))
        if name in FOUR_BITS_VERSION and second[0].narrow and first[0].dtype is DType.I8:
            return FOUR_BITS_VERSION[name]
        if name in HYBRID_VERSION and first[0].dtype is DType.F32 and second[0].dtype is DType.I8:
            plain, channels, asymmetric = HYBRID_VERSION[name]
            per_channel = second[0].quant is not None and not second[0].quant.per_tensor
            return channels if per_channel else asymmetric if inputs[1] in self.asymmetric else plain
        narrow = any(tensor.dtype is DType.I8 for tensor in (*first, self.tensors[output]))
        return INT8_VERSION.get(name, 1) if narrow else VERSION.get(name, 1)

    def op(self, name: str, inputs: Sequence[int], output: int, **options: object) -> int:
        """Add an operator with one result; returns that tensor."""
        first = self.tensors[inputs[1 if name == "TRANSPOSE_CONV" else 0]]
        kinds = KINDS.get(name)
        if kinds is not None and first.quant is None and first.dtype not in kinds:
            refuse(f"{name} of {first.dtype}; LiteRT has it for {', '.join(sorted(kind.value for kind in kinds))}")
        code = (name, self._version(name, inputs, output))
        if code not in self.codes:
            self.codes.append(code)
        table = schema.OPTIONS_OF[name]
        self.steps.append(Step(self.codes.index(code), list(inputs), [output], table, options))
        return output

    def custom(self, name: str, inputs: Sequence[int], outputs: Sequence[int], options: bytes) -> None:
        """Add an operator that the format knows by its name alone."""
        code = (name, 1)
        if code not in self.codes:
            self.codes.append(code)
        self.steps.append(Step(self.codes.index(code), list(inputs), list(outputs), "", custom=options))

    def layer(self, name: str, inputs: Sequence[int], node: Node, **options: object) -> None:
        """Add an operator that clamps what it stores: as its fused activation, or by an operator of its own."""
        y = node.outputs[0]
        bounds = float(node.attrs["lo"]), float(node.attrs["hi"])
        fused = FUSED.get(bounds)
        if fused is None and y.quant is not None and quantized_range(node) == limits(y.dtype):
            fused = "NONE"
        out = self.tensor(y) if fused else self.like(y)
        self.op(name, inputs, out, fused_activation_function=fused or "NONE", **options)
        if fused is None:
            self.clip(out, y, *bounds)

    def follower(self, y: Value) -> tuple[str, Value]:
        """The activation that the operator which makes ``y`` can do as well, and what it then makes.

        That is the clamp that alone reads ``y``, in the same quantization; it is not written again.
        """
        readers = self.uses.get(y, [])
        if len(readers) != 1 or y in self.roots:
            return "NONE", y
        node = readers[0][0]
        out = node.outputs[0]
        fused = FUSED.get(bounds_of(node))
        if fused is None or (y.quant is not None and not y.quant.same(out.quant)):
            return "NONE", y
        self.leave(node)
        return fused, out

    def leave(self, node: Node) -> None:
        """Another operator does what this node does."""
        self._fused.add(node)

    def done(self, node: Node) -> bool:
        """Whether another operator does what this node does: not to be written."""
        return node in self._fused

    def clip(self, x: int, y: Value, lo: float, hi: float) -> None:
        """``y`` is ``x`` between two numbers."""
        if (lo, hi) in CLAMPS:
            self.op(CLAMPS[lo, hi], [x], self.tensor(y))
            return
        if y.dtype is not DType.F32:
            refuse(f"integers are clipped to {lo}..{hi}")
        ends = [(op, end) for op, end in (("MAXIMUM", lo), ("MINIMUM", hi)) if math.isfinite(end)]
        for place, (op, end) in enumerate(ends):
            out = self.tensor(y) if place == len(ends) - 1 else self.like(y)
            x = self.op(op, [x, self.constant(np.float32(end))], out)

    # -- the file -----------------------------------------------------------------------------------------------

    def describe(self, about: Mapping[str, Any], inputs: Sequence[Port], outputs: Sequence[Port]) -> None:
        """Say what the tensors mean; see ``tflite_metadata.describe``."""
        self.described = describe(about, inputs, outputs)
        if self.described.table:
            self._entry(ENTRY, self.described.table)
        if LEVELLED in about:
            self._entry(LEVELLED_ENTRY, json.dumps(about[LEVELLED]).encode())

    def _entry(self, name: str, data: bytes) -> None:
        self.entries[name] = len(self.buffers)
        self.buffers.append(data)

    def build(
        self, name: str, inputs: list[int], outputs: list[int], named: Mapping[str, int], results: Mapping[str, int]
    ) -> bytes:
        """The bytes, with one signature, ``serving_default``.

        Raises:
            ModelError: more than the format's 2 GB.
        """
        size = sum(map(len, self.buffers))
        if size > MOST_BYTES:
            raise ModelError(
                f"{name}: {size:,} bytes of constants; a .tflite file holds less than 2 GB. "
                "Store weights in fewer bits (edgesmith quantize --scheme weights8), or write a .edge file"
            )
        w = Writer(size + 256 * (len(self.tensors) + len(self.steps)))
        buffers = [w.table([(0, "offset", w.blob(data))] if data else []) for data in self.buffers]
        codes = [self._code(w, *code) for code in self.codes]
        tensors = [self._tensor(w, tensor) for tensor in self.tensors]
        steps = [self._step(w, step) for step in self.steps]
        graph = w.table([
            (0, "offset", w.offsets(tensors)), (1, "offset", w.vector("i32", inputs)),
            (2, "offset", w.vector("i32", outputs)), (3, "offset", w.offsets(steps)), (4, "offset", w.string(name)),
        ])  # fmt: skip
        maps = [
            w.offsets([w.table([(0, "offset", w.string(key)), (1, "u32", at)]) for key, at in entries.items()])
            for entries in (named, results)
        ]
        signature = w.table(
            [(0, "offset", maps[0]), (1, "offset", maps[1]), (2, "offset", w.string("serving_default"))]
        )
        entries = [w.table([(0, "offset", w.string(key)), (1, "u32", at)]) for key, at in self.entries.items()]
        root = w.table([
            (0, "u32", schema.VERSION), (1, "offset", w.offsets(codes)), (2, "offset", w.offsets([graph])),
            (3, "offset", w.string("written by edgesmith")), (4, "offset", w.offsets(buffers)),
            (6, "offset", w.offsets(entries) if entries else 0), (7, "offset", w.offsets([signature])),
        ])  # fmt: skip
        return w.finish(root, schema.IDENTIFIER) + self.described.archive()

    @staticmethod
    def _code(w: Writer, name: str, version: int) -> int:
        code = schema.CODES.get(name, schema.CODES["CUSTOM"])
        custom = 0 if name in schema.CODES else w.string(name)
        return w.table([(0, "i8", min(code, 127)), (1, "offset", custom), (2, "i32", version), (3, "i32", code)])

    @staticmethod
    def _tensor(w: Writer, tensor: Tensor) -> int:
        quant, kind = 0, "INT4" if tensor.narrow else TYPES[tensor.dtype]
        if tensor.quant is not None:
            scale = w.vector("f32", tensor.quant.scale.tolist())
            zero = w.vector("i64", tensor.quant.zero_point.tolist())
            quant = w.table([(2, "offset", scale), (3, "offset", zero), (6, "i32", tensor.quant.axis or 0)])
        return w.table([
            (0, "offset", w.vector("i32", tensor.shape)), (1, "i8", schema.TENSOR_TYPES.index(kind)),
            (2, "u32", tensor.buffer), (3, "offset", w.string(tensor.name)), (4, "offset", quant),
            (5, "bool", tensor.variable), (8, "bool", True),
        ])  # fmt: skip

    @staticmethod
    def _step(w: Writer, step: Step) -> int:
        ints = [w.vector("i32", numbers) for numbers in (step.inputs, step.outputs)]
        slots: list[Slot] = [(0, "u32", step.code), (1, "offset", ints[0]), (2, "offset", ints[1])]
        if step.table:
            at = w.fields(schema.OPTIONS[step.table], step.options)
            slots += [(3, "u8", schema.UNION.index(step.table)), (4, "offset", at)]
        if step.custom:
            slots.append((5, "offset", w.blob(step.custom)))
        if step.intermediates:
            slots.append((8, "offset", w.vector("i32", step.intermediates)))
        return w.table(slots)
