"""What ends, floods, hangs or deceives a worker is a typed outcome, and the next submission is graded right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from grader.runner import Loaded
from grader.runner.inprocess import InProcessRunner
from grader.runner.process import ProcessRunner
from grader.runner.worker_runner import Time
from grader.worker.steps import Call, Killed, Malformed, NotRun, OutOfMemory, Raised, Returned, TimedOut
from tests.runner.programs import graded_right, program

LIMITS = Time(cpu=0.6, wall=3.0)


@pytest.fixture(scope="module")
def runner():
    made = ProcessRunner(LIMITS, memory_mb=1024)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _then_honest(runner):
    """After whatever a test did, an honest program is graded right by the same runner."""
    yield
    assert graded_right(runner)


HEAD = "import os, sys, time, threading, signal, numpy as np\n"
PIPES = """
def pipes():
    import stat
    return [fd for fd in range(3, 64) if _is_pipe(fd)]
def _is_pipe(fd):
    try:
        return os.fstat(fd).st_mode & 0o170000 == 0o010000
    except OSError:
        return False
def out():
    for fd in pipes():
        try:
            os.write(fd, b"")
            return fd
        except OSError:
            pass
def forge(said):
    data = said.encode()
    os.write(out(), b"CMk1" + len(data).to_bytes(4, "big") + bytes(8) + data)
