"""Fits what kernels for microcontrollers take to layers counted on emulated cores: instructions for every call, pixel,
byte copied and turn of a loop, as ``export/c/cost.py`` counts them.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "src" / "edgesmith" / "export" / "c" / "costs.json"
LEVELS = ("speed", "size")
FEWEST = 3_000  # products of a layer that is counted
MOST = 150_000
COPIES = ((0, 8), (0, 50), (0, 333), (0, 2000), (1, 9), (1, 70), (1, 500))  # places and bytes
PARTS = 3  # that the layers are counted in, since the smallest board has 512 KB of flash

# Operator, x, w, attributes, and the zero of integer weights: None for floats.
Layer = tuple[str, tuple[int, ...], tuple[int, ...], dict[str, Any], int | None]


def measure() -> dict[str, dict[str, dict[str, list[float]]]]:
    """Target -> level -> kernel -> instructions for each thing that ``cost.work`` counts."""
    from edgesmith.export.c import TARGETS

    names = [name for name in TARGETS if name != "c99"]
    return {name: {level: fitted(name, level) for level in LEVELS} for name in names}


def fitted(target: str, level: str) -> dict[str, list[float]]:
    """The kernels of one target."""
    from edgesmith.export.c import TARGETS
    from edgesmith.export.c.cost import work

    layers = list(_layers(np.random.default_rng(1)))
    rows: dict[str, list[tuple[list[int], float]]] = {}
    floats = list(_layers_of_floats(np.random.default_rng(1)))
    for part in (*(layers[part::PARTS] for part in range(PARTS)), floats):
        for call, instructions in _counted(part, target, level):
            rows.setdefault(call.function, []).append((work(call, TARGETS[target]), instructions))
    return {
        name: _solve(np.array([w for w, _ in found]), np.array([n for _, n in found]))
        for name, found in sorted(rows.items())
    }


def _counted(layers: list[Layer], target: str, level: str) -> list[tuple[Any, float]]:
    """The call of each layer, and its instructions."""
    from edgesmith.export.c import export_c
    from edgesmith.export.c.bundles import save, texts
    from edgesmith.export.c.bundles.firmware import BOARDS
    from edgesmith.export.c.call import Call, Place
    from edgesmith.lower import lower
    from edgesmith.ops import interpret

    graph = network(layers)
    random = np.random.default_rng(3)
    feeds = [
        random.standard_normal(value.shape).astype(np.float32)
        if value.dtype.is_float
        else random.integers(-128, 128, value.shape).astype(np.int8)
        for value in graph.inputs
    ]
    exported = export_c(lower(graph), target, name="layers", optimize=level, golden=[(feeds, interpret(graph, feeds))])
    for call in exported.calls:
        if "band" in call.fields:
            call.fields["band"] = int(random.integers(1, call.fields["band"] + 1))
    last = exported.calls[-1]
    for at, count in () if graph.inputs[0].dtype.is_float else COPIES:  # onto itself, for no one's harm
        fields = {"x": Place(at, "int8_t", True), "y": Place(at, "int8_t", False), "n": count}
        copy = Call("chip_copy_bytes", "chip/copy_bytes.c", "chip_copy_bytes", fields, step=last.step, index=last.index)
        exported.calls.append(copy)
    with tempfile.TemporaryDirectory() as folder:
        save(texts(exported, "firmware"), Path(folder))
        made = subprocess.run(["make", "-s", "profile"], cwd=folder, capture_output=True, text=True, timeout=300)
    said = made.stdout + made.stderr
    assert "self-test: every run is as on the desk" in said, f"{BOARDS[target].machine} said: {said[-400:]}"
    counted = [int(number) for number in re.findall(r"^step \d+: (\d+)$", said, re.M)]
    return list(zip(exported.calls, counted, strict=True))


def _solve(work: np.ndarray, counted: np.ndarray) -> list[float]:
    """Non-negative least squares of the relative error: what comes out negative counts nothing, and the rest is fitted
    again."""
    scaled, used = work / counted[:, None], np.ones(work.shape[1], bool)
    found = np.zeros(work.shape[1])
    while used.any():
        found[:] = 0
        found[used] = np.linalg.lstsq(scaled[:, used], np.ones(len(counted)), rcond=1e-9)[0]
        if (found >= 0).all():
            break
        used &= found > 0
    return [round(float(value), 3) for value in found]


def network(layers: list[Layer]) -> Any:
    """One graph of many layers, each with an input and an output of its own."""
    from edgesmith.ops import Builder, load_all
    from edgesmith.types import DType, Quantization

    load_all()
    random = np.random.default_rng(1)
    b = Builder("layers")
    for index, (op, x, w, attrs, zero) in enumerate(layers):
        if zero is None and not w:  # a value that becomes integers, and floats again
            held = b.add(op, b.input(f"x{index}", x, DType.F32), quant=Quantization.make(0.02, -5), **attrs)
            b.output(b.add("dequantize", held), f"y{index}")
            continue
        if zero is None:
            filters = b.constant(random.standard_normal(w).astype(np.float32))
            b.output(b.add(op, b.input(f"x{index}", x, DType.F32), filters, **attrs), f"y{index}")
            continue
        inputs = [b.input(f"x{index}", x, DType.I8, Quantization.make(0.05, -5))]
        quant: Quantization | None = Quantization.make(0.1, 3)
        if op == "add_q":
            inputs.append(b.input(f"z{index}", x, DType.I8, Quantization.make(0.04, 7)))
        elif op == "softmax_q":
            quant = Quantization.make(1 / 256, -128)
        elif op == "avg_pool2d":
            quant = None
        else:
            weights = np.clip(random.normal(0, 45, w), -127, 127).astype(np.int8)
            inputs.append(b.constant(weights, DType.I8, Quantization.make(0.01, zero)))
            reach = int(np.prod(w[:2])) if op == "depthwise_conv2d" else int(np.prod(w[1:]))
            quant = Quantization.make(0.05 * 74 * 0.01 * 45 * float(np.sqrt(reach)) / 45, 3)
        b.output(b.add(op, *inputs, quant=quant, **attrs), f"y{index}")
    return b.graph


def _layers(random: np.random.Generator) -> Iterator[Layer]:
    from edgesmith.types import DType

    def pick(*values: Any) -> Any:
        return values[random.integers(len(values))]

    for kind, count in (("conv2d", 60), ("shifted", 16)):
        while count:
            depth, kernel, groups = pick(1, 3, 4, 6, 8, 12, 16, 24, 32, 64), pick(1, 1, 2, 3, 3, 5), pick(1, 1, 1, 1, 2)
            w = (pick(1, 2, 3, 4, 5, 7, 8, 16, 24, 32) * groups, kernel, pick(kernel, kernel, 1), depth)
            size, stride, pad = int(random.integers(5, 15)), pick(1, 1, 2), pick(0, kernel // 2)
            attrs = {"strides": (stride, stride), "padding": ((pad, pad), (pad, pad)), "groups": groups}
            if MOST > size * size // stride**2 * int(np.prod(w)) > FEWEST:
                count -= 1
                yield "conv2d", (1, size, size, depth * groups), w, attrs, 0 if kind == "conv2d" else 9
    windows = [((3, 3), 1, 0)] * 24 + [((3, 3), 2, 0)] * 20
    for window in ((5, 5), (4, 4), (3, 1), (1, 5), (9, 1), (2, 6)):
        windows += [(window, 1, 0)] * 3 + [(window, 2, 0)] + [(window, 1, 9)] * 3
    for window, stride, zero in windows:
        channels, height, width = pick(3, 4, 8, 10, 16, 24), int(random.integers(9, 18)), int(random.integers(6, 18))
        pads = tuple(pick((side // 2, side // 2), (0, min(side - 1, 1))) for side in window)
        attrs = {"strides": (stride, stride), "padding": pads}
        yield "depthwise_conv2d", (1, height, width, channels), (*window, channels * pick(1, 1, 1, 2)), attrs, zero
    for _ in range(14):
        yield "fully_connected", (pick(1, 1, 3), k := int(random.integers(8, 400))), (pick(4, 10, 32, 61), k), {}, 0
    for _ in range(12):
        size, kernel = int(random.integers(4, 12)), pick(2, 3, 4)
        pad = pick(0, 1)
        attrs = {"kernel": (kernel, kernel), "strides": (2, 2), "padding": ((pad, pad), (pad, pad))}
        yield "avg_pool2d", (1, size, size, pick(3, 8, 16)), (), attrs, 0
    for length in (8, 50, 333, 2000):
        yield "add_q", (1, length), (), {}, 0
        yield "fully_connected", (1, 16), (length, 16), {"lo": -3.0, "hi": 3.0}, 0
        yield "softmax_q", (3 if length < 100 else 1, length), (), {"to": DType.I8}, 0


def _layers_of_floats(random: np.random.Generator) -> Iterator[Layer]:
    """Few, and small: chips compute floats by plain loops, a few thousand products of which tell all."""
    from edgesmith.types import DType

    for channels, outputs, kernel, stride in ((1, 8, 3, 1), (3, 5, 3, 2), (8, 16, 1, 1), (32, 4, 1, 1), (5, 6, 2, 1)):
        size, pad = int(random.integers(4, 8)), kernel // 2
        attrs = {"strides": (stride, stride), "padding": ((pad, pad), (pad, pad))}
        yield "conv2d", (1, size, size, channels), (outputs, kernel, kernel, channels), attrs, None
    for channels, kernel, stride in ((3, 3, 1), (16, 3, 1), (8, 3, 2), (24, 3, 2), (8, 5, 1)):
        size, pad = int(random.integers(5, 9)), kernel // 2
        attrs = {"strides": (stride, stride), "padding": ((pad, pad), (pad, pad))}
        yield "depthwise_conv2d", (1, size, size, channels), (kernel, kernel, channels), attrs, None
    for rows, depth, outputs in ((1, 8, 10), (1, 64, 4), (3, 20, 7), (1, 200, 12)):
        yield "fully_connected", (rows, depth), (outputs, depth), {}, None
    for length in (8, 50, 333, 2000):
        yield "quantize", (1, length), (), {"to": DType.I8}, None
