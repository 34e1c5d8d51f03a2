"""What each reader may see of a report: field by field, and on reports of real submissions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from grader.findings import Finding, Verdict
from grader.report.redact import HIDING_KINDS, NAMES_FROM, WITHHELD, redact
from grader.report.report import (
    Diagnosis,
    ExerciseReport,
    Hint,
    NodeReport,
    PictureNode,
    Place,
    Reader,
    Report,
    Seed,
    Standing,
)
from grader.report.schema import json_text
from tests.report.samples import (
    affine_without_transpose,
    exp_wrong_forward,
    paper,
    report,
    samples,
    sigmoid_circuit,
    ungraded,
)

PRACTICE, CLOSED, STAFF = Reader.PRACTICE, Reader.CLOSED, Reader.STAFF


def one(exercise: ExerciseReport, reader: Reader, hints: int = 1) -> ExerciseReport:
    """The exercise as the reader sees it."""
    (found,) = redact(report(exercise), reader, hints=hints).exercises
    return found


# --- every field of every data type: who sees what

ALL = (PRACTICE, CLOSED, STAFF)
CUT: dict[type, dict[str, tuple[Reader, ...]]] = {
    Report: {"reader": (), "exercises": ()},
    ExerciseReport: {
        "nodes": (CLOSED, STAFF),
        "findings": (CLOSED, STAFF),
        "diagnoses": (CLOSED, STAFF),
        "hints": (STAFF,),
        "hints_left": (STAFF,),
        "output": (STAFF,),
    },
    NodeReport: dict.fromkeys(("expected", "bound", "message"), (CLOSED, STAFF)),
    Finding: dict.fromkeys(("expected", "bound", "message"), (CLOSED, STAFF)),
    Diagnosis: dict.fromkeys(("id", "title", "evidence"), (CLOSED, STAFF)),
    Place: {},
    Hint: {},
    PictureNode: {},
    Seed: {},
}
"""Who sees a field unchanged; a field that is not here is unchanged for everybody."""


def full() -> Report:
    """A report in which nothing is left at its default, and everything that may be cut is cut for somebody."""
    node = replace(exp_wrong_forward().nodes[1], label="exp")
    finding = Finding(
        "own forward",
        Verdict.WARN,
        "dx[0] = 1, expected 2 (±2e-07); all wrong",
        "dx",
        (0,),
        1.0,
        2.0,
        2e-7,
        "generic",
        "cell 12, line 4",
    )
    exercise = replace(
        affine_without_transpose(),
        nodes=(node,),
        findings=(finding,),
        hints_left=2,
        reason="a reason",
        provisional=True,
        example_code="x = 2.0\nprint(x)",
    )
    return report(exercise, notes=(replace(finding, argument="dx"),), seed=Seed("grading", "0f1e2d3c4b5a"))


PARTS: dict[type, Callable[[Report], Any]] = {
    Report: lambda r: r,
    Seed: lambda r: r.seed,
    ExerciseReport: lambda r: r.exercises[0],
    NodeReport: lambda r: r.exercises[0].nodes[0],
    Finding: lambda r: r.exercises[0].findings[0],
    Diagnosis: lambda r: r.exercises[0].diagnoses[0],
    Place: lambda r: r.exercises[0].places[1],
    Hint: lambda r: r.exercises[0].hints[0],
    PictureNode: lambda r: r.exercises[0].picture[0],
}


EVERY_FIELD = [(kind, field.name) for kind in PARTS for field in fields(kind)]


@pytest.mark.parametrize(("kind", "field"), EVERY_FIELD)
@pytest.mark.parametrize("reader", ALL)
def test_every_field_is_changed_for_those_readers_alone_who_may_not_see_it(
    kind: type, field: str, reader: Reader
) -> None:
    before = getattr(PARTS[kind](full()), field)
    after = getattr(PARTS[kind](redact(full(), reader, hints=1)), field)
    if kind is Report and field == "exercises":
        return  # each of its own fields is held to the same
    if kind is Report and field == "reader":
        assert after is reader
    elif reader in CUT[kind].get(field, ALL):
        assert after == before
    else:
        assert after != before


@pytest.mark.parametrize(("kind", "field"), EVERY_FIELD)
def test_the_report_for_that_test_leaves_no_field_empty(kind: type, field: str) -> None:
    """A field at its default could be taken away without anybody noticing."""
    value = getattr(PARTS[kind](full()), field)
    if (kind, field) not in {(PictureNode, "inputs")}:  # a leaf has none
        assert value not in (None, "", ())


def test_every_data_type_of_a_report_is_covered() -> None:
    import grader.report.report as module

    known = {each for each in vars(module).values() if isinstance(each, type) and is_dataclass(each)}
    assert known == set(PARTS) == set(CUT)


# --- numbers


def test_in_practice_an_inherited_node_shows_the_students_numbers_and_never_the_right_ones() -> None:
    _, dx = one(exp_wrong_forward(), PRACTICE).nodes
    assert (dx.index, dx.got, dx.expected, dx.bound) == ((0, 2), 1.51, None, None)
    assert dx.message == "dx[0, 2] = 1.51; 6 of 6 entries are wrong"


def test_in_practice_the_origin_of_a_mistake_in_a_layer_keeps_what_was_expected() -> None:
    before = exp_wrong_forward().nodes[0]
    assert one(exp_wrong_forward(), PRACTICE).nodes[0] == before


@pytest.mark.parametrize("exercise", [sigmoid_circuit(), paper()], ids=lambda e: str(e.kind))
def test_in_practice_no_node_of_a_graph_or_a_paper_says_what_is_expected(exercise: ExerciseReport) -> None:
    after = one(exercise, PRACTICE)
    assert [n.got for n in after.nodes] == [n.got for n in exercise.nodes]
    assert all(n.expected is None and n.bound is None for n in after.nodes)
    assert [n.message for n in after.nodes] == [n.message for n in exercise.nodes]


def test_the_kinds_that_hide_their_numbers_exist() -> None:
    from grader.exercise.kinds import AnswersExercise, GraphExercise

    assert {AnswersExercise.kind, GraphExercise.kind} == HIDING_KINDS


def test_findings_hide_what_their_node_hides() -> None:
    told = Finding("own forward", Verdict.FAIL, "dx[0] = 1, expected 2 (±2e-07)", "dx", (0,), 1.0, 2.0, 2e-7)
    other = replace(told, argument="out")
    first, second = one(replace(exp_wrong_forward(), findings=(told, other)), PRACTICE).findings
    assert (first.message, first.got, first.expected, first.bound) == ("dx[0] = 1", 1.0, None, None)
    assert second == other
    (first,) = one(replace(sigmoid_circuit(), findings=(other,)), PRACTICE).findings
    assert (first.message, first.expected, first.bound) == ("dx[0] = 1", None, None)


@pytest.mark.parametrize("right_one", [2.5, -1e-9, 0.0, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_what_is_cut_out_of_a_message_is_what_compare_puts_in(
    right_one: float, shape: tuple[int, ...]
) -> None:
    """The words are made in grader.checks.compare; here they are only taken out again."""
    from grader.checks.compare import Expected, compare

    value = np.full(shape, right_one)
    bound = np.full(shape, 1e-7)
    found = compare("dx", np.full(shape, 7.25), Expected(value, bound, bound, value, value))
    assert ", expected " in found.message
    node = NodeReport(
        "dx",
        found.verdict,
        Standing.INHERITED,
        0.0,
        0.0,
        1.0,
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=found.bound,
        message=found.message,
    )
    (after,) = one(replace(exp_wrong_forward(), nodes=(node,)), PRACTICE).nodes
    many = "; 6 of 6 entries are wrong" if shape == (2, 3) else ""
    at = f"[{', '.join('0' for _ in shape)}]" if shape else ""
    assert after.message == f"dx{at} = 7.25{many}"


def test_a_message_about_shapes_is_left_alone() -> None:
    said = "dx is of shape (3, 2); expected x's shape (N, D) = (2, 3)"
    node = replace(
        exp_wrong_forward().nodes[1], index=None, got=None, expected=None, bound=None, message=said
    )
    assert one(replace(exp_wrong_forward(), nodes=(node,)), PRACTICE).nodes[0].message == said


# --- names of mistakes


@pytest.mark.parametrize("hints", range(NAMES_FROM))
def test_a_name_that_tells_is_withheld_until_hint_3(hints: int) -> None:
    (diagnosis,) = one(affine_without_transpose(), PRACTICE, hints).diagnoses
    assert (diagnosis.id, diagnosis.title, diagnosis.node) == ("", WITHHELD, "dx")
    assert diagnosis.evidence == "dx has the very numbers of a known mistake; its name comes with hint 3"
    assert "transpose" not in json_text(redact(report(affine_without_transpose()), PRACTICE, hints=hints))


@pytest.mark.parametrize(
    ("reader", "hints"), [(PRACTICE, NAMES_FROM), (PRACTICE, 9), (CLOSED, 0), (STAFF, 0)]
)
def test_a_name_is_said_from_hint_3_on_and_after_closing(reader: Reader, hints: int) -> None:
    exercise = affine_without_transpose()
    assert one(exercise, reader, hints).diagnoses == exercise.diagnoses


def test_a_name_that_does_not_tell_is_said_at_once() -> None:
    assert one(sigmoid_circuit(), PRACTICE, 0).diagnoses == sigmoid_circuit().diagnoses


# --- hints and output


@pytest.mark.parametrize("reader", [PRACTICE, CLOSED])
@pytest.mark.parametrize(("hints", "shown", "left"), [(0, 0, 3), (1, 1, 2), (3, 3, 0), (9, 3, 0)])
def test_hints_are_cut_to_the_degree_and_the_rest_is_counted(
    reader: Reader, hints: int, shown: int, left: int
) -> None:
    exercise = affine_without_transpose()
    after = one(exercise, reader, hints)
    assert (after.hints, after.hints_left) == (exercise.hints[:shown], left)


def test_staff_see_everything() -> None:
    for each in samples().values():
        assert redact(each, STAFF, hints=0) == each


@pytest.mark.parametrize("reader", [PRACTICE, CLOSED])
def test_students_see_what_was_printed_on_public_inputs_alone(reader: Reader) -> None:
    """On inputs from a key a program could print what nobody is to know."""
    shown = report(affine_without_transpose())
    assert redact(shown, reader, hints=0).exercises[0].output
    keyed = report(affine_without_transpose(), seed=Seed("grading", "0f1e2d3c4b5a"))
    assert redact(keyed, reader, hints=0).exercises[0].output == ""


@pytest.mark.parametrize("reader", [PRACTICE, CLOSED])
def test_students_never_see_where_in_us_the_grader_failed(reader: Reader) -> None:
    assert ungraded().output
    assert redact(report(ungraded()), reader, hints=0).exercises[0].output == ""


def test_a_negative_degree_of_hints_is_refused() -> None:
    """As an end of a slice it would show hints from the back."""
    with pytest.raises(ValueError, match="hints must be 0 or more, got -1"):
        redact(report(), PRACTICE, hints=-1)


# --- marks, and redacting again


@pytest.mark.parametrize("name", samples())
@pytest.mark.parametrize("reader", ALL)
def test_marks_and_verdicts_are_the_same_for_everybody(name: str, reader: Reader) -> None:
    before = samples()[name]
    after = redact(before, reader, hints=1)
    for field in ("score", "strict_score", "max_score", "provisional", "exit_code"):
        assert getattr(after, field) == getattr(before, field)
    assert [e.passed for e in after.exercises] == [e.passed for e in before.exercises]


@pytest.mark.parametrize("name", [n for n in samples() if n != "inconclusive"])  # nan is not itself
@pytest.mark.parametrize("reader", ALL)
def test_redacting_twice_is_redacting_once(name: str, reader: Reader) -> None:
    once = redact(samples()[name], reader, hints=1)
    assert redact(once, reader, hints=1) == once
    assert redact(redact(samples()[name], CLOSED, hints=2), PRACTICE, hints=1) == redact(
        samples()[name], PRACTICE, hints=1
    )


@pytest.mark.parametrize(("made", "wanted"), [(PRACTICE, CLOSED), (PRACTICE, STAFF), (CLOSED, STAFF)])
def test_a_redacted_report_cannot_pass_for_a_fuller_one(made: Reader, wanted: Reader) -> None:
    cut = redact(report(affine_without_transpose()), made, hints=1)
    with pytest.raises(ValueError, match=f"made for {made.value}; what {wanted.value} may see is gone"):
        redact(cut, wanted, hints=9)
