"""Whole models on pictures whose answer is known: classes, a pose, a mask."""

from __future__ import annotations

import csv
import pathlib
import sys
from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed: pip install 'edgesmith[test]'")

from PIL import Image

from edgesmith.model import load


def _picture(path: pathlib.Path, side: int) -> np.ndarray:
    image = Image.open(path).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8)[None]


def test_movenet_finds_the_pose(shared: pathlib.Path, figure: Callable[[str], None]) -> None:
    """Within 4 % of the picture of the reference's keypoints, which another engine found on another scaling."""
    model = load(shared / "models/tflite/movenet_single_pose_lightning_ptq.tflite")
    found = model(_picture(shared / "images/other/squat.bmp", 192))[0, 0]
    with open(shared / "models/tflite/movenet_single_pose_lightning_ptq_reference.csv") as file:
        rows = [(float(row["keypoint_y"]), float(row["keypoint_x"])) for row in csv.DictReader(file)]
    apart = np.abs(found[:, :2] - np.array(rows))
    figure(f"MoveNet: keypoints {apart.mean():.4f} (mean) and {apart.max():.4f} (most) of the picture off")
    assert apart.max() < 0.04


def test_deeplab_finds_the_bird(shared: pathlib.Path, figure: Callable[[str], None]) -> None:
    model = load(shared / "models/tflite/deeplabv3_mnv2_dm05_pascal_quant.tflite")
    found = model(_picture(shared / "images/other/bird_segmentation.bmp", 513))[0] == 3
    mask = np.asarray(Image.open(shared / "images/other/bird_segmentation_mask.bmp")) == 3
    overlap = np.count_nonzero(found & mask) / np.count_nonzero(found | mask)
    figure(f"DeepLab: intersection over union with the given mask {overlap:.3f}")
    assert overlap > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tf2_mobilenet_v2_1.0_224_ptq", "mobilenet_v2_quantized_1x3x224x224"])
def test_top_1_is_litert_s(name: str, root: pathlib.Path, shared: pathlib.Path, figure: Callable[[str], None]) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    sys.path.insert(0, str(root / "bench"))
    from accuracy import top_1

    told = top_1(name, shared)
    figure(f"{name}: {', '.join(f'{key} {value}' for key, value in told.items())}")
    assert abs(int(str(told["edgesmith"])) - int(str(told["litert"]))) <= 2
