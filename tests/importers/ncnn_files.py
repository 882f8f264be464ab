"""ncnn models for tests: layers as text, with random weights, and what ncnn itself makes of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesmith.importers.ncnn.param import TYPES, Layer, read
from edgesmith.importers.ncnn.weights import BYTES, HALF, wants

Arrays = list[np.ndarray]


def text(lines: Sequence[str]) -> str:
    """A ``.param`` file of layers, without the counts that stand above them."""
    rows = [line.split() for line in lines]
    blobs = sum(int(row[3]) for row in rows)
    return "\n".join(["7767517", f"{len(rows)} {blobs}", *lines]) + "\n"


def random_weights(layers: Sequence[Layer], seed: int = 0, storage: str = "f32") -> bytes:
    """A ``.bin`` file for the layers; ``storage`` of tagged arrays is f32, f16, table, or i8 where layers take it."""
    rng = np.random.default_rng(seed)
    parts = []
    for layer in layers:
        for place, want in enumerate(wants(layer)):
            array = values_for(layer, place, want.count, rng)
            quantized = bool(layer.integer(18 if layer.type in ("Gemm", "MultiHeadAttention") else 8))
            parts.append(stored(array, storage if quantized or storage != "i8" else "f32") if want.tagged else array)
    return b"".join(part if isinstance(part, bytes) else part.astype("<f4").tobytes() for part in parts)


def values_for(layer: Layer, place: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random numbers of the sort that an array needs: variances are positive, scales of int8 are large."""
    if layer.type == "BatchNorm" and place == 2:
        return rng.uniform(0.5, 2, count).astype(np.float32)
    listed = wants(layer)
    if not listed[place].tagged and layer.type in SCALED and layer.integer(SCALED[layer.type]):
        first = sum(want.tagged for want in listed) + has_bias(layer)
        if place >= first:
            return rng.uniform(90, 110, count).astype(np.float32) if place == first else np.float32([40.0] * count)
    spread = 1 / np.sqrt(max(count / max(layer.integer(0, 1), 1), 1)) if count > 64 else 0.5
    return (rng.standard_normal(count) * spread).astype(np.float32)


SCALED = {"Convolution": 8, "ConvolutionDepthWise": 8, "InnerProduct": 8}


def has_bias(layer: Layer) -> bool:
    return bool(layer.integer(1 if layer.type == "InnerProduct" else 5))


def stored(array: np.ndarray, storage: str) -> bytes:
    """A tagged array as ncnn stores it."""
    if storage == "f32":
        return struct.pack("<I", 0) + array.astype("<f4").tobytes()
    if storage == "f16":
        return struct.pack("<I", HALF) + padded(array.astype("<f2").tobytes())
    if storage == "i8":
        return struct.pack("<I", BYTES) + padded(np.clip(np.rint(array * 100), -127, 127).astype(np.int8).tobytes())
    table = np.linspace(array.min(), array.max(), 256, dtype=np.float32)
    places = np.abs(array[:, None] - table[None]).argmin(1).astype(np.uint8)
    return struct.pack("<I", 1) + table.tobytes() + padded(places.tobytes())


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def as_binary(layers: Sequence[Layer]) -> bytes:
    """The same layers as a ``.param.bin``."""
    names: dict[str, int] = {}
    for layer in layers:
        for blob in layer.outputs:
            names[blob] = len(names)
    words = [7767517, len(layers), len(names)]
    for layer in layers:
        words += [TYPES.index(layer.type), len(layer.inputs), len(layer.outputs)]
        words += [names[blob] for blob in (*layer.inputs, *layer.outputs)]
        for number, bits in layer.params.items():
            assert not isinstance(bits, str)
            words += [-23300 - number, bits.size, *bits.tolist()] if bits.ndim else [number, int(bits)]
        words.append(-233)
    return struct.pack(f"<{len(words)}i", *words)


class Files:
    """A model on disk, read by us and by ncnn."""

    def __init__(self, lines: Sequence[str], folder: Path, storage: str = "f32", seed: int = 0) -> None:
        self.param = folder / "model.param"
        self.param.write_text(text(lines))
        self.layers = read(self.param.read_bytes(), "model.param")
        self.param.with_suffix(".bin").write_bytes(random_weights(self.layers, seed, storage))

    def theirs(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What ncnn computes, blob by blob, with a batch dimension in front."""
        ncnn = pytest.importorskip("ncnn", reason="ncnn is not installed: pip install 'edgesmith[bench]'")
        net = ncnn.Net()
        options = net.opt
        options.num_threads, options.use_vulkan_compute = 1, False
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(options, name, False)
        assert net.load_param(str(self.param)) == 0
        assert net.load_model(str(self.param.with_suffix(".bin"))) == 0
        with net.create_extractor() as extractor:
            for name, array in feeds.items():
                assert extractor.input(name, ncnn.Mat(np.ascontiguousarray(array[0])).clone()) == 0
            found: dict[str, Any] = {}
            for name in net.output_names():
                status, mat = extractor.extract(name)
                assert status == 0, f"ncnn cannot compute '{name}': {status}"
                found[name] = np.array(mat)[None] if mat.dims else np.zeros((1, 0, 0), np.float32)
        return found
