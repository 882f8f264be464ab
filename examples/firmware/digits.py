#!/usr/bin/env python3
"""The spoken-digit recogniser as a bare-metal program on an emulated microcontroller: recordings in, digits out.

    python examples/firmware/digits.py clip.wav ... [--target cortex-m4] [-o digits-firmware]

Quantizes the network that ships with the package on the recordings that ship with it, writes it as a firmware with
its own front end (samples to spectrum, in floats; spectrum to digit, in int8), builds that, and runs it in QEMU on the
recordings that you name. Without any it hears those that ship. Needs GCC for the core, make and QEMU.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

import edgesmith as es
from edgesmith.chips import export_model
from edgesmith.demo import audio
from edgesmith.demo.recognise import MODEL, shipped_clips
from edgesmith.export.c.bundles import save, texts

CLOCK = 64e6  # hertz of the core that it is judged against
GOLDEN = 3  # recordings in the self-test


@dataclass
class Heard:
    """What the board made of every recording, beside the desk, and what that took."""

    labels: list[str]
    board: np.ndarray
    desk: np.ndarray
    said: str
    instructions: int
    memory: int
    flash: int

    @property
    def share(self) -> float:
        """Of a core at ``CLOCK``, while it listens."""
        return self.instructions * audio.RATE / audio.LENGTH / CLOCK


def quantized() -> es.Model:
    """The network with its spectrum in floats and the rest in int8."""
    model = es.load((files("edgesmith.demo") / MODEL).read_bytes(), name="digits")
    return es.quantize(model, ([audio.load(path)] for path in shipped_clips()), measure_speed=False)


def hear(model: es.Model, clips: list[Path], target: str, folder: Path) -> Heard:
    """Build the firmware, run it on recordings, and ask the desk as well.

    Raises:
        UsageError: a recording that cannot be read.
        subprocess.CalledProcessError: a tool that failed; its own words are on the terminal.
    """
    seconds = [audio.load(path) for path in clips]
    golden = [[audio.load(path)] for path in shipped_clips()[:GOLDEN]]
    exported = export_model(model, target, name="digits", inputs=golden)
    save(texts(exported, "firmware"), folder)
    np.concatenate(seconds).tofile(folder / "inputs.bin")
    done = subprocess.run(["make", "-s", "run"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode:
        print(said, file=sys.stderr)
        done.check_returncode()
    board = np.fromfile(folder / "outputs.bin", np.float32).reshape(len(clips), -1)
    with es.Session(es.compile(model).to_bytes()) as session:
        desk = np.concatenate([session.run(second)[0] for second in seconds])
    return Heard(
        model.metadata["labels"], board, desk, said,
        _number(r"inputs.bin: \d+ runs, (\d+) instructions", said),
        exported.arena_bytes + _number(r"stack: (\d+)", said), flash((folder / "firmware.map").read_text()),
    )  # fmt: skip


def _number(pattern: str, said: str) -> int:
    found = re.search(pattern, said)
    if found is None:
        raise SystemExit(f"the board did not say {pattern!r}; it said:\n{said}")
    return int(found[1])


def flash(linked: str) -> int:
    """Bytes of the network, its front end and libraries, from the linker's map; not of main.c and the self-test."""
    kept = re.compile(r"^ (\.(?:text|rodata)\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (digits\.o|\S+\.a\(\S+\))$", re.M)
    placed = linked.split("Linker script and memory map")[1]
    found = [(name, int(size, 16)) for name, at, size, _ in kept.findall(placed) if "golden" not in name]
    return sum(size for name, size in found if "selftest" not in name)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path, help="wav files; those that ship with the package by default")
    parser.add_argument("--target", default="cortex-m4", help="cortex-m4, -m7, -m33, -m55, -m0+ or rv32imc")
    parser.add_argument("-o", "--output", type=Path, default=Path("digits-firmware"), help="the folder of the firmware")
    words = parser.parse_args()
    clips = words.clips or shipped_clips()
    try:
        found = hear(quantized(), clips, words.target, words.output)
    except es.EdgesmithError as error:
        print(f"digits.py: {error}", file=sys.stderr)
        return 2
    for path, board, desk in zip(clips, found.board, found.desk, strict=True):
        best = int(board.argmax())
        differs = "" if int(desk.argmax()) == best else f"; the desk hears {found.labels[int(desk.argmax())]}"
        print(f"{path.name}: {found.labels[best]}, {board[best]:.1%}{differs}")
    print(
        f"{found.instructions:,} instructions a second of audio, {found.share:.1%} of a core at {CLOCK / 1e6:.0f} MHz\n"
        f"{found.memory:,} bytes of RAM with the stack, {found.flash:,} of flash\n"
        f"probabilities differ from the desk's by {np.abs(found.board - found.desk).max():.2g} at most"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
