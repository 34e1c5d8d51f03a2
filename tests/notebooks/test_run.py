"""What a notebook does when it is run: unfilled it runs to its end, solved it gets full marks, run anywhere."""

from __future__ import annotations

import json
import os

import nbformat
import pytest
from nbclient import NotebookClient

from grader.checks.seeds import SeedSource
from grader.exercise import WrittenExercise
from grader.grading import Grader
from grader.notebooks.build import as_text
from grader.report.report import Status
from grader.runner.inprocess import InProcessRunner
from grader.runner.worker_runner import Time
from grader.submission import read_submission
from tests.notebooks.shared import NAMES, ROOT, books, built, code
from tests.runner.levels import sealed


def graded(name, folder, runner, *, solved):
    """The report on the notebook as it is handed in."""
    path = folder / f"{name}.ipynb"
    path.write_text(as_text(built(name, solved=solved)), encoding="utf-8")
    book = books()[name]
    grader = Grader(book.assignment, {exercise.id: exercise for _, exercise in book.exercises})
    return grader.grade(read_submission(path), runner, SeedSource.practice())


def marked_by_hand(name):
    return {exercise.id for _, exercise in books()[name].exercises if isinstance(exercise, WrittenExercise)}


@pytest.mark.parametrize("name", NAMES)
def test_an_unfilled_notebook_runs_to_its_end_and_nothing_has_been_started(name, tmp_path):
    namespace = {}
    path = tmp_path / "unfilled.ipynb"
    path.write_text(as_text(built(name)), encoding="utf-8")
    for unit in read_submission(path).units:
        if unit.source.strip() != "check_all()":  # a process of its own: see the kernel below
            exec(compile(unit.source, unit.label, "exec"), namespace)
    runner = InProcessRunner()
    try:
        report = graded(name, tmp_path, runner, solved=False)
    finally:
        runner.close()
    begun = {e.id for e in report.exercises if e.status is not Status.NOT_STARTED}
    assert begun <= marked_by_hand(name)
    assert [n.message for n in report.notes] == []


def all_right(report, name):
    by_hand = marked_by_hand(name)
    for exercise in report.exercises:
        if exercise.id not in by_hand:
            assert exercise.passed, (exercise.id, exercise.reason, [n.message for n in exercise.nodes])
            assert exercise.score == pytest.approx(exercise.max_score)
    assert [n.message for n in report.notes] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_solved_notebook_gets_full_marks_in_process(name, tmp_path):
    runner = InProcessRunner()
    try:
        all_right(graded(name, tmp_path, runner, solved=True), name)
    finally:
        runner.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_solved_notebook_gets_full_marks_sealed(name, tmp_path):
    runner = sealed("A", limits=Time(10, 60))
    try:
        all_right(graded(name, tmp_path, runner, solved=True), name)
    finally:
        runner.close()


def executed(content, folder):
    """The notebook after a real kernel has run it, cell by cell."""
    node = nbformat.reads(as_text(content), as_version=4)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        NotebookClient(
            node, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return node


def checks(node):
    """What the check cells put out, as text."""
    return [
        json.dumps(cell["outputs"], ensure_ascii=False)
        for cell in code(node)
        if cell["source"].startswith("check(")
    ]


@pytest.mark.parametrize("name", ["n01-scalar-circuits"])
@pytest.mark.filterwarnings("ignore")
def test_a_real_kernel_runs_the_unfilled_notebook_to_its_end(name, tmp_path):
    node = executed(built(name), tmp_path)
    said = checks(node)
    assert len(said) == len([e for _, e in books()[name].exercises if not isinstance(e, WrittenExercise)])
    assert all("not started" in text for text in said)
    assert all(cell["execution_count"] for cell in code(node))


@pytest.mark.parametrize("name", ["n02-checking", "n09-space"])
@pytest.mark.filterwarnings("ignore")
def test_a_real_kernel_finds_the_solved_notebook_right(name, tmp_path):
    said = checks(executed(built(name, solved=True), tmp_path))
    assert len(said) == len(books()[name].exercises)
    for text in said:
        assert "not started" not in text
        assert "✗" not in text
        assert "✓" in text
