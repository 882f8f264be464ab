"""Small TensorFlow Lite files for tests, written field by field through the schema's own tables.

    b = TFLiteBuilder()
    x = b.tensor("x", (1, 4), "INT8", quant=(0.1, 3))
    w = b.tensor("w", (2, 4), "INT8", data=np.ones((2, 4), np.int8), quant=([0.1, 0.2], 0, 0))
    y = b.tensor("y", (1, 2), "INT8", quant=(0.2, 0))
    b.op("FULLY_CONNECTED", [x, w, None], [y], options={"keep_num_dims": True})
    data = b.inputs(x).outputs(y).build()

Everything is written as asked, also what is illegal: that is what tests of the reader need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from edgesmith.export.flat import Slot, Writer
from edgesmith.importers.tflite import schema

_NUMPY = {
    "float32": "FLOAT32",
    "float16": "FLOAT16",
    "float64": "FLOAT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "bool": "BOOL",
}
Quant = tuple[object, object] | tuple[object, object, int]


@dataclass
class Sparse:
    """Sparsity of a tensor; a level is ("DENSE", size) or ("CSR", segments, indices)."""

    order: Sequence[int]
    blocks: Sequence[int]
    levels: Sequence[tuple[object, ...]]


@dataclass
class _Tensor:
    name: str
    shape: Sequence[int]
    dtype: str | int
    buffer: int
    quant: Quant | None
    variable: bool
    signature: Sequence[int] | None
    sparse: Sparse | None
    ranked: bool


@dataclass
class _Operator:
    code: int
    inputs: Sequence[int | None]
    outputs: Sequence[int]
    options: Mapping[str, object] | None
    table: str
    custom_options: bytes | None
    intermediates: Sequence[int]


@dataclass
class _Graph:
    name: str = "main"
    tensors: list[_Tensor] = field(default_factory=list)
    operators: list[_Operator] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)


class TFLiteBuilder:
    """Collects tensors and operators; `subgraph` starts the next graph, `build` writes the file."""

    def __init__(self, description: str = "made by a test", version: int = 3) -> None:
        self.description, self.version = description, version
        self._graphs = [_Graph()]
        self._buffers: list[bytes] = [b""]
        self._codes: list[tuple[int, str, int]] = []
        self._signatures: list[tuple[str, int, Mapping[str, int], Mapping[str, int]]] = []
        self._metadata: list[tuple[str, int]] = []

    @property
    def graph(self) -> _Graph:
        return self._graphs[-1]

    def subgraph(self, name: str) -> int:
        """Start another subgraph; returns its index (the first, "main", is 0)."""
        self._graphs.append(_Graph(name))
        return len(self._graphs) - 1

    def buffer(self, data: bytes) -> int:
        self._buffers.append(bytes(data))
        return len(self._buffers) - 1

    def tensor(
        self,
        name: str,
        shape: Sequence[int] | None = None,
        dtype: str | int | None = None,
        *,
        data: object = None,
        quant: Quant | None = None,
        variable: bool = False,
        signature: Sequence[int] | None = None,
        buffer: int | None = None,
        sparse: Sparse | None = None,
        ranked: bool = True,
    ) -> int:
        """A tensor; returns its index in the current subgraph.

        Args:
            dtype: as in the schema ("FLOAT32"); taken from ``data`` where left out, else FLOAT32.
            data: a constant: an array, or bytes as stored.
            quant: (scale, zero point) or (scales, zero points, axis); numbers or sequences.
            ranked: False leaves the shape open, as files do for shapes that are known only at run time.
        """
        if data is not None and not isinstance(data, bytes):
            array = np.asarray(data)
            shape = array.shape if shape is None else shape
            dtype = _NUMPY[array.dtype.name] if dtype is None else dtype
            data = np.ascontiguousarray(array).tobytes()
        if buffer is None:
            buffer = 0 if data is None else self.buffer(data)
        self.graph.tensors.append(
            _Tensor(
                name,
                () if shape is None else shape,
                dtype or "FLOAT32",
                buffer,
                quant,
                variable,
                signature,
                sparse,
                ranked,
            )
        )
        return len(self.graph.tensors) - 1

    def const(self, name: str, data: object, dtype: object = None, quant: Quant | None = None) -> int:
        """A constant from anything that NumPy takes."""
        return self.tensor(name, data=np.asarray(data, dtype), quant=quant)  # type: ignore[arg-type]

    def op(
        self,
        name: str | int,
        inputs: Sequence[int | None],
        outputs: Sequence[int],
        options: Mapping[str, object] | None = None,
        *,
        version: int = 1,
        table: str | None = None,
        custom_options: bytes | None = None,
        intermediates: Sequence[int] = (),
    ) -> TFLiteBuilder:
        """An operator. A name that the schema lacks is a custom operator; a number is written as a code.

        Args:
            options: by field name; enumerations by name or number. None leaves the table out.
            table: the options table's name, where it shall not be the operator's own.
        """
        if isinstance(name, int):
            code = (name, "", version)
        else:
            code = (schema.CODES.get(name, schema.CODES["CUSTOM"]), "" if name in schema.CODES else name, version)
        if code not in self._codes:
            self._codes.append(code)
        if table is None:
            table = schema.OPTIONS_OF.get(name, "") if isinstance(name, str) else ""
        self.graph.operators.append(
            _Operator(self._codes.index(code), inputs, outputs, options, table, custom_options, intermediates)
        )
        return self

    def inputs(self, *tensors: int) -> TFLiteBuilder:
        self.graph.inputs += tensors
        return self

    def outputs(self, *tensors: int) -> TFLiteBuilder:
        self.graph.outputs += tensors
        return self

    def signature(
        self, key: str, inputs: Mapping[str, int], outputs: Mapping[str, int], subgraph: int = 0
    ) -> TFLiteBuilder:
        self._signatures.append((key, subgraph, inputs, outputs))
        return self

    def metadata(self, name: str, data: bytes) -> TFLiteBuilder:
        self._metadata.append((name, self.buffer(data)))
        return self

    def build(self) -> bytes:
        """The file."""
        w = Writer()
        buffers = [w.table([(0, "offset", w.blob(data))] if data else []) for data in self._buffers]
        codes = [
            w.table(
                [
                    (0, "i8", min(code, 127)),
                    (1, "offset", w.string(custom) if custom else 0),
                    (2, "i32", version),
                    (3, "i32", code),
                ]
            )
            for code, custom, version in self._codes
        ]
        graphs = [_graph(w, graph) for graph in self._graphs]
        metadata = [w.table([(0, "offset", w.string(name)), (1, "u32", at)]) for name, at in self._metadata]
        signatures = []
        for key, subgraph, *maps in self._signatures:
            slots: list[Slot] = [(2, "offset", w.string(key)), (4, "u32", subgraph)]
            for slot, named in enumerate(maps):
                entries = [w.table([(0, "offset", w.string(n)), (1, "u32", t)]) for n, t in named.items()]
                slots.append((slot, "offset", w.offsets(entries)))
            signatures.append(w.table(slots))
        root = w.table(
            [
                (0, "u32", self.version),
                (1, "offset", w.offsets(codes)),
                (2, "offset", w.offsets(graphs)),
                (3, "offset", w.string(self.description)),
                (4, "offset", w.offsets(buffers)),
                (6, "offset", w.offsets(metadata) if metadata else 0),
                (7, "offset", w.offsets(signatures) if signatures else 0),
            ]
        )
        return w.finish(root, schema.IDENTIFIER)


def _graph(w: Writer, graph: _Graph) -> int:
    def ints(values: Sequence[int | None]) -> int:
        return w.vector("i32", [-1 if value is None else value for value in values])

    tensors = [_tensor(w, tensor, ints) for tensor in graph.tensors]
    operators = [_operator(w, operator, ints) for operator in graph.operators]
    return w.table(
        [
            (0, "offset", w.offsets(tensors)),
            (1, "offset", ints(graph.inputs)),
            (2, "offset", ints(graph.outputs)),
            (3, "offset", w.offsets(operators)),
            (4, "offset", w.string(graph.name)),
        ]
    )


def _tensor(w: Writer, tensor: _Tensor, ints: Callable[[Sequence[int | None]], int]) -> int:
    quant = 0
    if tensor.quant is not None:
        scale, zero = (np.atleast_1d(np.asarray(part)).tolist() for part in tensor.quant[:2])
        axis = tensor.quant[2] if len(tensor.quant) > 2 else 0
        quant = w.table([(2, "offset", w.vector("f32", scale)), (3, "offset", w.vector("i64", zero)), (6, "i32", axis)])
    dtype = schema.TENSOR_TYPES.index(tensor.dtype) if isinstance(tensor.dtype, str) else tensor.dtype
    return w.table(
        [
            (0, "offset", ints(tensor.shape)),
            (1, "i8", dtype),
            (2, "u32", tensor.buffer),
            (3, "offset", w.string(tensor.name)),
            (4, "offset", quant),
            (5, "bool", tensor.variable),
            (6, "offset", _sparse(w, tensor.sparse, ints) if tensor.sparse else 0),
            (7, "offset", ints(tensor.signature) if tensor.signature is not None else 0),
            (8, "bool", tensor.ranked),
        ]
    )


def _sparse(w: Writer, sparse: Sparse, ints: Callable[[Sequence[int | None]], int]) -> int:
    levels = []
    for form, *rest in sparse.levels:
        if form == "DENSE":
            levels.append(w.table([(0, "i8", 0), (1, "i32", rest[0])]))
            continue
        vectors = [w.table([(0, "offset", ints(values))]) for values in rest]  # type: ignore[arg-type]
        levels.append(
            w.table([(0, "i8", 1), (2, "u8", 1), (3, "offset", vectors[0]), (4, "u8", 1), (5, "offset", vectors[1])])
        )
    return w.table(
        [(0, "offset", ints(sparse.order)), (1, "offset", ints(sparse.blocks)), (2, "offset", w.offsets(levels))]
    )


def _operator(w: Writer, operator: _Operator, ints: Callable[[Sequence[int | None]], int]) -> int:
    slots: list[Slot] = [
        (0, "u32", operator.code),
        (1, "offset", ints(operator.inputs)),
        (2, "offset", ints(operator.outputs)),
    ]
    if operator.table and operator.options is not None:
        at = w.fields(schema.OPTIONS[operator.table], operator.options)
        first = operator.table in schema.UNION
        tag = (schema.UNION if first else schema.UNION_2).index(operator.table)
        slots += [(3 if first else 11, "u8", tag), (4 if first else 12, "offset", at)]
    else:
        assert not operator.options, "this operator has no options table"
    if operator.custom_options is not None:
        slots.append((5, "offset", w.blob(operator.custom_options)))
    if operator.intermediates:
        slots.append((8, "offset", ints(operator.intermediates)))
    return w.table(slots)
