"""Steps of the program as calls: of the kernels for microcontrollers where one fits, else of the desk's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.export.c import pack
from edgesmith.export.c.call import Call, Operands, Place, Scratch
from edgesmith.export.c.common import common_call
from edgesmith.export.c.target import Target
from edgesmith.program.program import ARENA, Program

Maker = Callable[[Operands, Target], list[Call] | None]
SHORT = 2**15  # dimensions are int16 in the kernels' arguments
SLACK = 4  # bytes that a last word may reach beyond scratch
MIDDLE = 128  # what is added to bytes so that they have no sign
# A fully connected layer as a convolution of a row of pixels.
_ONES = ("H", "P", "KH", "KW", "G", "stride_h", "stride_w", "dilation_h", "dilation_w")
POINT = dict.fromkeys(_ONES, 1) | {"pad_top": 0, "pad_left": 0}
LONG = ("add_q_i8", "copy_bytes")  # kernels that take more elements than that
PLAIN = 2.0**-60  # factors far from float32's limits
WINDOW = "stride_h stride_w pad_top pad_left"


def calls(program: Program, target: Target) -> list[Call]:
    """Every step of a program as one call or more.

    Raises:
        ModelError: steps that cannot be exported, all at once, and why.
    """
    found: list[Call] = []
    refused: list[str] = []
    for index, step in enumerate(program.steps):
        try:
            made = _one(Operands(program, step), target)
        except ModelError as error:
            refused.append(f"step {index} '{step.layer}': {error}")
            continue
        for call in made:
            call.step, call.index = step, index
        found += made
    if refused:
        raise ModelError(f"{program.name} cannot be exported as C:\n  " + "\n  ".join(refused))
    return found


def _one(at: Operands, target: Target) -> list[Call]:
    numbers = [n for item in at.args.values() for n in (item if isinstance(item, tuple) else (item,))]
    short = all(not isinstance(n, int) or -SHORT <= n < SHORT for n in numbers)
    maker = MAKERS.get(at.step.kernel)
    made = maker(at, target) if maker and (short or at.step.kernel in LONG) else None
    return made if made is not None else [common_call(at)]


def _settled(at: Operands, made: list[Call]) -> list[Call]:
    """Calls whose kernel cuts at what int8 holds; one more, for all images, where the layer's own limits are closer."""
    if (at["lo"], at["hi"]) == (-128, 127):
        return made
    fields = {"y": made[0].fields["y"], "n": at["y"].bytes, "lo": at["lo"], "hi": at["hi"]}
    return [*made, Call("chip_clamp_i8", "chip/clamp_i8.c", "chip_clamp_i8", fields)]


def _images(at: Operands, call: Call, x_bytes: int, y_bytes: int) -> list[Call]:
    """A call for each image of a batch."""
    made = []
    for n in range(at["N"]):
        x, y = call.fields["x"], call.fields["y"]
        fields = call.fields | {
            "x": replace(x, offset=x.offset + n * x_bytes),
            "y": replace(y, offset=y.offset + n * y_bytes),
        }
        made.append(replace(call, fields=fields))
    return made


def _arena(at: Operands, name: str, const: bool = True) -> Place:
    place = at[name]
    assert place.space == ARENA
    return Place(place.offset, "int8_t", const)


def _in_arena(at: Operands, *names: str) -> bool:
    return all(at[name].space == ARENA for name in names)


def _conv(at: Operands, target: Target) -> list[Call] | None:
    if not _in_arena(at, "x"):
        return None
    w = at.needed("w").reshape(at["O"], -1)
    return _convolution(at, target, w, at.constant("bias"), at.constant("w_zero"))


def _winograd(at: Operands, target: Target) -> list[Call] | None:
    """What a desk computes by Winograd's method; the answer is that of the plain convolution."""
    one = dict.fromkeys(("G", "stride_h", "stride_w", "dilation_h", "dilation_w"), 1)
    at.args = at.args | one | {"KH": 3, "KW": 3, "w_zero": None}
    return _conv(at, target)


