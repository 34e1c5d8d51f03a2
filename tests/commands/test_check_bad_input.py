"""`chainmark check` and what it cannot use: one clear line each, exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.commands.shared import ROOT, here
from tests.commands.test_check import one_line_of_complaint, right

__all__ = ["right"]  # a fixture


class TestBadInput:
    @pytest.mark.parametrize("name", ["nothing.py", "nothing.ipynb", "no/such/folder/a.zip"])
    def test_a_missing_file(self, tmp_path, name):
        assert "no such file" in one_line_of_complaint(here(tmp_path / name))

    def test_a_file_that_is_no_notebook(self, tmp_path):
        path = tmp_path / "hw.ipynb"
        path.write_text("this is not JSON")
        one_line_of_complaint(here(path))

    def test_a_file_of_another_kind(self, tmp_path):
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"\xff\xd8\xff")
        one_line_of_complaint(here(path))

    def test_an_empty_folder(self, tmp_path):
        (tmp_path / "empty").mkdir()
        one_line_of_complaint(here(tmp_path / "empty"))

    def test_a_link(self, tmp_path, right):
        (tmp_path / "link.py").symlink_to(right)
        assert "link" in one_line_of_complaint(here(tmp_path / "link.py"))

    def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(self, tmp_path):
        path = tmp_path / "huge.ipynb"
        with path.open("wb") as stream:
            stream.truncate(2 << 30)
        start = time.monotonic()
        one_line_of_complaint(here(path))
        assert time.monotonic() - start < 20

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission(self, right):
        right.chmod(0)
        assert "permission" in one_line_of_complaint(here(right))

    def test_an_unknown_exercise_gets_the_nearest_names(self, right):
        assert 'did you mean "relu"' in one_line_of_complaint(here(right, "rellu"))

    def test_a_missing_function_says_which_were_found(self, tmp_path):
        path = tmp_path / "a.py"
        path.write_text("def relu_foward(x):\n    return x\n")
        assert "relu_foward" in one_line_of_complaint(here(path))
        code, out, _ = here(path, "relu")
        assert code == 1
        assert 'relu_forward and relu_backward were not found; did you mean "relu_foward"?' in " ".join(
            out.split()
        )

    def test_a_syntax_error_in_everything_names_file_and_line(self, tmp_path):
        path = tmp_path / "a.py"
        path.write_text("x = 1\ndef relu_forward(x:\n    return x\n")
        code, out, _ = here(path)
        assert code == 1
        assert "relu_forward cannot be read: a.py, line 2" in " ".join(out.split())

    def test_a_page_is_never_written_over_homework(self, right):
        before = right.read_bytes()
        assert "--html would write a page over" in one_line_of_complaint(here(right, "--html", right))
        assert right.read_bytes() == before

    def test_a_key_without_a_student(self, right, tmp_path):
        (tmp_path / "key").write_text("correct horse battery staple")
        assert "--student" in one_line_of_complaint(here(right, "--key", tmp_path / "key"))

    def test_output_that_cannot_be_written(self, right):
        if not os.path.exists("/dev/full"):
            pytest.skip("there is no /dev/full here")
        with open("/dev/full", "w") as full:
            ran = subprocess.run(
                [sys.executable, "-m", "grader", "check", "--here", str(right)],
                stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert ran.returncode == 2
        assert ran.stderr.splitlines()[-1].startswith("chainmark: cannot write the output")
        assert "Traceback" not in ran.stderr

    def test_a_bad_assignment_names_file_and_key(self, tmp_path, right):
        path = tmp_path / "assignment.toml"
        path.write_text(
            '[assignment]\nid = "hw"\ntitle = "T"\nversion = "1"\n[[exercises]]\nid = "relu"\npoints = "six"\n'
        )
        said = one_line_of_complaint(here(right, "--assignment", path))
        assert "assignment.toml" in said
        assert "points" in said

    def test_a_page_that_cannot_be_written(self, right, tmp_path):
        code, _, err = here(right, "--html", tmp_path / "no" / "where.html")
        assert code == 2
        assert "cannot write" in err

    @pytest.mark.parametrize("option", [["--hints", "ten"], ["--reader", "teacher"], ["--no-such-option"]])
    def test_wrong_usage(self, right, option):
        one_line_of_complaint(here(right, *option))
