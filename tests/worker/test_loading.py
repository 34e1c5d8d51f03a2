"""What a submission defines is found wherever and however it is defined."""

from __future__ import annotations

import textwrap
import time

import numpy as np
import pytest

from grader.worker.steps import Put, Raised, Returned
from tests.worker.shared import called, loaded, result, variable


def source(text):
    """The text without its common indentation."""
    return textwrap.dedent(text).lstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return x + 1",
        "if True:\n    def f(x):\n        return x + 1",
        "if False:\n    pass\nelse:\n    f = lambda x: x + 1",
        "try:\n    def f(x):\n        return x + 1\nfinally:\n    pass",
        "import contextlib\nwith contextlib.nullcontext():\n    def f(x):\n        return x + 1",
        "f = lambda x: x + 1",
        "f: object = lambda x: x + 1",
        "import functools, operator\nf = functools.partial(operator.add, 1)",
        "import numpy as np\nf = np.vectorize(lambda x: x + 1)",
        "import functools\n@functools.lru_cache(None)\ndef f(x):\n    return x + 1",
        "def wrap(g):\n    return lambda x: g(x) + 1\n@wrap\ndef f(x):\n    return x",
        "@wrap\ndef f(x):\n    return x\ndef wrap(g):\n    return lambda x: g(x) + 1",
        "def f(x):\n    return x\ndef wrap(g):\n    return lambda x: g(x) + 1\nf = wrap(f)",
        "def g(x):\n    return x + 1\nf = g",
        "def make(k):\n    def inner(x):\n        return x + k\n    return inner\nf = make(1)",
        "class F:\n    def __call__(self, x):\n        return x + 1\nf = F()",
        "class F:\n    @staticmethod\n    def g(x):\n        return x + 1\nf = F.g",
        "for k in [1]:\n    def f(x):\n        return x + k",
        "def f(x):\n    return x + one()\ndef one():\n    return 1",
        "def f(x, k=ONE()):\n    return x + k\ndef ONE():\n    return 1",
        "import numpy as np\nTABLE = np.ones(1)\ndef f(x, k=TABLE):\n    return x + int(k[0])",
        "if __name__ == '__main__':\n    def f(x):\n        return x + 1",
        (
            "def init():\n    global K\n    K = make()\ndef make():\n    return 1\ninit()\n"
            "def f(x):\n    return x + K"
        ),
        "K = {}\nK['one'] = 0\nfor i in range(2):\n    K['one'] = i\ndef f(x):\n    return x + K['one']",
        "from typing import Optional\ndef f(x: Optional[int] = None) -> 'int':\n    return x + 1",
    ],
)
def test_a_function_is_found_however_it_is_defined(text):
    with loaded(text) as (session, found):
        assert result(session, "f", 1) == 2
        assert [d.name for d in found.definitions if d.name == "f"] == ["f"], found
        assert found.problems == ()


def test_the_last_of_several_definitions_counts_and_all_are_listed():
    with loaded("def f(x):\n    return 1", "\ndef f(x):\n    return 2", "f = lambda x: 3") as (
        session,
        found,
    ):
        assert result(session, "f", 0) == 3
        assert [(d.unit, d.line) for d in found.definitions if d.name == "f"] == [(0, 1), (1, 2), (2, 1)]


def test_a_definition_after_a_wrapped_one_is_the_one_that_counts():
    cells = ("def wrap(g):\n    return lambda x: -g(x)", "def f(x):\n    return 1\nf = wrap(f)")
    with loaded(*cells) as (session, _):
        assert result(session, "f", 0) == -1
    with loaded(*cells, "def f(x):\n    return 2") as (session, _):
        assert result(session, "f", 0) == 2


def test_a_value_computed_between_two_literals_is_the_one_that_a_notebook_has():
    text = "eps = 1\ny = 2 * eps\neps = 5\ndef f(x):\n    return x, y, eps"
    with loaded(text) as (session, _):
        assert result(session, "f", 0) == (0, 2, 5)


def test_cells_in_any_order_find_each_other():
    with loaded("y = g(3)", "def g(x):\n    return x * K", "K = 2", "def f(x):\n    return y + x") as (
        session,
        found,
    ):
        assert result(session, "f", 1) == 7
        assert found.problems == ()
    with loaded("z = y + 1", "y = len('abc')", "def f(x):\n    return z") as (session, found):
        assert result(session, "f", 1) == 4
        assert found.problems == ()


def test_what_nobody_asks_for_is_not_run():
    text = source(
        """
        import numpy as np
        x = np.linspace(0, 1, 5)
        i = 0
        while True:
            i += 1
        def f(x):
            i = x + 1  # its own x and i, not the notebook's
            return i
        while True:
            np.testing.assert_allclose(f(1), 2)
        np.testing.assert_allclose(f(1), 3)
        print("all tests passed")
        raise SystemExit
        """
    )
    start = time.perf_counter()
    with loaded(text) as (session, found):
        assert result(session, "f", 1) == 2
        assert found.problems == ()
        assert session.printed.kept == []
    assert time.perf_counter() - start < 20


def test_globals_that_a_function_needs_are_computed_with_what_they_need():
    text = source(
        """
        import numpy as np
        def mask(n):
            return np.arange(n) % 2
        rows = 4
        M = mask(rows).astype(float)
        M[0] = 9
        M += 1
        training = train(M)
        def f(x):
            return M * x
        """
    )
    with loaded(text) as (session, found):
        np.testing.assert_array_equal(result(session, "f", 2.0), [20, 4, 2, 4])
        assert "training" not in session.namespace
        assert found.problems == ()


