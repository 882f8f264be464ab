"""Recordings of every kind are read alike, and bad ones are refused with a sentence."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesmith.demo import audio
from edgesmith.errors import UsageError


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(tag + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for tag, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def fmt(kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16) -> tuple[bytes, bytes]:
    align = channels * bits // 8
    return b"fmt ", struct.pack("<HHIIHH", kind, channels, rate, rate * align, align, bits)


def tone(frequency: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def encode(samples: np.ndarray, kind: int, bits: int) -> bytes:
    if kind == 3:
        return samples.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return np.round(samples * 128 + 128).astype(np.uint8).tobytes()
    whole = np.round(samples.astype(np.float64) * 2 ** (bits - 1)).astype("<i4")
    return b"".join(whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].copy())


@pytest.mark.parametrize(("kind", "bits"), [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)])
def test_every_sample_kind_is_read(kind: int, bits: int) -> None:
    wanted = tone(300, 8000)
    read, rate = audio.decode_wav(riff(fmt(kind, bits=bits), (b"data", encode(wanted, kind, bits))))
    assert rate == 8000
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, wanted, atol=2.0 ** -(min(bits, 24) - 1))


def test_python_wave_files_are_read() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(np.array([[8192, 0], [-8192, -16384]], "<i2").tobytes())
    read, rate = audio.decode_wav(buffer.getvalue())
    assert rate == 44100
    np.testing.assert_array_equal(read, np.array([0.125, -0.375], np.float32))


def test_extensible_format_and_unknown_chunks_are_read() -> None:
    tag, plain = fmt(0xFFFE, bits=24)
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    extensible = plain + struct.pack("<HHI", 22, 24, 4) + guid
    data = riff((b"LIST", b"odd"), (tag, extensible), (b"data", bytes([0, 0, 0x40])))
    np.testing.assert_array_equal(audio.decode_wav(data)[0], np.array([0.5], np.float32))


def test_streamed_files_without_a_size_are_read() -> None:
    data = bytearray(riff(fmt(), (b"data", struct.pack("<3h", 1, 2, 3))))
    data[40:44] = b"\xff\xff\xff\xff"
    assert audio.decode_wav(bytes(data))[0].size == 3


SOUND = b"\0\0" * 100


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a wav file"),
        (b"RIFX\0\0\0\0WAVE", "not a wav file"),
        (riff(), "without a 'data' chunk"),
        (riff((b"data", SOUND)), "before the 'fmt ' chunk"),
        (riff((b"fmt ", b"\1\0\1\0")), "has 4 bytes, at least 16"),
        (riff(fmt(2, bits=16), (b"data", SOUND)), "kind 2 cannot be read"),
        (riff(fmt(bits=12), (b"data", SOUND)), "12-bit"),
        (riff(fmt(channels=0), (b"data", SOUND)), "0 channels"),
        (riff(fmt(channels=33), (b"data", SOUND)), "33 channels"),
        (riff(fmt(rate=0), (b"data", SOUND)), "0 samples per second"),
        (riff(fmt(rate=10**6), (b"data", SOUND)), "1000000 samples per second"),
        (riff(fmt(), (b"data", b"")), "no sound"),
        (riff(fmt(), (b"data", b"\0\0\0")), "truncated"),
        (riff(fmt(), (b"data", SOUND))[:-50], "header promises 200 bytes"),
        (riff((b"LIST", SOUND))[:-50], "truncated inside its b'LIST' chunk"),
        (riff(fmt(rate=1000), (b"data", b"\0\0" * 60001)), "the most is 60 s"),
        (riff(fmt(3, bits=32), (b"data", struct.pack("<2f", 0, float("nan")))), "not numbers"),
        (riff(fmt(3, bits=64), (b"data", struct.pack("<2d", 0, 1e300))), "not numbers"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=f"^clip.wav: .*{says}"):
        audio.decode_wav(data, "clip.wav")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(riff(fmt(3, 2, bits=32), (b"LIST", b"abc"), (b"data", encode(tone(300, 800), 3, 32))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 70))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        samples, rate = audio.decode_wav(cut)
    except UsageError:
        return
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1
    assert audio.MIN_RATE <= rate <= audio.MAX_RATE


@pytest.mark.parametrize("what", ["missing.wav", ".", "nul\0.wav", "/dev/zero"])
def test_what_is_not_a_file_is_refused(what: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read|not a regular file"):
        audio.read_wav(str(tmp_path / what))


def test_huge_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(audio.MAX_BYTES + 1)
    with pytest.raises(UsageError, match="the most for a recording"):
        audio.read_wav(path)


@pytest.mark.parametrize("rate", [1000, 7999, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
def test_resampling_keeps_a_tone(rate: int) -> None:
    frequency = min(1000.0, 0.4 * rate)
    heard = audio.resample(tone(frequency, rate), rate, 8000)
    assert heard.shape == (8000,)
    middle = slice(800, -800)
    np.testing.assert_allclose(heard[middle], tone(frequency, 8000)[middle], atol=2e-4)


def test_resampling_removes_what_would_alias() -> None:
    heard = audio.resample(tone(5000, 16000), 16000, 8000)
    assert np.abs(heard[800:-800]).max() < 5e-4


def test_a_short_recording_is_centred_in_silence() -> None:
    kept = audio.fit(np.ones(2001, np.float32))
    assert kept.shape == (8000,)
    np.testing.assert_array_equal(np.flatnonzero(kept), np.arange(2999, 5000))


@pytest.mark.parametrize("at", [0, 3000, 20000, 37000])
def test_of_a_long_recording_the_loud_part_is_kept_whole(at: int) -> None:
    long = np.full(40000, 0.001, np.float32)
    long[at : at + 3000] = tone(500, 8000, 0.375)
    kept = audio.fit(long)
    start = min(max(at + 1500 - 4000, 0), 32000)
    found = np.flatnonzero(np.abs(kept) > 0.1)
    assert abs(found[0] + start - at) < 60
    assert abs(found[-1] + start - (at + 2999)) < 60


def test_silence_is_a_second_too() -> None:
    assert not audio.fit(np.zeros(20000, np.float32)).any()


def test_load_gives_what_the_model_takes(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(riff(fmt(rate=16000), (b"data", encode(tone(440, 16000, 2.5), 1, 16))))
    second = audio.load(path)
    assert second.shape == (1, 8000)
    assert second.dtype == np.float32
    assert 0.45 < np.abs(second).max() <= 1
