"""LiteRT in a process of its own, since some models crash it: arrays in, arrays out.

    with LiteRT("ref") as peer:
        outputs = peer.run(model_bytes, [x])

Kernels are ``ref`` (BUILTIN_REF, the reference kernels) or ``default`` (what a user gets, XNNPACK included).
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

import numpy as np


class CrashedError(Exception):
    """LiteRT ended its process, or took too long."""


class RefusedError(Exception):
    """LiteRT raised an error: it does not take the model or the input."""


class LiteRT:
    def __init__(self, kernels: str = "ref", threads: int = 1) -> None:
        self.command = [sys.executable, __file__, kernels, str(threads)]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LiteRT:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def run(self, model: bytes, inputs: Sequence[np.ndarray], runs: int = 1) -> list[np.ndarray]:
        """Outputs of the last of ``runs`` runs on the same inputs. Inputs of other shapes resize the model.

        Raises:
            RefusedError: LiteRT says no. CrashedError: it says nothing any more.
        """
        if self.process is None:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"model": np.frombuffer(model, np.uint8), "runs": np.asarray(runs)}
        request |= {f"x{place}": array for place, array in enumerate(inputs)}
        try:
            _send(self.process.stdin, request)
            answer = _receive(self.process.stdout)
        except (BrokenPipeError, EOFError) as error:
            self.close()
            raise CrashedError("LiteRT crashed") from error
        if "error" in answer:
            raise RefusedError(str(answer["error"]))
        return [answer[f"y{place}"] for place in range(len(answer))]


def _send(stream: io.BufferedIOBase, arrays: dict[str, np.ndarray]) -> None:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    stream.write(struct.pack("<Q", packed.tell()) + packed.getvalue())
    stream.flush()


def _receive(stream: io.BufferedIOBase) -> dict[str, np.ndarray]:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    with np.load(io.BytesIO(stream.read(struct.unpack("<Q", head)[0]))) as packed:
        return {name: packed[name] for name in packed.files}


def _serve(kernels: str, threads: int) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    types = {"ref": OpResolverType.BUILTIN_REF, "default": OpResolverType.AUTO}
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    loaded, peer = b"", None
    while True:
        try:
            request = _receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            model = request["model"].tobytes()
            if model == loaded:
                peer.reset_all_variables()
            else:
                loaded = b""
                peer = Interpreter(
                    model_content=model, experimental_op_resolver_type=types[kernels], num_threads=threads
                )
            details = peer.get_input_details()
            arrays = [request[f"x{place}"] for place in range(len(details))]
            for detail, array in zip(details, arrays, strict=True):
                if tuple(detail["shape"]) != array.shape:
                    peer.resize_tensor_input(detail["index"], array.shape)
                    loaded = b""
            if model != loaded:
                peer.allocate_tensors()
                loaded = model
            for _ in range(int(request["runs"])):
                for detail, array in zip(details, arrays, strict=True):
                    peer.set_tensor(detail["index"], array)
                peer.invoke()
            found = [peer.get_tensor(detail["index"]) for detail in peer.get_output_details()]
            answer = {f"y{place}": array for place, array in enumerate(found)}
        except (RuntimeError, ValueError) as error:
            answer = {"error": np.asarray(str(error)[:500])}
        _send(out, answer)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
