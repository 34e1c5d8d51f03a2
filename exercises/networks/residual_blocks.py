"""Exercises: blocks with a way around, h = x + F(x) and h = x + F1(x) + F2(x), gradient by gradient."""

from __future__ import annotations

import numpy as np

from exercises.networks.block_parts import (
    AT_LOSS,
    HINT_H,
    add_hints,
    add_mistakes,
    bias_mistakes,
    drawer,
    linear_hints,
    linear_mistakes,
    relu_hints,
    relu_mistakes,
    starter,
)
from exercises.shared.predictions import mistake
from grader.exercise import GraphExercise
from reference.activations import RELU
from reference.gates import ADD
from reference.graph import Graph, Node
from reference.l2 import L2
from reference.linear_rows import LINEAR
from reference.residual import RESIDUAL_BLOCK

LOSS = Node("L", L2, ("h", 0.5), "½Σh²")
"""A loss whose gradient is h itself: every entry of the upstream is different."""

ONE = Graph((*RESIDUAL_BLOCK.nodes.values(), LOSS), name="residual_block_loss")


def _branch(number: int) -> tuple[Node, ...]:
    v, w, z, r, F = (f"{name}{number}" for name in "vwzrF")
    return (
        Node(v),
        Node(w),
        Node(z, LINEAR, ("x", v)),
        Node(r, RELU, (z,)),
        Node(F, LINEAR, (r, w)),
    )


TWO = Graph(
    (
        Node("x"),
        *_branch(1),
        *_branch(2),
        Node("s", ADD, ("F1", "F2")),
        Node("h", ADD, ("x", "s")),
        LOSS,
    ),
    name="two_branch_block_loss",
)
"""h = x + relu(x v1) w1 + relu(x v2) w2: x (N, D), v (D, M), w (M, D). Source: Xie et al. 2017, eq. 2, C = 2."""


_ONE_POINTS = {"dh": 1, "dF": 1, "dr": 1, "dw": 1, "db": 1, "dz": 1, "dv": 1, "da": 1, "dx": 3}

RESIDUAL = GraphExercise(
    id="residual_block",
    title="A residual block",
    text=r"""Very deep networks are built of blocks that only learn what to *add* to their input. The input itself
takes a way around:
$$z = x\,v + a, \qquad r = \max(0, z), \qquad F = r\,w + b, \qquad h = x + F, \qquad L = \tfrac12 \sum h^2.$$
`x` is `(N, D)`, an example in each row; `v` is `(D, M)`, `a` `(M,)`, `w` `(M, D)`, `b` `(D,)`. The loss $L$ is
there so that a gradient arrives at $h$ which is different in every entry.

- `residual_block(x, v, a, w, b)` returns a dictionary with the gradients of $L$: `"dh"`, `"dF"`, `"dr"`,
  `"dw"`, `"db"`, `"dz"`, `"dv"`, `"da"` and `"dx"`, each of the shape of what it belongs to. `return locals()`
  is welcome if your variables have these names.

Start with $dh$, which is $h$ itself, and go back through the branch as through any network. Then look at $x$: on
which two ways does it reach $h$? What arrives at $x$ by the way around has been multiplied by nothing, however many
such blocks stand in a row. That is why networks of 100 layers can be trained like this.
""",
    graph=ONE,
    function="residual_block",
    shown={
        "x": np.array([[1.0, -2.0], [0.5, 1.0], [-1.0, 0.5]]),
        "v": np.array([[2.0, 1.0], [-1.0, 1.0]]),
        "a": np.array([-0.5, 0.25]),
        "w": np.array([[1.0, -1.0], [0.5, 2.0]]),
        "b": np.array([0.5, -1.5]),
    },
    draw=drawer(ONE),
    points=_ONE_POINTS,
    topic="graphs",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: more general graphs; He et al. 2016, Deep residual learning",
    difficulty=3,
    minutes=25,
    starter=starter("residual_block", "x, v, a, w, b", tuple(_ONE_POINTS)),
    hints={
        "dh": HINT_H,
        "dF": add_hints("F", "h"),
        **linear_hints("F", "r", "w"),
        "db": (
            "How many examples does b[0] meet?",
            "A value that is used N times collects N gradients.",
            "db is dF summed over the examples, dF.sum(axis=0).",
        ),
        "dz": relu_hints("z", "r"),
        "dv": linear_hints("z", "x", "v")["dv"],
        "da": (
            "How many examples does a[0] meet?",
            "A value that is used N times collects N gradients.",
            "da is dz summed over the examples, dz.sum(axis=0).",
        ),
        "dx": (
            "On which two ways does x reach h? What is dx if F is switched off, that is w = 0 and b = 0?",
            "Work out what comes back through the branch and what comes back by the way around. Then?",
            "dx is dh plus dz times the transpose of v.",
        ),
    },
    misconceptions=(
        *AT_LOSS,
        *add_mistakes("F", "h"),
        *linear_mistakes("F", "r", "w"),
        *bias_mistakes("b", "F"),
        *relu_mistakes("z", "r"),
        *linear_mistakes("z", "x", "v", only_way=False),
        *bias_mistakes("a", "z"),
        mistake("way-around-missing", "that of the branch alone: the way around is missing", "dx",
                lambda s: s["dz"] @ s["v"].T),
        mistake("branch-missing", "that of the way around alone: the branch is missing", "dx",
                lambda s: s["dh"]),
        mistake("missing-transpose", "computed without the transpose of v", "dx",
                lambda s: s["dh"] + s["dz"] @ s["v"]),
        mistake("paths-multiplied", "the product of the two ways instead of their sum", "dx",
                lambda s: s["dh"] * (s["dz"] @ s["v"].T)),
        mistake("way-around-times-x", "computed with x times dh for the way around, which multiplies by 1", "dx",
                lambda s: s["x"] * s["dh"] + s["dz"] @ s["v"].T),
    ),
    conventions=("row batches: an example is a row of x", "no ReLU after the sum", "L = ½Σh², so that dh = h"),
)  # fmt: skip

