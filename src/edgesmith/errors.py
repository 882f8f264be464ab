"""Every exception that Edgesmith raises.

EdgesmithError
|- ModelError              a model file is malformed, or means something that cannot be               (exit code 3)
|  |- UnsupportedError     a sound model uses operators or forms that are missing here, all listed   (exit code 3)
|  |- NeedsValue           a shape depends on the value of a graph input; bind it                    (exit code 3)
|  `- UnforeseenError      a file holds what no check of ours expected                              (exit code 3)
|- UsageError              an argument that the caller gave is wrong                                 (exit code 2)
|- CheckFailed             a comparison ran and did not hold                                         (exit code 1)
|- RunError                the C runtime refused a program or a run                                  (exit code 3)
`- MissingExtraError       an optional package is needed; the message has the install command        (exit code 2)

A message says what failed, where, expected against found, and what to do.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


class EdgesmithError(Exception):
    """Base of every exception that Edgesmith raises on purpose."""


class ModelError(EdgesmithError, ValueError):
    """A model file is malformed or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """One thing in a model that cannot be converted, and what can be done about it."""

    operator: str
    node: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        where = f" '{self.node}'" if self.node else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.operator}{where}: {self.reason}.{hint}"


class UnsupportedError(ModelError):
    """A sound model uses operators, or forms of them, that are missing here. All are listed at once."""

    def __init__(self, model: str, items: Sequence[Unsupported]) -> None:
        self.model = model
        self.items = tuple(items)
        count = len(self.items)
        head = f"{model}: {count} unsupported operator{'s' if count != 1 else ''}; nothing was converted."
        shown = [f"  {item}" for item in self.items[:50]]
        more = [f"  ... and {count - 50} more"] if count > 50 else []
        super().__init__("\n".join([head, *shown, *more]))


class NeedsValue(ModelError):
    """A shape or structure depends on the value of graph inputs, which must be bound before compiling."""

    def __init__(self, names: Iterable[str], where: str) -> None:
        self.names = tuple(sorted(set(names)))
        self.where = where
        listed = ", ".join(repr(name) for name in self.names) or "a value computed at run time"
        super().__init__(
            f"{where} needs a value that is only known at run time: it depends on {listed}. "
            f"Call the model with arrays, or compile it with values={{name: array}}."
        )


class UnforeseenError(ModelError):
    """A model holds what no check expected. A damaged file does; one that other tools run is a fault of ours."""


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Around whatever follows a stranger's file: it ends in one of our errors, whatever the file holds.

    The checks come first; this is the net below them, and ``scripts/fuzz`` counts what falls into it as a fault.
    """
    try:
        yield
    except (EdgesmithError, OSError):
        raise
    except Exception as error:
        where = [frame for frame in traceback.extract_tb(error.__traceback__) if "edgesmith" in frame.filename][-1]
        raise UnforeseenError(
            f"{name}: the file is damaged, or has a form that was not foreseen ({type(error).__name__}: {error}, at "
            f"{where.filename.rsplit('edgesmith', 1)[-1].lstrip('/')}:{where.lineno}). "
            "If another tool runs it, please report it with the file"
        ) from error


class UsageError(EdgesmithError, ValueError):
    """An argument that the caller gave is wrong."""


class CheckFailed(EdgesmithError):
    """A comparison ran and did not hold."""


class RunError(EdgesmithError, RuntimeError):
    """The C runtime refused a program, or a run of it."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class MissingExtraError(EdgesmithError, ImportError):
    """An optional package is needed for what was asked."""

    def __init__(self, need: str, extra: str) -> None:
        super().__init__(f'{need} needs an optional package. Install it with: pip install "edgesmith[{extra}]"')


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as ``Did you mean 'conv2d'?``, or an empty string where nothing is near."""
    import difflib  # seldom needed, and every process would pay for it

    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{match[0]}'?" if match else ""
