"""The conformance tests that ship in the ``onnx`` wheel, run one by one in forked children.

Every case ends in one word, and a reason where it is not ``pass``:

``pass``         every output agrees within the case's own tolerances, shape and element type included
``unsupported``  an ``UnsupportedError`` that names what is missing
``wrong``        an answer that differs, or a sound model refused as a broken one
``crashed``      any other exception, a signal, or a limit of time or memory
"""

from __future__ import annotations

import glob
import multiprocessing
import multiprocessing.connection
import os
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

WORDS = ("pass", "unsupported", "wrong", "crashed")
Engine = Callable[[bytes, Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Case:
    """One conformance test: a model in bytes and pairs of inputs and expected outputs."""

    name: str
    model: Callable[[], bytes]
    data_sets: Callable[[], Sequence[tuple[Sequence[Any], Sequence[Any]]]]
    rtol: float
    atol: float


@dataclass(frozen=True)
class Outcome:
    name: str
    word: str
    reason: str
    seconds: float

    def line(self) -> str:
        return f"{self.name} {self.word}" + (f": {self.reason}" if self.reason else "")


def cases() -> list[Case]:
    """Every test of ``onnx.backend.test``, by name. A few names occur in two kinds: the second gets a suffix."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reference code divides by zero on purpose
        found = [
            (kind, test)
            for kind in ("node", "real", "simple", "pytorch-converted", "pytorch-operator")
            for test in load_model_tests(kind=kind)
        ]
    result: dict[str, Case] = {}
    for kind, test in found:
        name = test.name if test.name not in result else f"{test.name}.{kind}"
        if name in result:
            raise RuntimeError(f"two conformance tests are named {name}")
        result[name] = _case(name, test)
    return [result[name] for name in sorted(result)]


def _case(name: str, test: Any) -> Case:
    if test.model is not None:
        return Case(name, test.model.SerializeToString, lambda: test.data_sets, test.rtol, test.atol)
    if test.url and "light" in test.url:
        import onnx

        path = Path(onnx.__file__).parent.parent / test.url
        return Case(name, path.read_bytes, lambda: _light_data(path), test.rtol, test.atol)
    folder = Path(test.model_dir)
    return Case(name, (folder / "model.onnx").read_bytes, lambda: _stored_data(folder), test.rtol, test.atol)


def _light_data(path: Path) -> list[tuple[list[Any], list[Any]]]:
    """The large networks come with an output for one input, which is a ramp from 0 to 1."""
    import onnx

    graph = onnx.load(path).graph
    constants = {item.name for item in graph.initializer}
    inputs = []
    for item in graph.input:
        if item.name not in constants:
            shape = [dim.dim_value or 1 for dim in item.type.tensor_type.shape.dim]
            count = int(np.prod(shape))
            inputs.append((np.arange(count).reshape(shape) / count).astype(np.float32))
    outputs = [
        onnx.numpy_helper.to_array(onnx.load_tensor(f"{path.with_suffix('')}_output_{i}.pb"))
        for i in range(len(graph.output))
    ]
    return [(inputs, outputs)]


def _stored_data(folder: Path) -> list[tuple[list[Any], list[Any]]]:
    import onnx

    graph = onnx.load(folder / "model.onnx").graph
    result = []
    for data in sorted(folder.glob("test_data_set*")):
        sides: list[list[Any]] = []
        for side, values in (("input", graph.input), ("output", graph.output)):
            count = len(glob.glob(str(data / f"{side}_*.pb")))
            sides.append([_stored(data / f"{side}_{i}.pb", values[i].type) for i in range(count)])
        result.append((sides[0], sides[1]))
    return result


def _stored(path: Path, kind: Any) -> Any:
    import onnx

    raw = path.read_bytes()
    if kind.HasField("sequence_type"):
        return onnx.numpy_helper.to_list(onnx.SequenceProto.FromString(raw))
    if kind.HasField("optional_type"):
        return onnx.numpy_helper.to_optional(onnx.OptionalProto.FromString(raw))
    return onnx.numpy_helper.to_array(onnx.TensorProto.FromString(raw))


def plain(value: Any) -> Any:
    """A test's value as arrays: some of them are kept as protocol buffers."""
    import onnx

    if isinstance(value, onnx.TensorProto):
        return onnx.numpy_helper.to_array(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None else np.asarray(value)


def compare(got: Sequence[Any], expected: Sequence[Any], rtol: float, atol: float) -> str:
    """An empty string, or what differs. The tolerances and rules are those of onnx's own runner."""
    if len(got) != len(expected):
        return f"{len(got)} outputs instead of {len(expected)}"
    for index, (out, ref) in enumerate(zip(got, expected, strict=True)):
        if isinstance(ref, list):
            if not isinstance(out, (list, tuple)):
                return f"output {index} is no sequence"
            difference = compare(out, ref, rtol, atol)
        elif ref is None or out is None:
            difference = "" if ref is out else "one is empty"
        else:
            difference = _compare_arrays(np.asarray(out), ref, rtol, atol)
        if difference:
            return f"output {index}: {difference}"
    return ""


def _compare_arrays(out: np.ndarray, ref: np.ndarray, rtol: float, atol: float) -> str:
    if out.shape != ref.shape:
        return f"shape {out.shape} instead of {ref.shape}"
    if ref.dtype == object:
        return "" if np.array_equal(out, ref) else "strings differ"
    if out.dtype != ref.dtype:
        return f"type {out.dtype} instead of {ref.dtype}"
    if ref.dtype.name == "bfloat16":
        rtol = max(rtol, 2**-6)
    if ref.dtype.kind not in "biufc":
        out, ref = out.astype(np.float32), ref.astype(np.float32)
    with np.errstate(all="ignore"):
        close = np.isclose(out, ref, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return ""
    first = tuple(int(i[0]) for i in np.nonzero(~np.atleast_1d(close)))
    a, b = np.atleast_1d(out)[first], np.atleast_1d(ref)[first]
    return f"{int((~close).sum())} of {close.size} elements differ, at {first} {a} instead of {b}"


def run_case(case: Case, engine: Engine) -> tuple[str, str]:
    """The word and the reason of one case, in this process."""
    from edgesmith.errors import EdgesmithError, UnsupportedError

    try:
        model = case.model()
        for inputs, expected in case.data_sets():
            got = engine(model, [plain(item) for item in inputs])
            difference = compare(got, [plain(item) for item in expected], case.rtol, case.atol)
            if difference:
                return "wrong", difference
    except UnsupportedError as error:
        return "unsupported", "; ".join(sorted({f"{item.operator}: {item.reason}" for item in error.items}))
    except EdgesmithError as error:
        return "wrong", f"{type(error).__name__}: {_one_line(error)}"
    except MemoryError:
        return "crashed", "out of memory"
    except Exception as error:  # the point of the exercise: anything else is a defect of ours
        if os.environ.get("EDGESMITH_TRACE"):
            traceback.print_exc()
        return "crashed", f"{type(error).__name__}: {_one_line(error)}"
    return "pass", ""


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def run_all(
    todo: Sequence[Case], engine: Engine, jobs: int = 2, seconds: float = 60, gigabytes: float = 6
) -> Iterator[Outcome]:
    """Runs the cases in forked children, each of which is replaced when it dies or exceeds a limit."""
    context = multiprocessing.get_context("fork")
    waiting = list(range(len(todo)))[::-1]
    children: list[_Child] = []
    try:
        while waiting or any(child.current is not None for child in children):
            while len(children) < jobs and waiting:
                children.append(_Child(context, todo, engine, gigabytes))
            for child in children:
                if child.current is None and waiting:
                    child.start(waiting.pop())
            multiprocessing.connection.wait([child.pipe for child in children], timeout=0.5)
            for child in list(children):
                done = child.poll(seconds)
                if done is not None:
                    index, word, reason, took = done
                    yield Outcome(todo[index].name, word, reason, took)
                if child.dead:
                    children.remove(child)
    finally:
        for child in children:
            child.stop()


class _Child:
    """One forked process that runs the cases whose numbers it is sent."""

    def __init__(self, context: Any, todo: Sequence[Case], engine: Engine, gigabytes: float) -> None:
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, todo, engine, gigabytes), daemon=True)
        self.process.start()
        theirs.close()
        self.current: int | None = None
        self.since = 0.0
        self.dead = False

    def start(self, index: int) -> None:
        self.current, self.since = index, time.monotonic()
        self.pipe.send(index)

    def poll(self, seconds: float) -> tuple[int, str, str, float] | None:
        """The outcome of the current case, where there is one by now."""
        if self.current is None:
            return None
        index, took = self.current, time.monotonic() - self.since
        try:
            if self.pipe.poll():
                word, reason = self.pipe.recv()
                self.current = None
                return index, word, reason, took
        except (EOFError, ConnectionResetError):
            self.process.join(5)
            return self._died(index, f"the process ended with {self.process.exitcode}", took)
        if took > seconds:
            return self._died(index, f"no answer within {seconds:g} s", took)
        return None

    def _died(self, index: int, reason: str, took: float) -> tuple[int, str, str, float]:
        self.stop()
        self.dead, self.current = True, None
        return index, "crashed", reason, took

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Any, todo: Sequence[Case], engine: Engine, gigabytes: float) -> None:
    limit = int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    while True:
        try:
            index = pipe.recv()
        except EOFError:
            os._exit(0)
        pipe.send(run_case(todo[index], engine))
        sys.stdout.flush()
