"""check() in a kernel: the functions as they are now, messages that name the cell, no traceback."""

from __future__ import annotations

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

RIGHT = """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""
BACKWARD = """
def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    return dx.reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
"""
SLIP = BACKWARD.replace("w.T", "w")


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """An IPython shell as a kernel has one, with the student's first cell run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.history_manager.enabled = False
    made.run_cell("import numpy as np\nfrom grader import check, check_all", store_history=True)
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def run(shell, source):
    """What the cell shows as its result."""
    done = shell.run_cell(source, store_history=True)
    done.raise_error()
    return done.result


def words(shown):
    """The text without its line breaks."""
    return " ".join(repr(shown).split())


def test_right_work_passes_and_says_so(shell):
    run(shell, RIGHT)
    run(shell, BACKWARD)
    shown = run(shell, "check('affine')")
    assert shown.passed
    assert "6 of 6 points" in repr(shown)
    assert "6 of 6 points" in shown._repr_html_()


def test_a_slip_names_its_cell_by_the_number_that_the_student_sees(shell):
    run(shell, RIGHT)
    run(shell, SLIP)
    shown = run(shell, "check('affine')")
    assert not shown
    assert "5 of 6 points" in repr(shown)
    assert "Cell [3], line 3: dx = dout @ w, shapes" in words(shown)


def test_the_last_definition_that_was_run_is_the_one_that_counts(shell):
    run(shell, RIGHT)
    run(shell, SLIP)
    assert not run(shell, "check('affine')").passed
    run(shell, BACKWARD)
    assert run(shell, "check('affine')").passed


def test_a_function_stands_for_its_exercise_and_no_argument_for_all_that_were_begun(shell):
    run(shell, RIGHT + BACKWARD)
    run(shell, "def relu_forward(x):\n    return np.maximum(x, 0), x")
    run(shell, "def relu_backward(dout, x):\n    return dout * (x > 0)")
    assert [e.id for e in run(shell, "check(affine_backward)").report.exercises] == ["affine"]
    assert {e.id for e in run(shell, "check()").report.exercises} >= {"affine", "relu"}


def test_more_hints_come_when_they_are_asked_for(shell):
    run(shell, RIGHT + SLIP)
    few, more = run(shell, "check('affine', hints=0)"), run(shell, "check('affine', hints=3)")
    assert "Hint 1" not in repr(few)
    assert "hints=1 shows the next" in words(few)
    assert "--hints" not in repr(few) + few._repr_html_() + few._repr_markdown_()
    assert "Hint 3" in repr(more)
    assert "without the transpose" in words(more)
    assert "without the transpose" not in words(few)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("check('afine')", 'there is no exercise "afine"; did you mean "affine"?'),
        ("check(len)", "no exercise asks for a function len"),
        ("check(3)", 'check takes the id of an exercise, as in check("affine"), or a function, not int'),
        ("check()", "no function of any exercise is defined yet"),
        ("check('affine', hints=-1)", "hints must be a whole number from 0 to 9, not -1"),
        ("check_all()", 'give it: check_all("hw1.ipynb")'),
        ("check_all('nowhere.ipynb')", "nowhere.ipynb"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_no_traceback(shell, call, line):
    said = run(shell, call)
    assert line in repr(said)
    assert "\n" not in repr(said)
    assert not said


def test_what_is_not_defined_yet_is_said_as_such(shell):
    shown = run(shell, "check('affine')")
    assert "affine_forward and affine_backward were not found" in repr(shown)


def test_checking_changes_nothing_in_the_kernel(shell):
    run(shell, RIGHT + SLIP)
    run(shell, "seen = dict(globals())\nnp.random.seed(5)\nbefore = np.random.rand()\nnp.random.seed(5)")
    run(shell, "check('affine')")
    assert run(shell, "np.random.rand() == before")
    assert run(shell, "print is __builtins__.print")
    assert run(shell, "__builtins__ is seen['__builtins__']")


def test_functions_that_print_or_close_over_others_are_checked_like_any(shell):
    run(shell, "SCALE = 1.0\ndef helper(a):\n    print('hello')\n    return a * SCALE")
    run(shell, RIGHT)
    run(shell, BACKWARD.replace("dout @ w.T", "helper(dout @ w.T)"))
    assert run(shell, "check('affine')").passed


def saved(path, *cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(book, path)


def test_all_of_the_saved_file_is_judged_anew_and_a_stale_kernel_is_told(shell, tmp_path):
    saved(tmp_path / "hw.ipynb", "import numpy as np", RIGHT, SLIP)
    run(shell, RIGHT + BACKWARD)
    shown = run(shell, "check_all('hw.ipynb')")
    assert not shown.passed
    assert "5 of 6 points" in repr(shown)
    assert "affine_backward: not what the saved file has" in words(shown)


def test_a_function_whose_cell_was_deleted_is_told(shell, tmp_path):
    saved(tmp_path / "hw.ipynb", "import numpy as np", RIGHT)
    run(shell, RIGHT + BACKWARD)
    shown = run(shell, "check_all('hw.ipynb')")
    assert "affine_backward: defined in this kernel, but in no cell of the saved file" in words(shown)


@pytest.mark.parametrize("front_end", ["JupyterLab", "VS Code"])
def test_the_front_end_says_which_file_it_is(shell, tmp_path, monkeypatch, front_end):
    saved(tmp_path / "hw.ipynb", "import numpy as np", RIGHT, BACKWARD)
    if front_end == "VS Code":
        run(shell, f"__vsc_ipynb_file__ = {str(tmp_path / 'hw.ipynb')!r}")
    else:
        monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "hw.ipynb"))
    assert run(shell, "check_all()").passed


def test_without_a_notebook_the_names_of_whoever_calls_are_checked():
    import grader

    namespace = {"__name__": "a_script", "grader": grader}
    exec("import numpy as np\n" + RIGHT + BACKWARD + "found = grader.check('affine')", namespace)
    assert namespace["found"].passed
