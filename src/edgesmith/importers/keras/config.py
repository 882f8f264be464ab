"""The architecture in a saved Keras model: JSON that names classes. Checked against ``known`` and written anew.

What Keras reads afterwards is only what was understood here: modules are replaced by those of ``known``, and what
training needs (optimizer, losses, metrics) is left out.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from edgesmith.errors import ModelError, Unsupported, UnsupportedError
from edgesmith.importers.keras.known import ACTIVATIONS, FUNCTIONAL, RUNS_CODE, SEQUENTIAL, UNKNOWN_HINT, family

MAX_BYTES: Final = 16 << 20
MAX_DEPTH: Final = 128
# Text without an end is a token too, and nothing in it is tried twice: the search is linear on any bytes.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_MARKS: Final = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__"}
_ARRAYS: Final = {"__tensor__", "__numpy__"}
_ELEMENTS: Final = re.compile(r"(u?int(8|16|32|64)|b?float(16|32|64)|bool)\Z")
_TRAINING: Final = {"compile_config"}
_NAMING: Final = ("class_name", "registered_name", "spec_name")


def clean_config(data: bytes, source: str) -> bytes:
    """The same architecture in safe words: JSON as Keras reads it.

    Raises:
        ModelError: not JSON, too large or too deep, or not a Functional or Sequential model.
        UnsupportedError: every class or function that is not one of Keras' own, or that would run code.
    """
    text = parse(data, source)
    if not isinstance(text, dict) or "class_name" not in text:
        raise ModelError(f"{source}: its architecture is no Keras object; expected a model with a class_name")
    checker = _Checker()
    made = checker.clean(text, "")
    if checker.refused:
        raise UnsupportedError(source, list(dict.fromkeys(checker.refused)))
    if made["class_name"] not in FUNCTIONAL.names | SEQUENTIAL.names:
        raise ModelError(f"{source}: holds a {made['class_name']}; expected a Functional or Sequential model")
    return json.dumps(made).encode()


def parse(data: bytes, source: str) -> Any:
    """JSON within limits.

    Raises:
        ModelError: not JSON, over 16 MiB, or nested more than 128 deep.
    """
    if len(data) > MAX_BYTES:
        raise ModelError(f"{source}: its architecture is {len(data)} bytes of JSON; the most is {MAX_BYTES}")
    depth = 0
    for token in _TOKEN.finditer(data):
        sign = token[0][:1]
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > MAX_DEPTH:
            raise ModelError(f"{source}: its architecture is nested more than {MAX_DEPTH} deep")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{source}: its architecture is not JSON: {error}") from None


class _Checker:
    """Walks the objects and notes what is refused."""

    def __init__(self) -> None:
        self.refused: list[Unsupported] = []

    def clean(self, item: Any, layer: str) -> Any:
        """``item`` in safe words; ``layer`` is the innermost name around it, for messages."""
        if isinstance(item, list):
            return [self.clean(part, layer) for part in item]
        if not isinstance(item, dict):
            return item
        if any(key in item for key in _NAMING):
            return self._object(item, layer)
        return {key: self.clean(part, layer) for key, part in item.items() if key not in _TRAINING}

    def _object(self, item: dict[str, Any], layer: str) -> Any:
        name, module, config = item.get("class_name"), item.get("module"), item.get("config")
        if isinstance(config, dict) and isinstance(config.get("name"), str):
            layer = config["name"]
        if not isinstance(name, str) or not isinstance(module, str | None):
            return self._refuse(str(name)[:80], layer, "its class or module is not a name")
        if name in RUNS_CODE:
            return self._refuse(name, layer, *RUNS_CODE[name])
        if name in _MARKS:
            return self._mark(item, name, layer)
        if name == "function":
            if isinstance(config, str) and config in ACTIVATIONS and module in (None, "builtins", "keras.activations"):
                return config
            title = f"function {module}.{config}"[:120]
            return self._refuse(title, layer, "it is a function by name, and only Keras' activations are known")
        title = f"{module}.{name}"[:120] if module else name[:80]
        registered = item.get("registered_name")
        if registered not in (None, name, f"keras>{name}"):
            return self._refuse(str(registered)[:120], layer, "it is registered by somebody's own code")
        group = family(module, name)
        if group is None:
            return self._refuse(title, layer, "it is not one of Keras' own classes that are known here")
        kept = {key: self.clean(part, layer) for key, part in item.items() if key not in _TRAINING}
        return {**kept, "module": group.module, "registered_name": None}

    def _mark(self, item: dict[str, Any], name: str, layer: str) -> Any:
        """Keras' words for what JSON lacks: slices, tensors, bytes."""
        config = item.get("config")
        if name in _ARRAYS and not (isinstance(config, dict) and _ELEMENTS.match(str(config.get("dtype")))):
            return self._refuse(name, layer, "its element type is not a number's")
        return {
            key: name if key == "class_name" else self.clean(part, layer)
            for key, part in item.items()
            if key in ("class_name", "config", "items")
        }

    def _refuse(self, name: str, layer: str, reason: str, hint: str = UNKNOWN_HINT) -> None:
        self.refused.append(Unsupported(name, layer, reason, f"{hint}."))
