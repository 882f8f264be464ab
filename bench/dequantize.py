"""Writes the float network that a quantized file stands for, as ONNX: what a quantizer starts from.

    python bench/dequantize.py MODEL.tflite OUT.onnx

Weights and biases become the numbers that their integers mean, activations are no longer rounded. Clamps stay.
"""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "src"))

from edgesmith import load
from edgesmith.export import onnx_file
from edgesmith.quantization.floats import floats

if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_bytes(onnx_file.write(floats(load(source).graph())))
    print(f"{target}: {target.stat().st_size:,} bytes")
