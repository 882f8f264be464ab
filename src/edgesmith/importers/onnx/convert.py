"""An ``OnnxModel`` becomes a concrete graph, node by node, through the converters in the ``ops_*`` files.

A converter is a function named like the operator. It takes a ``Call`` and returns what the node computes. Operators
without one are expanded by the definition that the standard gives, where it gives one (``schema.py``).
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from edgesmith.errors import ModelError, NeedsValue, Unsupported, UnsupportedError, nearest
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Item, Items, Narrow, Nothing, Ragged, Result
from edgesmith.importers.onnx.inline import Inliner
from edgesmith.importers.onnx.model import MAX_NODES, OLDEST_OPSET, Graph, Node, OnnxModel
from edgesmith.importers.onnx.ragged import hand_on
from edgesmith.importers.onnx.schema import Expander
from edgesmith.importers.onnx.tensors import ELEMENTS, Array, Tensor
from edgesmith.importers.source import UnsupportedForm
from edgesmith.ir import Graph as IrGraph
from edgesmith.ir import Value

COMPAT = "On a host `edgesmith run --compat` leaves it to ONNX Runtime; elsewhere it cannot run."
MAX_UNROLLED = 20_000
MAX_FOLDED = 2**28  # elements of constants computed while importing, in all

# Operators to which a quantized tensor may come as it is, beside QLinear...; for all others it is mere integers.
QUANTIZED = frozenset(
    {"DequantizeLinear", "Identity", "Shape", "Size", "If", "Loop", "Scan"}
    | {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather", "Tile", "Expand"}
    | {"MaxPool", "Resize", "CastLike", "Optional", "OptionalGetElement", "SequenceConstruct", "SequenceInsert"}
)

Converter = Callable[[Call], Result]


@functools.cache
def converters() -> dict[tuple[str, str], Converter]:
    """(domain, operator) -> converter, from the ``ops_*`` modules; ``DOMAIN`` in a module names another domain."""
    package = importlib.import_module("edgesmith.importers.onnx")
    found: dict[tuple[str, str], Converter] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("ops_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for name, item in vars(module).items():
                if name[0].isupper() and callable(item) and not isinstance(item, type):
                    found[getattr(module, "DOMAIN", ""), name] = item
    return found


def convert(model: OnnxModel, shapes: Mapping[str, Sequence[int]], values: Mapping[str, Array]) -> IrGraph:
    """The graph of a model whose inputs have the given shapes.

    ``values`` binds inputs to arrays: they are constants then, and no inputs of the graph.

    Raises:
        UnsupportedError: every operator and form that is missing here, at once.
        NeedsValue: a shape depends on an input that is not bound.
        ModelError: the model contradicts itself.
    """
    job = _Job(model)
    scope = Scope(job, {})
    for name, kind in model.graph.inputs:
        dtype = ELEMENTS[kind.code].dtype
        if name in values:
            scope.names[name] = job.b.constant(values[name], dtype, name=name)
        else:
            assert dtype is not None  # ``OnnxSource`` refuses the others
            scope.names[name] = job.b.input(name, shapes[name], dtype)
    scope.run(model.graph)
    job.finish()
    for name, _ in model.graph.outputs:
        found = scope.find(name)
        if isinstance(found, Ragged):
            job.b.output(found.value, name)
            job.b.graph.extents[found.value] = (found.axis, found.count)
        elif isinstance(found, Value):
            job.b.output(found, name)
        else:
            job.missing.append(Unsupported("graph output", name, "is not a plain tensor"))
    job.finish()
    return job.b.graph


def missing_operators(model: OnnxModel) -> list[Unsupported]:
    """Every node whose operator is not available, those of subgraphs included."""
    return list(_missing(model.graph, Expander(model.opsets.get("", OLDEST_OPSET))))


def _missing(graph: Graph, expander: Expander) -> Iterator[Unsupported]:
    known = converters()
    for node in graph.nodes:
        if (node.domain, node.op) not in known and not expander.knows(node):
            near = nearest(node.op, [op for domain, op in known if domain == node.domain])
            yield Unsupported(node.title, node.where, "this operator is not available", near.strip() or COMPAT)
        for _, inner in node.graphs():
            yield from _missing(inner, expander)


class _Job:
    """What all scopes of one conversion share: the graph being built, what is missing, the budget."""

    def __init__(self, model: OnnxModel) -> None:
        self.title = model.source
        self.b = Emitter(model.graph.name or "graph")
        self.missing: list[Unsupported] = []
        self.inliner = Inliner((), model.source)
        self.expander = Expander(model.opsets.get("", OLDEST_OPSET))
        self.calls = 0
        self.inside = 0
        self.folded = 0
        self.rows: dict[Value, list[Value]] = {}  # values that are quantized as the model runs, and what that gives

    def finish(self) -> None:
        """Report what is missing, if anything is."""
        if self.missing:
            raise UnsupportedError(self.title, list(dict.fromkeys(self.missing)))

    def count(self, where: str, inside: bool) -> None:
        """Charge the budget; nodes ``inside`` a loop, branch or definition have a smaller one."""
        self.inside += inside
        self.calls += 1
        if self.calls > MAX_NODES or self.inside > MAX_UNROLLED:
            raise ModelError(f"{self.title}, {where}: too many nodes once loops are unrolled")

    def count_folded(self, node: Node, items: Iterable[Item]) -> None:
        self.folded += sum(item.size for item in items if isinstance(item, Value) and item.is_constant)
        if self.folded > MAX_FOLDED:
            raise ModelError(f"{self.title}, node '{node.where}': constants of the model exceed {MAX_FOLDED} elements")


class Scope:
    """The names of one graph, inside those of the graph around it."""

    def __init__(self, job: _Job, names: dict[str, Item], outer: Scope | None = None) -> None:
        self.job = job
        self.names = names
        self.outer = outer
        self.failed: set[str] = set()

    def find(self, name: str) -> Item | None:
        """What a name means; None where converting it failed."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def run(self, graph: Graph) -> list[Item]:
        """Convert the nodes of a graph whose inputs are already named; returns its outputs.

        Raises:
            UnsupportedForm: an output depends on something that is missing (which the job has noted).
        """
        for name, tensor in graph.constants.items():
            self.names[name] = constant(self.job.b, tensor, name)
        for node in graph.nodes:
            self.node(node)
        found = [self.find(name) for name, _ in graph.outputs]
        if any(item is None for item in found) and self.outer is not None:
            raise UnsupportedForm("")
        return [item for item in found if item is not None]

    def subgraph(self, graph: Graph, inputs: Sequence[Item]) -> list[Item]:
        """The outputs of a subgraph for the given inputs; it sees the names around it.

        Raises:
            ModelError: another number of inputs than the subgraph has.
        """
        if len(inputs) != len(graph.inputs):
            raise ModelError(f"graph '{graph.name}' has {len(graph.inputs)} inputs and is given {len(inputs)}")
        self.job.count(f"graph '{graph.name}'", inside=True)
        names = {name: item for (name, _), item in zip(graph.inputs, inputs, strict=True)}
        return Scope(self.job, names, self).run(graph)

    def node(self, node: Node) -> None:
        """Convert one node and name its outputs; what is unsupported is noted, and its readers are passed over."""
        job = self.job
        job.count(f"node '{node.where}'", inside=self.outer is not None)
        inputs = [self.find(name) if name else None for name in node.inputs]
        if any(name and item is None for name, item in zip(node.inputs, inputs, strict=True)):
            return
        before = job.b.source, job.b.path
        job.b.source, job.b.path = node.where, node.path
        try:
            results = self._results(node, inputs)
        except UnsupportedForm as form:
            if form.reason:
                job.missing.append(Unsupported(node.title, node.where, form.reason, form.hint))
            return
        except (NeedsValue, UnsupportedError):
            raise
        except ModelError as error:
            where = f"{job.title}, node '{node.where}' ({node.title})"
            raise error if str(error).startswith(job.title) else ModelError(f"{where}: {error}") from None
        except MemoryError:
            where = f"{job.title}, node '{node.where}' ({node.title})"
            raise ModelError(f"{where}: needs more memory than there is") from None
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Attributes and shapes of a stranger's file that no converter thought of: an answer, never a crash.
            where = f"{job.title}, node '{node.where}' ({node.title})"
            raise ModelError(f"{where}: its inputs or attributes are impossible ({error})") from error
        finally:
            job.b.source, job.b.path = before
        job.count_folded(node, results)
        if sum(map(bool, node.outputs)) > len(results) or any(node.outputs[len(results) :]):
            raise ModelError(
                f"{job.title}, node '{node.where}' ({node.title}): has {len(node.outputs)} outputs, "
                f"and this form of the operator makes {len(results)}"
            )
        for name, item in zip(node.outputs, results, strict=False):
            if name:
                self.names[name] = item

    def _results(self, node: Node, inputs: Sequence[Item | None]) -> list[Item]:
        converter = converters().get((node.domain, node.op))
        if node.op not in QUANTIZED and not node.op.startswith(("QLinear", "QGemm")):
            inputs = [self.job.b.plain(item) if isinstance(item, Value) else item for item in inputs]
        wrap = None
        for place, item in enumerate(inputs):
            if isinstance(item, Ragged):
                inputs = [*inputs[:place], item.value, *inputs[place + 1 :]]
                wrap = hand_on(Call(node, inputs, self.job.b, self), place, item)
        if converter is not None:
            with np.errstate(all="ignore"):
                result = converter(Call(node, inputs, self.job.b, self))
            results = [result] if isinstance(result, (Value, Items, Narrow, Ragged, Nothing)) else list(result)
            return wrap(results) if wrap is not None else results
        return self.expand(node, inputs)

    def expand(self, node: Node, inputs: Sequence[Item | None]) -> list[Item]:
        """The results of a node by the standard's own definition of its operator in simpler ones."""
        function = self.job.expander.function(node, inputs)
        if function is None:
            raise UnsupportedForm("this form of the operator is not available")
        inner = Scope(self.job, {}, self)
        for part in self.job.inliner.body(function, node):
            inner.node(part)
        found = [inner.find(name) if name else Nothing() for name in node.outputs]
        if any(item is None for item in found):
            raise UnsupportedForm("")
        return [item for item in found if item is not None]


def constant(b: Emitter, tensor: Tensor, name: str) -> Item:
    """A constant of the file as a value, or as itself where its element type is not one of the graph's."""
    if not tensor.element.native:
        return Narrow(tensor)
    return b.constant(tensor.array, tensor.element.dtype, name=name)
