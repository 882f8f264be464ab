"""MLPerf's four scenarios, driven by its own load generator (the package ``mlcommons-loadgen``).

Batch 1 in every scenario: MultiStream's query of 8 samples and Offline's heap are answered one sample after the other,
as a small device does. The result is what the load generator writes into its summary, not what we measured.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgesmith.errors import CheckFailed, MissingExtraError, UsageError
from edgesmith.measure.bench_host import Host

SCENARIOS = ("SingleStream", "MultiStream", "Offline", "Server")
# The line of the summary that a scenario is judged by, and what it is called here.
_FIGURES = {
    "SingleStream": (r"90\.?0* *th percentile latency \(ns\)\s*:\s*(\d+)", "p90_latency_ms", 1e-6),
    "MultiStream": (r"99\.?0* *th percentile latency \(ns\)\s*:\s*(\d+)", "p99_query_latency_ms", 1e-6),
    "Offline": (r"Samples per second\s*:\s*([\d.e+]+)", "samples_per_second", 1.0),
    "Server": (r"(?:Completed|Scheduled) samples per second\s*:\s*([\d.e+]+)", "samples_per_second", 1.0),
}


def require_loadgen() -> None:
    """Raises:
    MissingExtraError: the load generator is not installed; the message has the install command.
    """
    if importlib.util.find_spec("mlperf_loadgen") is None:
        raise MissingExtraError("MLPerf's scenarios (mlcommons-loadgen)", "bench")


def measure(
    run: Callable[[], object], name: str, folder: Path, seconds: float, target_qps: float, latency_ms: float
) -> dict[str, Any]:
    """One scenario on a model that is loaded and filled.

    Args:
        run: one inference.
        name: one of SCENARIOS.
        folder: where the load generator writes its logs.
        seconds: least duration; MLPerf itself asks for 600.
        target_qps: Offline: the expected rate; Server: the rate at which queries arrive.
        latency_ms: Server: the bound that 99 % of the answers must keep.

    Raises:
        UsageError: there is no such scenario.
        CheckFailed: the load generator left no figure.
    """
    require_loadgen()
    import mlperf_loadgen as lg

    if name not in SCENARIOS:
        raise UsageError(f"there is no scenario '{name}'; scenarios: {', '.join(SCENARIOS)}")
    settings = lg.TestSettings()
    settings.scenario = getattr(lg.TestScenario, name)
    settings.mode = lg.TestMode.PerformanceOnly
    settings.min_duration_ms = int(seconds * 1e3)
    settings.max_duration_ms = int(seconds * 1e4)
    settings.min_query_count = 1 if name == "Offline" else 32
    settings.offline_expected_qps = target_qps
    settings.server_target_qps = target_qps
    settings.server_target_latency_ns = int(latency_ms * 1e6)
    settings.server_target_latency_percentile = 0.99
    settings.multi_stream_samples_per_query = 8
    settings.single_stream_expected_latency_ns = settings.multi_stream_expected_latency_ns = int(1e9 / target_qps)

    def issue(samples: Any) -> None:
        for sample in samples:
            run()
            lg.QuerySamplesComplete([lg.QuerySampleResponse(sample.id, 0, 0)])

    logs = lg.LogSettings()
    logs.log_output.outdir = str(folder)
    logs.log_output.copy_summary_to_stdout = False
    logs.enable_trace = False
    system = lg.ConstructSUT(issue, lambda: None)
    library = lg.ConstructQSL(1, 1, lambda indices: None, lambda indices: None)
    try:
        lg.StartTestWithLogSettings(system, library, settings, logs)
    finally:
        lg.DestroyQSL(library)
        lg.DestroySUT(system)
    return read_summary((folder / "mlperf_log_summary.txt").read_text(), name)


def of_engine(host: Host, median_ms: float, seconds: float) -> list[dict[str, Any]]:
    """All scenarios of one engine whose model is loaded and filled.

    Server's queries come at 70 % of the rate that the median allows, and must be answered within ten medians.
    """
    rate = 1e3 / median_ms
    rows = []
    for name in SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="edgesmith-loadgen-") as folder:
            rows.append(
                host.ask(
                    "scenario",
                    name=name,
                    folder=folder,
                    seconds=seconds,
                    target_qps=0.7 * rate if name == "Server" else rate,
                    latency_ms=10 * median_ms,
                )
            )
    return [{"engine": host.engine, **row} for row in rows]


def read_summary(text: str, name: str) -> dict[str, Any]:
    """The figure of a scenario and whether the load generator calls the run valid.

    Raises:
        CheckFailed: the figure is not there.
    """
    pattern, key, unit = _FIGURES[name]
    found = re.search(pattern, text)
    verdict = re.search(r"Result is\s*:\s*(\w+)", text)
    if not found or not verdict:
        raise CheckFailed(f"the load generator's summary of {name} has no figure or no verdict:\n{text[:500]}")
    return {"scenario": name, "valid": verdict.group(1) == "VALID", key: float(found.group(1)) * unit}
