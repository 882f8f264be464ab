"""Writes small .edge files that together use every kernel: seeds for fuzzing, and material for damage tests."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "ops")]

import numpy as np  # noqa: E402
from harness import prepare  # noqa: E402

from edgesmith.compiler import compile_graph  # noqa: E402
from edgesmith.ops import Builder, load_all  # noqa: E402
from edgesmith.program.file import read, write  # noqa: E402
from edgesmith.quantization.light import short  # noqa: E402
from edgesmith.types import DType  # noqa: E402


def seeds(limit: int = 24_000) -> dict[str, bytes]:
    """Name -> file, the smallest one for every kernel."""
    best: dict[str, bytes] = {}
    for name, op in sorted(load_all().items()):
        for case in op.cases():
            try:
                data = prepare(op, case).data
            except AssertionError as error:  # a case whose constants fold to nothing has no steps
                raise AssertionError(f"{name}/{case.id}: {error}") from error
            if len(data) > limit:
                continue
            for step in read(data)[0][0].steps:
                if len(data) < len(best.get(step.kernel, data + b"x")):
                    best[step.kernel] = data
    return best | {"four_bits": four_bits()}


def four_bits() -> bytes:
    """A file with weights in four bits: read where they lie by one layer, packed by the other."""
    rng = np.random.default_rng(4)
    b = Builder("four")
    for name, rows, columns in (("one", 1, 70), ("many", 5, 33)):
        outputs = 33
        groups = rng.uniform(0.01, 0.1, (outputs, -(-columns // 32))).astype(np.float16)
        whole = rng.integers(-7, 8, (outputs, columns)).astype(np.float32)
        steps = short(groups, 8).astype(np.float32).repeat(32, axis=1)[:, :columns]
        x = b.input(name, (rows, columns), DType.F32)
        b.output(
            b.add("fully_connected", x, b.constant(whole * steps), b.constant(np.ones(outputs, np.float32))),
            f"y_{name}",
        )
    return write([compile_graph(b.graph)])


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for kernel, data in seeds().items():
        (folder / f"{kernel}.edge").write_bytes(data)
    print(f"{len(list(folder.iterdir()))} seeds in {folder}")


if __name__ == "__main__":
    main()
