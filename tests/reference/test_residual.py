"""Blocks with a way around: their gradients, and the 1 that the way around hands on."""

from __future__ import annotations

import numpy as np
import pytest

from reference import graphs


@pytest.mark.parametrize("name", ["residual_block", "multi_branch_block"])
def test_a_block_has_the_gradients_of_differences(name):
    graph = graphs()[name]
    rng = np.random.default_rng(8)
    shape = {"x": (2, 3), "v": (3, 4), "a": (4,), "w": (4, 3), "b": (3,)}
    values = {leaf: rng.integers(-90, 91, shape[leaf[0]]) / 100 for leaf in graph.leaves}
    dh = rng.integers(-90, 91, (2, 3)) / 100
    gradients = graph.backward(values, upstream=dh).gradients
    for leaf, value in values.items():
        for index in np.ndindex(value.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = value.copy()
                moved[index] += step
                ends.append((dh * graph.forward({**values, leaf: moved})["h"]).sum())
            assert gradients[leaf][index] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-8)


def test_the_way_around_hands_the_upstream_on_where_the_branches_are_dead():
    """All weights 0: h = x, and dx = dh."""
    for name in ("residual_block", "multi_branch_block"):
        graph = graphs()[name]
        shape = {"x": (2, 3), "v": (3, 4), "a": (4,), "w": (4, 3), "b": (3,)}
        values = {leaf: np.zeros(shape[leaf[0]]) for leaf in graph.leaves}
        dh = np.arange(6.0).reshape(2, 3)
        assert np.array_equal(graph.backward(values, upstream=dh).gradients["x"], dh)
