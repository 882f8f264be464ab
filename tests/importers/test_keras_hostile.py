"""Nothing in a saved Keras model runs, is imported, or leads out of the file; what is refused is named."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import marshal
import pathlib
import random
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from keras_files import archive, dense, functional, import_keras, layer

import edgesmith as es
from edgesmith.errors import ModelError, UnsupportedError
from edgesmith.importers.archive import read_archive
from edgesmith.importers.keras.config import MAX_DEPTH, clean_config


@pytest.fixture
def canary(tmp_path: pathlib.Path) -> pathlib.Path:
    """A file that hostile code would write."""
    return tmp_path / "canary"


def marshalled(canary: pathlib.Path) -> dict[str, Any]:
    """A function in Keras' own words for one: code that writes the canary and hands its input on."""
    scope: dict[str, Any] = {}
    exec(f"def trap(x):\n    open({str(canary)!r}, 'w').close()\n    return x", scope)
    code: types.CodeType = scope["trap"].__code__
    text = base64.b64encode(marshal.dumps(code)).decode()
    return {"class_name": "__lambda__", "config": {"code": text, "defaults": None, "closure": None}}


def traps(canary: pathlib.Path) -> dict[str, tuple[dict[str, Any], str]]:
    """Layers that would run code or read files, and what their refusal must name."""
    code = marshalled(canary)
    shell = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
    named = {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "exec"}
    hidden = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1, "kernel_constraint": code}}
    return {
        "lambda": (layer("trap", "Lambda", "x", function=code), "Lambda 'trap'"),
        "old lambda": (layer("trap", "Lambda", "x", function=["4wEA", None, None]), "Lambda 'trap'"),
        "activation": (dense("trap", "x", activation=code), "__lambda__ 'trap'"),
        "inner layer": (layer("trap", "TimeDistributed", "x", layer=hidden), "__lambda__"),
        "os.system": (dense("trap", "x", activation=shell), "function os.system 'trap'"),
        "exec": (dense("trap", "x", activation=named), "function builtins.exec 'trap'"),
        "module": (layer("trap", "Popen", "x", module="subprocess", args="ls"), "subprocess.Popen 'trap'"),
        "keras module": (layer("trap", "get_file", "x", module="keras.utils"), "keras.utils.get_file 'trap'"),
        "loader": (layer("trap", "load_model", "x", module="keras.models"), "keras.models.load_model 'trap'"),
        "likeness": (layer("trap", "Dense", "x", module="keras_of_mine.layers"), "keras_of_mine.layers.Dense 'trap'"),
        "torch": (layer("trap", "TorchModuleWrapper", "x", module="keras.layers"), "TorchModuleWrapper 'trap'"),
        "another model": (layer("trap", "TFSMLayer", "x", filepath="/tmp"), "TFSMLayer 'trap'"),
        "vocabulary": (layer("trap", "StringLookup", "x", vocabulary="/etc/passwd"), "StringLookup 'trap'"),
        "jax": (layer("trap", "JaxLayer", "x", call_fn="os.system"), "JaxLayer 'trap'"),
        "type": (dense("trap", "x", dtype={"class_name": "__typespec__", "spec_name": "x"}), "__typespec__ 'trap'"),
        "objects": (dense("trap", "x", k={"class_name": "__numpy__", "config": {"dtype": "object"}}), "__numpy__"),
        "registered": ({**dense("trap", "x"), "registered_name": "pkg>Dense"}, "pkg>Dense 'trap'"),
        "no name": ({**dense("trap", "x"), "class_name": {"a": 1}}, "not a name"),
    }


@pytest.mark.parametrize("trap", sorted(traps(pathlib.Path("canary"))))
def test_a_layer_that_is_not_plain_arithmetic_is_refused_by_name(trap: str, canary: pathlib.Path) -> None:
    hostile, named = traps(canary)[trap]
    with pytest.raises(UnsupportedError) as caught:
        es.load(archive(functional(hostile, output="trap")), name="m.keras")
    assert named in str(caught.value)
    assert any(word in str(caught.value) for word in ("give the live model", "es.load(folder)", "on the host"))
    assert not canary.exists()


