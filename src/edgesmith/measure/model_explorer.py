"""Errors of a comparison as node data that the viewer Model Explorer lays over a graph."""

from __future__ import annotations

import json
from typing import Any

MOST_DB = 200.0  # stands for "equal", since JSON has no infinity
_COLOURS = ((12.0, "#e03131"), (20.0, "#f08c00"), (40.0, "#ffd43b"), (MOST_DB, "#8ce99a"))


def node_data(found: Any) -> str:
    """JSON text for a ``verify.Comparison``: dB by the name of a result's tensor, with colours.

    The form is ``GraphNodeData`` of the package ai-edge-model-explorer; open it there with the result's file.
    """
    ratios = {row.other: min(row.sqnr_db, MOST_DB) for row in found.rows}
    return json.dumps(
        {
            "name": f"SQNR to {found.first}, dB",
            "results": {name: {"value": round(value, 2)} for name, value in ratios.items()},
            "thresholds": [{"value": value, "bgColor": colour} for value, colour in _COLOURS],
        },
        indent=1,
    )


__all__ = ["node_data"]
