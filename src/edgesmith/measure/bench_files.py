"""The same network as a file for each engine: the source itself where the engine opens it, else one that we write."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgesmith import Compiled, Model, UnsupportedError, UsageError, compile, load
from edgesmith.errors import EdgesmithError, MissingExtraError, ModelError
from edgesmith.export import onnx_file, tflite_file
from edgesmith.export.prepare import join_functions, simplified, split_functions
from edgesmith.measure.engines import OURS, Engine


@dataclass(slots=True)
class Files:
    """Paths by engine, why some engines have none, and what we compiled."""

    compiled: Compiled
    paths: dict[str, Path] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def prepare(
    model: Model, engines: Sequence[Engine], folder: Path, source: Path | None = None, weights: str | None = None
) -> Files:
    """Write what the engines need into ``folder``.

    Args:
        model: the network.
        engines: the peers.
        folder: where files are written.
        source: the file that the model came from, which engines of its format open as it is.
        weights: what our own engine stores float weights in, as ``compile`` takes it.

    Raises:
        ModelError: our own compiler refuses the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(compile(model, weights=weights))
    files.paths[OURS] = folder / "model.edge"
    files.compiled.save(files.paths[OURS])
    suffixes = {f"{name}{source.suffix}" for name in ("", *_OWN)} if source else set[str]()
    written: dict[str, Path] = {suffix: source for suffix in suffixes if source}
    for engine in engines:
        if engine.name == OURS:
            continue
        try:
            files.paths[engine.name] = _file_for(model, engine, folder, written)
        except EdgesmithError as error:
            files.missing[engine.name] = str(error)
    return files


def output_scales(compiled: Compiled) -> list[float]:
    """The step of each output: its own, or that of the integers it was dequantized from; 0 where it has none."""
    scales = []
    for value in compiled.graph.outputs:
        maker = value.producer
        if maker is not None and maker.op == "dequantize":
            value = maker.input(0)
        scales.append(float(value.quant.scale0) if value.quant is not None else 0.0)
    return scales


def before_softmax(model: Model) -> Model | None:
    """The network up to the input of a softmax at its end, or None where it has none there.

    Chances of many classes are so small that in int8 they hide what differs; the scores before them do not.
    """
    graph = model.graph()
    ends = []
    for value in graph.outputs:
        maker = value.producer
        if maker is not None and maker.op in ("dequantize", "quantize"):
            maker = maker.input(0).producer
        ends.append(maker.input(0) if maker is not None and maker.op in ("softmax", "softmax_q") else value)
    if ends == graph.outputs:
        return None
    graph.outputs = ends
    return load(graph)


def _file_for(model: Model, engine: Engine, folder: Path, written: dict[str, Path]) -> Path:
    """A file in the first of the engine's formats that there is or that we can write."""
    if engine.formats == (".param",):
        if model.graph().is_quantized:
            raise UsageError("ncnn is compared on float32 networks only")
        return to_ncnn(_write(model, ".onnx", folder, written), folder)
    for suffix in engine.formats[:-1]:
        try:
            return _write(model, suffix, folder, written, engine.name)
        except UnsupportedError:
            if engine.formats[-1] not in written:
                raise
    return _write(model, engine.formats[-1], folder, written, engine.name)


def _write(model: Model, suffix: str, folder: Path, written: dict[str, Path], engine: str = "") -> Path:
    """The model in a format, written once, or for an engine that is faster with another file."""
    name = engine if suffix == ".onnx" and engine in _OWN else ""
    if name + suffix not in written:
        path = folder / f"model{name}{suffix}"
        path.write_bytes(tflite_file.write(model) if suffix == ".tflite" else _onnx(model, _OWN.get(name)))
        written[name + suffix] = path
    return written[name + suffix]


def _onnx(model: Model, rewrite: Callable[[Any], None] | None = None) -> bytes:
    """As users of these engines have them: their graphs begin with channels first, and unsigned bytes are faster."""
    graph = simplified(model)
    (rewrite or split_functions)(graph)
    return onnx_file.write(graph, channels_first=True, unsigned=True)


# OpenVINO is faster where nothing is rounded between a layer and its function; others compute such layers in floats.
_OWN: dict[str, Callable[[Any], None]] = {"openvino": join_functions}


def to_ncnn(source: Path, folder: Path) -> Path:
    """An ``.onnx`` file as ncnn's ``.param`` and ``.bin`` in float32, made by pnnx, ncnn's own converter.

    Raises:
        MissingExtraError: pnnx is not installed.
        ModelError: pnnx made no file, or left operators in it that ncnn lacks.
    """
    found = importlib.util.find_spec("pnnx")
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError("converting to ncnn (pnnx)", "bench")
    program = Path(found.submodule_search_locations[0], "pnnx")
    shapes = _input_shapes(source)
    words = ",".join(f"[{','.join(map(str, shape))}]f32" for shape in shapes)
    outputs = {
        key: folder.resolve() / f"model.{suffix}"
        for key, suffix in (
            *(("pnnxparam", "pnnx.param"), ("pnnxbin", "pnnx.bin"), ("pnnxpy", "pnnx.py"), ("pnnxonnx", "pnnx.onnx")),
            *(("ncnnparam", "param"), ("ncnnbin", "bin"), ("ncnnpy", "ncnn.py")),
        )
    }
    done = subprocess.run(
        [str(program), source.name, f"inputshape={words}", "fp16=0", *(f"{k}={path}" for k, path in outputs.items())],
        cwd=source.parent,  # where weights beside the .onnx file are looked for
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    path = outputs["ncnnparam"]
    if done.returncode != 0 or not path.exists():
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ModelError(f"pnnx made no file of {source.name}: {said[-1] if said else 'it gave no reason'}")
    lines = path.read_text().splitlines()
    strange = sorted({line.split()[0] for line in lines[2:] if re.match(r"(pnnx|aten|nn|F|torch)[.:]", line)})
    if strange:
        raise ModelError(f"ncnn lacks what pnnx left in {source.name}: {', '.join(strange)}")
    # ncnn's own way of stating an input's shape, without the batch: width, height, channels.
    for number, shape in enumerate(shapes):
        dims = " ".join(f"{key}={dim}" for key, dim in enumerate(reversed(shape[1:])))
        lines = [f"{line} {dims}" if re.match(rf"Input\s+in{number}\s", line) else line for line in lines]
    path.write_text("\n".join(lines) + "\n")
    return path


def _input_shapes(source: Path) -> list[tuple[int, ...]]:
    return [tuple(dim if isinstance(dim, int) else 1 for dim in spec.shape or ()) for spec in load(source).inputs]
