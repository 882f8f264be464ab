"""Builds graphs node by node, with shapes inferred and constants folded on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError, NeedsValue
from edgesmith.ir import Graph, Node, State, Value
from edgesmith.ops.contract import check_attrs, get
from edgesmith.ops.widening import evaluate, wider_types
from edgesmith.types import DType, Quantization

FOLD_ELEMENTS = 1 << 24  # a folded constant above this stays a computation, unless its inputs are as large


class Builder:
    """Collects a graph.

    ``b.add("conv2d", x, w, bias, strides=(2, 2))`` infers, folds where every input is constant, and returns the output
    value. ``source`` and ``path`` are stamped on the nodes made while they are set.
    """

    def __init__(self, name: str = "graph") -> None:
        self.graph = Graph(name)
        self.source = ""
        self.path = ""
        self._names: dict[str, int] = {}

    # -- values -------------------------------------------------------------------------------------------------

    def input(self, name: str, shape: Sequence[int], dtype: DType, quant: Quantization | None = None) -> Value:
        """A graph input."""
        value = Value(self._unique(name), shape, dtype, quant)
        self.graph.inputs.append(value)
        return value

    def constant(
        self, data: Any, dtype: DType | None = None, quant: Quantization | None = None, name: str = "const"
    ) -> Value:
        """A constant value; ``dtype`` converts (BF16 takes the 16 bits as uint16)."""
        array = np.asarray(data)
        if dtype is not None and array.dtype != dtype.numpy:
            array = array.astype(dtype.numpy)
        found = dtype or DType.of(array)
        return Value(self._unique(name), array.shape, found, quant, np.ascontiguousarray(array).reshape(array.shape))

    def state(self, name: str, initial: np.ndarray, quant: Quantization | None = None) -> State:
        """A variable that lives between runs; set ``.update`` to the value it takes at the end of a run."""
        value = Value(self._unique(name), initial.shape, DType.of(initial), quant)
        state = State(value, value, initial)
        self.graph.states.append(state)
        return state

    def output(self, value: Value, name: str) -> None:
        """Mark a value as the next graph output. A name is kept beside the value, which may serve twice."""
        self.graph.outputs.append(value)
        self.graph.output_names.append(name)

    # -- nodes --------------------------------------------------------------------------------------------------

    def add(
        self, op: str, *inputs: Value | None, quant: Quantization | None = None, name: str = "", **attrs: Any
    ) -> Value:
        """Add a node with one output (the first, where the operator has more) and return it."""
        return self.add_multi(op, inputs, (quant,), (name,), attrs)[0]

    def add_multi(
        self,
        op: str,
        inputs: Sequence[Value | None],
        quants: Sequence[Quantization | None] = (),
        names: Sequence[str] = (),
        attrs: dict[str, Any] | None = None,
    ) -> list[Value]:
        """Add a node and return all its outputs. ``quants`` overrides the quantization that inference gives.

        Raises:
            ModelError: inputs or attributes that do not fit, with the node's source name.
        """
        operator = get(op)
        try:
            full = check_attrs(operator, attrs or {})
            types = operator.infer(inputs, full)
            outputs = []
            for index, kind in enumerate(types):
                quant = quants[index] if index < len(quants) and quants[index] is not None else kind.quant
                label = (names[index] if index < len(names) else "") or self.source or op
                outputs.append(Value(self._unique(label), kind.shape, kind.dtype, quant))
        except ModelError as error:
            where = f"{op} '{self.path or self.source}'" if self.path or self.source else op
            if str(error).startswith(where):
                raise
            raise ModelError(f"{where}: {error}") from error
        node = Node(op, inputs, outputs, full, self.source, self.path)
        if all(value is None or value.is_constant for value in inputs) and self._worth_folding(node):
            arrays = evaluate(node, [None if value is None else value.data for value in inputs])
            for value, array in zip(outputs, arrays, strict=True):
                value.data = np.ascontiguousarray(array).reshape(value.shape)
                value.producer = None
            return outputs
        self.graph.nodes.append(node)
        return outputs

    def _worth_folding(self, node: Node) -> bool:
        if None in wider_types(get(node.op), node).values():
            return False  # no meaning in these types: what lists such nodes comes later
        made = sum(value.size for value in node.outputs)
        read = sum(value.size for value in node.inputs if value is not None)
        return made <= max(FOLD_ELEMENTS, 2 * read)

    def _unique(self, name: str) -> str:
        count = self._names.get(name, -1) + 1
        self._names[name] = count
        return name if count == 0 else self._unique(f"{name}.{count}")

    # -- what converters ask ------------------------------------------------------------------------------------

    def need_constant(self, value: Value, what: str) -> np.ndarray:
        """The array of a value that must be known now, such as the shape of a reshape.

        Raises:
            NeedsValue: it is computed at run time; names the graph inputs that it depends on.
        """
        if value.data is not None:
            return value.data
        raise NeedsValue(self._inputs_behind(value), f"{what} of '{self.path or self.source}'")

    def _inputs_behind(self, value: Value) -> list[str]:
        inputs = set(self.graph.inputs)
        seen: set[Value] = set()
        found: list[str] = []
        stack = [value]
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen.add(current)
            if current in inputs:
                found.append(current.name)
            elif current.producer is not None:
                stack.extend(operand for operand in current.producer.inputs if operand is not None)
        return found
