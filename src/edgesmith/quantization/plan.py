"""A plan: how each layer of a network is computed, as a file that people can read, edit and give back."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgesmith.errors import UsageError, nearest
from edgesmith.ir import Graph, Node
from edgesmith.quantization.apply import has_integer_form
from edgesmith.quantization.choose import MOVING, Scales
from edgesmith.quantization.ranges import METHODS
from edgesmith.types import DType

# What a layer may compute with: the type of its activations, None for floats.
FORMS: dict[str, DType | None] = {"int8": DType.I8, "int16": DType.I16, "float": None}
HEAD = (
    "# How {name} is quantized. Edit what a layer computes with (int8, int16 or float) and give the file back: --plan."
)
MAX_BYTES = 16 << 20


@dataclass(slots=True)
class Plan:
    """Every decision that quantizing took; given back, the same are taken again without measuring.

    ``layers`` maps the names of layers to "int8", "int16" or "float"; layers that it leaves out get ``default``. What
    was measured of a layer's speed is in ``why``, which the file has as comments.
    """

    name: str = "model"
    method: str = "minmax"
    per_channel: bool = True
    equalize: bool = False
    smooth: float = 0.0
    level: float = 0.0
    correct_bias: bool = False
    rounding: str = "nearest"
    bits: int = 8
    default: str = "int8"
    layers: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict, compare=False)

    def to_toml(self) -> str:
        """The text of the file."""
        # Strings of JSON are strings of TOML, and so are its numbers and truths.
        facts = [f"{key} = {json.dumps(getattr(self, key))}" for key in _FACTS]
        layers = [
            f"{json.dumps(name)} = {json.dumps(form)}" + (f"  # {self.why[name]}" if name in self.why else "")
            for name, form in self.layers.items()
        ]
        return "\n".join([HEAD.format(name=self.name), *facts, "", "[layers]", *layers, ""])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file."""
        Path(path).write_text(self.to_toml(), encoding="utf-8")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Plan:
        """From a file.

        Raises:
            FileNotFoundError: no such file.
            UsageError: not such a file, or a word in it that is not known.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"{path}: no such file")
        if Path(path).stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: {Path(path).stat().st_size:,} bytes; the most for a plan is {MAX_BYTES:,}")
        try:
            found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UsageError(f"{path}: not a plan: {error}") from None
        return cls(**_checked(found, f"{path}"))

    def kinds(self, graph: Graph, scales: Scales) -> dict[Node, DType | None]:
        """What each node computes with, as ``apply`` takes it.

        Raises:
            UsageError: the plan names a layer that the graph does not have.
        """
        known = layers_of(graph, scales)
        for name in self.layers:
            if name not in known:
                raise UsageError(
                    f"the plan names a layer '{name}', which {self.name} does not have.{nearest(name, known)}"
                )
        return {node: FORMS[self.layers.get(name, self.default)] for name, node in known.items()}


BITS = (4, 8, 16)  # of weights
_SHARE = (int, float)
_FACTS: dict[str, type | tuple[type, ...]] = {
    "name": str, "method": str, "per_channel": bool, "equalize": bool, "smooth": _SHARE, "level": _SHARE,
    "correct_bias": bool, "rounding": str, "bits": int, "default": str,
}  # fmt: skip
_TYPES = {str: "a text in quotes", bool: "true or false", int: "a whole number", _SHARE: "a number"}
_WORDS = {"method": tuple(METHODS), "rounding": ("nearest", "gptq", "adaround"), "default": tuple(FORMS)}


def _checked(found: dict[str, Any], where: str) -> dict[str, Any]:
    for key, value in found.items():
        if key == "layers":
            continue
        if key not in _FACTS:
            raise UsageError(f"{where}: there is no setting '{key}'.{nearest(key, _FACTS)}")
        if not isinstance(value, _FACTS[key]) or (isinstance(value, bool) and _FACTS[key] is not bool):
            raise UsageError(f"{where}: {key} is {value!r}; expected {_TYPES[_FACTS[key]]}")
        if _FACTS[key] == _SHARE and not 0 <= found[key] <= 1:
            raise UsageError(f"{where}: {key} is {value}; expected a number from 0 to 1")
        if key == "bits" and value not in BITS:
            raise UsageError(f"{where}: bits is {value}; expected one of {', '.join(map(str, BITS))}")
        if value not in _WORDS.get(key, (value,)):
            raise UsageError(f"{where}: {key} is '{value}'; expected one of {', '.join(_WORDS[key])}")
    layers = found.get("layers", {})
    if not isinstance(layers, dict):
        raise UsageError(f"{where}: layers is {layers!r}; expected a table of names")
    for name, form in layers.items():
        if not isinstance(form, str) or form not in FORMS:
            raise UsageError(f"{where}: layer '{name}' is {form!r}; expected one of {', '.join(FORMS)}")
    return found


def layers_of(graph: Graph, scales: Scales) -> dict[str, Node]:
    """The nodes that a plan decides about, by name: those with an integer form that do more than move numbers."""
    found: dict[str, Node] = {}
    for node in graph.nodes:
        follows = node.op in MOVING or (node.op == "minimum" and node.input(1).is_constant)
        if follows or not has_integer_form(node, scales):
            continue
        name, count = node.label, 2
        while name in found:
            name, count = f"{node.label}#{count}", count + 1
        found[name] = node
    return found
