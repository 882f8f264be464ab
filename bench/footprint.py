"""Load plus first inference, and resident memory, of a .tflite model: Edgesmith beside LiteRT.

    python bench/footprint.py MODEL.tflite [--runs 7]

Each measurement is a fresh process; the engines take turns; medians are printed. Edgesmith runs the .edge file that
``edgesmith convert`` makes of the model, as a device would. "Added" is peak resident memory over that of the same
process with NumPy alone imported. "Beyond" is what load and first run added to the memory that stays resident, less the
packed weights and the planned arena, which is all that a program must hold.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROBE = """
import json, sys, time
import numpy as np
def kilobytes(what):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(what)))
engine, path = sys.argv[1:]
base = kilobytes("VmHWM")
needed = 0
begun = time.perf_counter()
if engine == "edgesmith":
    from edgesmith.runtime.library import library
    from edgesmith.runtime.session import Session
    library()  # the shared library, which LiteRT loads at its import too
    resident = kilobytes("VmRSS")
    imported = time.perf_counter()
    session = Session(path)
    first = [np.zeros(p.shape, p.data.dtype) for p in session.inputs]
    session.run(*first)
    done = time.perf_counter()
    needed = (session.memory["packed"] + session.memory["arena"]) // 1024
elif engine == "litert":
    from ai_edge_litert.interpreter import Interpreter
    resident = kilobytes("VmRSS")
    imported = time.perf_counter()
    interpreter = Interpreter(path, num_threads=1)
    interpreter.allocate_tensors()
    for d in interpreter.get_input_details():
        interpreter.set_tensor(d["index"], np.zeros(d["shape"], d["dtype"]))
    interpreter.invoke()
    done = time.perf_counter()
print(json.dumps({"import_ms": 1e3 * (imported - begun), "first_ms": 1e3 * (done - imported),
                  "peak_kb": kilobytes("VmHWM"), "added_kb": kilobytes("VmHWM") - base,
                  "beyond_kb": kilobytes("VmRSS") - resident - needed}))
"""


def measure(engine: str, path: Path) -> dict[str, float]:
    """One fresh process."""
    done = subprocess.run([sys.executable, "-c", PROBE, engine, str(path)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    import edgesmith as es

    with tempfile.TemporaryDirectory() as folder:
        edge = Path(folder, "model.edge")
        es.compile(options.model).save(edge)
        rows: dict[str, list[dict[str, float]]] = {"edgesmith": [], "litert": []}
        for _ in range(options.runs):
            for engine, path in (("edgesmith", edge), ("litert", options.model)):
                rows[engine].append(measure(engine, path))
        print(
            f"{options.model.name}: .tflite {options.model.stat().st_size:,} bytes, .edge {edge.stat().st_size:,} bytes"
        )
    keys = ("import_ms", "first_ms", "peak_kb", "added_kb", "beyond_kb")
    print(f"{'':<12}" + "".join(f"{key:>12}" for key in keys))
    for engine, items in rows.items():
        print(f"{engine:<12}" + "".join(f"{statistics.median(item[key] for item in items):>12,.1f}" for key in keys))


if __name__ == "__main__":
    main()
