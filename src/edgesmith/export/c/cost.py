"""How many instructions an inference takes on a target, before it runs anywhere.

What a kernel does is counted from its arguments: pixels, bytes copied, turns of its loops. What each of these takes was
fitted to layers that ran on emulated cores (``scripts/measure_chips``, by GCC, in ``costs.json``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgesmith.export.c.call import Call
from edgesmith.export.c.tables import table
from edgesmith.export.c.target import Target

if TYPE_CHECKING:
    from edgesmith.export.c.package import Exported

Fields = Mapping[str, Any]
LANES = 16  # bytes of a vector


@dataclass(frozen=True, slots=True)
class Cost:
    """Instructions of an inference. ``uncounted`` are kernels that are not in the table, and not in the number."""

    instructions: int
    uncounted: tuple[str, ...] = ()


def cost(exported: Exported) -> Cost:
    """What an export takes, compiled by GCC with ``-O2``, or ``-Os`` where it is optimised for size."""
    found = list(_each_call(exported))
    missing = {call.function for call, instructions in found if instructions is None}
    return Cost(round(sum(instructions or 0.0 for _, instructions in found)), tuple(sorted(missing)))


def by_layer(exported: Exported) -> dict[str, float]:
    """Instructions of each layer whose kernels are all in the table."""
    sums: dict[str, float] = {}
    missing = set()
    for call, instructions in _each_call(exported):
        assert call.step is not None
        layer = call.step.layer
        if instructions is None:
            missing.add(layer)
        else:
            sums[layer] = sums.get(layer, 0.0) + instructions
    return {layer: total for layer, total in sums.items() if layer not in missing}


def _each_call(exported: Exported) -> Iterator[tuple[Call, float | None]]:
    """Every call and its instructions, None where its kernel is not in the table."""
    known = table("costs").get(exported.target.name, {}).get(exported.optimize, {})
    for call in exported.calls:
        each = known.get(call.function)
        done = work(call, exported.target) if each else ()
        yield call, None if each is None else sum(a * b for a, b in zip(each, done, strict=False))


def work(call: Call, target: Target) -> list[int]:
    """How often a kernel does each of the things that it does, the call itself first."""
    return [1, *WORK[call.function](call.fields, target)]


def _up(n: int, by: int) -> int:
    return -(-n // by)


def _inside(count: int, stride: int, pad: int, reach: int, size: int) -> int:
    """How many of ``count`` windows lie in the image along an axis."""
    return sum(i * stride - pad >= 0 and i * stride - pad + reach <= size for i in range(count))


def _extents(count: int, stride: int, pad: int, reach: int, size: int) -> Iterator[int]:
    """How much of each window lies in the image along an axis."""
    for i in range(count):
        start = i * stride - pad
        yield max(0, min(start + reach, size) - max(start, 0))


def _conv(f: Fields, target: Target, shifted: bool = False) -> list[int]:
    depth, columns = f["C"] // f["G"], f["O"] // f["G"]
    k = f["KH"] * f["KW"] * depth
    steps = _up(k, target.step)
    if shifted:
        steps = 3 * steps if target.vectors or target.single else steps + _up(k, 256)
    pixels, tiles = f["P"] * f["Q"] * f["G"], _up(f["P"] * f["Q"], target.rows) * f["G"]
    blocks = _up(columns, target.columns)
    together = f["dilation_w"] == 1 and f["G"] == 1
    in_place = f["G"] == 1 and k == f["C"] and not f["pad_top"] and not f["pad_left"]
    middle = _inside(f["P"], f["stride_h"], f["pad_top"], (f["KH"] - 1) * f["dilation_h"] + 1, f["H"])
    center = _inside(f["Q"], f["stride_w"], f["pad_left"], f["KW"], f["W"])
    fast = middle * center if together and not in_place else 0
    slow = 0 if in_place else pixels - fast
    run = f["KW"] * depth if together else depth
    taps = f["KH"] if together else f["KH"] * f["KW"]
    words = not target.single or (f["C"] % 4 == 0 and run % 4 == 0)
    pieces = _up(run, LANES if target.vectors else 4) if words else 0
    singly = 0 if words else run
    rest = tiles if columns % target.columns else 0
    return [
        *(f["G"], pixels, tiles, tiles * blocks, tiles * blocks * steps, pixels * steps, rest),
        *(fast * taps, fast * taps * pieces, fast * taps * singly),
        *(slow, slow * taps, slow * taps * pieces, slow * taps * singly),
    ]


def _shifted(f: Fields, target: Target) -> list[int]:
    return _conv(f, target, True)


def _bands(f: Fields, target: Target) -> list[int]:
    planes = 1 if target.single else 4
    groups, bands = _up(f["C"], planes), _up(f["P"], f["band"])
    reach, stride = (f["KH"] - 1) * f["dilation_h"] + 1, f["stride_h"]
    pitch = ((f["Q"] - 1) * f["stride_w"] + (f["KW"] - 1) * f["dilation_w"] + 3) & ~1
    rows, shared = (f["P"] - 1) * stride + reach, max(reach - stride, 0)
    inside = max(0, min(rows - f["pad_top"], f["H"])) * min(f["W"], pitch)
    few = inside if f["C"] % planes else 0
    made = f["C"] * f["M"]
    return [
        *(groups, groups * bands, groups * rows, groups * inside, groups * (rows * pitch - inside), few),
        *(groups * (bands - 1) * shared * pitch * planes, made * bands, made * f["P"]),
        *(made * f["P"] * _up(f["Q"], 2), made * f["P"] * f["Q"]),
        *(made * f["P"] * f["Q"] * f["KH"], made * f["P"] * f["Q"] * f["KH"] * f["KW"]),
    ]


def _lanes(f: Fields, target: Target, width: int = LANES) -> list[int]:
    taps, pixels, blocks = f["KH"] * f["KW"], f["P"] * f["Q"], _up(f["C"], width)
    inside = _inside(f["P"], f["stride_h"], f["pad_top"], (f["KH"] - 1) * f["dilation_h"] + 1, f["H"])
    inside *= _inside(f["Q"], f["stride_w"], f["pad_left"], (f["KW"] - 1) * f["dilation_w"] + 1, f["W"])
    slow = pixels - inside
    return [f["P"], pixels, pixels * blocks, pixels * blocks * _up(taps, 2), slow, slow * f["KH"], slow * taps]


def _wide_lanes(f: Fields, target: Target) -> list[int]:
    return _lanes(f, target, 8)


def _fully_connected(f: Fields, target: Target) -> list[int]:
    blocks, steps = _up(f["N"], target.line_columns), _up(f["K"], target.step)
    return [f["M"], f["M"] * blocks, f["M"] * blocks * steps, f["M"] * (f["N"] % target.line_columns != 0)]


def _average_pool(f: Fields, target: Target) -> list[int]:
    rows = sum(_extents(f["P"], f["stride_h"], f["pad_top"], f["KH"], f["H"]))
    columns = sum(_extents(f["Q"], f["stride_w"], f["pad_left"], f["KW"], f["W"]))
    return [f["P"] * f["Q"], f["P"] * f["Q"] * f["C"], rows * f["Q"] * f["C"], rows * columns * f["C"]]


def _each(f: Fields, target: Target) -> list[int]:
    return [f["n"]]


def _each_vector(f: Fields, target: Target) -> list[int]:
    return [_up(f["n"], 4)]


def _copied(f: Fields, target: Target) -> list[int]:
    words = f["n"] // 4 if (f["x"].offset | f["y"].offset) % 4 == 0 else 0
    return [words, f["n"] - 4 * words]


def _softmax(f: Fields, target: Target) -> list[int]:
    return [f["rows"], f["rows"] * f["length"]]


def _taps(f: Fields) -> int:
    """Places of the windows of all pixels that lie in the image."""
    rows = sum(_extents(f["P"], f["stride_h"], f["pad_top"], f["KH"], f["H"]))
    columns = sum(_extents(f["Q"], f["stride_w"], f["pad_left"], f["KW"], f["W"]))
    return int(f["N"] * rows * columns)


def _conv_of_floats(f: Fields, target: Target) -> list[int]:
    taps = _taps(f) * f["O"]
    return [f["N"] * f["P"] * f["Q"] * f["O"], taps, taps * (f["C"] // f["G"])]


def _depthwise_of_floats(f: Fields, target: Target) -> list[int]:
    made, taps = f["C"] * f["M"], _taps(f)
    return [f["N"] * f["P"] * f["Q"] * made, taps, taps * made]


def _fully_connected_of_floats(f: Fields, target: Target) -> list[int]:
    return [f["M"] * f["N"], f["M"] * f["N"] * f["K"]]


def _converted(f: Fields, target: Target) -> list[int]:
    return [f["outer"] * f["channels"], f["outer"] * f["channels"] * f["inner"]]


WORK: dict[str, Callable[[Fields, Target], list[int]]] = {
    "chip_conv_i8": _conv,
    "chip_conv_shifted_i8": _shifted,
    "chip_depthwise_3x3_i8": _bands,
    "chip_depthwise_3x3s2_i8": _bands,
    "chip_depthwise_any_i8": _bands,
    "chip_depthwise_wide_i8": _bands,
    "chip_depthwise_lanes_i8": _lanes,
    "chip_depthwise_wide_lanes_i8": _wide_lanes,
    "chip_fully_connected_i8": _fully_connected,
    "chip_average_pool_i8": _average_pool,
    "chip_add_i8": _each,
    "chip_add_lanes_i8": _each_vector,
    "chip_clamp_i8": _each,
    "chip_copy_bytes": _copied,
    "chip_softmax_i8": _softmax,
    "conv2d_direct_f32": _conv_of_floats,
    "dequantize_i8": _converted,
    "depthwise_direct_f32": _depthwise_of_floats,
    "fully_connected_direct_f32": _fully_connected_of_floats,
    "quantize_i8": _converted,
}

__all__ = ["Cost", "by_layer", "cost", "work"]
