"""Writes ``runtime/generated``: argument structs, field tables, bounds checks and kernel lists, from declarations."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from edgesmith.program.kernel import ELEMENT_BYTES, ELEMENT_C, SCALAR_C, Field, Kernel

HEAD = "/* Written by scripts/generate from src/edgesmith/ops; do not edit. */\n"


def generate(kernels: Iterable[Kernel]) -> dict[str, str]:
    """File name -> text, for every file of ``runtime/generated``."""
    ordered = sorted(kernels, key=lambda kernel: kernel.name)
    return {
        "args.h": _args(ordered),
        **{f"args/{_stem(file)}.h": _structs(file, ordered) for file in sorted({k.file for k in ordered})},
        "table.inc": _table(ordered),
        "vector_kernels.inc": _includes(k.file for k in ordered if k.vector),
        "byte_dot_kernels.inc": _includes(k.file for k in ordered if k.byte_dot),
        "byte_table_kernels.inc": _includes(k.file for k in ordered if k.byte_table),
        "portable_kernels.inc": _includes(k.file for k in ordered if not k.vector),
    }


def _includes(files: Iterable[str]) -> str:
    """All bodies; with EDGE_PART defined, only the one named, so that a change of one file compiles one file."""
    rows = [HEAD]
    for file in sorted(set(files)):
        part = f"EDGE_PART_{_stem(file)}"
        body = f'#include "args/{_stem(file)}.h"\n#include "../kernels/{file}"\n'
        rows.append(f"#if !defined(EDGE_PART) || defined({part})\n{body}#endif\n")
    return "".join(rows)


def _member(field: Field) -> str:
    if field.is_pointer:
        const = "const " if field.kind in ("in", "const") else ""
        return f"{const}{ELEMENT_C[field.type]} *{field.name};"
    array = f"[{field.count}]" if field.count > 1 else ""
    return f"{SCALAR_C[field.type]} {field.name}{array};"


def _stem(file: str) -> str:
    return file.removesuffix(".c")


def _structs(file: str, kernels: list[Kernel]) -> str:
    """The argument structs of one C file's kernels; apart, so that a new kernel elsewhere recompiles nothing here."""
    guard = f"EDGE_ARGS_{_stem(file).upper()}_H"
    out = [HEAD, f"#ifndef {guard}\n#define {guard}\n#include <stddef.h>\n#include <stdint.h>\n"]
    for kernel in kernels:
        if kernel.file != file:
            continue
        members = [_member(field) for field in kernel.fields]
        if kernel.packed:
            members.append("const void *packed;")
        out.append(f"\nstruct edge_{kernel.name} {{\n    " + "\n    ".join(members) + "\n};\n")
    return "".join([*out, "#endif\n"])


def _args(kernels: list[Kernel]) -> str:
    out = [HEAD, "#ifndef EDGE_ARGS_H\n#define EDGE_ARGS_H\n"]
    out += [f'#include "args/{_stem(file)}.h"\n' for file in sorted({kernel.file for kernel in kernels})]
    out.append("\n/* name of every kernel, by how it is compiled; expanded into prototypes and tables */\n")
    vector = [k.name for k in kernels if k.vector]
    portable = [k.name for k in kernels if not k.vector]
    packed = [k.name for k in kernels if k.packed]
    dot = [k.name for k in kernels if k.byte_dot]
    dot_packed = [k.name for k in kernels if k.byte_dot and k.packed]
    byte_table = [k.name for k in kernels if k.byte_table]
    lists = {"VECTOR": vector, "PORTABLE": portable, "PACKED": packed, "DOT": dot, "DOT_PACKED": dot_packed}
    lists["BYTE_TABLE"] = byte_table
    for macro, names in lists.items():
        out.append(f"#define EDGE_{macro}_KERNELS(X)" + "".join(f" \\\n    X({name})" for name in names) + "\n")
    out.append("enum edge_kernel_id {" + "".join(f"\n    EDGE_K_{k.name}," for k in kernels))
    out.append("\n    EDGE_KERNEL_COUNT\n};\n#endif\n")
    return "".join(out)


def _table(kernels: list[Kernel]) -> str:
    out = [HEAD]
    for kernel in kernels:
        out.append(_fields(kernel))
        out.append(_check(kernel))
    out.append("const struct edge_kernel edge_kernels[EDGE_KERNEL_COUNT] = {\n")
    for kernel in kernels:
        flags = "|".join(
            name for name, on in (("EDGE_PARALLEL", kernel.parallel), ("EDGE_PACKED", kernel.packed)) if on
        )
        n = kernel.name
        packed = f"(uint32_t)offsetof(struct edge_{n}, packed)" if kernel.packed else "0"
        out.append(
            f'    {{"{n}", fields_{n}, {len(kernel.fields)}, {flags or "0"}, sizeof(struct edge_{n}), '
            f"{packed}, 0x{kernel.hash:08x}u, check_{n}, work_{n}, scratch_{n}}},\n"
        )
    out.append("};\n")
    return "".join(out)


