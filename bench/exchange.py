"""Every network of the zoo at full size, float and int8, as files for other engines: do they compute what we compute?

    python bench/exchange.py [NAME ...] [--save bench/exchange.json]

Float differences are relative to the largest output. int8 differences are in steps of the output, taken before a last
softmax, whose steps would hide them. "same" says that reading our files again changes no bit.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import edgesmith as es
from edgesmith import zoo
from edgesmith.export import onnx_file, tflite_file
from edgesmith.ir import Graph
from edgesmith.quantization import quantize

Arrays = list[np.ndarray]
BATCHES = 4


def feeds(graph: Graph, seed: int) -> Arrays:
    random = np.random.default_rng(seed)
    return [
        random.uniform(-1, 1, value.shape).astype(np.float32)
        if value.dtype.is_float
        else random.integers(0, 1000, value.shape).astype(value.dtype.numpy)
        for value in graph.inputs
    ]


def without_softmax(graph: Graph) -> Graph:
    last = graph.outputs[0].producer
    if last is not None and last.op == "softmax":
        graph.outputs[0] = last.input(0)
        graph.prune()
    return graph


def onnx_runtime(data: bytes, inputs: Arrays) -> Arrays:
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return list(session.run(None, {port.name: x for port, x in zip(session.get_inputs(), inputs, strict=True)}))


def litert(data: bytes, inputs: Arrays) -> Arrays:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=data)
    interpreter.allocate_tensors()
    for port, x in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(port["index"], x)
    interpreter.invoke()
    return [interpreter.get_tensor(port["index"]) for port in interpreter.get_output_details()]


def openvino(data: bytes, inputs: Arrays) -> Arrays:
    import openvino

    compiled = openvino.compile_model(openvino.Core().read_model(data), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = compiled(inputs)
    return [np.asarray(results[port]) for port in compiled.outputs]


def listed(result: Any) -> Arrays:
    return list(result) if isinstance(result, list) else [result]


def steps_of(model: es.Model) -> list[float | None]:
    """The step of each output; None where floats make it."""
    made = [value.producer for value in model.graph().outputs]
    return [
        float(node.input(0).quant.scale0)
        if node is not None and node.op == "dequantize" and node.input(0).quant
        else None
        for node in made
    ]


def compare(model: es.Model, inputs: Arrays, integers: bool) -> dict[str, Any]:
    """The largest difference of each engine from us, and whether our own reading of the files gives the same bits."""
    ours = listed(model(*inputs))
    sizes = steps_of(model) if integers else [None] * len(ours)
    units = [size or float(np.abs(array).max()) for size, array in zip(sizes, ours, strict=True)]
    engines: dict[str, tuple[Callable[[es.Model], bytes], Callable[[bytes, Arrays], Arrays]]] = {
        "litert": (tflite_file.write, litert),
        "ort": (onnx_file.write, onnx_runtime),
        "ort uint8": (lambda m: onnx_file.write(m, unsigned=True), onnx_runtime),
        "openvino": (lambda m: onnx_file.write(m, unsigned=integers), openvino),
    }
    row: dict[str, Any] = {"unit": "steps" if all(sizes) else "relative"}
    for name, (write, run) in engines.items():
        if name == "ort uint8" and not integers:
            continue
        data = write(model)
        try:
            theirs = run(data, inputs)
        except ImportError:
            continue
        row[name] = max(float(np.abs(a - b).max()) / unit for a, b, unit in zip(ours, theirs, units, strict=True))
        again = listed(es.load(data)(*inputs))
        row.setdefault("same", True)
        row["same"] &= all(np.array_equal(a, b) for a, b in zip(ours, again, strict=True))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", default=zoo.names())
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    rows = []
    for name in options.names or zoo.names():
        graph = zoo.graph(name)
        inputs = feeds(graph, 99)
        rows.append({"network": name, "numbers": "float32", **compare(es.load(graph), inputs, False)})
        graph = without_softmax(zoo.graph(name))
        integers = quantize(graph, (feeds(graph, seed) for seed in range(BATCHES)))
        rows.append({"network": name, "numbers": "int8", **compare(integers, inputs, True)})
        for row in rows[-2:]:
            print("  ".join(f"{key} {item:.2g}" if isinstance(item, float) else f"{item}" for key, item in row.items()))
    if options.save:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        about = {"machine": platform.machine(), "date": str(datetime.date.today()), "commit": commit.stdout.strip()}
        options.save.parent.mkdir(parents=True, exist_ok=True)
        options.save.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
