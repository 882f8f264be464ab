"""``Interpreter``: TensorFlow Lite's Python interface over this runtime, so that its users change one import line.

Tensor indices are ours: inputs first, then outputs. Intermediate tensors do not exist as such in a compiled program.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import UsageError, nearest
from edgesmith.model import Model, load
from edgesmith.program.program import Tensor
from edgesmith.runtime.session import Port, Session

# Arguments of TensorFlow Lite's class that choose among its own kernels; there is one set here, so they change nothing.
_IGNORED = (
    "experimental_op_resolver_type",
    "experimental_preserve_all_tensors",
    "experimental_disable_delegate_clustering",
    "experimental_default_delegate_latest_features",
)


class Interpreter:
    """Runs a model through ``allocate_tensors``, ``set_tensor``, ``invoke``, ``get_tensor``.

    Args:
        model_path: a ``.tflite`` or ``.onnx`` file.
        model_content: its bytes, instead.
        num_threads: how many threads share the work.
        experimental_delegates: refused where not empty: there are none here, and falling back would be silent.

    Raises:
        UsageError: neither or both of path and content.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str] | None = None,
        model_content: bytes | None = None,
        experimental_delegates: Sequence[object] | None = None,
        num_threads: int | None = None,
        **unused: Any,
    ) -> None:
        if (model_path is None) == (model_content is None):
            raise UsageError("give model_path or model_content, and not both")
        if experimental_delegates:
            raise UsageError(
                "there are no delegates here; the CPU kernels are the fast path. Drop experimental_delegates"
            )
        for name in unused:
            if name not in _IGNORED:
                raise UsageError(f"Interpreter takes no argument '{name}'.{nearest(name, _IGNORED)}")
        self._model: Model = load(model_content if model_content is not None else model_path)
        self._threads = max(1, num_threads or 1)
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._compiled: Compiled | None = None
        self._session: Session | None = None
        self._compile()

    # -- the interface of TensorFlow Lite -------------------------------------------------------------------------

    def allocate_tensors(self) -> None:
        """Make the model ready for the shapes that were asked for, with all states at their initial values."""
        if self._compiled is None:
            self._compile()
        assert self._compiled is not None
        if self._session is not None:
            self._session.close()
        self._session = Session(self._compiled.to_bytes(), threads=self._threads)

    def get_input_details(self) -> list[dict[str, Any]]:
        """One dict an input: name, index, shape, shape_signature, dtype, quantization, quantization_parameters."""
        program = self._program()
        return [self._detail(tensor, index) for index, tensor in enumerate(program.inputs)]

    def get_output_details(self) -> list[dict[str, Any]]:
        """Like ``get_input_details``, for the outputs."""
        program = self._program()
        return [self._detail(tensor, len(program.inputs) + index) for index, tensor in enumerate(program.outputs)]

    def get_tensor_details(self) -> list[dict[str, Any]]:
        """Inputs and outputs."""
        return self.get_input_details() + self.get_output_details()

    def resize_tensor_input(self, input_index: int, tensor_size: Sequence[int], strict: bool = False) -> None:
        """Ask for another input shape; ``allocate_tensors`` must follow.

        Raises:
            UsageError: no such input; or, where ``strict``, a dimension changes that the file does not leave open.
        """
        inputs = self._model.inputs
        if not 0 <= input_index < len(inputs):
            raise UsageError(f"input index {input_index} is out of range; there are {len(inputs)} inputs")
        spec, shape = inputs[input_index], tuple(int(dim) for dim in tensor_size)
        if strict and spec.shape is not None:
            fixed = [isinstance(want, int) and want != have for want, have in zip(spec.shape, shape, strict=False)]
            if len(shape) != len(spec.shape) or any(fixed):
                raise UsageError(
                    f"input '{spec.name}' is declared {spec}; {shape} changes a dimension that is not open"
                )
        self._shapes[spec.name] = shape
        self._compiled = None
        if self._session is not None:
            self._session.close()
            self._session = None

    def set_tensor(self, tensor_index: int, value: Any) -> None:
        """Copy an array into an input.

        Raises:
            UsageError: no such input, or a shape or type that does not fit.
        """
        session = self._ready()
        if not 0 <= tensor_index < len(session.inputs):
            raise UsageError(f"tensor {tensor_index} is no input; inputs are 0 to {len(session.inputs) - 1}")
        session.fill(tensor_index, np.asarray(value))

    def get_tensor(self, tensor_index: int) -> np.ndarray:
        """A copy of an input or output."""
        return self._port(tensor_index).read().copy()

    def tensor(self, tensor_index: int) -> Callable[[], np.ndarray]:
        """A function that gives a view of an input or output, valid until the next ``allocate_tensors``."""
        port = self._port(tensor_index)
        return port.read

    def invoke(self) -> None:
        """Run on what the inputs hold."""
        self._ready().invoke()

    def reset_all_variables(self) -> None:
        """Set all states back to their initial values."""
        self._ready().reset()

    def get_signature_list(self) -> dict[str, dict[str, list[str]]]:
        """Signature key -> names of its inputs and outputs."""
        return {
            key: {"inputs": sorted(entry["inputs"]), "outputs": sorted(entry["outputs"])}
            for key, entry in self._signatures().items()
        }

    def get_signature_runner(self, signature_key: str | None = None) -> SignatureRunner:
        """A function of named arrays for one signature; the only one where no key is given.

        Raises:
            UsageError: no such signature, or several and no key.
        """
        known = self._signatures()
        if signature_key is None:
            if len(known) != 1:
                raise UsageError(f"the model has {len(known)} signatures; give one of: {', '.join(known) or 'none'}")
            signature_key = next(iter(known))
        if signature_key not in known:
            hint = nearest(signature_key, known)
            raise UsageError(f"there is no signature '{signature_key}'.{hint} Signatures: {', '.join(known)}")
        return SignatureRunner(self, known[signature_key])

    # -- inside -------------------------------------------------------------------------------------------------

    def _signatures(self) -> dict[str, dict[str, dict[str, str]]]:
        return dict(self._model.metadata.get("signatures") or {})

    def _compile(self) -> None:
        self._compiled = compile_model(self._model, shapes=self._shapes or None)

    def _program(self) -> Any:
        if self._compiled is None:
            self._compile()
        assert self._compiled is not None
        return self._compiled.program

    def _ready(self) -> Session:
        if self._session is None:
            raise UsageError("call allocate_tensors() first")
        return self._session

    def _port(self, index: int) -> Port:
        session = self._ready()
        ports = [*session.inputs, *session.outputs]
        if not 0 <= index < len(ports):
            raise UsageError(f"tensor {index} does not exist; inputs and outputs are 0 to {len(ports) - 1}")
        return ports[index]

    def _detail(self, tensor: Tensor, index: int) -> dict[str, Any]:
        quant = tensor.quant
        per_tensor = quant is not None and quant.per_tensor
        declared = next((spec.shape for spec in self._model.inputs if spec.name == tensor.name), None)
        signature = [dim if isinstance(dim, int) else -1 for dim in (declared or tensor.shape)]
        return {
            "name": tensor.name,
            "index": index,
            "shape": np.array(tensor.shape, np.int32),
            "shape_signature": np.array(signature, np.int32),
            "dtype": tensor.dtype.numpy.type,
            "quantization": (float(quant.scale0), quant.zero0) if quant is not None and per_tensor else (0.0, 0),
            "quantization_parameters": {
                "scales": quant.scale if quant is not None else np.zeros(0, np.float32),
                "zero_points": quant.zero_point if quant is not None else np.zeros(0, np.int32),
                "quantized_dimension": quant.axis or 0 if quant is not None else 0,
            },
            "sparsity_parameters": {},
        }


