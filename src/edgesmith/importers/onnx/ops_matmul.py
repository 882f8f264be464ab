"""Matrix products."""

from __future__ import annotations

import math

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.ir import Value
from edgesmith.types import DType


def MatMul(c: Call) -> Result:
    return multiply(c.b, c.x(0), c.x(1))


def multiply(b: Emitter, a: Value, w: Value) -> Value:
    """``a @ w``; a layer where w is a constant matrix.

    Raises:
        ModelError: shapes that do not multiply.
    """
    if not a.rank or not w.rank or a.shape[-1] != w.shape[max(0, w.rank - 2)]:
        raise ModelError(f"matrices of shapes {a.shape} and {w.shape} do not multiply")
    if b.is_fixed(w) and w.rank == 2 and a.dtype is DType.F32:
        return dense(b, a, b.transpose(w, (1, 0)), None)
    return b.matmul(a, w)


def dense(b: Emitter, x: Value, weight: Value, bias: Value | None) -> Value:
    """``x @ weight.T + bias`` over the last axis of x; weight is (outputs, inputs)."""
    return b.add("fully_connected", x, weight, bias)


def Gemm(c: Call) -> Result:
    """``alpha * A' B' + beta * C``."""
    a, w, b = c.x(0), c.x(1), c.b
    if a.rank != 2 or w.rank != 2:
        raise ModelError(f"needs matrices, found shapes {a.shape} and {w.shape}")
    a = b.transpose(a, (1, 0)) if c.integer("transA", 0) else a
    alpha, beta = c.number("alpha", 1.0), c.number("beta", 1.0)
    weight = w if c.integer("transB", 0) else b.transpose(w, (1, 0))
    if a.shape[1] != weight.shape[1]:
        raise ModelError(f"matrices of {a.shape[1]} columns and {weight.shape[1]} rows do not multiply")
    bias = c.opt(2)
    if bias is not None and beta != 1.0:
        bias = b.times(bias, beta)
    if alpha != 1.0:
        weight = b.times(weight, alpha)
    if a.dtype is DType.F32 and b.is_fixed(weight):
        fits = bias is not None and b.is_fixed(bias) and bias.size == weight.shape[0] == bias.shape[-1]
        y = dense(b, a, weight, b.reshape(bias, (-1,)) if fits and bias is not None else None)
        return y if fits or bias is None else b.plus(y, bias)
    y = b.matmul(a, b.transpose(weight, (1, 0)))
    return y if bias is None else b.plus(y, bias)


def Einsum(c: Call) -> Result:
    """Pairs of operands from the left, each pair as one batched matrix product."""
    text = c.word("equation").replace(" ", "")
    left, arrow, right = text.partition("->")
    values = c.xs()
    terms = left.split(",")
    if len(terms) != len(values):
        raise ModelError(f"equation '{text}' has {len(terms)} terms for {len(values)} inputs")
    dots = max(
        (value.rank - len(term.replace("...", "")) for term, value in zip(terms, values, strict=True)), default=0
    )
    names = "".join(chr(0x100 + i) for i in range(max(0, dots)))  # letters for the axes that an ellipsis stands for
    for i, (term, value) in enumerate(zip(terms, values, strict=True)):
        extra = value.rank - len(term.replace("...", ""))
        terms[i] = term.replace("...", names[len(names) - extra :] if extra > 0 else "")
        if len(terms[i]) != value.rank:
            raise ModelError(f"term '{term}' does not fit an input of shape {value.shape}")
    if arrow:
        out = right.replace("...", names)
    else:
        joined = "".join(terms)
        out = names + "".join(sorted(x for x in set(joined) if joined.count(x) == 1 and x not in names))
    if len(set(out)) != len(out) or set(out) - set("".join(terms)):
        raise ModelError(f"equation '{text}' is impossible")
    operands = [_diagonal(c.b, value, term) for value, term in zip(values, terms, strict=True)]
    value, term = operands[0]
    for i, (other, labels) in enumerate(operands[1:], 2):
        later = set(out).union(*(t for _, t in operands[i:]))
        value, term = _contract(c.b, value, term, other, labels, later)
    value, term = _sum_out(c.b, value, term, set(out))
    return c.b.transpose(value, [term.index(label) for label in out])


