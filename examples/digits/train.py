"""Train the spoken-digit recogniser, export it as ONNX, and measure the recipe on speakers that it never heard.

    python examples/digits/train.py model   --data PATH/audio/digits     # -> src/edgesmith/demo/digits.onnx
    python examples/digits/train.py measure --data PATH/audio/digits     # -> examples/digits/RESULTS.md

The recordings are those of the Free Spoken Digit Dataset (Z. Jackson et al., CC BY-SA 4.0), which are named
``{digit}_{speaker}_{take}.wav``. Needs PyTorch, onnx, onnxruntime and espeak-ng. One run takes about two minutes on an
idle core, and there are seven: the model, one for each of five speakers left out, and one with known speakers.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "src"))

from data import SYNTHETIC, Recordings, gather  # noqa: E402
from export import compare, export  # noqa: E402
from learn import accuracy, train  # noqa: E402
from model import FrontEnd, Recogniser, reference  # noqa: E402

from edgesmith.demo.audio import load  # noqa: E402

DEMO = ROOT / "src/edgesmith/demo"
VOICES = 240  # synthetic voices in training
TESTED_TAKES = 5  # the data set's own split: takes 0 to 4 of each digit and speaker are the test
NOTES = """
Each row is a network trained without a single recording of the speaker that it is then tested on; synthetic voices are
in the training, never in the test. "Known speakers" is the data set's own split: takes 0 to 4 of each digit and speaker
are the test, the others and the synthetic voices the training. The model that ships is the same recipe, trained on all.
Recordings are placed in their second by `edgesmith.demo.audio.fit`.
One seed each, so read a point or two either way. The recipe was chosen while looking at three of these speakers
(george, nicolas, yweweler); a sixth speaker is the cleaner test.

Made by `python examples/digits/train.py measure`: {epochs} epochs, {voices} synthetic voices, seed {seed},
PyTorch {torch}.
"""


def check_front_end(front: FrontEnd) -> None:
    """Stop unless the front end equals its NumPy reference on noise, on a chirp and on silence."""
    time_axis = np.arange(8000, dtype=np.float32) / 8000
    noise = np.random.default_rng(0).standard_normal(8000).astype(np.float32) * 0.1
    for samples in (noise, 0.5 * np.sin(9000 * time_axis**2), np.zeros(8000, np.float32)):
        error = np.abs(front(torch.from_numpy(samples)[None])[0, 0].numpy() - reference(samples)).max()
        if error > 2e-5:
            raise SystemExit(f"the front end differs from its reference by {error:.2g}, at most 2e-5 is allowed")


def make_model(recordings: Recordings, front: FrontEnd, options: argparse.Namespace) -> None:
    network = train(recordings, options.epochs, front, options.seed)
    recogniser = Recogniser(front, network).eval()
    path = DEMO / "digits.onnx"
    export(recogniser, path)
    size = f"{path.stat().st_size:,} bytes"
    files = [*sorted(options.data.glob("*_*_*.wav")), *sorted((DEMO / "clips").glob("*.wav"))]
    wanted = np.array([int(file.name[0]) for file in files])
    probabilities, error = compare(recogniser, path, np.concatenate([load(file) for file in files]))
    right = probabilities.argmax(1) == wanted
    shipped = np.array([file.parent.name == "clips" for file in files])
    print(f"{path.name}: {size}; ONNX Runtime and PyTorch differ by at most {error:.1e} on {len(files)} recordings")
    print(f"right in training: {right[~shipped].mean():.2%}; shipped clips: {right[shipped].sum()} of {shipped.sum()}")
    if error > 1e-4 or not right[shipped].all():
        raise SystemExit("the exported model does not do what it should")


def measure_one(training: Recordings, test: Recordings, epochs: int, seed: int) -> float:
    torch.set_num_threads(1)
    front = FrontEnd()
    return accuracy(train(training, epochs, front, seed), test, front)


def measure(recordings: Recordings, options: argparse.Namespace) -> None:
    human = recordings.speaker != SYNTHETIC
    splits = {name: human & (recordings.speaker == name) for name in np.unique(recordings.speaker[human])}
    splits["known speakers"] = human & (recordings.take < TESTED_TAKES)
    jobs = {name: (recordings.where(~tested), recordings.where(tested)) for name, tested in splits.items()}
    found: dict[str, float] = {}
    with ProcessPoolExecutor(options.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {name: pool.submit(measure_one, *job, options.epochs, options.seed) for name, job in jobs.items()}
        for name, job in running.items():
            found[name] = job.result()
            print(f"{name}: {found[name]:.1%} of {splits[name].sum()} right", flush=True)
    known = found.pop("known speakers")
    lines = ["# How well the spoken-digit model hears", "", "| speaker left out | right |", "|---|---:|"]
    lines += [f"| {name} | {part:.1%} |" for name, part in found.items()]
    parts = list(found.values())
    lines += [f"| **mean** (range) | **{np.mean(parts):.1%}** ({min(parts):.1%} to {max(parts):.1%}) |"]
    lines += [f"| known speakers | {known:.1%} |"]
    notes = NOTES.format(epochs=options.epochs, voices=VOICES, seed=options.seed, torch=torch.__version__)
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n" + notes, encoding="utf-8")
    print("\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train and measure the spoken-digit recogniser.")
    parser.add_argument("what", choices=["model", "measure"])
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="networks to train at the same time, a core each")
    parser.add_argument("--cache", type=Path, help="file that keeps the powers of the recordings between runs")
    options = parser.parse_args()
    torch.set_num_threads(1)
    front = FrontEnd()
    check_front_end(front)
    if options.cache and options.cache.exists():
        recordings = Recordings(**torch.load(options.cache, weights_only=False))
    else:
        recordings = gather(options.data, VOICES, front)
        if options.cache:
            torch.save({name: getattr(recordings, name) for name in Recordings.__slots__}, options.cache)
    if options.what == "model":
        make_model(recordings, front, options)
    else:
        measure(recordings, options)


if __name__ == "__main__":
    main()
