"""Exercise: how large the gradients are, layer by layer, in a network whose weights are given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from exercises.shared.fault import fault
from exercises.shared.starters import one_call
from exercises.training import loop_slips
from grader.exercise import AlgorithmExercise
from reference.activations import RELU, SIGMOID, TANH
from reference.inputs import Array
from reference.mlp import MlpPass, mlp_backward, mlp_forward

ACTIVATIONS = {"sigmoid": SIGMOID, "tanh": TANH, "relu": RELU}
CLEAR = 0.01
"""How far every z is kept from a ReLU's kink."""
STEEP = {"sigmoid": 12.0, "tanh": 6.0, "relu": math.inf}
"""The largest |z|: beyond it 1 - tanh² loses the digits that are asked for, however it is written."""


def norms(weights: Sequence[Array], x: Array, da: Array, activation: str) -> tuple[Array, Array]:
    """W^l (n_l, n_{l-1}), x, da -> the norms (L,) of ∂L/∂b^1 .. ∂L/∂b^L, and those of ∂L/∂W^1 .. ∂L/∂W^L."""
    layer = ACTIVATIONS[activation]
    run = mlp_forward(x, weights, _no_biases(weights), activation=layer)
    gradients = mlp_backward(da, weights, run, activation=layer)
    return _sizes(gradients.db), _sizes(gradients.dW)


def _sizes(gradients: Sequence[Array]) -> Array:
    return np.array([np.sqrt((g * g).sum()) for g in gradients])


