"""A bank of programs, right and wrong and hostile, each with the steps that are run on it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np

from grader.runner import Program
from grader.worker.program import Source
from grader.worker.steps import Call, Evaluate, Get, Nudge, Put, Variable
from grader.worker.values import Code, Ref

HONEST_TEXT = """
import numpy as np
def affine_forward(x, w, b):
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""
X, W, B, DOUT = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4) / 4, np.ones(4), np.ones((2, 4))


def program(text, *wanted, allowed=()):
    """The text as one cell."""
    return Program((Source("cell 1", textwrap.dedent(text)),), wanted or ("f",), tuple(allowed))


HONEST = program(HONEST_TEXT, "affine_forward", "affine_backward")
HONEST_STEPS = (
    Put("x", X),
    Call("affine_forward", (Ref("x"), W, B), into="fwd", reveal=1),
    Call("affine_backward", (DOUT, Ref("fwd", (-1,)))),
    Get(Ref("x")),
)


def graded_right(runner):
    """Whether the honest program, loaded into this runner, gives what it must."""
    from grader.runner import Loaded

    loaded = runner.load(HONEST)
    assert isinstance(loaded, Loaded), loaded
    _, forward, backward, _ = runner.run(HONEST_STEPS)
    np.testing.assert_array_equal(forward.value[0], X @ W + B)
    for got, right in zip(backward.value, (DOUT @ W.T, X.T @ DOUT, DOUT.sum(0)), strict=True):
        np.testing.assert_array_equal(got, right)
    return True


@dataclass(frozen=True)
class Entry:
    """One program of the bank."""

    name: str
    program: Program
    steps: tuple


def entry(name, text, *steps, wanted=("f",)):
    """With one call f(1.5) where no steps are given."""
    return Entry(name, program(text, *wanted), steps or (Call("f", (1.5,)),))


