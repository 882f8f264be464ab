"""``edgesmith profile``: the time of every layer, beside what the machine allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import (
    count,
    isa_option,
    json_option,
    limit_option,
    parse_shapes,
    shape_option,
    show,
    threads_option,
    weights_option,
)


@click.command("profile", short_help="Time every layer, beside what this machine allows.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--runs", default=50, show_default=True, type=click.IntRange(1), help="Timed runs; medians are shown.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Draw the profile as one page.")
@threads_option
@isa_option
@limit_option
@shape_option
@weights_option
@json_option
def command(
    model: Path,
    runs: int,
    page: Path | None,
    threads: int,
    isa: str | None,
    memory_limit: str | None,
    shapes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Time each step of MODEL (.tflite, .onnx, .edge or zoo:NAME) on random inputs.

    Rates stand beside the fastest that this machine multiplied and copied in the same minute. A '!' marks steps that
    take more than three times what their limit allows, and at least 2 % of the whole.
    """
    from edgesmith import UsageError
    from edgesmith.cli.files import is_edge, load_model
    from edgesmith.compiler import compile_model
    from edgesmith.measure.bench_classes import classes
    from edgesmith.measure.profile_picture import draw
    from edgesmith.profiling import profile

    if model.is_file() and is_edge(model):
        if memory_limit or shapes:
            raise UsageError(f"{model}: a .edge file is compiled already; give the limit and shapes to its source")
        data, name = model.read_bytes(), model.name
    else:
        source = load_model(model)
        data = compile_model(source, shapes=parse_shapes(shapes), memory_limit=memory_limit).to_bytes()
        name = source.name
    found = profile(data, name=name, threads=threads, isa=isa, runs=runs)
    groups = classes(found.steps, [1e3 * row.us for row in found.rows], None)
    if page:
        page.write_text(draw(found, groups), encoding="utf-8")
    result = {**found.to_dict(), "classes": groups, "page": str(page) if page else None}
    show(result, lambda: _text(found, groups, page), as_json)


def _text(found: Any, groups: list[dict[str, Any]], page: Path | None) -> str:
    from edgesmith.measure.bench_classes import SKIPS

    limits = found.limits
    wide = max(len(row.layer) for row in found.rows) if found.rows else 5
    wide = min(max(wide, 5), 44)
    lines = [
        f"{'step':>4}  {'layer':<{wide}}  {'kernel':<22}{'us':>9}{'share':>7}{'GMAC/s':>8}{'peak':>6}{'GB/s':>7}  limit"
    ]
    for row in found.rows:
        peak = "-" if row.percent_of_peak is None else f"{row.percent_of_peak:.0f}%"
        rate = f"{row.gmacs:.1f}" if row.macs else "-"
        lines.append(
            f"{row.step:>4}  {row.layer[-wide:]:<{wide}}  {row.kernel[:21]:<22}{row.us:>9.1f}{100 * row.share:>6.1f}%"
            f"{rate:>8}{peak:>6}{row.gigabytes:>7.1f}  {row.bound} {row.least_us:.1f} us{' !' if row.far else ''}"
        )
    lines += ["", f"{'class of layer':<44}{'steps':>6}{'ms':>10}{'GMAC/s':>9}"]
    lines += [f"{g['class']:<44}{g['steps']:>6}{g['ms']:>10.4f}{g['gmacs']:>9.1f}" for g in groups]
    total = sum(row.us for row in found.rows)
    lines += [
        "",
        f"{found.name}: {found.whole_us / 1e3:.3f} ms a run (median of {found.runs}), {total / 1e3:.3f} ms in steps, "
        f"{count(sum(row.macs for row in found.rows))} multiply-adds; {found.isa}, {found.threads} thread(s)",
        f"measured here: {limits.f32_gmacs:.0f} GMAC/s float32, {limits.i8_gmacs:.0f} int8, "
        f"{limits.gigabytes:.1f} GB/s copying as many bytes as a run works on",
    ]
    if any(SKIPS in group["class"] for group in groups):
        lines.append("where weights of zero inputs are not read, rates count them all, and time depends on the data")
    if page:
        lines.append(f"drawn in {page}")
    return "\n".join(lines)
