"""Writers of other formats: a graph, float or quantized, as an ONNX or TensorFlow Lite file.

May import: ir, ops, program, passes, importers (for the formats' schemas), types, errors, flags.
"""
