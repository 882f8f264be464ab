"""Every layer of Caffe in the forms that files have, against OpenCV, or NumPy where that lacks it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from caffe_cases import CASES, Case
from caffe_files import Files

import edgesmith


def built(case: Case, folder: Path) -> tuple[Files, dict[str, np.ndarray]]:
    files = Files({f"in{place}": shape for place, shape in enumerate(case.inputs)})
    tops = " ".join(f"out{place}" for place in range(case.tops))
    files.add(case.kind, " ".join(files.inputs), tops, case.params, case.weights)
    files.write(folder)
    feeds = files.feeds(*case.range)
    feeds.update({f"in{place}": array for place, array in enumerate(case.fixed, 1)})
    return files, feeds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_layer_is_what_others_make_of_it(case: Case, tmp_path: Path) -> None:
    files, feeds = built(case, tmp_path)
    found = edgesmith.load(tmp_path / "net.prototxt")(feeds)
    ours = found if isinstance(found, list) else [found]
    if case.reference is None:
        wanted = files.theirs(feeds, [f"out{case.tops - 1}"])[: case.tops]  # its pools keep places too
    else:
        made = case.reference(list(feeds.values()), next(iter(files.weights.values()), []))
        wanted = made if isinstance(made, list) else [made]
    assert len(ours) == len(wanted) == case.tops
    for mine, other in zip(ours, wanted, strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=0, atol=2e-5 * max(np.abs(other).max(), 1e-3))


def test_places_that_a_pool_kept_put_everything_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'edgesmith[torch]'")
    files = Files({"data": (2, 3, 8, 6)})
    files.add("Pooling", "data", "small places", "pooling_param { kernel_size: 2 stride: 2 }")
    files.add("Upsample", "small places", "out", "upsample_param { scale: 2 }")
    feeds, path = files.feeds(), files.write(tmp_path)
    pools = torch.nn.functional
    small, places = pools.max_pool2d(torch.tensor(feeds["data"]), 2, 2, return_indices=True)
    wanted = pools.max_unpool2d(small, places, 2, 2)
    np.testing.assert_array_equal(edgesmith.load(path)(feeds), wanted.numpy())


@pytest.mark.parametrize("kind", ["MAX", "AVE"])
def test_a_pyramid_has_its_pools_side_by_side(kind: str, tmp_path: Path) -> None:
    """Against pools of the same windows, which other tests hold to OpenCV: 9 x 11 in 1, 2 and 4 windows a side."""
    files, pools = Files({"data": (1, 3, 9, 11)}), Files({"data": (1, 3, 9, 11)})
    files.add("SPP", "data", "out", f"spp_param {{ pyramid_height: 3 pool: {kind} }}")
    for level, (high, wide) in enumerate([((9, 0), (11, 0)), ((5, 1), (6, 1)), ((3, 2), (3, 1))]):
        window = f"kernel_h: {high[0]} kernel_w: {wide[0]} stride_h: {high[0]} stride_w: {wide[0]} "
        window += f"pad_h: {high[1]} pad_w: {wide[1]}"
        pools.add("Pooling", "data", f"pool{level}", f"pooling_param {{ pool: {kind} {window} }}")
        pools.add("Flatten", f"pool{level}", f"flat{level}")
    pools.add("Concat", "flat0 flat1 flat2", "all")
    feeds = files.feeds()
    (tmp_path / "pools").mkdir()
    ours = edgesmith.load(files.write(tmp_path))(feeds)
    np.testing.assert_allclose(ours, edgesmith.load(pools.write(tmp_path / "pools"))(feeds), atol=1e-6)


def test_columns_of_windows_are_what_a_convolution_sees(tmp_path: Path) -> None:
    window = "kernel_size: 3 pad: 1 stride: 2 dilation: 2"
    files = Files({"data": (2, 4, 9, 11)})
    files.add("Im2col", "data", "columns", f"convolution_param {{ {window} }}")
    files.conv("data", "conv", (4, 5), 3, "pad: 1 stride: 2 dilation: 2 bias_term: false", relu=False)
    columns, conv = edgesmith.load(files.write(tmp_path))(files.feeds())
    rows = files.weights["conv"][0].reshape(5, -1)
    np.testing.assert_allclose(np.einsum("oc,nchw->nohw", rows, columns), conv, atol=1e-5)
