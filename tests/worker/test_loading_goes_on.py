"""What does not work at top level, raises, leaves, hangs or does not parse, stops nothing else."""

from __future__ import annotations

import time

import pytest

from grader.worker.steps import Raised
from tests.worker.shared import called, loaded, result
from tests.worker.test_loading import source


def test_an_exception_at_top_level_is_recorded_with_its_line_and_stops_nothing():
    text = (
        "import numpy as np\nW = np.ones(2) @ np.ones(3)\nK = 1\ndef f(x):\n    return x + K\n"
        "g = W\nh = lambda x: W"
    )
    with loaded(text, wanted=("f", "h")) as (session, found):
        assert result(session, "f", 1) == 2
        assert found.problems[0].line == 2
        assert found.problems[0].text.startswith("ValueError: matmul")
        outcome = called(session, "h", 1)
        assert isinstance(outcome, Raised)
        assert outcome.error == "NameError"


@pytest.mark.parametrize(
    "end", ["raise SystemExit", "raise KeyboardInterrupt", "exit()", "quit(0)", "import sys\nsys.exit(1)"]
)
def test_leaving_at_top_level_leaves_nothing(end):
    ended = "\n    ".join(["def stop():", *end.split("\n")])
    with loaded(f"{ended}\nK = stop()\ndef f(x):\n    return K if x < 0 else x") as (session, found):
        assert result(session, "f", 3) == 3
        assert found.problems[0].kind == "raised"


@pytest.mark.parametrize(
    "hang",
    [
        "K = [1 for _ in iter(int, 1)]",
        "while True:\n    K = 1",
        "class K:\n    while True:\n        pass",
        "def K(n=[1 for _ in iter(int, 1)]):\n    pass",
        "K = 0\nwhile True:\n    try:\n        K += 1\n    except Exception:\n        pass",
        "import time\nK = time.sleep(100)",
    ],
)
def test_a_statement_that_does_not_end_is_stopped_within_the_budget_and_the_rest_is_loaded(hang):
    start = time.perf_counter()
    text = f"{hang}\nL = len('abc')\ndef f(x):\n    return (x + L, K) if x < 0 else x + L"
    with loaded(text, budget=0.4) as (session, found):
        assert result(session, "f", 1) == 4
        assert [p.kind for p in found.problems] == ["budget"]
    assert time.perf_counter() - start < 10


def test_many_statements_that_do_not_end_cost_one_budget_together():
    text = "\n".join(f"K{i} = [1 for _ in iter(int, 1)]" for i in range(30))
    start = time.perf_counter()
    with loaded(f"{text}\ndef f(x):\n    return [{', '.join(f'K{i}' for i in range(30))}]", budget=0.5) as (
        _,
        found,
    ):
        assert len(found.problems) == 30
    assert time.perf_counter() - start < 5


def test_a_syntax_error_in_one_function_loses_no_other():
    text = source(
        '''
        import numpy as np
        eps = 1e-3
        def broken(x):
            return x +
        table = {
            "a": 1,
        }
        def f(x):
            """A text
        that reaches the margin
            """
            return x + eps * 0 + table["a"]
        def also(x)
            return x
        @staticmethod
        def g(x):
            return x
        '''
    )
    with loaded(text, wanted=("f", "g")) as (session, found):
        assert result(session, "f", 1) == 2
        assert result(session, "g", 5) == 5
        assert [(p.kind, p.unit, p.line) for p in found.problems] == [
            ("syntax", "cell 1", 4),
            ("syntax", "cell 1", 13),
        ]
        assert "return x +" in found.problems[0].text


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    prints x\n    return x",
        "return 1",
        "def f(x):\n\treturn 1\n        return 2",
        "def f(:",
        "\0",
        "(" * 500,
        "x = 'a",
        "-" * 9000 + "1",
        "\ud800",
    ],
)
def test_a_text_that_cannot_be_read_is_said_to_be_and_the_next_cell_counts(text):
    with loaded(text, "def f(x):\n    return x + 1") as (session, found):
        assert result(session, "f", 1) == 2
        assert found.problems[0].kind == "syntax"
