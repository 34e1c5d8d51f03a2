"""A backward that raises is run in parts: what its statements compute without the failed ones counts, no more."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from grader.worker.steps import Call, NotRun, Put, Raised, Returned
from grader.worker.values import Failed, Ref
from tests.worker.shared import loaded

X, W, DOUT = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4), np.arange(8.0).reshape(2, 4)
RIGHT = {"dw": X.T @ DOUT, "db": DOUT.sum(0)}
BEFORE = "import numpy as np\nLOG = []\n"


def salvaged(body, before="", name="backward"):
    """The outcome of `backward(dout, (x, w))` with this body, in parts."""
    head = "def backward(dout, cache):\n    x, w = cache\n"
    text = (
        BEFORE + textwrap.dedent(before) + head + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    )
    with loaded(text, wanted=(name,)) as (session, found):
        assert found.problems == ()
        plain = list(session.run([Put("d", DOUT), Call(name, (Ref("d"), (X, W)))]))[-1]
        outcome = list(session.run([Put("d", DOUT), Call(name, (Ref("d"), (X, W)), salvage=True)]))[-1]
        if isinstance(plain, Returned):  # a function that runs is not changed by being run in parts
            np.testing.assert_equal(outcome.value, plain.value)
        return outcome


KEEP = {
    "plain statements": "dx = dout @ w\ndw = x.T @ dout\ndb = dout.sum(0)\nreturn dx, dw, db",
    "within the return": "return dout @ w, x.T @ dout, dout.sum(0)",
    "a list": "return [dout @ w, x.T @ dout, dout.sum(0)]",
    "a name for the tuple": (
        "dx = dout @ w\ndw = x.T @ dout\ndb = dout.sum(0)\ngrads = dx, dw, db\nreturn grads"
    ),
    "several names at once": "dx, dw = dout @ w, x.T @ dout\ndb = dout.sum(0)\nreturn dx, dw, db",
    "in an if": (
        "if x.ndim == 2:\n    dx = dout @ w\n    dw = x.T @ dout\n    db = dout.sum(0)\nreturn dx, dw, db"
    ),
    "in an else": (
        "if x.ndim == 3:\n    pass\nelif x is None:\n    pass\nelse:\n    dx = dout @ w\n"
        "    dw = x.T @ dout\ndb = dout.sum(0)\nreturn dx, dw, db"
    ),
    "in a for": (
        "dw, db = np.zeros_like(w), np.zeros(4)\nfor i in range(2):\n"
        "    dx = dout[i] @ w\n    dw += np.outer(x[i], dout[i])\n    db += dout[i]\n"
        "return dx, dw, db"
    ),
    "in one round of a for": (
        "dw, db = np.zeros_like(w), np.zeros(4)\ndx = np.zeros_like(x)\n"
        "for i in range(2):\n    dw += np.outer(x[i], dout[i])\n"
        "    dx[2 * i] = w @ dout[i]\n    db += dout[i]\nreturn dx, dw, db"
    ),
    "in a with": (
        "with np.errstate(all='ignore'):\n    dx = dout @ w\n    dw = x.T @ dout\n"
        "    db = dout.sum(0)\nreturn dx, dw, db"
    ),
    "an early return": (
        "if w is None:\n    return None\nif x.size:\n    dx = dout @ w\n"
        "    return dx, x.T @ dout, dout.sum(0)\nreturn 0, 0, 0"
    ),
    "not implemented between": (
        "dw = x.T @ dout\nraise NotImplementedError('dx')\ndb = dout.sum(0)\nreturn dx, dw, db"
    ),
    "a helper inside": (
        "def back(a):\n    return a @ w\ndx = back(dout)\ndw = x.T @ dout\nreturn dx, dw, dout.sum(0)"
    ),
    "what is computed from it is lost": (
        "dz = dout @ w\ndx = dz * 2\ndw = x.T @ dout\nreturn dx, dw, dout.sum(0)"
    ),
    "in place before it": "dout *= 2\ndout /= 2\ndx = dout @ w\nreturn dx, x.T @ dout, dout.sum(0)",
    "a local that was not given": "dw = x.T @ dout\nreturn dx, dw, dout.sum(0)",
    "an attribute of none": "return None.T @ dout, x.T @ dout, dout.sum(0)",
    "a mask": "dx = np.zeros_like(x)\ndx[np.ones(7, bool)] = 1\nreturn dx, x.T @ dout, dout.sum(0)",
    "a while": "i = 0\nwhile i < 1:\n    dx = dout @ w\n    i += 1\nreturn dx, x.T @ dout, dout.sum(0)",
    "a try of their own": (
        "try:\n    dx = dout @ w\nexcept KeyError:\n    dx = x\nreturn dx, x.T @ dout, dout.sum(0)"
    ),
}


@pytest.mark.parametrize("body", KEEP.values(), ids=KEEP)
def test_what_does_not_depend_on_the_failed_statement_is_kept(body):
    outcome = salvaged(body)
    assert isinstance(outcome, Returned), outcome
    dx, dw, db = outcome.value
    assert isinstance(dx, Failed)
    np.testing.assert_array_equal(dw, RIGHT["dw"])
    np.testing.assert_array_equal(db, RIGHT["db"])


@pytest.mark.parametrize(
    "body",
    [
        "return {'dx': dout @ w, 'dw': x.T @ dout, 'db': dout.sum(0)}",
        "return dict(dx=dout @ w, dw=x.T @ dout, db=dout.sum(0))",
        "g = {}\ng['dx'] = dout @ w\ng['dw'] = x.T @ dout\ng['db'] = dout.sum(0)\nreturn g",
        "g = dict(dx=None)\ng['dw'] = x.T @ dout\ng['db'] = dout.sum(0)\ng['dx'] = dout @ w\nreturn g",
        "dx = dout @ w\ndw = x.T @ dout\ndb = dout.sum(0)\nreturn locals()",
    ],
)
def test_a_dictionary_loses_only_the_item_that_failed(body):
    outcome = salvaged(body)
    assert isinstance(outcome, Returned), outcome
    assert isinstance(outcome.value["dx"], Failed)
    np.testing.assert_array_equal(outcome.value["dw"], RIGHT["dw"])
    np.testing.assert_array_equal(outcome.value["db"], RIGHT["db"])


LOST = {
    "a list that would be one longer": "g = []\ng.append(dout @ w)\ng.append(x.T @ dout)\nreturn 1, g",
    "a test that needs it": (
        "dx = dout @ w\nif dx is None:\n    dw = x.T @ dout\nelse:\n    dw = 0\nreturn 1, dw"
    ),
    "a test within": "dx = dout @ w\ndw = 0 if dx is None else x.T @ dout\nreturn 1, dw",
    "a fallback of their own": (
        "dx = dout @ w\ntry:\n    dw = dx + 1\nexcept Exception:\n    dw = x.T @ dout\nreturn 1, dw"
    ),
    "by way of a container": (
        "g = {}\ng['dx'] = dout @ w\ntry:\n    dw = g['dx'] + 1\nexcept Exception:\n"
        "    dw = x.T @ dout\nreturn 1, dw"
    ),
    "numpy's own choice": "g = {}\ng['dx'] = dout @ w\ndw = np.where(dout > 0, g['dx'], 0)\nreturn 1, dw",
    "a loop over it": "dx = dout @ w\ndw = 0\nfor row in dx:\n    dw = x.T @ dout\nreturn 1, dw",
    "changed before it failed": "dw = np.zeros_like(w)\nnp.add.at(dw, ([0, 1, 9],), 1.0)\nreturn 1, dw",
    "another name for it": "dw = np.zeros_like(w)\nflat = dw.reshape(-1)\nflat[[0, 99]] = 1\nreturn 1, dw",
    "a view of it": "dw = np.zeros_like(w)\nrow = dw[0]\nrow += dout @ w\nreturn 1, dw",
    "a helper that reads it": (
        "dz = None\ndef h():\n    return 1 if dz is None else dz + 1\ndz = dout @ w\ndw = h()\nreturn 1, dw"
    ),
    "in place, not done": "dw = x.T @ dout\ndw *= np.ones(9)\nreturn 1, dw",
    "into an out argument": "dw = np.zeros(3)\nnp.add(np.ones(4), np.ones(3), out=dw)\nreturn 1, dw",
    "deleted": "dw = 1\ndel nothing, dw\nreturn 1, dw",
    "a helper that may change its argument": (
        "dw = np.zeros_like(w)\ndx = dout @ w\nadd(dw, dx)\nreturn 1, dw"
    ),
}


@pytest.mark.parametrize("body", LOST.values(), ids=LOST)
def test_what_needs_or_may_have_been_changed_by_the_failed_statement_is_lost(body):
    outcome = salvaged(body, before="def add(a, b):\n    a += 1\n")
    assert isinstance(outcome, Returned), outcome
    one, lost = outcome.value
    assert one == 1
    assert isinstance(lost, Failed)


WHOLE = {
    "a refusal of their own": "if x.ndim == 2:\n    raise ValueError('no')\nreturn 1, x",
    "an assertion of their own": "dx = dout @ w\nassert x.ndim == 3\nreturn dx, x",
    "a raise in a loop": "for i in range(2):\n    if i:\n        raise ValueError('no')\nreturn 1, x",
    "whether it returns needs it": "dx = dout @ w\nif dx.any():\n    return 1, x\nreturn 1, w",
    "a loop that may return": "dx = dout @ w\nfor row in dx:\n    return 1, x\nreturn 1, w",
    "a break that needs it": (
        "for i in range(3):\n    dx = dout @ w\n    if dx.any():\n        break\n    y = i\nreturn 1, y"
    ),
    "nothing is left": "return dout @ w",
    "only the result of a function": "return list([dout @ w, x.T @ dout])",
    "all is there but for the raise": "raise NotImplementedError\nreturn x, x.T @ dout",
    "a change to what others share": "LOG.append(dout @ w)\nreturn 1, x",
    "a leaving": "raise SystemExit\nreturn 1, x",
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
def test_where_it_cannot_be_told_apart_the_whole_function_has_failed(body):
    outcome = salvaged(body)
    assert isinstance(outcome, Raised), outcome
    assert outcome.error in ("ValueError", "AssertionError", "NotImplementedError", "SystemExit")


def test_an_argument_that_the_failed_statement_has_changed_is_lost_with_all_that_follows_from_it():
    before = "def bad(a):\n    a *= 2\n    raise ValueError('half')\n"
    outcome = salvaged("db = dout.sum(0)\ndx = bad(dout)\ndw = x.T @ dout\nreturn dx, dw, db", before)
    dx, dw, db = outcome.value
    assert isinstance(dx, Failed)
    assert isinstance(dw, Failed)
    np.testing.assert_array_equal(db, RIGHT["db"])


def test_failures_say_what_failed_where_and_what_only_depends_on_it():
    outcome = salvaged("dx = dout @ w\ndy = dx + 1\nreturn dx, dy, x")
    dx, dy, _ = outcome.value
    assert dx.error == dy.error == "ValueError"
    assert dx.text.startswith("matmul")
    assert dy.text == "it needs a value that could not be computed"
    assert (dx.line, dy.line) == (5, 5)


def test_a_function_that_runs_gives_the_same_in_parts():
    body = """
        total = 0.0
        g = {}
        for i, (a, b) in enumerate(zip(x, dout)):
            if i == 0:
                continue
            total += a.sum()
            g["last"] = b
            if total > 100:
                break
        else:
            g["all"] = True
        while total > 3:
            total -= 1.0
        with np.errstate(all="ignore"):
            q = [v ** 2 for v in x[0]]
        def inner(k=2):
            return k * total
        assert total <= 3
        try:
            z = q.missing
        except AttributeError as error:
            z = str(error)
        first, *rest = q
        return g, total, inner(), z, rest, (lambda s: s + first)(1.0)
        """
    assert isinstance(salvaged(body), Returned)


def test_closures_keep_what_they_close_over():
    text = """
        def make(k):
            count = [0]
            def backward(dout, cache, scale=2.0):
                x, w = cache
                count[0] += 1
                return dout @ w, k * scale * (x.T @ dout), count[0]
            return backward
        backward = make(3)
        """
    with loaded(textwrap.dedent(text), wanted=("backward",)) as (session, _):
        (outcome,) = session.run([Call("backward", (DOUT, (X, W)), salvage=True)])
        dx, dw, count = outcome.value
        assert isinstance(dx, Failed)
        np.testing.assert_array_equal(dw, 6 * RIGHT["dw"])
        assert count == 1


def test_recursion_reaches_the_function_itself():
    text = "def f(n):\n    bad = n @ n\n    return bad, 1 if n == 0 else 2, (f(n - 1) if n else 0)\n"
    with loaded(text) as (session, _):
        (outcome,) = session.run([Call("f", (2,), salvage=True)])
        bad, two, inner = outcome.value
        assert isinstance(bad, Failed)
        assert two == 2
        assert isinstance(inner, Failed)


@pytest.mark.parametrize(
    "text",
    [
        "K = 0\ndef f(x):\n    global K\n    K = x @ x\n    return K, 1",
        "def f(x):\n    yield x @ x",
        "async def f(x):\n    return x @ x, 1",
        "import functools\nf = functools.partial(lambda a, x: (x @ x, 1), 1)",
        "f = lambda x: (x @ x, 1)",
        "class C:\n    def __call__(self, x):\n        return x @ x, 1\nf = C()",
        (
            "def f(x):\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n"
            "    g()\n    return x @ x, n"
        ),
        "def f(x):\n    return (y := x @ x), 1",
    ],
)
def test_what_is_no_plain_function_is_not_run_in_parts(text):
    with loaded(text) as (session, _):
        (outcome,) = session.run([Call("f", (1.0,), salvage=True)])
        assert isinstance(outcome, NotRun), outcome


def test_a_loop_whose_end_depended_on_what_is_lost_ends():
    body = (
        "n = 0\nfor _ in iter(int, 1):\n    n = n + (dout @ w)\n    if x is None:\n        break\nreturn 1, n"
    )
    assert isinstance(salvaged_only(body), Raised)


def salvaged_only(body):
    """As `salvaged`, where the function itself would raise at once."""
    text = BEFORE + "def backward(dout, cache):\n    x, w = cache\n" + textwrap.indent(body, "    ")
    with loaded(text, wanted=("backward",)) as (session, _):
        return next(iter(session.run([Call("backward", (DOUT, (X, W)), salvage=True)])))
