"""Post-training quantization: observe a float model on data, choose scales, and apply them.

``edgesmith.quantize(model, batches)`` is a model of integers with floats at its borders, in TensorFlow Lite's scheme.
"""

from edgesmith.quantization.plan import Plan
from edgesmith.quantization.post_training import Quantized, quantize

__all__ = ["Plan", "Quantized", "quantize"]
