"""A network as a ``.prototxt`` describes it: the layers that run when it is tested, and the inputs that they need.

Files of 2014 (``layers`` with types in capitals) and of today (``layer`` with types as text) read alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.text import Message, parse

MAX_LAYERS: Final = 20_000
MAX_BLOBS: Final = 200_000
MAX_AXES: Final = 8

Shape = tuple[int | None, ...]

# Types of 2014 by their names, whose numbers are their places; those that are spelled otherwise today are given here.
_OLD_WORDS: Final = """
    NONE ACCURACY BNLL CONCAT CONVOLUTION DATA DROPOUT EUCLIDEAN_LOSS FLATTEN HDF5_DATA HDF5_OUTPUT IM2COL IMAGE_DATA
    INFOGAIN_LOSS INNER_PRODUCT LRN MULTINOMIAL_LOGISTIC_LOSS POOLING RELU SIGMOID SOFTMAX SOFTMAX_LOSS SPLIT TANH
    WINDOW_DATA ELTWISE POWER SIGMOID_CROSS_ENTROPY_LOSS HINGE_LOSS MEMORY_DATA ARGMAX THRESHOLD DUMMY_DATA SLICE MVN
    ABSVAL SILENCE CONTRASTIVE_LOSS EXP DECONVOLUTION
"""
_OLD: Final = tuple(_OLD_WORDS.split())
_SPELLED: Final = {
    "ABSVAL": "AbsVal", "ARGMAX": "ArgMax", "BNLL": "BNLL", "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output",
    "LRN": "LRN", "MVN": "MVN", "PRELU": "PReLU", "RELU": "ReLU", "SOFTMAX_LOSS": "SoftmaxWithLoss", "TANH": "TanH",
}  # fmt: skip
_DATA_WORDS: Final = """
    Input Data ImageData HDF5Data MemoryData WindowData AnnotatedData VideoData DenseImageData ImageSegData
"""
DATA: Final = frozenset(_DATA_WORDS.split())
# What only training and its tests need: passed over, so that what they would read is what the network makes.
_DROPPED_WORDS: Final = """
    Silence Accuracy HDF5Output DetectionEvaluate EuclideanLoss HingeLoss ContrastiveLoss MultinomialLogisticLoss
    SmoothL1Loss MultiBoxLoss TripletLoss SoftmaxWithLossOHEM
"""
DROPPED: Final = frozenset(_DROPPED_WORDS.split())
# Losses that hold a function of the network's result: what is left of them when nobody knows the truth.
_LEFT: Final = {
    "SoftmaxWithLoss": "Softmax", "InfogainLoss": "Softmax", "SigmoidCrossEntropyLoss": "Sigmoid",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its type as it is spelled today, the blobs that it reads and makes, and all that the file says of it."""

    type: str
    name: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    message: Message

    @property
    def line(self) -> int:
        return self.message.line


@dataclass(slots=True)
class Network:
    """What a file describes. ``inputs`` are blobs with their shapes, None where the file leaves them open."""

    name: str
    layers: list[Layer]
    inputs: dict[str, Shape | None]
    outputs: list[str]
    transforms: list[Message] = field(default_factory=list)


