"""Models written in other formats, and every scale that did not come along."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.errors import CheckFailed, UsageError
from edgesmith.importers.source import StatedScale
from edgesmith.ir import Graph
from edgesmith.model import Model, load
from edgesmith.ops.layers import has_function

SUFFIXES = (".onnx", ".tflite")
_PICTURE = {"mean": (0.0,), "std": (255.0,)}


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written.

    ``scales`` counts the quantized tensors of the source's file, ``lost`` are those whose scale or zero point is not
    in the new one; what they mean is held as floats there. ``twice`` names layers that compute a function before they
    round, which the format has no operator for: there they round before it as well. ``verified`` says how the file was
    held to its source.
    """

    path: Path
    bytes: int
    scales: int = 0
    lost: tuple[StatedScale, ...] = ()
    twice: tuple[str, ...] = ()
    verified: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        lost = [
            {"tensor": each.tensor, "scale": each.scale.tolist(), "zero_point": each.zero_point.tolist()}
            for each in self.lost
        ]
        told = {"output": str(self.path), "bytes": self.bytes, "scales": self.scales, "lost_scales": lost}
        return {**told, "rounded_twice": list(self.twice), "verified": self.verified}

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.bytes:,} bytes"]
        if self.lost:
            lines.append(f"{len(self.lost)} of {self.scales} quantized tensors lost their scale:")
            lines += [f"  {each}" for each in self.lost]
        elif self.scales:
            lines.append(f"the scales of all {self.scales} quantized tensors are carried over, bit for bit")
        if self.twice:
            lines.append(f"{len(self.twice)} layers round before their function as well: {', '.join(self.twice)}")
        lines.append(self.verified or "not held to its source")
        return "\n".join(lines)


def write(
    model: Any,
    path: str | os.PathLike[str],
    *,
    labels: Sequence[str] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    shapes: Mapping[str, Sequence[int]] | None = None,
    verify: bool = False,
) -> Written:
    """Write a model as ``.tflite`` or ``.onnx``, with what is known of it: labels, how to prepare pictures, texts.

    Args:
        model: a ``Model``, a ``Graph``, or whatever ``load`` takes.
        path: where to; the suffix says the format.
        labels: names of the classes, for the output with so many scores; those of the model's file by default.
        mean: what is taken from each pixel, one number or one a channel, before it is divided by ``std``; what the
            model's file says by default.
        std: likewise.
        shapes: input name -> shape, for inputs whose file leaves dimensions open (otherwise 1).
        verify: read the file again, and hold each layer to the model's; nothing is written if one is off.

    Raises:
        UsageError: another suffix, or labels, mean and std that do not fit the model.
        UnsupportedError: every operator that the format cannot say, at once.
        CheckFailed: the file would compute other numbers.
    """
    target = Path(path)
    if target.suffix not in SUFFIXES:
        raise UsageError(f"{target}: models are written as {' or '.join(SUFFIXES)}; '{target.suffix}' says neither")
    source = model if isinstance(model, Model) else load(model)
    graph = source.graph(shapes)
    graph.metadata = {**source.metadata, **graph.metadata, **described(source.metadata, labels, mean, std)}
    data, checked = _encoded(graph, target.suffix), ""
    if verify:
        from edgesmith.verify import compare

        found = compare(source if not shapes else load(graph), data)
        if not found.ok:
            why = "; ".join(cause.text for cause in found.causes) or "its outputs differ"
            raise CheckFailed(f"{target} would not compute what {found.first} does: {why}. Nothing was written.")
        least = min((row.sqnr_db for row in found.outputs), default=np.inf)
        checked = f"held to its source on random input: {len(found.rows)} layers, " + (
            "outputs equal" if least == np.inf else f"outputs {least:.0f} dB alike"
        )
    stated = stated_scales(source)
    lost = tuple(lost_scales(stated, stated_scales(load(data))))
    written = Written(target, len(data), len(stated), lost, _twice(graph, target.suffix), checked)
    partial = target.with_name(target.name + ".partial")
    partial.write_bytes(data)
    partial.replace(target)
    return written


