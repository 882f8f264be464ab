"""The TensorFlow Lite reader: real files, files made here, and files that someone damaged."""

from __future__ import annotations

import pathlib
import random
import struct
import time
from collections.abc import Callable

import numpy as np
import pytest
from tflite_builder import Sparse, TFLiteBuilder, Writer

from edgesmith.errors import ModelError
from edgesmith.importers.tflite import schema
from edgesmith.importers.tflite.metadata import read_files, read_labels, read_metadata
from edgesmith.importers.tflite.reader import read
from edgesmith.importers.tflite.records import TFLiteModel


@pytest.fixture(scope="module")
def files(shared: pathlib.Path) -> list[pathlib.Path]:
    return sorted((shared / "models" / "tflite").glob("*.tflite"))


def small(dtype: str = "INT8") -> TFLiteBuilder:
    """One fully connected layer, quantized per channel."""
    b = TFLiteBuilder()
    x = b.tensor("x", (1, 4), dtype, quant=(0.1, 3))
    w = b.tensor("w", data=np.arange(8, dtype=np.int8).reshape(2, 4), quant=([0.1, 0.2], [0, 0], 0))
    y = b.tensor("y", (1, 2), "INT8", quant=(0.2, -1))
    b.op("FULLY_CONNECTED", [x, w, None], [y], {"fused_activation_function": "RELU6", "keep_num_dims": True})
    return b.inputs(x).outputs(y).signature("serve", {"in": x}, {"out": y})


def refuse(data: bytes, *words: str) -> None:
    with pytest.raises(ModelError) as caught:
        read(data, "a.tflite")
    assert str(caught.value).startswith("a.tflite: ")
    for word in words:
        assert word in str(caught.value)


# ---- real files ------------------------------------------------------------------------------------------------


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def test_real_files_agree_with_litert_s_own_reader(files: list[pathlib.Path]) -> None:
    litert = pytest.importorskip("ai_edge_litert.schema_py_generated", reason="ai-edge-litert is not installed")
    operators = 0
    for path in files:
        data = path.read_bytes()
        theirs = litert.ModelT.InitFromPackedBuf(data, 0)
        ours = read(data, path.name)
        assert len(ours.subgraphs) == len(theirs.subgraphs)
        for graph, other in zip(ours.subgraphs, theirs.subgraphs, strict=True):
            assert list(graph.inputs) == list(other.inputs)
            assert list(graph.outputs) == list(other.outputs)
            for op, o in zip(graph.operators, other.operators, strict=True):
                operators += 1
                code = theirs.operatorCodes[o.opcodeIndex]
                assert schema.CODES[op.name] == max(code.builtinCode, code.deprecatedBuiltinCode)
                assert op.version == code.version
                assert [-1 if i is None else i for i in op.inputs] == list(o.inputs)
                assert list(op.outputs) == list(o.outputs)
                for field in schema.OPTIONS.get(schema.OPTIONS_OF[op.name], ()):
                    if o.builtinOptions is None:
                        assert op.options[field.name] == field.default
                        continue
                    expected = getattr(o.builtinOptions, camel(field.name))
                    if field.vector:
                        assert list(op.options[field.name]) == list(() if expected is None else expected)
                    else:
                        assert op.options[field.name] == (field.enum[expected] if field.enum else expected)
            for tensor, t in zip(graph.tensors, other.tensors, strict=True):
                assert tensor.name == (t.name or b"").decode()
                assert tensor.shape == tuple([] if t.shape is None else t.shape)
                assert tensor.is_variable == t.isVariable
                assert schema.TENSOR_TYPES.index(tensor.dtype) == t.type
                if tensor.quant is not None:
                    np.testing.assert_array_equal(tensor.quant.scale, t.quantization.scale)
                    np.testing.assert_array_equal(tensor.quant.zero_point, t.quantization.zeroPoint)
                raw = theirs.buffers[t.buffer].data
                assert (tensor.data is None) == (raw is None or len(raw) == 0)
                if tensor.data is not None:
                    assert tensor.array().shape == tensor.shape
                    assert bytes(tensor.data) == bytes(raw)
        assert [s.key for s in ours.signatures] == [s.signatureKey.decode() for s in theirs.signatureDefs or []]
    assert operators > 500


