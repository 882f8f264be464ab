"""Trains an LSTM on spoken digits and a small BERT on text, quantizes both, and compares accuracy on held data.

    python bench/quantize_trained.py [lstm] [bert]

The LSTM hears the digits of ../shared. The encoder reads 64 bytes and says what they are from: Python, C headers,
licences or HTML of this machine. Needs the extra [torch]; each takes a minute or two.
"""

from __future__ import annotations

import os
import pathlib
import sys
import sysconfig
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder, whose models.py hides tests/models

from models.inputs import spectrum, speech  # noqa: E402

import edgesmith as es  # noqa: E402

SHARED = pathlib.Path(os.environ.get("EDGESMITH_SHARED") or ROOT.parent / "shared")
FRAMES, BANDS = 32, 20
TOKENS, WIDTH, HEADS = 64, 64, 2
TEXTS = {
    "Python": (pathlib.Path(sysconfig.get_paths()["stdlib"]), "*.py"),
    "C": (pathlib.Path("/usr/include"), "**/*.h"),
    "licences": (pathlib.Path("/usr/share/common-licenses"), "*"),
    "HTML": (pathlib.Path(sysconfig.get_paths()["purelib"]), "**/*.html"),
}


class Listener(nn.Module):
    """An LSTM over frames, and a layer on its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, 48, batch_first=True)
        self.out = nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.lstm(x)[0][:, -1])


class Block(nn.Module):
    """Attention and two dense layers, each added to its input and normalized (Devlin et al., "BERT", 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mix = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        batch = x.shape[0]
        q, k, v = (
            layer(x).reshape(batch, TOKENS, HEADS, WIDTH // HEADS).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        chances = torch.softmax(q @ k.transpose(2, 3) / (WIDTH // HEADS) ** 0.5, -1)
        x = self.first(x + self.mix((chances @ v).transpose(1, 2).reshape(batch, TOKENS, WIDTH)))
        return self.second(x + self.narrow(nn.functional.gelu(self.wide(x))))


class Reader(nn.Module):
    """Bytes to one of four kinds of text."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(256, WIDTH), nn.Parameter(0.1 * torch.randn(TOKENS, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.out = nn.Linear(WIDTH, len(TEXTS))

    def forward(self, ids: Tensor) -> Tensor:
        x = self.words(ids) + self.places
        for block in self.blocks:
            x = block(x)
        return self.out(x.mean(1))


def train(net: nn.Module, x: Tensor, y: Tensor, steps: int, rate: float) -> None:
    torch.manual_seed(0)
    best = torch.optim.AdamW(net.parameters(), rate)
    plan = torch.optim.lr_scheduler.OneCycleLR(best, rate, steps)
    for _ in range(steps):
        some = torch.randint(len(x), (64,))
        best.zero_grad()
        nn.functional.cross_entropy(net(x[some]), y[some]).backward()
        best.step()
        plan.step()
    net.eval()


def compare(name: str, net: nn.Module, x: np.ndarray, y: np.ndarray, held: np.ndarray) -> None:
    """Quantize on some of the training data, and count right answers on held data."""
    source = es.load(net, example_inputs=(torch.from_numpy(x[:1]),))
    training = np.flatnonzero(~held)[::10][:200]
    made = es.quantize(source, [x[place : place + 1] for place in training])
    places = np.flatnonzero(held)
    right = [sum(int(model(x[p : p + 1]).argmax()) == y[p] for p in places) / len(places) for model in (source, made)]
    kinds = [node.op for node in made.graph().nodes if node.outputs[0].quant is not None]
    print(
        f"{name}: int8 {right[1]:.2%}, float {right[0]:.2%} of {len(places)} held samples; {len(kinds)} integer nodes"
    )
    print("  " + "\n  ".join(made.report.reasons), flush=True)


def lstm() -> None:
    files = sorted((SHARED / "audio/digits").glob("*.wav"))
    x = np.stack([spectrum(speech(file), FRAMES, BANDS) for file in files]) * 4 - 2
    y = np.array([int(file.name[0]) for file in files])
    held = np.array([int(file.stem.rsplit("_", 1)[1]) % 5 == 0 for file in files])  # every fifth take
    torch.manual_seed(1)
    net = Listener()
    train(net, torch.from_numpy(x[~held]), torch.from_numpy(y[~held]), 900, 1e-2)
    compare("LSTM on spoken digits", net, x, y, held)


def bert() -> None:
    rng = np.random.default_rng(0)
    rows, labels = [], []
    for label, (folder, pattern) in enumerate(TEXTS.values()):
        files = [file for file in sorted(folder.glob(pattern)) if file.is_file()][:400]
        data = b"".join(file.read_bytes()[:20_000] for file in files)
        starts = rng.integers(0, len(data) - TOKENS, 2500)
        rows += [np.frombuffer(data[start : start + TOKENS], np.uint8) for start in starts]
        labels += [label] * len(starts)
    x, y = np.stack(rows).astype(np.int64), np.array(labels)
    held = rng.random(len(x)) < 0.15
    torch.manual_seed(1)
    net = Reader()
    train(net, torch.from_numpy(x[~held]), torch.from_numpy(y[~held]), 700, 2e-3)
    compare("BERT on kinds of text", net, x, y, held)


TASKS: dict[str, Callable[[], None]] = {"lstm": lstm, "bert": bert}

if __name__ == "__main__":
    for task in sys.argv[1:] or TASKS:
        TASKS[task]()
