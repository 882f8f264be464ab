"""The text of the exported files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgesmith.export.c import trace
from edgesmith.export.c.call import Call, Place, Scratch
from edgesmith.export.c.cost import cost
from edgesmith.export.c.flash import flash
from edgesmith.export.c.kernels import kernel_source, verbatim, wanted
from edgesmith.export.c.text import C_TYPE, banner, comment, elements, number

if TYPE_CHECKING:
    from edgesmith.export.c.package import Exported


def header(e: Exported) -> str:
    """The interface."""
    name, big = e.name, e.name.upper()
    lines = [
        *_provenance(e),
        f"#ifndef {big}_H",
        f"#define {big}_H",
        "#include <stdint.h>",
        "",
        f"#define {big}_ARENA_BYTES {e.arena_bytes} /* all RAM but the stack */",
        f"#define {big}_CONSTANT_BYTES {e.constant_bytes}",
        *_figures(e),
        f"#define {big}_STEPS {len(e.calls)}",
        f"#define {big}_INPUTS {len(e.program.inputs)}",
        f"#define {big}_OUTPUTS {len(e.program.outputs)}",
        f"#define {big}_STATES {len(e.program.states)}",
    ]
    for kind, tensors in (("INPUT", e.program.inputs), ("OUTPUT", e.program.outputs)):
        for index, tensor in enumerate(tensors):
            said = f"{comment(tensor.name)}: {tensor.dtype}[{'x'.join(map(str, tensor.shape)) or 'scalar'}]"
            lines.append(f"#define {big}_{kind}_{index}_BYTES {tensor.bytes} /* {said} */")
            if tensor.quant is not None and tensor.quant.per_tensor:
                scale, zero = float(tensor.quant.scale0), tensor.quant.zero0
                lines.append(
                    f"#define {big}_{kind}_{index}_SCALE {number(scale)} /* {scale:g}; real = scale * (q - zero) */"
                )
                lines.append(f"#define {big}_{kind}_{index}_ZERO ({zero})")
    lines += [
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        "/* Where to write input i before a run, and where output i is after it. */",
        f"void *{name}_input(int32_t i);",
        f"const void *{name}_output(int32_t i);",
        "",
        "/* One inference, with no set-up before it. Meanwhile the inputs' memory is used for other things. Returns 0,",
        " * or the status of the step that failed. */",
        f"int32_t {name}_run(void);",
        *_remembering(e),
        "",
        f"/* With {big}_GOLDEN defined: runs the stored inputs and compares the outputs, integers bit for bit.",
        " * Returns 0, or the number of the first run, from 1, whose outputs differ. */",
        f"int32_t {name}_selftest(void);",
        "",
        f"/* With {big}_TRACE defined: called after every step with the bytes that it wrote; you provide it.",
        " * The number of the step at work is kept for a crash handler. */",
        f"void {name}_trace(int32_t step, const void *bytes, uint32_t count);",
        f"extern volatile int32_t {name}_step;",
        f"#ifdef {big}_TRACE",
        *trace.lines(name),
        "#endif",
        "",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _remembering(e: Exported) -> list[str]:
    if not e.program.states:
        return []
    said = f"{sum(state.bytes for state in e.program.states):,} bytes"
    return [
        "",
        f"/* The model remembers {said} from run to run. Call this before the first run, and where another sequence",
        " * begins. */",
        f"void {e.name}_reset(void);",
    ]


def _figures(e: Exported) -> list[str]:
    """Flash, stack and instructions, as far as the target's kernels have been measured."""
    found, big = flash(e), e.name.upper()
    level = "-Os" if e.optimize == "size" else "-O2"
    most = ", at most: GCC fits kernels to the model" * bool(found.fitted)
    lines = [f"/* Not measured: {', '.join(found.unmeasured)}. */"] if found.unmeasured else []
    if not found.unmeasured:
        lines += [
            f"#define {big}_CODE_BYTES {found.code} /* of flash beside constants{most}, by GCC 12 with {level} */",
            f"#define {big}_STACK_BYTES {found.stack} /* at most, below {e.name}_run */",
        ]
    if not (spent := cost(e)).uncounted:
        lines.append(f"#define {big}_INSTRUCTIONS {spent.instructions} /* of an inference, within a few percent */")
    if not found.unmeasured:
        lines += [
            "/* Flash by kernel:",
            *(f" * {size:>8,}  {name}" for name, size in (found.kernels | found.libraries).items()),
            f" * {found.arguments + found.program:>8,}  arguments and calls",
            " */",
        ]
    lines.append("/* Flash by layer, constants and arguments:")
    for layer in found.layers:
        lines.append(f" * {layer['constants'] + layer['arguments']:>8,}  {comment(layer['layer'])}")
    return [*lines, " */"]


