"""What code is exported for: the words a core has, the shape of its tiles, and the compiler's flags."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgesmith.errors import UsageError, nearest


@dataclass(frozen=True, slots=True)
class Target:
    """A family of cores.

    ``words`` is the header of ``runtime/chip`` whose tiles are used: ``rows`` pixels by ``columns`` columns of weights
    in convolutions, one row by ``line_columns`` in fully connected layers, ``step`` products at a time. Depthwise
    convolutions gather ``plane_bytes`` for each place in a row. ``macros`` are what the compiler must define for the
    text that is exported, ``flags`` what makes GCC define them.
    """

    name: str
    core: str
    words: str
    flags: str
    macros: dict[str, int] = field(default_factory=dict)
    rows: int = 2
    columns: int = 2
    line_columns: int = 4
    step: int = 4
    activation_bytes: int = 2
    plane_bytes: int = 8

    @property
    def vectors(self) -> bool:
        """Whether channels are computed side by side."""
        return self.words == "helium.h"

    @property
    def single(self) -> bool:
        """Whether a core multiplies one number by another, and no pairs: columns of weights then lie one by one."""
        return self.words == "single.h"

    @property
    def swaps(self) -> dict[str, str]:
        """The headers that stand in the place of those for pairs."""
        return {"dual.h": self.words, "depthwise_dual.h": f"depthwise_{self.words}"}


_DSP = {"__ARM_FEATURE_DSP": 1}
_FPU = {"__ARM_FP": 4}

TARGETS = {
    target.name: target
    for target in (
        Target("c99", "any core", "single.h", "", plane_bytes=1),
        Target(
            "cortex-m0+",
            "Arm Cortex-M0+",
            "single.h",
            "-mcpu=cortex-m0plus -mthumb",
            {"__ARM_ARCH_6M__": 1},
            plane_bytes=1,
        ),
        Target(
            "cortex-m4",
            "Arm Cortex-M4 with FPU",
            "dual.h",
            "-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard",
            _DSP | _FPU,
        ),
        Target(
            "cortex-m7",
            "Arm Cortex-M7 with FPU",
            "dual.h",
            "-mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard",
            _DSP | _FPU,
        ),
        Target(
            "cortex-m33",
            "Arm Cortex-M33 with DSP and FPU",
            "dual.h",
            "-mcpu=cortex-m33 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard",
            _DSP | _FPU,
        ),
        Target(
            "cortex-m55",
            "Arm Cortex-M55 with Helium",
            "helium.h",
            "-mcpu=cortex-m55 -mthumb -mfloat-abi=hard",
            _DSP | _FPU | {"__ARM_FEATURE_MVE": 3},
            columns=4,
            step=16,
            activation_bytes=1,
        ),
        Target("rv32imc", "32-bit RISC-V", "single.h", "-march=rv32imc -mabi=ilp32", plane_bytes=1),
    )
}


def find(name: str) -> Target:
    """The target of that name.

    Raises:
        UsageError: there is none; the names are listed.
    """
    if name not in TARGETS:
        raise UsageError(f"there is no target '{name}'.{nearest(name, TARGETS)} Targets: {', '.join(TARGETS)}")
    return TARGETS[name]
