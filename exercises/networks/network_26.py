"""Exercise: a whole network with batch normalisation and a softmax loss, 26 gradients of named nodes by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.array_mistakes import array_mistakes
from grader.exercise import GraphExercise
from reference.activations import TANH
from reference.broadcasting import BROADCAST_ADD, BROADCAST_MULTIPLY
from reference.gates import EXP, LOG, MULTIPLY, POWER, SCALE, SHIFT, SQUARE
from reference.graph import Graph, Node
from reference.linear_rows import AFFINE
from reference.matmul import MATMUL
from reference.rows_and_columns import BROADCAST_SUBTRACT, COLUMN_MEAN, ROW_SUM

EPS = 0.01
"""Added to the variance; larger than usual, so that it shows in the numbers."""

GRAPH = Graph(
    (
        Node("x"),
        Node("W1"),
        Node("gain"),
        Node("shift"),
        Node("W2"),
        Node("b2"),
        Node("T"),
        Node("z", MATMUL, ("x", "W1")),
        Node("mu", COLUMN_MEAN, ("z",)),
        Node("c", BROADCAST_SUBTRACT, ("z", "mu")),
        Node("sq", SQUARE, ("c",)),
        Node("var", COLUMN_MEAN, ("sq",)),
        Node("v", SHIFT, ("var", EPS)),
        Node("inv", POWER, ("v", -0.5)),
        Node("n", BROADCAST_MULTIPLY, ("c", "inv")),
        Node("g", BROADCAST_MULTIPLY, ("n", "gain")),
        Node("a", BROADCAST_ADD, ("g", "shift")),
        Node("h", TANH, ("a",)),
        Node("s", AFFINE, ("h", "W2", "b2")),
        Node("e", EXP, ("s",)),
        Node("Z", ROW_SUM, ("e",)),
        Node("logZ", LOG, ("Z",)),
        Node("logp", BROADCAST_SUBTRACT, ("s", "logZ")),
        Node("cost", MULTIPLY, ("T", "logp")),
        Node("each", ROW_SUM, ("cost",)),
        Node("pay", SCALE, ("each", -1.0)),
        Node("loss", COLUMN_MEAN, ("pay",)),
    ),
    name="network_26",
)
"""x (N, D) -> z (N, H), normalised over the batch -> h (N, H) -> s (N, C) -> loss (1, 1)."""

TARGETS = ((0.7, 0.2, 0.1), (0.6, 0.3, 0.1), (0.1, 0.8, 0.1), (0.2, 0.2, 0.6))

TELLING = 0.01
"""The largest entry of every gradient is at least this."""


def _draw(rng: np.random.Generator) -> dict[str, Any]:
    """Sizes that differ from each other and from the three classes, or all 3, and no gradient that vanishes."""
    square = bool(rng.integers(2))  # a lost transpose runs there, and only its numbers are wrong
    examples, features, hidden = (3, 3, 3) if square else (int(size) for size in rng.permutation((4, 5, 6)))
    while True:
        values = _drawn(rng, examples, features, hidden)
        gradients = GRAPH.backward(values).gradients
        if min(float(np.abs(gradients[name]).max()) for name in GRAPH.nodes) >= TELLING:
            return values


def _drawn(rng: np.random.Generator, examples: int, features: int, hidden: int) -> dict[str, Any]:
    chosen = [TARGETS[int(i)] for i in rng.integers(0, len(TARGETS), examples)]
    return {
        "x": rng.integers(-20, 21, (examples, features)) / 10,
        "W1": rng.integers(-90, 91, (features, hidden)) / 100,
        "gain": rng.choice((-1.0, 1.0), hidden) * rng.integers(50, 151, hidden) / 100,
        "shift": rng.choice((-1.0, 1.0), hidden) * rng.integers(10, 91, hidden) / 100,
        "W2": rng.integers(-90, 91, (hidden, 3)) / 100,
        "b2": rng.integers(-50, 51, 3) / 100,
        "T": np.array([[row[int(i)] for i in rng.permutation(3)] for row in chosen]),
    }


_HINTS: dict[str, tuple[str, ...]] = {
    "pay": ("How much of the mean is one example's?", "Each of the N rows gets 1/N, in pay's shape (N, 1)."),
    "each": ("If each[0] rises by 0.01, what does pay[0] do?", "pay = -each: minus dpay."),
    "cost": (
        "How many entries of cost go into each[0]?",
        "A sum hands its gradient to all its terms: (N, C) from (N, 1).",
    ),
    "T": ("What stands beside T in the product?", "Upstream times the other factor: dcost times logp."),
    "logp": ("What stands beside logp in the product?", "Upstream times the other factor: dcost times T."),
    "logZ": (
        "To how many entries of logp does logZ[0] go, and with which sign?",
        "Sum minus dlogp over each row, and keep the axis.",
    ),
    "Z": ("What is the derivative of a logarithm?", "dlogZ divided by Z."),
    "e": (
        "How many entries of e go into Z[0]?",
        "A sum hands its gradient to all its terms: (N, C) from (N, 1).",
    ),
    "s": (
        "Where is s used?",
        "Twice: in e and in logp. Both send something back; add them.",
        "dlogp, plus de times e.",
    ),
    "h": (
        "Which layer lies between h and s?",
        "An affine layer's dx, with ds for its upstream.",
        "ds times the transpose of W2.",
    ),
    "W2": (
        "Which entries of h meet W2[0, 0]?",
        "An affine layer's dw: it sums over the batch.",
        "The transpose of h times ds.",
    ),
    "b2": ("To how many rows was b2 added?", "Sum ds over the batch."),
    "a": ("What is the slope of tanh, written with its output?", "dh times (1 - h²)."),
    "g": ("a is a sum. What is its local gradient?", "da, as it is."),
    "shift": ("To how many rows was shift added?", "Sum da over the batch, into the shape (H,)."),
    "n": ("What stands beside n in the product?", "dg times gain."),
    "gain": (
        "What stands beside gain, and how many rows used it?",
        "Sum dg times n over the batch, into the shape (H,).",
    ),
    "inv": (
        "What stands beside inv, and how many rows used it?",
        "Sum dn times c over the batch; the shape is (1, H).",
    ),
    "v": (
        "Differentiate v to the power -1/2. Which power is left?",
        "-1/2 times v**(-1.5): mind the brackets.",
        "dinv times -0.5 * v**-1.5.",
    ),
    "var": ("v is var plus a constant. What is the local gradient?", "dv, as it is."),
    "sq": (
        "How many rows share var[0, 0], and how much of it is each one's?",
        "Every row gets dvar / N: (N, H) from (1, H).",
    ),
    "c": (
        "Where is c used?",
        "Twice: in sq and in n. Both send something back; add them.",
        "dn times inv, plus dsq times 2c.",
    ),
    "mu": (
        "From how many rows was mu taken away?",
        "Minus the sum of dc over the batch; the shape is (1, H).",
    ),
    "z": ("Where is z used?", "Twice: in c and, through the mean, in mu.", "dc, plus dmu / N in every row."),
    "x": (
        "Which entries of W1 does x[0, 0] meet?",
        "dx of a matrix product: the shapes decide.",
        "dz times the transpose of W1.",
    ),
    "W1": (
        "Which entries of x does W1[0, 0] meet?",
        "A matrix product's other gradient: it sums over the batch.",
        "The transpose of x times dz.",
    ),
}

NETWORK_26 = GraphExercise(
    id="network_26",
    title="Capstone: 26 gradients of one network",
    text=r"""A small network, taken apart until no step hides anything: a linear layer, batch normalisation, tanh, a
