"""The engines that a benchmark compares: what each is called, which package it comes in, which files it opens.

An engine's own module (``engines_<name>.py``) is imported by the worker process that runs it, never here.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from edgesmith.errors import MissingExtraError, UsageError, nearest

OURS = "edgesmith"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine.

    ``formats`` are suffixes of files that it opens, the one that suits it best first. ``isa_variable`` is what in the
    environment restricts it to an instruction set; empty where nothing does.
    """

    name: str
    title: str
    package: str
    module: str
    formats: tuple[str, ...]
    settings: str
    isa_variable: str = ""

    @property
    def available(self) -> bool:
        """Whether its package is installed."""
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """The version of the installed package, or "unknown"."""
        if self.name == OURS:
            import edgesmith

            return edgesmith.__version__
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return "unknown"

    def restricted(self, isa: str) -> dict[str, str]:
        """The environment that restricts it to an instruction set.

        Raises:
            UsageError: nothing does.
        """
        if not isa:
            return {}
        if not self.isa_variable:
            raise UsageError(f"{self.title} cannot be restricted to {isa}")
        return {self.isa_variable: isa if self.name == OURS else isa.upper()}

    @property
    def installed_bytes(self) -> int:
        """Bytes on disk of the package alone, without what it depends on, tests' and Python's own caches."""
        if self.name == OURS:
            return _folder_bytes(Path(__file__).parents[1])
        files = importlib.metadata.files(self.package) or []
        places = [Path(str(file.locate())) for file in files if "__pycache__" not in file.parts]
        return sum(place.stat().st_size for place in places if place.is_file())


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            OURS,
            "Edgesmith",
            "edgesmith",
            "edgesmith",
            (".edge",),
            "as compiled; static split over the threads",
            "EDGE_ISA",
        ),
        Engine("litert", "LiteRT", "ai-edge-litert", "ai_edge_litert", (".tflite",), "XNNPACK delegate (the default)"),
        Engine(
            "ort",
            "ONNX Runtime",
            "onnxruntime",
            "onnxruntime",
            (".onnx",),
            "all graph optimizations, sequential, intra-op threads that spin, bound inputs and outputs",
        ),
        Engine(
            "openvino",
            "OpenVINO",
            "openvino",
            "openvino",
            (".onnx", ".tflite"),
            "CPU, latency hint, inference precision f32, called through its C interface",
            "ONEDNN_MAX_CPU_ISA",
        ),
        Engine("ncnn", "ncnn", "ncnn", "ncnn", (".param",), "packing layouts, no fp16 or bf16, no Vulkan"),
    )
}


@dataclass(slots=True)
class Port:
    """An input or output as an engine sees it. ``scale`` is 0 where it is not quantized, or the engine cannot say."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero_point: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "shape": list(self.shape), "dtype": self.dtype, "scale": self.scale,
                "zero_point": self.zero_point}  # fmt: skip

    @classmethod
    def from_json(cls, item: dict[str, Any]) -> Port:
        return cls(item["name"], tuple(item["shape"]), item["dtype"], item["scale"], item["zero_point"])


class Loaded(Protocol):
    """A model that an engine has loaded. ``run`` is what the clock sees: inputs are in place, outputs stay there.

    ``fill`` takes the inputs and remembers them; ``refill`` writes them once more, because a run may use their memory
    for something else; ``first`` is a run that raises what goes wrong, where ``run`` might only return it.
    """

    inputs: list[Port]
    outputs: list[Port]

    @property
    def run(self) -> Callable[[], object]: ...
    def fill(self, arrays: Sequence[np.ndarray]) -> None: ...
    def refill(self) -> None: ...
    def first(self) -> None: ...
    def results(self) -> list[np.ndarray]: ...


def choose(names: Sequence[str]) -> list[Engine]:
    """The engines of these names, each installed.

    Raises:
        UsageError: there is no such engine.
        MissingExtraError: its package is missing; the message has the install command.
    """
    chosen = []
    for name in names:
        if name not in ENGINES:
            raise UsageError(f"there is no engine '{name}'.{nearest(name, ENGINES)} Engines: {', '.join(ENGINES)}")
        engine = ENGINES[name]
        if not engine.available:
            raise MissingExtraError(f"comparing with {engine.title} ({engine.package})", "bench")
        chosen.append(engine)
    return chosen


def installed_peers() -> list[str]:
    """Names of the peers whose packages are installed."""
    return [name for name, engine in ENGINES.items() if name != OURS and engine.available]


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