def test_all_that_is_refused_is_listed_at_once(canary: pathlib.Path) -> None:
    hostile = [layer("one", "Lambda", "x", function=marshalled(canary)), layer("two", "Mine", "one", module="mine")]
    with pytest.raises(UnsupportedError) as caught:
        es.load(archive(functional(*hostile, output="two")))
    assert [item.node for item in caught.value.items] == ["one", "two"]


def test_the_trap_would_have_sprung(canary: pathlib.Path) -> None:
    """The same bytes write the canary where a user lets Keras trust them, so the tests above mean something."""
    keras = import_keras()
    function = keras.src.utils.python_utils.func_load(marshalled(canary)["config"]["code"])
    function(1)
    assert canary.exists()


def test_modules_that_a_file_names_are_replaced_by_our_own() -> None:
    given = functional(layer("d", "Dense", "x", units=3, module="keras.src.layers.core.dense"), output="d")
    given["compile_config"] = {"optimizer": {"module": "os", "class_name": "system", "config": {}}}
    made = json.loads(clean_config(json.dumps(given).encode(), "m"))
    assert made["config"]["layers"][1]["module"] == "keras.layers"
    assert "compile_config" not in made
    assert b"system" not in clean_config(json.dumps(given).encode(), "m")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (b"[" * 100_000, "nested more than"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "nested more than"),
        (b"{", "not JSON"),
        (b'"text"', "no Keras object"),
        (b'{"a": 1}', "no Keras object"),
        (b"\xff\xfe", "not JSON"),
        (b'{"class_name": "Dense", "module": "keras.layers", "config": {}}', "expected a Functional or Sequential"),
        (b"1" * 5000, "not JSON"),
        (b'"' + b'\\"' * 2_000_000, "not JSON"),  # minutes, for a search that starts anew at every quote
    ],
    ids=["brackets", "objects", "cut", "text", "plain", "binary", "layer", "digits", "quotes"],
)
def test_damaged_architectures_are_refused(config: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        es.load(archive(config))


def test_brackets_inside_text_do_not_count() -> None:
    text = "[" * 10 * MAX_DEPTH + '"'
    made = clean_config(json.dumps(functional(dense("d", "x", note=text), output="d")).encode(), "m")
    assert json.loads(made)["config"]["layers"][1]["config"]["note"] == text


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", b" " * (64 << 20))
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive({}, **{"../../evil": b"x"}), "unsafe"),
        (archive({}, **{"/etc/evil": b"x"}), "unsafe"),
        (archive({}, **{"assets/vocabulary.txt": b"x"}), "nothing else"),
        (archive({}, **{"model.weights.npz": b"x"}), "nothing else"),
        (bomb(), "brings the total above"),
        (archive({})[:-30], "no directory"),
        (b"PK\3\4" + bytes(100), "no directory"),
    ],
    ids=["parent", "absolute", "asset", "pickles", "bomb", "cut", "empty"],
)
def test_hostile_archives_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        es.load(data)


