"""Sessions from source text, for tests."""

from __future__ import annotations

import contextlib

from grader.worker.program import Source
from grader.worker.session import Session
from grader.worker.steps import Call, Returned, Variable


@contextlib.contextmanager
def loaded(*texts, wanted=("f",), modules=(), allowed=(), budget=5.0):
    """(session, what loading found) for these cells, called cell 1, cell 2, ...; with `modules` they are files."""
    names = [*modules, *[""] * (len(texts) - len(modules))]
    sources = [
        Source(f"{module}.py" if module else f"cell {number}", text, module)
        for number, (text, module) in enumerate(zip(texts, names, strict=True), 1)
    ]
    session = Session(sources, allowed=frozenset(allowed))
    try:
        yield session, session.load(wanted, budget=budget)
    finally:
        session.close()


def called(session, function="f", *args, **options):
    """The outcome of one call."""
    return next(iter(session.run([Call(function, args, **options)])))


def result(session, function="f", *args):
    """What a call that must succeed gives back."""
    outcome = called(session, function, *args)
    assert isinstance(outcome, Returned), outcome
    return outcome.value


def variable(session, name):
    """The value of a global variable that must be there."""
    outcome = next(iter(session.run([Variable(name)])))
    assert isinstance(outcome, Returned), outcome
    return outcome.value
