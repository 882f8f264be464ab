"""Every layer of ncnn in the forms that files have, against ncnn itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ncnn_cases import CASES, Case
from ncnn_files import Files

import edgesmith


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_layer_is_what_ncnn_makes_of_it(case: Case, tmp_path: Path) -> None:
    files = Files(case.lines, tmp_path, case.storage)
    rng = np.random.default_rng(len(case.id))
    feeds = {name: rng.uniform(*case.range, (1, *shape)).astype(np.float32) for name, shape in case.inputs.items()}
    theirs = files.theirs(feeds)
    model = edgesmith.load(files.param)
    found = model(feeds)
    ours = dict(zip([spec.name for spec in model.outputs], found if isinstance(found, list) else [found], strict=True))
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        wanted = theirs[name]
        assert array.shape == wanted.shape
        assert np.isfinite(wanted).all()
        np.testing.assert_allclose(array, wanted, rtol=0, atol=case.tolerance * max(np.abs(wanted).max(), 1e-3))
