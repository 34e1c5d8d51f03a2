"""Judging numbers that were worked out by hand, on a paper that each student has alone."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import AnswersExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.text import one_line
from grader.worker.steps import Returned, Variable

LONGEST = 200
TYPED = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "^": "**"})
"""How signs are typed, or pasted, and what Python calls them."""

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "ln": math.log,
    "sqrt": math.sqrt,
}
"""What a pocket calculator has keys for; the logarithm is the natural one, as everywhere here."""


def check_answers(exercise: AnswersExercise, runner: Runner, paper: SeedSource) -> Checked:
    """Each answer against its interval. `paper` belongs to assignment and student, not to the grading key."""
    checked = Checked()
    (outcome,) = runner.run([Variable(exercise.variable)])
    if not isinstance(outcome, Returned) or outcome.value is None:
        checked.not_started = f"{exercise.variable} is not defined"
        return checked
    given = outcome.value
    if not isinstance(given, dict):
        checked.fail("returns", f"{exercise.variable} must be a dictionary from question to number")
        given = {}
    elif all(value is None for value in given.values()):
        checked.not_started = f"{exercise.variable} holds no answer yet"
        return checked
    questions = exercise.paper(paper.rng(exercise.id))
    for question in questions:
        text = question.text
        if given.get(question.id) is None:
            checked.nodes[question.id] = NodeResult(
                question.id, Verdict.FAIL, Standing.ORIGIN, label=text, message="no answer"
            )
            continue
        value, trouble = number(given[question.id])
        right = not trouble and question.low <= value <= question.high
        middle, half = question.value, (question.high - question.low) / 2
        checked.nodes[question.id] = NodeResult(
            question.id,
            Verdict.PASS if right else Verdict.FAIL,
            Standing.CORRECT if right else Standing.ORIGIN,
            label=text,
            got=None if trouble else value,
            expected=middle,
            bound=half,
            message="" if right else trouble or _missed(value, question.low, question.high),
        )
    unknown = [str(key) for key in given if key not in {q.id for q in questions}]
    if unknown:
        listed = ", ".join(one_line(name, limit=30) for name in unknown[:5])
        checked.warn("answers", f"no question is called {listed}", exercise.variable)
    return checked


def _missed(value: float, low: float, high: float) -> str:
    """That it is another number, or how near it came: a sign and a percent sign are no matter of calculus."""
    if low <= -value <= high and not low <= 0 <= high:
        return f"{value:g} has the wrong sign"
    return f"{value:g} is not the number asked for"


def number(answer: Any) -> tuple[float, str]:
    """The value of an answer (a number, "-4 * 2", "0,20", "1/4", "50%", "log(2)"), or what is wrong with it."""
    if isinstance(answer, bool):
        return math.nan, "is True or False, not a number"
    if isinstance(answer, (int, float)):
        value = float(answer)
    elif hasattr(answer, "ndim") and answer.size == 1:
        value = float(answer.reshape(())[()])
    elif isinstance(answer, str):
        if len(answer) > LONGEST:
            return math.nan, "is too long for a number"
        text = answer.strip().translate(TYPED)
        if text.endswith("%"):
            text = f"({text[:-1]})/100"
        if "," in text and "." not in text:
            text = text.replace(",", ".")
        try:
            value = _value(ast.parse(text, mode="eval").body)
        except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
            return math.nan, f"{one_line(answer, limit=40)!r} is not a number"
    else:
        return math.nan, "is not a number"
    return (value, "") if math.isfinite(value) else (math.nan, "is not a finite number")


def _value(node: ast.expr) -> float:
    """Numbers, + - * /, signs, brackets, small whole powers, exp, log, sqrt and e. Raises ValueError."""
    if (
        isinstance(node, ast.Constant)
        and not isinstance(node.value, bool)
        and isinstance(node.value, int | float)
    ):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = _value(node.right)
        if power != int(power) or abs(power) > 20:
            raise ValueError("a power that nobody needs")
        return float(_value(node.left) ** int(power))
    match node:
        case ast.Call(func=ast.Name(id=name), args=[inside], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(inside))
    if isinstance(node, ast.Name) and node.id == "e":
        return math.e
    raise ValueError("not arithmetic")
