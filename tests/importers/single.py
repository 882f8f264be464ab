"""Models of one operator, run here and by LiteRT's reference kernels on the same input."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from litert import LiteRT, RefusedError
from tflite_builder import TFLiteBuilder

from edgesmith.compiler import Compiled, compile_graph
from edgesmith.model import load
from edgesmith.ops.interpret import interpret
from edgesmith.runtime.session import Session

Quant = tuple[object, object] | tuple[object, object, int]
RANGES = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767), "INT32": (-50, 50), "INT64": (-50, 50)}


@dataclass(frozen=True)
class X:
    """An operand that is fed: random in [low, high] (quantized ones over their type's range), or ``data``."""

    shape: tuple[int, ...] = ()
    dtype: str = "FLOAT32"
    quant: Quant | None = None
    low: float = -3.0
    high: float = 3.0
    data: object = None

    def array(self, rng: np.random.Generator) -> np.ndarray:
        if self.data is not None:
            return np.asarray(self.data)
        name = {"BOOL": "bool"}.get(self.dtype, self.dtype.lower())
        if self.dtype == "BOOL":
            return rng.integers(0, 2, self.shape).astype(bool)
        if self.dtype.startswith("FLOAT"):
            return rng.uniform(self.low, self.high, self.shape).astype(name)
        low, high = RANGES[self.dtype] if self.quant or self.low == -3.0 else (int(self.low), int(self.high))
        return rng.integers(low, high, self.shape, endpoint=True).astype(name)


@dataclass(frozen=True)
class K:
    """A constant operand: the array, or a random one of an X."""

    data: object
    quant: Quant | None = None

    def array(self, rng: np.random.Generator) -> np.ndarray:
        return self.data.array(rng) if isinstance(self.data, X) else np.asarray(self.data)


@dataclass(frozen=True)
class Y:
    """A result: type and quantization; its shape is left for the engines to find."""

    dtype: str = "FLOAT32"
    quant: Quant | None = None


@dataclass(frozen=True)
class Single:
    """One model. ``steps`` is how far integers may be apart, ``rtol`` and ``atol`` floats."""

    id: str
    op: str
    operands: Sequence[X | K | None]
    results: Sequence[Y] = (Y(),)
    options: Mapping[str, object] | None = None
    steps: int = 0
    rtol: float = 1e-5
    atol: float = 1e-6
    version: int = 1
    custom_options: bytes | None = None
    runs: int = 1
    variables: Sequence[int] = ()  # places of operands that live between runs
    seed: int = 0
    by_default: bool = False  # compare with LiteRT's default kernels, where its reference ones are wrong

    def build(self) -> tuple[bytes, list[np.ndarray]]:
        """The file, and the arrays to feed it."""
        rng = np.random.default_rng(zlib.crc32(self.id.encode()) + self.seed)
        b = TFLiteBuilder()
        numbers: list[int | None] = []
        feeds: list[np.ndarray] = []
        for place, operand in enumerate(self.operands):
            if operand is None:
                numbers.append(None)
                continue
            array = operand.array(rng)
            dtype = operand.dtype if isinstance(operand, X) else None
            if isinstance(operand, X) and place in self.variables:
                numbers.append(b.tensor(f"v{place}", array.shape, dtype, quant=operand.quant, variable=True))
            elif isinstance(operand, X):
                numbers.append(b.tensor(f"x{place}", array.shape, dtype, quant=operand.quant))
                b.inputs(numbers[-1])
                feeds.append(array)
            else:
                quant = operand.quant or (operand.data.quant if isinstance(operand.data, X) else None)
                numbers.append(b.tensor(f"k{place}", data=array, quant=quant))
        results = [b.tensor(f"y{i}", (), y.dtype, quant=y.quant, ranked=False) for i, y in enumerate(self.results)]
        b.op(self.op, numbers, results, self.options, version=self.version, custom_options=self.custom_options)
        return b.outputs(*results).build(), feeds


def ours(data: bytes, feeds: Sequence[np.ndarray], runs: int = 1) -> list[np.ndarray]:
    """The C runtime's outputs, which must be those of the NumPy meaning: integers bit for bit."""
    model = load(data)
    graph = model.graph({spec.name: feed.shape for spec, feed in zip(model.inputs, feeds, strict=True)})
    program = compile_graph(graph)
    states: dict[object, np.ndarray] = {}
    for _ in range(runs):
        meant = interpret(graph, feeds, states)  # type: ignore[arg-type]
    session = Session(Compiled([program], [graph]).to_bytes())
    for _ in range(runs):
        got = [np.array(array) for array in session.run(*feeds)]
    session.close()
    for place, (have, want) in enumerate(zip(got, meant, strict=True)):
        assert have.shape == want.shape
        if have.dtype.kind == "f":
            np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-5, err_msg=f"C against meaning, output {place}")
        else:
            np.testing.assert_array_equal(have, want, err_msg=f"C against meaning, output {place}")
    return got


def check(case: Single, peers: Sequence[LiteRT]) -> None:
    """Run both and compare. The first peer that takes the model counts."""
    data, feeds = case.build()
    for peer in peers[1:] if case.by_default else peers:
        try:
            want = peer.run(data, feeds, case.runs)
            break
        except RefusedError:
            if peer is peers[-1]:
                raise
    got = ours(data, feeds, case.runs)
    for place, (have, expected) in enumerate(zip(got, want, strict=True)):
        assert have.shape == expected.shape, f"output {place}: shape {have.shape}, LiteRT {expected.shape}"
        assert have.dtype == expected.dtype, f"output {place}: {have.dtype}, LiteRT {expected.dtype}"
        if have.dtype.kind == "f":
            np.testing.assert_allclose(have, expected, rtol=case.rtol, atol=case.atol, err_msg=f"output {place}")
            continue
        apart = np.abs(have.astype(np.int64) - expected.astype(np.int64))
        worst = int(apart.max(initial=0))
        assert worst <= case.steps, (
            f"output {place}: {worst} steps apart, at most {case.steps} expected; {np.count_nonzero(apart)} of "
            f"{apart.size} differ"
        )
