"""A TensorFlow Lite file, from bytes to records.

Nothing is copied: constants stay views of the given bytes. Whatever the bytes are, `read` returns a model whose every
index, size and quantization is legal, or raises ModelError; it takes seconds at most (see flat.py for the budget).
"""

from __future__ import annotations

import mmap
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.importers.tflite import schema
from edgesmith.importers.tflite.flat import Flat, Table
from edgesmith.importers.tflite.quant import read_quant
from edgesmith.importers.tflite.records import BITS, Operator, Signature, Subgraph, Tensor, TFLiteModel
from edgesmith.importers.tflite.sparsity import Level, densify
from edgesmith.types import elements

MAX_TENSORS: Final = 100_000
MAX_OPERATORS: Final = 100_000
MAX_DENSIFIED_BYTES: Final = 1 << 28
_NO_BYTES: Final = memoryview(b"")
_INDEX_VECTORS: Final = ("", "i32", "u16", "u8")


def read(data: bytes | bytearray | memoryview | mmap.mmap, source: str = "TFLite model") -> TFLiteModel:
    """Read a ``.tflite`` file.

    Args:
        data: the whole file; it must stay unchanged while the model is in use.
        source: what to call the file in messages.

    Raises:
        ModelError: not a TensorFlow Lite file of version 3, damaged, or weights in other files.
    """
    return _Reader(Flat(memoryview(data), source)).model()


class _Reader:
    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.buffers: list[memoryview | None] = []
        self.codes: list[tuple[str, str, int]] = []
        self.densified = 0
        self.tensors = 0
        self.operators = 0

    def model(self) -> TFLiteModel:
        flat = self.flat
        root = flat.root(schema.IDENTIFIER, "model")
        version = root.integer(0, "u32")
        if version != schema.VERSION:
            root.fail(f"schema version is {version}, expected {schema.VERSION}")
        self.codes = [_operator_code(table) for table in root.tables(1, "operator code")]
        self.buffers = [self._buffer(table) for table in root.tables(4, "buffer")]
        subgraphs = tuple(self._subgraph(index, table) for index, table in enumerate(root.tables(2, "subgraph")))
        if not subgraphs:
            root.fail("it has no subgraph")
        signatures = tuple(self._signature(table, subgraphs) for table in root.tables(7, "signature"))
        metadata = {}
        for table in root.tables(6, "metadata"):
            metadata[table.string(0)] = self._buffer_at(table, table.integer(1, "u32")) or _NO_BYTES
        return TFLiteModel(flat.source, root.string(3), subgraphs, signatures, metadata, flat.data)

    def _buffer(self, table: Table) -> memoryview | None:
        """Bytes inside the FlatBuffer, or after it for files above 2 GB; offsets 0 and 1 mean inside."""
        data = table.blob(0)
        offset, size = table.integer(1, "u64"), table.integer(2, "u64")
        if data is None and offset > 1:
            self.flat.check(offset, size, table.where)
            data = self.flat.data[offset : offset + size]
        return data

    def _buffer_at(self, table: Table, index: int) -> memoryview | None:
        if index == 0:  # by convention "no buffer", also in files that leave the list empty
            return None
        if index >= len(self.buffers):
            table.fail(f"buffer {index} does not exist; the file has {len(self.buffers)}")
        return self.buffers[index]

    def _subgraph(self, index: int, table: Table) -> Subgraph:
        self.tensors += table.count(0)
        self.operators += table.count(3)
        if self.tensors > MAX_TENSORS or self.operators > MAX_OPERATORS:
            table.fail(f"too many tensors or operators; the most are {MAX_TENSORS} and {MAX_OPERATORS}")
        where = f"subgraph {index}"
        tensors = tuple(self._tensor(i, t) for i, t in enumerate(table.tables(0, f"{where}, tensor")))
        operators = tuple(
            self._operator(i, t, len(tensors)) for i, t in enumerate(table.tables(3, f"{where}, operator"))
        )
        inputs = _present(table, table.ints(1), len(tensors), "input")
        outputs = _present(table, table.ints(2), len(tensors), "output")
        return Subgraph(index, table.string(4), tensors, operators, inputs, outputs)

    def _tensor(self, index: int, table: Table) -> Tensor:
        name = table.string(3)
        table.where = f"{table.where} '{name}'"
        shape = table.ints(0)
        dtype = table.name(1, schema.TENSOR_TYPES, "element type")
        signature = table.ints(7) or shape
        try:
            count = elements(shape)
        except ModelError as error:
            table.fail(str(error))
        if len(signature) != len(shape) or any(dim < -1 for dim in signature):
            table.fail(f"shape signature {signature} does not fit shape {shape}")
        if table.integer(10, "u32"):
            table.fail("its data is in another file, which is not supported; convert the model into one file")
        buffer = table.integer(2, "u32")
        data: memoryview | NDArray[np.uint8] | None = self._buffer_at(table, buffer)
        if data is not None and len(data) == 0 and count:
            data = None  # some writers give every tensor a buffer and leave those of computed tensors empty
        sparsity = table.table(6, f"{table.where} sparsity")
        if sparsity is not None and data is not None:
            data = self._densify(sparsity, shape, dtype, cast(memoryview, data))
        if data is not None and dtype in BITS and len(data) != (count * BITS[dtype] + 7) // 8:
            expected = (count * BITS[dtype] + 7) // 8
            table.fail(f"its buffer holds {len(data)} bytes, expected {expected} for {dtype} of shape {shape}")
        return Tensor(
            index,
            name,
            dtype,
            shape,
            signature,
            table.flag(8),
            buffer,
            data,
            read_quant(table.table(4, f"{table.where} quantization"), dtype, shape),
            table.flag(5),
            sparsity is not None,
        )

    def _densify(self, table: Table, shape: tuple[int, ...], dtype: str, data: memoryview) -> NDArray[np.uint8]:
        bits = BITS.get(dtype, 0)
        if bits % 8 or not bits:
            table.fail(f"sparse tensors of type {dtype} are not supported; densify the model")
        width = bits // 8
        self.densified += elements(shape) * width
        if self.densified > MAX_DENSIFIED_BYTES or len(data) % width:
            table.fail(f"sparse data of {len(data)} bytes for shape {shape} is damaged or too large")
        levels = tuple(_level(level) for level in table.tables(2, f"{table.where} level"))
        # Values of any type move as opaque items of their width.
        values = np.frombuffer(data, f"V{width}") if len(data) else np.empty(0, f"V{width}")
        try:
            dense = densify(shape, table.ints(0), table.ints(1), levels, values)
        except ModelError as error:
            table.fail(str(error))
        return dense.ravel().view(np.uint8)

    def _operator(self, index: int, table: Table, tensors: int) -> Operator:
        code = table.integer(0, "u32")
        if code >= len(self.codes):
            table.fail(f"operator code {code} does not exist; the file has {len(self.codes)}")
        name, custom, version = self.codes[code]
        table.where = f"{table.where} ({custom or name})"
        return Operator(
            index,
            name,
            custom,
            version,
            _options(table, name),
            _optional(table, table.ints(1), tensors, "input"),
            _present(table, table.ints(2), tensors, "output"),
            _optional(table, table.ints(8), tensors, "intermediate"),
            self._custom_options(table),
            table.where,
        )

    def _custom_options(self, table: Table) -> memoryview:
        offset, size = table.integer(9, "u64"), table.integer(10, "u64")
        if offset > 1:
            self.flat.check(offset, size, table.where)
            return self.flat.data[offset : offset + size]
        return table.blob(5) or _NO_BYTES

    def _signature(self, table: Table, subgraphs: tuple[Subgraph, ...]) -> Signature:
        key = table.string(2)
        table.where = f"{table.where} '{key}'"
        number = table.integer(4, "u32")
        if number >= len(subgraphs):
            table.fail(f"subgraph {number} does not exist; the file has {len(subgraphs)}")
        count = len(subgraphs[number].tensors)
        maps: list[dict[str, int]] = []
        for slot, what in ((0, "input"), (1, "output")):
            named: dict[str, int] = {}
            for entry in table.tables(slot, f"{table.where} {what}"):
                argument = entry.string(0)
                if argument in named:
                    table.fail(f"two {what}s are named '{argument}'")
                named[argument] = _present(entry, (entry.integer(1, "u32"),), count, "tensor")[0]
            maps.append(named)
        return Signature(key, number, *maps)


