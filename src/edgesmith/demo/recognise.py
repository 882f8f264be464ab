"""The whole way of the shipped digit model: import, compile, verify, save, load, run, measure."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

import edgesmith as es
from edgesmith.demo import audio
from edgesmith.demo.page import Buffer, Facts, Report, Step, render
from edgesmith.verify import VerifyReport, check_operators

MODEL = "digits.onnx"
RUNS = 200


@dataclass(slots=True)
class Heard:
    """What the model made of one recording: (label, probability), best first."""

    clip: str
    samples: np.ndarray
    ranked: list[tuple[str, float]]

    def to_dict(self) -> dict[str, Any]:
        return {"clip": self.clip, "heard": [{"label": label, "probability": p} for label, p in self.ranked]}


def shipped_clips() -> list[Path]:
    """The recordings that come with the package."""
    folder = resources.files("edgesmith.demo").joinpath("clips")
    return sorted(Path(str(item)) for item in folder.iterdir() if item.name.endswith(".wav"))


class Recogniser:
    """The digit model, compiled and saved to ``folder``, verified, and loaded by the C runtime."""

    def __init__(self, folder: str | os.PathLike[str], threads: int = 1) -> None:
        data = resources.files("edgesmith.demo").joinpath(MODEL).read_bytes()
        self.model = es.load(data, name=MODEL)
        self.model_bytes = len(data)
        self.labels: list[str] = self.model.metadata["labels"]
        lowest, highest = json.loads(self.model.metadata["spectrogram_hertz"])
        self.hertz = (float(lowest), float(highest))
        self.compiled = es.compile(self.model)
        self.path = Path(folder) / "digits.edge"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        clip = audio.load(shipped_clips()[0])
        self.verified: VerifyReport = check_operators(self.compiled, [clip.reshape(self._shape)], threads=threads)
        if not self.verified.ok:
            raise es.CheckFailed(str(self.verified))
        self.compiled.save(self.path)
        self.threads = threads
        self.session = es.Session(self.path, threads=threads)

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.compiled.program.inputs[0].shape

    def hear(self, path: str | os.PathLike[str]) -> Heard:
        """Recognise the digit in a recording."""
        samples = audio.load(path)
        (chances,) = self.session.run(samples.reshape(self._shape))
        flat = chances.reshape(-1)
        order = np.argsort(-flat, kind="stable")
        return Heard(Path(path).name, samples[0], [(self.labels[i], float(flat[i])) for i in order])

    def measure(self, runs: int = RUNS) -> tuple[np.ndarray, np.ndarray]:
        """Microseconds of whole runs (runs,), and the median microseconds of each step, on the last recording."""
        self.session.invoke()
        whole = np.empty(runs)
        for index in range(runs):
            before = time.perf_counter()
            self.session.invoke()
            whole[index] = 1e6 * (time.perf_counter() - before)
        return whole, np.median(self.session.run_timed(runs), axis=0) / 1e3

    def spectrogram(self, samples: np.ndarray) -> np.ndarray:
        """What the model's own front end makes of samples, (frames, bands): the output of its last logarithm."""
        program = self.compiled.program
        names = [node.outputs[0].name for node in self.compiled.graph.nodes if node.op == "log"]
        probe = next(p for p in program.probes if p.name == names[-1])
        with es.Session(self.path) as session:
            session.fill(0, samples.reshape(self._shape))
            session.run_steps(0, probe.step + 1)
            raw = session.arena()[probe.place.offset : probe.place.offset + probe.place.bytes].copy()
        bands = raw.view(np.float32).reshape([dim for dim in probe.shape if dim != 1])
        return bands if bands.shape[0] > bands.shape[1] else np.ascontiguousarray(bands.T)

    def facts(self, whole: np.ndarray) -> Facts:
        """Sizes and the measured latency."""
        program = self.compiled.program
        median, p95 = np.percentile(whole, [50, 95])
        return Facts(
            self.model_bytes,
            program.arena_bytes,
            program.macs,
            float(median),
            float(p95),
            whole.size,
            self.threads,
            self.session.isa,
        )

    def page(self, heard: Heard, whole: np.ndarray, steps: Sequence[float]) -> str:
        """The report as one self-contained HTML page."""
        program = self.compiled.program
        rows = [
            Step(step.layer, step.kernel, step.shape, step.macs, float(micros))
            for step, micros in zip(program.steps, steps, strict=True)
        ]
        buffers = [
            Buffer(r.name, r.offset, r.offset + r.bytes, r.first, r.last) for r in program.regions if r.bytes > 0
        ]
        exact = sum(check.exact for check in self.verified.checks)
        checks = [
            f"{len(self.verified.checks)} operators agree with their NumPy meaning within their stated bounds, "
            f"{exact} of them bit for bit.",
            f"The file of {self.path.stat().st_size:,} bytes was loaded by the C runtime before it was written.",
        ]
        return render(
            Report(
                heard.clip,
                heard.samples,
                audio.RATE,
                self.spectrogram(heard.samples),
                self.hertz,
                sorted(heard.ranked, key=lambda pair: self.labels.index(pair[0])),
                self.facts(whole),
                rows,
                buffers,
                checks,
                es.__version__,
            )
        )

    def to_dict(self, whole: np.ndarray) -> dict[str, Any]:
        """Facts for ``--json``."""
        return {
            **asdict(self.facts(whole)),
            "edge_file": str(self.path),
            "operators_checked": len(self.verified.checks),
        }