def test_real_metadata_names_labels_and_preparation(files: list[pathlib.Path]) -> None:
    described = {}
    for path in files:
        model = read(path.read_bytes(), path.name)
        metadata = read_metadata(model)
        if metadata is not None:
            described[path.name] = (metadata, read_files(model))
    assert len(described) >= 3
    for metadata, archive in described.values():
        (graph,) = metadata.subgraphs
        labels = read_labels(graph.outputs[0], archive)
        assert labels is not None
        assert len(labels) == 1001
        assert labels[0] == "background"
        assert graph.inputs[0].content == "Image"
        (unit,) = graph.inputs[0].process_units
        assert (unit.kind, unit.fields["mean"], unit.fields["std"]) == ("Normalization", (127.5,), (127.5,))


def test_constants_are_views_of_the_file(files: list[pathlib.Path]) -> None:
    data = np.frombuffer(files[0].read_bytes(), np.uint8)
    constants = [t for t in read(data.data, "x").subgraphs[0].tensors if t.data is not None]
    assert constants
    for tensor in constants:
        assert np.shares_memory(tensor.array(), data)
        assert not tensor.array().flags.writeable


# ---- files made here -------------------------------------------------------------------------------------------


def test_small_file_reads_as_it_was_written() -> None:
    model = read(small().build())
    (graph,) = model.subgraphs
    (op,) = graph.operators
    assert (op.name, op.inputs, op.outputs, op.where) == (
        "FULLY_CONNECTED",
        (0, 1, None),
        (2,),
        "subgraph 0, operator 0 (FULLY_CONNECTED)",
    )
    assert op.options == {
        "fused_activation_function": "RELU6",
        "weights_format": "DEFAULT",
        "keep_num_dims": True,
        "asymmetric_quantize_inputs": False,
        "quantized_bias_type": "FLOAT32",
        "quant_spec": (),
    }
    x, w, _ = graph.tensors
    assert (x.name, x.shape, x.dtype, x.data) == ("x", (1, 4), "INT8", None)
    assert x.quant is not None
    assert x.quant.zero_point.tolist() == [3]
    assert w.quant is not None
    assert w.quant.axis == 0
    np.testing.assert_array_equal(w.array(), np.arange(8, dtype=np.int8).reshape(2, 4))
    assert (graph.inputs, graph.outputs) == ((0,), (2,))
    (signature,) = model.signatures
    assert (signature.key, signature.inputs, signature.outputs) == ("serve", {"in": 0}, {"out": 2})


@pytest.mark.parametrize("name", [name for name in schema.OPERATORS if schema.OPTIONS_OF[name]])
def test_options_of_every_operator_survive(name: str) -> None:
    wanted: dict[str, object] = {}
    for number, field in enumerate(schema.OPTIONS[schema.OPTIONS_OF[name]]):
        if field.vector:
            wanted[field.name] = (1, 0, 1) if field.type == "bool" else (number, 7)
        elif field.enum is not None:
            wanted[field.name] = field.enum[-1]
        else:
            wanted[field.name] = {"str": "text", "bool": not field.default, "f32": 0.5}.get(field.type, number + 2)
    b = TFLiteBuilder()
    b.op(name, [b.tensor("x")], [b.tensor("y")], wanted)
    (op,) = read(b.build()).subgraphs[0].operators
    assert op.name == name
    assert op.options == wanted


def test_operator_without_options_has_the_defaults() -> None:
    b = TFLiteBuilder()
    b.op("CONV_2D", [b.tensor("x")], [b.tensor("y")])
    options = read(b.build()).subgraphs[0].operators[0].options
    assert (options["stride_w"], options["dilation_w_factor"], options["padding"]) == (0, 1, "SAME")


def test_custom_and_unknown_operators_keep_their_names() -> None:
    b = TFLiteBuilder()
    x, y, z = (b.tensor(name) for name in "xyz")
    b.op("TFLite_Detection_PostProcess", [x], [y], custom_options=b"abc").op(217, [y], [z])
    custom, unknown = read(b.build()).subgraphs[0].operators
    assert (custom.name, custom.kind, bytes(custom.custom_options)) == (
        "CUSTOM",
        "TFLite_Detection_PostProcess",
        b"abc",
    )
    assert unknown.kind == "BUILTIN_217"


