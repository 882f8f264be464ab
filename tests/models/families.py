"""Small networks, one for each family that people bring, with the idioms of that family's code."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SqueezeExcite(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // 4, 1)
        self.excite = nn.Conv2d(width // 4, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.hardsigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))


class MobileNet(nn.Module):
    """Depthwise 5x5, hard swish, squeeze and excite."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16)
        self.depthwise = nn.Conv2d(16, 16, 5, 2, 2, groups=16)
        self.attend, self.point = SqueezeExcite(16), nn.Conv2d(16, 24, 1)
        self.head = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.hardswish(self.norm(self.stem(x)))
        x = self.point(self.attend(F.relu6(self.depthwise(x))))
        return self.head(x.mean((2, 3)))


class UNet(nn.Module):
    """A segmenter: skip connection, transposed convolution, bilinear resize."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.deep = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.up, self.out = nn.ConvTranspose2d(16, 8, 2, 2), nn.Conv2d(16, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        early = F.elu(self.down(x))
        deep = F.leaky_relu(self.deep(F.max_pool2d(early, 2)))
        wide = F.interpolate(deep, scale_factor=2, mode="bilinear", align_corners=False)
        return torch.sigmoid(self.out(torch.cat([early, self.up(deep)], 1))) + wide[:, :4]


class Recurrent(nn.Module):
    """Two bidirectional LSTM layers and a GRU."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 8, 2, bidirectional=True, batch_first=True)
        self.gru, self.out = nn.GRU(16, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y, last = self.gru(self.lstm(x)[0])
        return F.log_softmax(self.out(y), -1), last


class Encoder(nn.Module):
    """A transformer encoder over tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(50, 16), nn.Parameter(torch.randn(12, 16))
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, activation="gelu")
        self.layers, self.out = nn.TransformerEncoder(layer, 2), nn.Linear(16, 50)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.out(self.layers(self.words(tokens) + self.places))


class Detector(nn.Module):
    """A detection head that decodes its boxes on a grid."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 16, 3, 2, 1), nn.Conv2d(16, 32, 3, 2, 1)
        self.head = nn.Conv2d(32, 3 * 7, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.head(F.silu(self.second(F.silu(self.first(x)))))
        n, _, h, w = y.shape
        y = y.view(n, 3, 7, h, w).permute(0, 1, 3, 4, 2).contiguous().sigmoid()
        rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        grid = torch.stack((columns, rows), 2).view(1, 1, h, w, 2).float()
        centre, size = (y[..., :2] * 2 - 0.5 + grid) * 4, (y[..., 2:4] * 2) ** 2
        return torch.cat((centre, size, y[..., 4:]), -1).view(n, -1, 7)


class Windows(nn.Module):
    """Attention in shifted windows, and merging of patches."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.norm = nn.Conv2d(3, 12, 4, 4), nn.LayerNorm(12)
        self.qkv, self.merge = nn.Linear(12, 36), nn.Linear(48, 24)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).permute(0, 2, 3, 1)
        b, h, w, c = x.shape
        x = torch.roll(x, (-1, -1), (1, 2))
        x = x.view(b, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, c)
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        x = (q @ k.transpose(-1, -2) * 0.3).softmax(-1) @ v
        x = x.view(b, h // 2, w // 2, 2, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
        return self.merge(torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1))


class Sound(nn.Module):
    """One-dimensional: strides, dilation, groups, three norms, and back up."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(1, 8, 9, 4), nn.Conv1d(8, 8, 5, dilation=2, groups=4)
        self.group, self.instance = nn.GroupNorm(2, 8), nn.InstanceNorm1d(8, affine=True)
        self.up, self.slope = nn.ConvTranspose1d(8, 2, 6, 3, padding=1, output_padding=1), nn.PReLU(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.group(F.mish(self.second(F.softplus(self.first(x)))))
        return self.up(self.slope(self.instance(F.gelu(x)))).cumsum(-1).clamp(-50, 50)


class Volume(nn.Module):
    """Three-dimensional convolution and pooling, pixel shuffle, reflected padding, top k."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(2, 6, 3, padding=1, stride=(1, 2, 2))
        self.plane = nn.Conv2d(4, 8, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        shuffled = F.pixel_shuffle(self.plane(x[:, :, 0].repeat(1, 2, 1, 1)), 2)
        pooled = F.avg_pool2d(x[:, :, 1], 3, 2, 1, ceil_mode=True, count_include_pad=False)
        return (
            shuffled,
            F.max_pool3d(self.conv(x), 2),
            pooled,
            torch.topk(x.flatten(1), 5)[0],
            F.normalize(x.flatten(1)),
        )


FAMILIES: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "mobilenet": (MobileNet, lambda: torch.randn(1, 3, 33, 47)),
    "unet": (UNet, lambda: torch.randn(2, 3, 16, 24)),
    "recurrent": (Recurrent, lambda: torch.randn(2, 9, 6)),
    "encoder": (Encoder, lambda: torch.randint(0, 50, (2, 12))),
    "detector": (Detector, lambda: torch.randn(1, 3, 32, 40)),
    "windows": (Windows, lambda: torch.randn(1, 3, 16, 16)),
    "sound": (Sound, lambda: torch.randn(1, 1, 400)),
    "volume": (Volume, lambda: torch.randn(1, 2, 4, 10, 12)),
}
