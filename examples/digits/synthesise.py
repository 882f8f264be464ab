"""Speak the ten digits with espeak-ng: the clips that ship with `edgesmith demo`.

    python examples/digits/synthesise.py [--out src/edgesmith/demo/clips]

`training_clips` makes a second, larger set in other voices, speeds and pitches for train.py; no shipped clip is in it.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from edgesmith.demo.audio import RATE, Samples, decode_wav, resample  # noqa: E402

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Voice:
    """One way in which espeak-ng speaks: its -v, -s (words per minute) and -p (pitch, 0 to 99)."""

    name: str
    espeak: str
    speed: int
    pitch: int


SHIPPED = (Voice("anna", "en-us+f2", 145, 55), Voice("ben", "en-gb+m3", 140, 40))

_ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-us-nyc", "en-029")
# English as people say it who learned it later: the sounds of their language, in its spelling
_LEARNERS = {
    "de": ("siero", "uann", "tuh", "trie", "fohr", "faif", "siks", "seffen", "eit", "nein"),
    "fr-fr": ("ziro", "ouane", "tou", "sri", "for", "faïve", "sixe", "sévenne", "éïte", "naïne"),
    "es": ("sirou", "uan", "tu", "tri", "for", "faif", "siks", "seven", "eit", "nain"),
    "it": ("ziro", "uan", "tu", "tri", "for", "faiv", "sicks", "seven", "eit", "nain"),
    "nl": ("ziero", "wan", "toe", "srie", "foor", "faaif", "siks", "sevven", "eet", "nain"),
    "el": ("ζίροου", "ουάν", "του", "θρι", "φορ", "φάιβ", "σιξ", "σέβεν", "έιτ", "νάιν"),
}
_TIMBRES = ("m1", "m2", "m4", "m5", "m6", "m7", "m8", "f1", "f3", "f4", "f5", "klatt", "klatt2", "klatt3")
_TIMBRES += ("Adam", "Alex", "Andy", "Annie", "Denis", "Hugo", "Jacky", "John", "Lee", "Linda", "Marco", "Max")


def speak(text: str, voice: Voice) -> Samples:
    """What espeak-ng says, as trimmed 8 kHz samples in [-1, 1]."""
    command = ["espeak-ng", "-v", voice.espeak, "-s", str(voice.speed), "-p", str(voice.pitch), "--stdout", text]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    samples, rate = decode_wav(spoken, "espeak-ng")
    samples = trim(resample(samples, rate, RATE))
    return samples * np.float32(0.7 / np.abs(samples).max())


def trim(samples: Samples, decibels: float = 38.0, margin: float = 0.03) -> Samples:
    """Cut what is ``decibels`` below the loudest 10 ms at both ends, but for a ``margin`` in seconds."""
    frame = RATE // 100
    blocks = samples[: samples.size // frame * frame].reshape(-1, frame)
    power = np.square(blocks).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (-decibels / 10))
    extra = round(margin * RATE)
    return samples[max(0, loud[0] * frame - extra) : (loud[-1] + 1) * frame + extra]


def write(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def training_clips(voices: int, seed: int = 0) -> list[tuple[Samples, int]]:
    """Pairs (samples, digit) in ``voices`` random voices that no shipped clip uses; every third is a learner's."""
    draw = random.Random(seed)
    jobs: list[tuple[str, Voice]] = []
    for index in range(voices):
        words = DIGITS
        accent = draw.choice(_ACCENTS)
        if index % 3 == 0:
            accent, words = draw.choice(list(_LEARNERS.items()))
        voice = Voice("", f"{accent}+{draw.choice(_TIMBRES)}", draw.randint(110, 210), draw.randint(10, 80))
        jobs += [(word, voice) for word in words]
    with ThreadPoolExecutor(2) as pool:
        spoken = list(pool.map(lambda job: speak(*job), jobs))
    return [(samples, index % len(DIGITS)) for index, samples in enumerate(spoken)]


def main() -> None:
    options = argparse.ArgumentParser(description="Speak the digit clips that ship with the package.")
    options.add_argument("--out", type=Path, default=ROOT / "src/edgesmith/demo/clips")
    out = options.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    total = 0
    for voice in SHIPPED:
        for digit, word in enumerate(DIGITS):
            path = out / f"{digit}_{voice.name}.wav"
            write(path, speak(word, voice))
            total += path.stat().st_size
    print(f"{len(SHIPPED) * len(DIGITS)} clips, {total:,} bytes, in {out}")


if __name__ == "__main__":
    main()
