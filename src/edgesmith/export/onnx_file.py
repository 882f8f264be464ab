"""Writes ONNX: floats as they are, quantized values as QuantizeLinear and DequantizeLinear around float operators.

Channels are last in our graphs and first in ONNX. Every tensor is held in the layout in which it was computed, and is
transposed only where a reader cannot take it so; transposes of quantized values move the integers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import MissingExtraError, ModelError
from edgesmith.export import four_bits
from edgesmith.export.prepare import as_half, refuse, simplified, write_nodes
from edgesmith.importers.source import LEVELLED, LEVELLED_ENTRY
from edgesmith.ir import Graph, Node, Value, held_as
from edgesmith.ops.conversion import limits
from edgesmith.ops.layers import has_function, quantized_range
from edgesmith.program.four_bits import GROUP
from edgesmith.types import DType, Quantization

OPSET, WIDE_OPSET = 20, 21  # the latter quantizes to 16 and 4 bits
IR_VERSIONS = {OPSET: 9, WIDE_OPSET: 10}
MOST_BYTES = (1 << 31) - (16 << 20)  # of constants
LAST, FIRST = (0, 1, 2, 3), (0, 3, 1, 2)  # layouts, as the transpose from ours
BACK = (0, 2, 3, 1)
Layout = tuple[int, ...]


def write(model: Any, *, channels_first: bool = False, unsigned: bool = False) -> bytes:
    """A ``Graph`` or ``Model`` as an ONNX file.

    Args:
        model: what is written.
        channels_first: images among the inputs and outputs are (N, C, H, W); otherwise they stay (N, H, W, C).
        unsigned: int8 activations, also at the border, are uint8 with 128 added, which means the same, and which
            engines for x86 prefer.

    Raises:
        UnsupportedError: every operator that cannot be written, and where it is.
        ModelError: more than the 2 GB of a protocol buffer.
        MissingExtraError: the ``onnx`` package is absent.
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("Writing an ONNX model", "onnx") from None
    from edgesmith.export import onnx_dynamic, onnx_more, onnx_recurrent  # noqa: F401 - they enter the table
    from edgesmith.export.onnx_ops import TABLE

    graph = simplified(model)
    e = Emitter(onnx, graph, unsigned)
    e.products = onnx_recurrent.products(graph)
    border = FIRST if channels_first else LAST
    inputs: list[Any] = []
    names = {value: e.unique(value.name) for value in graph.inputs}
    ends = [e.unique(name) for name in graph.output_names]

    def declare(value: Value) -> None:
        inputs.append(e.input(value, names[value], border))

    writers = {name: partial(_checked, function, e) for name, function in TABLE.items()}
    write_nodes(graph, writers, "ONNX", (), declare)
    outputs = [e.output(value, name, border) for value, name in zip(graph.outputs, ends, strict=True)]
    size = sum(len(item.raw_data) for item in e.initializers)
    if size > MOST_BYTES:
        raise ModelError(
            f"{graph.name}: {size:,} bytes of constants; an .onnx file holds less than 2 GB. "
            "Store weights in fewer bits (edgesmith quantize --scheme weights8), or write a .edge file"
        )
    body = onnx.helper.make_graph(e.nodes, graph.name, inputs, outputs, e.initializers)
    opset = onnx.helper.make_opsetid("", e.opset)
    version = IR_VERSIONS[e.opset]
    proto = onnx.helper.make_model(body, opset_imports=[opset], ir_version=version, producer_name="edgesmith")
    told = graph.metadata if isinstance(model, Graph) else {**model.metadata, **graph.metadata}
    words = {key: json.dumps(told[key]) for key in ("labels", "normalization") if told.get(key)}
    if LEVELLED in told:
        words[LEVELLED_ENTRY] = json.dumps(told[LEVELLED])
    onnx.helper.set_model_props(proto, words)
    return bytes(proto.SerializeToString())


def _checked(function: Callable[[Emitter, Node], None], e: Emitter, node: Node) -> None:
    from edgesmith.export.onnx_ops import accepts

    accepts(node)
    function(e, node)