def program(e: Exported) -> str:
    """Kernels, arena and calls."""
    parts = [
        *_provenance(e),
        f'#include "{e.name}.h"',
        "",
        *_kernels(e),
        "",
        banner("constants"),
        f'#include "{e.name}_weights.h"',
        "",
        *_arena(e),
        "",
        *_steps(e),
    ]
    return "\n".join(parts) + "\n"


def weights(e: Exported) -> str:
    """The constants, packed for the target."""
    lines = [*_provenance(e), f"/* Constants of {e.name}.c, which alone includes this file. */"]
    for name, array in e.constants.items():
        lines += [f"static const {C_TYPE[array.dtype.name]} {name}[{array.size}] = {{", elements(array), "};"]
    return "\n".join(lines) + "\n"


def golden(e: Exported) -> str:
    """Inputs and the outputs that a desk computed from them."""
    said = f" {e.golden_said[0].upper()}{e.golden_said[1:]}." if e.golden_said else ""
    lines = [*_provenance(e), f"/* What the self-test compares; computed on a desk.{said} */"]
    lines.append(f"enum {{ GOLDEN_RUNS = {len(e.golden)} }};")
    for kind, which in (("in", 0), ("out", 1)):
        for index in range(len(e.golden[0][which])):
            arrays = [np.ascontiguousarray(run[which][index]).reshape(-1).view(np.int8) for run in e.golden]
            lines.append(f"static const int8_t golden_{kind}_{index}[GOLDEN_RUNS][{arrays[0].size}] = {{")
            lines += ["{\n" + elements(array) + "\n}," for array in arrays]
            lines.append("};")
    return "\n".join(lines) + "\n"


def _provenance(e: Exported) -> list[str]:
    said = "".join(f"\n * {key}: {comment(value)}" for key, value in e.provenance.items())
    flags = f"; compile with {e.target.flags}" if e.target.flags else ""
    return [f"/* {comment(e.program.name)} for {e.target.core}, written by edgesmith export{flags}.{said} */"]


def _kernels(e: Exported) -> list[str]:
    source = kernel_source(e.calls, e.target)
    lines = [banner("kernels: the text of the runtime, as far as this model uses it")]
    lines += [
        f'#if !defined({macro})\n#error "compile for {e.target.core}: {e.target.flags}"\n#endif'
        for macro in e.target.macros
    ]
    if e.optimize == "size":
        lines += ["#if defined(__GNUC__) && !defined(__clang__)", '#pragma GCC optimize("Os")', "#endif"]
    lines += [*source.system, "", verbatim("chip/compiler.h")]
    if any(call.common for call in e.calls):
        lines += ["", verbatim("chip/common.h")]
    file = ""
    for piece in source.reached(wanted(e.calls, source)):
        if piece.file != file:
            file = piece.file
            lines += ["", f"/* from {file} */"]
        lines += [piece.text] if piece.text.startswith("#") else [piece.text, ""]
    return lines


def _arena(e: Exported) -> list[str]:
    rows = [
        f" *   {r.offset:>8,} {r.offset + r.bytes:>8,}  steps {r.first} to {r.last}  {comment(r.name)}"
        for r in e.program.regions[:200]
    ]
    return [
        banner("arena: bytes from and to, and the steps between which a value stays"),
        "/*" + "\n".join(rows)[2:] + " */" if rows else "",
        f"static uint64_t arena[{-(-e.arena_bytes // 8)}];",
        "#define AT(type, offset) ((type *)(void *)((uint8_t *)arena + (offset)))",
    ]


def _value(e: Exported, call: Call, index: int, value: Any) -> str:
    if isinstance(value, Place):
        return f"AT({'const ' * value.const}{value.type}, {value.offset})"
    if isinstance(value, Scratch):
        return f"AT({value.type}, {e.scratch[index]})" if call.scratch else "0"
    if isinstance(value, np.ndarray):
        return e.named[id(value)]
    return "0" if value is None else number(value)


def _steps(e: Exported) -> list[str]:
    big = e.name.upper()
    lines = [
        banner("program"),
        f"#ifdef {big}_TRACE",
        f"volatile int32_t {e.name}_step;",
        f"#define STEP(i) {e.name}_step = i;",
        f"#define DONE(i, at, count) {e.name}_trace(i, (const uint8_t *)arena + (at), count);",
        "#else",
        "#define STEP(i)",
        "#define DONE(i, at, count)",
        "#endif",
        "",
    ]
    body = []
    for index, call in enumerate(e.calls):
        step = call.step
        assert step is not None
        shape = "x".join(map(str, step.shape)) or "scalar"
        rows = f" rows {step.rows[0]} to {step.rows[1] - 1}" if step.rows else ""
        cost = f", {step.macs:,} MACs" if step.macs else ""
        fields = ", ".join(f".{key} = {_value(e, call, index, value)}" for key, value in call.fields.items())
        lines += [
            f"/* {index}: {comment(step.layer)}, {shape}{rows}{cost} */",
            *_wrapped(f"static const struct {call.struct} step_{index} = {{{fields}}};"),
        ]
        at, count = _written(call)
        run = f"{call.function}(&step_{index});"
        if call.common:
            task = f"task_{index}" if call.scratch else "task"
            if call.scratch:
                lines.append(f"static const struct edge_task {task} = {{0, 1, AT(void, {e.scratch[index]})}};")
            run = f"if ((status = kernel_{call.function}(&step_{index}, &{task}))) return status;"
        body.append(f"    STEP({index}) {run} DONE({index}, {at}, {count})")
    status = ["    int32_t status;"] if any(call.common for call in e.calls) else []
    if any(call.common and not call.scratch for call in e.calls):
        lines.append("static const struct edge_task task = {0, 1, 0}; /* of kernels that need no scratch */")
    lines += [
        "",
        f"int32_t {e.name}_run(void) {{",
        *status,
        *body,
        "    return 0;",
        "}",
        "",
        *_border(e),
        *_reset(e),
        "",
        *_selftest(e),
    ]
    return lines


