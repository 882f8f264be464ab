"""Compares engines on one network: each in its own process, equal answers first, then turn by turn.

    rows = measure_model(model, "MobileNetV2", "int8", choose(["litert", "ort"]), [Plan(threads=n) for n in (1, 2)])

What comes back is plain data that ``bench_results`` writes and draws.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgesmith import Model
from edgesmith.measure import bench_answers, bench_scenarios
from edgesmith.measure.bench_classes import classes
from edgesmith.measure.bench_files import Files, before_softmax, prepare
from edgesmith.measure.bench_host import Host, first_in_line, pick_cpus
from edgesmith.measure.bench_plan import Plan
from edgesmith.measure.bench_stats import best_peer, percentile, summarise
from edgesmith.measure.engines import OURS, Engine

__all__ = ["Plan", "compare", "measure_model", "ratios"]


def compare(
    network: str,
    form: str,
    files: Files,
    plan: Plan,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """One row of a benchmark: every engine's times on its file, and the ratio of the best peer to ours.

    A peer that cannot run its file, or whose answer differs by more than the plan allows, is named with its reason and
    left out of the ratio.

    Raises:
        WorkerError: our own engine failed.
    """
    cpus = pick_cpus(plan.threads)
    engines: dict[str, dict[str, Any]] = {name: {} for name in files.paths}
    row: dict[str, Any] = {"network": network, "form": form, "threads": plan.threads, "engines": engines}
    with tempfile.TemporaryDirectory(prefix="edgesmith-bench-") as folder, first_in_line(plan.realtime):
        hosts = bench_answers.start(files, plan, cpus, Path(folder), engines)
        try:
            times = _take_turns(hosts, plan, say)
            if plan.scenario_seconds:
                row["scenarios"] = _scenarios(hosts, times, plan)
            row["steps"] = hosts[OURS].ask("steps", runs=min(50, max(3, len(times[OURS]))))["steps"]
        finally:
            bench_answers.close(hosts)
        for name, nanoseconds in times.items():
            engines[name] |= summarise(nanoseconds).to_json()
        _start_afresh({name: files.paths[name] for name in times}, plan, cpus, Path(folder), engines)
    row |= ratios(engines)
    return row


def measure_model(
    model: Model,
    network: str,
    form: str,
    engines: Sequence[Engine],
    plans: Sequence[Plan],
    *,
    source: Path | None = None,
    weights: str | None = None,
    peak: Callable[[int], float | None] = lambda threads: None,
    say: Callable[[str], None] = lambda line: None,
) -> list[dict[str, Any]]:
    """Rows of one network, one for each plan.

    Args:
        model: the network, as our own compiler takes it.
        network, form: what rows are called.
        engines: the peers.
        plans: how to measure, usually one for each number of threads.
        source: the file that the model came from; engines that open it are given it as it is.
        weights: what our own engine stores float weights in, as ``compile`` takes it.
        peak: 10^9 multiply-adds a second that this machine can do at most on so many threads.
        say: told of progress.

    Raises:
        EdgesmithError: our own engine refused the model or failed.
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="edgesmith-files-") as folder:
        files = prepare(model, engines, Path(folder), source, weights)
        steps = files.compiled.program.steps
        scores = before_softmax(model)
        found: dict[str, dict[str, Any]] = {}
        if scores is not None:
            found = bench_answers.differences(
                prepare(scores, engines, Path(folder, "scores"), weights=weights), plans[0]
            )
        for name in [name for name, item in found.items() if "difference" in item and "error" in item]:
            files.missing[name] = f"before its softmax, {found[name]['error']}"
            files.paths.pop(name, None)
        for plan in plans:
            say(f"{network} {form}, {plan.threads} thread{'s' if plan.threads > 1 else ''}")
            row = compare(network, form, files, plan, say)
            row["engines"] |= {name: {"error": reason} for name, reason in files.missing.items()}
            for name, item in found.items():
                row["engines"][name]["difference_of_scores"] = item.get("difference")
            row["macs"] = sum(step.macs for step in steps)
            row["weights"], row["file_bytes"] = (
                weights,
                {name: path.stat().st_size for name, path in files.paths.items()},
            )
            row["classes"] = classes(steps, row.pop("steps"), peak(plan.threads))
            rows.append(row)
    return rows


def ratios(engines: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """``best_peer`` and ``ratio`` by medians, and ``ratio_of_minima``; None where no peer ran."""
    by_median = best_peer({name: item["median_ms"] for name, item in engines.items() if "median_ms" in item}, OURS)
    by_minimum = best_peer({name: item["min_ms"] for name, item in engines.items() if "min_ms" in item}, OURS)
    return {
        "best_peer": by_median[0] if by_median else None,
        "ratio": by_median[1] if by_median else None,
        "ratio_of_minima": by_minimum[1] if by_minimum else None,
    }


def _take_turns(hosts: Mapping[str, Host], plan: Plan, say: Callable[[str], None]) -> dict[str, list[int]]:
    """Nanoseconds of every measured run. The order turns round by one each time, so that nobody always follows the
    same engine's caches."""
    times: dict[str, list[int]] = {name: [] for name in hosts}
    names = list(hosts)
    for number in range(plan.rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            asked = hosts[name].ask("run", seconds=plan.seconds, most=plan.most, warm=3)
            times[name] += asked["ns"]
            hosts[name].pause()
        say(f"round {number + 1} of {plan.rounds}")
    return times


def _scenarios(hosts: Mapping[str, Host], times: Mapping[str, list[int]], plan: Plan) -> list[dict[str, Any]]:
    """MLPerf's scenarios, engine after engine."""
    rows = []
    for name, host in hosts.items():
        rows += bench_scenarios.of_engine(host, summarise(times[name]).median_ms, plan.scenario_seconds)
        host.pause()
    return rows


def _start_afresh(
    files: Mapping[str, Path],
    plan: Plan,
    cpus: Sequence[int],
    folder: Path,
    engines: dict[str, dict[str, Any]],
) -> None:
    """Times of import, load and first inference, and the memory that they added, in fresh processes taking turns."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in files}
    for _ in range(plan.starts):
        for name, path in files.items():
            with Host(name, cpus, realtime=plan.realtime, isa=plan.isa) as host:
                loaded = host.ask("load", path=str(path), threads=plan.threads)
                host.ask("fill", path=str(folder / f"{name}.npz"))
                first = host.ask("first")["ms"]
                added = host.ask("memory")["peak_bytes"] - loaded["base_bytes"]
            found[name].append(
                {
                    "import_ms": loaded["import_ms"],
                    "load_ms": loaded["load_ms"],
                    "first_ms": first,
                    "load_and_first_ms": loaded["load_ms"] + first,
                    "added_bytes": added,
                }
            )
    for name, starts in found.items():
        for key in starts[0] if starts else ():
            engines[name][key] = percentile(sorted(start[key] for start in starts), 0.5)
