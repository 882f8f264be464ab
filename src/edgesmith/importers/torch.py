"""PyTorch modules, by way of ``torch.export`` and an ONNX graph in memory (extra ``[torch]``).

Each node of that graph carries the path of the module that it came from, and keeps it here.
"""

from __future__ import annotations

import contextlib
from typing import Any

from edgesmith.errors import MissingExtraError, ModelError, UsageError
from edgesmith.importers.onnx import OnnxSource, open_model
from edgesmith.importers.quiet import quiet

MAX_BYTES = 1 << 31  # what protobuf can hold


def from_module(module: Any, example_inputs: Any, dynamic_shapes: Any = None) -> OnnxSource:
    """Trace a ``torch.nn.Module`` in inference mode and read the result.

    Args:
        module: the module; its mode is put back afterwards. Or a program of ``torch.export``, in the mode and of the
            shapes that it was exported with.
        example_inputs: a tensor, or a tuple of tensors, whose shapes the trace takes. A program needs none.
        dynamic_shapes: as ``torch.export.export`` takes it, for dimensions that stay open.

    Raises:
        UsageError: no example inputs.
        MissingExtraError: ``torch`` or ``onnxscript`` is absent.
        ModelError: the module cannot be traced; the reason that PyTorch gives is passed on.
    """
    try:
        import onnxscript  # noqa: F401 - torch.onnx needs it
        import torch
    except ImportError:
        raise MissingExtraError("loading a PyTorch module", "torch") from None
    name = type(module).__name__
    is_program = isinstance(module, torch.export.ExportedProgram)
    if not is_program and not isinstance(module, torch.nn.Module):
        raise UsageError(f"cannot load a {name}; expected a torch.nn.Module or a program of torch.export")
    if is_program:
        example_inputs = ()  # it has its own
    elif example_inputs is None:
        raise UsageError(f"{name} needs example_inputs, a tuple of tensors: es.load(module, example_inputs=(x,))")
    inputs = tuple(example_inputs) if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    was_training = not is_program and module.training
    _set_mode(module, training=False)
    try:
        with quiet(), torch.no_grad():
            traced = torch.onnx.export(module, inputs, dynamo=True, verbose=False, dynamic_shapes=dynamic_shapes)
            proto = traced.model_proto if traced is not None else None
    except Exception as error:  # torch raises dozens of kinds
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise ModelError(
            f"{name}: torch.export cannot trace it: {lines[0] if lines else type(error).__name__}"
        ) from error
    finally:
        _set_mode(module, training=was_training)
    if proto is None:
        raise ModelError(f"{name}: torch.onnx returned no model")
    size = proto.ByteSize()
    if size >= MAX_BYTES:
        raise ModelError(f"{name}: {size} bytes of weights and graph; the most is {MAX_BYTES}")
    source = open_model(proto.SerializeToString(), name)
    source.format = "torch"
    return source


def _set_mode(module: Any, training: bool) -> None:
    """Of a module; a program of ``torch.export``, and the module that it unfolds to, stay as they were exported."""
    if hasattr(module, "train"):
        with contextlib.suppress(NotImplementedError):
            module.train(training)