def _diagonal(b: Emitter, x: Value, term: str) -> tuple[Value, str]:
    """Repeated labels in one term take the diagonal: everything else is masked out and summed away."""
    for label in sorted(set(term)):
        while term.count(label) > 1:
            first = term.index(label)
            second = term.index(label, first + 1)
            size = x.shape[first]
            if x.shape[second] != size:
                raise ModelError(f"label '{label}' stands for {size} and {x.shape[second]}")
            eye = np.eye(size, dtype=bool).reshape([size if i in (first, second) else 1 for i in range(x.rank)])
            x = b.sum(b.where(b.constant(eye), x, 0), second)
            term = term[:second] + term[second + 1 :]
    return x, term


def _sum_out(b: Emitter, x: Value, term: str, keep: set[str]) -> tuple[Value, str]:
    gone = [i for i, label in enumerate(term) if label not in keep]
    return (b.sum(x, gone) if gone else x), "".join(label for label in term if label in keep)


def _contract(b: Emitter, x: Value, xs: str, y: Value, ys: str, later: set[str]) -> tuple[Value, str]:
    """The product of two operands, summed over the labels that nothing later needs."""
    x, xs = _sum_out(b, x, xs, later | set(ys))
    y, ys = _sum_out(b, y, ys, later | set(xs))
    both = [label for label in xs if label in ys]
    batch = [label for label in both if label in later]
    inner = [label for label in both if label not in later]
    own_x, own_y = [t for t in xs if t not in ys], [t for t in ys if t not in xs]
    for label in both:
        a, d = x.shape[xs.index(label)], y.shape[ys.index(label)]
        if a != d and 1 not in (a, d):
            raise ModelError(f"label '{label}' stands for {a} and {d}")
        x, y = _stretch(b, x, xs.index(label), d), _stretch(b, y, ys.index(label), a)
    sizes = {t: x.shape[i] for i, t in enumerate(xs)} | {t: y.shape[i] for i, t in enumerate(ys)}

    def dims(labels: list[str]) -> list[int]:
        return [sizes[label] for label in labels]

    left = b.transpose(x, [xs.index(label) for label in batch + own_x + inner])
    right = b.transpose(y, [ys.index(label) for label in batch + inner + own_y])
    left = b.reshape(left, (*dims(batch), math.prod(dims(own_x)), math.prod(dims(inner))))
    right = b.reshape(right, (*dims(batch), math.prod(dims(inner)), math.prod(dims(own_y))))
    result = b.reshape(b.matmul(left, right), dims(batch + own_x + own_y))
    return result, "".join(batch + own_x + own_y)


def _stretch(b: Emitter, x: Value, axis: int, size: int) -> Value:
    if x.shape[axis] != 1 or size == 1:
        return x
    return b.expand(x, [size if i == axis else dim for i, dim in enumerate(x.shape)])


def Det(c: Call) -> Result:
    """By cofactors of the first row, up to 4x4."""
    x = c.x()
    if x.rank < 2 or x.shape[-1] != x.shape[-2]:
        raise ModelError(f"needs square matrices, found shape {x.shape}")
    if not 1 <= x.shape[-1] <= 4:
        c.unsupported(f"determinants of {x.shape[-1]}x{x.shape[-1]} matrices", "Up to 4x4 are available.")
    return _determinant(c.b, x)


def _determinant(b: Emitter, x: Value) -> Value:
    size = x.shape[-1]
    first = b.at(x, x.rank - 2, 0)
    if size == 1:
        return b.at(first, first.rank - 1, 0)
    rest = b.slice(x, x.rank - 2, 1, size)
    total: Value | None = None
    for column in range(size):
        minor = b.gather(rest, [i for i in range(size) if i != column], rest.rank - 1)
        term = b.times(b.at(first, first.rank - 1, column), _determinant(b, minor))
        total = term if total is None else b.binary("sub" if column % 2 else "add", total, term)
    assert total is not None
    return total