F = "import numpy as np\ndef f(x):\n    "
ROUNDS = ((), (Nudge(0, 0.5),), (Nudge(0, -0.5, (1, 0)), Nudge(1, 0.25)))
BANK = (
    Entry("honest", HONEST, HONEST_STEPS),
    Entry("honest twice", HONEST, HONEST_STEPS * 2),
    Entry("differences", HONEST, (Evaluate("affine_forward", (X, W, B), ROUNDS, 1),)),
    Entry("a wrong sum", program(HONEST_TEXT.replace("sum", "mean"), "affine_backward"), HONEST_STEPS),
    Entry("a wrong shape", program(HONEST_TEXT.replace("w.T", "w"), "affine_backward"), HONEST_STEPS),
    Entry(
        "salvaged",
        program(HONEST_TEXT.replace("w.T", "w"), "affine_backward"),
        (*HONEST_STEPS[:2], Call("affine_backward", (DOUT, Ref("fwd", (-1,))), salvage=True)),
    ),
    entry("nothing", F + "pass"),
    entry("an exception", F + "raise ValueError('no: %r' % x)"),
    entry("a key error", F + "return {}['k']"),
    entry("an exit", F + "raise SystemExit(3)"),
    entry("an interrupt", F + "raise KeyboardInterrupt('mine')"),
    entry("an exit by name", F + "exit(1)"),
    entry("a generator's end", F + "raise StopIteration"),
    entry("a leaving generator", F + "raise GeneratorExit"),
    entry("no memory", F + "return np.ones(10 ** 13)"),
    entry("recursion", F + "return f(x)"),
    entry("many arguments", F + "return x", Call("f", (1, 2, 3))),
    entry("a wrong call within", F + "return len(x)"),
    entry(
        "an argument changed", F + "x += 1\n    return x", Put("a", X), Call("f", (Ref("a"),)), Get(Ref("a"))
    ),
    entry("missing", "def g(x):\n    return x"),
    entry("not a function", "f = 3"),
    entry("broken", "def f(x):\n    return x +"),
    entry("a stub", F + "raise NotImplementedError"),
    entry("printing", F + "print('x' * 10 ** 6)\n    return x"),
    entry("asking", F + "return input('?')"),
    entry("a huge text", F + "raise ValueError('x' * 10 ** 7)"),
    entry(
        "a text that raises",
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit\ndef f(x):\n    raise E",
    ),
    entry(
        "a text that is none",
        "class E(Exception):\n    def __str__(self):\n        return 3\ndef f(x):\n    raise E",
    ),
    entry(
        "a hostile name",
        "class M(type):\n    __name__ = property(lambda c: 1 / 0)\n"
        "class E(Exception, metaclass=M):\n"
        "    __traceback__ = property(lambda e: 1 / 0)\ndef f(x):\n    raise E('said')",
    ),
    entry(
        "a text of another kind",
        (
            "class S(str):\n    def __getitem__(self, k):\n        return 7\n"
            "    split = strip = None\nclass E(Exception):\n    def __str__(self):\n"
            "        return S('said')\ndef f(x):\n    raise E"
        ),
    ),
    entry("a surrogate", F + "raise ValueError('\\ud800 \\x1b[31m')"),
    entry("objects", F + "return object(), {1}, f, np, b'x', 1j, range(3)"),
    entry(
        "arrays of many kinds",
        F + "return [np.arange(3).astype(k) for k in '?bhilBHILefdg'], np.array(['a']), np.array([None])",
    ),
    entry(
        "subclasses",
        F
        + "return np.matrix([[1.0]]), np.ma.array([1.0], mask=[1]), np.float64(3), np.float32(2), np.bool_(1)",
    ),
    entry("special floats", F + "return np.nan, np.inf, -0.0, 5e-324, 2 ** 63, 2 ** 64, -2 ** 63 - 1"),
    entry("itself", F + "a = []\n    a.append(a)\n    d = {'d': a}\n    d['e'] = d\n    return a, d"),
    entry("deep", F + "a = []\n    for _ in range(10 ** 5):\n        a = [a]\n    return a"),
    entry("many keys", F + "return {i: i for i in range(10 ** 6)}"),
    entry("a broadcast view", F + "return np.broadcast_to(1.0, (10 ** 6, 10 ** 6))"),
    entry("endless", F + "return iter(int, 1)"),
    entry("long integer", F + "return 10 ** 5000"),
    entry(
        "named tuples",
        (
            "from collections import namedtuple, defaultdict\nG = namedtuple('G', 'a b')\n"
            "def f(x):\n    return G(1, x), defaultdict(int, a=1)"
        ),
    ),
    entry(
        "random numbers",
        "import numpy as np, random\ndef f(x):\n    return np.random.randn(2), random.random()",
        Call("f", (1,)),
        Call("f", (1,)),
    ),
    entry(
        "a missing module",
        (
            "import torch\nfrom nowhere import *\ndef f(x):\n    return torch.relu(x)\n"
            "def g(x):\n    return absent(x)"
        ),
        Call("f", (1,)),
        Call("g", (1,)),
        wanted=("f", "g"),
    ),
    entry(
        "variables",
        "answers = {'a': 1}\nanswers['b'] = [2.5, None]\nw = {1}",
        Variable("answers"),
        Variable("w"),
        Variable("v"),
        wanted=("answers", "w", "v"),
    ),
    entry(
        "a function handed over",
        "def f(g, x):\n    return g(x) + x",
        Call("f", (Code("g", "def g(x):\n    return x ** 2"), 3.0)),
    ),
    entry(
        "a closure as a cache",
        "def f(x):\n    return x, lambda d: 2 * x * d\ndef b(d, c):\n    return c(d)",
        Call("f", (3.0,), into="r"),
        Call("b", (1.0, Ref("r", (1,)))),
        Call(Ref("r", (1,)), (2.0,)),
        Get(Ref("r", (9,))),
        Get(Ref("none")),
        wanted=("f", "b"),
    ),
    entry(
        "warnings",
        (
            "import warnings\nimport numpy as np\ndef f(x):\n    warnings.warn('w')\n"
            "    return np.array([x, 0.0]) / 0"
        ),
    ),
    entry(
        "problems at top level",
        "K = 1 / 0\nL = [1 for _ in 3]\nimport torch\ndef f(x):\n    return K, L",
    ),
    entry("python 2", "def f(x):\n    return x\n\ndef g(x):\n    print x\n"),
)
