"""What blame has to say of a submission with planted faults, by the table of blame and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from grader.checks.graph.judge import check_graph
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise import GraphExercise
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from tests.grading.random_dags import Dag, Fault

SAME, OTHER = 1e-9, 1e-5
"""Numbers closer than SAME are the same, further apart than OTHER are two. In between either may be said."""


def alike(one, other, size) -> bool | None:
    """Whether two gradients are the same; None where it is a matter of rounding. `size`: of what was added up."""
    one, other, size = np.asarray(one), np.asarray(other), np.asarray(size)
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    apart = np.abs(one - other)
    if (apart <= SAME * np.abs(other) + 1e-13 * size + 1e-12 * np.abs(other).max()).all():
        return True
    return False if (apart > OTHER * np.abs(other) + 1e-7 * size).any() else None


JUDGED = GraphExercise.__dataclass_fields__["count"].default
"""Calls that a random graph is judged by; what is asked after them is for an example by hand."""


class Student:
    """A function that answers with right work except for `faults`, and remembers what it was judged by."""

    def __init__(self, dag: Dag, faults: Mapping[str, Fault], names: Mapping[str, str] | None = None):
        self.dag, self.faults = dag, faults
        self.names = names or {name: name for name in dag.nodes}
        self.leaves = [old for old in self.names if old in dag.leaves]
        self.asked: list[tuple[dict, dict]] = []

    def __call__(self, *leaves):
        values = self.dag.values(dict(zip(self.leaves, leaves, strict=True)))
        gradients = self.dag.gradients(values, self.faults)
        if len(self.asked) < JUDGED:
            self.asked.append((values, gradients))
        return self.answer(values, gradients)

    def answer(self, values, gradients):  # noqa: ARG002 - other students return their values too
        """What is returned; tests make other answers of it."""
        return {f"d{self.names[name]}": g for name, g in gradients.items()}


def expected(
    dag: Dag, asked: Sequence[tuple[dict, dict]], absent: Collection[str] = ()
) -> dict[str, set[str]]:
    """By node: the standings that may be given; more than one only where rounding decides.

    What is `absent` from the answers is an origin, and the right number stands in for it further back.
    """
    possible: dict[str, set[str]] = {}
    seen: dict[str, list[tuple[bool | None, bool | None]]] = {name: [] for name in dag.nodes}
    for values, mine in asked:
        right = dag.gradients(values)
        mine = mine | {name: right[name] for name in absent}
        dust = 1e-15 * max(np.max(np.abs(gradient)) for gradient in right.values())
        for name in dag.nodes:
            if name != dag.output:
                with np.errstate(all="ignore"):
                    terms = dag.terms(values, mine, name)
                    total, size = sum(terms), sum(map(np.abs, terms))
                true = alike(mine[name], right[name], sum(map(np.abs, dag.terms(values, right, name))))
                if np.max(np.abs([mine[name], right[name]])) <= dust:
                    true = True
                follows = alike(mine[name], total, size)
                seen[name].append((true, follows))
    for name, found in seen.items():
        if name != dag.output:
            possible[name] = {"origin"} if name in absent else _standings(found)
    return possible


def _standings(found: Sequence[tuple[bool | None, bool | None]]) -> set[str]:
    """Over all runs: an origin in one is an origin, wrong in one is wrong. Open questions leave more than one."""
    certain = [each for each in found if None not in each]
    doubt = len(certain) < len(found)
    if any(each == (False, False) for each in certain):
        return {"origin"}
    if doubt:
        return {"origin", "inherited", "correct", "correct_anyway"}
    if any(not true for true, _ in certain):
        return {"inherited"}
    return {"correct_anyway"} if any(not follows for _, follows in certain) else {"correct"}


def judged(exercise: GraphExercise, function) -> Checked:
    """What the checks find when this function is the submission."""
    runner = InProcessRunner()
    try:
        runner.load(Program((Source("cell 1", ""),), ()))
        runner._session.namespace["gradients"] = function
        return check_graph(exercise, runner, SeedSource(b"a seed"))
    finally:
        runner.close()


def standings(checked: Checked) -> dict[str, str]:
    """Every node's standing, by the node's name."""
    return {name[1:]: str(node.standing) for name, node in checked.nodes.items()}
