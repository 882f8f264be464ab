"""attention: every row of q picks from the rows of v by how well it agrees with the rows of k; float32.

Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, collapse
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.matmul import seen
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

WALK = ("outer", "inner", "row")  # the steps of an operand, in elements; columns are neighbours


def _extent(name: str, rows: str, columns: str) -> str:
    last = f"(outer - 1) * {name}_outer + (inner - 1) * {name}_inner + ({rows} - 1) * {name}_row"
    return f"{name}[0 if outer * inner * {rows} * {columns} == 0 else {last} + {columns}]"


Kernel(
    "attention_f32",
    "attention_f32.c",
    f"""
    in f32 {_extent("q", "M", "D")}
    in f32 {_extent("k", "N", "D")}
    in f32 {_extent("v", "N", "E")}
    in? f32 {_extent("mask", "M", "N")}
    out f32 {_extent("y", "M", "E")}
    i32 outer inner M N D E {" ".join(f"{name}_{step}" for name in ("q", "k", "v", "mask", "y") for step in WALK)}
    f32 scale
    """,
    require="N > 0; D > 0",
    work="outer * inner * M * N * (D + E)",
    # the keys and values of one head as panels, and the scores of a block of rows
    scratch="4 * ((D + 1) * (N + 63) // 64 * 64 + (N + 1) * (E + 63) // 64 * 64 + 24 * (N + 64))",
    vector=True,
    parallel=True,
)


@operator
class Attention(Operator):
    """``softmax(q k^T * scale + mask) v`` over the last two axes, the axes before them broadcast.

    Once their axes are reordered by ``axes_q``, ``axes_k`` and ``axes_v`` (as ``transpose`` does; () leaves them), q is
    (..., M, D), k is (..., N, D) and v is (..., N, E). ``axes_y`` reorders the result (..., M, E). The mask is added to
    the scores (..., M, N) and broadcasts to them, or is absent.
    """

    name = "attention"
    attributes = {"axes_q": (), "axes_k": (), "axes_v": (), "axes_y": (), "scale": 1.0}
    native = frozenset({DType.F32})
    widens = False
    bound = Bound(1e-5, 2e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        named = dict(zip(("q", "k", "v", "mask"), inputs, strict=False))
        q, k, v = (_shape(named[name], attrs[f"axes_{name}"], name) for name in ("q", "k", "v"))
        if q[-1] != k[-1] or k[-2] != v[-2] or min(k[-2:]) < 1:
            raise ModelError(f"q {q}, k {k} and v {v} do not fit; expected (..., M, D), (..., N, D) and (..., N, E)")
        batch = broadcast(q[:-2], k[:-2], v[:-2])
        mask = named.get("mask")
        scores = (*batch, q[-2], k[-2])
        if mask is not None and (mask.dtype is not DType.F32 or broadcast(mask.shape, scores) != scores):
            raise ModelError(f"the mask is {mask!r}; expected f32 that broadcasts to {scores}")
        shape = (*batch, q[-2], v[-1])
        return [TensorType(tuple(shape[axis] for axis in attrs["axes_y"] or range(len(shape))), DType.F32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        q, k, v = (_reordered(inputs[i], node.attrs[f"axes_{name}"]) for i, name in enumerate("qkv"))
        with np.errstate(all="ignore"):
            scores = (q @ k.swapaxes(-1, -2)) * np.asarray(node.attrs["scale"], q.dtype)
            if len(inputs) > 3 and inputs[3] is not None:
                scores = scores + inputs[3]
            power = np.exp(scores - scores.max(-1, keepdims=True, initial=-np.inf))
            y = (power / power.sum(-1, keepdims=True)) @ v
        return [np.ascontiguousarray(_reordered(y, node.attrs["axes_y"]))]

    def allowed(self, node: Node, inputs: Arrays, wanted: Sequence[np.ndarray]) -> list[np.ndarray]:
        """A score that is off by d moves its weight by a part d, and all others with it: together 2 d of the values."""
        q, k, v = (np.abs(_reordered(inputs[i], node.attrs[f"axes_{name}"])) for i, name in enumerate("qkv"))
        off = self.bound.products * abs(node.attrs["scale"]) * (q @ k.swapaxes(-1, -2)).max(-1, keepdims=True)
        moved = _reordered(2 * off * v.max(-2, keepdims=True), node.attrs["axes_y"])
        return [self.bound.atol + self.bound.rtol * np.abs(want) + moved for want in wanted]

    def lower(self, node: Node, lw: Lowering) -> None:
        found = steps(node)
        if found is None:
            raise ModelError(f"attention '{node.label}': no two steps lead from matrix to matrix of its operands")
        q, k, v = (_shape(node.input(i), node.attrs[f"axes_{name}"], name) for i, name in enumerate("qkv"))
        lw.emit(
            "attention_f32", q=node.input(0), k=node.input(1), v=node.input(2), mask=node.optional(3),
            y=node.outputs[0], M=q[-2], N=k[-2], D=q[-1], E=v[-1], scale=node.attrs["scale"], **found,
        )  # fmt: skip

    def macs(self, node: Node) -> int:
        q, k, v = (_shape(node.input(i), node.attrs[f"axes_{name}"], name) for i, name in enumerate("qkv"))
        return int(np.prod(broadcast(q[:-2], k[:-2], v[:-2]))) * q[-2] * k[-2] * (q[-1] + v[-1])

    def cases(self) -> Iterator[Case]:
        heads = {f"axes_{name}": (1, 0, 2) for name in "qkvy"}
        pairs = {f"axes_{name}": (0, 2, 1, 3) for name in "qkvy"}
        shapes: list[tuple[str, list[tuple[int, ...]], Attrs]] = [
            ("plain", [(5, 8), (9, 8), (9, 4)], {}),
            ("heads", [(30, 2, 20), (70, 2, 20), (70, 2, 33)], {"scale": 0.2, **heads}),
            ("masked", [(2, 12, 3, 64), (2, 75, 3, 64), (2, 75, 3, 64), (2, 1, 1, 75)], {"scale": 0.125, **pairs}),
            ("mask-of-rows", [(3, 7, 5), (3, 130, 5), (3, 130, 70), (7, 130)], {"scale": -0.5}),
            ("shared", [(4, 25, 16), (1, 17, 16), (1, 17, 8)], {}),
            ("one", [(1, 1), (1, 1), (1, 1)], {}),
            ("no-rows", [(2, 0, 4), (2, 3, 4), (2, 3, 4)], {}),
        ]
        for id_, each, attrs in shapes:
            yield Case([Arg(shape, low=-2, high=2) for shape in each], attrs, id=id_)
        far = [Arg((9, 8), low=-40, high=40), Arg((33, 8), low=-40, high=40), Arg((33, 6))]
        yield Case(far, {}, id="far-apart")
        close = [Arg((20, 96), low=-9, high=9), Arg((50, 96), low=-9, high=9), Arg((50, 33))]
        yield Case(close, {}, id="scores-that-cancel")
        hidden = np.where(np.arange(40) < 17, 0, -np.inf).astype(np.float32)
        yield Case([Arg((6, 8)), Arg((40, 8)), Arg((40, 3)), Arg((40,), data=hidden)], {}, id="hidden")


def _shape(value: Value | None, axes: Sequence[int], name: str) -> tuple[int, ...]:
    assert value is not None
    if value.dtype is not DType.F32 or value.rank < 2:
        raise ModelError(f"{name} is {value!r}; expected f32 matrices or stacks of them")
    return seen(value, axes)[0]


def _reordered(array: np.ndarray | None, axes: Sequence[int]) -> np.ndarray:
    assert array is not None
    return array.transpose(axes or range(array.ndim))


def steps(node: Node) -> dict[str, int] | None:
    """How many matrices there are, as ``outer`` times ``inner``, and the steps of all operands for the kernel.

    None where no two steps lead from matrix to matrix, or the columns of an operand are not neighbours.
    """
    y = node.outputs[0]
    back = tuple(int(axis) for axis in np.argsort(node.attrs["axes_y"]))  # from what is stored to (..., M, E)
    views = [seen(node.input(i), node.attrs[f"axes_{name}"]) for i, name in enumerate("qkv")] + [seen(y, back)]
    batch = views[-1][0][:-2]
    walks, rows = [], []
    for shape, walk in views:
        if walk[-1] != 1 and shape[-1] != 1:
            return None
        each = tuple(0 if dim == 1 else step for dim, step in zip(shape[:-2], walk[:-2], strict=True))
        walks.append((0,) * (len(batch) - len(each)) + each)
        rows.append(walk[-2])
    mask = node.optional(3)
    scores = (*batch, views[0][0][-2], views[1][0][-2])
    over = broadcast_strides(mask.shape, scores) if mask is not None else (0,) * len(scores)
    if mask is not None and over[-1] != 1 and scores[-1] != 1:
        return None
    walks.insert(3, over[:-2])
    rows.insert(3, over[-2])
    dims, *collapsed = collapse(batch, *walks)
    if sum(dim != 1 for dim in dims) > 2:
        return None
    found = {"outer": dims[-2], "inner": dims[-1]}
    for name, walk, row in zip(("q", "k", "v", "mask", "y"), collapsed, rows, strict=True):
        found |= {f"{name}_outer": walk[-2], f"{name}_inner": walk[-1], f"{name}_row": row}
    return found