class SignatureRunner:
    """Calls a signature with named arrays: ``runner(x=array) -> {name: array}``."""

    def __init__(self, interpreter: Interpreter, signature: Mapping[str, dict[str, str]]) -> None:
        self._interpreter = interpreter
        self._inputs = dict(signature["inputs"])
        self._outputs = dict(signature["outputs"])

    def get_input_details(self) -> dict[str, dict[str, Any]]:
        """Details of the inputs by signature name."""
        by_name = {detail["name"]: detail for detail in self._interpreter.get_input_details()}
        return {name: by_name[tensor] for name, tensor in self._inputs.items()}

    def get_output_details(self) -> dict[str, dict[str, Any]]:
        """Details of the outputs by signature name."""
        by_name = {detail["name"]: detail for detail in self._interpreter.get_output_details()}
        return {name: by_name[tensor] for name, tensor in self._outputs.items()}

    def __call__(self, **arrays: Any) -> dict[str, np.ndarray]:
        """Run the signature; shapes that differ from the current ones are compiled for.

        Raises:
            UsageError: a name that is unknown or missing.
        """
        for name in arrays:
            if name not in self._inputs:
                known = ", ".join(self._inputs)
                raise UsageError(f"the signature has no input '{name}'.{nearest(name, self._inputs)} Inputs: {known}")
        missing = [name for name in self._inputs if name not in arrays]
        if missing:
            raise UsageError(f"input '{missing[0]}' of the signature was not given")
        details = self.get_input_details()
        given = {name: np.asarray(array) for name, array in arrays.items()}
        resized = [name for name, array in given.items() if tuple(details[name]["shape"]) != array.shape]
        for name in resized:
            self._interpreter.resize_tensor_input(details[name]["index"], given[name].shape)
        if resized or self._interpreter._session is None:
            self._interpreter.allocate_tensors()
        for name, array in given.items():
            self._interpreter.set_tensor(details[name]["index"], array)
        self._interpreter.invoke()
        outputs = self.get_output_details()
        return {name: self._interpreter.get_tensor(outputs[name]["index"]) for name in self._outputs}
