"""Runs for a model out of what people have: folders, archives, arrays. One sample in memory at a time."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from edgesmith import ModelError, TensorSpec, UsageError
from edgesmith.cli.files import read_array, read_input
from edgesmith.media.images import Pixels

ARCHIVES = (".tar", ".tgz", ".gz")
MOST_BYTES = 256 << 20  # of one file in an archive
Named = tuple[str, list[np.ndarray]]


def read_batches(path: Path, inputs: Sequence[TensorSpec], pixels: Pixels) -> Iterator[list[np.ndarray]]:
    """The runs that a data file, folder or archive gives for a model, one after the other.

    A .npz file has an array for each input, in their order; a .npy file is for models with one input. Their first
    axis counts the samples. A folder or .tar archive has a file for each run: pictures, .wav, .npy or .npz.

    Raises:
        FileNotFoundError: no such file or folder.
        UsageError: a folder without data, or arrays that do not fit the inputs.
    """
    return (run for _, run in read_named(path, inputs, pixels))


def read_named(path: Path, inputs: Sequence[TensorSpec], pixels: Pixels) -> Iterator[Named]:
    """Like ``read_batches``, with the name of the file that each run is from, relative to the folder or archive.

    Raises:
        ModelError: a number that is not finite, besides.
    """
    for count, (name, run) in enumerate(_named(path, inputs, pixels), 1):
        if not all(np.isfinite(array).all() for array in run if array.dtype.kind in "fc"):
            raise ModelError(f"{path}: sample {count}, '{name}', holds numbers that are not finite")
        yield name, run


def _named(path: Path, inputs: Sequence[TensorSpec], pixels: Pixels) -> Iterator[Named]:
    shapes = [tuple(dim if isinstance(dim, int) else 1 for dim in spec.shape or ()) for spec in inputs]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        files = [file for file in files if file.suffix.lower() not in (".csv", ".txt", ".json")]
        if not files:
            raise UsageError(f"{path} holds no files to take data from")
        for file in files:
            yield from _file(file, str(file.relative_to(path)), inputs, shapes, pixels)
    elif path.suffix.lower() in ARCHIVES and path.is_file():
        yield from _archive(path, inputs, shapes, pixels)
    elif path.suffix.lower() in (".npy", ".npz") or not path.exists():
        yield from ((path.name, run) for run in _samples(path, inputs, shapes))
    else:
        raise UsageError(f"{path}: data is a folder, a .tar archive, a .npz file or a .npy file")


def _file(
    file: Path, name: str, inputs: Sequence[TensorSpec], shapes: Sequence[tuple[int, ...]],
    pixels: Pixels,
) -> Iterator[Named]:  # fmt: skip
    if len(inputs) != 1 and file.suffix.lower() != ".npz":
        raise UsageError(f"{file}: the model has {len(inputs)} inputs, so data are .npz files with an array for each")
    if file.suffix.lower() == ".npz":
        yield from ((name, run) for run in _samples(file, inputs, shapes))
    else:
        yield name, [read_input(file, shapes[0], inputs[0].dtype, inputs[0].quant, pixels)]


def _archive(
    path: Path, inputs: Sequence[TensorSpec], shapes: Sequence[tuple[int, ...]],
    pixels: Pixels,
) -> Iterator[Named]:  # fmt: skip
    """The members of a .tar archive in their order; each is read through a file of its own, and nothing is unpacked."""
    import tempfile

    try:
        with tarfile.open(path) as archive, tempfile.TemporaryDirectory() as folder:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is None or Path(member.name).name.startswith("."):
                    continue
                if member.size > MOST_BYTES:
                    raise UsageError(f"{path}: '{member.name}' has {member.size:,} bytes; the most is {MOST_BYTES:,}")
                file = Path(folder) / f"member{Path(member.name).suffix.lower()}"
                file.write_bytes(stream.read())
                yield from _file(file, member.name, inputs, shapes, pixels)
                archive.members.clear()  # type: ignore[attr-defined]  # which would grow with every file
    except (tarfile.TarError, EOFError) as error:
        raise ModelError(f"{path}: not a sound .tar archive: {str(error).splitlines()[0].rstrip(':')}") from None


class _Rows:
    """The rows of an array in a file, read as they are wanted."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[np.generic], stream: IO[bytes], what: str) -> None:
        self.shape, self.dtype, self.stream, self.what = shape, dtype, stream, what

    def take(self, count: int) -> np.ndarray:
        shape = (count, *self.shape[1:])
        size = int(np.prod(shape, dtype=np.int64)) * self.dtype.itemsize
        data = self.stream.read(size)
        if len(data) != size:
            raise ModelError(f"{self.what} is truncated: {size:,} bytes of samples expected, {len(data):,} are there")
        return np.frombuffer(data, self.dtype).reshape(shape)


def _rows(stream: IO[bytes], what: str) -> _Rows | None:
    """An array's header read, its rows to come; None for forms that cannot be read row by row."""
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        return None
    shape, columns_first, dtype = read(stream)
    if columns_first or dtype.hasobject or not shape:
        return None
    return _Rows(shape, dtype, stream, what)


def _samples(path: Path, inputs: Sequence[TensorSpec], shapes: Sequence[tuple[int, ...]]) -> Iterator[list[np.ndarray]]:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".npy")]
                streams = [archive.open(name) for name in names]
                rows = [_rows(stream, f"{path}: {name}") for stream, name in zip(streams, names, strict=True)]
                yield from _runs(path, rows, inputs, shapes)
        else:
            with path.open("rb") as file:
                yield from _runs(path, [_rows(file, f"{path}")], inputs, shapes)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        if isinstance(error, (UsageError, ModelError)):
            raise
        raise ModelError(f"{path}: not a sound .npy or .npz file: {error}") from None


def _runs(
    path: Path, rows: Sequence[_Rows | None], inputs: Sequence[TensorSpec], shapes: Sequence[tuple[int, ...]]
) -> Iterator[list[np.ndarray]]:
    """Rows of arrays as runs, once their shapes fit the inputs."""
    arrays: Sequence[_Rows | np.ndarray] = [row for row in rows if row is not None]
    if len(arrays) != len(rows):
        arrays = read_array(path)
    if len(arrays) != len(inputs):
        raise UsageError(f"{path} holds {len(arrays)} arrays, the model has {len(inputs)} inputs")
    for array, shape, spec in zip(arrays, shapes, inputs, strict=True):
        if array.shape[1:] != shape[1:] or not shape or array.shape[0] % shape[0]:
            raise UsageError(f"{path}: an array of shape {array.shape} is no number of samples for input {spec}")
    counts = {array.shape[0] // shape[0] for array, shape in zip(arrays, shapes, strict=True)}
    if len(counts) != 1:
        raise UsageError(f"{path}: its arrays hold different numbers of samples: {sorted(counts)}")
    for run in range(counts.pop()):
        yield [
            array.take(shape[0])
            if isinstance(array, _Rows)
            else np.ascontiguousarray(array[run * shape[0] : (run + 1) * shape[0]])
            for array, shape in zip(arrays, shapes, strict=True)
        ]
