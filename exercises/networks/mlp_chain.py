"""Exercise: the lecture's perceptron of four parameters, where each gradient goes on from the one before it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from exercises.shared.predictions import mistake
from grader.exercise import GraphExercise, Misconception
from reference.mlp_chain import MLP_CHAIN_NAMED as GRAPH


def _draw(rng: np.random.Generator) -> dict[str, float]:
    """Weights and input of middling size, so that no sigmoid is flat; a target that is not met."""
    while True:
        w1, x, b1, w2, w3 = distinct(rng, 5)
        y = float(rng.choice((0.0, 1.0)))
        values = {"w1": w1, "x": x, "b1": b1, "w2": w2, "w3": w3, "y": y}
        passed = GRAPH.backward(values)
        clear = abs(passed.values["a1"]) <= 2 and abs(passed.values["f3"] - y) >= 0.3
        if clear and min(abs(float(g)) for g in passed.gradients.values()) > 2e-3:
            return values


def _sigmoid(a: str, f: str) -> Iterator[Misconception]:
    yield mistake("factor-missing", f"d{f} as it came, without the slope", f"d{a}", lambda s: s[f"d{f}"])
    yield mistake(
        "activation-for-slope",
        "multiplied by the activation instead of by its slope",
        f"d{a}",
        lambda s: s[f"d{f}"] * s[f],
    )
    yield mistake(
        "one-minus-missing",
        "multiplied by 1 - f instead of by f(1 - f)",
        f"d{a}",
        lambda s: s[f"d{f}"] * (1 - s[f]),
    )
    yield mistake(
        "derivative-of-the-input",
        "computed with a(1 - a): the formula wants the sigmoid's value, not its input",
        f"d{a}",
        lambda s: s[f"d{f}"] * s[a] * (1 - s[a]),
    )


def _after_the_layer(layer: int) -> Misconception:
    return mistake(
        "output-for-input",
        f"multiplied by f{layer}, what the layer makes, where what it was given belongs",
        f"dw{layer}",
        lambda s: s[f"da{layer}"] * s[f"f{layer}"],
    )


def _ends() -> Iterator[Misconception]:
    yield mistake("sign", "y - f3, with the sign the wrong way round", "df3", lambda s: s["y"] - s["f3"])
    yield mistake(
        "factor-two", "twice as large: the half cancels the 2", "df3", lambda s: 2 * (s["f3"] - s["y"])
    )
    yield mistake("loss-for-slope", "the loss itself", "df3", lambda s: s["L"])
    yield mistake("sign", "f3 - y, with the sign the wrong way round", "dy", lambda s: s["f3"] - s["y"])
    yield mistake(
        "factor-two", "twice as large: the half cancels the 2", "dy", lambda s: 2 * (s["y"] - s["f3"])
    )


_NAMES = ("dy", "df3", "da3", "dw3", "df2", "da2", "dw2", "df1", "da1", "db1", "dp1", "dw1", "dx")


def _layer_hints(layer: int) -> dict[str, tuple[str, ...]]:
    a, f, w, before = f"a{layer}", f"f{layer}", f"w{layer}", f"f{layer - 1}"
    hints: dict[str, tuple[str, ...]] = {
        f"d{a}": (
            f"If {a} rises by 0.01, by how much does {f} rise? You have {f} already.",
            f"Upstream times local: d{f} times the slope of the sigmoid, which needs nothing but {f}.",
            f"d{a} is d{f} times {f} (1 - {f}).",
        )
    }
    if layer > 1:
        hints |= {
            f"d{w}": (
                f"If {w} rises by 0.01, by how much does {a} move?",
                "At a product, what stands beside you is your local gradient.",
                f"d{w} is d{a} times {before}.",
            ),
            f"d{before}": (
                f"If {before} rises by 0.01, by how much does {a} move?",
                f"You are going on from d{a}, which you have. What stands beside {before} in the product?",
                f"d{before} is d{a} times {w}.",
            ),
        }
    return hints


MLP_CHAIN = GraphExercise(
    id="mlp_chain",
    title="A chain of three neurons, four gradients, one way back",
    text=r"""The smallest network that deserves the name deep: four parameters, one number in, one number out.

