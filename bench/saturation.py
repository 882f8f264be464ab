"""Whether int8 products are exact on an instruction set: ours and OpenVINO's, on the largest sums that the types allow.

    python bench/saturation.py [--isa avx2,avx2_vnni,avx512_core_vnni]

One pointwise convolution with inputs of 255 and weights of 127 and -127, as QDQ ONNX, the answer known in advance.
``vpmaddubsw``, the byte product of CPUs without a byte dot product, adds two products in int16: 2 x 255 x 127 does not
fit, and is cut to 32,767.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CHANNELS, SIDE = 64, 8
OURS = {"avx512_core_vnni": "avx512vnni"}  # where OpenVINO's name of an instruction set is not ours


def network() -> tuple[bytes, np.ndarray]:
    """The model, and the right answer for inputs of ones, [channels]."""
    from onnx import TensorProto, checker, helper, numpy_helper

    weights = np.full((CHANNELS, CHANNELS, 1, 1), 127, np.int8)
    weights[::2] *= -1
    weights[:, ::3] *= -1
    numbers = {
        "x_scale": np.float32(1 / 255), "x_zero": np.uint8(0), "w": weights, "w_scale": np.float32(0.01),
        "w_zero": np.int8(0), "y_scale": np.float32(0.5), "y_zero": np.uint8(128),
    }  # fmt: skip
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "x_scale", "x_zero"], ["x_q"]),
        helper.make_node("DequantizeLinear", ["x_q", "x_scale", "x_zero"], ["x_d"]),
        helper.make_node("DequantizeLinear", ["w", "w_scale", "w_zero"], ["w_d"]),
        helper.make_node("Conv", ["x_d", "w_d"], ["sum"]),
        helper.make_node("QuantizeLinear", ["sum", "y_scale", "y_zero"], ["y_q"]),
        helper.make_node("DequantizeLinear", ["y_q", "y_scale", "y_zero"], ["y"]),
    ]
    shape = [1, CHANNELS, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "saturation",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model)
    right = np.rint(weights[:, :, 0, 0].astype(np.float64).sum(1) * 0.01 / 0.5) * 0.5
    return model.SerializeToString(), right


def answer(engine: str, path: str) -> list[float]:
    """What an engine says, in this process."""
    ones = np.ones((1, CHANNELS, SIDE, SIDE), np.float32)
    if engine == "openvino":
        import openvino

        out = openvino.Core().compile_model(path, "CPU")([ones])[0]
    else:
        import edgesmith

        with edgesmith.Session(edgesmith.compile(path).to_bytes()) as session:
            (out,) = session.run(ones)
    return [float(number) for number in np.asarray(out)[0, :, 0, 0]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isa", default="avx2,avx2_vnni,avx512_core_vnni")
    parser.add_argument("--answer", nargs=2, metavar=("ENGINE", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer:
        print(json.dumps(answer(*options.answer)))
        return
    model, right = network()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "saturation.onnx")
        path.write_bytes(model)
        for isa in options.isa.split(","):
            for engine in ("edgesmith", "openvino"):
                limits = {"EDGE_ISA": OURS.get(isa, isa), "ONEDNN_MAX_CPU_ISA": isa.upper()}
                done = subprocess.run(
                    [sys.executable, __file__, "--answer", engine, str(path)],
                    env={**os.environ, **limits}, capture_output=True, text=True, check=True,
                )  # fmt: skip
                found = np.array(json.loads(done.stdout.splitlines()[-1]))
                off = float(np.abs(found - right).max())
                verdict = "exact" if off == 0 else f"off by {off:g} of {np.abs(right).max():g}"
                print(f"{isa:>17} {engine:>9}: {verdict}")


if __name__ == "__main__":
    main()
