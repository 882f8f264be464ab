"""The zoo's networks beside LiteRT, ONNX Runtime, OpenVINO and ncnn; results go to bench/results.

    python bench/models.py [--networks mobilenet_v2,resnet50] [--forms f32,int8] [--threads 1,2] [--realtime]
    python bench/models.py --scenarios --networks mobilenet_v2      # MLPerf's scenarios as well
    python bench/models.py --table                                  # README's table, from the newest results

Weights are random: latency alone is measured. int8 is one recipe for every engine: our quantized graph, as .edge, as
QDQ ONNX, and as .tflite. f16 and bf16 are networks of weights rounded to them: we store them so and compute in float32;
the others are given the same numbers in float32 files. What an engine cannot run is named with its reason.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from edgesmith import Model, load, zoo  # noqa: E402
from edgesmith.errors import EdgesmithError, UsageError, nearest  # noqa: E402
from edgesmith.measure import bench, bench_results, bench_scenarios  # noqa: E402
from edgesmith.measure.bench_host import first_in_line  # noqa: E402
from edgesmith.measure.engines import ENGINES, OURS, choose, installed_peers  # noqa: E402
from edgesmith.ops.conversion import convert  # noqa: E402
from edgesmith.ops.layers import HALVES  # noqa: E402
from edgesmith.passes.store_halves import WEIGHTS  # noqa: E402
from edgesmith.types import DType  # noqa: E402

RESULTS = ROOT / "bench" / "results"
FORMS = ("f32", "bf16", "f16", "int8")
MARKS = "<!-- bench/models.py --table -->", "<!-- end of the table -->"


def in_form(model: Model, form: str) -> Model:
    """The network in other numbers, by the recipe that every engine's file is made with."""
    if form == "f32":
        return model
    if form in HALVES:
        return rounded(model, DType(form))
    from edgesmith.doctor.remedies import AS_IT_IS
    from edgesmith.quantization import quantize

    rng = np.random.default_rng(1)
    batches = [[_calibration(spec, rng) for spec in model.inputs] for _ in range(4)]
    return quantize(model, batches, **AS_IT_IS)  # int8 throughout: an engine may not have the int16 of other recipes


def rounded(model: Model, kind: DType) -> Model:
    """The network with weights as 16 bits hold them, still float32: what all engines are given."""
    graph = model.graph()
    for node in graph.nodes:
        value = node.inputs[WEIGHTS[node.op]] if node.op in WEIGHTS else None
        if value is not None and value.data is not None and value.dtype is DType.F32:
            value.data = convert(convert(value.data, DType.F32, kind), kind, DType.F32)
    return load(graph)


def _calibration(spec: Any, rng: np.random.Generator) -> np.ndarray:
    shape = tuple(dim if isinstance(dim, int) else 1 for dim in spec.shape)
    if spec.dtype.is_float:
        return rng.standard_normal(shape).astype(spec.dtype.numpy)
    return rng.integers(0, 2, shape).astype(spec.dtype.numpy)


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows; written after each network, so that what was measured is kept whatever comes after."""
    if options.scenarios:
        bench_scenarios.require_loadgen()
    engines = choose(_words(options.against) if options.against is not None else installed_peers())
    plans = [
        bench.Plan(
            int(n),
            options.rounds,
            options.seconds,
            starts=options.starts,
            realtime=options.realtime,
            isa=options.isa,
            scenario_seconds=options.scenario_seconds if options.scenarios else 0,
        )
        for n in _words(options.threads)
    ]
    peaks = _peaks(options)
    rows: list[dict[str, Any]] = []
    for name, form, source in _jobs(options):
        begun = time.monotonic()
        try:
            model = load(source) if source else in_form(zoo.build(name), form)
            done = bench.measure_model(
                model,
                name,
                form,
                engines,
                plans,
                source=source,
                peak=_for(peaks.get(form)),
                weights=form if form in HALVES else None,
            )
        except EdgesmithError as error:
            print(f"{name} {form}: {str(error).splitlines()[0]}", file=sys.stderr, flush=True)
            continue
        rows += done
        for row in done:
            row["peak_gmacs"] = peaks.get(form)
        settings = {key: getattr(options, key) for key in ("rounds", "seconds", "starts", "realtime", "isa")}
        bench_results.write(bench_results.document(rows, settings, ROOT), options.output)
        for row in done:
            print(_said(row), f"[{time.monotonic() - begun:.0f} s]", flush=True)
    return rows


def _peaks(options: argparse.Namespace) -> dict[str, float]:
    """10^9 multiply-adds a second of one core at most, by form, as bench/peak.c measures them."""
    from kernels import measured_peaks

    from edgesmith.runtime.library import isas

    with first_in_line(options.realtime):
        found = measured_peaks()["gmacs"]
    isa = options.isa or isas()[-1]
    keys = {form: f"{isa} {'i8' if form == 'int8' else 'f32'}" for form in FORMS}
    return {form: found[key] for form, key in keys.items() if key in found}


def _for(peak: float | None) -> Callable[[int], float | None]:
    return lambda threads: peak * threads if peak else None


def _jobs(options: argparse.Namespace) -> Iterable[tuple[str, str, Path | None]]:
    """Network, form, and the file that it comes from where it is not the zoo's."""
    known = zoo.names()
    wanted = _words(options.networks) if options.networks is not None else known
    for form in _words(options.forms):
        if form not in FORMS:
            raise UsageError(f"there is no form '{form}'.{nearest(form, FORMS)} Forms: {', '.join(FORMS)}")
        for name in wanted:
            if name not in known:
                raise UsageError(f"the zoo has no network '{name}'.{nearest(name, known)} Networks: {', '.join(known)}")
            yield name, form, None
    for path in options.file:
        yield path.stem, "int8" if load(path).graph().is_quantized else "f32", path


