"""`chainmark check` from outside: what it prints, its exit codes, and one clear line for bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from tests.commands.shared import RIGHT, ROOT, WRONG, here, notebook, really


@pytest.fixture
def right(tmp_path):
    path = tmp_path / "right.py"
    path.write_text(RIGHT)
    return path


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(WRONG)
    return path


def one_line_of_complaint(result):
    code, out, err = result
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("chainmark check: ")
    return err


class TestExitCodes:
    def test_everything_right_is_0(self, right):
        assert here(right)[0] == 0

    def test_something_wrong_is_1(self, wrong):
        code, out, _ = here(wrong)
        assert code == 1
        assert "1 of 3 points. One slip, at dx; it costs dx only." in out

    def test_not_started_is_1(self, tmp_path):
        path = tmp_path / "a.py"
        path.write_text(
            RIGHT + "\ndef sigmoid_forward(x):\n    pass\n\ndef sigmoid_backward(dout, cache):\n    pass\n"
        )
        code, out, _ = here(path)
        assert code == 1
        assert "sigmoid" in out
        assert "not started: returns None" in out

    def test_what_waits_for_a_person_is_no_failure(self, right):
        code, out, _ = here(right, "relu", "why_gradients_add")
        assert code == 0
        assert "to be marked by a person" in out

    def test_an_error_of_our_own_is_3_and_costs_no_marks(self, right, monkeypatch):
        from grader import grading

        def broken(*_, **__):
            raise RuntimeError("ours")

        monkeypatch.setattr(grading, "check_as_accepted", broken)
        code, out, _ = here(right)
        assert code == 3
        assert "could not be graded, which costs nothing" in out
        assert "0 of 0 points" in out


class TestSubmissions:
    def test_a_notebook_names_cell_and_line(self, tmp_path):
        path = notebook(
            tmp_path / "hw.ipynb",
            "import numpy as np",
            "x = 1",
            WRONG.replace("dout * (dout", "dout / no * (dout"),
        )
        out = " ".join(here(path)[1].split())
        assert "Cell 3, line 7" in out
        assert "name 'no' is not defined" in out

    def test_a_zip_and_a_folder_are_read_whole(self, tmp_path, right):
        import zipfile

        with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
            archive.writestr("hw/layers.py", RIGHT)
        assert here(tmp_path / "hw.zip")[0] == 0
        assert here(right.parent, "relu")[0] == 0

    def test_an_exercise_of_which_only_a_part_is_there_is_not_passed_over(self, tmp_path):
        path = tmp_path / "a.py"
        path.write_text(RIGHT + "\ndef sigmoid_backward(dout, cache):\n    return dout\n")
        code, out, _ = here(path)
        assert code == 1
        assert "sigmoid_forward was not found" in " ".join(out.split())

    @pytest.mark.parametrize(
        "text",
        [
            "def relu_forward(x)\n    return x\n" + RIGHT[RIGHT.index("def relu_backward") :],
            RIGHT.replace("def relu_forward(x):\n    return", "if True:\n    def relu_forward(x): return"),
            "import numpy as np\nrelu_forward = lambda x: (np.maximum(0, x), x)\n",
        ],
    )
    def test_nor_one_that_is_broken_or_defined_in_another_way(self, tmp_path, text):
        path = tmp_path / "a.py"
        path.write_text(text)
        assert "relu" in here(path)[1]

    def test_feedback_is_not_read_as_homework_the_next_time(self, tmp_path):
        notebook(tmp_path / "hw.ipynb", WRONG)
        for _ in range(2):
            code, out, _ = here(tmp_path, "--feedback", tmp_path)
            assert code == 1
            assert "defined" not in out
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "hw.feedback.html",
            "hw.feedback.ipynb",
            "hw.ipynb",
        ]

    def test_the_last_of_several_definitions_counts_and_that_is_said(self, tmp_path):
        path = notebook(tmp_path / "hw.ipynb", WRONG, RIGHT)
        code, out, _ = here(path)
        assert code == 0
        assert "relu_backward is defined 2 times" in out

    def test_a_training_loop_is_not_run(self, tmp_path):
        path = notebook(tmp_path / "hw.ipynb", RIGHT, "while True:\n    pass")
        assert here(path)[0] == 0

    def test_a_check_call_in_the_notebook_does_nothing(self, tmp_path):
        path = notebook(tmp_path / "hw.ipynb", "from grader import check", RIGHT, 'check("relu")')
        assert here(path)[0] == 0

    def test_a_module_that_is_not_there_is_named_only_when_it_is_used(self, tmp_path):
        head = "import torch\nfrom .layer_utils import *\nimport matplotlib.pyplot as plt\n"
        path = tmp_path / "a.py"
        path.write_text(head + RIGHT)
        assert here(path)[0] == 0
        path.write_text(head + RIGHT.replace("dout * (cache > 0)", "torch.mul(dout, cache > 0)"))
        out = " ".join(here(path)[1].split())
        assert "torch" in out
        assert "is not available in grading" in out

    def test_a_syntax_error_costs_its_cell_and_no_other(self, tmp_path):
        path = notebook(tmp_path / "hw.ipynb", RIGHT, "def broken(:\n    pass")
        code, out, _ = here(path)
        assert code == 0
        assert "syntax error: Cell 2, line 1" in out


class TestRunners:
    def assignment(self, tmp_path, **head):
        lines = "\n".join(f"{key} = {value}" for key, value in head.items())
        path = tmp_path / "assignment.toml"
        path.write_text(
            f'[assignment]\nid = "hw"\ntitle = "T"\nversion = "1"\n{lines}\n[limits]\ncpu_seconds = 1\n'
            'wall_seconds = 5\n[[exercises]]\nid = "relu"\n'
        )
        return path

    def test_the_assignments_limits_end_a_loop(self, tmp_path):
        path = tmp_path / "a.py"
        path.write_text(RIGHT.replace("    return dout", "    while True: pass\n    return dout"))
        start = time.monotonic()
        ran = really("check", path, "-a", self.assignment(tmp_path))
        assert ran.returncode == 1
        assert "did not end within" in " ".join(ran.stdout.split())
        assert time.monotonic() - start < 20

    def test_an_allowed_module_that_is_not_there_is_one_clear_line(self, tmp_path, right):
        ran = really("check", right, "-a", self.assignment(tmp_path, allowed_modules='["no_such_module"]'))
        assert ran.returncode == 2
        assert ran.stderr.count("\n") == 1
        assert "cannot import no_such_module" in ran.stderr

    def test_an_allowed_module_can_be_used(self, tmp_path):
        path = tmp_path / "a.py"
        used = "np.maximum(0 * len(sqlite3.apilevel), x)"
        path.write_text("import sqlite3\n" + RIGHT.replace("np.maximum(0, x)", used))
        assert really("check", path).returncode == 1
        ran = really("check", path, "-a", self.assignment(tmp_path, allowed_modules='["sqlite3"]'))
        assert ran.returncode == 0, ran.stdout

    def test_strangers_work_is_not_graded_where_nothing_holds_it(self, tmp_path, right, monkeypatch):
        from click.testing import CliRunner

        import grader.sandbox.level as level
        from grader.cli import main

        weak = level._nothing("for this test")
        monkeypatch.setattr(level, "probe", lambda: weak)
        key = tmp_path / "key"
        key.write_text("correct horse battery staple")
        command = ["check", str(right), "--key", str(key), "--student", "s1"]
        refused = CliRunner().invoke(main, command, prog_name="chainmark")
        assert refused.exit_code == 2
        assert "--allow-weak-sandbox" in refused.stderr
        assert CliRunner().invoke(main, ["check", str(right)], prog_name="chainmark").exit_code == 0
        assert (
            CliRunner().invoke(main, [*command, "--allow-weak-sandbox"], prog_name="chainmark").exit_code == 0
        )


class TestAssignment:
    def text(self, **entry):
        lines = "\n".join(f"{key} = {value}" for key, value in entry.items())
        return f'[assignment]\nid = "hw"\ntitle = "Homework"\nversion = "2"\n[[exercises]]\nid = "relu"\n{lines}\n'

    def test_points_and_names_are_the_assignments_own(self, tmp_path):
        (tmp_path / "assignment.toml").write_text(
            self.text(points=30, functions='{ relu_forward = "my_forward", relu_backward = "my_backward" }')
        )
        path = tmp_path / "a.py"
        path.write_text(WRONG.replace("relu_", "my_"))
        code, out, _ = here(path, "--assignment", tmp_path)
        assert code == 1
        assert "10 of 30 points" in out
        assert "Homework 2" in out

    def test_a_courses_own_exercise_is_graded_like_ours(self, tmp_path):
        folder = tmp_path / "own"
        folder.mkdir()
        (folder / "cube.py").write_text(
            "from grader.exercise import GraphExercise\nfrom reference.formula import formula_graph\n"
            'CUBE = GraphExercise(id="cube_own", title="Cube", text="", graph=formula_graph("q = x**2; f = q*x"),'
            ' function="cube", points={"dq": 1, "dx": 1})\n'
        )
        text = self.text() + '[[exercises]]\nid = "cube_own"\n'
        (tmp_path / "assignment.toml").write_text(
            text.replace('version = "2"', 'version = "2"\nexercises_from = ["own"]')
        )
        path = tmp_path / "a.py"
        path.write_text(
            RIGHT + "def cube(x):\n    q = x**2\n    dq = x\n    dx = 2*x*dq + q\n    return locals()\n"
        )
        code, out, _ = here(path, "-a", tmp_path, "-v")
        assert code == 0
        assert "cube_own" in out


class TestOutput:
    def test_json_is_the_published_report(self, wrong):
        code, out, _ = here(wrong, "--json")
        report = json.loads(out)
        assert code == report["exit_code"] == 1
        assert report["schema"] == "chainmark/report/3"
        (exercise,) = report["exercises"]
        assert [node["verdict"] for node in exercise["nodes"]] == ["pass", "fail"]

    def test_a_page_is_written_whole(self, wrong, tmp_path):
        here(wrong, "--html", tmp_path / "page.html")
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert page.lstrip().lower().startswith("<!doctype html>")
        assert "<script" not in page
        assert "relu" in page

    def test_feedback_leaves_the_students_own_file_alone(self, tmp_path):
        path = notebook(tmp_path / "hw.ipynb", WRONG)
        before = path.read_bytes()
        here(path, "--feedback", tmp_path / "feedback")
        assert path.read_bytes() == before
        assert {p.suffix for p in (tmp_path / "feedback").iterdir()} == {".ipynb", ".html"}

    def test_no_line_is_longer_than_the_terminal(self, wrong):
        for columns in (60, 80, 120):
            ran = really("check", wrong, columns=columns)
            assert ran.returncode == 1
            assert max(len(line) for line in ran.stdout.splitlines()) <= columns

    def test_hints_come_by_degrees(self, wrong):
        assert "Hint 1:" in here(wrong)[1]
        assert "Hint 2:" not in here(wrong)[1]
        assert "Hint 2:" in here(wrong, "--hints", "2")[1]
        assert "Hint" not in here(wrong, "--hints", "0")[1]

    def test_with_a_key_the_inputs_are_others_and_the_report_names_the_key_only_by_its_id(
        self, wrong, tmp_path
    ):
        key = tmp_path / "key"
        key.write_text("correct horse battery staple")
        report = json.loads(here(wrong, "--json", "--key", key, "--student", "s1")[1])
        again = json.loads(here(wrong, "--json", "--key", key, "--student", "s1")[1])
        other = json.loads(here(wrong, "--json", "--key", key, "--student", "s2")[1])
        assert report["seed"]["kind"] == "grading"
        assert "horse" not in json.dumps(report)
        assert report["exercises"] == again["exercises"]
        assert report["exercises"][0]["nodes"] != other["exercises"][0]["nodes"]

    def test_the_same_command_by_module_and_by_worker(self, right):
        ran = really("check", right)
        assert ran.returncode == 0, ran.stderr
        assert "3 of 3 points" in ran.stdout

    def test_help_has_examples_and_exit_codes(self):
        ran = really("check", "--help")
        assert ran.returncode == 0
        assert "chainmark check hw1.ipynb --watch" in ran.stdout
        assert max(len(line) for line in ran.stdout.splitlines()) <= 80


def test_watch_grades_again_when_the_file_is_saved(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(WRONG)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "grader", "check", "--here", "--watch", str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as ran:
        try:
            first = _until(ran.stdout, "a.py, Practice")
            time.sleep(1.0)
            path.write_text(RIGHT)
            second = _until(ran.stdout, "a.py, Practice")
        finally:
            ran.terminate()
    assert "One slip" in first
    assert "3 of 3 points" in second


def _until(stream, text):
    read = ""
    while text not in read:
        line = stream.readline()
        assert line, read
        read += line
    return read
