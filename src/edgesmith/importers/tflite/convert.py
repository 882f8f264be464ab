"""From records to a graph: walks the operators, hands each to its converter, and collects what cannot be converted."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np

from edgesmith.errors import ModelError, NeedsValue, Unsupported, UnsupportedError
from edgesmith.importers.source import Bindings
from edgesmith.importers.tflite import schema
from edgesmith.importers.tflite.call import DTYPES, Call, RefusedError, held_array, held_as, stored_quant
from edgesmith.importers.tflite.records import Operator, Subgraph, Tensor, TFLiteModel
from edgesmith.ir import Graph, State, Value
from edgesmith.ops.builder import Builder
from edgesmith.types import DType, Quantization

Converted = Value | Sequence[Value]
Function = Callable[[Call], Converted]

MAX_STEPS: Final = 100_000  # operators, those of inlined subgraphs counted each time
MAX_DEPTH: Final = 16
MAX_FOLDED_BYTES: Final = 1 << 30
MAX_STATE: Final = 1 << 26  # elements of a tensor that lives between runs
_CALLED: Final = {
    "IF": ("then_subgraph_index", "else_subgraph_index"),
    "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
    "CALL": ("subgraph",),
    "CALL_ONCE": ("init_subgraph_index",),
    "STABLEHLO_COMPOSITE": ("decomposition_subgraph_index",),
}
_NO_ARRAYS: Final = ("RESOURCE",)  # handles: they name a variable and hold no elements


@cache
def table() -> Mapping[str, Function]:
    """Converters by operator: every public function of the ``ops_*`` files that is named as the operator is.

    Custom operators are found by their code in lower case.
    """
    package = importlib.import_module("edgesmith.importers.tflite")
    found: dict[str, Function] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("ops_"):
            home = importlib.import_module(f"{package.__name__}.{module.name}")
            for name, member in vars(home).items():
                operator = name.rstrip("_").upper()
                known = operator in schema.CODES or operator in _CUSTOM
                if known and name.islower() and getattr(member, "__module__", "") == home.__name__:
                    assert operator not in found, f"{operator} has two converters"
                    found[operator] = member
    return found


_CUSTOM: Final = {"TFLITE_DETECTION_POSTPROCESS"}


def function_of(op: Operator) -> Function | None:
    """The converter of an operator, or None."""
    return table().get(op.custom.upper() if op.name == "CUSTOM" else op.name)


def node_name(subgraph: Subgraph, op: Operator) -> str:
    """What a person sees as the operator's name: that of its first result, or its place in the file.

    Converters join the names of everything that they fused by ``;``; the first says enough.
    """
    return (subgraph.tensors[op.outputs[0]].name.split(";")[0] if op.outputs else "") or op.where


def scan(model: TFLiteModel, start: int) -> list[Unsupported]:
    """Every operator and type that is missing here, in the subgraph ``start`` and all that it calls."""
    found: list[Unsupported] = []
    for subgraph in _reached(model, start):
        for op in subgraph.operators:
            name = node_name(subgraph, op)
            if function_of(op) is None:
                found.append(Unsupported(op.kind, name, "is missing here", _hint(op)))
                continue
            used = (subgraph.tensors[i] for i in (*op.inputs, *op.outputs) if i is not None)
            foreign = sorted({t.dtype for t in used if t.dtype not in DTYPES and t.dtype not in _NO_ARRAYS})
            if foreign:
                found.append(Unsupported(op.kind, name, f"works on tensors of type {', '.join(foreign)}"))
    return found


def _hint(op: Operator) -> str:
    if op.custom.startswith("Flex"):
        return "Convert the model again with TFLITE_BUILTINS only, without SELECT_TF_OPS."
    return "Replace the custom operator by builtin ones." if op.name == "CUSTOM" else ""


def _reached(model: TFLiteModel, start: int) -> list[Subgraph]:
    pending, seen = [start], dict[int, Subgraph]()
    while pending:
        index = pending.pop()
        if index in seen:
            continue
        seen[index] = subgraph_at(model, index, "model")
        for op in seen[index].operators:
            pending += [called for called in _calls(op) if 0 <= called < len(model.subgraphs)]
    return [seen[index] for index in sorted(seen)]


def _calls(op: Operator) -> Iterator[int]:
    for name in _CALLED.get(op.name, ()):
        yield int(op.options[name])  # type: ignore[call-overload]


def subgraph_at(model: TFLiteModel, index: int, where: str) -> Subgraph:
    """A subgraph by number.

    Raises:
        ModelError: there is none.
    """
    if not 0 <= index < len(model.subgraphs):
        raise ModelError(f"{where}: subgraph {index} does not exist; the file has {len(model.subgraphs)}")
    return model.subgraphs[index]


class Converter:
    """One conversion: the graph that grows, the variables, the budget, and what could not be converted."""

    def __init__(self, model: TFLiteModel, name: str) -> None:
        self.model = model
        self.builder = Builder(name)
        self.states: dict[object, State] = {}
        self.held: dict[object, Value] = {}  # the variables' values at this point of the walk
        self.handles: dict[Value, tuple[str, ...]] = {}  # values of type RESOURCE: the variable that each names
        self.initialised: set[int] = set()  # subgraphs that CALL_ONCE has run
        self.initialising = 0  # how many of them are being walked
        self.problems: list[Unsupported] = []
        self.needs: NeedsValue | None = None
        self.steps = 0
        self.folded = 0
        self.trust_shapes = False

    def graph(self, start: Subgraph, bindings: Bindings, inputs: Sequence[str], outputs: Sequence[str]) -> Graph:
        """Convert the subgraph that a caller enters by.

        Raises:
            UnsupportedError: everything that cannot be converted, at once.
            NeedsValue: a shape depends on the value of a graph input.
            ModelError: the model contradicts itself, or the bindings do not fit.
        """
        self.problems = scan(self.model, start.index)
        self._stop()
        frame = Frame(self, start, 0)
        records = [start.tensors[index] for index in start.inputs]
        self.trust_shapes = all(
            bindings.shapes.get(name, t.shape) == t.shape for name, t in zip(inputs, records, strict=True)
        )
        for name, tensor in zip(inputs, records, strict=True):
            frame.values[tensor.index] = self._input(name, tensor, bindings)
        frame.run()
        self._stop()
        if self.needs is not None:
            raise self.needs
        for name, index in zip(outputs, start.outputs, strict=True):
            tensor = start.tensors[index]
            self.builder.source = name
            value = frame.read(index)
            self.builder.output(frame.unshifted(value, tensor) if tensor.dtype == "UINT8" else value, name)
        for key, state in self.states.items():
            state.update = self.held[key]
        return self.builder.graph

    def _input(self, name: str, tensor: Tensor, bindings: Bindings) -> Value:
        dtype, quant = DTYPES.get(tensor.dtype), stored_quant(tensor)
        if dtype is None:
            raise UnsupportedError(
                self.model.source, [Unsupported("input", tensor.name, f"has elements of type {tensor.dtype}")]
            )
        if name in bindings.values:
            array = np.asarray(bindings.values[name])
            if array.dtype != dtype.numpy:
                raise ModelError(f"the value bound to input '{name}' is {array.dtype}, expected {dtype.numpy}")
            return self.builder.constant(array, dtype, quant, name=name)
        return self.builder.input(name, bindings.shapes.get(name, tensor.shape), dtype, quant)

    def _stop(self) -> None:
        if self.problems:
            raise UnsupportedError(self.model.source, self.problems)

    def spend(self, made: Sequence[Value]) -> None:
        """Count what folding made, so that a small file cannot ask for all memory."""
        self.folded += sum(value.nbytes for value in made if value.is_constant)
        if self.folded > MAX_FOLDED_BYTES + 4 * len(self.model.data):
            raise ModelError(f"{self.model.source}: constants computed while importing exceed {self.folded >> 20} MB")

    def state(self, key: object, initial: np.ndarray, quant: Quantization | None, name: str) -> None:
        """Make a variable, unless the key has one."""
        if key not in self.states:
            self.states[key] = self.builder.state(name, initial, quant)
            self.held[key] = self.states[key].value


class Frame:
    """One walk through a subgraph: its tensors as values."""

    def __init__(self, converter: Converter, subgraph: Subgraph, depth: int) -> None:
        self.converter = converter
        self.builder = converter.builder
        self.subgraph = subgraph
        self.depth = depth
        self.values: dict[int, Value] = {}
        self.lost: set[int] = set()  # results of operators that could not be converted

    # -- values -------------------------------------------------------------------------------------------------

    def read(self, index: int) -> Value:
        """The value of a tensor, in the form that `call.held_as` tells."""
        tensor = self.subgraph.tensors[index]
        if tensor.is_variable:
            return self._variable(tensor)
        if index not in self.values:
            if tensor.data is None:
                if tensor.shape and 0 in tensor.shape:
                    dtype, quant = held_as(tensor)
                    return self.builder.constant(np.empty(tensor.shape, dtype.numpy), dtype, quant, tensor.name)
                raise ModelError(f"{self._where(tensor)} is read before anything has written it")
            dtype, quant = held_as(tensor)
            self.values[index] = self.builder.constant(held_array(tensor), dtype, quant, name=tensor.name or "const")
        value = self.values[index]
        if tensor.dtype == "UINT8" and value.dtype is DType.U8 and value.quant is not None:
            value = self.values[index] = self._requantize(value, *held_as(tensor))
        return value

    def unshifted(self, value: Value, tensor: Tensor) -> Value:
        """A value with unsigned bytes as the file has them."""
        return self._requantize(value, DType.U8, stored_quant(tensor)) if value.dtype is DType.I8 else value

    def _requantize(self, value: Value, to: DType, quant: Quantization | None) -> Value:
        source, name = self.builder.source, self.builder.source or value.name
        self.builder.source = name
        made = Call(self, _BOUNDARY).add("requantize", value, quant=quant, to=to)
        self.builder.source = source
        return made

    def write(self, index: int, value: Value) -> None:
        """Give a tensor its value; type, and shape where the file knows it, must agree."""
        tensor = self.subgraph.tensors[index]
        if tensor.dtype in _NO_ARRAYS:
            self.values[index] = value
            return
        dtype, quant = held_as(tensor)
        if value.dtype is DType.U8 and dtype is DType.I8 and value.quant is not None:
            value = self._requantize(value, dtype, quant)
        if value.dtype is not dtype:
            raise ModelError(f"{self._where(tensor)} has type {tensor.dtype}, computed is {value.dtype}")
        known = tensor.has_rank or tensor.shape
        if self.converter.trust_shapes and known and -1 not in tensor.signature and value.shape != tensor.shape:
            raise ModelError(f"{self._where(tensor)} has shape {tensor.shape} in the file, computed is {value.shape}")
        self.values[index] = value
        if tensor.is_variable:
            self._variable(tensor)
            self.converter.held[self._key(tensor)] = value

    def _where(self, tensor: Tensor) -> str:
        return f"{self.converter.model.source}: tensor {tensor.index} '{tensor.name}' of subgraph {self.subgraph.index}"

    def _key(self, tensor: Tensor) -> object:
        return (self.subgraph.index, tensor.index)

    def _variable(self, tensor: Tensor) -> Value:
        key = self._key(tensor)
        if key not in self.converter.states:
            dtype, quant = held_as(tensor)
            if math.prod(tensor.shape) > MAX_STATE:
                raise ModelError(
                    f"{self._where(tensor)}: a state of shape {tensor.shape}; the most is {MAX_STATE} elements"
                )
            zero = quant.zero0 if quant is not None and dtype is DType.I8 else 0
            initial = held_array(tensor) if tensor.data is not None else np.full(tensor.shape, zero, dtype.numpy)
            self.converter.state(key, initial, quant, tensor.name or f"state{tensor.index}")
        return self.converter.held[key]

    def set_variable(self, index: int, value: Value) -> None:
        """What a variable tensor holds from here on, and between runs."""
        self.read(index)
        self.converter.held[self._key(self.subgraph.tensors[index])] = value

    # -- walking ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Convert all operators in order."""
        for op in self.subgraph.operators:
            self.converter.steps += 1
            if self.converter.steps > MAX_STEPS:
                raise ModelError(f"{self.converter.model.source}: flattening needs more than {MAX_STEPS} operators")
            if self.lost and any(index in self.lost for index in op.inputs):
                self.lost.update(op.outputs)
                continue
            self._step(op)

    def _step(self, op: Operator) -> None:
        function = function_of(op)
        assert function is not None, "the scan let it pass"
        name = node_name(self.subgraph, op)
        outer, self.builder.source = self.builder.source, name
        try:
            results = function(Call(self, op))
            results = [results] if isinstance(results, Value) else list(results)
            if len(results) < len(op.outputs):
                raise ModelError(f"{op.where}: it has {len(op.outputs)} results, expected {len(results)}")
            for index, value in zip(op.outputs, results, strict=False):
                self.write(index, value)
        except RefusedError as error:
            self.converter.problems.append(Unsupported(op.kind, name, error.reason, error.hint))
            self._lose(op)
        except NeedsValue as error:
            self.converter.needs = self.converter.needs or error
            self._lose(op)
        except ModelError:
            if not self.converter.problems:
                raise
            self._lose(op)  # perhaps only because of what is missing before it
        finally:
            self.builder.source = outer

    def _lose(self, op: Operator) -> None:
        """Go on after an operator that has no results: with values of the file's shapes, where they can be known.

        Nothing of such a graph is used; it only leads to everything else that cannot be converted.
        """
        for index in op.outputs:
            tensor = self.subgraph.tensors[index]
            if self.converter.trust_shapes and tensor.shape and tensor.dtype in DTYPES and not tensor.is_variable:
                self.values[index] = Value(tensor.name, tensor.shape, *held_as(tensor))
            else:
                self.lost.add(index)

    def inline(self, number: int, operands: Sequence[Value], where: str) -> list[Value]:
        """Convert another subgraph at this place; returns its outputs.

        Raises:
            ModelError: a number of operands that differs, or nesting that is too deep.
        """
        subgraph = subgraph_at(self.converter.model, number, where)
        if self.depth >= MAX_DEPTH:
            raise ModelError(f"{where}: subgraphs are nested deeper than {MAX_DEPTH}")
        if len(operands) != len(subgraph.inputs):
            raise ModelError(f"{where}: subgraph {number} takes {len(subgraph.inputs)} inputs, given {len(operands)}")
        frame = Frame(self.converter, subgraph, self.depth + 1)
        frame.values = dict(zip(subgraph.inputs, operands, strict=True))
        frame.run()
        if any(index in frame.lost for index in subgraph.outputs):
            raise LostError
        return [frame.read(index) for index in subgraph.outputs]


class LostError(RefusedError):
    """A called subgraph could not be converted; what was missing in it is recorded already."""

    def __init__(self) -> None:
        super().__init__("a subgraph that it calls cannot be converted")


_BOUNDARY: Final = Operator(-1, "QUANTIZE", "", 1, {}, (), (), (), memoryview(b""), "boundary")
