"""The desk's own kernels as calls: what no kernel for microcontrollers covers, in plain C of one lane."""

from __future__ import annotations

from typing import Any

from edgesmith.errors import ModelError
from edgesmith.export.c.call import Call, Operands, Place
from edgesmith.program.kernel import ELEMENT_C, REGISTRY
from edgesmith.program.program import ARENA

# Kernels that pack their weights while loading, and those that take the same weights as they lie.
UNPACKED = {
    "conv2d_f32": "conv2d_direct_f32",
    "conv2d_winograd_f32": "conv2d_direct_f32",
    "conv2d_strassen_f32": "conv2d_direct_f32",
    "depthwise_f32": "depthwise_direct_f32",
    "fully_connected_f32": "fully_connected_direct_f32",
    "lstm_q_i8": "lstm_q_direct_i8",
}

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
    if name == "conv2d_winograd_f32":
        at.args = at.args | WINDOW_3X3
    if name == "conv2d_strassen_f32":
        at.args = at.args | POINT | {"P": at.args["H"], "Q": at.args["W"]}
    fields: dict[str, Any] = {}
    for item in kernel.fields:
        value = at[item.name]
        if item.is_pointer and value is not None:
            const = item.kind in ("in", "const")
            value = Place(value.offset, ELEMENT_C[item.type], const) if value.space == ARENA else at.needed(item.name)
        fields[item.name] = value
    scratch = kernel.evaluate(kernel.scratch, {**at.args})
    return Call(kernel.name, f"kernels/{kernel.file}", f"edge_{kernel.name}", fields, scratch, common=True)


__all__ = ["common_call"]
