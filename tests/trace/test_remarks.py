"""What is said beside a trace: ties and kinks, several results, which name was meant."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from grader import trace
from grader.cli import main


def shown(*arguments, columns=80):
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(
        main, ["trace", *arguments], prog_name="chainmark"
    )
    return " ".join((result.stdout + result.stderr).split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("max(x,y)", "x=3", "y=3"), "max(x, y) is at a tie: x and y are both 3"),
        (("max(0,x)", "x=0"), "max(0, x) is at a kink"),
        (("relu(x)", "x=0"), "is at a kink"),
    ],
)
def test_a_tie_and_a_kink_are_noted_with_what_was_chosen(arguments, said):
    text = shown(*arguments)
    assert said in text
    assert "one of several right choices" in text


@pytest.mark.parametrize("arguments", [("max(x,y)", "x=3", "y=2"), ("relu(x)", "x=1"), ("x*y", "x=0", "y=0")])
def test_where_there_is_a_derivative_nothing_is_noted(arguments):
    text = shown(*arguments)
    assert "kink" not in text
    assert "tie" not in text


def test_a_result_that_the_output_does_not_need_is_named():
    assert "The output is g, the last step; it does not use f." in shown("f=x*y; g=x+y", "x=1", "y=2")
    assert "does not use" not in shown("q=x+y; f=q*z", "x=1", "y=2", "z=3")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("sigmod(x)", "did you mean sigmoid?"),
        ("ln(x)", "did you mean log?"),
        ("Exp(x)", "did you mean exp?"),
        ("squre(x)", "did you mean square?"),
        ("sin(x)", "there are copy, exp, log"),
    ],
)
def test_an_unknown_function_is_answered_with_the_nearest(formula, said):
    text = shown(formula, "x=1")
    assert said in text
    assert ("there are" in text) == ("there are" in said)


def test_whole_numbers_are_written_as_in_the_formula():
    text = shown("max(0, x + 1)", "x=1")
    assert "max(0, shift1)" in text
    assert "0.0" not in text


def test_the_drawing_of_lanes_has_a_legend():
    wide = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
    values = ("w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3")
    legend = "○ an input, ● an operation; each line carries a value to where it is used"
    assert legend in shown(wide, *values)
    assert legend not in shown("x*y", "x=1", "y=2")
    assert legend not in shown(wide, *values, columns=200)


def test_a_notebook_notes_it_too():
    tied = trace("max(x, y)", x=3, y=3)
    assert "is at a tie" in tied._repr_html_()
    assert "is at a tie" in repr(tied)
    assert "is at a tie" not in trace("max(x, y)", x=3, y=2)._repr_html_()
