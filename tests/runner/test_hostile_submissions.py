"""Submissions that try to cheat or to hurt, graded sealed: each ends as what it is, and the honest one after it
gets full marks.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from grader.checks.dispatch import check
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.runner import Program
from grader.worker.program import Source
from tests.runner.levels import sealed

RELU = exercises()["relu"]
FUNCTIONS = ("relu_forward", "relu_backward")
HONEST = """
import numpy as np
def relu_forward(x):
    return np.maximum(0, x), x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
LEVELS = ["A", "B"]


@pytest.fixture(params=LEVELS, scope="module")
def runner(request):
    found = sealed(request.param)
    yield found
    found.close()


def graded(runner, text):
    runner.load(Program((Source("cell 1", text),), FUNCTIONS))
    return check(RELU, runner, SeedSource(b"the course's own"), SeedSource(b"paper"))


def full_marks(checked):
    return (
        not checked.not_started
        and bool(checked.nodes)
        and all(node.verdict == "pass" for node in checked.nodes.values())
        and not checked.deductions
    )


def honest_after(runner):
    assert full_marks(graded(runner, HONEST)), "the next submission is graded as if nothing had been"


def in_forward(body, *, rest=""):
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    forward = f"def relu_forward(x):\n{lines}\n    return np.zeros_like(x), x\n"
    backward = "def relu_backward(dout, cache):\n    return np.zeros_like(dout)\n"
    return f"import os, sys, time\nimport numpy as np\n{rest}\n{forward}{backward}"


FORGERIES = {
    "every comparison of NumPy always agrees": """
np.testing.assert_allclose = lambda *a, **k: None
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.abs = lambda a: np.zeros(np.shape(a))
""",
    "the worker's own modules are patched": """
for module in list(sys.modules.values()):
    for name in ("compare", "check", "judge", "same_numbers", "marked"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: True)
""",
    "frames are written past the worker": """
import json, struct
body = json.dumps({"t": [4, {"t": ["Returned", {"t": []}]}]}).encode()
for fd in range(3, 64):
    try: os.write(fd, struct.pack(">4sIQ", b"CMk1", len(body), 0) + body)
    except OSError: pass
""",
    "the frames walked for the grader's values": """
import gc, inspect
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        if isinstance(value, dict) and any("expected" in str(k) for k in value): return value["expected"], x
    frame = frame.f_back
for found in gc.get_objects():
    if type(found).__name__ in ("Expected", "LayerRun", "Report"): return found, x
""",
    "the reference imported": """
try:
    from reference.activations import RELU
    return RELU.forward_rule(x)
except ImportError:
    import importlib
    try: return importlib.import_module("reference").layers()["relu"].forward(x)
    except ImportError: pass
""",
    "sys.path pointed at everything": """
for place in ("/", "/work", "/home", "/usr/lib/python3", os.sep.join(("", "work", "main"))):
    sys.path.insert(0, place)
try:
    import reference
    return reference.layers()["relu"].forward(x)
except Exception: pass
""",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_earns_nothing(runner, forgery):
    checked = graded(runner, in_forward(FORGERIES[forgery]))
    assert not full_marks(checked)
    assert not any(node.verdict == "pass" for node in checked.nodes.values())
    honest_after(runner)


ALWAYS_EQUAL = """
class Equal(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __ne__(self, other): return np.zeros(self.shape, bool)
    def __le__(self, other): return np.ones(self.shape, bool)
    def __sub__(self, other): return np.zeros(self.shape)
    def __rsub__(self, other): return np.zeros(self.shape)
    def __abs__(self): return np.zeros(self.shape)
    def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
"""


def test_an_array_that_equals_everything_is_judged_by_its_numbers(runner):
    rest = ALWAYS_EQUAL
    checked = graded(runner, in_forward("return np.full(x.shape, 7.0).view(Equal), x", rest=rest))
    assert checked.nodes["out"].verdict == "fail"
    honest_after(runner)


VALUES = {
    "an object with __array__": (
        "class A:\n        def __array__(self, *a, **k): return np.maximum(0, x)\n    return A(), x"
    ),
    "a broadcast of a million times a million": "return np.broadcast_to(0.0, (10**6, 10**6)), x",
    "a list that holds itself": "l = []; l.append(l); return l, x",
    "a list 100,000 deep": "l = []\n    for _ in range(10**5): l = [l]\n    return l, x",
    "a million keys": "return dict.fromkeys(range(10**6)), x",
    "an integer of 5,000 digits": "return 10**5000, x",
    "an infinite generator": "return (i for i in iter(int, 1)), x",
    "a lone surrogate": "return '\\ud800', x",
    "a masked array": "return np.ma.masked_array(np.maximum(0, x), mask=True), x",
    "an array of objects": "return np.array([object()] * x.size).reshape(x.shape), x",
    "a structured array": "return np.zeros(x.shape, dtype=[('a', 'f8')]), x",
    "an array of huge items": "return np.zeros(3, dtype='S1000000'), x",
    "complex numbers": "return np.maximum(0, x) + 1j, x",
    "nothing but nan": "return np.full(x.shape, np.nan), x",
    "an exception whose text is a gigabyte": "raise ValueError('x' * 10**9)",
    "an exception whose text never ends": (
        "class E(Exception):\n        def __str__(self):\n            while True: pass\n    raise E"
    ),
    "an exception with a hostile name": "raise type('\\x1b[31mE\\n' * 50, (Exception,), {})('\\x1b]0;title\\x07')",
    "a thousand megabytes of output": "for _ in range(1000): print('x' * 10**6)\n    return None, x",
}


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_fails_the_output_and_nothing_else(runner, value):
    text = HONEST.replace("    return np.maximum(0, x), x", f"    {VALUES[value]}")
    checked = graded(runner, text)
    assert not full_marks(checked)
    assert checked.not_started or checked.nodes["out"].verdict == "fail"
    honest_after(runner)


ENDS = {
    "os._exit": ("os._exit(0)", "ended the whole process"),
    "SystemExit": ("raise SystemExit(0)", "SystemExit"),
    "abort": ("os.abort()", "SIGABRT"),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", ""),
    "C stack overflow": ("sys.setrecursionlimit(10**9)\nf = lambda g: g(g)\nf(f)", ""),
    "its pipes closed": ("os.closerange(0, 64)", ""),
    "a kill of itself": ("os.kill(os.getpid(), 9)", ""),
    "a kill of everybody": ("os.kill(-1, 9)", ""),
    "a kill of its parent": ("os.kill(os.getppid(), 9)", ""),
    "memory": ("a = [bytearray(10**8) for _ in range(1000)]", ""),
    "memory by NumPy": ("np.ones(10**11)", "memory"),
    "busy loop": ("while True: pass", "did not end within"),
    "a loop that catches everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "did not end within",
    ),
    "a power that never ends": ("x = 7 ** (7 ** 12)", "did not end within"),
    "a regular expression": ("import re\nre.match('(a+)+$', 'a' * 60 + 'b')", "did not end within"),
    "a slow drip": (
        "for fd in range(3, 64):\n    try: os.write(fd, b'C')\n    except OSError: pass\ntime.sleep(60)",
        "",
    ),
    "stopped": ("import signal\nos.kill(os.getpid(), signal.SIGSTOP)\nwhile True: pass", ""),
}


