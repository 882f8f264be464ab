"""What a converter sees of one node: its inputs as graph values, its attributes with their types checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.model import Graph, Node, ValueType
from edgesmith.importers.onnx.tensors import Array, Tensor
from edgesmith.importers.source import UnsupportedForm
from edgesmith.ir import Value

if TYPE_CHECKING:
    from edgesmith.importers.onnx.convert import Scope

T = TypeVar("T")
_REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence, which exists only while importing: a tuple of values, all of one kind."""

    values: tuple[Item, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Narrow:
    """A constant whose element type the graph lacks (float8, int4, string ...); few operators take one."""

    tensor: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """``value`` has ``count`` (an i64 scalar) true elements along ``axis``, and zeros behind them."""

    value: Value
    axis: int
    count: Value


class Nothing:
    """An optional without an element."""


Item = Value | Items | Narrow | Ragged | Nothing
Result = Item | Sequence[Item]


class Call:
    """One node that is being converted. ``b`` builds the graph; ``version`` is that of the node's operator set."""

    def __init__(self, node: Node, inputs: Sequence[Item | None], b: Emitter, scope: Scope) -> None:
        self.node = node
        self.items = list(inputs)
        self.b = b
        self.scope = scope
        self.version = node.version

    # -- inputs -------------------------------------------------------------------------------------------------

    def item(self, index: int) -> Item:
        """The required input at ``index``, tensor or not."""
        found = self.items[index] if index < len(self.items) else None
        if found is None:
            raise ModelError(f"input {index} is required and missing")
        return found

    def has(self, index: int) -> bool:
        """Whether the optional input is there."""
        return index < len(self.items) and self.items[index] is not None

    def x(self, index: int = 0) -> Value:
        """The required tensor at ``index``."""
        found = self.item(index)
        if isinstance(found, Narrow):
            self.unsupported(f"input {index} has element type {found.tensor.element.name}")
        if not isinstance(found, Value):
            raise ModelError(f"input {index} is a sequence or optional, and a tensor is expected")
        return found

    def opt(self, index: int) -> Value | None:
        """The optional tensor at ``index``."""
        return self.x(index) if self.has(index) else None

    def xs(self) -> list[Value]:
        """All inputs as tensors."""
        return [self.x(index) for index in range(len(self.items))]

    def array(self, index: int, what: str = "") -> Array:
        """The value of an input that must be known while importing.

        Raises:
            NeedsValue: it is only known at run time.
        """
        return self.b.need_constant(self.x(index), what or f"input {index}")

    def int_list(self, index: int, what: str = "") -> list[int]:
        """As ``array``, for shapes, axes and the like."""
        array = self.array(index, what)
        if array.ndim > 1 or array.dtype.kind not in "iu":
            raise ModelError(f"{what or f'input {index}'} must be a list of integers, found {array.dtype}{array.shape}")
        return [int(number) for number in array.reshape(-1)]

    def sequence(self, index: int = 0) -> tuple[Item, ...]:
        """The elements of an input that is a sequence."""
        found = self.item(index)
        if not isinstance(found, Items):
            raise ModelError(f"input {index} is not a sequence")
        return found.values

    # -- attributes ---------------------------------------------------------------------------------------------

    def integer(self, name: str, default: int = _REQUIRED) -> int:
        return self._attr(name, default, lambda item: item if type(item) is int else None, "an integer")

    def number(self, name: str, default: float = _REQUIRED) -> float:
        return self._attr(name, default, lambda item: float(item) if type(item) in (int, float) else None, "a number")

    def word(self, name: str, default: str = _REQUIRED) -> str:
        return self._attr(name, default, lambda item: item if isinstance(item, str) else None, "a string")

    def integers(self, name: str, default: Sequence[int] | None = None) -> list[int] | None:
        """A list of integers, or ``default`` where it is absent."""

        def check(item: Any) -> list[int] | None:
            return list(item) if isinstance(item, tuple) and all(type(part) is int for part in item) else None

        return self._attr(name, None if default is None else list(default), check, "a list of integers")

    def numbers(self, name: str, default: Sequence[float] | None = None) -> list[float] | None:
        def check(item: Any) -> list[float] | None:
            return list(item) if isinstance(item, tuple) and all(type(part) is float for part in item) else None

        return self._attr(name, None if default is None else list(default), check, "a list of numbers")

    def words(self, name: str, default: Sequence[str] | None = None) -> list[str] | None:
        def check(item: Any) -> list[str] | None:
            return list(item) if isinstance(item, tuple) and all(isinstance(part, str) for part in item) else None

        return self._attr(name, None if default is None else list(default), check, "a list of strings")

    def tensor(self, name: str) -> Tensor | None:
        return self._attr(name, None, lambda item: item if isinstance(item, Tensor) else None, "a tensor")

    def value_type(self, name: str) -> ValueType | None:
        return self._attr(name, None, lambda item: item if isinstance(item, ValueType) else None, "a type")

    def graph(self, name: str) -> Graph:
        return self._attr(name, _REQUIRED, lambda item: item if isinstance(item, Graph) else None, "a graph")

    def _attr(self, name: str, default: Any, check: Callable[[Any], T | None], what: str) -> T:
        if name not in self.node.attributes:
            if default is _REQUIRED:
                raise ModelError(f"attribute '{name}' is required and missing")
            return default  # type: ignore[no-any-return]
        item = self.node.attributes[name]
        found = check(item)
        if found is None:
            raise ModelError(f"attribute '{name}' must be {what}")
        return found

    # -- the rest -----------------------------------------------------------------------------------------------

    def wants(self, index: int) -> bool:
        """Whether the optional output at ``index`` is read by anything."""
        return index < len(self.node.outputs) and bool(self.node.outputs[index])

    def axis(self, axis: int, rank: int, inclusive: bool = False) -> int:
        """An axis counted from the front.

        Raises:
            ModelError: outside the rank.
        """
        top = rank + 1 if inclusive else rank
        if not -top <= axis < top:
            raise ModelError(f"axis {axis} is outside a tensor of rank {rank}")
        return axis + top if axis < 0 else axis

    def axes(self, axes: Sequence[int], rank: int) -> list[int]:
        """Axes counted from the front, each once."""
        found = [self.axis(axis, rank) for axis in axes]
        if len(set(found)) != len(found):
            raise ModelError(f"axes {list(axes)} name one axis twice")
        return found

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """A string attribute that is one of a few words."""
        found = self.word(name, default)
        if found not in allowed:
            raise ModelError(f"attribute '{name}' is '{found}'; expected one of {', '.join(allowed)}")
        return found

    def unsupported(self, reason: str, hint: str = "") -> NoReturn:
        """Give up on this node: the form is sound, and not available here."""
        raise UnsupportedForm(reason, hint)

    def same_shape(self, *values: Value) -> None:
        """All values must agree in shape."""
        if len({value.shape for value in values}) > 1:
            raise ModelError(f"shapes must be equal, found {', '.join(str(value.shape) for value in values)}")


def as_array(values: Sequence[int]) -> Array:
    """A list of integers as ONNX passes them."""
    return np.array(list(values), np.int64)
