"""A model as ONNX with the errors of a comparison written at its nodes, where viewers such as Netron show them."""

from __future__ import annotations

from typing import Any


def annotate(data: bytes, found: Any) -> tuple[bytes, int]:
    """An ONNX file whose nodes say in their documentation how far they are from the source; and how many do.

    ``data`` is the file of the result of ``found``, a ``verify.Comparison``.
    """
    import onnx

    model = onnx.load_model_from_string(data)
    rows = {row.other: row for row in found.rows}
    told = 0
    for node in model.graph.node:
        row = next((rows[name] for name in node.output if name in rows), None)
        if row is not None:
            alone = "unknown" if row.own_db is None else f"{row.own_db:.1f} dB"
            node.doc_string = (
                f"{'BAD: ' if row.bad else ''}{row.sqnr_db:.1f} dB like '{row.name}' of {found.first}, {alone} alone, "
                f"largest error {row.max_error:.4g}"
            )
            told += 1
    model.doc_string = f"Errors beside {found.first} on {found.samples} sample(s)"
    return bytes(model.SerializeToString()), told


__all__ = ["annotate"]
