"""Post-training quantization: observe a float model on data, choose scales, and apply them.

``edgesmith.quantize(model, batches)`` is a model of integers with floats at its borders, in TensorFlow Lite's scheme.
"""

from edgesmith.quantization.post_training import quantize

__all__ = ["quantize"]