def test_packed_and_brain_float_constants() -> None:
    b = TFLiteBuilder()
    b.tensor("i4", (3,), "INT4", data=bytes([0x8F, 0x07]))
    b.tensor("u4", (2,), "UINT4", data=bytes([0x8F]))
    b.tensor("i2", (5,), "INT2", data=bytes([0b11_10_01_00, 0b10]))
    b.tensor("bf", (1,), "BFLOAT16", data=b"\x80\x3f")
    b.tensor("bool", (2,), "BOOL", data=b"\x00\x02")
    arrays = [tensor.array().tolist() for tensor in read(b.build()).subgraphs[0].tensors]
    assert arrays == [[-1, -8, 7], [15, 8], [0, 1, -2, -1, -2], [0x3F80], [False, True]]


def test_sparse_constants_are_written_out() -> None:
    dense = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 4, 0]], np.int8)
    b = TFLiteBuilder()
    csr = Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 3, 0, 2])])
    b.tensor("csr", (3, 4), "INT8", data=np.array([1, 2, 3, 4], np.int8).tobytes(), sparse=csr)
    blocked = np.zeros((4, 4), np.float32)
    blocked[0:2, 2:4] = [[1, 2], [3, 4]]
    levels = [("DENSE", 2), ("CSR", [0, 1, 1], [1]), ("DENSE", 2), ("DENSE", 2)]
    values = np.array([1, 2, 3, 4], np.float32).tobytes()
    b.tensor("block", (4, 4), "FLOAT32", data=values, sparse=Sparse([0, 1, 2, 3], [0, 1], levels))
    first, second = read(b.build()).subgraphs[0].tensors
    np.testing.assert_array_equal(first.array(), dense)
    np.testing.assert_array_equal(second.array(), blocked)
    assert first.was_sparse


@pytest.mark.parametrize(
    "sparse",
    [
        Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 4, 0, 2])]),
        Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, -1, 0, 2])]),
        Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 1, 4], [1, 3, 0, 2])]),
        Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 4], [1, 3, 0, 2])]),
        Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 1, 0, 2])]),
        Sparse([0, 1], [], [("DENSE", 2**31 - 1), ("CSR", [0, 2, 2, 4], [1, 3, 0, 2])]),
        Sparse([0, 0], [], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 3, 0, 2])]),
        Sparse([0, 1, 2], [7], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 3, 0, 2]), ("DENSE", 1)]),
        Sparse([0, 1, 2], [1], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 3, 0, 2]), ("DENSE", 0)]),
        Sparse([0, 1], [], [("DENSE", 3)]),
    ],
    ids=lambda sparse: "",
)
def test_damaged_sparsity_is_an_error(sparse: Sparse) -> None:
    b = TFLiteBuilder()
    b.tensor("csr", (3, 4), "INT8", data=bytes([1, 2, 3, 4]), sparse=sparse)
    refuse(b.build(), "subgraph 0, tensor 0 'csr'", "sparse")


# ---- illegal files ---------------------------------------------------------------------------------------------


