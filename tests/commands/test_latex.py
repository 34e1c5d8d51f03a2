"""Formulas as plain text."""

from __future__ import annotations

import re

import pytest

from grader.exercise import AnswersExercise
from grader.exercise_catalogue import exercises
from grader.latex import formula, plain


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{\partial f}{\partial x}", "∂f/∂x"),
        (r"\frac{a + b}{2h}", "(a + b)/(2h)"),
        (r"\tfrac12 x^2", "½ x²"),
        (r"\frac1N \sum_{n=1}^{N} L_n", "1/N Σₙ₌₁ᴺ Lₙ"),
        (r"\delta^{l-1} = (W^l)^\top \delta^l \odot g'(z^{l-1})", "δˡ⁻¹ = (Wˡ)ᵀ δˡ ⊙ g'(zˡ⁻¹)"),
        (r"e^{-x}", "e⁻ˣ"),
        (r"w_{ij}", "wᵢⱼ"),
        (r"S_{nc}", "S_nc"),
        (r"\sqrt{v + \varepsilon}", "√(v + ε)"),
        (r"\max(0, s_j - s_y + 1)", "max(0, sⱼ − s_y + 1)"),
        (r"\text{softmax loss of } S", "softmax loss of S"),
        (r"x \ne 0,\quad y \le 1", "x ≠ 0,   y ≤ 1"),
        (r"\hat x", "x̂"),
        (r"\bigl(a\bigr)", "(a)"),
        (r"\pm 1000", "±1000"),
        (
            r"\begin{cases}\text{dout}_i & x_i > 0\\ 0 & x_i < 0.\end{cases}",
            "{ doutᵢ if xᵢ > 0; 0 if xᵢ < 0.",
        ),
        (
            r"\begin{cases} 1 & \text{with chance } p\\ 0 & \text{else,} \end{cases}",
            "{ 1 with chance p; 0 else,",
        ),
        (r"\unknown{x}", "unknownx"),
        ("", ""),
        (r"\frac", "/"),
        (r"x^", "x^"),
        ("}{", ""),
    ],
)
def test_a_formula_reads_as_one_would_write_it(latex, text):
    assert formula(latex) == text


def test_code_and_money_are_left_alone():
    assert plain("`a_$x$` costs 3 dollars, $x_1$ does not") == "`a_$x$` costs 3 dollars, x₁ does not"


def test_a_displayed_formula_stands_on_lines_of_its_own():
    assert plain("so\n$$a = b$$\nthen").split() == ["so", "a", "=", "b", "then"]
    assert "\n\n    a = b\n\n" in plain("so\n$$a = b$$\nthen")


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda e: e.id)
def test_no_text_of_the_catalogue_keeps_a_command(exercise):
    text = exercise.text
    if isinstance(exercise, AnswersExercise):
        import numpy as np

        text += "\n\n" + "\n\n".join(question.text for question in exercise.paper(np.random.default_rng(0)))
    shown = re.sub(r"```.*?```|`[^`\n]*`", "", plain(text), flags=re.DOTALL)
    assert re.findall(r"\\[A-Za-z]+|\$", shown) == []
