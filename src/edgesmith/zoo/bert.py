"""BERT (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019) in a compact size.

Turc et al., "Well-Read Students Learn Better", 2019, give the sizes: 4 layers of 128 numbers, 2 heads.
"""

from __future__ import annotations

import math

from edgesmith.ir import Graph, Value
from edgesmith.types import DType
from edgesmith.zoo.net import Net


def graph(
    *, seed: int = 0, layers: int = 4, hidden: int = 128, heads: int = 2, tokens: int = 128, vocabulary: int = 30522
) -> Graph:
    """``ids`` (1, tokens), all of one segment and none masked, to (1, tokens, hidden). Tokens are rows inside."""
    net = Net("bert", seed)
    ids = net.reshape(net.input(1, tokens, name="ids", dtype=DType.I32), tokens)
    words = net.b.add("gather", net.normal((vocabulary, hidden), 1.0), ids, axis=0)
    x = layer_norm(net, net.add(words, net.normal((tokens, hidden), 0.5)))
    for _ in range(layers):
        x = layer_norm(net, net.add(x, net.dense(attention(net, x, x, hidden, heads), hidden)))
        x = layer_norm(net, net.add(x, net.dense(net.dense(x, 4 * hidden, "gelu"), hidden)))
    return net.done(hidden=net.reshape(x, 1, tokens, hidden))


def attention(net: Net, x: Value, values: Value, hidden: int, heads: int) -> Value:
    """What every row of ``x`` picks from the rows of ``values`` (Vaswani et al., "Attention Is All You Need", 2017).

    The factor 1 / sqrt(size of a head) is in the weights of the queries.
    """
    rows, size = x.shape[0], hidden // heads

    def split(y: Value) -> Value:
        return net.b.add("transpose", net.reshape(y, rows, heads, size), perm=(1, 0, 2))

    query = split(net.dense(x, hidden, gain=1 / math.sqrt(size)))
    key, value = split(net.dense(x, hidden)), split(net.dense(values, hidden))
    chances = net.softmax(net.b.add("matmul", query, key, transpose_b=True))
    mixed = net.b.add("transpose", net.b.add("matmul", chances, value), perm=(1, 0, 2))
    return net.reshape(mixed, rows, hidden)


def layer_norm(net: Net, x: Value) -> Value:
    scale, bias = (net.b.constant(net.random.normal(mean, 0.1, x.shape[1]), DType.F32) for mean in (1, 0))
    return net.b.add("layer_norm", x, scale, bias, epsilon=1e-12)
