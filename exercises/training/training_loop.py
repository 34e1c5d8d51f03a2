"""Exercise: the training loop, forward, back, step, again, judged by the path of the weights.

With 6 examples in batches of 2 and weights in general position, the batch of each step can be read off the
step, and with it whether every epoch sees every example once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from grader.exercise import ExperimentExercise, Trial
from reference.inputs import Array

X = np.array(
    [[1.0, 2.0, 1.0], [-1.5, 0.5, 1.0], [0.5, -2.5, 1.0], [2.0, 1.0, 1.0], [-0.5, -1.0, 1.0], [0.5, 1.5, 1.0]]
)
Y = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 1.0])
W = np.array([-0.6, 0.4, 0.3])
RATE, SIZE = 0.3, 2
EPOCHS, LONG = 5, 30
STEPS = len(Y) // SIZE
SEEDS = 1_000_000
PAIRS = tuple(combinations(range(len(Y)), SIZE))
LEARNT = 0.6
"""Of the loss at the start: what is left at the end of LONG epochs at most, in whatever order (measured: 0.15)."""


def loss(w: Array) -> float:
    """The mean of -log p(y) over all six."""
    z = X @ w
    return float(np.mean(np.logaddexp(0, -z) * Y + np.logaddexp(0, z) * (1 - Y)))


def gradient(w: Array, batch: Sequence[int]) -> Array:
    """Of the mean loss over the batch, at w."""
    rows = X[list(batch)]
    return np.asarray(rows.T @ (1 / (1 + np.exp(-(rows @ w))) - Y[list(batch)]) / len(batch))


def batches(path: Array, scale: float = 1.0, start: int = -1) -> list[tuple[int, ...] | None]:
    """For each step the batch whose gradient, times -RATE · scale, it is; all taken at row `start`, if given."""
    found: list[tuple[int, ...] | None] = []
    for place in range(len(path) - 1):
        w = path[place if start < 0 else start]
        step = path[place + 1] - path[place]
        room = 1e-9 + 1e-7 * float(np.abs(step).max())
        fits = [pair for pair in PAIRS if np.abs(step + RATE * scale * gradient(w, pair)).max() <= room]
        found.append(fits[0] if fits else None)
    return found


def _arguments(epochs: int) -> Any:
    return lambda rng: (X.copy(), Y.copy(), W.copy(), RATE, SIZE, epochs, int(rng.integers(SEEDS)))


def _path(result: Array, epochs: int) -> str:
    wanted = (epochs * STEPS + 1, len(W))
    if result.shape != wanted:
        return (
            f"of shape {result.shape}, expected {wanted}: w before the first step and after each of "
            f"{epochs} × {STEPS} steps"
        )
    return "" if np.isfinite(result).all() else "holds numbers that are not finite"


def _shape(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001 - the data are known
    for result in results:
        if message := _path(result, EPOCHS):
            return message
        if (result == result[0]).all():
            return "all rows are equal: is it the same array, put into the list again and again?"
        if not np.allclose(result[0], W):
            return f"the first row is {np.round(result[0], 4).tolist()}, expected w as it was given, {W.tolist()}"
    return ""


SCALES = {
    1.0: "",
    -1.0: "goes up the slope: the sign of the step is the wrong way round",
    float(SIZE): "takes the sum over the batch instead of the mean, or the mean twice",
    SIZE / len(Y): f"divides by all {len(Y)} examples instead of the {SIZE} of the batch",
}


def _read(path: Array) -> tuple[list[tuple[int, ...] | None], str]:
    """The batches of all steps, and what is wrong with the steps; an empty list where they cannot be read."""
    if (path == path[0]).all():
        return [], "cannot be told where all rows are equal"
    for scale, message in SCALES.items():
        found = batches(path, scale)
        if all(batch is not None for batch in found):
            return found, message and f"step 1 {message}"
    if None not in batches(path, start=0):
        return [], "all gradients are taken at the first w: go on from the latest one"
    first = next((place for place, batch in enumerate(batches(path)) if batch is None), 0)
    return [], f"step {first + 1} is no step of {RATE:g} times the mean gradient of {SIZE} different examples"


def _steps(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    for result in results:
        if message := _path(result, EPOCHS) or _read(result)[1]:
            return message
    return ""


def _epochs(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    for result in results:
        if message := _path(result, EPOCHS):
            return message
        found, _ = _read(result)
        if not found:
            return "cannot be told before every step is a step on one batch"
        for epoch, seen in enumerate(_seen(found)):
            if sorted(seen) != list(range(len(Y))):
                missing = sorted(set(range(len(Y))) - set(seen))
                return f"epoch {epoch + 1} leaves out example {missing[0]} and takes another twice"
    return ""


def _seen(found: Sequence[tuple[int, ...] | None]) -> Iterator[list[int]]:
    for start in range(0, len(found), STEPS):
        yield [example for batch in found[start : start + STEPS] for example in batch or ()]


def _same(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    same = results[0].shape == results[1].shape and np.array_equal(results[0], results[1])
    return "" if same else "the same seed gave two different runs"


def _order(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    """Another seed, another order; and within a run not the same order in every epoch."""
    if results[0].shape == results[1].shape and np.array_equal(results[0], results[1]):
        return "another seed gave the very same run: is the order random?"
    found, _ = _read(results[0]) if not _path(results[0], EPOCHS) else ([], "")
    orders = {tuple(found[start : start + STEPS]) for start in range(0, len(found), STEPS)}
    return "every epoch goes through the same batches in the same order" if len(orders) == 1 else ""


def _falls(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    for result in results:
        if message := _path(result, LONG):
            return message
        before, after = loss(W), loss(result[-1])
        if not after <= LEARNT * before:
            return (
                f"the loss goes from {before:.3f} to {after:.3f} in {LONG} epochs; it should fall well below"
            )
    return ""


TRAINING_LOOP = ExperimentExercise(
    id="training_loop",
    title="The training loop",
    text=r"""Everything together, for the smallest model that learns: one sigmoid neuron,
