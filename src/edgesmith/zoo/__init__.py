"""Reference architectures with seeded random weights, for benchmarks and tests: each in a file of its own.

``build("mobilenet_v2")`` is a ``Model``, as ``load("zoo:mobilenet_v2")`` is. Batch normalisation is folded, channels
are last, and strided layers pad as TensorFlow does ("same"), so that every engine's file needs no extra operator.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from edgesmith.errors import UsageError, nearest
from edgesmith.ir import Graph

if TYPE_CHECKING:
    from edgesmith.model import Model

# name -> module, and what its function takes besides the seed
_NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "mobilenet_v1": ("mobilenet_v1", {}),
    "mobilenet_v1_vww": ("mobilenet_v1", {"width": 0.25, "resolution": 96, "classes": 2}),
    "mobilenet_v2": ("mobilenet_v2", {}),
    "mobilenet_v3_large": ("mobilenet_v3", {"size": "large"}),
    "mobilenet_v3_small": ("mobilenet_v3", {"size": "small"}),
    "efficientnet_lite0": ("efficientnet_lite", {}),
    "efficientnet_edgetpu_s": ("efficientnet_edgetpu", {}),
    "resnet50": ("resnet50", {}),
    "squeezenet_1_1": ("squeezenet", {}),
    "inception_v3": ("inception_v3", {}),
    "ssdlite_mobilenet_v2": ("ssdlite", {}),
    "deeplab_mobilenet_v2": ("deeplab", {}),
    "ds_cnn_kws": ("ds_cnn", {}),
    "resnet8_cifar10": ("resnet8", {}),
    "autoencoder_ad": ("autoencoder", {}),
    "bert_4x128": ("bert", {}),
    "mobilebert": ("mobilebert", {}),
}


def names() -> list[str]:
    """The networks that ``build`` knows."""
    return list(_NETWORKS)


def options(name: str) -> dict[str, Any]:
    """What a network can be asked for, with the defaults: ``width``, ``resolution``, ``classes``, ...

    Raises:
        UsageError: no such network.
    """
    function, preset = _network(name)
    defaults = dict(function.__kwdefaults__ or {})
    del defaults["seed"]
    return {**defaults, **preset}


def graph(name: str, seed: int = 0, **wanted: Any) -> Graph:
    """The graph of a network.

    Raises:
        UsageError: no such network, or an option that it has not.
    """
    known = options(name)
    for option in wanted:
        if option not in known:
            raise UsageError(f"'{name}' has no option '{option}'.{nearest(option, known)} Options: {', '.join(known)}")
    made = _network(name)[0](seed=seed, **{**known, **wanted})
    made.name = name
    return made


def build(name: str, seed: int = 0, **wanted: Any) -> Model:
    """A network with random weights as a model: call it, compile it, or export it.

    Raises:
        UsageError: no such network, or an option that it has not.
    """
    from edgesmith.model import load

    return load(graph(name, seed, **wanted))


def _network(name: str) -> tuple[Callable[..., Graph], dict[str, Any]]:
    if name not in _NETWORKS:
        raise UsageError(f"the zoo has no network '{name}'.{nearest(name, _NETWORKS)} Networks: {', '.join(names())}")
    module, preset = _NETWORKS[name]
    function: Callable[..., Graph] = import_module(f"edgesmith.zoo.{module}").graph
    return function, preset
