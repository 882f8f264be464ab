"""Networks of other kinds on a chip: recurrent, transposed, residual, wide windows, 16-bit activations, floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from boards import measure

import edgesmith as es
from edgesmith.chips import export_model

torch = pytest.importorskip("torch")
nn = torch.nn


class Residual(nn.Module):
    """Two branches that are added, after floats and after integers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.side = (
            nn.Conv2d(3, 16, 3, padding=1),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.Conv2d(3, 16, 1),
        )
        self.last = nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.second(torch.relu(self.first(x))) + self.side(x))
        return self.last(y.mean((2, 3)))


class Recurrent(nn.Module):
    """Words of eight numbers, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.cells, self.last = nn.LSTM(8, 12, batch_first=True), nn.Linear(12, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.cells(x)[0][:, -1])


def windows() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 5, stride=2, padding=2, groups=8), nn.Hardswish(), nn.Conv2d(8, 12, 1),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(108, 6), nn.Softmax(1),
    )  # fmt: skip


def upwards() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 4, 2, 2), nn.Sigmoid())


PICTURE, SEQUENCE = (1, 3, 12, 12), (1, 10, 8)
NETWORKS = {
    "residual": (Residual, PICTURE), "recurrent": (Recurrent, SEQUENCE), "windows": (windows, PICTURE),
    "upwards": (upwards, PICTURE),
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["float", "int8", "int16x8"])
@pytest.mark.parametrize("name", NETWORKS)
def test_network_on_a_chip(name: str, scheme: str, tmp_path: Path) -> None:
    torch.manual_seed(4)
    make, shape = NETWORKS[name]
    rng = np.random.default_rng(4)
    batches = [[rng.standard_normal(shape).astype(np.float32)] for _ in range(6)]
    model = es.load(make().eval(), example_inputs=(torch.zeros(shape),))
    if scheme != "float":
        model = es.quantize(model, batches, scheme=scheme, measure_speed=False)
    exported = export_model(model, "cortex-m4", name="network", inputs=batches[:2])
    found = measure(exported, tmp_path, batches)
    assert found.failed == 0, f"run {found.failed} of the self-test differs from the desk"
    assert found.unchanged
    with es.Session(es.compile(model).to_bytes()) as desk:
        for run, answer in zip(batches, found.answers, strict=True):
            want = desk.run(*run)
            np.testing.assert_allclose(answer[0], want[0], rtol=1e-4, atol=1e-5)


REAL = ["trained_lstm_int8", "dtln_noise_suppression", "keyword_scrambled_8bit", "split_concat", "pretrainedResnet"]


@pytest.mark.parametrize("name", REAL)
def test_real_model_on_a_chip(name: str, shared: Path, tmp_path: Path) -> None:
    """States, integer and float recurrence, copies, residuals in floats: with painted memory, from anew each run."""
    path = shared / "models" / "tflite" / f"{name}.tflite"
    found = measure(export_model(path, "cortex-m4", name="network"), tmp_path)
    assert found.failed == 0
    assert found.unchanged
