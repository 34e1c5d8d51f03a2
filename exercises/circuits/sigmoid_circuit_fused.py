"""Exercise: the lecture's sigmoid circuit again, with its last four gates fused into one."""

from __future__ import annotations

from exercises.circuits import sigmoid_circuit
from exercises.circuits.function_mistakes import sigmoid_mistakes
from exercises.gates.gate_mistakes import gate_mistakes
from grader.exercise import GraphExercise
from reference.formula import formula_graph

GRAPH = formula_graph(
    "p0 = w0*x0; p1 = w1*x1; s = p0 + p1; u = s + w2; f = sigmoid(u)", name="sigmoid_circuit_fused_named"
)
"""σ(w0 x0 + w1 x1 + w2), the sigmoid as one gate. Source: CS231n, lecture 4."""

ASKED = ("u", "s", "w2", "p0", "p1", "w0", "x0", "w1", "x1")
HINTS_OF_U = (
    "The four small gates between u and f send back four factors. What is their product, in terms of f alone?",
    "The slope of a sigmoid can be had from its output. At f = 0.73, what are f and 1 - f?",
    "du is f times (1 - f), as the upstream of f is 1.",
)

SIGMOID_CIRCUIT_FUSED = GraphExercise(
    id="sigmoid_circuit_fused",
    title="The sigmoid circuit with a fused gate",
    text=r"""How finely a formula is cut into gates is up to you. Here the last four gates of the sigmoid circuit
($\times(-1)$, exp, $+1$, $1/x$) are one:

| step | gate |
|---|---|
| $p_0 = w_0 x_0$, $\;p_1 = w_1 x_1$ | multiply |
| $s = p_0 + p_1$, $\;u = s + w_2$ | add |
| $f = \sigma(u)$ | sigmoid, with slope $\sigma(u)\,(1 - \sigma(u))$ |

- `sigmoid_circuit_fused(w0, x0, w1, x1, w2)` takes five numbers and returns a dictionary with the gradient
  of $f$ for every wire: `"du"`, `"ds"`, `"dw2"`, `"dp0"`, `"dp1"`, `"dw0"`, `"dx0"`, `"dw1"`, `"dx1"`.

Start at $f$, go back gate by gate, and be glad of the three steps that you are spared. `return locals()` is
welcome if your variables have the names above.

The lecture's numbers are $w = (2, -3, -3)$ and $x = (-1, -2)$, where $f = 0.73$ and $0.73 \cdot 0.27 = 0.20$
comes back at $u$. Others are tried too. If you have done the circuit in small gates, compare: every gradient that
both have must be the same.
""",
    graph=GRAPH,
    function="sigmoid_circuit_fused",
    shown=sigmoid_circuit.SIGMOID_CIRCUIT.shown,
    draw=sigmoid_circuit.SIGMOID_CIRCUIT.draw,
    points={"du": 2, **{f"d{name}": 1 for name in ASKED if name != "u"}},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid gate; How to train a multi-layer network: a detailed example",
    difficulty=2,
    minutes=12,
    starter='''import math


def sigmoid_circuit_fused(w0, x0, w1, x1, w2):
    """Five numbers -> a dictionary with du, ds, dw2, dp0, dp1, dw0, dx0, dw1, dx1."""
    du = ds = dw2 = dp0 = dp1 = dw0 = dx0 = dw1 = dx1 = None
    # your code here: first forward, p0 to f; then backward, du to dx1

    # end of your code
    return locals()
''',
    hints={
        "du": HINTS_OF_U,
        **{f"d{name}": sigmoid_circuit.SIGMOID_CIRCUIT.hints[f"d{name}"] for name in ASKED if name != "u"},
    },
    misconceptions=(*gate_mistakes(GRAPH), *sigmoid_mistakes("u", "f", last=True)),
    conventions=("the gradient of f itself is 1",),
)