def read(data: bytes, source: str) -> Network:
    """The network that a ``.prototxt`` describes, as it is tested; ``source`` is what messages call it.

    Raises:
        ModelError: another file, a damaged one, or one beyond the limits.
    """
    try:
        root = parse(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
        return _network(root, source)
    except ModelError as error:
        raise ModelError(f"{source}: {error}") from None


def _network(root: Message, source: str) -> Network:
    for name in ("net", "train_net", "net_param", "base_lr"):
        if name in root:
            raise ModelError("this describes how to train (a solver), not a network; give the file that it names")
    messages = root.messages("layer")
    old = not messages
    messages = messages or root.messages("layers")
    if not messages:
        raise ModelError("it has no layers")
    if len(messages) > MAX_LAYERS:
        raise ModelError(f"{len(messages)} layers; the most is {MAX_LAYERS}")
    stages = _stages(root, messages)
    inputs = _declared(root)
    transforms, layers = [], []
    for message in messages:
        if "layer" in message:
            raise ModelError(
                f"line {message.line}: a form of 2013; bring it up to date with Caffe's upgrade_net_proto_text first"
            )
        if not _included(message, stages):
            continue
        layer = _layer(message, old)
        if layer.type in DATA:
            inputs.update(_data(layer))
            transforms.append(_transform(message))
        elif layer.type not in DROPPED:
            layers.append(layer)
    return Network(root.text("name") or source, layers, *_connected(layers, inputs), transforms)


def _layer(message: Message, old: bool) -> Layer:
    name, kind = message.text("name"), message.text("type")
    if old:
        kind = _OLD[int(kind)] if kind.isdecimal() and len(kind) < 3 and int(kind) < len(_OLD) else kind
        kind = _SPELLED.get(kind) or (
            "".join(word.capitalize() for word in kind.split("_")) if kind.isupper() else kind
        )
    if not kind:
        raise ModelError(f"line {message.line}: layer '{name}' has no type")
    bottoms, tops = message.texts("bottom"), message.texts("top")
    if len(bottoms) + len(tops) > MAX_BLOBS:
        raise ModelError(f"line {message.line}: layer '{name}' has {len(bottoms) + len(tops)} blobs")
    if kind in _LEFT:
        kind, bottoms, tops = _LEFT[kind], bottoms[:1], tops[-1:] or [name]
    return Layer(kind, name, tuple(bottoms), tuple(tops), message)


# -- when a layer runs ------------------------------------------------------------------------------------------------


def _stages(root: Message, messages: Sequence[Message]) -> set[str]:
    """The stages of the state that is tested; ``deploy``, where rules of the file know that."""
    stages = set(root.message("state").texts("stage"))
    for message in messages:
        for rule in (*message.messages("include"), *message.messages("exclude")):
            stages |= {"deploy"}.intersection(rule.texts("stage"))
    return stages


def _included(message: Message, stages: set[str]) -> bool:
    include, exclude = message.messages("include"), message.messages("exclude")
    if include:
        return any(_meets(rule, stages) for rule in include)
    return not any(_meets(rule, stages) for rule in exclude)


def _meets(rule: Message, stages: set[str]) -> bool:
    """Whether phase TEST at level 0 fits a rule."""
    if rule.choice("phase", ("TRAIN", "TEST"), "TEST") != "TEST":
        return False
    if rule.integer("min_level", 0) > 0 or rule.integer("max_level", 0) < 0:
        return False
    return stages.issuperset(rule.texts("stage")) and stages.isdisjoint(rule.texts("not_stage"))


# -- inputs -----------------------------------------------------------------------------------------------------------


def shape_of(message: Message) -> tuple[int, ...]:
    """The dimensions of a BlobShape.

    Raises:
        ModelError: negative ones, or too many.
    """
    dims = message.integers("dim")
    if len(dims) > MAX_AXES or min(dims, default=0) < 0:
        raise ModelError(f"line {message.line}: a shape of {dims[:9]}; expected up to {MAX_AXES} dimensions from 0 on")
    return tuple(dims)


def _declared(root: Message) -> dict[str, Shape | None]:
    """Inputs that stand in front of the layers, as files before 2016 have them."""
    names, dims = root.texts("input"), root.integers("input_dim")
    shapes = [shape_of(message) for message in root.messages("input_shape")]
    if dims and not shapes:
        if len(dims) != 4 * len(names) or min(dims) < 0:
            raise ModelError(f"{len(dims)} input_dim for {len(names)} inputs; expected four for each, from 0 on")
        shapes = [tuple(dims[at : at + 4]) for at in range(0, len(dims), 4)]
    if shapes and len(shapes) != len(names):
        raise ModelError(f"{len(shapes)} input_shape for {len(names)} inputs")
    return {name: shapes[place] if shapes else None for place, name in enumerate(names)}


def _data(layer: Layer) -> Iterator[tuple[str, Shape | None]]:
    """What a layer of data feeds, with the shapes that it tells."""
    if layer.type == "Input":
        shapes = [shape_of(message) for message in layer.message.message("input_param").messages("shape")]
        if shapes and len(shapes) not in (1, len(layer.tops)):
            raise ModelError(f"line {layer.line}: {len(shapes)} shapes for {len(layer.tops)} blobs")
        for place, top in enumerate(layer.tops):
            yield top, shapes[place % len(shapes)] if shapes else None
        return
    memory = layer.message.message("memory_data_param")
    crop = _transform(layer.message).integer("crop_size", 0)
    for place, top in enumerate(layer.tops):
        if place or not ("height" in memory or crop > 0):  # further ones are labels
            yield top, None
        elif crop > 0:
            yield top, (None, None, crop, crop)
        else:
            yield top, (None, *(memory.integer(name, 1) for name in ("channels", "height", "width")))


def _transform(message: Message) -> Message:
    """What a layer of data does to pixels; files of 2014 have it among the parameters of the data."""
    found = message.message("transform_param")
    for name in ("data_param", "image_data_param"):
        old = message.message(name)
        if not found.fields and {"scale", "mean_file", "crop_size"}.intersection(old.fields):
            return old
    return found


def _connected(layers: Sequence[Layer], inputs: dict[str, Shape | None]) -> tuple[dict[str, Shape | None], list[str]]:
    """Inputs that are read, and blobs that are left unread, as the network's results; every blob is made first.

    Raises:
        ModelError: a blob that nothing makes, or that two layers make.
    """
    made = dict.fromkeys(inputs, True)  # whether it waits for a reader
    read: set[str] = set()
    for layer in layers:
        where = f"line {layer.line}: layer '{layer.name}' ({layer.type})"
        for name in layer.bottoms:
            if name not in made:
                raise ModelError(f"{where} reads '{name}', which nothing before it makes")
            made[name] = False
            read.add(name)
        for name in layer.tops:
            if name in made and name not in layer.bottoms:
                raise ModelError(f"{where} makes '{name}' a second time")
            made[name] = True
    kept = {name: shape for name, shape in inputs.items() if name in read}
    return kept, [name for name, waits in made.items() if waits and (name in kept or name not in inputs)]
