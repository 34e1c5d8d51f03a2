"""Exercise: backpropagation through any number of layers by the delta recursion, in column vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.networks.drawn_networks import DEPTHS, FORWARD, draw_network, listed, sigma, slope
from exercises.shared.said import alike, differs, numbers
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array
from reference.linear_columns import affine_columns_backward, affine_columns_forward
from reference.mlp import mlp_backward, mlp_forward

NAMES = ("deltas", "dWs", "dbs")
NODES = {"deltas": "delta", "dWs": "dW", "dbs": "db"}


def _draw(rng: np.random.Generator, layers: int) -> tuple[Any, ...]:
    x, weights, biases = draw_network(rng, layers)
    return x, rng.integers(0, 11, len(biases[-1])) / 10, weights, biases


def _followed(value: Any, right: Array) -> Array:
    """The student's δ where more can be built on it, the right one where it is missing, misshapen or trivial."""
    array = numbers(value)
    if array is None or array.shape != right.shape or not np.isfinite(array).all():
        return right
    return array if np.abs(array).max() > 1e-9 * np.abs(right).max() and not _constant(array) else right


def alike_all(parts: Any, wanted: Any) -> bool:
    """Whether all of a list's arrays are the wanted ones."""
    found = [numbers(part) for part in parts]
    return all(a is not None and alike(a, w) for a, w in zip(found, wanted, strict=True))


def _constant(array: Array) -> bool:
    return array.size > 1 and float(np.ptp(array)) == 0