def _twice(graph: Graph, suffix: str) -> tuple[str, ...]:
    """Layers that a format says in two operators, with integers between them."""
    from edgesmith.export.prepare import simplified

    return tuple(node.label for node in simplified(graph).nodes if has_function(node)) if suffix == ".tflite" else ()


def _encoded(graph: Graph, suffix: str) -> bytes:
    from edgesmith.export import onnx_file, tflite_file

    return onnx_file.write(graph) if suffix == ".onnx" else tflite_file.write(graph)


def described(
    known: Mapping[str, Any],
    labels: Sequence[str] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
) -> dict[str, Any]:
    """What a caller says of a model's labels and pixels, in the words of a file's metadata."""
    told: dict[str, Any] = {}
    if labels is not None:
        told["labels"] = list(labels)
    if mean is not None or std is not None:
        numbers = {**_PICTURE, **dict(known.get("normalization") or {})}
        numbers |= {key: given for key, given in (("mean", mean), ("std", std)) if given is not None}
        if not np.isfinite([*numbers["mean"], *numbers["std"]]).all() or 0 in numbers["std"]:
            raise UsageError(f"mean {numbers['mean']} and std {numbers['std']}: expected finite numbers, std not 0")
        told["normalization"] = {key: [float(number) for number in given] for key, given in numbers.items()}
        # What the file said of its inputs before is no longer so.
        told["tensors"] = {
            name: {key: item for key, item in fields.items() if key not in numbers}
            for name, fields in dict(known.get("tensors") or {}).items()
        }
    return told


def stated_scales(model: Model | Graph) -> list[StatedScale]:
    """Every scale in a model's file, or in a graph, by the tensor that has it."""
    if isinstance(model, Graph):
        return _of_graph(model)
    of_file = getattr(model.source, "scales", None)
    return list(of_file()) if of_file is not None else _of_graph(model.graph())


def lost_scales(before: Iterable[StatedScale], after: Iterable[StatedScale]) -> list[StatedScale]:
    """Those whose scale or zero point, bit for bit, no tensor has any more.

    Tensors are renamed, split and joined on the way, so it is the numbers that are looked for.
    """
    found = set[tuple[bytes, int]]().union(*(each.pairs() for each in after))
    return [each for each in before if not each.pairs() <= found]


def _of_graph(graph: Graph) -> list[StatedScale]:
    """Of a graph's tensors but biases; the scales that recurrent layers keep inside are among their attributes."""
    found: dict[str, StatedScale] = {}
    values = [*graph.inputs, *graph.outputs, *(state.value for state in graph.states)]
    values += [value for node in graph.nodes for value in (*node.inputs, *node.outputs) if value is not None]
    for value in values:
        if value.quant is not None and not (value.is_constant and value.dtype.bytes > 2):
            shift = {"u8": 128, "u16": 1 << 15}.get(value.dtype.value, 0)
            zero = value.quant.zero_point.astype(np.int64) - shift
            found[value.name] = StatedScale(value.name, value.quant.scale, zero)
    for held in graph.integers.values():
        found[held.name] = StatedScale(held.name, held.quant.scale, held.quant.zero_point.astype(np.int64))
    for node in graph.nodes:
        if "gate_scales" in node.attrs and node.optional(9) is not None:  # of normalizations alone
            scales = np.asarray(node.attrs["gate_scales"], np.float32).ravel()
            found[f"{node.label}.gates"] = StatedScale(f"{node.label}.gates", scales, np.zeros(scales.size, np.int64))
        if node.attrs.get("hidden_scale"):
            hidden = np.asarray([node.attrs["hidden_scale"]], np.float32)
            zero = np.asarray([node.attrs["hidden_zero"]], np.int64)
            found[f"{node.label}.hidden"] = StatedScale(f"{node.label}.hidden", hidden, zero)
    return list(found.values())
