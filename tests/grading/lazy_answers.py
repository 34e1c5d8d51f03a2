"""Answers that take no work: what somebody may write to get marks for following."""

from __future__ import annotations

import math

import numpy as np

from tests.grading.expected_blame import JUDGED, Student
from tests.grading.random_dags import Dag


class Answering(Student):
    """Answers what `choose(name, values, right, given)` says; `given` has the answers downstream."""

    def __init__(self, dag, choose):
        super().__init__(dag, {})
        self.choose = choose

    def __call__(self, *leaves):
        values = self.dag.values(dict(zip(self.leaves, leaves, strict=True)))
        right = self.dag.gradients(values)
        given = {self.dag.output: right[self.dag.output]}
        for name in reversed(self.dag.nodes):
            if name != self.dag.output:
                given[name] = self.choose(name, values, right, given)
        if len(self.asked) < JUDGED:
            self.asked.append((values, given))
        return self.answer(values, given)


def first_user(dag: Dag, name: str) -> str:
    return dag.uses(name)[0][0]


def everywhere(number):
    return lambda dag: lambda name, values, right, given: number


def a_leaf(dag):
    return lambda name, values, right, given: 1.7 * values["x0"]


def first_right_number(dag):
    last = next(n for n in reversed(dag.nodes) if n != dag.output)
    return lambda name, values, right, given: right[last]


def the_upstream(dag):
    return lambda name, values, right, given: given[first_user(dag, name)]


def upstream_of_a_wrong_start(dag):
    def choose(name, values, right, given):
        user = first_user(dag, name)
        return 1.7 * values["x0"] if user == dag.output else given[user]

    return choose


def a_leaf_with_noise(dag):
    noise = {name: 1 + 1e-8 * place for place, name in enumerate(dag.nodes)}
    return lambda name, values, right, given: 1.7 * values["x0"] * noise[name]


def random_numbers(dag):
    rng = np.random.default_rng(5)
    return lambda name, values, right, given: float(rng.normal())


def growing(dag):
    return lambda name, values, right, given: 1e200 * values["x0"] * len(given)


LAZY = {
    "zeros": everywhere(0.0),
    "ones": everywhere(1.0),
    "minus ones": everywhere(-1.0),
    "some number": everywhere(0.37),
    "next to nothing": everywhere(1e-13),
    "a tiny number": everywhere(1e-300),
    "a huge number": everywhere(1e250),
    "nan": everywhere(math.nan),
    "infinity": everywhere(math.inf),
    "one number that changes": a_leaf,
    "one number with a little noise": a_leaf_with_noise,
    "a right number everywhere": first_right_number,
    "the upstream": the_upstream,
    "the upstream of a wrong start": upstream_of_a_wrong_start,
    "random numbers": random_numbers,
    "numbers too large to add up": growing,
}
"""Answers that take no work, by what they are: (graph) -> choose."""
