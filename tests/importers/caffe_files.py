"""Caffe networks for tests: layers as text, with random weights in the binary form, and what OpenCV makes of them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from wire_files import entry, varint

Shape = tuple[int, ...]


def blob(array: np.ndarray, storage: str = "f32") -> bytes:
    """An array as Caffe stores it: f32, f64, old (four dimensions), loose (a field each), or f16 as NVIDIA does."""
    shape = entry(7, entry(1, b"".join(varint(dim) for dim in array.shape)))
    if storage == "f64":
        return shape + entry(8, array.astype("<f8").tobytes())
    if storage == "f16":
        return shape + entry(10, 2) + entry(12, array.astype("<f2").tobytes())
    if storage == "loose":
        return shape + b"".join(varint(5 << 3 | 5) + struct.pack("<f", number) for number in array.ravel())
    if storage == "old":
        dims = [1] * (4 - array.ndim) + list(array.shape)
        shape = b"".join(entry(place, dim) for place, dim in enumerate(dims, 1))
    return shape + entry(5, array.astype("<f4").tobytes())


def caffemodel(weights: Mapping[str, Sequence[np.ndarray]], storage: str = "f32", old: bool = False) -> bytes:
    """A ``.caffemodel``; ``old`` writes layers as in 2014."""
    found = entry(1, b"net")
    for name, arrays in weights.items():
        blobs = [blob(array, storage) for array in arrays]
        if old:
            found += entry(2, b"".join([entry(4, name.encode()), *(entry(6, item) for item in blobs)]))
        else:
            parts = [entry(1, name.encode()), entry(2, b"Any"), *(entry(7, item) for item in blobs)]
            found += entry(100, b"".join(parts))
    return found


@dataclass
class Files:
    """A network that grows layer by layer, and is then read by us and by OpenCV."""

    inputs: dict[str, Shape]
    body: list[str] = field(default_factory=list)
    weights: dict[str, list[np.ndarray]] = field(default_factory=dict)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(4))
    folder: Path = Path()

    def add(
        self, kind: str, bottoms: str, top: str, params: str = "", shapes: Sequence[Shape] = (), name: str = ""
    ) -> str:
        """A layer, named as its (last) top where no name is given, with random weights of these shapes."""
        name = name or top.split()[-1]
        parts = [f'name: "{name}" type: "{kind}"', *(f'bottom: "{item}"' for item in bottoms.split())]
        parts += [f'top: "{item}"' for item in top.split()]
        self.body.append("layer { " + " ".join(parts) + f" {params} }}")
        if shapes:
            self.weights[name] = [self.numbers(shape) for shape in shapes]
        return top.split()[-1]

    def numbers(self, shape: Shape) -> np.ndarray:
        spread = 1 / np.sqrt(max(np.prod(shape[1:]), 1)) if len(shape) > 1 else 0.5
        return (self.rng.standard_normal(shape) * spread * 1.4).astype(np.float32)

    def conv(self, x: str, top: str, channels: tuple[int, int], kernel: int, more: str = "", relu: bool = True) -> str:
        """A convolution from and to so many channels; ``more`` are its other parameters."""
        groups = int(more.split("group:")[1].split()[0]) if "group:" in more else 1
        shapes = [(channels[1], channels[0] // groups, kernel, kernel)]
        shapes += [] if "bias_term: false" in more else [(channels[1],)]
        params = f"convolution_param {{ num_output: {channels[1]} kernel_size: {kernel} {more} }}"
        self.add("Convolution", x, top, params, shapes)
        return self.add("ReLU", top, top, name=f"relu_{top}") if relu else top

    def norm(self, x: str, channels: int, relu: bool = True) -> str:
        """BatchNorm, Scale and ReLU in place, as residual networks have them."""
        self.add("BatchNorm", x, x, "batch_norm_param { use_global_stats: true }", name=f"bn_{x}")
        mean, total = self.numbers((channels,)), np.float32([2.0])
        self.weights[f"bn_{x}"] = [mean, self.rng.uniform(1, 3, channels).astype(np.float32), total]
        self.add("Scale", x, x, "scale_param { bias_term: true }", [(channels,), (channels,)], name=f"scale_{x}")
        return self.add("ReLU", x, x, name=f"relu_{x}") if relu else x

    def text(self) -> str:
        heads = [
            f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ '
            + " ".join(f"dim: {dim}" for dim in shape)
            + " } } }"
            for name, shape in self.inputs.items()
        ]
        return "\n".join(['name: "net"', *heads, *self.body]) + "\n"

    def write(self, folder: Path, storage: str = "f32", old: bool = False) -> Path:
        self.folder = folder
        path = folder / "net.prototxt"
        path.write_text(self.text())
        path.with_suffix(".caffemodel").write_bytes(caffemodel(self.weights, storage, old))
        return path

    def feeds(self, low: float = -1, high: float = 1) -> dict[str, np.ndarray]:
        return {name: self.rng.uniform(low, high, shape).astype(np.float32) for name, shape in self.inputs.items()}

    def theirs(self, feeds: Mapping[str, np.ndarray], layers: Sequence[str]) -> list[np.ndarray]:
        """What OpenCV computes: all blobs of these layers."""
        cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed: pip install 'edgesmith[test]'")
        path = self.folder / "net.prototxt"
        net = cv2.dnn.readNetFromCaffe(str(path), str(path.with_suffix(".caffemodel")))
        for name, array in feeds.items():
            net.setInput(array, name)
        return [np.array(array) for group in net.forwardAndRetrieve(list(layers)) for array in group]
