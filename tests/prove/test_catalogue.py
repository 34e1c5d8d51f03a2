"""Every bundled exercise is proved: its solution, its misconceptions, its cases, all mutants of its solution."""

from __future__ import annotations

import pytest

from grader.checks.seeds import SeedSource
from grader.exercise import AnswersExercise, WrittenExercise
from grader.exercise.solution import solution_source
from grader.prove import Proved, prove
from grader.prove.code import Code
from grader.prove.equivalents import declared
from grader.prove.mutants import mutants_of, prove_mutants
from grader.prove.places import Places
from grader.prove.situations import Inputs
from tests.exercises.shared import ALL, BY_ID

TABLES = declared(ALL)

STRICT = ("layer", "graph", "network", "jacobian", "find the bug")
"""Kinds that are judged by numbers, where every surviving mutant has to be declared."""


@pytest.mark.parametrize("id", BY_ID)
def test_an_exercise_is_proved(id):
    found = prove(BY_ID[id], TABLES)
    assert [f"{problem.place}: {problem.message}" for problem in found.problems] == []
    assert found.solved
    assert found.caught == found.mistakes == len(BY_ID[id].misconceptions)
    assert found.mutants == found.possible
    if BY_ID[id].kind in STRICT:
        assert found.killed + found.declared == found.mutants


def solved():
    """(exercise, its solution taken apart) for every kind that has code to change."""
    for exercise in ALL:
        if not isinstance(exercise, AnswersExercise | WrittenExercise):
            yield exercise, Code(solution_source(exercise))


def test_every_declared_equivalent_is_one_that_survives_and_has_a_reason():
    """Only the mutants of functions that the tables name are tried here; the test above tries them all."""
    found = []
    for exercise, code in solved():
        if set(TABLES.functions) & set().union(*code.defines):
            tried = Proved(exercise.id, exercise.kind)
            inputs = Inputs(exercise, SeedSource(b"prove 0"))
            prove_mutants(inputs, code.text, tried, Places(exercise), TABLES, only=TABLES.functions)
            found.append(tried)
    assert [problem.message for problem in TABLES.stale(found)] == []


def test_most_exercises_have_many_mutants():
    counts = {e.id: sum(1 for _ in mutants_of(Inputs(e, SeedSource(b"s")), code)) for e, code in solved()}
    assert sum(counts.values()) > 3000
    assert [id for id, count in counts.items() if not count] == ["reshape"], "dout.reshape(shape) has none"
