"""Answers travel many at a time, and yet an end in the middle costs none before it and is told at its own step."""

from __future__ import annotations

import os

import pytest

from grader.runner import Program
from grader.runner.sealed import SealedRunner, Zygote
from grader.runner.worker_runner import MOST_DEATHS
from grader.worker.program import Source
from grader.worker.progress import clear, mapped, new_page, note, reached
from grader.worker.steps import Call, Get, Killed, NotRun, Put, Returned, TimedOut
from grader.worker.values import Ref
from tests.runner.levels import QUICK, sandbox, sealed

PAGE = """
import os, sys

def page():
    frame = sys._getframe()
    while frame is not None and "page" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["page"]

def message():
    frame = sys._getframe()
    while "message" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["message"]

def claim(step):
    page()[:16] = message().to_bytes(8, sys.byteorder) + step.to_bytes(8, sys.byteorder)
"""


@pytest.fixture
def runner():
    sealed("A").close()  # skips where there is none
    made = SealedRunner(sandbox("A"), zygote=Zygote(), owned=True, limits=QUICK)
    yield made
    made.close()


def run(runner, body, *numbers, head=PAGE):
    text = f"{head}\ndef f(x):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    runner.load(Program((Source("a.py", text),), ("f",)))
    return runner.run([Call("f", (x,)) for x in numbers])


ENDS = {
    "it ends itself": ("if x == 2: os._exit(3)\nreturn x", Killed("it ended itself")),
    "it crashes": ("if x == 2: os.abort()\nreturn x", None),
    "it never ends": ("while x == 2: pass\nreturn x", TimedOut),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_the_process_costs_its_own_step_and_none_before_it(runner, name):
    body, ended = ENDS[name]
    zero, one, died, after = run(runner, body, 0, 1, 2, 3)
    assert (zero, one) == (Returned(0), Returned(1))
    assert isinstance(died, ended or Killed) if not isinstance(ended, Killed) else died == ended
    assert isinstance(after, NotRun)
    assert run(runner, "return x + 1", 1) == [Returned(2)]


def test_values_kept_before_the_end_are_there_when_it_is_run_again(runner):
    text = PAGE + "def f(x):\n    return x\ndef g(x):\n    os._exit(1)\n"
    runner.load(Program((Source("a.py", text),), ("f", "g")))
    steps = [
        Put("x", 4),
        Call("f", (Ref("x"),), into="y"),
        Put("z", 1),
        Get(Ref("y")),
        Call("g", (1,)),
        Put("w", 2),
    ]
    *before, died, after = runner.run(steps)
    assert before == [Returned(None), Returned(4), Returned(None), Returned(4)]
    assert died == Killed("it ended itself")
    assert isinstance(after, NotRun)


@pytest.mark.parametrize("step", [0, 1, 3, 99, 2**63])
def test_a_page_that_lies_moves_no_number_and_saves_nobody(runner, step):
    outcomes = run(runner, f"if x == 2:\n    claim({step})\n    os._exit(1)\nreturn x", 0, 1, 2, 3)
    assert Returned(2) not in outcomes
    assert Returned(3) not in outcomes
    assert any(isinstance(outcome, Killed) for outcome in outcomes)
    assert all(outcome == Returned(x) for x, outcome in enumerate(outcomes) if isinstance(outcome, Returned))


def test_the_last_end_that_is_allowed_is_told_as_the_first_was(runner):
    text = "import os\ndef f(x):\n    if x == 2: os._exit(3)\n    return x\n"
    runner.load(Program((Source("a.py", text),), ("f",)))
    calls = [Call("f", (x,)) for x in (0, 1, 2, 3)]
    first, *_, last, given_up = [runner.run(calls) for _ in range(MOST_DEATHS + 1)]
    assert first == last
    assert first[:3] == [Returned(0), Returned(1), Killed("it ended itself")]
    assert all(isinstance(outcome, NotRun) for outcome in given_up)


def test_one_submission_leaves_nothing_on_the_page_for_the_next(runner):
    body = "page()[100:108] = b'a secret'\nreturn x"
    assert run(runner, body, 1) == [Returned(1)]
    assert run(runner, "return int(any(page()[16:]))", 1) == [Returned(0)]


def test_without_a_page_every_answer_is_sent_by_itself(monkeypatch):
    sealed("A").close()
    monkeypatch.setattr("grader.runner.sealed.new_page", lambda: (-1, None))
    made = SealedRunner(sandbox("A"), zygote=Zygote(), owned=True, limits=QUICK)
    zero, died = run(made, "if x == 1: os._exit(1)\nreturn x", 0, 1)
    made.close()
    assert (zero, died) == (Returned(0), Killed("it ended itself"))


def test_zygotes_leave_no_descriptor_of_their_page_behind():
    sealed("A").close()
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        zygote = Zygote()
        zygote.wait_until_ready()
        zygote.close()
    assert set(os.listdir("/proc/self/fd")) == before


def test_a_page_is_read_for_its_own_message_only():
    fd, page = new_page()
    note(mapped(fd), 7, 3)
    os.close(fd)
    assert reached(page, 7) == 3
    assert reached(page, 8) is None
    clear(page)
    assert reached(page, 7) is None
