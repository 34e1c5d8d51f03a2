"""Files of Python 2 and of older NumPys: read as what they meant, and said to be."""

from __future__ import annotations

import ast
import textwrap

import numpy as np
import pytest

from grader.worker.older import GONE
from grader.worker.older_prints import with_print_calls
from tests.worker.shared import called, loaded, result


def kinds(found):
    return [problem.kind for problem in found.problems]


PRINTS = {
    'print "loss", x': 'print ("loss", x)',
    "print x": "print (x)",
    "print x,": "print (x,)",
    'print "%d" % x  # why': 'print ("%d" % x)  # why',
    'if verbose: print "shape: ", x.shape': 'if verbose: print ("shape: ", x.shape)',
    "print x; print y": "print (x); print (y)",
    "print 'a', \\\n    'b'": "print ('a', \\\n    'b')",
    "print 1.5": "print (1.5)",
    'print """a\nb"""': 'print ("""a\nb""")',
}


@pytest.mark.parametrize("text", PRINTS)
def test_a_print_statement_becomes_a_call_on_its_own_line(text):
    called, lines = with_print_calls(text + "\n")
    assert called == PRINTS[text] + "\n"
    ast.parse(called)
    assert lines[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        'print("loss", x)',
        'print ("a"), 1',
        "print",
        "print = 3",
        "print.x",
        "f(print, x)",
        "x = print if y else z",
        "{print: 1}",
        "'print x'",
        "# print x",
        '"""\nprint x\n"""',
    ],
)
def test_what_is_no_print_statement_stays_as_it_is(text):
    assert with_print_calls(text + "\n") == (text + "\n", [])


def test_what_follows_a_place_that_is_no_python_is_left_alone_and_what_precedes_it_is_read():
    called, _ = with_print_calls('print "a"\nx = "unfinished\nprint "b"\n')
    assert called.startswith('print ("a")\n')


OLD = textwrap.dedent(
    """
    import numpy as np

    def conv(H, HH, stride):
        out = []
        for i in xrange(1 + (H - HH) / stride):
            out.append(i)
        print "windows:", len(out)
        return out

    def mean(a):
        return a / 4
    """
)


def test_a_file_of_python_2_divides_and_counts_as_it_did_there():
    with loaded(OLD, modules=("layers",), wanted=("conv", "mean")) as (session, found):
        assert result(session, "conv", 7, 3, 2) == [0, 1, 2]
        np.testing.assert_array_equal(result(session, "mean", np.array([4.0, 6.0])), [1.0, 1.5])
        np.testing.assert_array_equal(result(session, "mean", np.array([4, 6])), [1, 1])
        (note,) = [problem for problem in found.problems if problem.kind == "Python 2"]
        assert "xrange is range" in note.text
        assert "print statements are calls" in note.text
        assert "/ between whole numbers is //" in note.text
        assert note.unit == "layers.py"


def test_a_file_that_divides_truly_by_its_own_word_does():
    text = "from __future__ import division\ndef f(n):\n    for i in xrange(1): pass\n    return n / 4\n"
    with loaded(text, modules=("layers",)) as (session, found):
        assert result(session, "f", 6) == 1.5
        assert kinds(found) == ["Python 2"]


def test_a_whole_folder_of_one_year_is_said_once():
    texts = [
        "def f(x):\n    print x\n",
        "def g():\n    return list(xrange(3))\n",
        "def h():\n    return 1 / 2\n",
    ]
    with loaded(*texts, modules=("a", "b", "c"), wanted=("g", "h")) as (session, found):
        assert result(session, "g") == [0, 1, 2]
        assert result(session, "h") == 0.5  # of which nothing says that it is older
        (note,) = found.problems
        assert (note.unit, note.line) == ("a.py", 2)
        assert note.text.startswith("what is left of Python 2 in this and 1 more is read as what it meant: ")
    texts[1] += "print g()\n"
    with loaded(*texts, modules=("a", "b", "c"), wanted=("g", "h")) as (session, found):
        (note,) = found.problems
        assert note.text.startswith("this and 1 more were written for Python 2 and are read as such: ")


def test_a_stray_print_in_a_notebook_changes_no_division():
    with loaded("def f(n):\n    print n\n    return n / 4\n") as (session, found):
        assert result(session, "f", 6) == 1.5
        assert kinds(found) == ["Python 2"]


@pytest.mark.parametrize(
    "text",
    [
        "def f(n):\n    return n / 4\n",
        "from past.builtins import xrange\ndef f(n):\n    return [i for i in xrange(n)] and n / 4\n",
        "xrange = range\ndef f(n):\n    return [i for i in xrange(n)] and n / 4\n",
        "def f(xrange):\n    return xrange / 4\n",
    ],
)
def test_a_file_of_python_3_is_read_as_it_stands(text):
    with loaded(text, modules=("layers",)) as (session, found):
        assert result(session, "f", 6) == 1.5
        assert found.problems == ()


def test_an_exception_in_such_a_file_names_the_students_own_line():
    with loaded("def f(n):\n    print 'a'\n    return n[0 / 1]['b']\n", modules=("m",)) as (session, _):
        frame = called(session, "f", [{}]).frames[-1]
        assert (frame.line, frame.text.strip()) == (3, "return n[0 / 1]['b']")


