"""Which names are true descriptions of the labels, decided by reading titles, and what algorithms are told in words.

A label that is not here may be given no name. Exercises that ask for an algorithm name a slip in their message:
SAID has a part of it, or parts with | between them for a label at several nodes.
"""

# ruff: noqa: E501 (a label beside what is said of it)

from __future__ import annotations

from collections.abc import Mapping

from tests.diagnosis.labelled.unseen import (
    names_blind,
    names_blind_deep,
    names_blind_losses,
    names_courses,
    names_courses_deep,
    names_deep,
    names_losses,
    names_simple,
)


def _together(*tables: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Two banks may have one label for one exercise: then what either accepts is true of it."""
    every: dict[str, dict[str, str]] = {}
    for table in tables:
        for exercise, said in table.items():
            for words, ids in said.items():
                known = every.setdefault(exercise, {})
                known[words] = " ".join(dict.fromkeys([*known.get(words, "").split(), *ids.split()]))
    return every


NAMES: Mapping[str, Mapping[str, str]] = _together(
    names_simple.NAMES,
    names_losses.NAMES,
    names_deep.NAMES,
    names_courses.NAMES,
    names_courses_deep.NAMES,
    names_blind.NAMES,
    names_blind_losses.NAMES,
    names_blind_deep.NAMES,
)

SAID: Mapping[str, Mapping[str, str]] = {
    "unbroadcast": {
        "means instead of sums": "of a mean where a sum belongs",
        "the first copy only": "of the first copy alone",
        "axes of size 1 are not summed": "of shape (3, 4), expected (3, 1)|with nothing summed",
        "axes in front are not summed": "of shape (3, 4), expected (4,)|with nothing summed",
        "axes in front are taken from the end": "of shape (3,), expected (4,)|of a sum over the wrong axis",
        "means for sums": "of a mean where a sum belongs",
        "the first copy is taken": "of the first copy alone",
        "stretched axes vanish": "of shape (3,), expected (3, 1)|AxisError",
        "front axes are taken from the end": "of shape (3,), expected (4,)|of a sum over the wrong axis",
        "axes of size 1 disappear": "of shape (3,), expected (3, 1)|AxisError",
    },
    "delta_recursion": {
        "the slope is missing at the last layer": "without the slope σ'(z)",
        "the wrong sign, y - a": "of y - a where a - y belongs",
        "the slope is missing in the hidden layers": "without the slope σ'(z)",
        "transposed": "of the outer product the wrong way round",
        "the layer's own output instead of its input": "of δ with the activations after the layer instead of before it",
        "the activation instead of its slope": "of σ(z) where its slope belongs",
        "the slope at the activation, σ'(a)": "of the slope taken at a instead of at z",
        "a factor 2": "of a squared error without the half",
        "z instead of the activation": "of δ with z instead of the activations before the layer",
        "W is not transposed": "ValueError",
        "the slope is missing at the output": "without the slope σ'(z)",
        "the slope is missing below": "without the slope σ'(z)",
        "the slope at the activations": "of the slope taken at a instead of at z",
        "the activations after the layer": "of δ with the activations after the layer instead of before it",
        "the sign turned": "of y - a where a - y belongs",
        "the outer product turned round": "of the outer product the wrong way round",
        "last layer first": "in the wrong order",
    },
    "sgd_momentum": {
        "the learning rate times the velocity too": "of a velocity without the learning rate",
        "a plus, uphill": "of a velocity with + learning_rate · dw, which goes up the slope",
        "minus the velocity": "of w minus the velocity",
        "1 - mu before the gradient": "of a velocity averaged with (1 - momentum)",
        "the velocity is not kept": "from before the step",
        "the old velocity is forgotten": "of a step without the old velocity",
    },
    "rmsprop": {
        "epsilon under the root": "of an epsilon under the root",
        "the root is forgotten": "of a division by the mean of squares itself, without the root",
        "the square is forgotten": "of a cache of |dw| where its square belongs",
        "rho and 1 - rho swapped": "of a cache with the two weights exchanged",
        "the sum without 1 - rho, as in AdaGrad": "of a cache that only grows, without the decay",
        "the old cache is divided by": "of the old cache",
    },
    "adam": {
        "not corrected for the start": "without the correction of m and v",
        "corrected with the new step's number one too high": "of t counted up twice",
        "the corrected means are kept": "of the corrected mean",
        "the square is forgotten": "of |dw| where its square belongs",
        "t is not kept": "from before the step",
        "the betas are swapped": "of the two betas exchanged",
        "epsilon under the root": "of an epsilon under the root",
        "the root is forgotten": "without the root",
    },
    "numerical_grad": {
        "one side only": "as of a difference to one side",
        "divided by h instead of 2h": "twice the right number: is what you divide by the way that the entry moved?",
        "/ 2 * h, brackets forgotten": "of / 2 * h, which multiplies by h",
        "entries are not put back": "as if none were put back",
    },
}  # fmt: skip
