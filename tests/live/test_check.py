"""check() in a kernel: the functions as they are now, messages that name the cell, no traceback."""

from __future__ import annotations

import os
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from grader.assignment import read_assignment
from grader.bundled import bundled
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.latex import unformatted

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


ONE_WAY = """
def chain_rs(r, s):
    x, y, z = r, r * s, s
    t = x * y
    dt, dz = z, t
    dx, dy = dt * y, dt * x
    dr, ds = dx, dy * r
    return locals()
"""


NOTEBOOK = """assignment = "n01-scalar-circuits"
def max_gate_forward(x, y): return 1, 2
def max_gate_backward(dout, cache): return 1, 2
def add_gate_forward(x, y): return 1, 2
def add_gate_backward(dout, cache): return 1, 2
def sigmoid_circuit(w0, x0, w1, x1, w2): return {"dq": 1}
"""


def test_exercises_come_in_the_order_of_the_assignment_live_and_from_the_file(shell, tmp_path):
    """As the notebook has them, and as `chainmark check` has them: the two are said to do the same."""
    run(shell, NOTEBOOK)
    live = [exercise.id for exercise in run(shell, "check()").report.exercises]
    saved = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    nbformat.write(saved, tmp_path / "hw.ipynb")
    from_file = [exercise.id for exercise in run(shell, "check_all('hw.ipynb')").report.exercises]
    assert live == from_file
    assert sorted(live) == ["add_gate", "max_gate", "sigmoid_circuit"]
    known = {id: exercise.worth for id, exercise in exercises().items()}
    entries = read_assignment(bundled()["n01-scalar-circuits"], known=known).exercises
    assert live == [entry.id for entry in entries if entry.id in live]


def test_without_an_assignment_they_come_as_they_were_written(shell):
    run(shell, NOTEBOOK.partition("\n")[2])
    live = [exercise.id for exercise in run(shell, "check()").report.exercises]
    assert live == ["max_gate", "add_gate", "sigmoid_circuit"]


def test_a_slip_at_a_value_with_several_uses_is_said_to_be_at_the_value(shell):
    """`at × and = and = and ×` said which gates come after it, and nobody could read it."""
    run(shell, ONE_WAY)
    assert "Two slips, at ds and dr." in words(run(shell, "check('chain_rs')"))


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
    assert "affine_forward and affine_backward were not found; run the cell that defines them first" in words(
        shown
    )
    assert "circuit_answers is not defined; run the cell that defines it first" in words(
        run(shell, "check('circuits_by_hand')")
    )


def test_a_misspelt_function_is_still_asked_about(shell):
    run(shell, RIGHT.replace("affine_forward", "afine_forward"))
    assert 'did you mean "afine_forward"?' in words(run(shell, "check('affine')"))


def test_what_a_function_printed_is_shown_with_what_is_wrong(shell):
    run(
        shell,
        RIGHT + SLIP.replace("    dx = dout @ w\n", "    print('dout', dout.shape)\n    dx = dout @ w\n"),
    )
    shown = run(shell, "check('affine')")
    assert "Your code printed, while it was tried: dout (2, " in words(shown)
    assert "What the code printed while it was tried" in shown._repr_html_()
    assert "-v shows" not in repr(shown)
    run(shell, RIGHT + BACKWARD)
    assert "printed" not in repr(run(shell, "check('affine')"))


def test_the_last_line_sounds_like_no_warning(shell):
    run(shell, RIGHT + BACKWARD)
    assert repr(run(shell, "check('affine')")).splitlines()[-1].endswith("run in this very session.")


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


OWN = """[assignment]
id = "hw7"
title = "Our own"
version = "3"

[[exercises]]
id = "affine"
points = 12
functions = { affine_forward = "linear_forward", affine_backward = "linear_backward" }
"""


