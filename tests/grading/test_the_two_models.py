"""What a student sees for the two slips that the feedback was designed on: content, not wording to the letter."""

from __future__ import annotations

from tests.grading.shared import EXERCISES, judged

AFFINE = """
import numpy as np
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
"""

CIRCUIT = """
import numpy as np
def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0*x0; p1 = w1*x1; s = p0 + p1; u = s + w2; n = -u; e = np.exp(n); q = 1 + e; f = 1/q
    dq = -1/q**2
    de = dq
    dn = de            # exp passes its upstream on unchanged
    du = -dn
    ds = du
    dw2 = du
    dp0 = ds; dp1 = ds
    dw0 = dp0*x0; dx0 = dp0*w0; dw1 = dp1*x1; dx1 = dp1*w1
    return locals()
"""


class TestAffineWithoutTheTranspose:
    checked = judged(EXERCISES["affine"], AFFINE)

    def test_only_dx_fails(self):
        verdicts = {name: str(node.verdict) for name, node in self.checked.nodes.items()}
        assert verdicts == {"out": "pass", "dx": "fail", "dw": "pass", "db": "pass"}

    def test_the_line_and_the_shapes_that_do_not_meet_are_named(self):
        finding = next(f for f in self.checked.findings if f.check == "runs")
        assert finding.where == "cell 12, line 7"
        assert finding.message.startswith("dx = dout @ w, shapes (2, 4) @ (3, 4): 4 and 3 do not meet")

    def test_the_shape_that_dx_must_have_is_said(self):
        assert any("dx must have x's shape = (2, 3)" in f.message for f in self.checked.findings)

    def test_a_square_example_small_enough_to_do_by_hand_shows_wrong_numbers(self):
        first = self.checked.example[0]
        assert "w = [[" in first
        assert "dout = [[" in first
        assert "you return dx = [[" in first
        assert len(first) < 160

    def test_moving_one_entry_says_what_the_gradient_is(self):
        second = self.checked.example[1]
        assert second.startswith("Raise x[0, ")
        assert "by 0.01" in second
        assert "your own sum of dout·out" in second
        assert ", not " in second

    def test_the_missing_transpose_is_proved_not_guessed(self):
        (diagnosis,) = self.checked.diagnoses
        assert diagnosis.id == "missing-transpose"
        assert "on 3 of 3 inputs" in diagnosis.evidence

    def test_the_first_hint_does_not_give_it_away(self):
        hints = EXERCISES["affine"].hints["dx"]
        assert all("transpose" not in hint for hint in hints[:2])
        assert "transpose" in hints[2]


class TestExpPassesItsUpstreamOn:
    checked = judged(EXERCISES["sigmoid_circuit"], CIRCUIT)

    def test_one_origin_and_the_rest_follows(self):
        standing = {name: str(node.standing) for name, node in self.checked.nodes.items()}
        assert standing.pop("dn") == "origin"
        assert {name for name, s in standing.items() if s == "correct"} == {"dq", "de"}
        assert {name for name, s in standing.items() if s == "inherited"} == standing.keys() - {"dq", "de"}

    def test_eleven_of_twelve_points_and_two_without_following_through(self):
        from grader.marks import marked, slips

        nodes = marked(self.checked, EXERCISES["sigmoid_circuit"].points, follow_through=True)
        assert sum(node.points for node in nodes) == 11
        assert sum(node.strict for node in nodes) == 2
        assert slips(self.checked) == 1

    def test_the_numbers_on_the_spot_are_given(self):
        node = self.checked.nodes["dn"]
        assert node.label == "exp"
        assert node.message == "in n = -1, out e = 0.3679, upstream de = -0.5344, yours -0.5344"

    def test_the_mistake_is_named_by_its_numbers(self):
        (diagnosis,) = self.checked.diagnoses
        assert "you used 1 as the local gradient" in diagnosis.evidence
        assert not diagnosis.tells

    def test_a_number_to_try_and_what_to_do_next(self):
        first, second = self.checked.example
        assert first == "Move n from -1 to -0.99: e moves by 0.0037. What is the local gradient?"
        assert second.startswith("Mend dn, then work out anew")

    def test_inherited_nodes_say_what_they_follow_from_and_never_the_truth(self):
        for node in self.checked.nodes.values():
            if node.standing == "inherited":
                assert node.message.startswith("follows from your d")