second layer, and the cross-entropy of a softmax with targets $T$ whose rows sum to 1.

| step | shape |
|---|---|
| $z = x\,W_1$ | $(N, H)$ |
| $\mu$ = mean of each column of $z$; $\;c = z - \mu$ | $(1, H)$; $(N, H)$ |
| $sq = c^2$; $\;var$ = mean of each column of $sq$; $\;v = var + 0.01$ | $(N, H)$; $(1, H)$; $(1, H)$ |
| $inv = v^{-1/2}$; $\;n = c \cdot inv$ | $(1, H)$; $(N, H)$ |
| $g = n \cdot gain$; $\;a = g + shift$; $\;h = \tanh a$ | $(N, H)$ |
| $s = h\,W_2 + b_2$ | $(N, C)$ |
| $e = \exp(s)$; $\;Z$ = sum of each row of $e$; $\;logZ = \log Z$ | $(N, C)$; $(N, 1)$; $(N, 1)$ |
| $logp = s - logZ$; $\;cost = T \cdot logp$ | $(N, C)$ |
| $each$ = sum of each row of $cost$; $\;pay = -each$; $\;loss$ = mean of $pay$ | $(N, 1)$; $(N, 1)$; $(1, 1)$ |

Reduced axes stay, with size 1 (`keepdims=True`); `gain` and `shift` are `(H,)`, `b2` is `(C,)`.

- `network_26(x, W1, gain, shift, W2, b2, T)` returns a dictionary with the gradient of the loss for every node but
  the loss itself, each in the shape of its node: `"dpay"`, `"deach"`, `"dcost"`, `"dT"`, `"dlogp"`, `"dlogZ"`,
  `"dZ"`, `"de"`, `"ds"`, `"dh"`, `"dW2"`, `"db2"`, `"da"`, `"dg"`, `"dshift"`, `"dn"`, `"dgain"`, `"dinv"`, `"dv"`,
  `"dvar"`, `"dsq"`, `"dc"`, `"dmu"`, `"dz"`, `"dx"`, `"dW1"`.

Write the forward pass first, a line a node, under these names. Then go back line by line, from `dpay` on: upstream
times local, and the shape of each gradient tells what is still to be summed or spread. Three nodes are used twice;
find them before you start. `return locals()` is welcome. A right step from a wrong array counts as right.
""",
    graph=GRAPH,
    function="network_26",
    draw=_draw,
    count=5,
    points={f"d{name}": 1 for name in _HINTS},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4; Ioffe and Szegedy 2015; Training Neural Networks, section 1.2",
    difficulty=5,
    minutes=60,
    starter='''import numpy as np


def network_26(x, W1, gain, shift, W2, b2, T):
    """x (N, D), W1 (D, H), gain, shift (H,), W2 (H, C), b2 (C,), T (N, C) -> a dictionary of 26 gradients."""
    dpay = deach = dcost = dT = dlogp = dlogZ = dZ = de = ds = dh = dW2 = db2 = da = None
    dg = dshift = dn = dgain = dinv = dv = dvar = dsq = dc = dmu = dz = dx = dW1 = None
    # your code here: forward from z to loss, a line a node; then backward from dpay to dW1

    # end of your code
    return locals()
''',
    hints={f"d{name}": degrees for name, degrees in _HINTS.items()},
    misconceptions=array_mistakes(GRAPH),
    conventions=(
        "the gradient of the loss itself is 1",
        "row batches; variance with 1/N and 0.01 added",
        "mean over the batch, natural logarithm",
    ),
)
