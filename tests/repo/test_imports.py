"""Imports point downward, siblings are strangers, and ``ir`` and ``program`` meet only in ``ops`` and ``lower``.

A room is a module or a folder directly inside ``edgesmith``. PUBLIC stands for the names that ``edgesmith`` exports.
"""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator

import pytest

import edgesmith

PUBLIC = "the public names"
ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "edgesmith"

WORDS = {"errors", "types", "flags"}
CORE = WORDS | {
    "ir",
    "program",
    "ops",
    "importers",
    "passes",
    "quantization",
    "lower",
    "export",
    "zoo",
    "runtime",
    "compiler",
    "model",
    "verify",
    "doctor",
    "compat",
    "interpreter",
    "tuning",
    "profiling",
    "tracing",
    "chips",
    "exchange",
}
TOP = WORDS | {PUBLIC}
ALLOWED: dict[str, set[str]] = {
    # level 0: words that every room shares
    "errors": set(),
    "types": {"errors"},
    "flags": {"errors"},
    # level 1: two vocabularies that never meet
    "ir": WORDS,
    "program": WORDS,
    # level 2: the bridge
    "ops": WORDS | {"ir", "program"},
    # level 3: siblings are strangers
    "importers": WORDS | {"ir", "ops"},
    "passes": WORDS | {"ir", "ops"},
    "lower": WORDS | {"ir", "ops", "program"},
    # writers speak the formats' schemas that the importers read by
    "export": WORDS | {"ir", "ops", "program", "passes", "importers"},
    # an architecture is a graph; `build` hands it out as the `Model` that `load("zoo:...")` gives
    "zoo": WORDS | {"ir", "ops", "model"},
    "runtime": WORDS | {"program"},
    # level 4: the pipeline, which names every step, and the model that a caller holds
    "compiler": CORE,
    "model": CORE,
    "verify": CORE,
    "doctor": CORE,
    "compat": CORE,
    "interpreter": CORE,
    "tuning": CORE,
    "profiling": CORE,
    "tracing": CORE,
    "chips": CORE,
    "exchange": CORE,
    "quantization": CORE,  # calibrates with the C runtime
    # on top of the core
    "media": TOP,
    "measure": TOP | {"media", "export"},
    "demo": TOP | {"verify", "media", "measure"},
    "cli": TOP | CORE | {"media", "measure", "demo"},
    "__init__": CORE,
    "__main__": {"cli"},
}
# Foreign formats are strangers to each other; PyTorch arrives as an ONNX graph in memory.
FORMATS = {"tflite": set[str](), "onnx": set[str](), "torch": {"onnx"}, "ncnn": set[str](), "caffe": set[str]()}


def imported(source: str, module: str) -> Iterator[tuple[int, str]]:
    """The line and the full dotted name of everything that a module's text imports, in functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)


def room(name: str) -> str:
    """The room that a dotted name is in: ``edgesmith.ops.conv2d`` is in ``ops``, ``edgesmith.load`` is public.

    ``edgesmith.compile`` alone is the public function; what lies deeper in it is the room.
    """
    parts = name.split(".")
    if len(parts) == 1 or (len(parts) == 2 and parts[1] in getattr(edgesmith, "__all__", ())):
        return PUBLIC
    known = parts[1] in ALLOWED or (PACKAGE / parts[1]).is_dir() or (PACKAGE / f"{parts[1]}.py").is_file()
    return parts[1] if known else PUBLIC


def faults(path: pathlib.Path, source: str) -> list[str]:
    """One sentence for each import that points the wrong way."""
    inside = path.relative_to(PACKAGE).with_suffix("").parts
    module = ".".join(["edgesmith", *inside])
    here = inside[0]
    if here not in ALLOWED:
        return [f"{path}: the room '{here}' has no rule; add it to ALLOWED in {__file__}"]
    found = []
    for line, name in imported(source, module):
        if name.split(".")[0] != "edgesmith":
            continue
        there = room(name)
        allowed = ALLOWED[here] | {here}
        if there not in allowed:
            found.append(f"{path}:{line}: '{here}' imports '{there}'; it may import {', '.join(sorted(allowed))}")
        parts = name.split(".")
        if here == there == "importers" and len(inside) > 1 and len(parts) > 2:
            mine, other = inside[1], parts[2]
            if mine in FORMATS and other in FORMATS and other != mine and other not in FORMATS[mine]:
                found.append(f"{path}:{line}: importer '{mine}' imports importer '{other}'; formats are strangers")
    return found


def test_imports_point_downward() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert files
    found = [fault for path in files for fault in faults(path, path.read_text(encoding="utf-8"))]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("place", "line", "word"),
    [
        ("ir/graph.py", "from edgesmith.program import Step", "'ir' imports 'program'"),
        ("ir/graph.py", "from ..program import Step", "'ir' imports 'program'"),
        ("passes/fold.py", "def f():\n    import edgesmith.importers.onnx", "'passes' imports 'importers'"),
        ("importers/onnx/convert.py", "from edgesmith.importers.tflite import read", "formats are strangers"),
        ("media/image.py", "from edgesmith import ops", "'media' imports 'ops'"),
        ("errors.py", "import edgesmith", "'errors' imports 'the public names'"),
        ("attic/old.py", "", "has no rule"),
    ],
)
def test_a_wrong_import_is_named(place: str, line: str, word: str) -> None:
    (fault,) = faults(PACKAGE / place, line)
    assert word in fault
    assert place in fault


def test_right_imports_pass() -> None:
    assert not faults(PACKAGE / "lower/plan.py", "import numpy\nfrom ..errors import ModelError\nfrom . import arena")
    assert not faults(PACKAGE / "importers/torch/read.py", "from edgesmith.importers.onnx import read")
