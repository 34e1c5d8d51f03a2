"""The papers on graphs: their numbers are worked out a second time, from what a student reads."""

from __future__ import annotations

import re

import numpy as np

from exercises.activations.relu_kinks import RELU_KINKS
from exercises.graphs.graph_paper import PATHS_BY_HAND, slips
from reference.plain_graphs import backprop, path_sum

PAPERS = 200


def asked(exercise, seed):
    return {question.id: question for question in exercise.paper(np.random.default_rng(seed))}


def drawn_wires(questions):
    """What a student reads: every edge with its derivative."""
    edges = re.findall(r"\$([xyabc]) \\to (\\ell|[abc])\$: (-?\d+)", questions["edges"].text)
    graph = {name: {} for name in "xyabcl"}
    for v, c, number in edges:
        graph[v]["l" if c == r"\ell" else c] = float(number)
    return graph


def test_the_paper_of_paths_says_what_backpropagation_and_all_paths_say():
    for seed in range(PAPERS):
        questions = asked(PATHS_BY_HAND, seed)
        graph = drawn_wires(questions)
        local = {(v, c): s for v, fed in graph.items() for c, s in fed.items()}
        assert questions["edges"].value == len(local)
        found = backprop({v: list(fed) for v, fed in graph.items()}, lambda v, c, d=local: d[v, c], "l")
        for name in "cax" + "y":
            assert questions[f"d{name}"].value == found[name] == path_sum(graph, name, "l")[0]
        _, paths, products = path_sum(graph, "x", "l")
        assert (questions["paths"].value, questions["products"].value) == (paths, products)


def test_no_classic_mistake_gives_a_right_number_on_the_paper_of_paths():
    for seed in range(PAPERS):
        questions = asked(PATHS_BY_HAND, seed)
        for name, wrong in slips(drawn_wires(questions)).items():
            assert questions[name].value not in wrong
        assert all(questions[name].value for name in ("dc", "da", "dx", "dy"))


def test_the_number_of_edges_is_not_the_same_for_everybody():
    assert len({asked(PATHS_BY_HAND, seed)["edges"].value for seed in range(30)}) >= 3


def test_the_kinks_of_a_paper_are_where_the_unit_is_zero_and_slopes_jump_there():
    for seed in range(PAPERS):
        questions = asked(RELU_KINKS, seed)
        w1, w2, b = map(
            int, re.search(r"(-?\d+)\\,x_1 ([+-]\d+)\\,x_2 ([+-]\d+)", questions["first"].text).groups()
        )

        def f(x1, x2, w1=w1, w2=w2, b=b):
            return max(0.0, w1 * x1 + w2 * x2 + b)

        for name in ("first", "second"):
            x2 = int(re.search(r"x_2 = (-?\d+)\$", questions[name].text)[1])
            x1 = questions[name].value
            assert w1 * x1 + w2 * x2 + b == 0
            assert x1 == int(x1)
            right, left = f(x1 + 0.5, x2) / 0.5, -f(x1 - 0.5, x2) / 0.5
            assert {right, left} == {questions["above"].value, questions["below"].value} == {w1, 0}
            step = map(int, re.search(r"\((-?\d+), (-?\d+)\)\$", questions["along"].text).groups())
            d1, d2 = step
            assert w1 * (x1 + d1) + w2 * (x2 + d2) + b == questions["along"].value == 0
        assert questions["first"].value != questions["second"].value


def regions_by_counting(units, rng):
    """Sign patterns met on a fine grid, for lines in general position: each region has one of its own."""
    angles = np.sort(rng.permutation(np.arange(1, 60))[:units]) * np.pi / 60
    w = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    offsets = rng.uniform(-1, 1, units)
    ends = np.concatenate([np.linspace(-60, 60, 401), np.linspace(-3, 3, 801)])
    x1, x2 = np.meshgrid(ends, ends)
    code = sum(((w[k, 0] * x1 + w[k, 1] * x2 + offsets[k]) > 0).astype(int) << k for k in range(units))
    return len(np.unique(code))


def test_lines_cut_the_plane_into_as_many_regions_as_the_paper_says():
    """A grid may miss a tiny region and never invents one: the most that any draw shows is the number."""
    seen = {}
    for seed in range(40):
        question = asked(RELU_KINKS, seed)["regions"]
        seen[int(re.search(r"(\d+) ReLUs", question.text)[1])] = question.value
    assert set(seen) >= {4, 5, 6}
    for units in (4, 5):
        rng = np.random.default_rng(units)
        assert max(regions_by_counting(units, rng) for _ in range(6)) == seen[units]


def test_a_hyperplane_has_one_dimension_less_than_its_space():
    question = asked(RELU_KINKS, 5)["dimension"]
    inputs = int(re.search(r"with (\d+) inputs", question.text)[1])
    w = np.arange(1.0, inputs + 1)
    directions_along = inputs - np.linalg.matrix_rank(w[None, :])
    assert question.value == directions_along