@pytest.mark.parametrize(
    ("member", "reason"),
    [("model/data.pkl", "pickled objects"), ("model/archive_format", r"es\.load\(torch\.export\.load")],
)
def test_archives_of_pytorch_are_told_apart(member: str, reason: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(member, b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ModelError, match=reason):
        es.load(held.getvalue())


def test_damage_anywhere_ends_in_an_error_of_ours() -> None:
    """What is left of the archive is sound, or is refused; no other exception comes out of the readers."""
    sound = archive(functional(dense("d", "x"), output="d"))
    draw = random.Random(7)
    refused = 0
    for _ in range(400):
        data = bytearray(sound)
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            files = read_archive(memoryview(data), "m")
            clean_config(files.get("config.json", b""), "m")
        except ModelError:
            refused += 1
    assert refused > 200
    start = sound.index(b'{"module"')
    config = sound[start : sound.index(b"PK", start)]
    for _ in range(400):
        data = bytearray(config)
        data[draw.randrange(len(data))] = draw.randrange(256)
        with contextlib.suppress(ModelError):
            clean_config(bytes(data), "m")


DOORS = {
    "write": "open({outside!r}, 'w')",
    "remove": "import os; os.remove({outside!r})",
    "rename": "import os; os.rename('inside', {outside!r})",
    "process": "import subprocess; subprocess.run(['true'])",
    "system": "import os; os.system('true')",
    "network": "import socket; socket.create_connection(('127.0.0.1', 9))",
}


@pytest.mark.parametrize("door", DOORS)
def test_the_worker_closes_its_doors(door: str, tmp_path: pathlib.Path) -> None:
    """Whatever the checks let by, the process that builds the model starts nothing and writes only in its folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    outside = tmp_path / "outside"
    outside.write_text("as it was")
    code = DOORS[door].format(outside=str(outside))
    program = f"""
import pathlib
from edgesmith.importers.keras import guard
guard.close_doors(pathlib.Path.cwd())
open("inside", "w").close()
try:
    {code}
except guard.Refused as error:
    print("refused:", error)
"""
    source = pathlib.Path(es.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(source)}
    )
    assert done.stdout.startswith("refused:"), done.stdout + done.stderr
    assert outside.read_text() == "as it was"
    assert (folder / "inside").exists()


def external_link(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file["layers"] = h5py.ExternalLink(str(other), "/secret")


def soft_link(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file["layers"] = h5py.SoftLink("/nowhere")


def external_storage(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.create_dataset("w", (4,), "u1", external=[(str(other), 0, 4)])


def virtual(h5py: Any, file: Any, other: pathlib.Path) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(str(other), "secret", (4,))
    file.create_virtual_dataset("w", layout)


def references(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.create_dataset("w", (1,), h5py.ref_dtype)


def ragged(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.create_dataset("w", (1,), h5py.vlen_dtype("f4"))


def attribute(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.attrs.create("a", [file.ref], dtype=h5py.ref_dtype)


def circle(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.create_group("a")["b"] = file["/"]


def deep(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.create_group("/".join("a" * 70))


def unfolding(h5py: Any, file: Any, other: pathlib.Path) -> None:
    file.create_dataset("w", (1 << 40,), "f4", chunks=(1 << 20,), compression="gzip")


def plugin(h5py: Any, file: Any, other: pathlib.Path) -> None:
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk((4,))
    made.set_filter(307, h5py.h5z.FLAG_OPTIONAL)  # bzip2's number: libhdf5 would look for a library
    h5py.h5d.create(file.id, b"w", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)), made)


HOSTILE_WEIGHTS = {
    "external link": (external_link, "ExternalLink"),
    "soft link": (soft_link, "SoftLink"),
    "external storage": (external_storage, "another file"),
    "virtual": (virtual, "another file"),
    "references": (references, "objects or references"),
    "ragged": (ragged, "objects or references"),
    "attribute": (attribute, "objects or references"),
    "circle": (circle, "contain each other"),
    "deep": (deep, "nested more than"),
    "unfolding": (unfolding, "unfolds to more than"),
    "plugin": (plugin, "needs filter 307"),
}


@pytest.mark.parametrize("kind", HOSTILE_WEIGHTS)
def test_hostile_weights_are_refused(kind: str, tmp_path: pathlib.Path) -> None:
    h5py = pytest.importorskip("h5py", reason="the extra [keras] is not installed")
    from edgesmith.importers.keras.weights import check_weights

    make: Callable[[Any, Any, pathlib.Path], None]
    make, reason = HOSTILE_WEIGHTS[kind]
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = [1.0, 2.0, 3.0, 4.0]
    path = tmp_path / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("sound", (2, 3), "f4")
        make(h5py, file, other)
    with pytest.raises(ModelError, match=reason):
        check_weights(path, "m.keras")


def test_an_older_file_is_held_to_the_same_lists(canary: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Its architecture is inside the HDF5, so the worker looks at it, before Keras is imported."""
    import_keras()
    h5py = pytest.importorskip("h5py", reason="the extra [keras] is not installed")
    config = functional(layer("trap", "Lambda", "x", function=marshalled(canary)), output="trap")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(UnsupportedError, match="Lambda 'trap'"):
        es.load(tmp_path / "old.h5")
    assert not canary.exists()
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["kernel"] = [1.0]
    with pytest.raises(ModelError, match="weights and no architecture"):
        es.load(tmp_path / "weights.h5")


def test_weights_that_are_no_hdf5_are_refused(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("h5py", reason="the extra [keras] is not installed")
    from edgesmith.importers.keras.weights import check_weights

    path = tmp_path / "w.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8)
    with pytest.raises(ModelError, match="no sound HDF5"):
        check_weights(path, "m.keras")
