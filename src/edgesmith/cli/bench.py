"""``edgesmith bench``: a model beside other engines, each in its own process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import isa_option, json_option, show, stored_weights_option


@click.command("bench", short_help="Time a model beside LiteRT, ONNX Runtime, OpenVINO and ncnn.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--against", default=None, metavar="NAMES", help="litert,ort,openvino,ncnn; default: those installed.")
@click.option("--threads", default="1", show_default=True, metavar="1,2", help="Numbers of threads, one row each.")
@click.option("--rounds", default=10, show_default=True, type=click.IntRange(1), help="Turns of each engine.")
@click.option("--seconds", default=0.1, show_default=True, type=click.FloatRange(0), help="How long a turn is.")
@click.option("--realtime", is_flag=True, help="Run workers before everything else on the machine; needs the right to.")
@isa_option
@stored_weights_option
@click.option("--scenarios", default=0.0, metavar="SECONDS", help="MLPerf's four scenarios as well, each so long.")
@click.option("--output", type=click.Path(path_type=Path), help="Write results to this .json file, a table beside it.")
@json_option
def command(
    model: Path,
    against: str | None,
    threads: str,
    rounds: int,
    seconds: float,
    realtime: bool,
    isa: str | None,
    weights: str | None,
    scenarios: float,
    output: Path | None,
    as_json: bool,
) -> None:
    """Time MODEL (.tflite or .onnx) here and in other engines, warm, batch 1, taking turns.

    Answers are compared first; an engine whose answer differs is named and left out. The ratio is the best peer's
    median over ours. Each class of layer is shown with its share of the multiply-adds that this machine does at most,
    measured at the end.
    """
    from edgesmith import UsageError
    from edgesmith.cli.files import load_model
    from edgesmith.measure import bench, bench_results, bench_scenarios
    from edgesmith.measure.bench_host import first_in_line
    from edgesmith.measure.engines import choose, installed_peers
    from edgesmith.profiling import measure_limits

    if scenarios:
        bench_scenarios.require_loadgen()
    try:
        counts = [int(word) for word in threads.split(",")]
    except ValueError:
        raise UsageError(f"--threads {threads}: expected numbers with commas, such as 1,2") from None
    engines = choose(installed_peers() if against is None else [word for word in against.split(",") if word])
    settings: dict[str, Any] = {"rounds": rounds, "seconds": seconds, "realtime": realtime, "isa": isa or ""}
    plans = [bench.Plan(threads=count, scenario_seconds=scenarios, **settings) for count in counts]
    source = load_model(model)
    integers = source.graph().is_quantized

    def peak(count: int) -> float:
        with first_in_line(realtime):
            limits = measure_limits(count, isa, 1 << 20)
        return limits.i8_gmacs if integers else limits.f32_gmacs

    def say(line: str) -> None:
        click.echo(line, err=True)

    rows = bench.measure_model(
        source, model.stem, weights or "as given", engines, plans, source=model, weights=weights, peak=peak, say=say
    )
    result = bench_results.document(rows, settings, Path.cwd())
    if output:
        bench_results.write(result, output)
    show(result, lambda: bench_results.markdown(result), as_json)