@pytest.mark.parametrize("ending", ENDS)
def test_no_result_is_never_a_pass_and_says_how_it_ended(runner, ending):
    body, said = ENDS[ending]
    start = time.monotonic()
    checked = graded(runner, in_forward(body))
    assert not full_marks(checked)
    assert not any(node.verdict == "pass" for node in checked.nodes.values())
    if said:
        messages = " ".join(
            [*(f.message for f in checked.findings), *(n.message for n in checked.nodes.values())]
        )
        assert said in messages
    assert time.monotonic() - start < 30
    honest_after(runner)


def test_a_loop_at_import_time_does_not_hold_the_class_up(runner):
    start = time.monotonic()
    loaded = runner.load(Program((Source("cell 1", "class A:\n    while True: pass\n" + HONEST),), FUNCTIONS))
    assert time.monotonic() - start < 15
    assert loaded is not None
    honest_after(runner)


def test_a_deep_syntax_tree_ends_the_worker_and_not_the_grader(runner):
    text = "x = " + "(" * 50_000 + "1" + ")" * 50_000 + HONEST
    graded(runner, text)
    honest_after(runner)


def test_what_counts_calls_to_behave_only_while_watched_is_judged_on_every_call(runner):
    text = HONEST.replace("def relu_backward", "CALLS = [0]\ndef relu_backward").replace(
        "    return dout * (cache > 0)",
        "    CALLS[0] += 1\n    return dout * (cache > 0) if CALLS[0] < 3 else dout",
    )
    assert not full_marks(graded(runner, text))
    honest_after(runner)


def test_nothing_is_left_behind(runner):
    before = descendants(runner.zygote.pid), len(os.listdir("/proc/self/fd"))
    for ending in ("os._exit", "busy loop", "abort"):
        graded(runner, in_forward(ENDS[ending][0]))
    runner.close()
    assert descendants(runner.zygote.pid) == set()
    assert len(os.listdir("/proc/self/fd")) <= before[1]


def descendants(pid):
    """Pids of all processes below this one, zombies included."""
    parents = {}
    for found in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = found.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(found.parent.name)] = int(fields[1])
    below = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in below} | below
        if more == below:
            return below - {pid}
        below = more