def test_names_that_numpy_no_longer_has_are_what_they_were():
    text = "import numpy as np\ndef f(x):\n    return np.product(x.astype(np.float)) + np.int(1.5) + np.NaN * 0\n"
    with loaded(text) as (session, found):
        assert np.isnan(result(session, "f", np.array([2, 3])))
        said = [problem.text for problem in found.problems]
        assert {problem.kind for problem in found.problems} <= {"older NumPy"}
        gone = [f"np.{name}" for name in ("NaN", "float", "int", "product") if name not in vars(np)]
        assert said == (
            [f"{', '.join(gone)}: what NumPy no longer has is read as what it was"] if gone else []
        )


def test_a_name_that_numpy_has_is_its_own():
    with loaded("import numpy as np\ndef f(x):\n    return np.sum(x) + np.float64(1)\n") as (session, found):
        assert result(session, "f", np.ones(3)) == 4
        assert found.problems == ()


def test_our_own_numpy_is_left_as_it_is():
    before = set(vars(np))
    with loaded("import numpy as np\ndef f(x):\n    return np.float(x)\n") as (session, _):
        assert result(session, "f", 1) == 1.0
    assert set(vars(np)) == before


def test_a_name_that_no_numpy_ever_had_is_missing():
    with loaded("import numpy as np\ndef f(x):\n    return np.summ(x)\n") as (session, _):
        assert called(session, "f", 1).error == "AttributeError"
    assert "summ" not in GONE


PY2 = """
import numpy as np

def f(d, a):
    n = 7
    n /= 2
    a /= 2
    box = {'k': [9, 9]}
    box['k'][n - 2] /= 2
    pairs = sorted(d.iteritems())
    print "n", n
    more = range(2) + range(1), map(abs, [-1, 2])[0], d.keys()[0], d.has_key('x'), reduce(max, d.values())
    return n, a, box['k'], pairs, more

def loop(d):
    for k in d.keys():
        del d[k]
    return len(d), sum(i for i in range(4)), [i / 2 for i in range(4)], zip([1], [2])[0], filter(None, [0, 3])[0]
"""


def test_lists_dictionaries_and_division_in_place_of_python_2_are_what_they_were():
    with loaded(PY2, modules=("layers",), wanted=("f", "loop")) as (session, found):
        n, a, nines, pairs, rest = result(session, "f", {"x": 1}, np.array([5, 7]))
        assert (n, list(nines)) == (3, [9, 4])
        np.testing.assert_array_equal(a, [2, 3])
        assert [list(pair) for pair in pairs] == [["x", 1]]
        assert [list(rest[0]), *rest[1:]] == [[0, 1, 0], 1, "x", True, 1]
        count, total, halves, pair, last = result(session, "loop", {"x": 1})
        assert (count, total, list(halves), list(pair), last) == (0, 6, [0, 0, 1, 1], [1, 2], 3)
        (note,) = found.problems
        for said in (
            "iteritems is items",
            "has_key is in",
            "range gives a list",
            "keys gives a list",
            "reduce is functools.reduce",
        ):
            assert said in note.text


def test_an_array_that_is_divided_in_place_is_the_same_array():
    text = "def f(a):\n    b = a\n    b /= 2\n    print b\n    return a\n"
    with loaded(text, modules=("m",)) as (session, _):
        np.testing.assert_array_equal(result(session, "f", np.array([5.0, 7.0])), [2.5, 3.5])
        np.testing.assert_array_equal(result(session, "f", np.array([5, 7])), [2, 3])


def test_a_method_that_a_class_of_their_own_has_is_its_own():
    text = (
        "class A(dict):\n    def iteritems(self):\n        return 'mine'\ndef f(n): return A().iteritems()\n"
    )
    with loaded(text) as (session, found):
        assert result(session, "f", 1) == "mine"
        assert found.problems == ()


def test_a_method_that_nothing_has_is_missing_where_the_student_calls_it():
    with loaded("def f(n):\n    return n.iteritems()\n") as (session, _):
        outcome = called(session, "f", 3)
        assert (outcome.error, outcome.frames[-1].line) == ("AttributeError", 2)
        assert outcome.text == "'int' object has no attribute 'iteritems'"


def test_beside_a_block_that_is_no_python_print_statements_are_read_and_errors_quote_the_students_own_words():
    text = (
        "def before(x):\n    print 'a', x\n    return x\n"
        "def broken(x):\n    return x.sum(axis=(0\n"
        "def f(x):\n    print 'b', x\n    return x / 4\n"
    )
    with loaded(text, modules=("m",), wanted=("before", "f")) as (session, found):
        assert result(session, "before", 6) == 6
        assert result(session, "f", 6) == 1.5  # nothing proves that such a file is all of Python 2
        (error,) = [problem for problem in found.problems if problem.kind == "syntax"]
        assert error.line == 5
        assert "was never closed" in error.text
        assert "return x.sum(axis=(0" in error.text


def test_words_that_are_no_python_are_quoted_as_they_stand():
    with loaded("def f(x):\n    return x\nprint the shapes below\n", modules=("m",)) as (_, found):
        (error,) = found.problems
        assert (error.kind, error.line) == ("syntax", 3)
        assert error.text.endswith(": print the shapes below")