def _said(row: Mapping[str, Any]) -> str:
    times = [
        f"{ENGINES[name].title} {item['median_ms']:.4g}" if "median_ms" in item else f"{ENGINES[name].title} -"
        for name, item in row["engines"].items()
    ]
    ratio = f"ratio {row['ratio']:.2f} ({row['ratio_of_minima']:.2f} by minima)" if row["ratio"] else "no peer"
    return f"{row['network']} {row['form']} x{row['threads']}: {', '.join(times)} ms; {ratio}"


def readme_table(result: Mapping[str, Any]) -> str:
    """The table of README: a line for each network and form, both numbers of threads beside each other."""
    threads = sorted({row["threads"] for row in result["rows"]})
    head = ["network", "numbers"]
    for count in threads:
        head += [f"Edgesmith, {count} thread{'s' if count > 1 else ''}", "best peer", "ratio"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    cells: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for row in result["rows"]:
        cells.setdefault((row["network"], row["form"]), {})[row["threads"]] = row
    for (network, form), by_threads in cells.items():
        line = [network, form]
        for count in threads:
            row = by_threads.get(count)
            peer = row["best_peer"] if row else None
            line.append(f"{row['engines'][OURS]['median_ms']:.3g} ms" if row else "-")
            line.append(f"{row['engines'][peer]['median_ms']:.3g} ms {ENGINES[peer].title}" if row and peer else "-")
            line.append(f"{row['ratio']:.2f}" if row and row["ratio"] else "-")
        lines.append(f"| {' | '.join(line)} |")
    m = result["machine"]
    lines += [
        "",
        f"Batch 1, medians; {m['cpu']} (family {m['family']}), {m['cpus']} CPUs{', virtual' if m['virtual'] else ''}; "
        f"{result['date'][:10]}, commit {result['commit']}; "
        + ", ".join(f"{e['title']} {e['version']}" for name, e in result["engines"].items() if name != OURS)
        + ". The ratio is the best peer's median over ours.",
    ]
    return "\n".join(lines)


def newest() -> Path:
    """The newest results of all networks: a file that is called by its day alone.

    Raises:
        UsageError: there are none.
    """
    files = sorted(RESULTS.glob("????-??-??.json"))
    if not files:
        raise UsageError(f"there are no results in {RESULTS}; run: python bench/models.py")
    return files[-1]


def write_table(path: Path) -> str:
    """Put the table into README between its marks, and return it."""
    table = readme_table(bench_results.read(path))
    readme = ROOT / "README.md"
    text = readme.read_text()
    if MARKS[0] in text:
        head, rest = text.split(MARKS[0], 1)
        readme.write_text(f"{head}{MARKS[0]}\n{table}\n{MARKS[1]}{rest.split(MARKS[1], 1)[1]}")
    return table


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", help="names of the zoo with commas; default: all")
    parser.add_argument("--file", action="append", default=[], type=Path, help="a .tflite or .onnx file as well")
    parser.add_argument("--forms", default="f32,int8")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--against", help=f"engines with commas; default: those installed of {', '.join(ENGINES)}")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--starts", type=int, default=3, help="fresh processes an engine; 0: none")
    parser.add_argument(
        "--realtime", action="store_true", help="before everything else on the machine; needs the right"
    )
    parser.add_argument(
        "--isa", default="", help="restrict ourselves and OpenVINO, such as to avx2; others are left out"
    )
    parser.add_argument("--scenarios", action="store_true", help="MLPerf's four scenarios as well")
    parser.add_argument("--scenario-seconds", type=float, default=5.0)
    parser.add_argument("--output", type=Path, default=RESULTS / f"{datetime.date.today().isoformat()}.json")
    parser.add_argument("--table", action="store_true", help="print README's table and put it there")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse()
    try:
        if options.table:
            print(write_table(newest()))
        elif not measure(options):
            raise UsageError("nothing was measured")
    except EdgesmithError as error:
        sys.exit(f"bench/models.py: {error}")


if __name__ == "__main__":
    main()
