"""A forward value that is an array where one number is due is one slip, and what follows from it earns."""

from __future__ import annotations

import pytest

from grader.report.report import Standing
from grader.report.wording import headline
from tests.grading.test_changed_line import graded

SQUARED = """def sq_err_grad(w, x, y):
    h = w * x
    r = y - h
    dr = 2*r
    dh = {dh}
    dy = dr
    dw = dh * x
    dx = dh * w
    return {returned}
"""
GRADIENTS = '{"dr": dr, "dh": dh, "dy": dy, "dw": dw, "dx": dx}'


def squared(returned, dh="-dr"):
    (exercise,) = graded(SQUARED.format(returned=returned, dh=dh), "sq_err_grad").exercises
    return exercise


def told(exercise):
    return [finding for finding in exercise.findings if finding.check == "forward values"]


@pytest.mark.parametrize("returned", [GRADIENTS, "locals()"])
def test_it_is_one_slip_at_the_value_and_the_rest_follows(returned):
    exercise = squared(returned)
    assert exercise.slips == 1
    assert headline(exercise).endswith("One slip, at the forward value h.")
    (finding,) = told(exercise)
    assert finding.argument == "h"
    assert "one number" in finding.message
    assert {node.standing for node in exercise.nodes} == {Standing.INHERITED}
    worth = next(node.max_points for node in exercise.nodes if node.name == "dh")
    assert exercise.score == exercise.max_score - worth


def test_a_second_slip_is_found_beside_it():
    exercise = squared(GRADIENTS, dh="dr")
    assert exercise.slips == 2
    assert [node.name for node in exercise.nodes if node.standing is Standing.ORIGIN] == ["dh"]


def test_its_hints_are_about_the_value():
    first = squared(GRADIENTS).hints[0]
    assert first.node == "h"
    assert "one number" in first.text


def test_through_a_sigmoid_too():
    text = """import numpy as np
def neg_log_sigmoid_grad(w, x):
    h1 = w*x
    h2 = 1/(1+np.exp(-h1))
    dl = -1
    dh2 = dl/h2
    dh1 = dh2*h2*(1-h2)
    dw = dh1*x
    dx = dh1*w
    return {"dl": dl, "dh2": dh2, "dh1": dh1, "dw": dw, "dx": dx}
"""
    (exercise,) = graded(text, "neg_log_sigmoid_grad").exercises
    assert exercise.slips == 1
    (finding,) = told(exercise)
    assert finding.argument == "h1"
    assert exercise.score > exercise.max_score / 2


def test_a_gradient_of_a_wrong_shape_alone_is_no_wrong_value():
    text = """def sq_err_grad(w, x, y):
    h = w @ x
    r = y - h
    dr = 2*r*w
    return {"dr": dr, "dh": -2*r, "dy": 2*r, "dw": -2*r*x, "dx": -2*r*w}
"""
    (exercise,) = graded(text, "sq_err_grad").exercises
    assert told(exercise) == []
    assert [node.name for node in exercise.nodes if node.standing is Standing.ORIGIN] == ["dr"]


def test_nor_is_the_gradient_of_the_value_itself():
    text = """def sq_err_grad(w, x, y):
    r = y - w @ x
    return {"dr": 2*r, "dh": -2*r*x, "dy": 2*r, "dw": -2*r*x, "dx": -2*r*w}
"""
    (exercise,) = graded(text, "sq_err_grad").exercises
    assert told(exercise) == []
    assert exercise.slips == 1
