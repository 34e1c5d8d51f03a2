"""Exercise: the penalty under both conventions in use, added to a loss and gradients that are there already."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array

CLOSE = 1e-9
"""Relative to the largest number compared: room for the rounding of another order of the same few operations."""


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """Odd sizes have the half, even ones do not; size 1 has no penalty at all."""
    shape = (size, size + 1) if size % 3 else (size, size)

    def numbers(*wanted: int) -> Array:
        return np.asarray(rng.choice((-1.0, 1.0), wanted) * rng.integers(10, 201, wanted) / 100)

    reg = 0.0 if size == 1 else float(rng.integers(2, 11)) / 20
    data_loss = float(rng.integers(20, 301)) / 100
    W, b = numbers(*shape), numbers(shape[1])
    return data_loss, numbers(*shape), numbers(shape[1]), W, b, reg, bool(size % 2)


def added(arguments: tuple[Any, ...]) -> tuple[float, Array, Array]:
    """The right loss, dW and db."""
    data_loss, dW, db, W, _, reg, half = arguments
    factor = reg / 2 if half else reg
    return data_loss + factor * float(np.sum(W * W)), dW + 2 * factor * W, db


def judge_penalty(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Loss, dW and db, each against the right numbers for the convention that `half` asks for."""
    nodes = ("loss", "dW", "db")
    if not isinstance(returned, (list, tuple)) or len(returned) != 3:
        return [(node, "expected loss, dW, db") for node in nodes]
    problems = []
    convention = f"with reg = {arguments[5]:g} and half = {arguments[6]}"
    for node, got, right in zip(nodes, returned, added(arguments), strict=True):
        try:
            numbers = np.asarray(got, dtype=np.float64)
        except (TypeError, ValueError):
            problems.append((node, f"{node} is no number or array of numbers"))
            continue
        wanted = np.asarray(right)
        if numbers.shape != wanted.shape:
            problems.append((node, f"{node} has shape {numbers.shape}, expected {wanted.shape}"))
            continue
        off = np.abs(numbers - wanted)
        if not off.max(initial=0.0) <= CLOSE * np.abs(wanted).max(initial=1.0):  # false for nan as well
            worst = np.unravel_index(int(np.argmax(np.nan_to_num(off, nan=np.inf))), wanted.shape)
            at = f"{node}[{', '.join(map(str, worst))}]" if worst else node
            problems.append(
                (node, f"{convention}, {at} is {numbers[worst]:.6g}, expected {wanted[worst]:.6g}")
            )
    return problems


PENALTY_CONVENTIONS = AlgorithmExercise(
    id="penalty_conventions",
    title="Two conventions for one penalty",
    text=r"""Two books, two formulas for the same idea:
$$L = L_\text{data} + \lambda \sum W^2 \qquad\text{and}\qquad L = L_\text{data} + \tfrac\lambda2 \sum W^2.$$
Neither is wrong, but whoever takes the loss from one and the gradient from the other has a bug that no training
curve shows: the net trains, only with another strength than anybody believes. Write it once, so that loss and
gradient can only agree.

- `add_penalty(data_loss, dW, db, W, b, reg, half)` returns `loss, dW, db`: the three things given first, with the
  penalty of strength `reg` ($\lambda$) added to those of them that it concerns.

`half` is `True` for the convention with the half and `False` for the one without. `data_loss` is a number, a mean
over the examples already; `W` and `dW` are `(D, H)`, `b` and `db` are `(H,)`. Only weights are penalised, never
biases. Return new arrays and leave the given ones as they are: `dW += ...` would change the caller's.
""",
    function="add_penalty",
    draw=_draw,
    judge=judge_penalty,
    sizes=(1, 2, 3, 4, 5, 6, 7),
    points={"loss": 2, "dW": 2, "db": 1},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 (λΣW²) and assignments 1 and 2 (with and without the half)",
    difficulty=2,
    minutes=15,
    starter=one_call(
        "add_penalty",
        "data_loss, dW, db, W, b, reg, half",
        "data_loss, reg: numbers; dW, W (D, H); db, b (H,); half: True or False -> loss, dW, db.",
        "new_loss, new_dW, new_db",
    ),
    solution=(
        '''def add_penalty(data_loss, dW, db, W, b, reg, half):
    """data_loss, reg: numbers; dW, W (D, H); db, b (H,); half: True or False -> loss, dW, db."""
    factor = reg / 2 if half else reg
    loss = data_loss + factor * np.sum(W * W)
    return loss, dW + 2 * factor * W, db.copy()
''',
    ),
    hints={
        "loss": (
            "For W = [[3]], reg = 0.1 and half = True, what is the penalty? And for half = False?",
            "Is b in your sum, or the number of examples?",
            "Add (reg / 2 or reg) times the sum of all squared entries of W.",
        ),
        "dW": (
            "Which of the two conventions has the gradient reg·W, and which 2·reg·W?",
            "Take the same factor for loss and gradient, in one variable. What does the square contribute?",
            "With factor = reg / 2 if half else reg, return dW + 2 * factor * W.",
        ),
        "db": (
            "Does b appear in the sum of squares?",
            "What the penalty does not contain, it does not change.",
            "Return db as it came.",
        ),
    },
    conventions=(
        "half = False: λΣW², gradient 2λW; half = True: ½λΣW², gradient λW",
        "the penalty is not divided by the number of examples, and biases are not penalised",
    ),
)
