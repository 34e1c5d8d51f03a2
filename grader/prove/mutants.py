"""Proof 5: the solution with one thing in it changed loses marks.

Each mutant is compared directly on the shipped cases. What survives that goes through the whole grader, and so does
a sample of what does not, to see that the grader agrees.

A surviving mutant of an algorithm or an experiment is worth a look, no more: their solutions are one of many, and
much in them (a step, a threshold, an order) is free.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from grader.checks.seeds import SeedSource
from grader.exercise import (
    AlgorithmExercise,
    AnswersExercise,
    Exercise,
    ExperimentExercise,
    FindTheBugExercise,
    GraphExercise,
    LayerExercise,
    NetworkExercise,
    WrittenExercise,
)
from grader.prove.code import Code, Mutant, defined_names
from grader.prove.direct import PATIENCE, wrong_node, wrong_nodes
from grader.prove.equivalents import Declared
from grader.prove.places import Places
from grader.prove.result import Change, Problem, Proof, Proved
from grader.prove.situations import Inputs, graph_situation
from grader.prove.submissions import graded, loses
from grader.worker.surroundings import OverBudgetError, time_limit
from reference.errors import GraphError

LOOK = "look_at_this"
LEAST_TURNED = 2
"""Dimensions that an array has to have for a transpose to change it."""

NEVER = "(never run)"
"""In place of a change, for a line of the solution that no case makes run."""

SAMPLE = 40
"""Of so many mutants that the direct comparison kills, one goes through the whole grader as well."""

EXPERIMENTS = 4
"""A mutant of an experiment takes longer to judge: so many times fewer are tried."""


def prove_mutants(
    inputs: Inputs,
    solution: str,
    proved: Proved,
    places: Places,
    declared: Declared,
    *,
    most: int | None = None,
    only: Collection[str] | None = None,
) -> None:
    """Try up to `most` mutants, spread evenly over all there are, and list those that nobody would notice.

    `only` leaves out all but the mutants of these functions.
    """
    exercise = inputs.exercise
    if isinstance(exercise, AnswersExercise | WrittenExercise):
        return
    code = Code(solution)
    lines = code.lines_run(lambda names: wrong_nodes(inputs, names))
    every: list[Mutant] = []
    unused: list[Mutant] = []
    for mutant in mutants_of(inputs, code):
        if only is not None and mutant.change.function not in only:
            continue
        (every if mutant.lines & lines else unused).append(mutant)
    if most is not None and isinstance(exercise, ExperimentExercise):
        most = max(most // EXPERIMENTS, 1)
    chosen = every if most is None else _spread(every, most)
    both = [inputs.seeds, SeedSource(b"another seed")]
    survivors = []
    for mutant in chosen:
        node = _wrong_at(inputs, mutant)
        if not (node or _noticed(exercise, mutant, both) or _turns_vector(inputs, mutant)):
            survivors.append(mutant)
            continue
        if node and proved.killed % SAMPLE == 0 and not _noticed(exercise, mutant, [inputs.seeds]):
            said = f"wrong at {node}, and yet the grader gives full marks: {mutant.change.text}"
            proved.problems.append(_problem(exercise, mutant, said, places))
        proved.killed += 1
    proved.possible, proved.mutants = len(every), len(chosen)
    never = {Change(m.change.function, NEVER): m for m in reversed(unused)}
    proved.tried = frozenset((*(mutant.change for mutant in chosen), *never))
    proved.survived = frozenset((*(mutant.change for mutant in survivors), *never))
    free = isinstance(exercise, AlgorithmExercise | ExperimentExercise)
    listed = proved.notes if free else proved.problems
    for mutant in survivors:
        if declared.reason(mutant.change):
            proved.declared += 1
        else:
            said = f"nobody would notice in {mutant.change.function}: {mutant.change.text}"
            listed.append(_problem(exercise, mutant, said, places))
    for change, mutant in never.items():
        if not declared.reason(change):
            line = ast.unparse(mutant.statement).partition("\n")[0]
            said = f"no case ever runs this line of {change.function}: {line}"
            listed.append(_problem(exercise, mutant, said, places))


def _wrong_at(inputs: Inputs, mutant: Mutant) -> str:
    """The first node at which it is found wrong; empty if none is."""
    try:
        names = mutant.namespace()
    except Exception:
        return inputs.exercise.nodes[0]  # it cannot even be loaded
    return wrong_node(inputs, names)


def mutants_of(inputs: Inputs, code: Code) -> Iterator[Mutant]:
    """Mutants of what is judged: a layer's backward, a graph's way back, the function of any other kind."""
    exercise = inputs.exercise
    match exercise:
        case LayerExercise():
            yield from code.mutants(code.reached(_backward(exercise, code)))
        case GraphExercise() | NetworkExercise():
            (own,) = [place for place, names in enumerate(code.defines) if exercise.function in names]
            first = _way_back(code.text, code.tree.body[own])
            cases = _elsewhere(inputs)
            ones = {name for name in cases[0] if all((np.asarray(case[name]) == 1).all() for case in cases)}
            for mutant in code.mutants([own], names=_told_apart(cases), after=first):
                if not _leaves_out(mutant, ones):
                    yield mutant
        case FindTheBugExercise():
            names = {exercise.mended, getattr(exercise.layer.backward_rule, "__name__", "")}
            yield from code.mutants(code.places(names))
        case _:
            yield from code.mutants(code.places(_written(exercise)))


def _elsewhere(inputs: Inputs) -> list[dict[str, Any]]:
    """A graph's values and gradients on its cases, and on inputs beside them, which no author chose."""
    exercise = inputs.exercise
    assert isinstance(exercise, GraphExercise | NetworkExercise)
    cases = [situation for _, situation in inputs.situations()]
    beside = []
    for case in cases:
        leaves = {}
        for place, name in enumerate(exercise.graph.leaves):
            value = np.asarray(case[name])
            leaves[name] = value * (1.1 + 0.013 * place) if value.dtype.kind == "f" else value
        with contextlib.suppress(GraphError):  # out of an operation's domain
            beside.append(graph_situation(exercise.graph, leaves))
    return cases + beside