def one(name: str, *args: object, **kwargs: object) -> Callable[[], bytes]:
    """A file with a single tensor."""

    def make() -> bytes:
        b = TFLiteBuilder()
        b.tensor(name, *args, **kwargs)  # type: ignore[arg-type]
        return b.build()

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (one("t", (2, -3)), ("tensor 0 't'", "negative")),
        (one("t", (1,) * 9), ("rank 9",)),
        (one("t", (2**31 - 1, 2)), ("elements",)),
        (one("t", (0, 2**31 - 1, 2**31 - 1)), ("elements",)),
        (one("t", (2,), 99), ("element type is 99",)),
        (one("t", (2,), "FLOAT32", data=b"1234567"), ("7 bytes", "expected 8", "FLOAT32")),
        (one("t", (3,), "INT4", data=b"1"), ("expected 2",)),
        (one("t", (2,), buffer=5), ("buffer 5",)),
        (one("t", (2,), signature=(-1, 2)), ("signature",)),
        (one("t", (2,), "INT8", quant=(0.0, 0)), ("scale 0.0",)),
        (one("t", (2,), "INT8", quant=(-1.0, 0)), ("scale -1.0",)),
        (one("t", (2,), "INT8", quant=(float("nan"), 0)), ("scale nan",)),
        (one("t", (2,), "INT8", quant=(float("inf"), 0)), ("scale inf",)),
        (one("t", (2,), "INT8", quant=(1.0, 128)), ("zero point 128",)),
        (one("t", (2,), "UINT8", quant=(1.0, -1)), ("zero point -1",)),
        (one("t", (2, 3), "INT8", quant=([1.0, 1.0], [0, 0], 1)), ("2 scales", "dimension 1")),
        (one("t", (2, 3), "INT8", quant=([1.0, 1.0], [0, 0], 2)), ("2 scales", "dimension 2")),
        (one("t", (2, 3), "INT8", quant=([1.0, 1.0], [0, 0], -1)), ("dimension -1",)),
        (one("t", (2, 3), "INT8", quant=([1.0, 1.0], [0, 0, 0], 0)), ("3 zero points",)),
        (lambda: TFLiteBuilder(version=2).build(), ("version is 2",)),
        (lambda: TFLiteBuilder().inputs(0).build(), ("input is tensor 0",)),
        (lambda: TFLiteBuilder().outputs(-1).build(), ("output is tensor -1",)),
        (lambda: TFLiteBuilder().op("ADD", [-2], []).build(), ("operator 0 (ADD)", "tensor -2")),
        (lambda: TFLiteBuilder().op("ADD", [1], []).build(), ("tensor 1",)),
        (lambda: TFLiteBuilder().op("ADD", [], [-1]).build(), ("output is tensor -1",)),
        (lambda: TFLiteBuilder().op("LSTM", [], [], intermediates=[3]).build(), ("intermediate is tensor 3",)),
        (lambda: TFLiteBuilder().op(-5, [], []).build(), ("operator code is -5",)),
        (lambda: TFLiteBuilder().op(32, [], []).build(), ("custom operator has no name",)),
        (
            lambda: TFLiteBuilder().op("CONV_2D", [], [], {"padding": 9}).build(),
            ("operator 0 (CONV_2D)", "padding is 9", "SAME, VALID"),
        ),
        (
            lambda: TFLiteBuilder().op("CONV_2D", [], [], {"axis": 1}, table="Gather").build(),
            ("options of kind Gather", "expected Conv2D"),
        ),
        (lambda: TFLiteBuilder().signature("s", {"a": 0}, {}).build(), ("signature 0 's'", "tensor 0")),
        (lambda: TFLiteBuilder().signature("s", {}, {}, subgraph=1).build(), ("subgraph 1",)),
        (lambda: b"", ("identifier",)),
        (lambda: b"\x18\0\0\0TFL3", ("outside",)),
    ],
)
def test_illegal_file_is_an_error_that_says_where(make: Callable[[], bytes], words: tuple[str, ...]) -> None:
    refuse(make(), *words)


def test_scale_left_on_a_type_without_meaning_is_ignored() -> None:
    b = TFLiteBuilder()
    b.tensor("f", (2,), "FLOAT32", quant=(float("nan"), 5))
    b.tensor("bias", (2,), "INT32", quant=([0.0, 1e-45], [0, 0], 3))
    real, bias = read(b.build()).subgraphs[0].tensors
    assert real.quant is None
    assert bias.quant is not None
    assert bias.quant.axis == 0


def outside(offset: int, size: int, tail: bytes = b"") -> bytes:
    """A file whose one buffer lies behind the FlatBuffer."""
    w = Writer()
    buffers = w.offsets([w.table([]), w.table([(1, "u64", offset), (2, "u64", size)])])
    tensor = w.table([(0, "offset", w.vector("i32", [4])), (1, "i8", 9), (2, "u32", 1), (3, "offset", w.string("t"))])
    graphs = w.offsets([w.table([(0, "offset", w.offsets([tensor]))])])
    data = w.finish(w.table([(0, "u32", 3), (2, "offset", graphs), (4, "offset", buffers)]), b"TFL3")
    return data + tail


