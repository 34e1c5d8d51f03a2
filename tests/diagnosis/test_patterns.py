"""What is not recognised is described: where the wrong entries are, or what they have in common."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnosis.test_naming import found, names


def said(name, change):
    checked = found(name, change)
    assert names(checked) == {}
    return [f.message for f in checked.findings if f.check == "pattern"]


def part(g, key, mask, factor=3.7):
    """The gradient wrong where the mask is set, by no factor that has a name."""
    value = g[key].copy()
    value[mask] = value[mask] * factor + 1.3
    return g | {key: value}


PATTERNS = {
    "every entry is the right one times 1.001, on every input": lambda g, *_: g | {"dx": g["dx"] * 1.001},
    "every entry is off by one and the same amount": lambda g, *_: g | {"dx": g["dx"] + 0.75},
    "wrong exactly in the first row": lambda g, *_: part(g, "dx", np.s_[0]),
    "wrong exactly in the last row": lambda g, *_: part(g, "dx", np.s_[-1]),
    "wrong exactly in the first column": lambda g, *_: part(g, "dx", np.s_[..., 0]),
    "wrong exactly in the last column": lambda g, *_: part(g, "dx", np.s_[..., -1]),
    "wrong exactly where dout is negative": lambda g, dout, *_: part(g, "dx", dout < 0),
    "wrong exactly where x is positive": lambda g, dout, x, _: part(g, "dx", x["x"] > 0),
    "the sizes are right and some signs are not where y is negative": (
        lambda g, dout, x, _: g | {"dx": dout * np.abs(x["y"])}
    ),
}


@pytest.mark.parametrize("words", PATTERNS)
def test_wrong_entries_that_have_something_in_common_are_described(words):
    assert said("multiply", PATTERNS[words]) == [f"dx: the cause was not recognised; {words}"]


def test_the_right_numbers_in_other_places_are_seen_as_such():
    def fortran(g, *_):
        return g | {"dw": g["dw"].reshape(-1, order="F").reshape(g["dw"].shape)}

    assert said("affine", fortran) == ["dw: the cause was not recognised; the right numbers, in other places"]


def test_a_factor_that_changes_from_input_to_input_is_told_with_its_values():
    def by_sum(g, dout, *_):
        return g | {"db": g["db"] * (1 + abs(dout.sum()))}

    (line,) = said("affine", by_sum)
    assert line.startswith("db: the cause was not recognised; every entry is off by one and the same factor")
    assert "(" in line


def test_nothing_is_made_up_where_nothing_is_in_common():
    rng = np.random.default_rng(1)
    assert said("affine", lambda g, *_: g | {"dw": g["dw"] + rng.normal(size=g["dw"].shape)}) == []


def test_a_place_that_holds_on_one_input_alone_is_chance():
    count = []

    def sometimes(g, *_):
        count.append(1)
        return part(g, "dx", np.s_[0]) if len(count) < 2 else part(g, "dx", np.s_[..., -1])

    assert said("multiply", sometimes) == []
