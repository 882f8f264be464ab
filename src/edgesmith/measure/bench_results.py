"""Results of a benchmark as files: JSON for programs, a table for people; both name machine, date, commit, versions."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.measure.engines import ENGINES, OURS

FORMAT = 1


def machine() -> dict[str, Any]:
    """CPU model and flags, number of CPUs, governor where it can be read, kernel, load, and whether it is virtual."""
    info: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            info.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    flags = (info.get("flags") or info.get("Features") or "").split()
    try:
        governor: str | None = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").read_text().strip()
    except OSError:
        governor = None
    return {
        "cpu": info.get("model name") or platform.processor() or "unknown",
        "family": " ".join(filter(None, (info.get("cpu family"), info.get("model"), info.get("stepping")))),
        "flags": flags,
        "cpus": os.cpu_count(),
        "governor": governor,
        "virtual": "hypervisor" in flags,
        "kernel": platform.release(),
        "load": round(os.getloadavg()[0], 2),
    }


def commit(folder: Path) -> str | None:
    """The commit that a checkout is at, with ``+`` where files differ from it, or None outside of one."""
    try:
        name = _git(folder, "rev-parse", "--short=10", "HEAD")
        return name + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def document(rows: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Rows with all that is needed to judge them."""
    used = {name for row in rows for name in row["engines"]}
    return {
        "format": FORMAT,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(folder),
        "machine": machine(),
        "engines": {
            name: {"title": e.title, "version": e.version, "installed_bytes": e.installed_bytes, "settings": e.settings}
            for name, e in ENGINES.items()
            if name in used and e.available
        },
        "settings": dict(settings),
        "rows": list(rows),
    }


def write(result: Mapping[str, Any], path: Path) -> None:
    """Write a document as JSON, and its table beside it as Markdown."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(result))


def read(path: Path) -> dict[str, Any]:
    """A document that ``write`` wrote.

    Raises:
        ModelError: not such a file.
    """
    try:
        result = json.loads(path.read_text())
        if result["format"] != FORMAT:
            raise ModelError(f"{path}: results of format {result['format']}, expected {FORMAT}")
        return dict(result)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: not a file of benchmark results ({error})") from None


def markdown(result: Mapping[str, Any]) -> str:
    """The whole document for people."""
    m = result["machine"]
    names = [name for name in ENGINES if name in result["engines"]]
    lines = [
        f"# Benchmark of {result['date'][:10]}",
        "",
        f"{m['cpu']} (family {m['family']}), {m['cpus']} CPUs{', virtual' if m['virtual'] else ''}, "
        f"governor {m['governor'] or 'not readable'}, load {m['load']} at the end; commit {result['commit']}.",
        f"Widest instruction sets: {', '.join(_notable(m['flags'])) or 'unknown'}.",
        "Batch 1, warm, milliseconds: median (95th percentile). Ratio: the best peer's median over ours; above 1 we "
        "are faster.",
        "",
        *table(result["rows"], names, result["engines"]),
        "",
        *_stored(result["rows"]),
        "## Start and memory",
        "",
        "Fresh process: load plus first inference in milliseconds / peak resident memory that the engine and the model "
        "added, in MB.",
        "",
        *_start_table(result["rows"], names, result["engines"]),
        "",
        "## Engines",
        "",
        "| engine | version | installed | settings |",
        "| --- | --- | --- | --- |",
        *(
            f"| {e['title']} | {e['version']} | {e['installed_bytes'] / 1e6:.1f} MB | {e['settings']} |"
            for e in (result["engines"][name] for name in names)
        ),
    ]
    apart = [_apart(row, names) for row in result["rows"]]
    if any(apart):
        lines += ["", "## Differences of answers, and who did not run", "", *(line for part in apart for line in part)]
    if any(row.get("classes") for row in result["rows"]):
        lines += ["", "## Percent of the machine's measured peak, by class of layer", "", *_class_table(result["rows"])]
    if any(row.get("scenarios") for row in result["rows"]):
        lines += ["", "## MLPerf scenarios", "", *_scenario_table(result["rows"])]
    return "\n".join(lines) + "\n"


def _stored(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What rows with weights of 16 bits compare."""
    kinds = sorted({row["weights"] for row in rows if row.get("weights")})
    if not kinds:
        return []
    return [
        f"{', '.join(kinds)}: Edgesmith stores weights in 16 bits and computes in float32; the others have float32 "
        "files and their settings below.",
        "",
    ]


