"""What quantizing costs real models: accuracy, error, time and memory, each beside what it is compared with.

    python bench/quantization.py [mobilenet] [per-tensor] [budget] [four-bits] [tiny] [memory]

Models and pictures are those of ../shared. MobileNetV2 is calibrated on one half of the photographs and judged on the
other, in turns, so that each is judged once by a model that has not seen it; "budget" takes every fifth for itself.
"""

from __future__ import annotations

import io
import os
import pathlib
import resource
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder, whose models.py hides tests/models

from models.inputs import photographs, picture, real_inputs  # noqa: E402
from PIL import Image  # noqa: E402

import edgesmith as es  # noqa: E402
from edgesmith.model import Model  # noqa: E402
from edgesmith.quantization.floats import floats  # noqa: E402

SHARED = pathlib.Path(os.environ.get("EDGESMITH_SHARED") or ROOT.parent / "shared")
TINY = {  # float, and the official int8
    "KWS": ("kws_ref_model_float32", "kws_ref_model"),
    "VWW": ("vww_96_float", "vww_96_int8"),
    "IC": ("pretrainedResnet", "pretrainedResnet_quant"),
    "AD": ("ad01_fp32", "ad01_int8"),
}
BACKGROUND = 1  # class 0 of the models' 1001


def cifar(count: int, size: int, which: str = "train") -> Iterator[np.ndarray]:
    """Bytes (1, size, size, 3) of pictures spread over the archive."""
    with tarfile.open(SHARED / "vision/cifar10_jpeg.tar") as archive:
        step = (50_000 if which == "train" else 5_000) // count
        place = 0
        for member in archive:
            if member.isfile() and member.name.startswith(which):
                if place % step == 0 and place // step < count:
                    stream = archive.extractfile(member)
                    assert stream is not None
                    image = Image.open(io.BytesIO(stream.read())).convert("RGB")
                    yield np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))[None]
                place += 1
            archive.members.clear()  # type: ignore[attr-defined]


def mobilenet() -> Model:
    """The float network behind the quantized MobileNetV2 of ../shared."""
    return es.load(floats(es.load(SHARED / "models/tflite/tf2_mobilenet_v2_1.0_224_ptq.tflite").graph()))


def unit(pixels: np.ndarray) -> np.ndarray:
    """Bytes as MobileNetV2's floats."""
    return (pixels.astype(np.float32) - 127) / np.float32(127.5)


def right(model: Model, places: Sequence[int]) -> int:
    """How many of some photographs a model names."""
    rows = photographs(SHARED)
    hits = 0
    for place in places:
        path, label = rows[place]
        hits += int(model(unit(picture(path, 224, 224))).argmax()) - BACKGROUND == label
    return hits


def judge_mobilenet(title: str, **settings: object) -> None:
    source, rows = mobilenet(), photographs(SHARED)
    hits = [0, 0]
    for half in range(2):
        mine, others = range(half, len(rows), 2), range(1 - half, len(rows), 2)
        begun = time.perf_counter()
        made = es.quantize(source, (unit(picture(rows[place][0], 224, 224)) for place in mine), **settings)  # type: ignore[arg-type]
        seconds = time.perf_counter() - begun
        hits[0] += right(made, others)
        hits[1] += right(source, others)
        print(f"  half {half + 1}, {seconds:.1f} s: " + "\n    ".join(made.report.reasons))
    print(f"{title}: {hits[0]} of {len(rows)} right, float {hits[1]}", flush=True)


def budget() -> None:
    """Half a percent of top-1 on every fifth photograph, and what that is worth on the others."""
    source, rows = mobilenet(), photographs(SHARED)
    mine, others = range(0, 250, 5), [place for place in range(250) if place % 5]
    begun = time.perf_counter()
    made = es.quantize(
        source,
        [unit(picture(rows[place][0], 224, 224)) for place in mine],
        labels=[rows[place][1] + BACKGROUND for place in mine],
        max_drop=0.005,
    )
    seconds = time.perf_counter() - begun
    print(
        f"budget: {right(made, others)} of {len(others)} others right, float {right(source, others)}, {seconds:.1f} s"
    )
    print("  " + "\n  ".join(made.report.reasons))


def tiny_errors(task: str) -> tuple[float, float, int]:
    """Mean squared error to the float outputs, of ours and of the official int8 file, and on how many held inputs."""
    source, peer = (es.load(SHARED / f"models/tflite/{each}.tflite") for each in TINY[task])
    if task == "IC":
        runs, held = ([[pixels.astype(np.float32)] for pixels in cifar(200, 32, each)] for each in ("train", "test"))
    else:
        every = list(real_inputs(TINY[task][0], source.inputs, SHARED, 240))
        runs, held = every[::2], every[1::2]
    made = es.quantize(source, runs, measure_speed=False)
    shape = tuple(dim if isinstance(dim, int) else 1 for dim in peer.inputs[0].shape or ())
    quant, out = peer.inputs[0].quant, peer.outputs[0].quant
    assert quant is not None
    assert out is not None
    errors = np.zeros(2)
    for run in held:
        wanted = source(*run)
        given = np.clip(np.rint(run[0] / quant.scale0) + quant.zero0, -128, 127).astype(np.int8)
        theirs = (peer(given.reshape(shape)).astype(np.float32) - out.zero0) * out.scale0
        errors += [np.square(each - wanted).mean() for each in (made(*run), theirs.reshape(wanted.shape))]
    ours, official = errors / len(held)
    return float(ours), float(official), len(held)


def tiny() -> None:
    for task in TINY:
        ours, official, count = tiny_errors(task)
        print(f"{task}: mean squared error {ours:.3g}, the official int8 file {official:.3g} ({count} held inputs)")


def memory() -> None:
    """Calibration on 10,000 pictures as they stream from the archive."""
    source = es.load(SHARED / "models/tflite/pretrainedResnet.tflite")
    begun = time.perf_counter()
    es.quantize(source, (pixels.astype(np.float32) for pixels in cifar(10_000, 32)), measure_speed=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"10,000 pictures: peak {peak:.0f} MB of the whole process, {time.perf_counter() - begun:.0f} s")


TASKS = {
    "mobilenet": lambda: judge_mobilenet("int8, defaults"),
    "per-tensor": lambda: judge_mobilenet("int8, one scale for all weights of a layer", per_channel=False),
    "budget": budget,
    "four-bits": lambda: judge_mobilenet("weights of 4 bits", scheme="weights4"),
    "tiny": tiny,
    "memory": memory,
}

if __name__ == "__main__":
    for task in sys.argv[1:] or TASKS:
        TASKS[task]()
