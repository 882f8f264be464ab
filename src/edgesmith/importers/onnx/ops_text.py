"""Counting n-grams of numbers."""

from __future__ import annotations

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.ir import Value
from edgesmith.types import DType


def TfIdfVectorizer(c: Call) -> Result:
    """Every n-gram of the pool is compared with every place of the input that can hold it, skips included."""
    x, b = c.x(), c.b
    pool = c.integers("pool_int64s")
    if pool is None:
        c.unsupported("a pool of strings")
    shortest, longest, skips = c.integer("min_gram_length"), c.integer("max_gram_length"), c.integer("max_skip_count")
    starts, columns = c.integers("ngram_counts") or [], c.integers("ngram_indexes") or []
    mode = c.choice("mode", "", ("TF", "IDF", "TFIDF"))
    rows = b.reshape(x, (1, -1)) if x.rank == 1 else x
    grams = _grams(starts, pool)
    if len(grams) != len(columns) or rows.rank != 2 or not 1 <= shortest <= longest or min(columns, default=0) < 0:
        raise ModelError(f"{len(grams)} n-grams and {len(columns)} columns do not fit")
    if len(grams) * (skips + 1) * rows.shape[1] > 2**20 or max(columns, default=0) >= 2**20:
        c.unsupported(f"a pool of {len(grams)} n-grams over {rows.shape[1]} numbers")
    weights = c.numbers("weights") or [1.0] * len(grams)
    made: dict[int, Value] = {}
    for gram, column, weight in zip(grams, columns, weights, strict=True):
        if not shortest <= len(gram) <= longest:
            continue
        total: Value | None = None
        for step in range(1, 2 if len(gram) == 1 else skips + 2):
            reach = (len(gram) - 1) * step
            if reach >= rows.shape[1]:
                break
            hit: Value | None = None
            for i, number in enumerate(gram):
                part = b.slice(rows, 1, i * step, rows.shape[1] - reach + i * step)
                same = b.binary("equal", part, number)
                hit = same if hit is None else b.binary("logical_and", hit, same)
            assert hit is not None
            found = b.sum(b.cast(hit, DType.F32), 1)
            total = found if total is None else b.plus(total, found)
        if total is not None:
            if mode == "IDF":
                total = b.binary("minimum", total, 1)
            made[column] = b.times(total, weight) if mode != "TF" else total
    empty = b.full((rows.shape[0],), 0, DType.F32)
    y = b.stack([made.get(i, empty) for i in range(max(columns, default=-1) + 1)], 1)
    return b.reshape(y, (-1,)) if x.rank == 1 else y


def _grams(starts: list[int], pool: list[int]) -> list[list[int]]:
    """``starts[n - 1]`` is where the n-grams of length n begin in the pool."""
    grams = []
    for n, (start, end) in enumerate(zip(starts, [*starts[1:], len(pool)], strict=True), 1):
        if not 0 <= start <= end <= len(pool) or (end - start) % n:
            raise ModelError(f"the pool does not divide into n-grams at {starts}")
        grams += [pool[i : i + n] for i in range(start, end, n)]
    return grams