$p = \sigma(x \cdot w)$, with the loss $-\log p$ for an example of class 1 and $-\log(1 - p)$ for one of class
0. Over a batch of $B$ examples the mean loss has the gradient
$$\frac{\partial L}{\partial w} = \frac1B \sum_{n} (p_n - y_n)\,x_n.$$
One *epoch* goes through all examples once, in a new random order, batch by batch. For every batch: forward, to
get $p$; back, to get the gradient at the *latest* $w$; one step
$w \leftarrow w - \eta\,\partial L/\partial w$; next batch.

- `train(X, y, w, learning_rate, batch_size, epochs, seed)` takes `X` `(N, D)`, `y` `(N,)` of zeros and ones,
  `w` `(D,)`, and numbers. It returns the path of the weights as an array of shape `(steps + 1, D)`: `w` as it
  was given, and then `w` after every step. There are `epochs * N / batch_size` steps; $N$ is a multiple of the
  batch size.

The same seed gives the same path, another seed another one. A list that is given the *same* array again and again,
changed in place, has only the last weights in it; `w.copy()` or `w = w - ...` keeps them apart.
""",
    function="train",
    trials=(
        Trial("path", f"{EPOCHS} epochs", _arguments(EPOCHS), 2, _shape),
        Trial("steps", f"{EPOCHS} epochs", _arguments(EPOCHS), 2, _steps),
        Trial("epochs", f"{EPOCHS} epochs", _arguments(EPOCHS), 2, _epochs),
        Trial("order", "two seeds", _arguments(EPOCHS), 2, _order),
        Trial(
            "order",
            "one seed twice",
            lambda rng: (X.copy(), Y.copy(), W.copy(), RATE, SIZE, EPOCHS, 3),
            2,
            _same,
        ),
        Trial("falls", f"{LONG} epochs", _arguments(LONG), 2, _falls),
    ),
    points={"path": 1, "steps": 3, "epochs": 2, "order": 1, "falls": 1},
    topic="training",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: training a feed-forward network; Multi-layer perceptron: gradient descent",
    difficulty=3,
    minutes=25,
    starter=one_call(
        "train",
        "X, y, w, learning_rate, batch_size, epochs, seed",
        "X (N, D), y (N,), w (D,), ... -> the path of w, (steps + 1, D), beginning with w as given.",
        "path",
    ),
    solution=(
        "def train(X, y, w, learning_rate, batch_size, epochs, seed):\n"
        "    rng = np.random.default_rng(seed)\n"
        "    path = [w]\n"
        "    for _ in range(epochs):\n"
        "        for batch in rng.permutation(len(y)).reshape(-1, batch_size):\n"
        "            p = 1 / (1 + np.exp(-X[batch] @ w))\n"
        "            gradient = X[batch].T @ (p - y[batch]) / batch_size\n"
        "            w = w - learning_rate * gradient\n"
        "            path.append(w)\n"
        "    return np.array(path)",
    ),
    hints={
        "path": (
            "How many rows must there be for 6 examples, batches of 2 and 5 epochs?",
            "Begin with w itself, then one row after every step, each an array of its own.",
        ),
        "steps": (
            "After the first step, at which w is the next gradient taken?",
            "The gradient is that of a mean over the batch, and the step goes against it.",
            "w = w - learning_rate * X[batch].T @ (p - y[batch]) / batch_size, with p from the latest w.",
        ),
        "epochs": (
            "In one epoch, how often does each example come up?",
            "Shuffle once an epoch, then cut the order into batches; do not draw each batch anew.",
            "rng.permutation(N).reshape(-1, batch_size) has one batch a row.",
        ),
        "order": (
            "Does your second epoch go through the examples in the same order as the first?",
            "Make the generator from the seed once, before the loops; shuffle inside the loop over epochs.",
        ),
        "falls": (
            "Print the loss over all examples after each epoch. Does it fall?",
            "If it grows, look at the sign of the step; if it stays, at whether w is really replaced.",
        ),
    },
    conventions=("mean over the batch", "a new order in every epoch, each example once an epoch"),
)
