"""HDF5 files from strangers, looked at before Keras reads them. Runs in the worker, because libhdf5 is C.

An HDF5 file can point outside itself (external links, external storage, virtual datasets), name a filter plugin for
the library to load, hold references and objects, and unfold to any size. Weights need none of that.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from edgesmith.errors import ModelError
from edgesmith.importers.keras.config import clean_config

MAX_OBJECTS: Final = 200_000
MAX_DEPTH: Final = 64
MAX_TEXT: Final = 64 << 20
FLOOR: Final = 16 << 20
RATIO: Final = 64
_FILTERS: Final = {1: "deflate", 2: "shuffle", 3: "fletcher32"}


def check_weights(path: Path, source: str) -> None:
    """Look at every link, attribute and dataset of a file, following nothing that leaves it.

    Raises:
        ModelError: not HDF5, or one that does more than hold numbers.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _Walk(h5py, source, max(FLOOR, RATIO * path.stat().st_size)).group(file, "", 0)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{source}: its weights are no sound HDF5 file: {error}") from None


def clean_legacy(path: Path) -> None:
    """Replace the architecture in an older ``.h5`` file, whose weights were checked, by its own in safe words.

    Raises:
        ModelError: it holds none.
        UnsupportedError: see ``config.clean_config``.
    """
    import h5py

    with h5py.File(path, "r+") as file:
        text = file.attrs.get("model_config")
        if text is None:
            raise ModelError(
                "holds weights and no architecture; save the whole model, e.g. model.save('model.keras'), "
                "or build it and give the live model"
            )
        data = text if isinstance(text, bytes) else str(text).encode()
        file.attrs["model_config"] = clean_config(data, "the file").decode()
        file.attrs.pop("training_config", None)


class _Walk:
    """One pass over the file. Groups and datasets are paid for, and no group is met twice."""

    def __init__(self, h5py: Any, source: str, most: int) -> None:
        self.h5py = h5py
        self.source = source
        self.left = most
        self.most = most
        self.objects = MAX_OBJECTS
        self.seen: set[int] = set()

    def fail(self, where: str, what: str) -> None:
        raise ModelError(f"{self.source}: weights, '{where[:120] or '/'}': {what}")

    def group(self, group: Any, where: str, depth: int) -> None:
        address = self.h5py.h5o.get_info(group.id).addr
        if depth > MAX_DEPTH or address in self.seen:
            self.fail(where, f"groups contain each other, or are nested more than {MAX_DEPTH} deep")
        self.seen.add(address)
        self.attributes(group, where)
        for name in group:
            self.objects -= 1
            inner = f"{where}/{name}"
            if self.objects < 0:
                self.fail(where, f"the file has more than {MAX_OBJECTS} objects")
            link = group.get(name, getlink=True)
            if not isinstance(link, self.h5py.HardLink):
                self.fail(inner, f"is a link to somewhere else ({type(link).__name__}); expected the data itself")
            item = group[name]
            if isinstance(item, self.h5py.Group):
                self.group(item, inner, depth + 1)
            elif isinstance(item, self.h5py.Dataset):
                self.dataset(item, inner)
            else:
                self.fail(inner, f"is a {type(item).__name__}; expected a group or a dataset")

    def dataset(self, item: Any, where: str) -> None:
        made = item.id.get_create_plist()
        if made.get_external_count() or made.get_layout() == self.h5py.h5d.VIRTUAL:
            self.fail(where, "keeps its numbers in another file")
        for index in range(made.get_nfilters()):
            code = made.get_filter(index)[0]
            if code not in _FILTERS:
                self.fail(where, f"needs filter {code}; expected one of {', '.join(_FILTERS.values())}")
        self.numbers(item.id, where)
        self.attributes(item, where)

    def numbers(self, item: Any, where: str) -> None:
        """Fixed-size elements, and no more of them than the file could honestly hold."""
        if item.get_type().get_class() not in (self.h5py.h5t.INTEGER, self.h5py.h5t.FLOAT, self.h5py.h5t.ENUM):
            self.text(item, where)
        self.pay(item, where)

    def text(self, item: Any, where: str) -> None:
        kind = item.get_type()
        plain = kind.get_class() == self.h5py.h5t.STRING and not kind.is_variable_str()
        if not plain:
            self.fail(where, "holds objects or references; expected numbers")

    def pay(self, item: Any, where: str) -> None:
        count = 1
        for dim in item.shape if hasattr(item, "shape") else item.get_space().get_simple_extent_dims():
            count *= int(dim)
        self.left -= count * item.get_type().get_size()
        if self.left < 0:
            self.fail(where, f"the file unfolds to more than {self.most} bytes")

    def attributes(self, item: Any, where: str) -> None:
        """Attributes are numbers or text; text of any length is what older Keras keeps the architecture in."""
        for name in item.attrs:
            attribute = item.attrs.get_id(name)
            kind = attribute.get_type()
            if kind.get_class() == self.h5py.h5t.STRING:
                self.pay(attribute, f"{where}@{name}")
            else:
                self.numbers(attribute, f"{where}@{name}")
