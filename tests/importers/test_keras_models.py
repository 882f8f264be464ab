"""Keras models give the answers of Keras' own predict, from files and live, on the same channels-last input."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras_files import archive, dense, functional, import_keras

import edgesmith as es
from edgesmith.errors import ModelError, UsageError
from edgesmith.types import DType

Make = Callable[[Any, Any], Any]


def chain(shape: tuple[int, ...], *layers: Any) -> Any:
    """A functional model of layers in a row."""
    keras = import_keras()
    first = x = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(first, x)


def convolutions(keras: Any, L: Any) -> Any:
    return chain(
        (17, 15, 3),
        L.Rescaling(1 / 127.5, offset=-1),
        L.ZeroPadding2D(((0, 1), (1, 0))),
        L.Conv2D(8, 3, strides=2, padding="same", activation="relu6"),
        L.BatchNormalization(moving_mean_initializer="random_normal", beta_initializer="random_normal"),
        L.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        L.SeparableConv2D(6, 3, activation="gelu"),
        L.GroupNormalization(3),
        L.MaxPooling2D(3, 2, padding="same"),
        L.Conv2DTranspose(4, 3, strides=2, padding="same"),
        L.UpSampling2D(2, interpolation="bilinear"),
        L.Cropping2D(1),
        L.AveragePooling2D(2, padding="same"),
        L.PReLU(shared_axes=[1, 2], alpha_initializer="random_normal"),
        L.GlobalAveragePooling2D(),
        L.Dense(5, activation="softmax"),
    )


def volumes(keras: Any, L: Any) -> Any:
    line, cube = keras.Input((14, 4), name="line"), keras.Input((5, 6, 4, 2), name="cube")
    x = L.SeparableConv1D(6, 3)(L.Conv1D(5, 3, strides=2, padding="causal")(line))
    y = L.GlobalMaxPooling3D()(L.Conv3D(3, 2, padding="same", activation="tanh")(cube))
    return keras.Model([line, cube], [L.UpSampling1D(2)(L.Conv1DTranspose(3, 3, strides=2)(x)), y])


def recurrent(keras: Any, L: Any) -> Any:
    words = keras.Input((9,), dtype="int32", name="words")
    x = L.Embedding(5, 6)(words)
    x = L.Bidirectional(L.LSTM(4, return_sequences=True))(x)
    x, state = L.GRU(5, return_sequences=True, return_state=True)(x)
    x = L.LSTM(3, activation="relu", recurrent_activation="hard_sigmoid", go_backwards=True)(x)
    return keras.Model(words, [L.Dense(2)(x), state])


def attention(keras: Any, L: Any) -> Any:
    x = keras.Input((7, 8), name="tokens")
    y = L.LayerNormalization()(x + L.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    return keras.Model(x, L.TimeDistributed(L.Dense(3))(L.Permute((2, 1))(L.Attention()([y, x]))))


def shared_and_nested(keras: Any, L: Any) -> Any:
    """One encoder on both inputs, a dict of outputs, operators between layers."""
    encoder = keras.Sequential([L.Input((8,)), L.Dense(6, "relu"), L.Dropout(0.5), L.Dense(4)])
    left, right = keras.Input((8,), name="zulu"), keras.Input((8,), name="alpha")
    a, b = encoder(left), encoder(right)
    joined = L.Concatenate()([a, b, a * 2 + 1, keras.ops.abs(a - b)])
    return keras.Model({"zulu": left, "alpha": right}, {"score": L.Dense(1, "sigmoid")(joined), "far": joined})


NETS: dict[str, Make] = {
    "convolutions": convolutions,
    "volumes": volumes,
    "recurrent": recurrent,
    "attention": attention,
    "shared": shared_and_nested,
}


def feeds(model: Any, batch: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(batch)
    made = {}
    for tensor in model.inputs:
        shape = (batch, *tensor.shape[1:])
        made[tensor.name] = draw.integers(0, 5, shape).astype(tensor.dtype) if "int" in tensor.dtype else None
        if made[tensor.name] is None:
            made[tensor.name] = draw.random(shape, np.float32)
    return made


def agree(model: es.Model, keras_model: Any, batch: int) -> None:
    """The same numbers as ``predict``, within 1e-5 of the larger of 1 and the number."""
    keras = import_keras()
    given = feeds(keras_model, batch)
    assert [spec.name for spec in model.inputs] == [tensor.name for tensor in keras_model.inputs]
    structure = keras.tree.pack_sequence_as(keras_model.input, list(given.values()))
    want = keras.tree.flatten(keras_model.predict(structure, verbose=0))
    got = model(given)
    for ours, theirs in zip(got if isinstance(got, list) else [got], want, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NETS)
def test_a_live_model_answers_as_in_keras(name: str) -> None:
    keras = import_keras()
    keras.utils.set_random_seed(3)
    made = NETS[name](keras, keras.layers)
    model = es.load(made)
    agree(model, made, 2)


def test_recurrent_layers_stay_one_operator() -> None:
    keras = import_keras()
    if keras.backend.backend() != "torch":
        pytest.skip("tf2onnx writes recurrent layers of a fixed number of steps as loops")
    L = keras.layers
    graph = es.load(chain((30, 5), L.LSTM(6, return_sequences=True), L.GRU(4))).graph()
    assert len(graph.nodes) < 30, [node.op for node in graph.nodes]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, pathlib.Path]:
    """A model with two inputs and outputs, and the folder where it lies as ``net.keras`` and ``net.h5``."""
    keras = import_keras()
    keras.utils.set_random_seed(5)
    L = keras.layers
    image, more = keras.Input((8, 9, 3), name="image"), keras.Input((4,), name="more")
    x = L.GlobalAveragePooling2D()(L.BatchNormalization()(L.Conv2D(4, 3, activation="relu")(image)))
    x = L.Dense(3, name="logits")(L.Concatenate()([x, more]))
    made = keras.Model([image, more], [x, L.Softmax(name="chances")(x)])
    made.compile("adam", "mse")
    folder = tmp_path_factory.mktemp("keras")
    made.save(folder / "net.keras")
    made.save(folder / "net.h5")
    return made, folder


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_saved_model_answers_as_in_keras(suffix: str, saved: tuple[Any, pathlib.Path]) -> None:
    made, folder = saved
    model = es.load(folder / f"net.{suffix}")
    assert [(spec.name, spec.dtype, spec.shape) for spec in model.inputs] == [
        ("image", DType.F32, (None, 8, 9, 3)),
        ("more", DType.F32, (None, 4)),
    ]
    assert [spec.name for spec in model.outputs] == ["logits", "chances"]
    assert model.metadata["producer"].startswith("Keras ")
    agree(model, made, 1)


def test_a_model_without_inputs_asks_for_an_example() -> None:
    keras = import_keras()
    made = keras.Sequential([keras.layers.Dense(3)])
    with pytest.raises(UsageError, match="example_inputs"):
        es.load(made)
    x = np.ones((1, 4), np.float32)
    np.testing.assert_allclose(es.load(made, example_inputs=x)(x), made.predict(x, verbose=0), atol=1e-5)


def test_a_model_that_asks_for_too_much_ends_in_an_error() -> None:
    """A terabyte of weights in a file of two kilobytes: the worker's limit stops it."""
    import_keras()
    h5py = pytest.importorskip("h5py")
    with h5py.File.in_memory() as file:
        file.create_group("layers")
        file.flush()
        weights = file.id.get_file_image()
    config = functional({**dense("d", "x"), "build_config": {"input_shape": [None, 4]}}, output="d")
    config["config"]["layers"][1]["config"]["units"] = 1 << 36
    with pytest.raises(ModelError, match="greedy"):
        es.load(archive(config, weights), name="greedy")
