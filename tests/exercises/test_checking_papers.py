"""Errors of differences and slips on slides, by hand: the papers, and the rules with a mistake in them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from exercises.bugs.slide_circuit import SLIDE_ROUNDED
from exercises.bugs.slide_training import SLIDE_PLUS_SIGN, SLIDE_SAME_GUARANTEES
from exercises.checking.steps_by_hand import KINKS_BY_HAND, STEP_SIZES
from grader.findings import Verdict
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_graded import graded

CHECKING = TEXTS["checking"]


def two_digits(v):
    return float(f"{v:.2g}")


def every_digit(v):
    return v


def number(pattern, text):
    return float(re.search(pattern, text)[1])


def paper(exercise, seed):
    return {question.id: question for question in exercise.paper(np.random.default_rng(seed))}


def kink_answers(q, r):
    a, h = number(r"x = ([\d.]+)\$", q["near"].text), number(r"h = ([\d.]+)\$", q["near"].text)
    leak = number(r"max\(([\d.]+)", q["leaky"].text)
    return {
        "at_zero": 0.5,
        "near": r((a + h) / (2 * h)),
        "error": r(1 - (a + h) / (2 * h)),
        "leaky": r((1 + leak) / 2),
        "abs": r(a / h),
        "safe": a,
        "units": number(r"^(\d+) ReLU", q["units"].text) * 0.001,
    }


def step_answers(q, r):
    h = number(r"h = ([\d.]+)\$", q["one_sided"].text)
    x, claimed = number(r"x = (\d+)\$", q["hides"].text), number(r"is \$([\d.]+)\$", q["hides"].text)
    tiny = 10.0 ** -number(r"10\^\{-(\d)\}\$$", q["rounding"].text)
    return {
        "one_sided": h,
        "central_square": 0,
        "central_cube": r(h * h),
        "hides": r(math.sqrt(claimed - 3 * x * x)),
        "rounding": r(1.49e-8 / (2 * tiny)),
        "balance": r((1.49e-8 / 2) ** (1 / 3)),
        "cancels": 2,
    }


def plus_answers(q, r):
    text = q["gradient"].text
    c, eta = number(r"frac\{(\d+)\}", text), number(r"eta = ([\d.]+)", text)
    start = number(r"start \$\\theta = (-?\d+)", text)
    up, down = r(start + r(eta * c * start)), r(start - r(eta * c * start))
    return {
        "gradient": c * start,
        "slide_step": up,
        "slide_loss": r(c / 2 * up * up),
        "right_step": down,
        "right_loss": r(c / 2 * down * down),
        "slide_ten": r(start * (1 + eta * c) ** 10),
        "right_ten": r(start * (1 - eta * c) ** 10),
    }


def guarantee_answers(q, r):
    text = q["full_step"].text
    a, b = number(r"a = (-?\d+)", text), number(r"b = (-?\d+)", text)
    eta, start = number(r"eta = ([\d.]+)", text), number(r"from \$\\theta = (-?\d+)", text)

    def in_the_end(rate):
        theta = 0.0
        for _ in range(200):
            theta -= rate * (theta - a)
            theta -= rate * (theta - b)
        return theta

    middle = (a + b) / 2
    return {
        "minimum": middle,
        "full_step": r(start - eta * (start - middle)),
        "leaves": r(middle + eta * (b - middle)),
        "cycle": r(in_the_end(eta)),
        "half_rate": r(in_the_end(eta / 2) - middle),
        "cost_full": 100 * number(r"of (\d+) samples", q["cost_full"].text),
        "cost_batch": 100 * number(r"minibatches of (\d+)", q["cost_batch"].text),
    }


def rounding_answers(q, r):
    slope = 1 / (1 + math.exp(-1)) * (1 - 1 / (1 + math.exp(-1)))
    w0 = number(r"w_0\$ becomes \$(-?\d+)", q["own"].text)
    return {
        "slope": round(slope, 4),
        "dx0": round(2 * slope, 4),
        "two_digits": 0.39,
        "percent": r(100 * (0.4 - 2 * slope) / (2 * slope)),
        "rel_error": r((0.4 - 2 * slope) / (0.4 + 2 * slope)),
        "own": r(abs(w0) * (0.2 - slope)),
        "own_percent": r(100 * (0.2 - slope) / slope),
    }


PAPERS = [
    (KINKS_BY_HAND, kink_answers),
    (STEP_SIZES, step_answers),
    (SLIDE_PLUS_SIGN, plus_answers),
    (SLIDE_SAME_GUARANTEES, guarantee_answers),
    (SLIDE_ROUNDED, rounding_answers),
]


@pytest.mark.parametrize(("exercise", "answers"), PAPERS, ids=lambda each: getattr(each, "id", ""))
@pytest.mark.parametrize("keep", [every_digit, two_digits])
def test_answers_worked_out_from_what_the_questions_say_are_right(exercise, answers, keep):
    for seed in range(100):
        questions = paper(exercise, seed)
        given = answers(questions, keep)
        assert given.keys() == questions.keys() == set(exercise.points)
        wrong = [(q, given[q.id]) for q in questions.values() if not q.low <= given[q.id] <= q.high]
        assert wrong == [], seed


@pytest.mark.parametrize(("exercise", "answers"), PAPERS, ids=lambda each: getattr(each, "id", ""))
def test_a_tenth_more_or_less_a_sign_or_a_factor_two_is_wrong(exercise, answers):
    for seed in range(50):
        questions = paper(exercise, seed)
        for id, right in answers(questions, every_digit).items():
            if right:
                for wrong in (1.1 * right, 0.9 * right, -right, 2 * right, right / 2):
                    assert not questions[id].low <= wrong <= questions[id].high, (seed, id, wrong)


def test_the_hand_computed_errors_are_what_differences_really_do():
    """The formulas of the papers against the machine: kinks, x³, the step that hides, rounding at 10⁸."""
    questions = paper(KINKS_BY_HAND, 4)
    told = kink_answers(questions, every_digit)
    a, h = told["safe"], number(r"h = ([\d.]+)\$", questions["near"].text)

    def central(f, x, step):
        return (f(x + step) - f(x - step)) / (2 * step)

    assert central(lambda v: max(0.0, v), a, h) == pytest.approx(told["near"])
    assert central(abs, a, h) == pytest.approx(told["abs"])
    assert central(lambda v: max(0.0, v), a, a) == pytest.approx(1)
    assert central(lambda v: max(0.0, v), a, 1.01 * a) < 1
    questions = paper(STEP_SIZES, 4)
    told = step_answers(questions, every_digit)
    x, claimed = (
        number(r"x = (\d+)\$", questions["hides"].text),
        number(r"is \$([\d.]+)\$", questions["hides"].text),
    )
    assert central(lambda v: v**3, x, told["hides"]) == pytest.approx(claimed)
    assert np.spacing(1e8) == pytest.approx(1.49e-8, rel=1e-3)
    worst = max(abs(central(lambda v: v**3 + 1e8, x, s) - 3 * x * x) for s in np.linspace(1e-7, 1.1e-7, 400))
    assert 0.2 < worst / (1.49e-8 / 2e-7) <= 1.01
    rng = np.random.default_rng(0)
    moved = rng.uniform(-1, 1, 200_000)
    assert np.mean(np.abs(moved) < 0.001) == pytest.approx(0.001, rel=0.2)


def test_the_slides_own_numbers_come_out():
    """0.2 × 2 = 0.4 where 0.393224 is right; the slope 0.196612. Source: CS231n, lecture 4."""
    given = rounding_answers(paper(SLIDE_ROUNDED, 0), every_digit)
    assert (given["slope"], given["dx0"]) == (0.1966, 0.3932)
    layer = BY_ID["slide_bias_weight"].layer
    w, x = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0, 1.0])
    assert layer.vjp((w, x), 1.0)["w"] == pytest.approx([-0.196612, -0.393224, 0.196612], abs=1e-6)


def test_the_shown_rules_are_right_only_where_the_lost_factors_are_1():
    bias, recap = BY_ID["slide_bias_weight"], BY_ID["slide_recap"]
    w, x = np.array([0.5, -1.0]), np.array([2.0, 1.0])
    assert np.allclose(bias.shown(1.0, w, x), bias.layer.vjp((w, x), 1.0)["w"])
    inputs = (0.5, 1.0, 1.0, 0.3, -2.0, 1.0)
    right = recap.layer.vjp(inputs, 1.0)
    assert np.allclose(recap.shown(1.0, *inputs), [right[name] for name in ("w1", "w2", "w3", "b")])
    inputs = (0.5, 1.0, 2.0, 0.3, -2.0, 1.0)
    right = recap.layer.vjp(inputs, 1.0)
    assert np.isclose(recap.shown(1.0, *inputs)[2], right["w3"]), (
        "the first gradient on the way back is right"
    )
    assert not np.isclose(recap.shown(1.0, *inputs)[1], right["w2"])


@pytest.mark.parametrize(
    ("id", "right", "wrong", "node"),
    [
        ("slide_bias_weight", "[0.5, 0.5, 0.5], [1, 1, 3]", "[0.5, 0.5, 0.5], [2, 3, 1]", "counterexample"),
        ("slide_bias_weight", "[0.5, 0.5, 0.5], [1, 1, 3]", "[], []", "counterexample"),
        ("slide_bias_weight", "[0.5, 0.5, 0.5], [1, 1, 3]", "[0.5, 0.5], [1, 1, 3]", "counterexample"),
        ("slide_bias_weight", 'bias_wrong_node = "dw"', 'bias_wrong_node = "dx"', "node"),
        ("slide_bias_weight", "x * (sig * (1 - sig) * df)", "x * (sig * (1 - sig))", "mended"),
        ("slide_recap", "1.0, 1.0, 0.0, 0.5, 2.0, 1.0", "0.5, 1.0, 1.0, 0.5, 2.0, 1.0", "counterexample"),
        ("slide_recap", 'recap_wrong_node = "dw2"', 'recap_wrong_node = "dw1"', "node"),
        ("slide_recap", "df1 = df2 * f2 * (1 - f2) * w2", "df1 = df2 * f2 * (1 - f2)", "mended"),
        ("slide_recap", "return db * x, dw2, dw3, db", "return db * x, dw2, dw3", "mended"),
    ],
)
def test_each_part_of_a_find_the_bug_is_judged_on_its_own(id, right, wrong, node):
    assert right in CHECKING
    checked = graded(BY_ID[id], CHECKING.replace(right, wrong))
    assert [name for name, result in checked.nodes.items() if result.verdict is Verdict.FAIL] == [node]
    assert checked.nodes[node].message


def test_a_counterexample_may_be_given_by_name():
    text = CHECKING.replace("return [0.5, 0.5, 0.5], [1, 1, 3]", 'return {"w": [0.5, 1], "x": [1, 3]}')
    assert graded(BY_ID["slide_bias_weight"], text).nodes["counterexample"].verdict is Verdict.PASS
