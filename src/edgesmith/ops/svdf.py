"""svdf and svdf_q: a layer whose weights over time and features are of low rank, with a memory of its last inputs.

Source: P. Nakkiran et al., "Compressing Deep Neural Networks using a Rank-Constrained Topology" (2015).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import fixed_point as fixed
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.conversion import limits
from edgesmith.ops.quantized import centred, need_per_tensor
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

FIELDS = """
    in {x} x[batch * inputs]
    in {w} features[units * rank * inputs]
    in {state} times[units * rank * memory]
    in? {bias} bias[units]
    in {state} state[batch * units * rank * memory]
    out {x} y[batch * units]
    out {state} fresh[batch * units * rank * memory]
    i32 batch inputs units rank memory
"""
NUMBERS = "s32 zero_x zero_state zero_y\ni32 mantissa[2]\ns32 shift[2]"
WORK = "batch * units * rank * (inputs + memory + 8)"
Kernel(
    "svdf_f32",
    "svdf.c",
    FIELDS.format(x="f32", w="f32", state="f32", bias="f32"),
    require="memory >= 1",
    work=WORK,
    vector=True,
    parallel=True,
)
for _state in ("i8", "i16"):
    Kernel(
        f"svdf_q_{_state}",
        "svdf_q.c",
        FIELDS.format(x="i8", w="i8", state=_state, bias="i32") + NUMBERS,
        require="memory >= 1; inputs <= 65536; zero_x >= -128; zero_x <= 127; zero_y >= -128; zero_y <= 127; "
        "zero_state >= -32768; zero_state <= 32767; "
        "shift[0] >= -31; shift[0] <= 30; shift[1] >= -31; shift[1] <= 30",
        work=WORK,
        vector=True,
        parallel=True,
    )


def _shapes(inputs: Sequence[Value | None], attrs: Attrs) -> tuple[int, int, int, int]:
    """Batch, inputs, units and memory.

    Raises:
        ModelError: shapes that do not fit together.
    """
    x, features, times, _, state = inputs
    assert x is not None
    assert features is not None
    assert times is not None
    assert state is not None
    rank = attrs["rank"]
    if x.rank != 2 or features.rank != 2 or times.rank != 2 or rank < 1 or features.shape[0] % rank:
        raise ModelError(f"x {x.shape}, features {features.shape}, times {times.shape}, rank {rank} are no SVDF layer")
    (batch, size), filters, memory = x.shape, features.shape[0], times.shape[1]
    wanted = ((filters, size), (filters, memory), (filters // rank,), (batch, filters * memory))
    for value, shape, what in zip(inputs[1:], wanted, ("features", "times", "bias", "the state"), strict=True):
        if value is not None and value.shape != shape:
            raise ModelError(f"{what} has shape {value.shape}; expected {shape}")
    return batch, size, filters // rank, memory


def _walked(state: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """The memory (batch, filters, memory) with the oldest entry gone and a new one at the end."""
    return np.concatenate([state[:, :, 1:], feature[:, :, None]], axis=2)


@operator
class SVDF(Operator):
    """``y[u] = bias[u] + sum over the unit's filters and the memory of times * memory``, in float32.

    Each filter's product with the input, ``features @ x``, enters the memory at its end. Inputs: x (batch, inputs);
    features (filters, inputs); times (filters, memory); bias (units,) or None; state (batch, filters * memory).
    Outputs: y (batch, units), the new state. A unit has ``rank`` filters.
    """

    name = "svdf"
    attributes = {"rank": 1}
    native = frozenset({DType.F32})
    widens = False
    bound = Bound(2e-5, 1e-5)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        batch, _, units, _ = _shapes(inputs, attrs)
        if any(value is not None and value.dtype is not DType.F32 for value in inputs):
            raise ModelError("operands must be f32; svdf_q computes with integers")
        state = inputs[4]
        assert state is not None
        return [TensorType((batch, units), DType.F32), TensorType(state.shape, DType.F32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, features, times, bias, state = inputs
        assert x is not None
        assert features is not None
        assert times is not None
        assert state is not None
        fresh = _walked(state.reshape(len(x), *times.shape), x @ features.T)
        y = (fresh * times).sum(2).reshape(len(x), -1, node.attrs["rank"]).sum(2)
        return [(y if bias is None else y + bias).astype(x.dtype), fresh.reshape(state.shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        _emit("svdf_f32", node, lw)

    def macs(self, node: Node) -> int:
        return node.input(0).shape[0] * (node.input(1).size + node.input(2).size)

    def cases(self) -> Iterator[Case]:
        for batch, inputs, units, rank, memory in ((1, 16, 4, 1, 8), (2, 37, 5, 2, 10), (3, 3, 9, 1, 1)):
            filters = units * rank
            args = [
                Arg((batch, inputs), low=-1, high=1),
                Arg((filters, inputs), constant=True, low=-1, high=1),
                Arg((filters, memory), constant=True, low=-1, high=1),
                Arg((units,), constant=True) if rank == 2 else None,
                Arg((batch, filters * memory), low=-1, high=1),
            ]
            yield Case(args, {"rank": rank}, id=f"{batch}-{inputs}-{units}-{rank}-{memory}")


@operator
class SVDFQ(Operator):
    """svdf on int8 with the memory (and ``times``) in int8 or int16, bias int32 at the scale of their product.

    A filter's sum enters the memory as ``clamp(multiply(sum, m) + zero)``, m = float32(float32(s_x * s_features) /
    s_state) in fixed point (``fixed_point.py``); the output likewise, m = float32(float32(s_state * s_times) / s_y).
    Sums are those of int32, which wrap. TensorFlow Lite's integer kernel gives the same bits.
    """

    name = "svdf_q"
    attributes = {"rank": 1}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        batch, _, units, _ = _shapes(inputs, attrs)
        x, features, times, bias, state = inputs
        assert x is not None
        assert features is not None
        assert times is not None
        assert state is not None
        kinds = (x.dtype, features.dtype, times.dtype, state.dtype)
        if kinds not in ((DType.I8,) * 4, (DType.I8, DType.I8, DType.I16, DType.I16)):
            found = ", ".join(map(str, kinds))
            raise ModelError(f"x, features, times and state are {found}; expected i8, i8, and i8 or i16 twice")
        if bias is not None and bias.dtype is not DType.I32:
            raise ModelError(f"the bias is {bias.dtype}; expected i32")
        for value in (features, times):
            if need_per_tensor(value, "svdf_q").zero0:
                raise ModelError(f"weights {value!r} have a zero point; expected 0")
        return [TensorType((batch, units), DType.I8), TensorType(state.shape, state.dtype, state.quant)]

    def _multipliers(self, node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
        x, features, times, state = (need_per_tensor(node.input(i), "svdf_q").scale0 for i in (0, 1, 2, 4))
        with np.errstate(all="ignore"):
            y = need_per_tensor(node.outputs[0], "svdf_q").scale0
            return fixed.decompose(float(x * features / state)), fixed.decompose(float(state * times / y))

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, features, times, bias, state = inputs
        assert x is not None
        assert features is not None
        assert times is not None
        assert state is not None
        m_state, m_y = self._multipliers(node)
        held, out = (need_per_tensor(value, "svdf_q") for value in (node.input(4), node.outputs[0]))
        sums = centred(x, need_per_tensor(node.input(0), "svdf_q")).astype(np.int64) @ features.T.astype(np.int64)
        feature = np.clip(fixed.multiply(fixed.wrap(sums), *m_state) + held.zero0, *limits(node.input(4).dtype))
        fresh = _walked(state.reshape(len(x), *times.shape), feature.astype(state.dtype))
        total = ((fresh.astype(np.int64) - held.zero0) * times).sum(2)
        total = total.reshape(len(x), -1, node.attrs["rank"]).sum(2)
        total = fixed.wrap(total if bias is None else total + bias)
        y = np.clip(fixed.multiply(total, *m_y) + out.zero0, -128, 127)
        return [y.astype(np.int8), fresh.reshape(state.shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        m_state, m_y = self._multipliers(node)
        zeros = {
            "zero_x": need_per_tensor(node.input(0), "svdf_q").zero0,
            "zero_state": need_per_tensor(node.input(4), "svdf_q").zero0,
            "zero_y": need_per_tensor(node.outputs[0], "svdf_q").zero0,
        }
        multipliers = {"mantissa": [m_state[0], m_y[0]], "shift": [m_state[1], m_y[1]]}
        _emit(f"svdf_q_{node.input(4).dtype}", node, lw, **zeros, **multipliers)

    def macs(self, node: Node) -> int:
        return node.input(0).shape[0] * (node.input(1).size + node.input(2).size)

    def cases(self) -> Iterator[Case]:
        make = Quantization.make
        for kind, scale in ((DType.I8, 0.05), (DType.I16, 0.0002)):
            for batch, inputs, units, rank, memory in ((1, 96, 4, 1, 8), (2, 37, 5, 2, 10), (3, 3, 9, 1, 1)):
                filters = units * rank
                args = [
                    Arg((batch, inputs), DType.I8, make(0.03, -7)),
                    Arg((filters, inputs), DType.I8, make(0.01), constant=True),
                    Arg((filters, memory), kind, make(scale / 10), constant=True),
                    Arg((units,), DType.I32, constant=True, low=-9999, high=9999) if rank == 2 else None,
                    Arg((batch, filters * memory), kind, make(scale, 3 if rank == 2 else 0)),
                ]
                yield Case(args, {"rank": rank}, [make(0.04, -128)], f"{kind}-{batch}-{inputs}-{units}-{rank}-{memory}")


def _emit(kernel: str, node: Node, lw: Lowering, **more: object) -> None:
    x, features, times, bias, state = (node.optional(i) for i in range(5))
    batch, size, units, memory = _shapes(node.inputs, node.attrs)
    operands = {"x": x, "features": features, "times": times, "bias": bias, "state": state}
    numbers = {"batch": batch, "inputs": size, "units": units, "rank": node.attrs["rank"], "memory": memory}
    lw.emit(kernel, **operands, y=node.outputs[0], fresh=node.outputs[1], **numbers, **more)