def test_an_assignment_of_ones_own_is_found_beside_the_notebook_with_its_points_and_names(shell, tmp_path):
    (tmp_path / "assignment.toml").write_text(OWN, encoding="utf-8")
    run(shell, "assignment = 'hw7'")
    run(shell, (RIGHT + SLIP).replace("affine_", "linear_"))
    for call in ("check('affine')", "check()", "check(linear_backward)", "check('linear_forward')"):
        shown = run(shell, call)
        assert "10 of 12 points" in repr(shown), call
        assert "Our own 3" in repr(shown)
    saved(tmp_path / "hw.ipynb", "import numpy as np", (RIGHT + BACKWARD).replace("affine_", "linear_"))
    shown = run(shell, "check_all('hw.ipynb')")
    assert "12 of 12 points" in repr(shown)
    assert "linear_backward: not what the saved file has" in words(shown)
    assert not run(shell, "'affine_forward' in globals()")  # our names do not stay behind


def test_the_assignment_of_the_folder_above_counts_and_none_further_up(shell, tmp_path):
    (tmp_path / "assignment.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "one" / "two").mkdir(parents=True)
    run(shell, "assignment = 'hw7'\nimport os")
    run(shell, (RIGHT + BACKWARD).replace("affine_", "linear_"))
    run(shell, "os.chdir('one')")
    assert "12 of 12 points" in repr(run(shell, "check('affine')"))
    run(shell, "os.chdir('two')")
    assert "12 points" not in repr(run(shell, "check('affine')"))


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given", ["assignment.toml", "own", "own/evil.py"])
def test_exercises_that_somebody_else_laid_there_are_not_run(shell, tmp_path, given):
    text = OWN.replace("[assignment]", '[assignment]\nexercises_from = ["own"]', 1)
    (tmp_path / "assignment.toml").write_text(text, encoding="utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/evil.py").write_text("import sys\nsys.evil_was_here = True\n", encoding="utf-8")
    os.chown(tmp_path / given, 12345, 12345)
    run(shell, "assignment = 'hw7'")
    run(shell, RIGHT)
    run(shell, "check('affine')")
    assert not hasattr(sys, "evil_was_here")


def test_a_mistake_in_the_assignments_file_is_told_and_is_no_traceback(shell, tmp_path):
    (tmp_path / "assignment.toml").write_text(OWN.replace("points = 12", "points = -1"), encoding="utf-8")
    run(shell, "assignment = 'hw7'")
    run(shell, "from grader.live import paper")
    for call in ("check('affine')", "paper('circuits_by_hand')", "check_all('hw.ipynb')"):
        saved(tmp_path / "hw.ipynb", RIGHT)
        assert "exercises[1].points must be a number" in repr(run(shell, call))
        assert not run(shell, call)


@pytest.mark.parametrize(
    "text",
    [
        "In this assignment you will derive and implement the backward pass. " * 5,
        "a\0b",
        "..",
        "../hw7",
        "\ud800",
        "{'b': 1}",
    ],
)
def test_a_variable_that_happens_to_be_called_assignment_is_no_traceback(shell, text):
    run(shell, f"assignment = {text!r}")
    run(shell, RIGHT)
    run(shell, BACKWARD)
    assert run(shell, "check('affine')").passed


def test_personal_numbers_are_those_of_the_assignment_also_where_its_file_is_not_there(shell):
    """Or whoever answered the questions in the notebook would be graded on others."""
    run(shell, "from grader.live import paper\nassignment, student_id = 'hw7', 's1'")
    shown = repr(run(shell, "paper('circuits_by_hand')"))
    questions = exercises()["circuits_by_hand"].paper(
        SeedSource.personal("hw7", "s1").rng("circuits_by_hand")
    )
    for question in questions:
        for part in question.text.split(": "):
            assert unformatted(part) in shown
    answers = {question.id: float(question.value) for question in questions}
    run(shell, f"circuit_answers = {answers!r}")
    found = run(shell, "check('circuits_by_hand')")
    assert found.passed, repr(found)


def test_a_paper_says_once_what_its_questions_share_and_sets_its_formulas(shell):
    run(shell, "from grader.live import paper")
    run(shell, "student_id = 'a`b<i>'")
    shown = run(shell, "paper('circuits_by_hand')")
    assert repr(shown).count("max(u, v)") == 1
    assert repr(shown).splitlines()[0] == "For a`b<i>:"
    markdown = shown._repr_markdown_()
    assert markdown.count(r"\max(u, v)") == 1
    assert r"- `dx`: $\partial f/\partial x$" in markdown
    assert "<i>" not in markdown
    assert "\\_" not in repr(run(shell, "paper('reuse_counted')"))


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
