"""A function that raises and would be right without the line costs one gradient: as it stands it gives nothing."""

from __future__ import annotations

import pytest

from grader.marks import marked, slips
from tests.grading.shared import EXERCISES, judged

RELU = """
import numpy as np
def relu_forward(x):
    return np.maximum(0, x), x
def relu_backward(dout, cache):
    x = cache
    {line}
    return dout * (x > 0)
"""


@pytest.mark.parametrize("line", ["1 / 0", "input()", "open('notes.txt')", "np.no_such_name", "x.no_such()"])
def test_a_line_that_gives_nothing_and_raises_costs_one_gradient(line):
    exercise = EXERCISES["relu"]
    checked = judged(exercise, RELU.format(line=line))
    nodes = {node.name: node for node in marked(checked, exercise.points, follow_through=True)}
    assert nodes["dx"].points == 0
    assert nodes["out"].points == exercise.points["out"]
    assert slips(checked) == 1
    assert any(finding.check == "runs" for finding in checked.findings)


def test_without_it_everything_is_earned():
    checked = judged(EXERCISES["relu"], RELU.format(line="pass"))
    assert checked.deductions == 0
    assert all(node.verdict == "pass" for node in checked.nodes.values())


def test_a_counterexample_at_which_the_shown_rule_raises_is_told_so():
    exercise = EXERCISES["clinic_rows"]
    name = exercise.counterexample
    checked = judged(exercise, f"import numpy as np\ndef {name}():\n    return np.array([1.0, -2.0, 3.0])\n")
    assert "raises AxisError there" in checked.nodes["counterexample"].message
