"""A submission that ends, hangs or kills its process while it is loaded is graded as far as it can be."""

from __future__ import annotations

import time

import pytest

from grader.runner import Loaded
from grader.worker.steps import Call, Killed, NotRun, Returned
from tests.runner.programs import program
from tests.runner.test_hostile import HEAD, _then_honest, runner

__all__ = ["_then_honest", "runner"]  # fixtures


LOADS = {
    "caught for ever": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n    K = 1",
        "took too long",
    ),
    "an exit": ("K = os._exit(0)", "ended the whole process (it ended itself)"),
    "a crash": ("K = os.abort()", "ended the whole process (SIGABRT)"),
    "a class body": ("class K:\n    os._exit(1)", "ended the whole process"),
    "a decorator": ("@os._exit\ndef K(x):\n    pass", ""),
}


@pytest.mark.parametrize(("text", "said"), LOADS.values(), ids=LOADS)
def test_a_statement_that_ends_the_process_is_left_out_and_the_rest_is_loaded(
    runner, text, said, monkeypatch
):
    monkeypatch.setattr("grader.runner.worker_runner.LOAD_SECONDS", 0.7)
    start = time.perf_counter()
    loaded = runner.load(program(f"{HEAD}{text}\nL = len('abc')\ndef f(x):\n    return x + L if x else K"))
    assert isinstance(loaded, Loaded), loaded
    assert said in loaded.problems[0].text
    assert runner.run([Call("f", (1.0,))]) == [Returned(4.0)]
    assert time.perf_counter() - start < 30
    runner.run([Call("f", (1.0,)), Call("os._exit", ())])


def test_a_submission_that_cannot_be_loaded_costs_its_time_once(runner, monkeypatch):
    monkeypatch.setattr("grader.runner.worker_runner.LOAD_SECONDS", 0.3)
    text = "".join(f"K{i} = os._exit(0)\n" for i in range(9))
    loaded = runner.load(program(f"{HEAD}{text}def f(x):\n    return {'+'.join(f'K{i}' for i in range(9))}"))
    assert loaded == Killed("it ended itself")
    start = time.perf_counter()
    for _ in range(20):
        assert runner.run([Call("f", (1.0,))] * 2) == [loaded] * 2
    assert time.perf_counter() - start < 5


def test_a_hanging_top_level_costs_no_more_than_its_budget(runner):
    start = time.perf_counter()
    loaded = runner.load(
        program("K = [1 for _ in iter(int, 1)]\nwhile True:\n    K = 1\ndef f(x):\n    return x if x else K")
    )
    assert [p.kind for p in loaded.problems] == ["budget", "budget"]
    assert time.perf_counter() - start < 40
    assert runner.run([Call("f", (1.0,))]) == [Returned(1.0)]


def test_a_worker_that_dies_is_replaced_and_loaded_again(runner):
    text = f"{HEAD}\nN = []\ndef f(x):\n    N.append(1)\n    return os._exit(0) if x == 0 else len(N)"
    runner.load(program(text))
    for _ in range(3):
        one, gone, after = runner.run([Call("f", (1,)), Call("f", (0,)), Call("f", (1,))])
        assert (one, gone) == (Returned(1), Killed("it ended itself"))
        assert after == NotRun("the process had ended")
