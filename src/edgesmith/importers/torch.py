"""PyTorch modules, by way of ``torch.export`` and an ONNX graph in memory (extra ``[torch]``).

Each node of that graph carries the path of the module that it came from, and keeps it here.
"""

from __future__ import annotations

from typing import Any

from edgesmith.errors import MissingExtraError, ModelError, UsageError
from edgesmith.importers.onnx import OnnxSource, open_model
from edgesmith.importers.quiet import quiet

MAX_BYTES = 1 << 31  # what protobuf can hold


def from_module(module: Any, example_inputs: Any, dynamic_shapes: Any = None) -> OnnxSource:
    """Trace a ``torch.nn.Module`` in inference mode and read the result.

    Args:
        module: the module; its mode is put back afterwards.
        example_inputs: a tensor, or a tuple of tensors, whose shapes the trace takes.
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
    if not isinstance(module, torch.nn.Module):
        raise UsageError(f"cannot load a {name}; expected a torch.nn.Module")
    if example_inputs is None:
        raise UsageError(f"{name} needs example_inputs, a tuple of tensors: es.load(module, example_inputs=(x,))")
    inputs = tuple(example_inputs) if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    was_training = module.training
    module.eval()
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
        module.train(was_training)
    if proto is None:
        raise ModelError(f"{name}: torch.onnx returned no model")
    size = proto.ByteSize()
    if size >= MAX_BYTES:
        raise ModelError(f"{name}: {size} bytes of weights and graph; the most is {MAX_BYTES}")
    source = open_model(proto.SerializeToString(), name)
    source.format = "torch"
    return source
