"""softmax_q and log_softmax_q: int8 or int16 to int8 or int16 with integer sums.

Exponentials come from tables that the compiler computes, in steps of 2^-24, so that sums are integers and do not depend
on their order. Against real arithmetic the result is within one step of the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, register
from edgesmith.ops.conversion import limits
from edgesmith.ops.quantized import need_per_tensor, settle
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

F = np.float32
ONE = 24  # fraction bits of exponentials
KINDS = (DType.I8, DType.I16)
FIELDS = """
    in {x} x[outer * length * inner]
    const f32 coarse[256]
    const f32 fine[256]
    out {y} y[outer * length * inner]
    i32 outer length inner
    s32 zero_y
    f32 {numbers}
"""
for _name, _numbers in (("softmax_q", "per_step"), ("log_softmax_q", "per_step per_log2")):
    for _x in KINDS:
        for _y in KINDS:
            # Bytes have so few distances from the largest that each one's share is computed once a row, with words.
            _bytes = (_name, _x, _y) == ("softmax_q", DType.I8, DType.I8)
            Kernel(
                f"{_name}_{_x}_{_y}",
                "softmax_q_i8.c" if _bytes else "softmax_q.c",
                FIELDS.format(x=_x, y=_y, numbers=_numbers),
                require="zero_y >= -65536; zero_y <= 65536",
                work="outer * length * inner * 4",
                vector=_bytes,
                byte_table=_bytes,
                parallel=True,
            )


def tables(step: float) -> tuple[np.ndarray, np.ndarray]:
    """``exp(-256 i s) * 2^24`` and ``exp(-i s)`` for i in 0..255: their product is the exponential of any distance."""
    steps = np.arange(256, dtype=np.float64) * step
    return (np.exp(-256 * steps) * 2.0**ONE).astype(F), np.exp(-steps).astype(F)


def exponentials(distance: np.ndarray, step: float) -> np.ndarray:
    """``exp(-distance * step)`` in steps of 2^-24, as int64; distances in 0..65535."""
    coarse, fine = tables(step)
    power: np.ndarray = np.rint(coarse[distance >> 8] * fine[distance & 255])
    return power.astype(np.int64)


def log2_fixed(total: np.ndarray) -> np.ndarray:
    """``floor(log2(n) * 65536)``, within a step or two, for integers n >= 1: sixteen squarings.

    Source: D. Knuth, The Art of Computer Programming, 1.2.2, exercise 25.
    """
    bits = np.floor(np.log2(total.astype(np.float64))).astype(np.int64)
    bits += ((total >> (bits + 1)) > 0).astype(np.int64)
    bits -= ((total >> bits) == 0).astype(np.int64)
    mantissa = np.where(bits > 30, total >> np.maximum(bits - 30, 0), total << np.maximum(30 - bits, 0))
    result = bits
    for _ in range(16):
        mantissa = mantissa * mantissa >> 30
        above = mantissa >> 31
        mantissa = mantissa >> above
        result = result * 2 + above
    return result


class _SoftmaxQ(Operator):
    """Normalised along ``axis``. ``to`` is the output type where not the input's; ``beta`` multiplies the input."""

    attributes = {"axis": -1, "to": None, "beta": 1.0}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        out = attrs.get("to") or x.dtype
        if x.dtype not in KINDS or out not in KINDS:
            raise ModelError(f"types are {x.dtype} to {out}; expected i8 or i16")
        need_per_tensor(x, self.name)
        normal_axis(attrs["axis"], x.rank)
        return [TensorType(x.shape, out)]

    def numbers(self, x: Quantization, y: Quantization) -> dict[str, np.float32]:
        """The multipliers that the kernel takes."""
        raise NotImplementedError

    def finish(self, distance: np.ndarray, power: np.ndarray, numbers: dict[str, np.float32]) -> np.ndarray:
        """The output in real steps, float32; the last axis is normalised."""
        raise NotImplementedError

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        x, y = need_per_tensor(node.input(0), self.name), node.outputs[0]
        target = need_per_tensor(y, self.name)
        q = np.moveaxis(inputs[0].astype(np.int32), node.attrs["axis"], -1)
        if q.size == 0:
            return [np.zeros(y.shape, y.dtype.numpy)]
        distance = q.max(-1, keepdims=True) - q
        with np.errstate(all="ignore"):
            real = self.finish(distance, exponentials(distance, _step(node)), self.numbers(x, target))
        result = settle(real, target.zero0, *limits(y.dtype)).astype(y.dtype.numpy)
        return [np.ascontiguousarray(np.moveaxis(result, -1, node.attrs["axis"]))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        source, target = need_per_tensor(x, self.name), need_per_tensor(y, self.name)
        axis = normal_axis(node.attrs["axis"], x.rank)
        shape = {
            "outer": int(np.prod(x.shape[:axis], dtype=np.int64)),
            "length": x.shape[axis],
            "inner": int(np.prod(x.shape[axis + 1 :], dtype=np.int64)),
        }
        coarse, fine = tables(_step(node))
        fixed = {"coarse": coarse, "fine": fine, "zero_y": target.zero0, **shape}
        with np.errstate(all="ignore"):
            lw.emit(f"{self.name}_{x.dtype}_{y.dtype}", x=x, y=y, **fixed, **self.numbers(source, target))

    def cases(self) -> Iterator[Case]:
        steps = {DType.I8: 0.08, DType.I16: 0.0004}
        smooth = {DType.I8: Quantization.make(1 / 256, -128), DType.I16: Quantization.make(1 / 32768, 0)}
        if self.name == "log_softmax_q":
            smooth = {DType.I8: Quantization.make(16 / 256, 127), DType.I16: Quantization.make(32 / 65536, 32767)}
        for x in KINDS:
            for y in KINDS:
                for shape, axis in (((3, 12), -1), ((2, 5, 7), 1), ((1, 1001), 1), ((0, 4), 1)):
                    yield Case(
                        [Arg(shape, x, Quantization.make(steps[x], 3))],
                        {"axis": axis, "to": y},
                        [smooth[y]],
                        f"{x}-{y}-{shape}".replace(" ", ""),
                    )
        steep = Quantization.make(3.5, 3)
        yield Case([Arg((2, 9), DType.I8, steep)], {"axis": 1}, [smooth[DType.I8]], "steep")
        if self.name == "softmax_q":
            yield Case([Arg((2, 9), DType.I8, steep)], {"axis": 1, "beta": 0.02}, [smooth[DType.I8]], "beta")


def _step(node: Node) -> float:
    """What one step of the input is in the exponent."""
    return float(need_per_tensor(node.input(0), node.op).scale0) * float(node.attrs.get("beta", 1.0))


class SoftmaxQ(_SoftmaxQ):
    name = "softmax_q"

    def numbers(self, x: Quantization, y: Quantization) -> dict[str, np.float32]:
        return {"per_step": F(1) / y.scale0}

    def finish(self, distance: np.ndarray, power: np.ndarray, numbers: dict[str, np.float32]) -> np.ndarray:
        share = numbers["per_step"] / power.sum(-1, keepdims=True).astype(F)
        return np.asarray(power.astype(F) * share)


class LogSoftmaxQ(_SoftmaxQ):
    name = "log_softmax_q"
    attributes = {"axis": -1, "to": None}

    def numbers(self, x: Quantization, y: Quantization) -> dict[str, np.float32]:
        return {"per_step": x.scale0 / y.scale0, "per_log2": F(np.log(2.0) / 65536) / y.scale0}

    def finish(self, distance: np.ndarray, power: np.ndarray, numbers: dict[str, np.float32]) -> np.ndarray:
        log2 = log2_fixed(power.sum(-1, keepdims=True)) - (ONE << 16)
        return np.asarray(-(distance.astype(F) * numbers["per_step"]) - log2.astype(F) * numbers["per_log2"])


register(SoftmaxQ())
register(LogSoftmaxQ())
