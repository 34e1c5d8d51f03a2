"""Blame on random graphs: the faults that were planted are the origins that are named, and nothing else is."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.exercise.origins import origins
from grader.marks import marked, slips
from tests.grading.drawn_dags import LARGE, dags, faulty, profile
from tests.grading.expected_blame import Student, expected, judged, standings
from tests.grading.random_dags import FAULTS, Dag, Fault, random_dag


def behind(dag: Dag, name: str) -> set[str]:
    """The nodes further back from which a path leads to this one: those that its gradient flows on to."""
    found: set[str] = set()
    pending = [name]
    while pending:
        for argument in dag.nodes[pending.pop()][1]:
            if isinstance(argument, str) and argument not in found:
                found.add(argument)
                pending.append(argument)
    return found


def located(dag: Dag, faults: dict[str, Fault]) -> None:
    """Every standing is the one that the table gives, and only planted nodes and what is behind them are wrong."""
    student = Student(dag, faults)
    checked = judged(dag.exercise(), student)
    found = standings(checked)
    possible = expected(dag, student.asked)
    assert {name: found[name] for name in possible if found[name] not in possible[name]} == {}
    reached = set().union(*(behind(dag, name) for name in faults))
    assert {name for name, s in found.items() if s == "origin"} <= faults.keys()
    assert {name for name, s in found.items() if s == "inherited"} <= reached
    assert all(found[name] == "correct" for name in found.keys() - reached - faults.keys())


class TestPlantedFaults:
    @profile
    @given(dags())
    def test_right_work_is_right_at_every_node(self, dag):
        checked = judged(dag.exercise(), Student(dag, {}))
        assert set(standings(checked).values()) == {"correct"}
        assert checked.findings == []
        assert slips(checked) == 0

    @profile
    @given(faulty())
    def test_one_to_three_faults_are_located_and_what_lies_behind_inherits(self, planted):
        located(*planted)

    @LARGE
    @given(faulty(150, 200))
    def test_among_two_hundred_nodes_as_well(self, planted):
        located(*planted)

    @profile
    @given(faulty(kinds=FAULTS[1:2], count=(1, 1), shapes=((),)))
    def test_a_thousandth_too_much_is_one_origin_and_one_slip(self, planted):
        dag, faults = planted
        student = Student(dag, faults)
        checked = judged(dag.exercise(), student)
        (name,) = faults
        if any(abs(dag.gradients(values)[name]) for values, _ in student.asked):
            assert [n for n, s in standings(checked).items() if s == "origin"] == [name]
            assert slips(checked) == 1

    @profile
    @given(faulty(least=5, count=(1, 2)), st.data())
    def test_a_right_number_behind_a_wrong_one_is_right_and_told_so(self, planted, data):
        dag, faults = planted
        reached = set().union(*(behind(dag, name) for name in faults)) - faults.keys()
        assume(reached)
        lucky = data.draw(st.sampled_from(sorted(reached)))
        student = Lucky(dag, faults, lucky)
        found = standings(judged(dag.exercise(), student))
        possible = expected(dag, student.asked)
        assert {name: found[name] for name in possible if found[name] not in possible[name]} == {}
        assert found[lucky] in {"correct", "correct_anyway"}

    def test_right_in_spite_of_what_follows_it_is_a_standing_of_its_own_and_full_marks(self):
        dag = Dag({"x": ("", ()), "a": ("exp", ("x",)), "b": ("square", ("a",)), "f": ("exp", ("b",))})
        checked = judged(dag.exercise(), Lucky(dag, {"b": FAULTS[0]}, "a"))
        assert standings(checked) == {"b": "origin", "a": "correct_anyway", "x": "correct"}
        assert [
            n.points for n in marked(checked, dict.fromkeys(checked.nodes, 1.0), follow_through=True)
        ] == [0, 1, 1]


class Lucky(Student):
    """Has one node right whatever stands downstream of it, and goes on from there."""

    def __init__(self, dag, faults, lucky):
        super().__init__(dag, faults)
        self.lucky = lucky

    def __call__(self, *leaves):
        right = self.dag.gradients(self.dag.values(dict(zip(self.leaves, leaves, strict=True))))
        self.faults = {**self.faults, self.lucky: Fault("right", lambda terms: right[self.lucky])}
        return super().__call__(*leaves)


@pytest.mark.parametrize("answers", [{}, {"v9": FAULTS[0], "x0": FAULTS[3]}])
def test_judging_two_hundred_nodes_costs_what_a_hundred_passes_back_cost(answers):
    """Work that grows with the graph, not with its square: about 30 passes for right work, 50 for wrong."""
    dag = random_dag(np.random.default_rng(3), 195)
    exercise, values = dag.exercise(), dag.draw(np.random.default_rng(1))

    def cost(work) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    pairs = [
        (
            cost(lambda: judged(exercise, Student(dag, answers))),
            cost(lambda: [exercise.graph.backward(values) for _ in range(20)]) / 20,
        )
        for _ in range(3)
    ]
    assert min(judging / back for judging, back in pairs) < 100


class TestNames:
    @profile
    @given(faulty(most=25), st.data())
    def test_other_names_and_another_order_change_nothing(self, planted, data):
        dag, faults = planted
        order = data.draw(st.permutations(list(dag.nodes)))
        names = {old: data.draw(st.sampled_from("xdqWα_")) + f"{place}" for place, old in enumerate(order)}
        plain, other = Student(dag, faults), Reordered(dag, faults, names)
        exercise, renamed = dag.exercise(), dag.exercise(names)
        one, two = judged(exercise, plain), judged(renamed, other)
        assert standings(one) == {old: standings(two)[new] for old, new in names.items() if old != dag.output}
        marks = marked(one, exercise.points, follow_through=True)
        again = {node.name[1:]: node for node in marked(two, renamed.points, follow_through=True)}
        assert {n.name[1:]: (n.points, n.strict) for n in marks} == {
            old: (again[new].points, again[new].strict) for old, new in names.items() if old != dag.output
        }

    def test_a_node_called_like_the_gradient_of_another_is_no_forward_value(self):
        names = {"x": "x", "y": "dx", "p": "p", "f": "f"}
        dag = Dag(
            {"x": ("", ()), "y": ("exp", ("x",)), "p": ("multiply", ("x", "y")), "f": ("square", ("p",))}
        )
        student = Student(dag, {"p": FAULTS[0]}, names)
        assert standings(judged(dag.exercise(names), student)) == {
            "p": "origin",
            "dx": "inherited",
            "x": "inherited",
        }


class Reordered(Student):
    """Returns its dictionary from the last key to the first."""

    def answer(self, values, gradients):
        return dict(reversed(super().answer(values, gradients).items()))


@profile
@given(faulty(shapes=((),)))
def test_an_engines_wrong_numbers_are_told_from_those_that_only_follow(planted):
    """The same graphs as edges with one derivative each, as algorithms get them."""
    dag, faults = planted
    edges = [(name, user) for name in dag.nodes for user, _ in dag.uses(name)]
    assume(len(edges) == len(set(edges)))
    values = dag.values(dag.draw(np.random.default_rng(1)))
    ones = dict.fromkeys(dag.nodes, 1.0)
    slopes = {
        (name, user): term
        for name in dag.nodes
        for (user, _), term in zip(dag.uses(name), dag.terms(values, ones, name), strict=True)
    }
    feeds = {name: [user for user, _ in dag.uses(name)] for name in reversed(dag.nodes)}
    mine, right = dag.gradients(values, faults), dag.gradients(values)
    possible = expected(dag, [(values, mine)])
    found = origins(feeds, lambda v, c: slopes[v, c], mine, right, dag.output)
    assert {name for name, standing in possible.items() if standing == {"origin"}} <= set(found)
    assert all("origin" in possible[name] for name in found)
