"""The order of the passes, with the reason where the order matters."""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.ir import Graph
from edgesmith.passes.fold_matmul_transposes import fold_matmul_transposes
from edgesmith.passes.fold_pads import fold_pads
from edgesmith.passes.fold_scale_and_shift import fold_scale_and_shift
from edgesmith.passes.fuse_activation import fuse_activation
from edgesmith.passes.fuse_attention import fuse_attention
from edgesmith.passes.fuse_gelu import fuse_gelu
from edgesmith.passes.fuse_hard_sigmoid import fuse_hard_sigmoid
from edgesmith.passes.fuse_layer_norm import fuse_layer_norm
from edgesmith.passes.fuse_quantization import fuse_quantization
from edgesmith.passes.fuse_residual import fuse_residual
from edgesmith.passes.fuse_silu import fuse_silu
from edgesmith.passes.group_depthwise import group_depthwise
from edgesmith.passes.legalize_quantized import legalize_quantized
from edgesmith.passes.prune_dead import prune_dead
from edgesmith.passes.remove_transposes import remove_transposes
from edgesmith.passes.sink_dequantize import sink_dequantize
from edgesmith.passes.weigh_matmuls import weigh_matmuls
from edgesmith.passes.widen_types import widen_types

# What a graph is before anything is decided about kernels: the form that writers of other formats take.
SIMPLIFYING: list[Callable[[Graph], None]] = [
    prune_dead,  # first, so that nothing else looks at what no output needs
    remove_transposes,  # before all folding: channels are the last axis only once transposes are gone
    fuse_gelu,
    fuse_silu,  # after transposes as well, which may stand between x and its sigmoid
    fuse_layer_norm,  # after transposes, which may hide the last axes; before scales move into other layers
    sink_dequantize,  # after transposes, which sink too and would come out above it
    fold_pads,
    fold_scale_and_shift,  # before activations: a layer that clamps cannot be scaled afterwards
    fuse_hard_sigmoid,  # after scales have moved into the layer, like other activations
    fuse_activation,
    fuse_quantization,  # after activations, which a quantized layer clamps for free as well
]
PASSES: list[Callable[[Graph], None]] = [
    *SIMPLIFYING,
    legalize_quantized,  # before types widen: plain operators must not compute with quantized integers
    group_depthwise,  # after folding and quantization, which know depthwise layers by their name
    fold_matmul_transposes,  # after every pass that moves or looks for transposes
    fuse_attention,  # after products have taken in the transposes of their operands
    fuse_residual,  # after quantization, which knows convolutions of three inputs
    fuse_activation,  # again, for the clamps behind residuals
    widen_types,  # late: the casts that it adds hide patterns from every other pass
    weigh_matmuls,  # after types, which make half floats constants of float32
]
