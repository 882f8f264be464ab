"""The desk's own kernels as calls: what no kernel for microcontrollers covers, in plain C of one lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.export.c.call import Call, Operands, Place
from edgesmith.ops import layers
from edgesmith.program.kernel import ELEMENT_C, REGISTRY
from edgesmith.program.program import ARENA

PLAIN = "layer_i8_act"
# Kernels that pack their weights while loading, and those that take the same weights as they lie.
UNPACKED = {
    "conv2d_f32": "conv2d_direct_f32",
    "conv2d_winograd_f32": "conv2d_direct_f32",
    "conv2d_strassen_f32": "conv2d_direct_f32",
    "depthwise_f32": "depthwise_direct_f32",
    "fully_connected_f32": "fully_connected_direct_f32",
    "fully_connected_rectified_f32": "fully_connected_direct_f32",
    "lstm_q_i8": "lstm_q_direct_i8",
    **{
        f"{layer}_i8{end}": PLAIN
        for layer in ("conv2d", "conv2d_winograd", "depthwise", "fully_connected")
        for end in ("", "_act")
    },
}
NO_FUNCTION = {"gain": 0.0, "offset": 0.0, "least": 1.0}  # p is the larger of p and p

# Of convolutions that say no more, since nothing else is computed so.
WINDOW_3X3 = {"KH": 3, "KW": 3, "G": 1, "stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1}
POINT = {**WINDOW_3X3, "KH": 1, "KW": 1, "pad_top": 0, "pad_left": 0}


def common_call(at: Operands) -> Call:
    """A step by the kernel that the desk runs, or the one like it that needs no packing.

    Raises:
        ModelError: the kernel packs its weights, and there is none like it that does not.
    """
    name = at.step.kernel
    kernel = REGISTRY[UNPACKED.get(name, name)]
    if kernel.packed or at.args.get("residual") is not None:
        raise ModelError(
            f"kernel {name} packs its weights when a desk loads them, and chips have none in its place yet"
        )
    if name.startswith("conv2d_winograd"):
        at.args = at.args | WINDOW_3X3
    if name == "conv2d_strassen_f32":
        at.args = at.args | POINT | {"P": at.args["H"], "Q": at.args["W"]}
    if name == "fully_connected_rectified_f32":
        at.args = at.args | {"M": 1, "residual": None}
    if UNPACKED.get(name) == PLAIN:
        at.args = NO_FUNCTION | at.args | _any_layer(name.removesuffix("_act"), at.args)
    fields: dict[str, Any] = {}
    for item in kernel.fields:
        value = at[item.name]
        if item.is_pointer and value is not None:
            const = item.kind in ("in", "const")
            value = Place(value.offset, ELEMENT_C[item.type], const) if value.space == ARENA else at.needed(item.name)
        fields[item.name] = value
    scratch = kernel.evaluate(kernel.scratch, {**at.args})
    return Call(kernel.name, f"kernels/{kernel.file}", f"edge_{kernel.name}", fields, scratch, common=True)


def _any_layer(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """What the kernel for all int8 layers is told of one: a convolution, and how far apart its weights lie."""
    if name == "depthwise_i8":
        channels = args["C"] * args["M"]
        return {"O": channels, "G": args["C"], "w_out": 1, "w_tap": channels, "w_in": 1}
    if name == "fully_connected_i8":
        row = {"H": 1, "W": args["M"], "C": args["K"], "P": 1, "Q": args["M"], "O": args["N"]}
        return layers.POINT | row | {"w_out": args["K"], "w_tap": 1, "w_in": 1}
    depth = args["C"] // args["G"]
    return {"w_out": args["KH"] * args["KW"] * depth, "w_tap": depth, "w_in": 1, "w_zero": args.get("w_zero")}


__all__ = ["common_call"]
