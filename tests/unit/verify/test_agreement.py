"""An operator's error is told beside what is allowed at the same element."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.verify.outputs import agreement


def test_the_error_that_is_told_is_the_one_that_is_judged() -> None:
    want = np.float32([1000.0, 0.0])
    got = np.float32([1000.5, 0.01])
    error, allowed, ok = agreement(got, want.astype(np.float64), rtol=1e-3, atol=1e-3)
    assert not ok
    assert error == pytest.approx(0.01)  # not 0.5, which the element's size allows
    assert allowed == pytest.approx(1e-3)


def test_no_number_where_one_was_expected_is_infinitely_wrong() -> None:
    error, _, ok = agreement(np.float32([np.nan, 1]), np.float64([1, 1]), rtol=1e-3, atol=1e-3)
    assert not ok
    assert error == np.inf
    assert agreement(np.float32([np.nan]), np.float64([np.nan]), rtol=0, atol=0)[2]


def test_integers_must_be_equal() -> None:
    assert agreement(np.int8([1, 2]), np.int8([1, 4]), rtol=1, atol=9) == (2.0, 0.0, False)
    assert agreement(np.int8([1, 4]), np.int8([1, 4]), rtol=0, atol=0)[2]
