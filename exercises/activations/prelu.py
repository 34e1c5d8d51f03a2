"""Exercise: PReLU, an activation that has a parameter of its own to learn."""

from __future__ import annotations

import numpy as np

from exercises.activations import worked
from exercises.shared.drawing import given, telling
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw, away_from_kinks
from reference.inputs import Array
from reference.rectifiers import PRELU


def _sizes(N: int, D: int) -> Draw:
    """In every column something below 0, so that every slope has a gradient, and something above where N > 1."""

    def draw(rng: np.random.Generator) -> tuple[Array, ...]:
        while True:
            x = rng.integers(-900, 901, (N, D)) / 100
            if (x < 0).any(axis=0).all() and (N == 1 or (x > 0).any(axis=0).all()):
                return x, rng.integers(5, 80, D) / 100

    return telling(PRELU, away_from_kinks(PRELU, draw))


def _below(s: Situation) -> Array:
    """dout · x where x < 0, before anything is summed."""
    return np.asarray(np.where(np.asarray(s["x"]) > 0, 0, np.asarray(s["dout"]) * s["x"]))


PRELU_EXERCISE = LayerExercise(
    id="prelu",
    title="PReLU, an activation with a parameter",
    text=r"""A ReLU throws away what is negative. A PReLU lets it through with a slope $a_d$ that is *learned*,
one for each column $d$, shared by all rows:
$$\text{out}_{nd} = \begin{cases} x_{nd} & x_{nd} > 0\\ a_d\,x_{nd} & x_{nd} < 0,\end{cases}
  \qquad x: (N, D),\quad a: (D,).$$

- `prelu_forward(x, a)` returns `out, cache`.
- `prelu_backward(dout, cache)`, with `dout` of shape `(N, D)`, returns `dx, da`.

For `dx`, ask what the slope is on either side of 0. For `da`, ask which entries of `out` would move if you moved
$a_d$ alone, and by how much each of them. At $x = 0$ any value between the two slopes is accepted.
""",
    layer=PRELU,
    cases=(
        Case("generic", _sizes(4, 3), basic=True),
        Case("generic, other sizes", _sizes(7, 2)),
        Case("square, size 2", _sizes(2, 2)),
        Case("square, size 3", _sizes(3, 3)),
        Case("one sample", _sizes(1, 3)),
        Case("one column", _sizes(4, 1)),
        given("slopes above 1 and below 0", np.array([[-1.5, 2.0], [-0.5, -3.0]]), np.array([1.5, -0.5])),
        given("between 0 and 1", np.array([[0.25, -0.5], [-0.75, 0.5]]), np.array([0.25, 0.5])),
        given("zeros", np.array([[0.0, -1.5], [2.0, 0.0]]), np.array([0.25, 0.5]), kink=True),
        Case("float32", _sizes(4, 3), float32=True),
    ),
    points={"out": 1, "dx": 2, "da": 2},
    topic="activations",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: θ = {f, w, b}, activations with parameters; He et al. 2015",
    difficulty=3,
    minutes=15,
    starter=pair(
        "prelu_forward",
        "x, a",
        "x (N, D), a (D,) -> out (N, D), cache.",
        "prelu_backward",
        "dx, da",
        "dout (N, D) -> dx (N, D), da (D,).",
    ),
    hints={
        "out": ("What does a row of x meet in a?", "np.where(x > 0, x, a * x)."),
        "dx": (
            "Raise one x[n, d] that is negative by 0.01. By how much does out[n, d] move?",
            "Two slopes, 1 and a[d]. What decides which of them it is: x, out or dout?",
            "np.where(x > 0, dout, a * dout).",
        ),
        "da": (
            "Raise a[0] by 0.01. Which entries of out move?",
            "a[d] serves all rows of its column, and meets x where x is negative. What sums over the rows?",
            "Sum dout * x over axis 0, counting only the entries where x < 0.",
        ),
    },
    worked=worked.PRELU,
    misconceptions=(
        mistake("relu", "that of a plain ReLU", "out", lambda s: np.maximum(s["x"], 0)),
        mistake(
            "slope-everywhere", "a times x above 0 as well", "out", lambda s: s["a"] * np.asarray(s["x"])
        ),
        mistake(
            "relu",
            "that of a plain ReLU: nothing comes back below 0",
            "dx",
            lambda s: s["dout"] * (s["x"] > 0),
        ),
        mistake("factor-missing", "the upstream as it came", "dx", lambda s: s["dout"]),
        mistake(
            "mask-on-dout",
            "masked where the upstream is positive, instead of where x is",
            "dx",
            lambda s: np.where(np.asarray(s["dout"]) > 0, s["dout"], s["a"] * np.asarray(s["dout"])),
        ),
        mistake(
            "mask-reversed",
            "computed with the two slopes exchanged",
            "dx",
            lambda s: np.where(np.asarray(s["x"]) < 0, s["dout"], s["a"] * np.asarray(s["dout"])),
        ),
        mistake(
            "ignores-dout", "the slopes alone", "dx", lambda s: np.where(np.asarray(s["x"]) > 0, 1.0, s["a"])
        ),
        mistake(
            "slope-everywhere",
            "multiplied by a above 0 as well",
            "dx",
            lambda s: s["a"] * np.asarray(s["dout"]),
        ),
        mistake("not-summed", "not summed over the examples", "da", _below),
        mistake(
            "wrong-axis",
            "summed over the columns instead of over the examples",
            "da",
            lambda s: _below(s).sum(axis=1),
        ),
        mistake(
            "mask-reversed",
            "summed over the entries above 0, where those below belong",
            "da",
            lambda s: (np.maximum(s["x"], 0) * np.asarray(s["dout"])).sum(axis=0),
        ),
        mistake(
            "averaged", "a mean over the examples where a sum belongs", "da", lambda s: _below(s).mean(axis=0)
        ),
        mistake("shared-slope", "summed over both axes into one number", "da", lambda s: np.sum(_below(s))),
        mistake(
            "mask-missing",
            "summed over all entries, those above 0 included",
            "da",
            lambda s: np.sum(np.asarray(s["dout"]) * s["x"], axis=0),
        ),
        mistake(
            "x-missing",
            "the sum of the upstream below 0, without the factor x",
            "da",
            lambda s: np.where(np.asarray(s["x"]) > 0, 0, s["dout"]).sum(axis=0),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream",
            "da",
            lambda s: np.minimum(s["x"], 0).sum(axis=0),
        ),
        mistake(
            "slope-left-in",
            "multiplied by a once more: out is linear in a",
            "da",
            lambda s: _below(s).sum(axis=0) * s["a"],
        ),
    ),
    conventions=("one slope a column, shared by all rows", "at exactly 0 any value from a to 1 is accepted"),
)
