"""Answers by hand: rounding on the way is right, a classic mistake never is. Numbers are read off the questions."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from exercises.circuits.paper import CIRCUITS_BY_HAND
from exercises.shared.rounded import Range, carried, exact, one_minus, sigmoid
from tests.exercises.solutions import by_hand

PAPERS = 300
QUESTION_IDS = set(CIRCUITS_BY_HAND.points)


def paper(seed):
    return {question.id: question for question in CIRCUITS_BY_HAND.paper(np.random.default_rng(seed))}


def numbers(questions):
    """What a student reads: every `name = number` of both circuits."""
    found = {}
    for question in questions.values():
        for name, index, value in re.findall(r"\$([a-z])(?:_(\d))? = (-?[\d.]+)\$", question.text):
            found[name + index] = float(value)
    return found


def right(id, answer, questions):
    return questions[id].low <= answer <= questions[id].high


def keep(digits):
    return lambda v: float(f"{v:.{digits}g}")


KEEPING = {
    "two digits": keep(2),
    "three digits": keep(3),
    "four digits": keep(4),
    "six digits": keep(6),
    "two decimals": lambda v: round(v, 2),
    "three decimals": lambda v: round(v, 3),
    "everything": lambda v: v,
}


@pytest.mark.parametrize("kept", KEEPING)
def test_whoever_rounds_on_the_way_is_right(kept):
    for seed in range(PAPERS):
        questions = paper(seed)
        answers = by_hand(**numbers(questions), r=KEEPING[kept])
        assert [id for id, answer in answers.items() if not right(id, answer, questions)] == [], seed
        assert answers.keys() == QUESTION_IDS


def test_an_answer_is_right_in_float_and_rounded_to_the_end_only():
    for seed in range(PAPERS):
        for question in paper(seed).values():
            for digits in (2, 3, 4, 5):
                assert question.low <= keep(digits)(question.value) <= question.high
            assert question.low <= question.value <= question.high


def mistakes(x, y, z, u, v, w0, x0, w1, x1, w2):
    """(question, wrong answer) for the classic mistakes, with exact arithmetic otherwise."""
    q, m = x * y + z, max(u, v)
    win, lose = ("du", "dv") if u > v else ("dv", "du")
    g = 1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2)))
    slope = g * (1 - g)
    yield from (("f", -q * m), ("f", q * min(u, v)), ("dz", -m), ("dz", 1), ("dz", m * z), ("dz", min(u, v)))
    yield from (("dx", -m * y), ("dx", m * x), ("dx", m), ("dx", y))  # sign, not swapped, a factor forgotten
    yield from (("dy", -m * x), ("dy", m * y), ("dy", m), ("dy", x))
    yield from ((win, -q), (win, q * m), (win, 0), (win, q / 2), (win, 1))
    yield from ((lose, q), (lose, q / 2), (lose, -q), (lose, 1))  # to the wrong one, or to both
    yield from (("g", 1 - g), ("g", -g), ("ds", -slope), ("ds", g), ("ds", 1 - g), ("ds", 1))
    for id, factor, swapped in (("dw0", x0, w0), ("dx0", w0, x0), ("dw1", x1, w1)):
        yield from ((id, -slope * factor), (id, slope * swapped), (id, slope), (id, factor), (id, g * factor))
        yield id, (1 - g) * factor
    yield from (("dw2", -slope), ("dw2", 1), ("dw2", slope * w2), ("dw2", 0))


def test_no_classic_mistake_is_taken_for_a_right_answer():
    for seed in range(PAPERS):
        questions = paper(seed)
        read = numbers(questions)
        assert [(id, wrong) for id, wrong in mistakes(**read) if right(id, wrong, questions)] == [], seed


def test_ranges_are_narrow_and_answers_large_enough_for_two_decimals():
    for seed in range(PAPERS):
        for question in paper(seed).values():
            assert question.high - question.low <= 0.16 * abs(question.value)
            assert question.value == 0 or abs(question.value) >= 0.1


def test_each_student_has_a_paper_of_their_own_and_the_same_one_again():
    texts = {tuple(question.text for question in paper(seed).values()) for seed in range(50)}
    assert len(texts) == 50
    assert paper(3) == paper(3)


def test_the_lectures_twenty_hundredths_are_within_the_range_and_neighbours_are_not():
    g = sigmoid(exact(1.0))
    slope = g * one_minus(g)
    assert 0.20 in slope
    assert 0.1966 in slope
    assert 0.73 * 0.27 in slope
    assert 0.19 not in slope
    assert 0.21 not in slope


def test_rounding_widens_to_both_sides_of_a_tie_and_nothing_else():
    tie = carried(exact(0.125))
    assert tie.low == pytest.approx(0.12)
    assert tie.high == pytest.approx(0.13)
    assert carried(exact(-3.0)) == Range(pytest.approx(-3.0), pytest.approx(-3.0))
    assert carried(exact(0.0)) == Range(0.0, 0.0)
