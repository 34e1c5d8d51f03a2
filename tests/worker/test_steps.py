"""Steps and outcomes as plain values: they survive the journey, and nothing else passes for one."""

from __future__ import annotations

import numpy as np
import pytest

from grader.worker.main import packed_loaded, unpacked_loaded
from grader.worker.program import Definition, Problem
from grader.worker.session import Loaded
from grader.worker.steps import (
    OUTGOING,
    Call,
    Frame,
    Get,
    Killed,
    Malformed,
    NotRun,
    OutOfMemory,
    Raised,
    Returned,
    TimedOut,
    Unsupported,
    check_outcome,
    packed,
    unpacked,
)
from grader.worker.values import Ref
from tests.worker.shared import loaded


@pytest.mark.parametrize(
    "outcome",
    [
        Returned(("Returned", 1)),
        Returned(("", ())),
        Raised("E", "t", (Frame("u", 3, "f", "x"),), "a @ b"),
        Unsupported("too large"),
        OutOfMemory(),
        NotRun("no"),
    ],
)
def test_an_outcome_survives_packing(outcome):
    assert check_outcome(unpacked(packed(outcome), OUTGOING)) == outcome


@pytest.mark.parametrize("outcome", [TimedOut(1.0), Killed("SIGSEGV"), Malformed("x")])
def test_what_only_the_supervisor_can_see_no_worker_may_claim(outcome):
    with pytest.raises(ValueError, match=r"may come here|not an outcome"):
        check_outcome(unpacked(packed(outcome), OUTGOING))
    name = type(outcome).__name__
    with pytest.raises(ValueError, match="not a record that may come here"):
        unpacked((name, 1.0), OUTGOING)


@pytest.mark.parametrize(
    "value",
    [
        (),
        (1,),
        ("Call", "f", 1, 2, 3, 4),
        ("Returned",),
        ("Returned", 1, 2),
        ("Raised", 1, "t", ("",), ""),
        ("Raised", "E", None, ("",), ""),
        ("Raised", "E", "t", ("", 1), ""),
        ("Raised", "E", "t", [], ""),
        ("Raised", "E", "t", ("", *[("Frame", "u", 1, "f", "")] * 51), ""),
        ("Raised", "E", "t", ("", ("Frame", "u", "1", "f", "")), ""),
        ("Raised", "E", "t", ("", ("Frame", "u", True, "f", "")), ""),
        ("NotRun", 3),
        ("Unsupported", np.zeros(2)),
        ("Frame", "u", 1, "f", ""),
        "Returned",
        None,
        ["Returned", 1],
        {"Returned": 1},
    ],
)
def test_what_is_no_outcome_is_refused(value):
    with pytest.raises(ValueError, match=r"not|may come here"):
        check_outcome(unpacked(value, OUTGOING))


LOADED = Loaded(
    (Definition("f", 0, 3),), (Problem("raised", "cell 1", 2, "E: t"),), (("torch", "cell 1, line 1"),)
)


def test_what_loading_found_survives_packing():
    assert unpacked_loaded(packed_loaded(LOADED)) == LOADED


@pytest.mark.parametrize(
    "change",
    [
        {"definitions": [("f", "0", 3)]},
        {"definitions": ["f"]},
        {"definitions": (("f", 0, 3),)},
        {"problems": [("raised", "cell 1", 2)]},
        {"problems": None},
        {"missing": [("torch", 1)]},
        {"missing": [[]]},
    ],
)
def test_what_loading_cannot_have_found_is_refused(change):
    with pytest.raises(ValueError, match="not what loading answers"):
        unpacked_loaded(packed_loaded(LOADED) | change)
    with pytest.raises(ValueError, match="not what loading answers"):
        unpacked_loaded({})


LOUD = """
import sys
import numpy as np

class Loud:
    def __getitem__(self, place):
        print("heard outside")
        np.seterr(all="raise")
        return 3

def f():
    return Loud()
"""


def test_what_a_students_own_getitem_does_stays_apart_like_any_of_their_code(capsys):
    before = np.geterr()
    with loaded(LOUD) as (session, _):
        _, outcome = session.run([Call("f", (), into="c"), Get(Ref("c", (0,)))])
        assert outcome == Returned(3)
        assert np.geterr() == before
    assert capsys.readouterr().out == ""
