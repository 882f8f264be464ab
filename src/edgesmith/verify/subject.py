"""A model opened for comparison: its layers, and what they compute on given inputs, in real numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from edgesmith.compiler import Compiled, compile_model, load_kernels
from edgesmith.errors import UsageError
from edgesmith.ir import Graph, Node
from edgesmith.model import Model
from edgesmith.ops.quantized import quantize_array
from edgesmith.program.file import read
from edgesmith.program.program import Program, Step, Tensor
from edgesmith.quantization.level import noted_factors
from edgesmith.runtime.session import Session
from edgesmith.types import Quantization
from edgesmith.verify.watch import Watch

NOTHING: Mapping[str, Any] = MappingProxyType({})
# What quantizing and going through a file of another layout append to the name of a value.
_ENDINGS = re.compile(r"\.(dequantized|requantized|quantized|[tq])$")


@dataclass(frozen=True, slots=True)
class Layer:
    """A value that a program computes. ``steps`` are the first step that belongs to it and one past the last."""

    value: str
    label: str
    path: str
    op: str
    shape: tuple[int, ...]
    dtype: str
    macs: int
    bytes: int
    steps: tuple[int, int]
    quant: Quantization | None


class Subject:
    """A program with the graph that it came from, if there is one: a ``.edge`` file has none.

    Use as a context manager, or close it.
    """

    def __init__(
        self,
        name: str,
        program: Program,
        file: bytes,
        graph: Graph | None,
        threads: int = 1,
        about: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.name, self.program, self.file, self.graph = name, program, file, graph
        self.session = Session(file, threads=threads)
        self.nodes: dict[str, Node] = {v.name: node for node in (graph.nodes if graph else ()) for v in node.outputs}
        self.layers = _layers(program, self.nodes)
        self.called: dict[str, str] = {}  # the source's name of each value that is known to stand for one of it
        self.levelled = noted_factors({**about, **program.metadata})

    @classmethod
    def of_model(cls, model: Model, shapes: Mapping[str, Sequence[int]] | None = None, threads: int = 1) -> Subject:
        """A model of any format, compiled by the usual pipeline."""
        return cls.of_compiled(compile_model(model, shapes=shapes), model.name, threads)

    @classmethod
    def of_compiled(cls, compiled: Compiled, name: str, threads: int = 1) -> Subject:
        """A compiled model that is still in memory."""
        return cls(name, compiled.program, compiled.to_bytes(), compiled.graph, threads, compiled.metadata)

    @classmethod
    def of_file(cls, path: Path, threads: int = 1) -> Subject:
        """A ``.edge`` file."""
        load_kernels()
        data = path.read_bytes()
        Session(data).close()  # the C loader is the judge of files
        programs, about = read(data)
        return cls(path.name, programs[0], data, None, threads, about)

    @property
    def inputs(self) -> list[Tensor]:
        return self.program.inputs

    def run(self, reals: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """All values by name, inputs included, as real numbers; ``reals`` are the inputs as real numbers.

        Raises:
            UsageError: arrays whose number or shapes are not those of the inputs.
        """
        if len(reals) != len(self.inputs):
            raise UsageError(f"{self.name} has {len(self.inputs)} inputs, {len(reals)} arrays were given")
        self.session.reset()
        values: dict[str, np.ndarray] = {}
        for index, (tensor, real) in enumerate(zip(self.inputs, reals, strict=True)):
            if real.shape != tensor.shape:
                raise UsageError(f"input '{tensor.name}' of {self.name} is {tensor.shape}, the data is {real.shape}")
            held = as_held(real, tensor.dtype, tensor.quant)
            self.session.fill(index, held)
            values[tensor.name] = as_real(held, tensor.quant)
        quants = {layer.value: layer.quant for layer in self.layers}
        found = Watch(self.session, self.program).all()
        return values | {name: self.own(name, as_real(array, quants.get(name))) for name, array in found.items()}

    def factors(self, name: str) -> np.ndarray | None:
        """What quantizing multiplied a value by, however it is held."""
        name = self.called.get(name, name)
        while name not in self.levelled and (ending := _ENDINGS.search(name)):
            name = name[: ending.start()]
        return self.levelled.get(name)

    def own(self, name: str, array: np.ndarray) -> np.ndarray:
        """A value in the source's size: quantizing may have multiplied its channels."""
        factors = self.factors(name)
        fits = factors is not None and all(a in (1, b) for a, b in zip(factors.shape, array.shape, strict=False))
        return array / factors if fits and factors is not None and factors.ndim == array.ndim else array

    def outputs(self) -> list[np.ndarray]:
        """The outputs of the last run, as real numbers."""
        ports = zip(self.session.outputs, self.program.outputs, strict=True)
        return [as_real(port.read(), tensor.quant) for port, tensor in ports]

    def times(self, runs: int = 20) -> dict[str, float]:
        """Microseconds of each layer, by the name of its value: medians."""
        us = np.median(self.session.run_timed(runs), axis=0) / 1e3
        return {layer.value: float(us[slice(*layer.steps)].sum()) for layer in self.layers}

    def close(self) -> None:
        self.session.close()

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _layers(program: Program, nodes: Mapping[str, Node]) -> list[Layer]:
    """In the order in which the values are completed; a step belongs to the first value completed after it."""
    last = {probe.name: probe for probe in sorted(program.probes, key=lambda probe: probe.step)}
    layers, begin = [], 0
    for name, probe in sorted(last.items(), key=lambda item: item[1].step):
        end = probe.step + 1
        step = program.steps[probe.step] if end else Step("", {}, name, "reshape", probe.shape)
        node = nodes.get(name)
        whole = step.shape if step.rows or probe.row else probe.shape
        layers.append(
            Layer(
                name, node.label if node else step.layer, node.path if node else "", node.op if node else step.op,
                whole, probe.dtype.value, sum(s.macs for s in program.steps[begin:end]),
                int(np.prod(whole)) * probe.dtype.bytes, (min(begin, end), end), probe.quant,
            )
        )  # fmt: skip
        begin = max(begin, end)
    return layers


def as_real(array: np.ndarray, quant: Quantization | None) -> np.ndarray:
    """The float64 numbers that an array stands for."""
    wide = array.astype(np.float64)
    return wide if quant is None or not quant.per_tensor else (wide - quant.zero0) * float(quant.scale0)


def as_held(real: np.ndarray, dtype: Any, quant: Quantization | None) -> np.ndarray:
    """Real numbers in the form that an input takes."""
    if quant is not None and quant.per_tensor:
        return quantize_array(real.astype(np.float32), quant, dtype)
    return real.astype(dtype.numpy)
