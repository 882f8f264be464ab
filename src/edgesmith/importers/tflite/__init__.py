"""TensorFlow Lite files: bytes to plain records, every bound checked."""
