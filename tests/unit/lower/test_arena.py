"""The arena: buffers alive together never overlap, and the plan is no larger than it must be on known cases."""

from __future__ import annotations

import random

from edgesmith.lower.arena import ALIGN, Lifetime, Part, plan
from edgesmith.lower.halves import match_halves


def rounded(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


def some(rng: random.Random) -> list[Lifetime]:
    items = []
    for index in range(rng.randrange(1, 40)):
        first = rng.randrange(-1, 30)
        items.append(Lifetime(index, rng.choice([0, 1, 63, 64, 65, 1000, 4096]), first, first + rng.randrange(0, 9)))
    return items


def check(items: list[Lifetime], offsets: dict[int, int], total: int) -> None:
    """Nothing overlaps, and nothing lies outside."""
    for a in items:
        assert offsets[a.id] % ALIGN == 0
        assert offsets[a.id] + a.bytes <= total
        for b in items:
            together = a.first <= b.last and b.first <= a.last
            if a.id != b.id and together and a.bytes and b.bytes:
                assert offsets[a.id] + a.bytes <= offsets[b.id] or offsets[b.id] + b.bytes <= offsets[a.id]


def test_buffers_alive_together_never_overlap() -> None:
    rng = random.Random(3)
    for _ in range(200):
        items = some(rng)
        offsets, total = plan(items)
        check(items, offsets, total)
        peak = max(sum(rounded(i.bytes) for i in items if i.first <= t <= i.last) for t in range(-1, 40))
        assert total >= peak
        check(items, match_halves(items, offsets, total), total)


def test_a_chain_has_common_middles_in_as_many_bytes() -> None:
    sizes = [4096, 8192, 4096, 2048, 2048, 1024, 512]
    items = [Lifetime(i, size, i - 1, i) for i, size in enumerate(sizes)]
    offsets, total = plan(items)
    matched = match_halves(items, offsets, total)
    check(items, matched, total)
    assert len({matched[i] + size // 2 for i, size in enumerate(sizes)}) == 2, matched


def test_buffers_that_live_in_parts_stay() -> None:
    parts = (Part(0, 64, 0, 1), Part(64, 128, 1, 2))
    items = [Lifetime(0, 128, 0, 2, parts), Lifetime(1, 256, 0, 0), Lifetime(2, 64, 1, 1)]
    offsets, total = plan(items)
    assert match_halves(items, offsets, total)[0] == offsets[0]


def test_a_chain_takes_the_two_largest_neighbours() -> None:
    sizes = [1024, 4096, 2048, 512]
    items = [Lifetime(i, size, i - 1, i) for i, size in enumerate(sizes)]
    assert plan(items)[1] == 4096 + 2048


def test_nothing_takes_nothing() -> None:
    assert plan([]) == ({}, 0)
