"""Every scale that a file states, by the tensor that has it, to hold other files to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgesmith.importers.source import UNSIGNED, StatedScale
from edgesmith.importers.tflite.records import Tensor, TFLiteModel

_BIASES = ("INT32", "INT64")


def stated_scales(model: TFLiteModel) -> Iterator[StatedScale]:
    """The scales of all tensors that an operator reads, makes or keeps inside.

    Constants of 32 and 64 bits are biases, whose scale follows from those of their layer's operands and says nothing
    of its own; so do variables' initial values.
    """
    for graph in model.subgraphs:
        used = {*graph.inputs, *graph.outputs}
        for operator in graph.operators:
            tensors = (*operator.inputs, *operator.outputs, *operator.intermediates)
            used.update(index for index in tensors if index is not None)
        for tensor in graph.tensors:
            if tensor.index in used and tensor.quant is not None and not _is_bias(tensor):
                yield _stated(tensor)


def _is_bias(tensor: Tensor) -> bool:
    return tensor.data is not None and tensor.dtype in _BIASES


def _stated(tensor: Tensor) -> StatedScale:
    assert tensor.quant is not None
    zero = tensor.quant.zero_point - UNSIGNED.get(tensor.dtype.lower(), 0)
    return StatedScale(tensor.name, tensor.quant.scale.astype(np.float32), zero.astype(np.int64))
