"""Follow-through marks on random graphs: right work on a wrong number earns, and nothing else buys any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.marks import marked
from tests.grading.drawn_dags import dags, faulty, profile
from tests.grading.expected_blame import Student, alike, expected, judged, standings
from tests.grading.lazy_answers import LAZY, Answering, everywhere
from tests.grading.random_dags import FAULTS, Dag, random_dag
from tests.grading.shared import EXERCISES
from tests.grading.shared import judged as judged_text
from tests.grading.test_the_two_models import CIRCUIT

VARYING = FAULTS[:1] + FAULTS[2:4]
"""Twice, an eighth, the sign: wrong numbers that still change with everything that the right one changes with."""


def totals(exercise, checked):
    """(points with follow-through, points without)."""
    nodes = marked(checked, exercise.points, follow_through=True)
    return sum(node.points for node in nodes), sum(node.strict for node in nodes)


def takes_work(dag: Dag, name: str, routers=("max", "relu")) -> bool:
    """Whether the step back to a node is more than handing one number on; that of `routers` may be just that."""
    found = dag.uses(name)
    rule, place = dag.nodes[found[0][0]][0], found[0][1]
    return len(found) > 1 or not (rule in ("add", "identity", *routers) or (rule, place) == ("subtract", 0))


def trivial(dag: Dag, student: Student) -> set[str]:
    """The nodes with a wrong number that is zero, next to nothing or not finite in every run, or one throughout."""
    rights = [dag.gradients(values) for values, _ in student.asked]
    found = set()
    for name in dag.nodes:
        mine, right = [given[name] for _, given in student.asked], [r[name] for r in rights]
        pairs = list(zip(mine, right, strict=True))
        sound = [m for m, r in pairs if np.isfinite(m).all() and np.max(np.abs(m)) > 1e-9 * np.max(np.abs(r))]
        constant = spread(mine) < 1e-6 and spread(right) > 1e-3
        if any(alike(m, r, np.abs(r)) is not True for m, r in pairs) and (not sound or constant):
            found.add(name)
    return found


def users(dag: Dag, name: str) -> set[str]:
    return {user for user, _ in dag.uses(name)}


def spread(numbers) -> float:
    """How much numbers differ, as a part of the largest."""
    with np.errstate(all="ignore"):
        return float(np.ptp(numbers, axis=0).max() / (np.abs(numbers).max() or 1))


class TestHonestWork:
    @profile
    @given(faulty(least=8, kinds=VARYING, count=(1, 1)))
    def test_every_step_that_takes_work_earns_by_following(self, planted):
        dag, faults = planted
        assume(sum(takes_work(dag, name) for name in dag.nodes if name != dag.output) > 3)
        student = Student(dag, faults)
        checked = judged(dag.exercise(), student)
        gone = trivial(dag, student)  # a slip may make two paths cancel
        for name, node in checked.nodes.items():
            if node.standing == "inherited" and takes_work(dag, name[1:]) and not gone & users(dag, name[1:]):
                assert node.earns, node.message

    @profile
    @given(faulty(least=12, kinds=VARYING, count=(1, 1)))
    def test_one_slip_costs_one_node_where_the_rest_is_worked_out(self, planted):
        dag, faults = planted
        (name,) = faults
        exercise = dag.exercise()
        student = Student(dag, faults)
        checked = judged(exercise, student)
        working = [n for n in dag.nodes if n not in (dag.output, name) and takes_work(dag, n)]
        assume(len(working) > 1 and not trivial(dag, student))
        assume(expected(dag, student.asked)[name] == {"origin"})
        assert totals(exercise, checked)[0] == exercise.worth - exercise.points[f"d{name}"]

    @profile
    @given(faulty(), st.booleans())
    def test_both_totals_stand_in_the_marks_and_following_can_be_switched_off(self, planted, follow):
        dag, faults = planted
        exercise = dag.exercise()
        checked = judged(exercise, Student(dag, faults))
        for node in marked(checked, exercise.points, follow_through=follow):
            right, earns = node.verdict == "pass", checked.nodes[node.name].earns
            assert node.strict == (node.max_points if right else 0)
            assert node.points == (node.max_points if right or (earns and follow) else 0)

    def test_a_wrong_constant_where_the_right_one_is_constant_but_for_rounding_may_be_followed(self):
        """dp is s + (1 - s), with a sum whose last digits change from draw to draw."""
        dag = Dag({"x": ("", ()), "y": ("", ()), "p": ("exp", ("x",)), "g": ("sigmoid", ("y",))})
        dag.nodes |= {"a": ("multiply", ("p", "g")), "h": ("scale", ("y", -1.0)), "k": ("sigmoid", ("h",))}
        dag.nodes |= {"b": ("multiply", ("p", "k")), "f": ("add", ("a", "b"))}
        student = Student(dag, {"p": FAULTS[5]})
        checked = judged(dag.exercise(count=8), student)
        rights = {dag.gradients(values)["p"] for values, _ in student.asked}
        assert len(rights) > 1
        assert max(rights) - min(rights) < 1e-15
        assert standings(checked)["x"] == "inherited"
        assert checked.nodes["dx"].earns

    def test_a_number_that_is_zero_where_it_should_be_once_does_not_spoil_what_follows(self):
        """A gate that is closed in one draw: 0 is right there, and the slip shows in the others."""
        dag = Dag({"x": ("", ()), "a": ("identity", ("x",)), "b": ("square", ("a",)), "c": ("relu", ("b",))})
        dag.nodes |= {"k": ("scale", ("c", 2.0)), "f": ("square", ("k",))}
        dag.nodes["b"] = "scale", ("a", 3.0)  # negative where x is: the gate is closed
        checked = judged(dag.exercise(count=8), Student(dag, {"c": FAULTS[0]}))
        assert standings(checked) == {
            "k": "correct", "c": "origin", "b": "inherited", "a": "inherited", "x": "inherited"
        }  # fmt: skip
        assert all(checked.nodes[f"d{name}"].earns for name in "bax")


class TestNothingIsBought:
    @pytest.mark.parametrize("lazy", LAZY)
    @pytest.mark.parametrize("seed", range(8))
    def test_lazy_answers_earn_only_where_they_are_right(self, lazy, seed):
        rng = np.random.default_rng(seed)
        dag = random_dag(rng, int(rng.integers(3, 40)))
        exercise = dag.exercise()
        checked = judged(exercise, Answering(dag, LAZY[lazy](dag)))
        earned, strict = totals(exercise, checked)
        assert earned == strict, [n for n, node in checked.nodes.items() if node.earns]

    @pytest.mark.parametrize("seed", range(25))
    def test_zeros_earn_nothing_unless_nothing_is_right(self, seed):
        dag = random_dag(np.random.default_rng(seed), 25)
        exercise = dag.exercise()
        student = Answering(dag, everywhere(0.0)(dag))
        checked = judged(exercise, student)
        gone = [n for n in dag.nodes if not any(np.any(dag.gradients(v)[n]) for v, _ in student.asked)]
        worth = sum(exercise.points[f"d{name}"] for name in gone if name != dag.output)
        assert totals(exercise, checked) == (worth, worth)

    @profile
    @given(dags(least=6, shapes=((),)), st.sampled_from(sorted(LAZY)), st.data())
    def test_from_a_lazy_node_on_only_what_is_worked_out_is_earned(self, dag, lazy, data):
        """Honest up to a node, lazy there, then honest or lazy again node by node: the search over answers."""
        names = [name for name in dag.nodes if name != dag.output]
        slack = data.draw(st.sets(st.sampled_from(names), min_size=1))
        pick = LAZY[lazy](dag)

        def choose(name, values, right, given):
            if name in slack:
                return pick(name, values, right, given)
            with np.errstate(all="ignore"):
                return sum(dag.terms(values, given, name))

        student = Answering(dag, choose)
        checked = judged(dag.exercise(), student)
        possible = expected(dag, student.asked)
        earning = [name[1:] for name, node in checked.nodes.items() if node.earns]
        gone = trivial(dag, student)
        for name in earning:
            assert "inherited" in possible[name]
            assert not gone & users(dag, name)
        if any(not takes_work(dag, name) for name in earning):
            done = [n for n, node in checked.nodes.items() if node.verdict == "pass" or node.earns]
            assert any(takes_work(dag, name[1:], routers=()) for name in done)

    @pytest.mark.parametrize(
        "lazy", ["some number", "one number that changes", "one number with a little noise"]
    )
    def test_one_number_throughout_a_sum_of_sums_earns_nothing(self, lazy):
        """Every step is to hand the number on, and the right one is 1 everywhere."""
        dag = Dag({f"x{number}": ("", ()) for number in range(5)} | {"s1": ("add", ("x0", "x1"))})
        dag.nodes |= {f"s{n}": ("add", (f"s{n - 1}", f"x{n}")) for n in (2, 3, 4)}
        exercise = dag.exercise()
        assert totals(exercise, judged(exercise, Answering(dag, LAZY[lazy](dag)))) == (0, 0)

    def test_a_number_so_large_that_another_path_is_not_seen_beside_it_earns_nothing_there(self):
        dag = Dag({"x": ("", ()), "a": ("exp", ("x",)), "b": ("square", ("x",)), "c": ("square", ("a",))})
        dag.nodes |= {"d": ("tanh", ("b",)), "f": ("multiply", ("c", "d"))}

        def only_the_large_path(name, values, right, given):
            terms = dag.terms(values, given, name)
            return {"a": 1e9 * terms[0], "x": terms[0]}.get(name, sum(terms))

        checked = judged(dag.exercise(), Answering(dag, only_the_large_path))
        assert standings(checked) == {
            "d": "correct", "c": "correct", "b": "correct", "a": "origin", "x": "inherited"
        }  # fmt: skip
        assert not checked.nodes["dx"].earns
        assert "drowns out another path" in checked.nodes["dx"].message

    def test_one_number_throughout_the_lectures_circuit_earns_nothing(self):
        exercise = EXERCISES["sigmoid_circuit"]
        text = f"def sigmoid_circuit(w0, x0, w1, x1, w2):\n    return dict.fromkeys({exercise.nodes!r}, w0 * x1)\n"
        assert totals(exercise, judged_text(exercise, text)) == (0, 0)

    def test_one_right_number_throughout_earns_where_it_is_right(self):
        exercise = EXERCISES["sigmoid_circuit"]
        text = (
            "import math\ndef sigmoid_circuit(w0, x0, w1, x1, w2):\n"
            "    dq = -1 / (1 + math.exp(-(w0*x0 + w1*x1 + w2)))**2\n"
            f"    return dict.fromkeys({exercise.nodes!r}, dq)\n"
        )
        assert totals(exercise, judged_text(exercise, text)) == (2, 2)

    def test_the_slides_numbers_learnt_by_heart_earn_nothing(self):
        """Right for the lecture's inputs, zero for all others."""
        exercise = EXERCISES["sigmoid_circuit"]
        text = CIRCUIT.replace("dn = de ", "dn = de*e ").replace(
            "return locals()",
            "return {k: v if (w0, x0) == (2, -1) else 0.0 for k, v in locals().items() if k[0] == 'd'}",
        )
        assert totals(exercise, judged_text(exercise, text)) == (0, 0)
