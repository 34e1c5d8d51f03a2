"""What decides a report is in its hash; what is kept between submissions passes nothing from one to the next."""

from __future__ import annotations

import ast
import subprocess
import sys
from types import ModuleType

import pytest

from grader.batch.course import NOT_JUDGING, _judging, load_course
from grader.batch.taught import taught
from grader.checks.layer.truths import drawn_runs, make_own
from grader.gradebook.restore import report_of
from grader.report.schema import as_json
from grader.runner.inprocess import InProcessRunner
from grader.submission import read_submission
from tests.batch.classes import ASSIGNMENT as FIVE
from tests.batch.shared import ASSIGNMENT, ROOT, WRONG, assignment, put


def course(folder, text=ASSIGNMENT, key=b""):
    return load_course(assignment(folder, text), key)


def imported(file):
    """The modules that a file names in imports, wherever in it they stand."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"grader.{alias.name}" for alias in node.names if node.module == "grader")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


class TestInputs:
    def test_what_decides_a_report_changes_its_hash_and_the_rest_does_not(self, tmp_path):
        first = course(tmp_path)
        assert course(tmp_path, ASSIGNMENT.replace("One layer", "A layer")).judged_by == first.judged_by
        assert (
            course(tmp_path, ASSIGNMENT.replace("percent_a_day = 10", "percent_a_day = 5")).judged_by
            == first.judged_by
        )
        assert course(tmp_path, ASSIGNMENT + "points = 7\n").judged_by != first.judged_by
        assert course(tmp_path, ASSIGNMENT + "follow_through = false\n").judged_by != first.judged_by
        svm = ASSIGNMENT.replace('"relu"', '"svm_loss_naive"')
        assert course(tmp_path, svm + 'accept = ["half"]\n').judged_by != course(tmp_path, svm).judged_by

    def test_without_a_key_equal_files_are_equal_with_one_they_are_not(self, tmp_path):
        open_, keyed = course(tmp_path), course(tmp_path, key=b"k" * 32)
        assert open_.inputs("a", "ada", "1") == open_.inputs("a", "bob", "1") != open_.inputs("b", "ada", "1")
        assert len({keyed.inputs("a", who, n) for who in ("ada", "bob") for n in ("1", "2")}) == 4

    def test_personal_papers_are_never_shared(self, tmp_path):
        personal = course(tmp_path, ASSIGNMENT.replace('"relu"', '"circuits_by_hand"'))
        assert personal.inputs("a", "ada", "1") != personal.inputs("a", "bob", "1")

    def test_the_hash_covers_checks_mathematics_and_the_exercise_and_no_renderer(self, tmp_path):
        chosen = course(tmp_path).grader.exercises
        names = {str(path.relative_to(ROOT)) for path in (*_judging(), *taught(chosen))}
        assert {
            "grader/checks/layer/judge.py",
            "grader/grading.py",
            "exercises/activations/relu.py",
            "exercises/shared/drawing.py",  # which relu.py imports
        } <= names
        assert any(name.startswith("reference/") for name in names)
        assert "exercises/linear/affine.py" not in names
        assert not any(name.startswith(("grader/report/", "grader/batch/", "tests/")) for name in names)

    def test_what_judges_no_work_is_there_and_nothing_that_judges_imports_it(self):
        """A name that is out of date would make a change of wording grade every class anew, or hide a check."""
        assert {name for name in NOT_JUDGING if not (ROOT / "grader" / name).exists()} == set()
        left_out = {f"grader.{name.removesuffix('.py')}" for name in NOT_JUDGING}
        used = {
            (file.relative_to(ROOT).as_posix(), module)
            for file in _judging()
            for module in imported(file)
            if ".".join(module.split(".")[:2]) in left_out
        }
        types = {(file, module) for file, module in used if module == "grader.report.report"}
        front = {(file, module) for file, module in used if file == "grader/__init__.py"}
        writing = {(file, module) for file, module in used if file == "grader/exercise/solution.py"}
        assert used - types - front - writing == set()
        assert types
        assert front

    def test_what_a_courses_own_exercise_is_built_upon_is_in_its_hash(self, tmp_path, monkeypatch):
        for name, text in {
            "half.py": "from .base import BASE\nfrom dataclasses import replace\n"
            "HALF = replace(BASE, id='my_affine')\n",
            "base.py": "from exercises.linear.affine import AFFINE_EXERCISE as BASE\n",
            "test_notes.py": "this is no Python",
        }.items():
            put(tmp_path / "mine", **{name[:-3]: text})
        text = ASSIGNMENT.replace('"relu"', '"my_affine"').replace("One layer", "Mine")
        text = text.replace('version = "1"', 'version = "1"\nexercises_from = ["mine"]')
        made = course(tmp_path, text)
        files = taught(made.grader.exercises, made.assignment.exercises_from)
        names = {path.relative_to(ROOT).as_posix() for path in files}
        assert {"exercises/linear/affine.py", "exercises/shared/drawing.py"} <= names
        assert "exercises/activations/relu.py" not in names
        monkeypatch.setattr(
            "grader.batch.course.taught", lambda *_: files - {ROOT / "exercises/linear/affine.py"}
        )
        assert course(tmp_path, text + "# read anew\n").judged_by != made.judged_by

    def test_what_else_is_imported_in_the_process_does_not_change_the_hash(self, tmp_path, monkeypatch):
        made = course(tmp_path)
        before = taught(made.grader.exercises)
        stray = ModuleType("exercises.stray")
        stray.__file__ = str(ROOT / "exercises" / "affine.py")
        stray.RELU = made.grader.exercises["relu"]
        monkeypatch.setitem(sys.modules, "tests.stray", stray)
        assert taught(made.grader.exercises) == before

    def test_the_hash_is_the_same_in_another_process(self, tmp_path):
        path = assignment(tmp_path)
        code = "from pathlib import Path; from grader.batch.course import load_course\n"
        code += f"print(load_course(Path({str(path)!r})).judged_by)"
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert ran.stdout.strip() == load_course(path).judged_by


class TestKept:
    def graded(self, folder, made, text):
        (folder / "s.py").write_text(text)
        return made.grader.grade(read_submission(folder / "s.py"), InProcessRunner(), made.seeds("", "1"))

    def test_right_numbers_are_kept_and_nobody_can_change_them(self, tmp_path):
        made = course(tmp_path)
        exercise, seeds = made.grader.exercises["relu"], made.seeds("", "1")
        first = drawn_runs(exercise, seeds)
        for run in first:
            run.got["dx"] = "left behind"
            for value in (*run.inputs, *run.douts, *(e.value for e in run.expected.values())):
                with pytest.raises(ValueError, match="read-only"):
                    value[...] = 7
            make_own(run)
            for value in (*run.inputs, *run.douts, *(e.value for e in run.expected.values())):
                value[...] = 7
        second = drawn_runs(exercise, seeds)
        assert all(not run.got for run in second)
        assert not any(
            (value == 7).all() for run in second for value in (*run.inputs, *run.douts) if value.size
        )
        assert not any((e.value == 7).all() for run in second for e in run.expected.values() if e.value.size)

    def test_the_order_in_which_a_class_is_graded_changes_no_report(self, tmp_path):
        made = course(tmp_path, FIVE)
        spiteful = WRONG.replace("return np.maximum(0, x), x", "x[...] = 5\n    return np.maximum(0, x), x")
        alone = as_json(self.graded(tmp_path, made, WRONG))
        self.graded(tmp_path, made, spiteful)
        assert as_json(self.graded(tmp_path, made, WRONG)) == alone


def test_a_report_survives_the_gradebook_as_it_was(tmp_path):
    made = course(tmp_path, FIVE)
    (tmp_path / "s.py").write_text(WRONG + "\nprint('\\x1b[31m<script>\\ud800')\n", "utf-8", "surrogatepass")
    report = made.grader.grade(read_submission(tmp_path / "s.py"), InProcessRunner(), made.seeds("", "1"))
    plain = as_json(report)
    assert as_json(report_of(plain)) == plain
