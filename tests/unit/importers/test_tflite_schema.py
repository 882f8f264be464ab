"""The schema tables against the ones that LiteRT generates from schema.fbs, where that package is installed."""

from __future__ import annotations

import types
from typing import Any

import pytest

from edgesmith.importers.tflite import schema


@pytest.fixture(scope="module")
def litert() -> types.ModuleType:
    return pytest.importorskip("ai_edge_litert.schema_py_generated", reason="ai-edge-litert is not installed")


def names(enum: type) -> list[str]:
    found = {value: name for name, value in vars(enum).items() if isinstance(value, int)}
    assert sorted(found) == list(range(len(found)))
    return [found[value] for value in range(len(found))]


def test_operators_and_types_have_litert_codes(litert: types.ModuleType) -> None:
    assert list(schema.OPERATORS) == names(litert.BuiltinOperator)[: len(schema.OPERATORS)]
    assert list(schema.TENSOR_TYPES) == names(litert.TensorType)[: len(schema.TENSOR_TYPES)]
    unions = [[n.removesuffix("Options") for n in names(u)] for u in (litert.BuiltinOptions, litert.BuiltinOptions2)]
    assert [list(schema.UNION), list(schema.UNION_2)] == [u[: len(o)] for u, o in zip(unions, OWN, strict=True)]


OWN = (schema.UNION, schema.UNION_2)


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix"),
    [
        ("Padding", "Padding", ""),
        ("Activation", "ActivationFunctionType", ""),
        ("WeightsFormat", "FullyConnectedOptionsWeightsFormat", ""),
        ("LSTMKernel", "LSTMKernelType", ""),
        ("LSHProjection", "LSHProjectionType", ""),
        ("MirrorPadMode", "MirrorPadMode", ""),
        ("Combiner", "CombinerType", ""),
        ("ReduceFunction", "ReduceWindowFunction", ""),
        ("RngAlgorithm", "RngAlgorithm", ""),
        ("ComparisonDirection", "StablehloComparisonDirection", "STABLEHLO_COMPARISON_DIRECTION_"),
        ("ComparisonType", "StablehloComparisonType", "STABLEHLO_COMPARISON_TYPE_"),
    ],
)
def test_enumerations_are_litert_s(litert: types.ModuleType, ours: str, theirs: str, prefix: str) -> None:
    assert list(schema.ENUMS[ours]) == [n.removeprefix(prefix) for n in names(getattr(litert, theirs))]


class Recorder:
    """Stands in for flatbuffers.Builder and keeps the one call that a generated Add function makes."""

    def __getattr__(self, method: str) -> Any:
        return lambda *args: self.__dict__.update(call=(method, *args))


KINDS = {
    "Bool": "bool",
    "Int8": "i8",
    "Uint8": "u8",
    "Int32": "i32",
    "Uint32": "u32",
    "Int64": "i64",
    "Float32": "f32",
}


@pytest.mark.parametrize("table", sorted(schema.OPTIONS))
def test_options_table_has_litert_slots_types_and_defaults(litert: types.ModuleType, table: str) -> None:
    start = f"{table}OptionsAdd"
    expected = {name.removeprefix(start): getattr(litert, name) for name in dir(litert) if name.startswith(start)}
    fields = {"".join(word.title() for word in f.name.split("_")): f for f in schema.OPTIONS[table]}
    assert set(fields) == set(expected)
    for name, add in expected.items():
        recorder = Recorder()
        add(recorder, 0)
        method, slot, _, default = recorder.call
        field = fields[name]
        assert field.slot == slot, name
        kind = method.removeprefix("Prepend").removesuffix("Slot")
        if kind == "UOffsetTRelative":
            assert field.vector or field.type == "str", name
        else:
            assert not field.vector
            assert field.type == KINDS[kind], name
            assert field.default == (field.enum[default] if field.enum else default), name


def test_every_operator_s_table_exists() -> None:
    tables = {table for table in schema.OPTIONS_OF.values() if table}
    assert tables == set(schema.OPTIONS)
    assert tables <= set(schema.UNION) | set(schema.UNION_2)


def test_code_newer_than_the_schema_keeps_its_number() -> None:
    assert schema.operator_name(3) == "CONV_2D"
    assert schema.operator_name(217) == "BUILTIN_217"
