"""``edgesmith.compare``: a result beside its source, layer by layer, with the reasons for what differs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgesmith.ir import Graph
from edgesmith.model import Model, TensorSpec, load
from edgesmith.program.file import MAGIC
from edgesmith.verify.causes import find_causes
from edgesmith.verify.layers import Comparison
from edgesmith.verify.layers import compare as compare_subjects
from edgesmith.verify.layout import input_order
from edgesmith.verify.outputs import random_array
from edgesmith.verify.subject import Subject, as_real

Shapes = Mapping[str, Sequence[int]]
Source = Model | Graph | str | os.PathLike[str] | bytes


@dataclass(slots=True)
class Side:
    """One of the two: opened for comparison, and as a model where it is not a ``.edge`` file."""

    subject: Subject
    model: Model | None = None

    @classmethod
    def open(cls, source: Source, shapes: Shapes | None = None) -> Side:
        """Whatever ``load`` takes, or a ``.edge`` file."""
        if isinstance(source, (str, os.PathLike)) and _is_edge(Path(source)):
            return cls(Subject.of_file(Path(source)))
        model = source if isinstance(source, Model) else load(source)
        return cls(Subject.of_model(model, shapes), model)

    @property
    def inputs(self) -> list[TensorSpec]:
        """The inputs, all dimensions known."""
        return [TensorSpec(t.name, t.dtype, t.shape, t.quant) for t in self.subject.inputs]

    def samples(self, arrays: Iterable[Sequence[np.ndarray]]) -> Iterator[list[np.ndarray]]:
        """Arrays as the inputs take them, as the real numbers that they stand for."""
        for sample in arrays:
            yield [as_real(array, t.quant) for array, t in zip(sample, self.subject.inputs, strict=True)]

    def random(self, count: int) -> list[list[np.ndarray]]:
        """Plausible inputs, see ``random_array``."""
        return [
            [
                random_array(t.shape, t.dtype, t.quant is not None, 100 * run + i)
                for i, t in enumerate(self.subject.inputs)
            ]
            for run in range(count)
        ]


@dataclass(slots=True)
class _First:
    """Passes samples on, and keeps the first."""

    samples: Iterable[Sequence[np.ndarray]]
    kept: list[Sequence[np.ndarray]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sequence[np.ndarray]]:
        for sample in self.samples:
            if not self.kept:
                self.kept.append(sample)
            yield sample


def compare_sides(
    first: Side, second: Side, arrays: Iterable[Sequence[np.ndarray]] | None = None, tolerance: float = 1e-4
) -> Comparison:
    """The comparison of two opened models, with its causes."""
    samples = _First(plausible(first, second) if arrays is None else first.samples(arrays))
    found = compare_subjects(first.subject, second.subject, samples, tolerance)
    kept = samples.kept[0]
    found.causes = find_causes(first.subject, second.subject, found, kept, first.model, second.model)
    return found


def plausible(first: Side, second: Side, count: int = 2) -> list[list[np.ndarray]]:
    """Random real numbers for both; those of integer inputs fill their range, whichever model has them."""
    made = list(first.samples(first.random(count)))
    for (index, order), tensor in zip(input_order(first.subject, second.subject), second.subject.inputs, strict=True):
        if tensor.quant is not None:
            for run, sample in enumerate(made):
                held = random_array(tensor.shape, tensor.dtype, True, 100 * run + index)
                sample[index] = as_real(held, tensor.quant).transpose(np.argsort(order))
    return made


def compare(
    source: Source,
    result: Source,
    samples: Iterable[Sequence[np.ndarray]] | None = None,
    *,
    shapes: Shapes | None = None,
    tolerance: float = 1e-4,
) -> Comparison:
    """Run a model and what was made of it on the same data, and compare every layer in real numbers.

    Args:
        source: a ``Model``, or a ``Graph``, bytes, or the path of a model or ``.edge`` file. It is right by definition.
        result: likewise. Layers of a ``.edge`` file are compared as well, but not blamed one by one.
        samples: for each run an array an input, as the source's inputs take them; two random ones by default, which
            say little about integers: give real data.
        shapes: of inputs whose file leaves dimensions open.
        tolerance: largest error of a float result's output over its largest magnitude.

    Returns:
        Rows for all pairs of layers, the outputs' agreement, ``first_bad``, and ``causes`` in words.

    Raises:
        UsageError: no samples, or models that cannot stand for each other.
    """
    first, second = Side.open(source, shapes), Side.open(result, shapes)
    with first.subject, second.subject:
        return compare_sides(first, second, samples, tolerance)


def _is_edge(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
