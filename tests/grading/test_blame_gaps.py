"""Missing, extra, misshapen and non-numeric answers: findings of their own that hide nothing of the rest."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grader.marks import slips
from tests.grading.drawn_dags import faulty, profile
from tests.grading.expected_blame import Student, expected, judged, standings
from tests.grading.random_dags import Dag, Fault

GAPS = {
    "is missing": None,
    "of shape (2,)": np.zeros(2),
    "a text": "12",
    "None": None,
    "a dictionary": {},
    "nan": math.nan,
    "inf": math.inf,
}
"""What may stand in place of a number, by what is said of it."""


class Gappy(Student):
    """Returns something else than numbers for some nodes."""

    def __init__(self, dag, faults, gaps):
        super().__init__(dag, faults)
        self.gaps = gaps

    def answer(self, values, gradients):
        answer = super().answer(values, gradients)
        for name, said in self.gaps.items():
            if said == "is missing":
                del answer[f"d{name}"]
            else:
                answer[f"d{name}"] = GAPS[said]
        return answer


class TestGaps:
    @profile
    @given(faulty(shapes=((),)), st.data())
    def test_what_is_no_number_is_an_origin_and_hides_nothing(self, planted, data):
        dag, faults = planted
        names = data.draw(st.lists(st.sampled_from([n for n in dag.nodes if n != dag.output]), max_size=3))
        gaps = {name: data.draw(st.sampled_from(sorted(GAPS))) for name in names}
        student = Gappy(dag, faults, gaps)
        checked = judged(dag.exercise(), student)
        if checked.not_started:
            return
        found, possible = standings(checked), expected(dag, student.asked, gaps)
        spoiled = {name for name, said in gaps.items() if said in ("nan", "inf")}
        for name in spoiled:
            if spoiled & {user for user, _ in dag.uses(name)}:
                possible[name] |= {"inherited"}  # one overflow may follow from another
        assert {name: found[name] for name in possible if found[name] not in possible[name]} == {}
        for name, said in gaps.items():
            if said not in ("nan", "inf"):
                assert said in checked.nodes[f"d{name}"].message

    def test_what_follows_from_nan_is_one_slip_that_earns_nothing(self):
        dag = Dag({"x": ("", ()), "a": ("exp", ("x",)), "b": ("square", ("a",)), "c": ("exp", ("b",))})
        dag.nodes["f"] = "square", ("c",)
        checked = judged(dag.exercise(), Student(dag, {"b": Fault("nan", lambda terms: math.nan)}))
        assert standings(checked) == {"c": "correct", "b": "origin", "a": "inherited", "x": "inherited"}
        assert slips(checked) == 1
        assert not any(node.earns for node in checked.nodes.values())

    def test_a_name_without_a_node_is_a_finding_with_what_was_meant(self):
        dag = Dag({"w1": ("", ()), "hidden": ("exp", ("w1",)), "f": ("square", ("hidden",))})

        def gradients(w1):
            return {"dhiden": 2 * np.exp(w1), "dw1": 2 * np.exp(2 * w1), "hidden": np.exp(w1), "temporary": 3}

        checked = judged(dag.exercise(), gradients)
        assert standings(checked) == {"hidden": "origin", "w1": "correct"}
        (extra,) = [finding for finding in checked.findings if finding.check == "extra"]
        assert extra.message == 'dhiden: no gradient of this graph, and not judged; did you mean "dhidden"?'
        assert extra.verdict == "warn"

    def test_temporaries_of_right_work_are_not_mentioned(self):
        dag = Dag({"x": ("", ()), "f": ("square", ("x",))})
        checked = judged(dag.exercise(), lambda x: {"dx": 2 * x, "dtmp": 3.0, "d": 1})
        assert checked.findings == []