"""


def outcome(runner, body, *, head=HEAD, calls=1):
    """The outcomes of f(1.0) with this body."""
    text = f"{head}\ndef f(x):\n{textwrap.indent(textwrap.dedent(body).strip(chr(10)), '    ')}\n"
    loaded = runner.load(program(text, allowed=("threading", "signal", "ctypes")))
    assert isinstance(loaded, Loaded), loaded
    found = runner.run([Call("f", (1.0,))] * calls)
    assert len(found) == calls
    return found[0] if calls == 1 else found


ENDS = {
    "os._exit": ("os._exit(0)", Killed("it ended itself")),
    "kill": ("os.kill(os.getpid(), signal.SIGTERM)", Killed("SIGTERM")),
    "abort": ("os.abort()", Killed("SIGABRT")),
    "segfault": ("import ctypes\nctypes.string_at(0)", None),
    "closed fds": ("os.closerange(3, 256)\nreturn x", Killed("it ended itself")),
    "C stack": (
        (
            "sys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(self):\n"
            "        return repr([self])\nreturn repr(A())"
        ),
        None,
    ),
    "interrupt": ("os.kill(os.getpid(), signal.SIGINT)\nreturn x", Killed("it ended itself")),
}


@pytest.mark.parametrize(("body", "ends"), ENDS.values(), ids=ENDS)
def test_a_process_that_ends_is_killed_and_what_follows_is_not_run(runner, body, ends):
    first, second = outcome(runner, body, calls=2)
    if ends is not None:
        assert first == ends
    assert isinstance(first, (Killed, Raised, OutOfMemory)), first
    assert isinstance(second, (NotRun, Raised)), second


def test_a_crash_in_c_is_named_by_its_signal(runner):
    text = "import ctypes\ndef f(x):\n    return ctypes.string_at(0)"
    runner.load(program(text, "f", allowed=("ctypes",)))
    assert runner.run([Call("f", (1,))]) == [Killed("SIGSEGV")]


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        (
            "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass"
        ),
        "return 7 ** (7 ** 12)",
        "import re\nreturn re.match('(a+)+$', 'a' * 64 + 'b')",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "return sum(iter(lambda: 1, 0))",
        (
            "for i in range(4): threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()\n"
            "while True: pass"
        ),
    ],
)
def test_what_computes_without_end_is_timed_out_by_its_cpu_time(runner, body):
    start = time.perf_counter()
    found = outcome(runner, body)
    assert isinstance(found, (TimedOut, Raised, OutOfMemory)), found
    if not isinstance(found, Raised):
        assert not getattr(found, "waited", False)
    assert time.perf_counter() - start < 30


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "threading.Lock().acquire() and threading.Event().wait()",
    ],
)
def test_what_waits_without_end_is_tried_again_and_timed_out_by_the_clock(body):
    patient = ProcessRunner(Time(cpu=5.0, wall=0.5))
    start = time.perf_counter()
    found = outcome(patient, body)
    assert isinstance(found, TimedOut)
    assert found.waited
    assert 1.0 < time.perf_counter() - start < 30
    assert graded_right(patient)
    patient.close()


@pytest.mark.parametrize(
    "body",
    [
        "return np.ones(10 ** 11)",
        "a = []\nwhile True: a.append(np.empty(10 ** 7))",
        "return bytearray(10 ** 12)",
        "return 'x' * 10 ** 12",
        "raise MemoryError",
    ],
)
def test_what_needs_too_much_memory_is_out_of_memory(runner, body):
    assert outcome(runner, body) == OutOfMemory()


def test_memory_freed_again_is_there_for_the_next_call(runner):
    first, second = outcome(
        runner, "return np.ones(10 ** 12) if f.__dict__.setdefault('n', []) else f.n.append(1) or x", calls=2
    )
    assert (first, second) == (Returned(1.0), OutOfMemory())


@pytest.mark.parametrize(
    "body",
    [
        "os.write(out(), b'junk' * 100)\nreturn x",
        "os.write(out(), b'CMk1' + b'\\xff' * 12)\nreturn x",
        "forge('{}')\nreturn x",
        "forge('[1,')\nreturn x",
        """forge('{"t":[0,7,{"t":["Returned",3]}]}')\nreturn x""",
        """forge('{"t":[0,0,{"t":["TimedOut",3.5,false]}]}')\nreturn x""",
        """forge('{"t":[0,0,{"t":["Call","f",1,2,3,4]}]}')\nreturn x""",
        """forge('{"t":[0,0,{"t":["Returned",{"r":["x"]}]}]}')\nreturn x""",
        """forge('{"t":[0,0,{"t":["Raised","E",1,{"t":[""]},""]}]}')\nreturn x""",
        """forge('{"t":[0,0,{"t":["Raised","E","t",{"t":["",1]},""]}]}')\nreturn x""",
    ],
)
def test_junk_in_the_pipe_breaks_the_protocol(runner, body):
    found = outcome(runner, body, head=HEAD + PIPES)
    assert isinstance(found, Malformed), found
    assert "large" not in found.reason or "ff" in body or "junk" in body


def test_a_forged_answer_is_an_answer_out_of_turn_and_never_reaches_the_next_message(runner):
    body = """if x == 1.0: forge('{"t":[0,0,{"t":["Returned",3]}]}')\nreturn x"""
    assert outcome(runner, body, head=HEAD + PIPES) == Malformed("an answer out of turn")
    assert runner.run([Call("f", (2.0,))]) == [Returned(2.0)]


def test_an_answer_that_is_forged_with_the_right_number_is_worth_what_returning_it_would_be(runner):
    body = """
        frame = sys._getframe()
        while "message" not in frame.f_locals:
            frame = frame.f_back
        message = frame.f_locals["message"]
        if x == 1.0:
            forge('{"t":[%d,[{"t":[0,{"t":["Returned",3]}]}]]}' % message)
        return x
        """
    assert outcome(runner, body, head=HEAD + PIPES) == Returned(3)
    assert runner.run([Call("f", (2.0,))]) in ([Returned(2.0)], [Malformed("an answer out of turn")])
    assert runner.run([Call("f", (2.0,))]) == [Returned(2.0)]


def test_what_is_written_between_two_messages_is_not_taken_for_an_answer(runner):
    body = """
        def late():
            time.sleep(0.1)
            forge('{"t":[0,0,{"t":["Returned",3]}]}')
        if x == 1.0:
            threading.Thread(target=late).start()
        return x
        """
    assert outcome(runner, body, head=HEAD + PIPES) == Returned(1.0)
    time.sleep(0.4)
    assert runner.run([Call("f", (2.0,))]) == [Returned(2.0)]


def test_a_fork_that_keeps_the_pipe_does_not_hang_the_runner(runner):
    start = time.perf_counter()
    found = outcome(runner, "if os.fork() == 0:\n    time.sleep(30)\n    os._exit(0)\nos._exit(3)")
    assert found == Killed("it ended itself")
    assert time.perf_counter() - start < 20


def test_a_fork_that_returns_as_well_does_not_answer_twice(runner):
    first, second = outcome(runner, "os.fork()\nreturn x", calls=2)
    assert first == Returned(1.0)
    assert second == Returned(1.0)


def test_a_thread_that_goes_on_ends_with_the_submission(runner):
    found = outcome(runner, "threading.Thread(target=time.sleep, args=(60,)).start()\nreturn os.getpid()")
    graded_right(runner)
    with pytest.raises(ProcessLookupError):
        os.kill(found.value, 0)


def test_a_flood_of_output_past_python_reaches_nobody(runner, capfd):
    found = outcome(
        runner,
        (
            "for fd in (0, 1, 2):\n    os.write(fd, b'x' * 10 ** 6)\n"
            "sys.__stdout__.write('x' * 10 ** 6)\nprint('y' * 10 ** 6)\nreturn x"
        ),
    )
    assert found == Returned(1.0)
    assert len(runner.printed()) == 20_000
    assert capfd.readouterr() == ("", "")


def test_what_is_looked_at_to_explain_an_error_may_be_hostile(runner):
    text = HEAD + textwrap.dedent(
        """
        class H:
            @property
            def shape(self):
                raise SystemExit
            __signature__ = property(lambda self: 1 / 0)
            def __matmul__(self, other):
                raise ValueError("said")
            def __call__(self):
                return 1
        h = H()
        def f(x):
            return h @ x
        class R:
            def __repr__(self):
                os._exit(1)
        def g(x, a=R(), *, k):
            return x
        """
    )
    runner.load(program(text, "f", "g", "h"))
    found, wrong, call = runner.run([Call("f", (1.0,)), Call("g", ()), Call("h", (1, 2))])
    assert (found.error, found.text, found.frames[-1].text) == (
        "ValueError",
        "said",
        'raise ValueError("said")',
    )
    assert wrong.text == "g(x, a=..., k) was called with 0 arguments"
    assert call.error in ("TypeError", "ZeroDivisionError")


def test_the_graders_modules_are_not_within_reach_of_an_import(runner):
    body = """
        found = []
        import builtins
        for name in ("reference", "exercises", "grader.gradcheck", "tests"):
            try:
                builtins.__import__(name)
                found.append(name)
            except ImportError:
                pass
        ours = ("reference", "exercises", "tests", "grader")
        return found, [name for name, m in sys.modules.items() if name.partition(".")[0] in ours and m]
        """
    assert outcome(runner, body) == Returned(([], []))


def test_large_values_go_both_ways(runner):
    runner.load(program("import numpy as np\ndef f(x):\n    return x * 2, np.float32(1)"))
    big = np.arange(1e6)
    (found,) = runner.run([Call("f", (big,))])
    np.testing.assert_array_equal(found.value[0], big * 2)
    assert found.value[1].dtype == np.float32


@pytest.fixture
def default_interrupt():
    """Ctrl-C as in a terminal: a suite that runs in the background inherits it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")
def test_a_real_ctrl_c_comes_through_in_process_and_the_students_own_interrupt_does_not(default_interrupt):
    here = InProcessRunner()
    here.load(
        program(
            "def f(x):\n    if x:\n        raise KeyboardInterrupt\n    while True:\n"
            "        try:\n            while True: pass\n"
            "        except BaseException: break\n    return 3"
        )
    )
    (own,) = here.run([Call("f", (1,))])
    assert (own.error, own.frames[-1].line) == ("KeyboardInterrupt", 3)
    before = signal.getsignal(signal.SIGINT)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        here.run([Call("f", (0,))])
    assert signal.getsignal(signal.SIGINT) is before
    assert here.run([Call("f", (1,))]) == [own]
    here.close()


def test_a_runner_that_is_closed_leaves_no_process_and_no_descriptor():
    code = textwrap.dedent(
        """
        import os
        from grader.runner.process import ProcessRunner
        from tests.runner.programs import graded_right
        before = os.listdir("/proc/self/fd")
        for _ in range(3):
            runner = ProcessRunner()
            assert graded_right(runner)
            runner.close()
        assert os.listdir("/proc/self/fd") == before
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("none")
        """
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "none\n", ran.stderr
