"""Recurrent layers that are quantized throughout: int8 LSTM with an int16 cell, and SVDF."""

from __future__ import annotations

from edgesmith.importers.tflite.call import Call, refuse
from edgesmith.ir import Value


def quantized_lstm(c: Call, time_major: bool) -> Value:
    refuse("a quantized LSTM")


def quantized_svdf(c: Call) -> Value:
    refuse("a quantized SVDF")
