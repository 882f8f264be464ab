"""Feeds bytes to the importers and to all that lies behind them, up to the finished program.

    python tests/fuzz/load_model.py tflite 600        looks for new faults for 600 s (needs the atheris package)
    python tests/fuzz/load_model.py replay FILE ...   says what each file does

Whatever the bytes are, the answer is a program or an ``EdgesmithError``, within SECONDS and BYTES.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import pkgutil
import random
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "src"), str(HERE), *(str(ROOT / "tests" / part) for part in ("", "onnx", "importers"))]

SECONDS = 5
BYTES = 2 << 30
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 64) - 1)


SECOND_FILE = b"\n--weights--\n"  # in a case of a format whose models are two files


def examine(data: bytes) -> str:
    """Load and compile; what became of it, in a word. Anything but an ``EdgesmithError`` goes up."""
    import edgesmith

    data, two, weights = data.partition(SECOND_FILE)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            edgesmith.compile(edgesmith.load(data, weights=weights if two else None)).to_bytes()
        except edgesmith.errors.UnforeseenError as error:
            raise error.__cause__ or error from None
        except edgesmith.EdgesmithError as error:
            return type(error).__name__
    return "program"


@functools.cache
def import_all() -> None:
    """Every module, once: in the parent, so that no child pays for it."""
    import edgesmith

    for module in pkgutil.walk_packages(edgesmith.__path__, "edgesmith."):
        if "__main__" not in module.name and "torch" not in module.name:
            with contextlib.suppress(ImportError):  # what needs a package that is not here, no loader needs either
                __import__(module.name)


def watched(data: bytes) -> str:
    """``examine`` in a forked child with limits: its word, or ``fault: ...`` with the place."""
    import_all()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        for number in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of this process; a busy machine is not a fault
        signal.alarm(20 * SECONDS)
        used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, used + BYTES))
        try:
            word = examine(data)
        except BaseException as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            word = f"fault: {type(error).__name__}: {str(error)[:200]} at {place.filename}:{place.lineno}"
        os.write(writer, word.encode("utf-8", "replace"))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        word = pipe.read().decode("utf-8", "replace")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status in (-signal.SIGALRM, -signal.SIGPROF):
        return f"fault: over {SECONDS} s"
    return word if status == 0 and word else f"fault: the process ended with {status}"


def seeds(kind: str) -> dict[str, bytes]:
    """Small sound models: of the onnx package's own tests, or built here field by field."""
    if kind == "onnx":
        import conformance

        found = {}
        for case in conformance.cases():
            data = case.model()
            if len(data) < 2000:
                found[case.name] = data
        return found
    if kind == "ncnn":
        import ncnn_seeds

        return ncnn_seeds.seeds()
    if kind == "caffe":
        import caffe_seeds

        return caffe_seeds.seeds()
    import tflite_seeds

    return tflite_seeds.seeds()


def mutants(data: bytes, count: int, seed: str) -> Iterator[bytes]:
    """Damaged forms of a file: flipped, cut, spliced, with numbers that hurt; the same ones for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        body = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
            at = rng.randrange(len(body)) if body else 0
            match rng.randrange(5):
                case 0:
                    body[at : at + 1] = bytes([rng.randrange(256)])
                case 1:
                    size = rng.choice((1, 2, 4, 8))
                    body[at : at + size] = (rng.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little")
                case 2:
                    del body[at : at + rng.choice((1, 4, 64, len(body)))]
                case 3:
                    other = rng.randrange(len(body) + 1)
                    body[at:at] = body[other : other + rng.choice((1, 4, 32))]
                case _:
                    if body:
                        body[at] ^= 1 << rng.randrange(8)
            if not body:
                break
        yield bytes(body)


def hunt(kind: str, seconds: int) -> None:
    """Coverage-guided search. Leaves a file for each place of a fault in build/fuzz, and goes on."""
    import atheris

    with atheris.instrument_imports(include=["edgesmith"]):
        import_all()
    work = ROOT / "build" / "fuzz" / kind
    corpus = work / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, data in seeds(kind).items():
        (corpus / f"seed-{name}").write_bytes(data)

    def one(data: bytes) -> None:
        try:
            examine(data)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "edgesmith" in frame.filename][-1]
            path = work / f"fault-{type(error).__name__}-{pathlib.Path(ours.filename).stem}-{ours.lineno}"
            if not path.exists():
                path.write_bytes(data)
                print(f"{path}: {str(error)[:200]} at {place.filename}:{place.lineno}", flush=True)

    options = [f"-max_total_time={seconds}", f"-timeout={SECONDS}", f"-rss_limit_mb={BYTES >> 20}", "-max_len=8192"]
    folders = [str(path) for path in (corpus, HERE / "corpus" / kind) if path.is_dir()]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={work}/", *folders], one)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1] == "replay":
        for path in map(pathlib.Path, sys.argv[2:]):
            print(f"{path}: {watched(path.read_bytes())}")
    else:
        hunt(sys.argv[1], int(sys.argv[2]))