def _operator_code(table: Table) -> tuple[str, str, int]:
    """Operator name, custom code and version. Codes above 126 do not fit the older field: the larger counts."""
    code = max(table.integer(0, "i8"), table.integer(3, "i32"))
    custom = table.string(1)
    if code < 0:
        table.fail(f"operator code is {code}")
    name = schema.operator_name(code)
    if name == "CUSTOM" and not custom:
        table.fail("a custom operator has no name")
    return name, custom if name == "CUSTOM" else "", table.integer(2, "i32", 1)


def _options(table: Table, name: str) -> dict[str, object]:
    """The operator's options. A table that belongs to another operator would be misread, so it is an error."""
    expected = schema.OPTIONS_OF.get(name, "")
    if not expected:
        return {}
    fields = schema.OPTIONS[expected]
    for slot, union in ((3, schema.UNION), (11, schema.UNION_2)):
        tag = table.integer(slot, "u8")
        if tag == 0:
            continue
        found = union[tag] if tag < len(union) else f"number {tag}"
        if found != expected:
            table.fail(f"it carries options of kind {found}, expected {expected}")
        options = table.table(slot + 1, table.where)
        if options is not None:
            return options.decode(fields)
    return {field.name: field.default for field in fields}


def _present(table: Table, indices: tuple[int, ...], count: int, what: str) -> tuple[int, ...]:
    for index in indices:
        if not 0 <= index < count:
            table.fail(f"{what} is tensor {index}; the subgraph has {count}")
    return indices


def _optional(table: Table, indices: tuple[int, ...], count: int, what: str) -> tuple[int | None, ...]:
    _present(table, tuple(index for index in indices if index != -1), count, what)
    return tuple(None if index == -1 else index for index in indices)


def _level(table: Table) -> Level:
    form = table.name(0, ("DENSE", "SPARSE_CSR"), "dimension format")
    size = table.integer(1, "i32")
    if form == "DENSE":
        return Level(size)
    return Level(size, _indices(table, 2), _indices(table, 4))


def _indices(table: Table, slot: int) -> NDArray[np.int64]:
    kind = table.integer(slot, "u8")
    vector = table.table(slot + 1, table.where)
    if vector is None or not 1 <= kind < len(_INDEX_VECTORS):
        table.fail("a compressed dimension has no segments or no indices")
    return vector.array(0, _INDEX_VECTORS[kind]).astype(np.int64)
