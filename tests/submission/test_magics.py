"""Magics and shell lines are taken out, everything else stays as it is, and each line keeps its number."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.submission.magics import Effort, plain_python
from tests.submission.notebooks import FORWARD, code, jupyterlab, note, read, sources, with_cells


def plain(source: str) -> str:
    return plain_python(source, Effort())[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline", "pass"),
        ("%matplotlib inline\nimport numpy as np\n", "pass\nimport numpy as np\n"),
        ("x = 1\n!pip install a \\\n    b \\\n    c\ny = 2", "x = 1\npass\n\n\ny = 2"),
        ("files = !ls\nn = 2", "files = None\nn = 2"),
        ("a, b = %env", "a, b = None"),
        ("?np.sum", "pass"),
        ("np.sum?", "pass"),
        ("np.sum??\nx = 1", "pass\nx = 1"),
        ("%cd ..\n\n%load_ext autoreload\n%autoreload 2", "pass\n\npass\npass"),
        (
            "if x:\n    !ls\n    y = 1\nelse:\n    %cd ..\nz = 2",
            "if x:\n    pass\n    y = 1\nelse:\n    pass\nz = 2",
        ),
        ("def f():\n    %timeit g()\n", "def f():\n    pass\n"),
        ("!echo 'open (\nx = 1", "pass\nx = 1"),
        ("%%time\nx = f()\n", "\nx = f()\n"),
        ("\n\n%%capture out\n\n%%time\n%cd\nx = 1\n", "\n\n\n\n\npass\nx = 1\n"),
        ("%%timeit -n 10 setup()\nx = 1", "\nx = 1"),
        ("    x = 1\n    if x:\n        y = 2", "x = 1\nif x:\n    y = 2"),
        (">>> x = 1\n>>> for i in x:\n...     y = 2", "x = 1\nfor i in x:\n    y = 2"),
        ("In [3]: x = 1", "x = 1"),
        ("# first\n%matplotlib inline", "# first\npass"),
    ],
)
def test_what_only_ipython_understands_becomes_nothing(source, expected):
    assert plain(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%time loss, grads = f(x)", "loss, grads = f(x)"),
        ("loss = %time f(x)\ny = 1", "loss = f(x)\ny = 1"),
        ("for i in x:\n    %time y = f(i)", "for i in x:\n    y = f(i)"),
    ],
)
def test_a_timed_statement_is_still_carried_out(source, expected):
    """`%time x = f()` gives the notebook its x."""
    assert plain(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """\n    %matplotlib inline\n    !ls\n    Why?\n    """\n    return 1\n',
        "x = (a\n     % b)\n",
        "x = a \\\n% b\n",
        "s = '''\n%%time\n!ls\n'''",
        "print('loss=%f' % loss)\nx=%3",
        "# Why?\nx = 1  # or is it 2?\n",
        "a != b\n",
        FORWARD,
        "x = 1\f\ny = 2\u2028\n",
        "f'{x!r:%d}'\n",
        's = """\n    \n%cd ..\n"""\n',
        's = """\n>>> f(1)\n%d\n"""\n',
    ],
)
def test_what_is_python_stays_as_it_is(source):
    assert plain(source) == source


def test_python_beside_magics_stays_as_it_is():
    source = '%matplotlib inline\ns = """\n%cd\n!ls\n"""\nx = (a\n     % b)\n!ls\ny = a \\\n% b'
    assert plain(source) == source.replace("%matplotlib inline", "pass").replace(")\n!ls", ")\npass")


@pytest.mark.parametrize("magic", ["bash", "html", "javascript", "script sh", "sql", "writefile layers.py"])
def test_a_cell_that_is_not_python_is_left_out_and_said_so(magic, tmp_path):
    cells = [code(f"%%{magic}\ndef f(x): return x", id="a"), code("x = 1", id="b")]
    submission = read(tmp_path, with_cells(*cells))
    assert sources(submission) == ["x = 1"]
    assert f"%%{magic.split()[0]}" in note(submission, "magic")
    assert note(submission, "magic").startswith("cell 1: ")


def test_ordinary_magics_are_not_worth_a_note(tmp_path):
    cell = code(
        "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n!pip install numpy\nnp.sum?", id="a"
    )
    assert read(tmp_path, with_cells(cell)).notes == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "files = !ls",
            "cell 1: files is None here: what notebooks take from a magic or the shell is not carried out",
        ),
        ("%run layers.py", "cell 1: %run is not carried out"),
        ("%pylab inline", "cell 1: %pylab is not carried out"),
    ],
)
def test_a_magic_that_may_define_a_name_gets_a_note(source, said, tmp_path):
    assert note(read(tmp_path, with_cells(code(source, id="a"))), "magic") == said


PYTHON = [
    "x = 1",
    "def f(a):",
    "    return a % 2",
    "if x:",
    "    pass",
    "for i in x: pass",
    "\ty = 1",
    "",
    "    ",
]
MAGICS = [
    "%cd ..",
    "!ls",
    "y = !ls",
    "np.sum?",
    "?x",
    "    %cd",
    "%time z = 3",
    "!ls \\",
    "%lsmagic?",
    "%time !ls",
]
CELLS = ["%%time", "%%bash", ">>> x", ";f a", "/f a", "q = %time 1", "get_ipython?"]
TRAPS = ['s = """', '"""', "x = (1,", "     % 2)", "a \\", "% b", "# why?", "t = 'a?'", "x\u2028"]
BROKEN = ["@f", "}", "%", "f(a)?", "=!"]
PIECES = st.sampled_from([*PYTHON, *MAGICS, *CELLS, *TRAPS, *BROKEN])
WELL_FORMED = st.sampled_from(
    [
        *PYTHON[:1],
        *MAGICS[:4],
        "if x:\n    !ls\n    z = 2",
        "# !a",
        "!a \\\n  b",
        's = """\n%cd\n"""',
        "w = (1\n  % 2)",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12))
@example(["x = [1,", "2]?", "y = 1"])
@example(["    %cd", "  !ls", "x = 1"])
def test_the_number_of_lines_never_changes(pieces):
    source = "\n".join(pieces)
    result = plain(source)
    assert result == "" or result.count("\n") == source.count("\n")
    assert "get_ipython()" not in result


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=10))
def test_what_python_can_parse_means_the_same_afterwards(pieces):
    source = "\n".join(pieces)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    assert ast.dump(ast.parse(plain(source))) == ast.dump(tree)


@settings(max_examples=300, deadline=None)
@given(st.lists(WELL_FORMED, max_size=10))
def test_ipython_itself_translates_the_same_lines(pieces):
    """Beside its transform_cell: the same statements in the same order, its calls made nothing."""
    from IPython.core.inputtransformer2 import TransformerManager

    source = "\n".join(pieces) + "\n"
    theirs = ast.parse(TransformerManager().transform_cell(source))
    ours = ast.parse(plain(source))
    kept = [s for s in theirs.body if "get_ipython" not in ast.dump(s)]
    same = [s for s in ours.body if not isinstance(s, ast.Pass) and "Constant(value=None)" not in ast.dump(s)]
    assert len(ours.body) == len(theirs.body)
    assert [ast.dump(s) for s in kept if not isinstance(s, ast.If)] == [
        ast.dump(s) for s in same if not isinstance(s, ast.If)
    ]


BUSY = {
    "many": "!ls\n" * 20_000,
    "many in a block": "if x:\n" + "    !ls\n" * 20_000,
    "help": "?\n" * 20_000,
    "a long name": "x" * 200_000 + " y?\n",
    "a long path": "a." * 100_000 + "b ?\nc?",
    "quotes": '"' * 100_000 + "\n!ls",
    "brackets": "(" * 50_000 + "\n!ls",
    "errors": "$" * 200_000 + "\n!ls",
    "escapes": "!" * 100_000,
    "signs": "= " * 100_000 + "!x",
}


@pytest.mark.parametrize("kind", BUSY)
def test_a_cell_made_to_keep_us_busy_does_not(kind):
    source = BUSY[kind]
    effort = Effort()
    start = time.process_time()
    for _ in range(20):  # so many cells of it
        plain_python(source, effort)
    assert time.process_time() - start < 20


def test_too_many_magics_are_said(tmp_path):
    submission = read(tmp_path, with_cells(code("if x:\n" + "    !ls\n" * 5000, id="a")))
    assert "too many magics" in note(submission, "magic")


def test_without_ipython_the_rest_is_read_and_said_so(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "IPython.core.inputtransformer2", None)
    submission = read(tmp_path, jupyterlab())
    assert FORWARD in sources(submission)
    assert "IPython is not installed" in note(submission, "magic")
