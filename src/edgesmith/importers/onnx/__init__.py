"""ONNX files, operator sets 7 to the newest that the installed ``onnx`` package defines."""
