"""Starts the engines on their files and holds their answers to ours, before any clock runs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.errors import CheckFailed, UsageError
from edgesmith.measure import bench_agree
from edgesmith.measure.bench_files import Files, output_scales
from edgesmith.measure.bench_host import Host, WorkerError, first_in_line, pick_cpus
from edgesmith.measure.bench_plan import Plan
from edgesmith.measure.engines import OURS, Port


def start(
    files: Files, plan: Plan, cpus: Sequence[int], folder: Path, engines: dict[str, dict[str, Any]]
) -> dict[str, Host]:
    """A worker for each engine whose answer agrees with ours, loaded, filled and paused.

    ``engines`` is told of the others: ``error``; and of all that answered: ``difference``. Inputs are left in
    ``folder`` as ``<engine>.npz``.

    Raises:
        WorkerError: our own engine failed.
    """
    hosts: dict[str, Host] = {}
    graph = files.compiled.graph
    quantized = any(v is not None and v.quant for node in graph.nodes for v in (*node.inputs, *node.outputs))
    # Floats at the end of a quantized network differ by the steps of what they were made of, 255 to the whole range.
    floats = plan.steps / 255 if quantized else plan.tolerance
    try:
        host = hosts[OURS] = Host(OURS, cpus, realtime=plan.realtime, isa=plan.isa)
        ours = _ports(host.ask("load", path=str(files.paths[OURS]), threads=plan.threads))
        for port, scale in zip(ours[1], output_scales(files.compiled), strict=True):
            port.scale = port.scale or scale
        feeds = bench_agree.random_feeds(ours[0])
        reference = _answer(host, feeds, folder)
        host.pause()
        for name, path in files.paths.items():
            if name == OURS:
                continue
            try:
                host = hosts[name] = Host(name, cpus, realtime=plan.realtime, isa=plan.isa)
                theirs = _ports(host.ask("load", path=str(path), threads=plan.threads))
                if len(theirs[0]) != len(feeds):
                    raise CheckFailed(f"we have {len(feeds)} inputs, the other engine {len(theirs[0])}")
                taken = [bench_agree.translate(*item) for item in zip(feeds, ours[0], theirs[0], strict=True)]
                difference = bench_agree.compare(reference, ours[1], _answer(host, taken, folder), theirs[1])
                engines[name]["difference"] = asdict(difference)
                allowed = plan.steps if difference.unit == "steps" else floats
                if difference.most > allowed:
                    raise CheckFailed(f"its answer differs by {difference}")
            except (WorkerError, CheckFailed, UsageError) as error:
                engines[name]["error"] = str(error)
                if name in hosts:
                    hosts.pop(name).close()
            else:
                host.pause()
    except BaseException:
        close(hosts)
        raise
    return hosts


def differences(files: Files, plan: Plan) -> dict[str, dict[str, Any]]:
    """``difference`` or ``error`` of each peer, without any timing."""
    engines: dict[str, dict[str, Any]] = {name: {} for name in files.paths if name != OURS}
    with tempfile.TemporaryDirectory(prefix="edgesmith-bench-") as folder, first_in_line(plan.realtime):
        close(start(files, plan, pick_cpus(plan.threads), Path(folder), engines))
    return engines


def close(hosts: Mapping[str, Host]) -> None:
    """End all workers."""
    for host in hosts.values():
        host.close()


def _answer(host: Host, feeds: Sequence[np.ndarray], folder: Path) -> list[np.ndarray]:
    """Fill, run once, and read the outputs."""
    arrays = {str(index): array for index, array in enumerate(feeds)}
    np.savez(folder / f"{host.engine}.npz", **arrays)  # type: ignore[arg-type]
    host.ask("fill", path=str(folder / f"{host.engine}.npz"))
    host.ask("first")
    host.ask("results", path=str(folder / "results.npz"))
    with np.load(folder / "results.npz", allow_pickle=False) as file:  # noqa: TID251 - written by our own worker
        return [file[str(index)] for index in range(len(file.files))]


def _ports(loaded: dict[str, Any]) -> tuple[list[Port], list[Port]]:
    inputs, outputs = ([Port.from_json(item) for item in loaded[side]] for side in ("inputs", "outputs"))
    return inputs, outputs
