"""The public surface is what ``edgesmith.__all__`` says: sorted, exact, and every name documented."""

from __future__ import annotations

import edgesmith


def test_all_is_sorted_and_unique() -> None:
    assert list(edgesmith.__all__) == sorted(set(edgesmith.__all__))


def test_every_exported_name_exists_and_is_documented() -> None:
    for name in edgesmith.__all__:
        value = getattr(edgesmith, name)
        assert name == "__version__" or getattr(value, "__doc__", None), f"edgesmith.{name} has no docstring"


def test_nothing_else_is_public() -> None:
    assert dir(edgesmith) == sorted(edgesmith.__all__)
    ours = {
        name
        for name, value in vars(edgesmith).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("edgesmith")
    }
    assert ours <= set(edgesmith.__all__), f"public but not in __all__: {sorted(ours - set(edgesmith.__all__))}"


def test_a_misspelt_name_is_an_attribute_error() -> None:
    assert not hasattr(edgesmith, "no_such_name")
