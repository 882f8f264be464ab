"""How a benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure.

    Args:
        threads: for every engine; also the number of CPUs that its process may use.
        rounds: turns of each engine.
        seconds: how long a turn is.
        most: runs in a turn at most.
        starts: fresh processes for the time of load plus first inference and for peak memory.
        realtime: let workers run before everything else on the machine (needs the right to do so).
        tolerance: largest relative difference of floats that counts as the same answer.
        steps: the same for quantized outputs, in steps of their quantization.
        isa: restrict engines to an instruction set, such as avx2; those that cannot be restricted are left out.
        scenario_seconds: least duration of each of MLPerf's scenarios; 0: none are run.
    """

    threads: int = 1
    rounds: int = 10
    seconds: float = 0.1
    most: int = 1000
    starts: int = 3  # 0: these are not measured
    realtime: bool = False
    tolerance: float = 1e-3
    steps: float = 32.0
    isa: str = ""
    scenario_seconds: float = 0