def _no_biases(weights: Sequence[Array]) -> list[Array]:
    return [np.zeros(len(W)) for W in weights]


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """A network of `size` layers, small or large weights by turns, in which no gradient dies out altogether."""
    activation = tuple(ACTIVATIONS)[size % 3]
    widths = [size] * (size + 1) if size <= 2 else [int(n) for n in rng.integers(3, 6, size + 1)]
    root = math.sqrt(max(widths))
    scale = (0.7, 2.0)[(size // 3) % 2] / root if activation == "relu" else (0.5, 3.0)[(size // 3) % 2] / root
    while True:
        weights = [np.round(rng.normal(0, scale, (n, m)), 2) + 0.0 for m, n in itertools.pairwise(widths)]
        x, da = rng.integers(5, 21, widths[0]) / 10, rng.integers(5, 21, widths[-1]) / 10
        run = mlp_forward(x, weights, _no_biases(weights), activation=ACTIVATIONS[activation])
        if _tells(run, norms(weights, x, da, activation)[0], activation):
            return weights, x, da, activation


def _tells(run: MlpPass, found: Array, activation: str) -> bool:
    """No gradient is 0, every slope can be computed to many digits, and a ReLU's kinks are far."""
    sizes = np.abs(np.concatenate(run.z))
    near = activation == "relu" and sizes.min() < CLEAR
    return bool(not near and sizes.max() <= STEEP[activation] and found.min() > 0)


def judge(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Each norm on its own scale, be it 1e-12."""
    weights, x, da, activation = arguments
    right, of_weights = norms(weights, x, da, activation)
    linear, slopeless = _careless(weights, x, da, activation)
    said = fault(
        "norms",
        returned,
        right,
        {
            "these are the norms of the weights' gradients": of_weights,
            "these are in the order from the last layer to the first": right[::-1],
            "these are the squares of the norms": right**2,
            "the slope of the last layer's activation is missing": linear,
            "the slopes of the activations are missing": slopeless,
        },
        each=True,
    )
    return [(activation, said)] if said else []


def _careless(weights: Sequence[Array], x: Array, da: Array, activation: str) -> tuple[Array, Array]:
    """The norms without the last layer's slope, and without any."""
    layer = ACTIVATIONS[activation]
    run = mlp_forward(x, weights, _no_biases(weights), activation=layer)
    found = []
    for slopes in (True, False):
        delta, sizes = np.asarray(da), []
        for place in reversed(range(len(weights))):
            if slopes and place < len(weights) - 1:
                delta = layer.vjp((run.z[place],), delta)["x"]
            sizes.append(float(np.linalg.norm(delta)))
            delta = weights[place].T @ delta
        found.append(np.array(sizes[::-1]))
    return found[0], found[1]


NORMS_SOLUTION = """
import numpy as np


def gradient_norms(weights, x, da, activation):
    zs, a = [], x
    for W in weights:
        zs.append(W @ a)
        if activation == "sigmoid":
            a = 1 / (1 + np.exp(-zs[-1]))
        elif activation == "tanh":
            a = np.tanh(zs[-1])
        else:
            a = np.maximum(0, zs[-1])
    norms = []
    for W, z in zip(reversed(weights), reversed(zs)):
        if activation == "sigmoid":
            slope = 1 / (1 + np.exp(-z)) / (1 + np.exp(z))
        elif activation == "tanh":
            slope = 1 - np.tanh(z) ** 2
        else:
            slope = z > 0
        delta = da * slope
        norms.insert(0, np.sqrt(np.sum(delta**2)))
        da = W.T @ delta
    return np.array(norms)
"""

GRADIENT_NORMS = AlgorithmExercise(
    id="gradient_norms",
    title="Gradients by depth",
    text=r"""Where do gradients vanish on their way back, and where do they explode? Measure it. A network
of $L$ layers without biases computes, in column vectors and from $a^0 = x$ on,
$$z^l = W^l a^{l-1}, \qquad a^l = g(z^l), \qquad l = 1, \dots, L.$$
On the way back, from $\partial L/\partial a^L$,
$$\delta^L = \frac{\partial L}{\partial a^L} \odot g'(z^L), \qquad
\delta^{l-1} = (W^l)^T \delta^l \odot g'(z^{l-1}),$$
and $\delta^l$ is the gradient of a bias in layer $l$, $\partial L/\partial b^l$, even if that bias is 0.

- `gradient_norms(weights, x, da, activation)` returns an array of the $L$ norms
  $\lVert \delta^l \rVert = \sqrt{\sum_i (\delta^l_i)^2}$, the first layer first. `weights` is the list of
  $W^1, \dots, W^L$, with $W^l$ of shape $(n_l, n_{l-1})$; `x` is the input, `da` is
  $\partial L/\partial a^L$, and `activation` is `"sigmoid"`, `"tanh"` or `"relu"`.

Write the forward loop first and keep every $z^l$: the way back will ask for all of them. Norms may come out
as small as $10^{-15}$ and have to be right even then.
""",
    function="gradient_norms",
    slips=loop_slips.GRADIENT_NORMS,
    draw=_draw,
    judge=judge,
    sizes=(1, 2, 3, 4, 5, 6, 9, 10, 11, 21, 22, 23),
    points={"sigmoid": 1, "tanh": 1, "relu": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: unstable gradients",
    difficulty=3,
    minutes=25,
    starter=one_call(
        "gradient_norms",
        "weights, x, da, activation",
        "weights: list of (n_l, n_(l-1)), x (n_0,), da (n_L,), activation (a text) -> norms (L,).",
        "norms",
    ),
    solution=(NORMS_SOLUTION,),
    hints={
        "sigmoid": (
            "For one layer of one neuron, write δ down as a product. How many factors are there?",
            "Which z does the slope of layer l look at, and has the slope of the last layer been counted?",
            "From the last layer to the first: δ = da times σ(z)(1 - σ(z)); note its norm; the next da is Wᵀδ.",
        ),
        "tanh": (
            "What is the slope of tanh at 0, and at 3?",
            "Everything is as for the sigmoid but g and g'.",
            "The slope is 1 minus the square of tanh(z).",
        ),
        "relu": (
            "What is the slope of a ReLU where z is below 0?",
            "Does your slope look at z, at a, or at δ?",
            "The slope is 1 where z > 0 and 0 elsewhere.",
        ),
    },
    conventions=(
        "column vectors: z = W a, with a row of W for each output",
        "the norms of ∂L/∂b^l, layer 1 first",
    ),
)