_TWO_POINTS = {"dh": 1, "ds": 1, **{f"d{n}{k}": 1 for k in (1, 2) for n in "Frwzv"}, "dx": 3}

TWO_BRANCHES = GraphExercise(
    id="two_branch_block",
    title="A block with two branches",
    text=r"""What one branch can do, several can do side by side. With two of them and a way around,
$$z_k = x\,v_k, \qquad r_k = \max(0, z_k), \qquad F_k = r_k\,w_k \qquad (k = 1, 2),$$
$$s = F_1 + F_2, \qquad h = x + s, \qquad L = \tfrac12 \sum h^2.$$
`x` is `(N, D)`, an example in each row; `v1` and `v2` are `(D, M)`, `w1` and `w2` are `(M, D)`.

- `two_branch_block(x, v1, w1, v2, w2)` returns a dictionary with the gradients of $L$: `"dh"`, `"ds"`, then
  `"dF1"`, `"dr1"`, `"dw1"`, `"dz1"`, `"dv1"`, the same with 2, and `"dx"`. `return locals()` is welcome.

Start with $dh = h$. The branches know nothing of each other, so write one and copy it. At $x$ three wires meet:
begin with the gradient of one of them and add the others. With 32 branches in place of two you would write a loop,
and nothing else would change.
""",
    graph=TWO,
    function="two_branch_block",
    shown={
        "x": np.array([[1.0, -2.0], [0.5, 1.0], [-1.0, 0.5]]),
        "v1": np.array([[2.0, 1.0], [-0.5, 1.0]]),
        "w1": np.array([[1.0, -1.0], [0.5, 2.0]]),
        "v2": np.array([[-1.0, 0.5], [1.0, 2.0]]),
        "w2": np.array([[0.5, 1.5], [-2.0, 1.0]]),
    },
    draw=drawer(TWO),
    points=_TWO_POINTS,
    topic="graphs",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: more general graphs; Xie et al. 2017, Aggregated residual"
    " transformations",
    difficulty=3,
    minutes=25,
    starter=starter("two_branch_block", "x, v1, w1, v2, w2", tuple(_TWO_POINTS)),
    hints={
        "dh": HINT_H,
        "ds": add_hints("s", "h"),
        **{f"dF{k}": add_hints(f"F{k}", "s") for k in (1, 2)},
        **{n: h for k in (1, 2) for n, h in linear_hints(f"F{k}", f"r{k}", f"w{k}").items()},
        **{f"dz{k}": relu_hints(f"z{k}", f"r{k}") for k in (1, 2)},
        **{f"dv{k}": linear_hints(f"z{k}", "x", f"v{k}")[f"dv{k}"] for k in (1, 2)},
        "dx": (
            "How many wires leave x?",
            "Work out what comes back from each branch, and what comes back by the way around. Then?",
            "dx is dh plus dz1 times the transpose of v1 plus dz2 times the transpose of v2.",
        ),
    },
    misconceptions=(
        *AT_LOSS,
        *add_mistakes("s", "h"),
        *(m for k in (1, 2) for m in (
            *add_mistakes(f"F{k}", "s"),
            *linear_mistakes(f"F{k}", f"r{k}", f"w{k}"),
            *relu_mistakes(f"z{k}", f"r{k}"),
            *linear_mistakes(f"z{k}", "x", f"v{k}", only_way=False),
        )),
        mistake("way-around-missing", "that of the branches alone: the way around is missing", "dx",
                lambda s: s["dz1"] @ s["v1"].T + s["dz2"] @ s["v2"].T),
        mistake("first-branch-missing", "computed without the first branch", "dx",
                lambda s: s["dh"] + s["dz2"] @ s["v2"].T),
        mistake("second-branch-missing", "computed without the second branch", "dx",
                lambda s: s["dh"] + s["dz1"] @ s["v1"].T),
        mistake("last-path-only", "that of one wire alone, the second branch: the others were overwritten", "dx",
                lambda s: s["dz2"] @ s["v2"].T),
        mistake("way-around-thrice", "computed with the way around once for each wire: it is one of three", "dx",
                lambda s: 3 * s["dh"] + s["dz1"] @ s["v1"].T + s["dz2"] @ s["v2"].T),
    ),
    conventions=("row batches: an example is a row of x", "no ReLU after the sum", "L = ½Σh², so that dh = h"),
)  # fmt: skip
