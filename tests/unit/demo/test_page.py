"""The demo page is one safe, self-contained HTML document."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from edgesmith.demo import charts
from edgesmith.demo.page import Buffer, Facts, Report, Step, render

VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}


class Reader(HTMLParser):
    """Collects text, tags and attributes, and fails on tags that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def report() -> Report:
    time = np.arange(8000) / 8000
    return Report(
        clip="7_anna.wav",
        samples=(0.4 * np.sin(900 * time) * np.exp(-(((time - 0.5) / 0.15) ** 2))).astype(np.float32),
        rate=8000,
        mel=np.random.default_rng(3).random((61, 32), np.float32),
        hertz=(60, 3900),
        heard=[("six", 0.021), ("seven", 0.962), ("eight", 0.017)],
        facts=Facts(150_236, 249_856, 4_401_920, 812.4, 1034.0, 200, 1, "avx2"),
        steps=[
            Step("front/frames", "edge_depthwise_conv_f32", (1, 61, 512), 499_712, 120.5),
            Step("front/log", "edge_log_f32", (1, 61, 32), 0, 9.0),
        ],
        buffers=[Buffer("samples", 0, 32_000, 0, 0), Buffer("frames", 32_000, 156_928, 0, 1)],
        checks=["24 operators agree with their NumPy meaning"],
        version="0.1.0",
    )


def test_page_says_what_was_heard_and_what_it_costs(report: Report) -> None:
    text = "".join(read(render(report)).text)
    for wanted in ("seven", "96.2", "150,236", "249,856", "4,401,920", "812", "1.03", "200 runs on 1 thread", "avx2"):
        assert wanted in text
    assert "2 steps in program order" in text
    assert "The most is alive at step 0 (shaded), 156,928 bytes" in text


def test_page_needs_nothing_else(report: Report) -> None:
    page = render(report)
    reader = read(page)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(reader.tags)
    references = [value or "" for name, value in reader.attributes if name in ("src", "href", "xlink:href", "data")]
    assert references
    assert all(value.startswith("data:image/png;base64,") for value in references)
    assert page.startswith("<!doctype html>")
    assert len(page) < 100_000


def test_hostile_names_stay_text(report: Report) -> None:
    bad = "<script>alert(1)</script>\"'&$word $$ ${x}"
    hostile = replace(
        report,
        clip=bad,
        heard=[(bad, 1.0), ("b", 0.0)],
        facts=replace(report.facts, isa=bad),
        steps=[Step(bad, bad, (1,), 0, 1.0)],
        buffers=[Buffer(bad, 0, 249_856, 0, 0)],
        checks=[bad],
        version=bad,
    )
    reader = read(render(hostile))
    assert "script" not in reader.tags
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert "".join(reader.text).count(bad) >= 8


@pytest.mark.parametrize("heard", [[], [("seven", 1.0)], [("seven", float("nan"))]])
def test_page_of_nothing_is_still_a_page(report: Report, heard: list[tuple[str, float]]) -> None:
    empty = replace(report, samples=np.zeros(0, np.float32), mel=np.zeros((0, 0)), heard=heard, steps=[], buffers=[])
    text = "".join(read(render(empty)).text)
    assert "No step was timed" in text
    assert "keeps nothing in the arena" in text
    assert "What was checked" in text


def test_spectrogram_is_a_picture_of_the_levels() -> None:
    drawn = charts.spectrogram(np.array([[0, 1], [2, 3], [3, 0]], np.float32))  # three frames of two bands
    picture = base64.b64decode(re.search(r"base64,([^\"]+)", drawn)[1])  # type: ignore[index]
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20]) == 3  # width
    assert int.from_bytes(picture[20:24]) == 2  # height
    start = picture.index(b"IDAT")
    rows = zlib.decompress(picture[start + 4 : start + 4 + int.from_bytes(picture[start - 4 : start])])
    assert list(rows) == [0, 85, 255, 0, 0, 0, 170, 255]  # the high band is on top


def test_memory_map_places_buffers_by_step_and_address() -> None:
    drawn = charts.memory_map([Buffer("x", 25, 75, 1, 2)], 4, 100)
    assert 'x="25.000%" y="25.000%" width="50.000%" height="50.000%"' in drawn
    assert "x: 50 bytes at 25, steps 1 to 2" in drawn


@pytest.mark.parametrize("arena", [1, 5, 6, 1000, 249_856, 2**31])
def test_memory_scale_has_a_few_round_marks(arena: int) -> None:
    marks = charts.ticks(arena)
    assert marks[0] == 0
    assert marks[-1] <= arena
    assert 2 <= len(marks) <= 6