def _written(call: Call) -> tuple[int, int]:
    """Where the result of a call lies, and its bytes."""
    assert call.step is not None
    place = trace.written(call.step)
    return (place.offset, place.bytes) if place is not None else (0, 0)


def _border(e: Exported) -> list[str]:
    lines = []
    for kind, const, tensors in (("input", "", e.program.inputs), ("output", "const ", e.program.outputs)):
        lines.append(f"{const}void *{e.name}_{kind}(int32_t i) {{")
        offsets = ", ".join(str(t.offset) for t in tensors) or "0"
        if len(tensors) == 1:
            lines += ["    (void)i;", f"    return AT(void, {offsets});", "}"]
        else:
            lines += [f"    static const uint32_t offsets[] = {{{offsets}}};", "    return AT(void, offsets[i]);", "}"]
    return lines


def _reset(e: Exported) -> list[str]:
    """What memories begin with: constants, or zeros."""
    if not e.program.states:
        return []
    lines = ["", "#include <string.h>", f"void {e.name}_reset(void) {{"]
    for state, first in zip(e.program.states, e.first_states, strict=True):
        place = f"AT(void, {state.offset})"
        if first is None or id(first) not in e.named:
            byte = 0 if first is None else int(first[0])
            lines.append(f"    memset({place}, {byte}, {state.bytes}); /* {comment(state.name)} */")
        else:
            lines.append(f"    memcpy({place}, {e.named[id(first)]}, {state.bytes}); /* {comment(state.name)} */")
    return [*lines, "}"]


def _selftest(e: Exported) -> list[str]:
    if not e.golden:
        return []
    floats = {i for i, tensor in enumerate(e.program.outputs) if tensor.dtype.is_float}
    lines = [f"#ifdef {e.name.upper()}_GOLDEN", "#include <string.h>", f'#include "{e.name}_golden.h"']
    if floats:
        lines += [
            "/* Whether floats are as on the desk, but for the order of sums, whose largest may cancel. */",
            "static int32_t near(const int8_t *a, const int8_t *b, uint32_t bytes) {",
            "    float x, y, largest = 1.0f;",
            "    for (uint32_t i = 0; i < bytes; i += 4) {",
            "        memcpy(&y, b + i, 4);",
            "        if ((y < 0 ? -y : y) > largest) largest = y < 0 ? -y : y;",
            "    }",
            "    for (uint32_t i = 0; i < bytes; i += 4) {",
            "        memcpy(&x, a + i, 4), memcpy(&y, b + i, 4);",
            "        if (!((x < y ? y - x : x - y) <= 1e-4f * largest)) return 0;",
            "    }",
            "    return 1;",
            "}",
        ]
    lines += [f"int32_t {e.name}_selftest(void) {{", "    for (int32_t run = 0; run < GOLDEN_RUNS; run++) {"]
    lines += [f"        {e.name}_reset();"] if e.program.states else []
    for i in range(len(e.program.inputs)):
        lines.append(f"        memcpy({e.name}_input({i}), golden_in_{i}[run], sizeof golden_in_{i}[run]);")
    lines.append(f"        if ({e.name}_run()) return run + 1;")
    for i in range(len(e.program.outputs)):
        same = "!near" if i in floats else "memcmp"
        lines.append(
            f"        if ({same}({e.name}_output({i}), golden_out_{i}[run], sizeof *golden_out_{i})) return run + 1;"
        )
    return [*lines, "    }", "    return 0;", "}", "#endif"]


def _wrapped(line: str) -> list[str]:
    """A long initialiser in lines of 120."""
    lines, rest = [], line
    while len(rest) > 120:
        cut = rest.rfind(", ", 0, 119)
        lines.append(rest[: cut + 1])
        rest = "    " + rest[cut + 2 :]
    return [*lines, rest]


__all__ = ["golden", "header", "program", "weights"]
