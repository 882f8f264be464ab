"""A live Keras model becomes ONNX by Keras' own export, with what is known of its border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgesmith.errors import ModelError, UsageError
from edgesmith.importers.keras.steer import steered
from edgesmith.importers.quiet import quiet

OPSET = 18  # the newest that tf2onnx writes, and the oldest of PyTorch's exporter


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a Keras model. Dimensions that stay open are None."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Border:
    """Inputs and outputs of a model. ``open`` says whether one export serves every shape."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    open: bool
    about: str

    def at_one(self) -> dict[str, tuple[int, ...]]:
        """Input shapes with 1 for every open dimension."""
        return {port.name: tuple(dim or 1 for dim in port.shape) for port in self.inputs}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, text: Mapping[str, Any]) -> Border:
        sides = [tuple(Port(p["name"], p["dtype"], tuple(p["shape"])) for p in text[s]) for s in ("inputs", "outputs")]
        return cls(sides[0], sides[1], bool(text["open"]), str(text["about"]))


class LiveModel:
    """A Keras model in this process.

    Raises:
        UsageError: it has no symbolic inputs, and there is no example to find them by.
    """

    def __init__(self, model: Any, example_inputs: Any = None) -> None:
        import keras

        self.keras = keras
        if not getattr(model, "inputs", None):
            model = _by_example(keras, model, example_inputs)
        self.inputs = list(model.inputs)
        self.outputs = list(model.outputs)
        self.names = _output_names(keras, model)
        # Flat lists on both sides, because exporters disagree on the order of dicts; and in inference for certain,
        # because layers that vary pictures would vary them otherwise.
        flat = keras.Model(_one(self.inputs), _one(self.outputs))
        fresh = [keras.Input(batch_shape=x.shape, dtype=x.dtype, name=f"in{n}") for n, x in enumerate(self.inputs)]
        self.model = keras.Model(_one(fresh), flat(_one(fresh), training=False))

    def border(self) -> Border:
        backend = self.keras.backend.backend()
        return Border(
            inputs=_ports([tensor.name for tensor in self.inputs], self.inputs),
            outputs=_ports(self.names, self.outputs),
            open=backend == "tensorflow",
            about=f"Keras {self.keras.__version__} ({backend})",
        )

    def write(self, path: Path, shapes: Mapping[str, Sequence[int]] | None) -> None:
        """Export for given input shapes; without any, open dimensions stay open.

        Raises:
            ModelError: Keras cannot; its reason is passed on.
        """
        specs = [
            self.keras.InputSpec(
                shape=tuple(shapes[port.name] if shapes else port.shape), dtype=port.dtype, name=f"in{n}"
            )
            for n, port in enumerate(self.border().inputs)
        ]
        with quiet(), steered(self.keras, self.model):
            try:
                self.model.export(
                    str(path), format="onnx", verbose=False, input_signature=[_one(specs)], opset_version=OPSET
                )
            except Exception as error:  # every backend raises its own kinds
                raise ModelError(f"Keras cannot export this model to ONNX: {first_line(error)}") from error


def _one(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def _ports(names: Sequence[str], tensors: Sequence[Any]) -> tuple[Port, ...]:
    return tuple(
        Port(name, str(tensor.dtype), tuple(tensor.shape)) for name, tensor in zip(names, tensors, strict=True)
    )


def _by_example(keras: Any, model: Any, example: Any) -> Any:
    if example is None:
        raise UsageError(
            f"{type(model).__name__} has no inputs of its own yet; give an example: es.load(model, example_inputs=x)"
        )
    structure = keras.tree.map_structure(lambda x: keras.Input(x.shape[1:], dtype=str(x.dtype).split(".")[-1]), example)
    return keras.Model(structure, model(structure))


def _output_names(keras: Any, model: Any) -> list[str]:
    """The keys of a dict of outputs, else the names of the layers they come from, each once."""
    if isinstance(model, keras.Sequential):
        return [model.layers[-1].name]
    found: list[str] = []
    for (path, _), layer in zip(keras.tree.flatten_with_path(model.output), model.output_names, strict=True):
        keys = [key for key in path if isinstance(key, str)]
        name = ".".join(keys) or layer
        found.append(f"{name}_{len(found)}" if name in found else name)
    return found


def first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
