"""Edgesmith: take a trained network and make it run well on a small machine.

``load`` opens a model, ``compile`` turns it into a program, ``Session`` runs a compiled file. Names are imported when
they are first used, so that ``import edgesmith`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgesmith.compat import CompatModel, open_compat
    from edgesmith.compiler import Compiled
    from edgesmith.compiler import compile_model as compile
    from edgesmith.doctor import Diagnosis, examine
    from edgesmith.errors import (
        CheckFailed,
        EdgesmithError,
        MissingExtraError,
        ModelError,
        NeedsValue,
        RunError,
        UnsupportedError,
        UsageError,
    )
    from edgesmith.exchange import Written, write
    from edgesmith.interpreter import Interpreter, SignatureRunner
    from edgesmith.model import Model, TensorSpec, load
    from edgesmith.quantization import Plan, Quantized, quantize
    from edgesmith.runtime.session import Session
    from edgesmith.verify import Comparison, compare

__version__ = "0.1.0"
__all__ = [
    "CheckFailed",
    "Comparison",
    "CompatModel",
    "Compiled",
    "Diagnosis",
    "EdgesmithError",
    "Interpreter",
    "MissingExtraError",
    "Model",
    "ModelError",
    "NeedsValue",
    "Plan",
    "Quantized",
    "RunError",
    "Session",
    "SignatureRunner",
    "TensorSpec",
    "UnsupportedError",
    "UsageError",
    "Written",
    "compare",
    "compile",
    "examine",
    "load",
    "open_compat",
    "quantize",
    "write",
]

_HOMES = {
    "Compiled": "compiler",
    "CompatModel": "compat",
    "open_compat": "compat",
    "Comparison": "verify",
    "compare": "verify",
    "compile": "compiler",
    "Diagnosis": "doctor",
    "examine": "doctor",
    "Written": "exchange",
    "write": "exchange",
    "Model": "model",
    "TensorSpec": "model",
    "load": "model",
    "quantize": "quantization",
    "Plan": "quantization",
    "Quantized": "quantization",
    "Session": "runtime.session",
    "Interpreter": "interpreter",
    "SignatureRunner": "interpreter",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'edgesmith' has no attribute '{name}'")
    from importlib import import_module

    home = import_module(f"edgesmith.{_HOMES.get(name, 'errors')}")
    found = getattr(home, "compile_model" if name == "compile" else name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