def _convolution(
    at: Operands, target: Target, w: np.ndarray, bias: np.ndarray | None, zero: np.ndarray | None
) -> list[Call] | None:
    """A convolution with rows of weights (O, KH * KW * C / G), but for one pixel's that go on behind the image."""
    groups, k = at["G"], w.shape[1]
    multiplier = at.needed("multiplier")
    real = w.astype(np.int64) - (0 if zero is None else zero[:, None])
    whole = pack.folded_bias(real, bias, at["x_zero"], (1,))
    take_off = pack.with_halves if target.vectors or target.single else pack.with_zeros
    rows = w if zero is None else take_off(w, zero, target.step)
    each = len(w) // groups
    parts = [slice(g * each, (g + 1) * each) for g in range(groups)]
    padded = -(-k // target.step) * target.step
    in_place = groups == 1 and k == at["C"] and not at["pad_top"] and not at["pad_left"]
    if in_place and ((at["P"] - 1) * at["stride_h"] >= at["H"] or (at["Q"] - 1) * at["stride_w"] >= at["W"]):
        return None  # pixels are read where they lie, and there they are none
    wide = -(-rows.shape[1] // target.step) * target.step
    together = wide if target.single else target.step
    packed = [pack.columns(rows[g], whole[g], multiplier[g], target.columns, together) for g in parts]
    call = Call(
        "chip_conv_i8" if zero is None else "chip_conv_shifted_i8", "chip/conv_i8.c", "chip_conv_i8",
        {
            "x": _arena(at, "x"), "y": _arena(at, "y", False), "w": np.concatenate(packed),
            "scratch": Scratch("chip_act"), **at.numbers("H W C P Q"), "O": len(w),
            **at.numbers(f"KH KW G {WINDOW} dilation_h dilation_w x_zero y_zero"),
        },
        scratch=wide * target.rows * target.activation_bytes + (0 if in_place else padded + SLACK),
        beyond=padded - k if in_place else target.step - 1,
    )  # fmt: skip
    sizes = (at["H"] * at["W"] * at["C"], at["P"] * at["Q"] * len(w))
    return _settled(at, _images(at, call, *sizes))


def _conv_i16(at: Operands, target: Target) -> list[Call] | None:
    if not _in_arena(at, "x"):
        return None
    place = replace(_arena(at, "x"), type="int16_t")
    call = Call(
        "chip_conv_i16", "chip/conv_i16.c", "chip_conv_i16",
        {
            "x": place, "w": at.needed("w"), "bias": at.constant("bias"), "multiplier": at.needed("multiplier"),
            "y": replace(_arena(at, "y", False), type="int16_t"),
            **at.numbers(f"H W C P Q O KH KW G {WINDOW} dilation_h dilation_w"), "low": at["lo"], "high": at["hi"],
        },
    )  # fmt: skip
    return _images(at, call, 2 * at["H"] * at["W"] * at["C"], 2 * at["P"] * at["Q"] * at["O"])


def _fully_connected_i16(at: Operands, target: Target) -> list[Call] | None:
    at.args = at.args | POINT | {"W": at["M"], "Q": at["M"], "C": at["K"], "O": at["N"], "N": 1}
    return _conv_i16(at, target)


def _depthwise(at: Operands, target: Target) -> list[Call] | None:
    if not _in_arena(at, "x"):
        return None
    w = at.needed("w").reshape(at["KH"], at["KW"], at["C"] * at["M"])
    zero = at.constant("w_zero")
    if at["C"] == 1:  # every output sees the same window: a convolution
        at.args = at.args | {"G": 1}
        return _convolution(at, target, w.reshape(-1, w.shape[2]).T, at.constant("bias"), zero)
    if target.vectors and at["M"] > 1:  # each channel is a group of its own
        at.args = at.args | {"G": at["C"]}
        return _convolution(at, target, w.reshape(-1, w.shape[2]).T, at.constant("bias"), zero)
    real = w.astype(np.int64) - (0 if zero is None else zero)
    middle = MIDDLE if target.single else 0
    bias = pack.folded_bias(real, at.constant("bias"), at["x_zero"] + middle, (0, 1))
    multiplier = at.needed("multiplier")
    if target.vectors:
        wide = zero is not None or bool((real == -128).any()) or at["C"] <= 8
        return _depthwise_lanes(at, pack.lanes(real, bias, multiplier, wide), wide)
    kind = "any"
    usual = (at["KH"], at["KW"], at["dilation_h"], at["dilation_w"]) == (3, 3, 1, 1)
    if zero is not None:
        kind, packed = "wide", pack.wide_channels(real, bias, multiplier)
    else:
        packed = pack.channels(w, bias, multiplier)
        if usual and at["stride_w"] in (1, 2):
            kind = "3x3" if at["stride_w"] == 1 else "3x3s2"
    pitch = ((at["Q"] - 1) * at["stride_w"] + (at["KW"] - 1) * at["dilation_w"] + 3) & ~1
    rows_in = (at["P"] - 1) * at["stride_h"] + (at["KH"] - 1) * at["dilation_h"] + 1
    call = Call(
        f"chip_depthwise_{kind}_i8", "chip/depthwise_i8.c", "chip_depthwise_i8",
        {
            "x": _arena(at, "x"), "y": _arena(at, "y", False), "w": packed, "scratch": Scratch("chip_plane"),
            **at.numbers(f"H W C P Q M KH KW {WINDOW} dilation_h dilation_w"), "band": at["P"],
            **at.numbers("x_zero y_zero"),
        },
        scratch=rows_in * pitch * target.plane_bytes + SLACK,
    )  # fmt: skip
    sizes = (at["H"] * at["W"] * at["C"], at["P"] * at["Q"] * at["C"] * at["M"])
    return _settled(at, _images(at, call, *sizes))


def _depthwise_lanes(at: Operands, packed: np.ndarray, wide: bool) -> list[Call]:
    """On cores with vectors: channels side by side."""
    function = "chip_depthwise_wide_lanes_i8" if wide else "chip_depthwise_lanes_i8"
    taps = (at["KH"] * at["KW"] + 1) // 2 * 2 + 1
    call = Call(
        function, "chip/depthwise_helium.c", "chip_depthwise_i8",
        {
            "x": _arena(at, "x"), "y": _arena(at, "y", False), "w": packed,
            "scratch": Scratch("int32_t"),
            **at.numbers(f"H W C P Q KH KW {WINDOW} dilation_h dilation_w x_zero y_zero"),
        },
        scratch=8 * taps + (at["C"] + 15) // 16 * 16, beyond=15,
    )  # fmt: skip
    sizes = (at["H"] * at["W"] * at["C"], at["P"] * at["Q"] * at["C"])
    return _settled(at, _images(at, call, *sizes))


def _fully_connected(at: Operands, target: Target) -> list[Call] | None:
    if not _in_arena(at, "x"):
        return None
    w = at.needed("w").reshape(at["N"], at["K"])
    zero = at.constant("w_zero")
    if zero is not None:  # a convolution knows how to take it off
        at.args = at.args | POINT | {"N": 1, "W": at["M"], "Q": at["M"], "C": at["K"]}
        return _convolution(at, target, w, at.constant("bias"), zero)
    bias = pack.folded_bias(w, at.constant("bias"), at["x_zero"], (1,))
    padded = -(-at["K"] // target.step) * target.step
    together = padded if target.single else target.step
    packed = pack.columns(w, bias, at.needed("multiplier"), target.line_columns, together)
    call = Call(
        "chip_fully_connected_i8", "chip/fully_connected_i8.c", "chip_fully_connected_i8",
        {"x": _arena(at, "x"), "y": _arena(at, "y", False), "w": packed, **at.numbers("M N K y_zero")},
        beyond=padded - at["K"],
    )  # fmt: skip
    return _settled(at, [call])


def _average_pool(at: Operands, target: Target) -> list[Call] | None:
    whole = (at["from_h"], at["to_h"], at["from_w"], at["to_w"]) == (0, at["H"], 0, at["W"])
    if not whole or (at["dilation_h"], at["dilation_w"]) != (1, 1) or not _in_arena(at, "x"):
        return None
    call = Call(
        "chip_average_pool_i8", "chip/average_pool_i8.c", "chip_average_pool_i8",
        {
            "x": _arena(at, "x"), "y": _arena(at, "y", False), **at.numbers(f"H W C P Q KH KW {WINDOW}"),
            "lo": max(at["lo"], -128), "hi": min(at["hi"], 127), "halves_up": at["halves_up"],
        },
    )  # fmt: skip
    return _images(at, call, at["H"] * at["W"] * at["C"], at["P"] * at["Q"] * at["C"])


def _add(at: Operands, target: Target) -> list[Call] | None:
    if at["a_strides"] != at["b_strides"] or not _in_arena(at, "a", "b") or at["a"].bytes != at["y"].bytes:
        return None
    small = all(-128 <= at[name] <= 127 for name in ("zero_y", "lo", "hi"))
    if not small or at["b"].bytes != at["y"].bytes:
        return None
    rest = (1 << (at["shift"] - 1)) - at["zero_a"] * at["k_a"] - at["zero_b"] * at["k_b"]
    fields = {
        "x0": _arena(at, "a"), "x1": _arena(at, "b"), "y": _arena(at, "y", False), "n": at["y"].bytes,
        "k0": at["k_a"], "k1": at["k_b"], "rest": (rest + 2**31) % 2**32 - 2**31, "shift": at["shift"],
        "zero": at["zero_y"], "lo": at["lo"], "hi": at["hi"],
    }  # fmt: skip
    kind, file = ("add_lanes", "add_helium") if target.vectors else ("add", "add_i8")
    return [Call(f"chip_{kind}_i8", f"chip/{file}.c", "chip_add_i8", fields)]


def _softmax(at: Operands, target: Target) -> list[Call] | None:
    if at["inner"] != 1 or not _in_arena(at, "x") or not at["length"] or not PLAIN < at["per_step"] < 1 / PLAIN:
        return None
    fine, coarse = at.needed("fine"), at.needed("coarse")
    power = np.rint(coarse[0] * fine).astype(np.uint32)
    fields = {
        "x": _arena(at, "x"), "y": _arena(at, "y", False), "power": power, "rows": at["outer"],
        "length": at["length"], "zero": at["zero_y"], "per_step": at["per_step"],
    }  # fmt: skip
    return [Call("chip_softmax_i8", "chip/softmax_i8.c", "chip_softmax_i8", fields)]


def _copy(at: Operands, target: Target) -> list[Call] | None:
    if not _in_arena(at, "x", "y") or at["x"].offset < at["y"].offset < at["x"].offset + at["n"]:
        return None
    fields = {"x": _arena(at, "x"), "y": _arena(at, "y", False), "n": at["n"]}
    return [Call("chip_copy_bytes", "chip/copy_bytes.c", "chip_copy_bytes", fields)]


MAKERS: dict[str, Maker] = {
    "conv2d_i8": _conv,
    "conv2d_winograd_i8": _winograd,
    "conv2d_i16": _conv_i16,
    "fully_connected_i16": _fully_connected_i16,
    "depthwise_i8": _depthwise,
    "fully_connected_i8": _fully_connected,
    "avg_pool2d_i8": _average_pool,
    "add_q_i8": _add,
    "softmax_q_i8_i8": _softmax,
    "copy_bytes": _copy,
}

__all__ = ["calls"]
