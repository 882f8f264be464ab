"""What quantizing found and decided, in words and as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """``reasons`` are sentences in the order of the decisions; ``measured`` has the numbers behind them."""

    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)
    layers: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "reasons": self.reasons,
            "warnings": self.warnings,
            "measured": self.measured,
            "layers": self.layers,
        }

    def __str__(self) -> str:
        return "\n".join([*self.reasons, *(f"warning: {text}" for text in self.warnings)])
