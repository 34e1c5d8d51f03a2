"""Exercise: the lecture's sigmoid circuit, twelve gradients by hand through eight gates."""

from __future__ import annotations

import numpy as np

from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from grader.exercise import GraphExercise
from reference.formula import formula_graph

GRAPH = formula_graph(
    "p0 = w0*x0; p1 = w1*x1; s = p0 + p1; u = s + w2; n = -u; e = exp(n); q = 1 + e; f = 1/q",
    name="sigmoid_circuit_named",
)
"""σ(w0 x0 + w1 x1 + w2) with a name for every wire, so that each gradient can be asked for."""

SATURATED = 3.0
"""Beyond this |u| the sigmoid is nearly flat, and all gradients would be too small to tell mistakes apart."""


def _draw(rng: np.random.Generator) -> dict[str, float]:
    """Five numbers of different size, so that no two wires can be confused without the numbers telling."""
    while True:
        w0, x0, w1, x1, w2 = distinct(rng, 5)
        u = w0 * x0 + w1 * x1 + w2
        if 0.3 <= abs(u) <= SATURATED:
            return {"w0": w0, "x0": x0, "w1": w1, "x1": x1, "w2": w2}


_GATES_BACK = {
    "dq": ("1/q falls as q grows. Which sign must dq have?", "Write 1/q as q to the power -1 and differentiate.",
           "The local gradient is -1/q²; the upstream is 1."),
    "de": ("If e rises by 0.01, by how much does 1 + e rise?", "Does the constant 1 change the slope?",
           "The local gradient is 1: de is dq."),
    "dn": ("Move n from -1 to -0.99: by how much does exp(n) move?", "Which function is its own derivative?",
           "The local gradient is exp(n), which you have as e: dn is de times e."),
    "du": ("If u rises by 0.01, what does n do?", "The gate multiplies by a constant. Which one?",
           "The local gradient is -1: du is minus dn."),
    "ds": ("u is a sum. Does it matter to s what w2 is?", "Upstream times local, with the local gradient of a sum.",
           "The local gradient is 1: ds is du."),
    "dw2": ("w2 is added last and meets no x. What does that say of its local gradient?",
            "Upstream times local, with the local gradient of a sum.", "The local gradient is 1: dw2 is du."),
}  # fmt: skip


def _sum_of_products(number: str) -> dict[str, tuple[str, ...]]:
    p, w, x = f"p{number}", f"w{number}", f"x{number}"
    return {
        f"d{p}": (f"s is a sum. If {p} rises by 0.01, by how much does s rise?",
                  "Upstream times local, with the local gradient of a sum.",
                  f"The local gradient is 1: d{p} is ds."),
        f"d{w}": (f"If {w} rises by 0.01, by how much does {p} move? Does that depend on {w}?",
                  "At a product, what stands beside you is your local gradient.", f"d{w} is d{p} times {x}."),
        f"d{x}": (f"If {x} rises by 0.01, by how much does {p} move? Does that depend on {x}?",
                  "At a product, what stands beside you is your local gradient.", f"d{x} is d{p} times {w}."),
    }  # fmt: skip


SIGMOID_CIRCUIT = GraphExercise(
    id="sigmoid_circuit",
    title="The sigmoid circuit, twelve gradients",
    text=r"""One neuron with two inputs and a sigmoid, taken apart into gates that are too small to hide
anything:

| step | gate |
|---|---|
| $p_0 = w_0 x_0$, $\;p_1 = w_1 x_1$ | multiply |
| $s = p_0 + p_1$, $\;u = s + w_2$ | add |
| $n = -u$ | times $-1$ |
| $e = \exp(n)$ | exp |
| $q = 1 + e$ | plus 1 |
| $f = 1/q$ | reciprocal |

- `sigmoid_circuit(w0, x0, w1, x1, w2)` takes five numbers and returns a dictionary with the gradient of $f$
  for every wire: `"dq"`, `"de"`, `"dn"`, `"du"`, `"ds"`, `"dw2"`, `"dp0"`, `"dp1"`, `"dw0"`, `"dx0"`,
  `"dw1"`, `"dx1"`.

Start at the end with $\partial f/\partial f = 1$ and go back gate by gate, upstream times local. All
twelve are worth the same, and a right step from a wrong number counts as right. `return locals()` is welcome
if your variables have the names above; then the forward values `p0` to `f` are there as well, and a slip on
the way forward is told from one on the way back.

The lecture's numbers are $w = (2, -3, -3)$ and $x = (-1, -2)$, which give $f = 0.73$. Others are tried too.
""",
    graph=GRAPH,
    function="sigmoid_circuit",
    shown={"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
    draw=_draw,
    points={f"d{name}": 1 for name in ("q", "e", "n", "u", "s", "w2", "p0", "p1", "w0", "x0", "w1", "x1")},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4; How to train a multi-layer network: a detailed example",
    difficulty=2,
    minutes=20,
    starter='''import math


def sigmoid_circuit(w0, x0, w1, x1, w2):
    """Five numbers -> a dictionary with dq, de, dn, du, ds, dw2, dp0, dp1, dw0, dx0, dw1, dx1."""
    dq = de = dn = du = ds = dw2 = dp0 = dp1 = dw0 = dx0 = dw1 = dx1 = None
    # your code here: first forward, p0 to f; then backward, dq to dx1

    # end of your code
    return locals()
''',
    hints=_GATES_BACK | _sum_of_products("0") | _sum_of_products("1"),
    misconceptions=gate_mistakes(GRAPH),
    conventions=("the gradient of f itself is 1",),
)
