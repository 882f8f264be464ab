"""Top-1 of the ImageNet models on the 250 photographs of ../shared, here and with LiteRT, picture by picture.

    python bench/accuracy.py [MODEL ...]

LiteRT runs in a process of its own and gets the very same bytes.
"""

from __future__ import annotations

import os
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder, whose models.py hides tests/models

from litert import LiteRT  # noqa: E402
from models.inputs import fit, photographs, picture  # noqa: E402

from edgesmith.compiler import compile_model  # noqa: E402
from edgesmith.model import load  # noqa: E402
from edgesmith.runtime.session import Session  # noqa: E402

MODELS = (
    "tf2_mobilenet_v2_1.0_224_ptq",
    "mobilenet_v2_quantized_1x3x224x224",
    "mobilenet_v1_0.5_160_quant",
    "mobilenet_v1_0.25_128_quant",
)


def top_1(name: str, shared: pathlib.Path, count: int = 250) -> dict[str, object]:
    """Correct answers of each engine, and on how many pictures ours agrees with LiteRT's."""
    data = (shared / f"models/tflite/{name}.tflite").read_bytes()
    model = load(data, name=name)
    spec = model.inputs[0]
    assert spec.shape is not None
    height, width = (int(dim) for dim in (spec.shape[2:] if spec.shape[1] == 3 else spec.shape[1:3]) if dim)
    right = {"edgesmith": 0, "litert": 0}
    agree = exact = 0
    with Session(compile_model(model).to_bytes()) as session, LiteRT("default") as default:
        for path, label in photographs(shared)[:count]:
            feed = fit(picture(path, height, width), spec)
            scores = {
                "edgesmith": np.array(session.run(feed)[0]),
                "litert": default.run(data, [feed])[0],
            }
            best = {engine: int(found.argmax()) - (found.size == 1001) for engine, found in scores.items()}
            for engine, answer in best.items():
                right[engine] += answer == label
            agree += best["edgesmith"] == best["litert"]
            exact += np.array_equal(scores["edgesmith"], scores["litert"])
    return {**right, "of": count, "same answer as litert": agree, "same bytes as litert": exact}


if __name__ == "__main__":
    folder = pathlib.Path(os.environ.get("EDGESMITH_SHARED") or ROOT.parent / "shared")
    for wanted in sys.argv[1:] or MODELS:
        print(wanted, ", ".join(f"{key} {value}" for key, value in top_1(wanted, folder).items()), flush=True)