def _told_apart(cases: Sequence[dict[str, Any]]) -> dict[str, str]:
    """For each name of a value or a gradient another one, of the same sort, that has other values.

    Two that are the same whatever the inputs, as what an add gate hands on, are no mistake.
    """
    found = {}
    for gradients in (True, False):
        sort = [name for name in cases[0] if (name.startswith("d") and name[1:] in cases[0]) == gradients]
        for place, name in enumerate(sort):
            others = (*sort[place + 1 :], *sort[:place])
            other = next((o for o in others if any(_differ(case[name], case[o]) for case in cases)), "")
            if other:
                found[name] = other
    return found


def _differ(one: object, other: object) -> bool:
    a, b = np.asarray(one), np.asarray(other)
    return a.shape == b.shape and not np.allclose(a, b)


def _backward(exercise: LayerExercise, code: Code) -> Sequence[str]:
    """The function that goes back; where one call does everything, the part of it that does, if it has one."""
    if not exercise.one_call:
        return [exercise.backward]
    rule = getattr(exercise.layer.backward_rule, "__name__", "")
    return [rule] if any(rule in names for names in code.defines) else [exercise.one_call]


def _way_back(solution: str, function: ast.stmt) -> int:
    """The line from which on a written-out function goes back; its first where it does not say."""
    lines = solution.splitlines()
    for number in range(function.lineno, (function.end_lineno or function.lineno) + 1):
        if lines[number - 1].strip().startswith("# Backward"):
            return number
    return function.lineno


def _leaves_out(mutant: Mutant, ones: Collection[str]) -> bool:
    """Whether it leaves out a factor that is 1, as the gradient of the output is."""
    match mutant.mutation.old:
        case ast.BinOp(left=ast.Name(id=name), op=ast.Mult(), right=kept) if name in ones:
            return ast.unparse(mutant.mutation.new) == ast.unparse(kept)
    return False


def _turns_vector(inputs: Inputs, mutant: Mutant) -> bool:
    """Whether it transposes what is always a vector, which changes nothing: by nature, not by these cases."""
    added = [n for n in ast.walk(mutant.mutation.new) if isinstance(n, ast.Attribute) and n.attr == "T"]
    known = {ast.unparse(n) for n in ast.walk(mutant.mutation.old) if isinstance(n, ast.Attribute)}
    turned = next((n for n in added if ast.unparse(n) not in known), None)
    if turned is None:
        return False
    dimensions: set[int] = set()
    looked_at = ast.Call(ast.Name(LOOK, ast.Load()), [turned.value], [])

    def look(value: Any) -> Any:
        dimensions.add(np.ndim(value))
        return value

    turned.value, before = ast.copy_location(ast.fix_missing_locations(looked_at), turned), turned.value
    try:
        names = mutant.namespace()
    finally:
        turned.value = before
    names[LOOK] = look
    wrong_nodes(inputs, names)
    return bool(dimensions) and max(dimensions) < LEAST_TURNED


def _written(exercise: Exercise) -> set[str]:
    """The functions that its solution is made of: what the author wrote or chose, not what these call in turn."""
    names = {*exercise.functions}
    for part in exercise.solution:
        names |= set(defined_names(part)) if isinstance(part, str) else {getattr(part, "__name__", "")}
    return names


def _spread(mutants: Sequence[Mutant], most: int) -> list[Mutant]:
    """So many of them, at even distances."""
    if len(mutants) <= most:
        return list(mutants)
    return [mutants[place * len(mutants) // most] for place in range(most)]


def _noticed(exercise: Exercise, mutant: Mutant, seeds: Collection[SeedSource]) -> bool:
    """Whether the whole grader takes marks for it, whatever the seed."""
    text = mutant.source()
    try:
        with time_limit(PATIENCE * len(seeds)):
            return all(loses(exercise, graded(exercise, text, each)) for each in seeds)
    except OverBudgetError:
        return True  # a loop without an end is noticed


def _problem(exercise: Exercise, mutant: Mutant, message: str, places: Places) -> Problem:
    file, line = places.of_solution(mutant)
    return Problem(exercise.id, Proof.MUTANTS, message, file, line)
