"""MobileBERT (Sun et al., "MobileBERT: a Compact Task-Agnostic BERT for Resource-Limited Devices", 2020)."""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Value
from edgesmith.types import DType
from edgesmith.zoo.bert import attention
from edgesmith.zoo.net import Net

EMBEDDED, HEADS, FEED_FORWARDS = 128, 4, 4


def graph(
    *, seed: int = 0, layers: int = 24, hidden: int = 512, inner: int = 128, tokens: int = 128, vocabulary: int = 30522
) -> Graph:
    """``ids`` (1, tokens), none masked, to (1, tokens, hidden): table 1 of the paper, with NoNorm."""
    net = Net("mobilebert", seed)
    ids = net.reshape(net.input(1, tokens, name="ids", dtype=DType.I32), tokens)
    words = net.b.add("gather", net.normal((vocabulary, EMBEDDED), 1.0), ids, axis=0)
    x = net.dense(_trigrams(net, words), hidden)
    x = _no_norm(net, net.add(x, net.normal((tokens, hidden), 0.5)))
    for _ in range(layers):
        x = _layer(net, x, inner)
    return net.done(hidden=net.reshape(x, 1, tokens, hidden))


def _layer(net: Net, x: Value, inner: int) -> Value:
    """Into the bottleneck, attention and stacked feed-forward networks there, and out again."""
    narrow, shared = (_no_norm(net, net.dense(x, inner)) for _ in range(2))
    picked = net.dense(attention(net, shared, x, inner, HEADS), inner, gain=0.5)
    y = _no_norm(net, net.add(narrow, picked))
    for _ in range(FEED_FORWARDS):
        y = _no_norm(net, net.add(y, net.dense(net.dense(y, 4 * inner, "relu"), inner, gain=0.3)))
    return _no_norm(net, net.add(x, net.dense(y, x.shape[1], gain=0.3)))


def _trigrams(net: Net, x: Value) -> Value:
    """Every row with the one after it and the one before it, zeros outside."""
    rows, width = x.shape
    nothing = net.b.constant(np.zeros((1, width), np.float32))
    after = net.b.add("slice", x, starts=(1, 0), sizes=(rows - 1, width))
    before = net.b.add("slice", x, starts=(0, 0), sizes=(rows - 1, width))
    after = net.b.add("concat", after, nothing, axis=0)
    return net.concat(after, x, net.b.add("concat", nothing, before, axis=0))


def _no_norm(net: Net, x: Value) -> Value:
    """What stands in for layer normalisation: a scale and a shift for each number of a row."""
    scale, shift = (net.b.constant(net.random.normal(mean, 0.05, x.shape[1]), DType.F32) for mean in (0.95, 0))
    return net.add(net.b.add("mul", x, scale), shift)
