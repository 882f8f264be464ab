"""Opening what people name on the command line: source models, .edge files, pictures, arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from edgesmith import Model, ModelError, UsageError, load
from edgesmith.cli.common import WEIGHTS
from edgesmith.media.images import Pixels
from edgesmith.types import DType, Quantization

_TOLD = "edgesmith.told"


def load_model(path: Path | str) -> Model:
    """The model that a verb is about, with the second file that --weights names.

    Raises: as ``edgesmith.load``.
    """
    return load(str(path), weights=second_file())


def model_or_path(path: Path | str) -> Model | Path | str:
    """The path as it is, for those who open files themselves; the model, where it takes a second file to open it."""
    return path if second_file() is None else load_model(path)


def second_file() -> Path | None:
    """What --weights names, where the verb has it."""
    context = click.get_current_context(silent=True)
    return context.meta.get(WEIGHTS) if context else None


def _warn(unsaid: str) -> None:
    """Say once what a picture's numbers leave open."""
    told = click.get_current_context().meta
    if unsaid and not told.get(_TOLD):
        click.echo(f"edgesmith: warning: {unsaid} Give --mean and --std.", err=True)
        told[_TOLD] = True


def is_edge(path: Path) -> bool:
    """Whether the file's first bytes are those of a .edge file; a folder's are not.

    Raises:
        FileNotFoundError: no such file.
    """
    if path.is_dir():
        return False
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    with path.open("rb") as file:
        found = file.read(8) == b"\x89EDGE\r\n\x1a"
    if found and second_file():
        raise UsageError(f"{path} holds its weights itself; --weights FILE is for models of two files")
    return found


def size_of(path: Path) -> int:
    """The bytes of a file, or of all that lies in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def read_edge(path: Path) -> tuple[list[Any], dict[str, Any]]:
    """Programs and metadata of a .edge file, after the C loader has accepted it."""
    from edgesmith import Session
    from edgesmith.compiler import load_kernels
    from edgesmith.program.file import read

    Session(path).close()
    load_kernels()
    return read(path.read_bytes())


def read_array(path: Path) -> list[np.ndarray]:
    """Arrays of a .npy or .npz file; object arrays are refused.

    Raises:
        ModelError: not such a file, or damaged.
    """
    try:
        loaded = np.load(path, allow_pickle=False)  # noqa: TID251 - object arrays are refused by allow_pickle=False
        return [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]
    except (ValueError, OSError, EOFError, KeyError, SyntaxError) as error:
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f"{path}: no such file") from None
        raise ModelError(f"{path}: not a sound .npy or .npz file: {error}") from None


def read_input(
    path: Path,
    shape: Sequence[int],
    dtype: DType,
    quant: Quantization | None,
    pixels: Pixels,
) -> np.ndarray:
    """One input from a picture, a .npy file or a .wav recording, by suffix.

    Raises:
        UsageError: a suffix that is none of these, or contents that do not fit.
    """
    from edgesmith.media import images

    suffix = path.suffix.lower()
    if suffix in images.SUFFIXES:
        _warn(pixels.unsaid)
        return images.to_tensor(images.read_image(path), shape, dtype, quant, pixels)
    if suffix in (".npy", ".npz"):
        arrays = read_array(path)
        if len(arrays) != 1:
            raise UsageError(f"{path} holds {len(arrays)} arrays; give one file an input")
        return arrays[0]
    if suffix == ".wav":
        from edgesmith.demo.audio import read_wav

        samples, _ = read_wav(path)
        wanted = int(np.prod(shape))
        if dtype is not DType.F32 or wanted != max(shape, default=0):
            raise UsageError(f"an input {dtype}{list(shape)} takes no recording; expected f32 samples")
        fitted = np.zeros(wanted, np.float32)
        fitted[: min(wanted, samples.size)] = samples[:wanted]
        return fitted.reshape(tuple(shape))
    raise UsageError(f"{path}: inputs are pictures ({', '.join(sorted(images.SUFFIXES))}), .npy, .npz or .wav files")