def test_buffer_behind_the_flatbuffer() -> None:
    at = len(outside(2, 4))
    model = read(outside(at, 4, b"\1\2\3\4"))
    assert model.subgraphs[0].tensors[0].array().tolist() == [1, 2, 3, 4]
    for offset, size in ((at, 5), (at + 1, 4), (2**64 - 2, 4), (at, 2**64 - 1), (2**63, 2**63)):
        refuse(outside(offset, size, b"\1\2\3\4"), "buffer 1", "outside the file")


def test_shared_vectors_cannot_multiply_the_work() -> None:
    """90,000 operators that share one vector of 90,000 inputs: eight billion numbers in a megabyte."""
    w = Writer()
    inputs = w.vector("i32", [-1] * 90_000)
    operators = w.offsets([w.table([(1, "offset", inputs)])] * 90_000)
    graphs = w.offsets([w.table([(3, "offset", operators)])])
    codes = w.offsets([w.table([])])
    data = w.finish(w.table([(0, "u32", 3), (1, "offset", codes), (2, "offset", graphs)]), b"TFL3")
    start = time.process_time()
    refuse(data, "overlap")
    assert time.process_time() - start < 5  # a bound on work, as promised; it takes milliseconds


# ---- damaged files ---------------------------------------------------------------------------------------------


def exercise(data: bytes) -> bool:
    """Read everything that a file offers; True where it was refused."""
    try:
        model: TFLiteModel = read(data, "mutant")
        for graph in model.subgraphs:
            for tensor in graph.tensors:
                if tensor.data is not None and tensor.dtype != "STRING":
                    tensor.array()
        metadata = read_metadata(model)
        archive = read_files(model)
        for part in metadata.subgraphs if metadata else ():
            for output in part.outputs:
                read_labels(output, archive)
    except ModelError:
        return True
    return False


def test_every_truncation_of_a_small_file_is_an_error() -> None:
    data = small().build()
    assert not exercise(data)
    for end in range(len(data)):
        refuse(data[:end])


def test_truncated_real_files_are_errors(files: list[pathlib.Path]) -> None:
    rng = random.Random(1)
    for path in files:
        data = path.read_bytes()
        model_end = data.rfind(b"PK\3\4") if read_files(read(data)) else len(data)  # a model may lose its archive
        for _ in range(20):
            end = rng.randrange(model_end)
            assert exercise(data[:end]), f"{path.name} cut at {end}"


def mutants(data: bytes, count: int, seed: int) -> list[bytes]:
    """Copies with one to three changes: a bit, a byte, or a 32-bit number replaced by an extreme one."""
    rng = random.Random(seed)
    extremes = [0, 1, 0x7F, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 4, len(data), len(data) - 1]
    made = []
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(copy))
            if rng.random() < 0.4:
                copy[at] ^= 1 << rng.randrange(8)
            elif rng.random() < 0.5:
                copy[at] = rng.randrange(256)
            else:
                at = min(at & ~3, len(copy) - 4)
                copy[at : at + 4] = struct.pack("<I", rng.choice(extremes))
        made.append(bytes(copy))
    return made


def test_mutants_of_small_files_only_raise_model_errors() -> None:
    b = small()
    b.tensor(
        "s",
        (3, 4),
        "INT8",
        data=bytes(4),
        sparse=Sparse([0, 1], [], [("DENSE", 3), ("CSR", [0, 2, 2, 4], [1, 3, 0, 2])]),
    )
    b.subgraph("other")
    b.op("RESHAPE", [b.tensor("a", (2,)), None], [b.tensor("b", (2, 1))], {"new_shape": [2, 1]})
    refused = sum(exercise(mutant) for mutant in mutants(b.build(), 4000, 2))
    assert 400 < refused < 4000


def test_mutants_of_real_files_only_raise_model_errors(files: list[pathlib.Path]) -> None:
    chosen = [path for path in files if path.stat().st_size < 60_000 or "mobilenet_v1_0.25" in path.name]
    assert chosen
    for number, path in enumerate(chosen):
        for mutant in mutants(path.read_bytes(), 60, number):
            exercise(mutant)