class Emitter:
    """The file that grows. ``held`` names the tensor of a value in a layout: integers where the value is quantized."""

    def __init__(self, onnx: Any, graph: Graph, unsigned: bool) -> None:
        self.onnx = onnx
        self.graph = graph
        self.opset = OPSET
        self.unsigned = unsigned
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.held: dict[tuple[Value, Layout], str] = {}
        self.reals: dict[tuple[Value, Layout], str] = {}
        self.dynamic: dict[tuple[Value, Layout], tuple[str, str, str]] = {}  # see quantized_rows
        self.products: dict[Node, Node] = {}  # of recurrent layers: the layer that they have taken in
        self.shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self.told: dict[str, tuple[Value, Layout]] = {}  # what a name in ``reals`` is that of
        self.shifted: set[str] = set()  # tensors of integers that are stored with 128 added
        self.names: dict[str, int] = {}

    # -- names and constants ------------------------------------------------------------------------------------

    def unique(self, name: str) -> str:
        count = self.names[name] = self.names.get(name, -1) + 1
        return name if count == 0 else self.unique(f"{name}.{count}")

    def constant(self, data: Any, dtype: Any = None, name: str = "const") -> str:
        """An initializer; small ones are shared."""
        array = np.ascontiguousarray(np.asarray(data, dtype))
        array = array.reshape(np.shape(data))
        key = (array.dtype.str, array.shape, array.tobytes() if array.size <= 4096 else name.encode())
        if array.size > 4096 or key not in self.shared:
            self.shared[key] = self.unique(name)
            self.initializers.append(self.onnx.numpy_helper.from_array(array, self.shared[key]))
        return self.shared[key]

    # -- values -------------------------------------------------------------------------------------------------

    def layout(self, *values: Value | None) -> Layout:
        """The layout in which operands that are computed lie already: first where any of rank 4 does."""
        known = [v for v in values if v is not None and v.rank == 4 and not v.is_constant]
        plain = any(v is not None and v.rank not in (0, 4) and not v.is_constant for v in values)
        return FIRST if not plain and any((v, LAST) not in self.held for v in known) else LAST

    def hold(self, value: Value, layout: Layout, name: str) -> None:
        self.held[value, layout if value.rank == 4 else LAST] = name

    def real(self, value: Value, layout: Layout = LAST) -> str:
        """The tensor of the numbers that a value means."""
        layout = layout if value.rank == 4 else LAST
        if (value, layout) not in self.reals:
            if value.is_constant:
                name = self.arranged(value, layout if value.rank == 4 else range(value.rank))
            else:
                name = self.held_in(value, layout)
                if value.quant is not None:
                    name = self._linear("DequantizeLinear", name, value.quant, value.dtype, name in self.shifted)
            self.reals[value, layout] = name
            self.told[name] = value, layout
        return self.reals[value, layout]

    def arranged(self, value: Value, perm: Sequence[int], shape: Sequence[int] | None = None) -> str:
        """A constant with its axes in another order, then in another shape that keeps the order of its channels."""
        if value.data is None:
            return self.transposed(self.real(value), perm)
        data, quant, dtype = value.data, value.quant, value.dtype
        known, half = held_as(self.graph, value), as_half(value)
        whole = None if known is None else known.whole(data)
        grouped = four_bits.grouped(value) if whole is None and half is not None else None
        if grouped is not None:
            made = self.transposed(self._grouped(value, *grouped), perm)
            return made if shape is None else self.node("Reshape", [made, self.constant(shape, np.int64)])
        if whole is None and half is not None:
            turned = np.ascontiguousarray(half.transpose(tuple(perm)))
            name = self.constant(turned if shape is None else turned.reshape(shape), name=value.name)
            return self.node("Cast", [name], to=self.onnx.TensorProto.FLOAT)
        if known is not None and whole is not None:
            (data, quant), dtype = whole, known.dtype
        array = np.asarray(data.transpose(tuple(perm)), order="C")  # which keeps scalars scalars
        array = array.reshape(array.shape if shape is None else shape)
        narrow = quant is not None and four_bits.fits(array)
        name = self._narrow(array, value.name) if narrow else self.constant(array, name=value.name)
        if quant is None:
            return name
        axis = None if quant.axis is None else list(perm).index(quant.axis)
        if narrow:
            return self._widened(name, quant.scale, quant.zero_point, axis)
        return self._linear("DequantizeLinear", name, Quantization(quant.scale, quant.zero_point, axis), dtype)

    def _narrow(self, array: NDArray[Any], name: str) -> str:
        """An initializer of four bits."""
        name, self.opset = self.unique(name), WIDE_OPSET
        kind = self.onnx.TensorProto.INT4
        data = four_bits.packed(array)
        self.initializers.append(self.onnx.helper.make_tensor(name, kind, array.shape, data, raw=True))
        return name

    def _widened(self, name: str, scale: NDArray[Any], zero: NDArray[Any], axis: int | None) -> str:
        """Four bits as the numbers that they mean."""
        shape = () if axis is None else scale.shape
        points = [self._narrow(zero.astype(np.int8).reshape(shape), f"{name}.zero")] if zero.any() else []
        more = {} if axis is None else {"axis": axis}
        return self.node("DequantizeLinear", [name, self.constant(scale.reshape(shape)), *points], **more)

    def _grouped(self, value: Value, numbers: NDArray[np.int8], steps: NDArray[np.float32]) -> str:
        """Weights of four bits with a step for each 32 of an output, in their own shape."""
        name = self._narrow(numbers, value.name)
        scale = self.constant(steps, name=f"{value.name}.steps")
        made = self.node("DequantizeLinear", [name, scale], axis=1, block_size=GROUP)
        return made if value.rank == 2 else self.node("Reshape", [made, self.constant(value.shape, np.int64)])

    def bias(self, node: Node) -> str:
        """The bias of a layer, or "": quantized ones get the product of their operands' scales."""
        value = node.optional(2)
        if value is None or value.dtype is DType.F32:
            return "" if value is None else self.real(value)
        x, w = node.input(0).quant, node.input(1).quant
        if value.dtype not in (DType.I32, DType.I64) or value.data is None or x is None or w is None:
            refuse(f"its bias is {value!r}; expected a constant of integers")
        scale = x.scale0 * w.scale
        if np.abs(value.data).max(initial=0) > np.iinfo(np.int32).max:  # of int16 layers; ONNX has 32 bits
            return self.constant((value.data * scale.astype(np.float64)).astype(np.float32), name=value.name)
        quant = Quantization(scale, np.zeros(scale.size, np.int32), 0 if scale.size > 1 else None)
        return self._linear("DequantizeLinear", self.constant(value.data, np.int32, value.name), quant, DType.I32)

    def made(self, value: Value, name: str, layout: Layout = LAST) -> None:
        """Note that a tensor holds the numbers of a value; they are quantized where the value is."""
        if value.quant is not None:
            name = self._linear("QuantizeLinear", name, value.quant, value.dtype, self.unsigned)
        name = self._called(name, value.name)
        if value.quant is not None and self.unsigned and value.dtype is DType.I8:
            self.shifted.add(name)
        self.hold(value, layout, name)

    def _called(self, name: str, wanted: str) -> str:
        """The tensor that the last node has made, under the name that the graph gives it."""
        if not self.nodes or self.nodes[-1].output[0] != name:
            return name
        node, known = self.nodes[-1], self.unique(wanted)
        node.name = node.output[0] = known
        if name in self.told:
            self.reals[self.told[name]] = known
        return known

    def input(self, value: Value, name: str, layout: Layout) -> Any:
        """Declare a graph input, under a name that was kept free for it."""
        self.hold(value, layout, name)
        if self.unsigned and value.quant is not None and value.dtype is DType.I8:
            self.shifted.add(name)
        return self._port(name, value, layout)

    def output(self, value: Value, name: str, layout: Layout) -> Any:
        """Declare a graph output, under a name that was kept free for it."""
        layout = layout if value.rank == 4 else LAST
        if value.data is not None:
            source = self.constant(value.data.transpose(layout) if value.rank == 4 else value.data)
        else:
            source = self.held_in(value, layout)
        self.nodes.append(self.onnx.helper.make_node("Identity", [source], [name], name))
        if source in self.shifted:
            self.shifted.add(name)
        return self._port(name, value, layout)

    def _port(self, name: str, value: Value, layout: Layout) -> Any:
        if value.dtype is DType.BF16:
            refuse(f"{value!r} has a type that is not written")
        kind = np.dtype(np.uint8) if name in self.shifted else value.dtype.numpy
        shape = [value.shape[axis] for axis in layout] if value.rank == 4 else value.shape
        return self.onnx.helper.make_tensor_value_info(name, self.onnx.helper.np_dtype_to_tensor_dtype(kind), shape)

    def held_in(self, value: Value, layout: Layout) -> str:
        """The tensor as it is held, integers where the value is quantized, in a layout."""
        layout = layout if value.rank == 4 else LAST
        if (value, layout) not in self.held:
            other = self.held[value, FIRST if layout == LAST else LAST]
            self.held[value, layout] = self.transposed(other, FIRST if layout == FIRST else BACK)
            if other in self.shifted:
                self.shifted.add(self.held[value, layout])
        return self.held[value, layout]

    def _linear(self, op: str, name: str, quant: Quantization, dtype: DType, shifted: bool = False) -> str:
        """QuantizeLinear or DequantizeLinear."""
        if dtype in (DType.I16, DType.U16):
            self.opset = WIDE_OPSET
        elif dtype not in (DType.I8, DType.U8, DType.I32):
            refuse(f"it has numbers quantized to {dtype}; ONNX has 8 and 16 bits")
        kind, zero = dtype.numpy, quant.zero_point
        if shifted and dtype is DType.I8:
            kind, zero = np.dtype(np.uint8), zero + 128
        shape = () if quant.axis is None else zero.shape
        operands = [name, self.constant(quant.scale.reshape(shape)), self.constant(zero.reshape(shape).astype(kind))]
        return self.node(op, operands, **({} if quant.axis is None else {"axis": quant.axis}))

    def quantized_rows(self, value: Value, layout: Layout) -> tuple[str, str, str]:
        """A value as bytes of the range that it has as the file runs: the integers, their scale and zero point."""
        if (value, layout) not in self.dynamic:
            name = self.unique(f"{value.name}.rows")
            outputs = name, f"{name}.scale", f"{name}.zero"
            self.nodes.append(
                self.onnx.helper.make_node("DynamicQuantizeLinear", [self.real(value, layout)], outputs, name)
            )
            self.dynamic[value, layout] = outputs
        return self.dynamic[value, layout]

    # -- nodes --------------------------------------------------------------------------------------------------

    def node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node with one output; returns its name."""
        inputs = list(inputs)
        while inputs and not inputs[-1]:
            inputs.pop()
        name = self.unique(op.lower())
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [name], name, **attributes))
        return name

    def transposed(self, name: str, perm: Sequence[int]) -> str:
        return name if list(perm) == sorted(perm) else self.node("Transpose", [name], perm=list(perm))

    def clamped(self, node: Node, name: str) -> str:
        """What a layer's own function makes of its sums, within its activation range; quantizing alone may cut."""
        if node.attrs.get("activation") == "leaky_relu":
            name = self.node("LeakyRelu", [name], alpha=node.attrs["alpha"])
        elif has_function(node):
            name = self.node("HardSwish", [name])
        lo, hi = node.attrs["lo"], node.attrs["hi"]
        y = node.outputs[0]
        if y.quant is not None and quantized_range(node) == limits(y.dtype):
            return name
        return self.clip(name, lo, hi)

    def clip(self, name: str, lo: float, hi: float) -> str:
        if (lo, hi) == (-math.inf, math.inf):
            return name
        if (lo, hi) == (0, math.inf):
            return self.node("Relu", [name])
        ends = ["" if math.isinf(end) else self.constant(np.float32(end)) for end in (lo, hi)]
        return self.node("Clip", [name, *ends])
