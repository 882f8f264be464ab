"""Constants of every element type, stored in every way, against the onnx package's own reading."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the onnx package")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from edgesmith.errors import ModelError  # noqa: E402
from edgesmith.importers.onnx.tensors import ELEMENTS, decode  # noqa: E402

NUMBERS = [code for code, kind in ELEMENTS.items() if kind.name != "string"]


def _values(code: int) -> np.ndarray:
    dtype = helper.tensor_dtype_to_np_dtype(code)
    name = ELEMENTS[code].name
    if name == "bool":
        return np.array([[True, False, True], [False, False, True]])
    if name.startswith(("uint", "int")):
        low, high = (0, 3) if name == "uint2" else (-2, 1) if name == "int2" else (0, 7)
        return np.array([[low, high, 1], [0, high, low]]).astype(dtype)
    return np.array([[0.5, -1.0, 2.0], [0.0, 1.5, 4.0]]).astype(dtype)


def _as_read(array: np.ndarray, code: int) -> np.ndarray:
    if ELEMENTS[code].name == "bfloat16":
        return array.view(np.uint16)
    carrier = ELEMENTS[code].dtype
    return array.astype(carrier.numpy) if carrier is not None else array


@pytest.mark.parametrize("code", NUMBERS, ids=lambda code: ELEMENTS[code].name)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "field"])
def test_decodes(code: int, raw: bool) -> None:
    values = _values(code)
    if raw:
        proto = numpy_helper.from_array(values, "x")
    else:
        proto = helper.make_tensor("x", code, values.shape, values.ravel())
    got = decode(proto, "x")
    expected = _as_read(values, code)
    assert got.array.dtype == expected.dtype
    np.testing.assert_array_equal(got.array, expected)


@pytest.mark.parametrize("code", [c for c in NUMBERS if ELEMENTS[c].name.startswith("float") and ELEMENTS[c].bits <= 8])
def test_every_small_float(code: int) -> None:
    bits = np.arange(2 ** ELEMENTS[code].bits, dtype=np.uint8)
    expected = bits.view(helper.tensor_dtype_to_np_dtype(code)).astype(np.float32)
    proto = numpy_helper.from_array(bits.view(helper.tensor_dtype_to_np_dtype(code)), "x")
    np.testing.assert_array_equal(decode(proto, "x").array, expected)


@pytest.mark.parametrize("code", NUMBERS, ids=lambda code: ELEMENTS[code].name)
@pytest.mark.parametrize("change", [-1, 1])
def test_refuses_a_wrong_length(code: int, change: int) -> None:
    proto = numpy_helper.from_array(_values(code), "x")
    proto.raw_data = proto.raw_data[:-1] if change < 0 else proto.raw_data + b"\0"
    with pytest.raises(ModelError, match="bytes"):
        decode(proto, "x")


@pytest.mark.parametrize("dims", [[-1], [2**31], [2**40, 0], [2**32, 2**32], [1] * 9])
def test_refuses_impossible_shapes(dims: list[int]) -> None:
    with pytest.raises(ModelError, match="x: shape"):
        decode(TensorProto(data_type=1, dims=dims), "x")


@pytest.mark.parametrize("code", [0, 29, 99, -1])
def test_refuses_unknown_types(code: int) -> None:
    with pytest.raises(ModelError, match="element type"):
        decode(TensorProto(data_type=code, dims=[1], raw_data=b"\0\0\0\0"), "x")


def test_reads_strings_as_bytes() -> None:
    got = decode(helper.make_tensor("x", TensorProto.STRING, [2], [b"a", b"bc"]), "x")
    assert got.array.tolist() == [b"a", b"bc"]
