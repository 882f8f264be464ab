"""Writes small .edge files that together use every kernel: seeds for fuzzing, and material for damage tests."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "ops")]

from harness import prepare  # noqa: E402

from edgesmith.ops import load_all  # noqa: E402
from edgesmith.program.file import read  # noqa: E402


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
    return best


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for kernel, data in seeds().items():
        (folder / f"{kernel}.edge").write_bytes(data)
    print(f"{len(list(folder.iterdir()))} seeds in {folder}")


if __name__ == "__main__":
    main()
