"""PyTorch modules give the answers that PyTorch gives, and keep the paths of their parts."""

from __future__ import annotations

import numpy as np
import pytest

import edgesmith as es

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
pytest.importorskip("onnxscript", reason="the extra [torch] is not installed")
nn = torch.nn


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.BatchNorm2d(width)
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.relu(self.mix(nn.functional.hardswish(self.norm(self.conv(x)))))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Block(8), nn.MaxPool2d(2), Block(8))
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.head(self.blocks(self.stem(x)).mean((2, 3))), -1)


@pytest.fixture(scope="module")
def net() -> nn.Module:
    torch.manual_seed(4)
    made = Net()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return made


def test_a_convolutional_net_answers_as_in_pytorch(net: nn.Module) -> None:
    x = torch.randn(1, 3, 33, 30)
    was = net.training
    model = es.load(net, example_inputs=(x,))
    assert net.training is was
    want = net.eval()(x).detach().numpy()
    np.testing.assert_allclose(model(x.numpy()), want, rtol=1e-5, atol=1e-6)


def test_module_paths_survive_to_the_listing(net: nn.Module) -> None:
    model = es.load(net, example_inputs=(torch.randn(1, 3, 16, 16),))
    layers = [step.layer for step in es.compile(model).program.steps]
    assert any("blocks.2.mix" in layer for layer in layers), layers


def test_a_transformer_layer_answers_as_in_pytorch() -> None:
    torch.manual_seed(5)
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval()
    x = torch.randn(2, 7, 16)
    np.testing.assert_allclose(
        es.load(layer, example_inputs=x)(x.numpy()), layer(x).detach().numpy(), rtol=1e-4, atol=1e-5
    )


def test_an_exported_program_answers_as_in_pytorch(net: nn.Module) -> None:
    x = torch.randn(1, 3, 17, 22)
    program = torch.export.export(net.eval(), (x,))
    want = net(x).detach().numpy()
    np.testing.assert_allclose(es.load(program)(x.numpy()), want, rtol=1e-5, atol=1e-6)
    unfolded = es.load(program.module(), example_inputs=x)
    np.testing.assert_allclose(unfolded(x.numpy()), want, rtol=1e-5, atol=1e-6)


def test_missing_example_inputs_are_asked_for(net: nn.Module) -> None:
    with pytest.raises(es.UsageError, match="example_inputs"):
        es.load(net)


def test_a_module_that_cannot_be_traced_says_why() -> None:
    class Odd(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x if float(x.sum()) > 0 else open("/dev/null")  # type: ignore[return-value]

    with pytest.raises(es.ModelError, match="Odd: torch"):
        es.load(Odd(), example_inputs=(torch.ones(2),))