_KIND = {"in": "EDGE_IN", "out": "EDGE_OUT", "inout": "EDGE_INOUT", "const": "EDGE_CONST", "number": "EDGE_NUMBER"}


def _fields(kernel: Kernel) -> str:
    rows = []
    for f in kernel.fields:
        kind = _KIND[f.kind] + ("|EDGE_NULLABLE" if f.nullable else "")
        size = ELEMENT_BYTES[f.type] if f.is_pointer else {"i32": 4, "s32": 4, "s64": 8, "f32": 4, "f64": 8}[f.type]
        unsigned = "|EDGE_COUNT" if f.type == "i32" and not f.is_pointer else ""
        unsigned += "|EDGE_UNPACKED" if f.name in kernel.unpacked else ""
        rows.append(
            f'    {{"{f.name}", {kind}{unsigned}, {size}, {f.count}, offsetof(struct edge_{kernel.name}, {f.name})}},\n'
        )
    return f"static const struct edge_field fields_{kernel.name}[] = {{\n{''.join(rows)}}};\n"


def _check(kernel: Kernel) -> str:
    def c(expression: str, nonzero: bool = False) -> str:
        return _expression(ast.parse(expression, mode="eval").body, kernel, nonzero)

    n = kernel.name
    lines = [
        f"static const char *check_{n}(const void *args, const double *extent) {{",
        f"    const struct edge_{n} *a = args;",
        "    (void)a, (void)extent;",
    ]
    lines += [f'    if (!({c(r)})) return "{r}";' for r in kernel.require]
    index = 0
    for field in kernel.fields:
        if field.is_pointer:
            guard = f"a->{field.name} && " if field.nullable else ""
            lines.append(f'    if ({guard}!({c(field.extent)} <= extent[{index}])) return "extent of {field.name}";')
            index += 1
    lines += ["    return NULL;", "}"]
    for what, text in (("work", kernel.work), ("scratch", kernel.scratch)):
        lines += [
            f"static double {what}_{n}(const void *args) {{",
            f"    const struct edge_{n} *a = args;",
            "    (void)a;",
            f"    return {c(text, nonzero=what == 'work')};",
            "}",
        ]
    return "\n".join(lines) + "\n"


_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def _expression(node: ast.expr, kernel: Kernel, nonzero: bool) -> str:
    """An expression in C, in doubles: exact up to 2**53 and never overflowing, whatever a file says.

    With ``nonzero`` a zero dimension counts as one: loops around an empty tensor take time too.
    """

    def sub(inner: ast.expr) -> str:
        return _expression(inner, kernel, nonzero)

    if isinstance(node, ast.Constant):
        return f"{float(node.value)!r}"  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return f"edge_max(1, (double)a->{node.id})" if nonzero else f"(double)a->{node.id}"
    if isinstance(node, ast.Subscript):
        assert isinstance(node.value, ast.Name)
        assert isinstance(node.slice, ast.Constant)
        return f"(double)a->{node.value.id}[{node.slice.value!r}]"
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.FloorDiv):
            return f"edge_floor_div({sub(node.left)}, {sub(node.right)})"
        if isinstance(node.op, ast.Mod):
            return f"edge_mod({sub(node.left)}, {sub(node.right)})"
        return f"({sub(node.left)} {_BINARY[type(node.op)]} {sub(node.right)})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"(-{sub(node.operand)})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"(!{sub(node.operand)})"
    if isinstance(node, ast.BoolOp):
        joint = " && " if isinstance(node.op, ast.And) else " || "
        return "(" + joint.join(sub(value) for value in node.values) + ")"
    if isinstance(node, ast.IfExp):
        return f"({sub(node.test)} ? {sub(node.body)} : {sub(node.orelse)})"
    if isinstance(node, ast.Compare):
        terms, left = [], node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            terms.append(f"{sub(left)} {_COMPARE[type(operator)]} {sub(right)}")
            left = right
        return "(" + " && ".join(terms) + ")"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if name in ("prod", "span", "below"):
            arrays = [argument.id for argument in node.args if isinstance(argument, ast.Name)]
            count = next(field.count for field in kernel.fields if field.name == arrays[0])
            if name == "prod" and nonzero:
                name = "prod_nonzero"
            return f"edge_{name}({', '.join(f'a->{array}' for array in arrays)}, {count})"
        return f"edge_{name}({', '.join(sub(argument) for argument in node.args)})"
    raise AssertionError(f"kernel '{kernel.name}': cannot write '{ast.unparse(node)}' in C")
