"""The arena: buffers alive together never overlap, and the plan is no larger than it must be on known cases."""

from __future__ import annotations

import random

from edgesmith.lower.arena import ALIGN, Lifetime, plan


def rounded(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


def test_buffers_alive_together_never_overlap() -> None:
    rng = random.Random(3)
    for _ in range(200):
        items = []
        for index in range(rng.randrange(1, 40)):
            first = rng.randrange(-1, 30)
            items.append(
                Lifetime(index, rng.choice([0, 1, 63, 64, 65, 1000, 4096]), first, first + rng.randrange(0, 9))
            )
        offsets, total = plan(items)
        for a in items:
            assert offsets[a.id] % ALIGN == 0
            assert offsets[a.id] + a.bytes <= total
            for b in items:
                together = a.first <= b.last and b.first <= a.last
                if a.id != b.id and together and a.bytes and b.bytes:
                    assert offsets[a.id] + a.bytes <= offsets[b.id] or offsets[b.id] + b.bytes <= offsets[a.id]
        peak = max(sum(rounded(i.bytes) for i in items if i.first <= t <= i.last) for t in range(-1, 40))
        assert total >= peak


def test_a_chain_takes_the_two_largest_neighbours() -> None:
    sizes = [1024, 4096, 2048, 512]
    items = [Lifetime(i, size, i - 1, i) for i, size in enumerate(sizes)]
    assert plan(items)[1] == 4096 + 2048


def test_nothing_takes_nothing() -> None:
    assert plan([]) == ({}, 0)