def judge_deltas(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Each is right, or follows from the student's own δ; the first slip of each kind is told."""
    x, y, weights, biases = arguments
    lists = listed(returned, NAMES)
    if isinstance(lists, str):
        return [(node, lists) for node in NODES.values()]
    run = mlp_forward(x, weights, biases)
    right = mlp_backward(run.a[-1] - y, weights, run)
    L = len(weights)
    wanted = {"deltas": right.delta, "dWs": right.dW, "dbs": right.db}
    problems: dict[str, str] = {}
    for name, part in zip(NAMES, lists, strict=True):
        if len(part) != L:
            problems[NODES[name]] = f"{name} has {len(part)} arrays, expected one for each of the {L} layers"
        elif not alike_all(part, wanted[name]) and alike_all(part[::-1], wanted[name]):
            problems[NODES[name]] = (
                f"{name} has the right arrays in the wrong order: the last layer's comes first"
            )
    deltas, dWs, dbs = lists
    own = (
        list(right.delta)
        if len(deltas) != L
        else [_followed(*pair) for pair in zip(deltas, right.delta, strict=True)]
    )
    for place in reversed(range(L)):
        after, before = run.a[place + 1], run.a[place]
        if "delta" not in problems:
            truth, slips = _delta(place, y, weights, run.z, run.a, own)
            if message := differs(f"deltas[{place}]", deltas[place], truth, slips, also=right.delta[place]):
                problems["delta"] = message
        if "dW" not in problems:
            slips = {
                "of the outer product the wrong way round": np.outer(before, own[place]),
                "of δ with the activations after the layer instead of before it": np.outer(own[place], after),
            }
            if place:
                unbent = run.z[place - 1]
                slips["of δ with z instead of the activations before the layer"] = np.outer(
                    own[place], unbent
                )
            truth = np.outer(own[place], before)
            if message := differs(f"dWs[{place}]", dWs[place], truth, slips, also=right.dW[place]):
                problems["dW"] = message
        if "db" not in problems:
            slips = {"of a sum over δ": np.sum(own[place]), "of δ times b": own[place] * biases[place]}
            if message := differs(f"dbs[{place}]", dbs[place], own[place], slips, also=right.db[place]):
                problems["db"] = message
    return list(problems.items())


def _delta(
    place: int, y: Array, weights: list[Array], zs: tuple[Array, ...], a: tuple[Array, ...], own: list[Array]
) -> tuple[Array, dict[str, Any]]:
    """What δ of this layer ought to be, and what slips make of it."""
    z = zs[place]
    if place == len(weights) - 1:
        arrived = a[-1] - y
        named = {
            "of y - a where a - y belongs": -arrived * slope(z),
            "of a squared error without the half": 2 * arrived * slope(z),
        }
    else:
        W = weights[place + 1]
        arrived = W.T @ own[place + 1]
        named = {}
        if W.shape[0] == W.shape[1]:
            named["of a W the wrong way round"] = (W @ own[place + 1]) * slope(z)
    named |= {
        "without the slope σ'(z)": arrived,
        "of σ(z) where its slope belongs": arrived * sigma(z),
        "of the slope taken at a instead of at z": arrived * slope(a[place + 1]),
    }
    return arrived * slope(z), named


DELTA_RECURSION = AlgorithmExercise(
    id="delta_recursion",
    title="Back through L layers: the delta recursion",
    text=r"""The network of the forward loop, $z^l = W^l a^{l-1} + b^l$, $a^l = \sigma(z^l)$, $a^0 = x$, with
the loss of one example
$$\mathcal{L} = \tfrac12 \sum_j (y_j - a^L_j)^2.$$
Backpropagation carries one vector through the layers, $\delta^l = \partial\mathcal{L}/\partial z^l$:
$$\delta^L = (a^L - y) \odot \sigma'(z^L), \qquad
  \delta^{l-1} = (W^l)^\top \delta^l \odot \sigma'(z^{l-1}),$$
and everything that the parameters need follows from it on the spot:
$$\frac{\partial\mathcal{L}}{\partial W^l} = \delta^l\,(a^{l-1})^\top, \qquad
  \frac{\partial\mathcal{L}}{\partial b^l} = \delta^l.$$

- `delta_recursion(x, y, weights, biases)` takes `x`, the target `y`, and the lists of $W^l$ and $b^l$, first layer
  first. It returns three lists of $L$ arrays, `deltas, dWs, dbs`, first layer first as well: `deltas[0]` is
  $\delta^1$.

The formulas run from the last layer to the first, and the lists from the first to the last: mind the order.
Here $\odot$ multiplies entry by entry, and $\sigma'$ is the *slope* of the activation, not the activation.
""",
    function="delta_recursion",
    draw=_draw,
    judge=judge_deltas,
    sizes=DEPTHS,
    points={"delta": 4, "dW": 2, "db": 1},
    topic="networks",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: back propagation, the algorithm",
    difficulty=4,
    minutes=35,
    starter=one_call(
        "delta_recursion",
        "x, y, weights, biases",
        "x (n_0,), y (n_L,), weights: W^l (n_l, n_(l-1)), biases: b^l (n_l,) -> lists deltas, dWs, dbs.",
        "deltas, dWs, dbs",
    ),
    solution=(
        affine_columns_forward,
        affine_columns_backward,
        FORWARD.format(name="forward_pass"),
        """def delta_recursion(x, y, weights, biases):
    zs, activations = forward_pass(x, weights, biases)
    deltas, dWs, dbs = [], [], []
    upstream = activations[-1] - y
    for layer in reversed(range(len(weights))):
        a = activations[layer + 1]
        delta = upstream * a * (1 - a)
        dW, upstream, db = affine_columns_backward(delta, (weights[layer], activations[layer]))
        deltas.insert(0, delta)
        dWs.insert(0, dW)
        dbs.insert(0, db)
    return deltas, dWs, dbs
""",
    ),
    hints={
        "delta": (
            "What reaches a of this layer, and what does σ do to it on the way to z?",
            "δ of a layer comes from δ of the layer *after* it, through that layer's W. Which W is that?",
            "delta = (weights[l + 1].T @ delta) * a * (1 - a), with a the activations of the layer you arrive at.",
        ),
        "dW": (
            "W of a layer multiplies which activations: those before the layer or those after it?",
            "Each entry is one number of δ times one number of a: an outer product, in the shape of W.",
            "np.outer(delta, activations[l]), where activations[0] is x.",
        ),
        "db": (
            "If you raise one b by 0.01, what happens to its z?",
            "The local gradient is 1.",
            "db is delta itself.",
        ),
    },
    conventions=(
        "column vectors: W[i, j] leads from node j to node i",
        "half squared error of one example, no mean",
        "σ in every layer, the last one too",
    ),
)
