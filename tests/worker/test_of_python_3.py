"""A right submission of Python 3 is never read as one of Python 2, whatever of Python 2 stands in it."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from grader.worker.of_python_3 import holds_python_3
from tests.worker.shared import called, loaded, result

HALF = "def f(n):\n    return 1 / 2 * n\n"
"""By Python 2 it is 0."""
PRINT = "def show(x):\n    print x\n"


def kinds(found):
    return [problem.kind for problem in found.problems]


REMAINS = {
    "xrange": "def debug(x: int, *, n=3) -> None:\n    for i in xrange(n):\n        print(f'{x}', end='')\n",
    "xrange alone": "def debug(n):\n    for i in xrange(n):\n        print(n)\n",
    "long": "def show(v):\n    return isinstance(v, long)\n",
    "iteritems": "def show(v):\n    return [k for k, _ in v.iteritems()]\n",
    "reduce": "def show(v):\n    return reduce(max, v)\n",
    "a word": "print the shapes below\n",
    "broken": PRINT + "def g(:\n",
    "print and @": PRINT + "def g(x, w):\n    return x @ w\n",
}


@pytest.mark.parametrize("more", REMAINS.values(), ids=REMAINS)
def test_what_is_left_of_python_2_changes_no_number(more):
    for text in (HALF + "\n" + more, more + "\n" + HALF):
        with loaded(text, modules=("layers",)) as (session, _):
            assert result(session, "f", 6) == 3.0


NEW = [
    "x @= w",
    "f'{x}'",
    "x: int = 3",
    "def g(x: int): pass",
    "def g(x) -> int: pass",
    "def g(x, *, y): pass",
    "def g(x, /): pass",
    "def g():\n    def h():\n        nonlocal a\n    a = 1",
    "def g():\n    yield from a",
    "async def g(): pass",
    "(a := 3)",
    "a, *b = c",
    "[*a, *b]",
    "g(*a, b)",
    "g(**a, b=1)",
    "g(**a, **b)",
    "{**a}",
    "x = ...",
    "g(...)",
    "class A(metaclass=B): pass",
    "raise A from b",
    "print(x, end='')",
    "print(*x, sep='')",
    "log = print",
    "[print(x) for x in y]",
    "ok and print(x)",
    "super().__init__()",
    "from __future__ import print_function",
    "from __future__ import annotations",
    "import pathlib",
    "from typing import Any",
    "import os, dataclasses as d",
    "from functools import lru_cache",
    "rng = np.random.default_rng(0)",
    "n = 1_000",
    "x = rb'a'",
    "x = 'schön'",
    "schön = 3",
    "# schön",
    "match x:\n    case 3: pass",
]


@pytest.mark.parametrize("text", NEW)
def test_a_file_that_holds_anything_that_python_2_could_not_read_is_none_of_it(text):
    assert holds_python_3(ast.parse(text).body, text)
    with loaded(HALF + PRINT + text + "\n", modules=("layers",)) as (session, _):
        assert result(session, "f", 6) == 3.0


OLD = [
    "# -*- coding: utf-8 -*-\n# schön",
    "print('a')",
    "print('a'), 1",
    "print('%d') % 3",
    "print('a', 'b')",
    "print",
    "x[..., 0]",
    "x[...]",
    "g(*a)",
    "g(b, *a, **c)",
    "g(a, b=1, **c)",
    "{a: b for a, b in c}",
    "{a, b}",
    "super(A, self).__init__()",
    "from __future__ import division, absolute_import",
    "import os, sys, cPickle",
    "with open(a) as b, open(c) as d: pass",
    "try:\n    pass\nexcept (A, B) as e:\n    raise",
    "x = u'a' + b'b' + r'c' + ur",
    "class A(object):\n    @property\n    def b(self): return lambda *a, **b: 0xff",
    "n = 0o17 + 1e3 + 2j",
    "if a: pass\nelse: print(x)",
]


@pytest.mark.parametrize("text", OLD)
def test_what_python_2_reads_as_well_is_no_proof_of_python_3(text):
    assert not holds_python_3(ast.parse(text).body, text)


def test_a_name_that_another_cell_gives_a_value_is_that():
    cells = ["lat, long = 0.25, 4.0", "def f(n):\n    return lat * long * n\n", "unicode = reduce = 3"]
    with loaded(*cells) as (session, found):
        assert result(session, "f", 6) == 6.0
        assert found.problems == ()


@pytest.mark.parametrize("more", ["globals()['long'] = 4.0", "from numpy import *"])
def test_a_name_that_comes_by_other_ways_is_no_name_of_python_2(more):
    if more.startswith("from") and not hasattr(np, "long"):
        pytest.skip("this NumPy has none")
    with loaded(f"{more}\ndef f(n):\n    return long\n", wanted=("f",)) as (_, found):
        assert found.problems == ()


def test_code_that_asks_which_python_it_is_in_gets_the_right_answer():
    text = (
        "try:\n    unicode\n    OLD = True\nexcept NameError:\n    OLD = False\ndef f(n):\n    return OLD\n"
    )
    with loaded(text, modules=("m",)) as (session, found):
        assert result(session, "f", 1) is False
        assert found.problems == ()


def test_something_else_that_is_called_np_keeps_its_own_attributes():
    text = "class Own:\n    int = 5\ndef f(n):\n    np = Own()\n    return np.int\n"
    with loaded(text) as (session, _):
        assert result(session, "f", 1) == 5


def test_a_cell_that_python_3_refuses_takes_no_other_cells_place():
    cells = [
        "def f(n):\n    return n\n",
        "def f(n):\n    print n\n    return -n\ndef g(n):\n    print n\n    return 7\n",
    ]
    with loaded(*cells, wanted=("f", "g")) as (session, found):
        assert result(session, "f", 6) == 6
        assert result(session, "g", 6) == 7
        (said,) = [problem for problem in found.problems if problem.kind == "syntax"]
        assert (said.unit, said.line) == ("cell 2", 1)
        assert "this f is not read, the one in cell 1 is" in said.text


def test_the_last_of_two_definitions_in_a_file_of_python_2_counts_as_ever():
    text = "def f(n):\n    return 0\ndef f(n):\n    print n\n    return n / 4\n"
    with loaded(text, modules=("layers",)) as (session, found):
        assert result(session, "f", 6) == 1
        assert kinds(found) == ["Python 2"]


def test_an_expression_that_is_nested_too_deep_to_be_read_anew_is_no_end_of_the_grader():
    deep = "def g(x):\n    return " + " + ".join(["x / 2"] * 900) + "\n"
    with loaded(HALF.replace("f(", "f(") + PRINT + deep, modules=("layers",)) as (session, _):
        called(session, "f", 1)
