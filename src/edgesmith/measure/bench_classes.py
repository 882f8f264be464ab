"""Which class of layer a step belongs to, and how far each class is from what the machine can do at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SKIPS = "reads no weights of zero inputs"
# Prefix of a kernel's name -> class, for steps that are no matrix product.
_OTHERS = (
    ("fully_connected_rectified", f"fully connected, {SKIPS}"),
    ("fully_connected", "fully connected"),
    ("matmul", "matrix product"),
    ("attention", "attention"),
    ("transpose_conv", "transposed convolution"),
    (("avg_pool", "max_pool", "mean_pool", "pool", "global"), "pooling"),
    (("softmax", "log_softmax"), "softmax"),
    (("copy", "take", "tile", "concat", "pad"), "movement"),
    (("lstm", "gru", "rnn", "svdf"), "recurrent"),
)


def layer_class(kernel: str, args: Mapping[str, Any]) -> str:
    """The class of a step: what kind of layer, and for convolutions the sizes that decide what speed is possible."""
    if kernel.startswith("depthwise"):
        return f"depthwise {args['KH']}x{args['KW']}, stride {args['stride_h']}"
    if kernel.startswith("conv2d_winograd"):
        return "convolution by Winograd (of the peak of the plain sum)"
    if kernel.startswith("conv2d_strassen"):
        return "pointwise by Strassen (of the peak of the plain sum)"
    if kernel.startswith("conv2d"):
        channels = args["C"] // max(args.get("G", 1), 1)
        if channels <= 4:
            return "first convolution"
        depth = channels * args["KH"] * args["KW"]
        size = "K <= 64" if depth <= 64 else "K < 256" if depth < 256 else "K >= 256"
        return f"{'pointwise' if args['KH'] == args['KW'] == 1 else 'convolution'}, {size}"
    for prefix, name in _OTHERS:
        if kernel.startswith(prefix):
            return name
    return "elementwise and others"


def classes(steps: Sequence[Any], nanoseconds: Sequence[float], peak_gmacs: float | None) -> list[dict[str, Any]]:
    """Time, work and share of the peak of each class, the slowest first.

    Args:
        steps: of the program, with ``kernel``, ``args`` and ``macs``.
        nanoseconds: of each step.
        peak_gmacs: what the machine can do at most on the threads used, in 10^9 multiply-adds a second; None: unknown.
    """
    rows: dict[str, dict[str, Any]] = {}
    for step, time in zip(steps, nanoseconds, strict=True):
        name = layer_class(step.kernel, step.args)
        row = rows.setdefault(name, {"class": name, "steps": 0, "ms": 0.0, "macs": 0})
        row["steps"] += 1
        row["ms"] += time / 1e6
        row["macs"] += step.macs
    for row in rows.values():
        row["gmacs"] = row["macs"] / (1e6 * row["ms"]) if row["ms"] else 0.0
        row["percent_of_peak"] = 100 * row["gmacs"] / peak_gmacs if peak_gmacs and row["macs"] else None
    return sorted(rows.values(), key=lambda row: -row["ms"])
