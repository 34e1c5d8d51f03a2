"""Real submissions, graded and then cut for their readers: no hidden number stands anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.findings import Verdict
from grader.report.redact import WITHHELD, redact
from grader.report.report import (
    Report,
    Standing,
)
from grader.report.schema import as_json, json_text
from tests.report.samples import (
    exp_wrong_forward,
    report,
    right,
)
from tests.report.test_redact import PRACTICE, one

SUBMISSION = """
import numpy as np


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w, x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def exp_gate_forward(x):
    return x**2 / 2 + x + 1, x


def exp_gate_backward(dout, x):
    return dout * (x + 1)


def product_of_sum(x, y, z):
    q = x + y
    dq = q
    return {"dx": dq, "dy": dq, "dq": dq, "dz": q}


circuit_answers = {"f": "1/0", "dx": "0,2"}
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Report:
    from grader.assignment import Assignment
    from grader.checks.seeds import SeedSource
    from grader.exercise_catalogue import exercises
    from grader.grading import Grader
    from grader.runner.inprocess import InProcessRunner
    from grader.submission import read_submission

    path: Path = tmp_path_factory.mktemp("redact") / "hw1.py"
    path.write_text(SUBMISSION, encoding="utf-8")
    known = exercises()
    names = ["affine", "exp_gate", "product_of_sum", "circuits_by_hand"]
    grader = Grader(Assignment.from_exercises({n: e.worth for n, e in known.items()}, names), known)
    runner = InProcessRunner()
    try:
        return grader.grade(read_submission(path), runner, SeedSource.practice(), student="s1")
    finally:
        runner.close()


def test_real_reports_hold_what_has_to_be_hidden(graded: Report) -> None:
    """The submission is of use to the tests below only while it is wrong in these ways."""
    affine, exp, circuit, answers = graded.exercises
    assert [d.id for d in affine.diagnoses] == ["missing-transpose"]
    assert [(n.name, n.standing) for n in exp.nodes if ", expected " in n.message][-1] == (
        "dx",
        Standing.INHERITED,
    )
    assert {n.standing for n in circuit.nodes} >= {Standing.ORIGIN, Standing.INHERITED}
    assert any(n.expected is not None and n.verdict is Verdict.FAIL for n in answers.nodes)


def _values(document: Any) -> Iterator[Any]:
    if isinstance(document, (dict, list)):
        for each in document.values() if isinstance(document, dict) else document:
            yield from _values(each)
    else:
        yield document


def test_no_hidden_number_stands_anywhere_in_a_real_report(graded: Report) -> None:
    """Neither as a number nor in words. What the student's own numbers are as well is no secret."""
    cut = redact(graded, PRACTICE, hints=2)
    for before, after in zip(graded.exercises, cut.exercises, strict=True):
        hidden = [
            n
            for n, m in zip(before.nodes, after.nodes, strict=True)
            if n.expected is not None and m.expected is None and n.verdict is Verdict.FAIL
        ]
        assert bool(hidden) == (before.id != "affine")
        values = list(_values(as_json(report(after))))
        mine = {node.got for node in after.nodes}
        for node in hidden:
            assert node.expected is not None
            assert node.expected in mine or node.expected not in values
            for digits in (4, 5, 6):
                written = f"{node.expected:.{digits}g}"
                if (
                    len(written.strip("-0.")) >= 4
                ):  # shorter ones are a slide's own numbers, in its picture too
                    assert not any(written in value for value in values if isinstance(value, str))


def test_a_real_mistake_is_recognised_without_being_named(graded: Report) -> None:
    cut = redact(graded, PRACTICE, hints=2)
    assert "transpose" not in json_text(cut)
    assert "transpose" in json_text(redact(graded, PRACTICE, hints=3))
    assert cut.exercises[0].diagnoses[0].title == WITHHELD


def test_a_right_node_of_a_layer_is_untouched() -> None:
    exercise = replace(exp_wrong_forward(), nodes=(right("out", 1.0),))
    assert one(exercise, PRACTICE).nodes == exercise.nodes