def test_answers_are_what_all_their_statements_make_of_them():
    text = source(
        """
        answers = {}
        answers["q1"] = 0.2
        answers["q2"] = round(1 / 3, 2)
        answers.update(q3=-1, q4=[1, 2])
        answers["q5"] = undefined + 1
        answers["q1"] += 1
        for k in range(2):
            answers[f"r{k}"] = k
        del answers["q4"]
        """
    )
    with loaded(text, wanted=("answers",)) as (session, found):
        assert variable(session, "answers") == {"q1": 1.2, "q2": 0.33, "q3": -1, "r0": 0, "r1": 1}
        (problem,) = found.problems
        assert (problem.kind, problem.unit, problem.line) == ("raised", "cell 1", 5)
        assert "undefined" in problem.text


def test_lines_are_counted_as_python_counts_them():
    with loaded("# one\x0c\u2028still one\r\n# two\r# three\ndef f(x):\n    return x.no_such") as (
        session,
        _,
    ):
        frame = called(session, "f", 1).frames[-1]
        assert (frame.line, frame.text) == (5, "return x.no_such")


def test_dataclasses_with_postponed_annotations_and_classes_as_caches_work():
    text = source(
        """
        from __future__ import annotations
        from dataclasses import dataclass
        import numpy as np

        @dataclass
        class Cache:
            x: np.ndarray
            w: Undefined

            def back(self, dout):
                return dout @ self.w.T, self.x.T @ dout

        def f(x, w):
            return x @ w, Cache(x, w)

        def b(dout, cache):
            return cache.back(dout)

        def c(x):
            def back(dout):
                return 2 * x * dout
            return x * x, back

        def d(dout, cache):
            return cache(dout)
        """
    )
    from grader.worker.steps import Call
    from grader.worker.values import Ref

    x, w = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    with loaded(text, wanted=("f", "b", "c", "d")) as (session, found):
        assert found.problems == ()
        steps = [
            Put("x", x),
            Call("f", (Ref("x"), w), into="one", reveal=1),
            Call("b", (np.array([[1.0]]), Ref("one", (-1,)))),
            Call("c", (3.0,), into="two"),
            Call("d", (2.0, Ref("two", (1,)))),
        ]
        _, forward, back, _, closure = session.run(steps)
        np.testing.assert_array_equal(forward.value[0], [[11.0]])
        np.testing.assert_array_equal(back.value[0], [[3.0, 4.0]])
        np.testing.assert_array_equal(back.value[1], [[1.0], [2.0]])
        assert closure == Returned(12.0)


def test_calls_of_the_check_helper_do_nothing():
    text = source(
        """
        from grader import check, check_all
        import chainmark as cm
        import grader
        @check
        def f(x):
            check("affine")
            cm.check("f").show()
            if grader.check_all().passed:
                return None
            return x + 1
        result = check("affine")
        def g(x):
            return bool(result)
        """
    )
    with loaded(text, wanted=("f", "g")) as (session, found):
        assert result(session, "f", 1) == 2
        assert result(session, "g", 1) is False
        assert (found.problems, found.missing) == ((), ())


def test_a_warning_costs_nothing_and_settings_stay_as_they_were():
    text = source(
        """
        import sys, warnings, random
        import numpy as np
        warnings.warn("at top level")
        def f(x):
            warnings.warn("within")
            warnings.simplefilter("error")
            np.seterr(all="raise")
            sys.setrecursionlimit(5000)
            random.seed(1), np.random.seed(1)
            print("printed", file=sys.stderr)
            return np.float64(x) / 0 if x < 0 else "\\d" + "x"
        """
    )
    import random
    import sys
    import warnings

    before = (warnings.filters[:], np.geterr(), sys.getrecursionlimit(), random.getstate())
    numbers = np.random.get_state()[1].copy()  # noqa: NPY002 - what students' code uses
    with loaded(text) as (session, found):
        assert result(session, "f", 1) == "\\dx"
        assert "printed" in "".join(session.printed.kept)
        assert found.problems == ()
    assert (warnings.filters[:], np.geterr(), sys.getrecursionlimit(), random.getstate()) == before
    np.testing.assert_array_equal(np.random.get_state()[1], numbers)  # noqa: NPY002


def test_randomness_is_the_same_for_each_session_and_new_for_each_message():
    text = "import numpy as np, random\ndef f(x):\n    return np.random.randn(), random.random()"
    drawn = []
    for _ in range(2):
        with loaded(text) as (session, _found):
            drawn.append([result(session, "f", 0) for _ in range(3)])
    assert drawn[0] == drawn[1]
    assert len({float(normal) for normal, _ in drawn[0]}) == 3


def test_a_flood_of_prints_is_kept_short():
    with loaded("def f(x):\n    for _ in range(10**5):\n        print('x' * 100)\n    return x") as (
        session,
        _,
    ):
        assert result(session, "f", 1) == 1
        assert len("".join(session.printed.kept)) == 20_000


def test_wrong_arguments_are_said_with_the_functions_own_names():
    with loaded("def f(x, w, *rest, b=object()):\n    return x") as (session, _):
        outcome = called(session, "f", 1)
        assert isinstance(outcome, Raised)
        assert outcome.text == "f(x, w, b=...) was called with 1 argument"