def table(rows: Iterable[Mapping[str, Any]], names: Sequence[str], engines: Mapping[str, Any]) -> list[str]:
    """The lines of the table of medians."""
    head = ["network", "numbers", "threads", *(engines[name]["title"] for name in names), "ratio", "best peer"]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        cells = [row["network"], row["form"], str(row["threads"])]
        for name in names:
            item = row["engines"].get(name, {})
            cells.append(f"{_ms(item['median_ms'])} ({_ms(item['p95_ms'])})" if "median_ms" in item else "-")
        peer = engines[row["best_peer"]]["title"] if row["best_peer"] else "-"
        lines.append(_line([*cells, f"**{row['ratio']:.2f}**" if row["ratio"] else "-", peer]))
    return lines


def _start_table(rows: Iterable[Mapping[str, Any]], names: Sequence[str], engines: Mapping[str, Any]) -> list[str]:
    head = ["network", "numbers", "threads", *(engines[name]["title"] for name in names)]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        cells = [row["network"], row["form"], str(row["threads"])]
        for name in names:
            item = row["engines"].get(name, {})
            known = "load_and_first_ms" in item
            cells.append(f"{_ms(item['load_and_first_ms'])} / {item['added_bytes'] / 1e6:.1f}" if known else "-")
        lines.append(_line(cells))
    return lines


def _apart(row: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    lines = []
    for name in names:
        item = row["engines"].get(name, {})
        said = []
        if name != OURS and "difference" in item:
            unit = "steps" if item["difference"]["unit"] == "steps" else "of the largest value"
            said.append(f"differs from ours by at most {item['difference']['most']:.3g} {unit}")
        if scores := item.get("difference_of_scores"):
            unit = "steps" if scores["unit"] == "steps" else "of the largest value"
            said.append(f"before the softmax by at most {scores['most']:.3g} {unit}")
        if "error" in item:
            said.append(f"left out: {item['error'].splitlines()[0][:200]}")
        if said:
            head = f"{row['network']} {row['form']}, {row['threads']} thread{'s' if row['threads'] > 1 else ''}"
            lines.append(f"- {head}: {ENGINES[name].title} {'; '.join(said)}.")
    return lines


def _class_table(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = [
        _line(["network", "numbers", "threads", "class", "steps", "ms", "GMAC/s", "% of peak"]),
        _line(["---"] * 8),
    ]
    for row in rows:
        for item in row.get("classes", ()):
            share = "-" if item["percent_of_peak"] is None else f"{item['percent_of_peak']:.0f}"
            rate = f"{item['gmacs']:.1f}" if item["macs"] else "-"
            cells = [row["network"], row["form"], str(row["threads"]), item["class"], str(item["steps"])]
            lines.append(_line([*cells, f"{item['ms']:.4f}", rate, share]))
    return lines


def _scenario_table(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = [_line(["network", "numbers", "threads", "engine", "scenario", "figure", "verdict"]), _line(["---"] * 7)]
    for row in rows:
        for item in row.get("scenarios", ()):
            (key,) = set(item) - {"scenario", "valid", "engine"}
            cells = [row["network"], row["form"], str(row["threads"]), ENGINES[item["engine"]].title, item["scenario"]]
            figure = f"{item[key]:.4g} {key.replace('_', ' ')}"
            lines.append(_line([*cells, figure, "valid" if item["valid"] else "invalid"]))
    return lines


def _notable(flags: Sequence[str]) -> list[str]:
    wanted = ("avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimd", "asimddp",
              "i8mm", "sve")  # fmt: skip
    return [flag for flag in wanted if flag in flags]


def _ms(value: float) -> str:
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
