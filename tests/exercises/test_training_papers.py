"""Numbers by hand: the lecture's own come out, rounding on the way is right, and a classic mistake never is."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from exercises.training.unstable_gradients import UNSTABLE_GRADIENTS, edge, slope
from exercises.training.variance_by_hand import VARIANCE_BY_HAND

PAPERS = 200
KEEPING = {
    "two digits": lambda v: float(f"{v:.2g}"),
    "three digits": lambda v: float(f"{v:.3g}"),
    "five digits": lambda v: float(f"{v:.5g}"),
    "everything": lambda v: v,
}


def paper(exercise, seed):
    return {question.id: question for question in exercise.paper(np.random.default_rng(seed))}


def right(question, answer):
    return question.low <= answer <= question.high


def read(text, pattern):
    return float(re.search(pattern, text).group(1))


def unstable_by_hand(questions, r):
    """As a student works it out from the text alone, rounding every number on the way."""
    at = questions["factor"].text
    w, z = read(at, r"w = (-?[\d.]+)"), read(at, r"z = (-?[\d.]+)")
    k = int(read(questions["left"].text, r"\$(\d+)\$ layers"))
    large = read(questions["far"].text, r"w = (\d+)")
    far = read(questions["far"].text, r"z = ([\d.]+)")
    weights = int(read(questions["all"].text, r"all of \$(\d+)\$"))
    on = r(1 / (1 + math.exp(-z)))
    factor = r(r(on * r(1 - on)) * w)
    left = factor
    for _ in range(k - 1):
        left = r(left * factor)
    on = round(1 / (1 + math.exp(-far)), 4)
    share = max(r(math.erf(1 / math.sqrt(2))), 0.68)
    return {
        "slope": 0.25, "factor": factor, "left": left, "least": 4, "grown": r(r(large / 4) * r(large / 4)),
        "edge": round(math.log(large), 2) if large > 90 else round(edge(large), 1), "far": large * on * (1 - on),
        "share": share, "all": share**weights,
    }  # fmt: skip


def variance_by_hand(questions, r):
    at = questions["both"].text
    n = read(at, r"n = (\d+)")
    w, x = read(at, r"Var\}\(w\) = ([\d.]+)"), read(at, r"Var\}\(x\) = ([\d.]+)")
    mean_w, mean_x = read(at, r"\$w\$ of mean \$([\d.]+)"), read(at, r"\$x\$ of mean \$([\d.]+)")
    k = int(read(questions["layers"].text, r"after \$(\d)\$"))
    square_w, square_x = r(mean_w**2), r(mean_x**2)
    grown = r(n * w)
    layers = grown
    for _ in range(k - 1):
        layers = r(layers * grown)
    return {
        "law": r(r(n * w) * x),
        "shifted": r(r(n * w) * r(x + square_x)),
        "both": r(n * r(r(w * r(x + square_x)) + r(x * square_w))),
        "dependent": r(r(2 * n * x) * x),
        "keep": r(1 / n),
        "layers": layers,
        "deviation": 0.1,
    }


BY_HAND = {
    "unstable": (UNSTABLE_GRADIENTS, unstable_by_hand),
    "variance": (VARIANCE_BY_HAND, variance_by_hand),
}


@pytest.mark.parametrize("which", BY_HAND)
@pytest.mark.parametrize("kept", KEEPING)
def test_whoever_rounds_on_the_way_is_right(which, kept):
    exercise, by_hand = BY_HAND[which]
    for seed in range(PAPERS):
        questions = paper(exercise, seed)
        answers = by_hand(questions, KEEPING[kept])
        assert answers.keys() == questions.keys() == set(exercise.points)
        assert [id for id, answer in answers.items() if not right(questions[id], answer)] == [], seed


def unstable_mistakes(questions):
    at = questions["factor"].text
    w, z = read(at, r"w = (-?[\d.]+)"), read(at, r"z = (-?[\d.]+)")
    k = int(read(questions["left"].text, r"\$(\d+)\$ layers"))
    large, far = read(questions["far"].text, r"w = (\d+)"), read(questions["far"].text, r"z = ([\d.]+)")
    weights = int(read(questions["all"].text, r"all of \$(\d+)\$"))
    on = 1 / (1 + math.exp(-z))
    for wrong in (slope(z), w * on, w / 4, w, -w * slope(z), w * (1 - on)):
        yield "factor", wrong
    for wrong in (w * slope(z) * k, (w * slope(z)) ** (k - 1), (w * slope(z)) ** (k + 1), w * slope(z) ** k):
        yield "left", wrong
    yield from (("slope", 0.5), ("slope", 1.0), ("slope", 0.2), ("least", 1.0), ("least", 0.25))
    yield from (("grown", large**2), ("grown", large / 4), ("grown", large / 2), ("grown", large))
    yield from (("edge", large), ("edge", 4.0), ("edge", 5.0), ("edge", math.log(large) / 2))
    yield from (
        ("far", large),
        ("far", large / 4),
        ("far", slope(far)),
        ("far", large / (1 + math.exp(-far))),
    )
    yield from (("share", 1.0), ("share", 0.95), ("share", 0.5), ("share", 0.84), ("share", 0.34))
    yield from (
        ("all", 1.0),
        ("all", 0.683),
        ("all", 0.683 * weights),
        ("all", 0.95**weights),
        ("all", 0.5**weights),
    )


def variance_mistakes(questions):
    at = questions["both"].text
    n, w, x = read(at, r"n = (\d+)"), read(at, r"Var\}\(w\) = ([\d.]+)"), read(at, r"Var\}\(x\) = ([\d.]+)")
    mw, mx = read(at, r"\$w\$ of mean \$([\d.]+)"), read(at, r"\$x\$ of mean \$([\d.]+)")
    k = int(read(questions["layers"].text, r"after \$(\d)\$"))
    yield from (("law", w * x), ("law", n * n * w * x), ("law", n * (w + x)), ("law", n * (w * x) ** 2))
    law = n * w * x
    for wrong in (law, law + n * mx**2, n * w * mx**2, n * w * (x + mx), w * (x + mx**2)):
        yield "shifted", wrong
    for wrong in (law, n * w * (x + mx**2), n * (w + mw**2) * (x + mx**2), n * (w * x + (mw * mx) ** 2)):
        yield "both", wrong
    yield from (
        ("dependent", n * x * x),
        ("dependent", 3 * n * x * x),
        ("dependent", n * x),
        ("dependent", n * n * x * x),
    )
    yield from (("keep", 1.0), ("keep", 2 / n), ("keep", 1 / math.sqrt(n)), ("keep", float(n)))
    yield from (
        ("layers", n * w),
        ("layers", k * n * w),
        ("layers", n * w**k),
        ("layers", (n * w) ** (k - 1)),
    )
    yield from (("deviation", 0.01), ("deviation", 0.0001))


MISTAKES = {
    "unstable": (UNSTABLE_GRADIENTS, unstable_mistakes),
    "variance": (VARIANCE_BY_HAND, variance_mistakes),
}


@pytest.mark.parametrize("which", MISTAKES)
def test_no_classic_mistake_is_taken_for_a_right_answer(which):
    exercise, mistakes = MISTAKES[which]
    for seed in range(PAPERS):
        questions = paper(exercise, seed)
        found = list(mistakes(questions))
        assert {id for id, _ in found} == set(questions)
        assert [(id, wrong) for id, wrong in found if right(questions[id], wrong)] == [], seed


@pytest.mark.parametrize("exercise", [UNSTABLE_GRADIENTS, VARIANCE_BY_HAND], ids=lambda e: e.id)
def test_each_student_has_a_paper_of_their_own_and_the_same_one_again(exercise):
    texts = {tuple(q.text for q in paper(exercise, seed).values()) for seed in range(30)}
    assert len(texts) >= 28
    assert paper(exercise, 3) == paper(exercise, 3)


def test_the_lectures_numbers_come_out():
    """w = 100 explodes only for |z| < 4.585, where σ' is above 0.01; |w| < 1 has probability 0.683, not 1."""
    assert edge(100) == pytest.approx(4.585, abs=5e-4)
    assert 100 * slope(edge(100)) == pytest.approx(1)
    assert slope(0) == 0.25
    assert paper(UNSTABLE_GRADIENTS, 0)["share"].value == pytest.approx(0.6827, abs=5e-5)
    rng = np.random.default_rng(0)
    assert np.mean(np.abs(rng.normal(size=100_000)) < 1) == pytest.approx(0.683, abs=0.005)
