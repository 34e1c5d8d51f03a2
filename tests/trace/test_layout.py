"""Columns, orders and heights of the layered drawing."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from grader.picture.layout import Layout, Link, Spacing, _crossings, _isotonic, layout

SPACING = Spacing(above=lambda p: 20 + p % 3, below=lambda p: 25, bend=5)


def random_links(seed: int, nodes: int) -> list[Link]:
    rng = random.Random(seed)
    return [
        Link(source, target, drop)
        for target in range(nodes // 3, nodes)
        for source, drop in zip(rng.choices(range(target), k=2), (-10, 10), strict=True)
    ]


def planned(seed: int, nodes: int) -> Layout:
    return layout(nodes, random_links(seed, nodes), SPACING)


@pytest.mark.parametrize("seed", range(12))
def test_distances_in_every_column_are_kept(seed: int) -> None:
    plan = planned(seed, 24)
    for places in plan.columns:
        for upper, lower in pairwise(places):
            below = SPACING.below(upper) if upper < plan.nodes else SPACING.bend
            above = SPACING.above(lower) if lower < plan.nodes else SPACING.bend
            assert plan.height[lower] - plan.height[upper] >= below + above - 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_every_wire_goes_one_column_at_a_time(seed: int) -> None:
    plan = planned(seed, 24)
    for link, route in zip(random_links(seed, 24), plan.routes, strict=True):
        assert (route[0], route[-1]) == (link.source, link.target)
        columns = [plan.column[place] for place in route]
        assert columns == list(range(columns[0], columns[-1] + 1))
        assert all(place >= plan.nodes for place in route[1:-1])


def test_a_chain_is_one_straight_line() -> None:
    plan = layout(6, [Link(i, i + 1) for i in range(5)], SPACING)
    assert len(set(plan.height)) == 1


def test_two_crossed_wires_are_uncrossed() -> None:
    plan = layout(4, [Link(0, 3), Link(1, 2)], SPACING)
    heights = plan.height
    assert (heights[0] < heights[1]) == (heights[3] < heights[2])


def test_a_long_wire_is_level_along_its_bends() -> None:
    links = [Link(0, 2, -10), Link(1, 2, 10), Link(2, 3), Link(3, 4), Link(4, 5, -10), Link(1, 5, 10)]
    plan = layout(6, links, SPACING)
    bends = plan.routes[-1][1:-1]
    assert len(bends) == 3
    assert len({round(plan.height[place], 6) for place in bends}) == 1


def test_crossings_are_counted_pair_by_pair() -> None:
    segments = [(0, 3, 0.0), (1, 2, 0.0), (0, 2, 0.0), (1, 3, 0.0)]
    assert _crossings([[0, 1], [2, 3]], segments, [0, 0, 1, 1], [0.0, 1.0, 0.0, 1.0]) == 1


def test_isotonic_regression_pools_what_is_out_of_order() -> None:
    assert _isotonic([1, 3, 2, 4], [1, 1, 1, 1]) == [1, 2.5, 2.5, 4]
    assert _isotonic([4, 1], [1, 2]) == [2, 2]


def test_the_same_graph_is_drawn_the_same_way_each_time() -> None:
    assert planned(3, 30) == planned(3, 30)