| step | | step | |
|---|---|---|---|
| $p_1 = w_1 x$, $\;a_1 = p_1 + b_1$ | | $f_1 = \sigma(a_1)$ | |
| $a_2 = w_2 f_1$ | | $f_2 = \sigma(a_2)$ | |
| $a_3 = w_3 f_2$ | | $f_3 = \sigma(a_3)$ | the prediction |
| $L = \tfrac12 (f_3 - y)^2$ | | | $y$ is the target |

Written out in full, the gradient of the first weight has seven factors,
$$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial f_3}\,\frac{\partial f_3}{\partial a_3}\,
  \frac{\partial a_3}{\partial f_2}\,\frac{\partial f_2}{\partial a_2}\,\frac{\partial a_2}{\partial f_1}\,
  \frac{\partial f_1}{\partial a_1}\,\frac{\partial a_1}{\partial w_1},$$
and the first of them stand in front of every other gradient as well. Do not write them out. Go back from $L$,
keep each product under its name, and use it twice: for the parameter beside it, and to go on.

- `mlp_chain(w1, x, b1, w2, w3, y)` takes six numbers and returns a dictionary with the gradients of $L$: `"df3"`,
  `"da3"`, `"dw3"`, `"df2"`, `"da2"`, `"dw2"`, `"df1"`, `"da1"`, `"db1"`, `"dp1"`, `"dw1"`, `"dx"`, and for once
  `"dy"`, since the target is a node like any other.

The four parameters count double. `return locals()` is welcome if your variables have the names above; then the
forward values are looked at as well.
""",
    graph=GRAPH,
    function="mlp_chain",
    draw=_draw,
    count=5,
    points={name: 2 if name in ("dw3", "dw2", "dw1", "db1") else 1 for name in _NAMES},
    topic="networks",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: four parameters, the chain rule, already computed: re-use",
    difficulty=2,
    minutes=20,
    starter="import math\n\n\ndef mlp_chain(w1, x, b1, w2, w3, y):\n"
    f'    """Six numbers -> a dictionary with {", ".join(_NAMES)}."""\n'
    f"    {' = '.join(_NAMES)} = None\n"
    "    # your code here: first forward, a1 to L; then backward, df3 to dx\n\n"
    "    # end of your code\n    return locals()\n",
    hints={
        "dy": (
            "If y rises by 0.01, does L rise or fall when f3 is above y?",
            "It differs from df3 in one thing only.",
            "dy is y - f3.",
        ),
        "df3": (
            "If f3 is above y and rises further, does L rise or fall? So which sign must df3 have?",
            "Differentiate the square; what does the half do?",
            "df3 is f3 - y.",
        ),
        **_layer_hints(3),
        **_layer_hints(2),
        **_layer_hints(1),
        "db1": ("If b1 rises by 0.01, what does a1 do?", "The local gradient of a sum is 1.", "db1 is da1."),
        "dp1": ("If p1 rises by 0.01, what does a1 do?", "The local gradient of a sum is 1.", "dp1 is da1."),
        "dw1": (
            "If w1 rises by 0.01, by how much does p1 move?",
            "At a product, what stands beside you is your local gradient.",
            "dw1 is dp1 times x.",
        ),
        "dx": (
            "If x rises by 0.01, by how much does p1 move?",
            "At a product, what stands beside you is your local gradient.",
            "dx is dp1 times w1.",
        ),
    },
    misconceptions=(
        *gate_mistakes(GRAPH),
        *_sigmoid("a1", "f1"),
        *_sigmoid("a2", "f2"),
        *_sigmoid("a3", "f3"),
        _after_the_layer(2),
        _after_the_layer(3),
        *_ends(),
    ),
    conventions=("half squared error of one example", "the gradient of L itself is 1"),
)
