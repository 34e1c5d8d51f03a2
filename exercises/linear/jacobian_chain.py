"""Exercise: the gradients of K layers' weights from local Jacobians alone, each Jacobian used once."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.linear import chain_slips
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array
from reference.jacobian_chain import chain_gradients

CLOSE = 1e-9
"""Relative to the largest entry: a few matrix products, in whatever order they are taken."""

SQUARE = 4
"""Among the sizes, the number of layers whose sizes all agree: there a wrong order or side runs."""


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """`size` layers, with entries that keep products of many layers neither huge nor tiny."""
    if size == SQUARE:
        widths, weights = [3] * size, [3] * size
    else:
        widths = [int(n) for n in rng.integers(2, 6, size)]
        weights = [int(n) for n in rng.integers(2, 6, size)]

    def numbers(*shape: int) -> Array:
        return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(20, 101, shape) / 100)

    between = [numbers(widths[k + 1], widths[k]) for k in range(size - 1)]
    at_weights = [numbers(widths[k], weights[k]) for k in range(size)]
    return numbers(widths[-1]), between, at_weights


def judge_chain(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Each gradient against the right one, and what a wrong one leaves out where that can be told."""
    de, between, at_weights = arguments
    K = len(at_weights)
    if not isinstance(returned, (list, tuple)) or len(returned) != K:
        wanted = f"expected a list of {K} arrays, one for each layer"
        return [("last", wanted), ("earlier", wanted)]
    right = chain_gradients(de, between, at_weights)
    problems: dict[str, str] = {}
    for k in reversed(range(K)):  # the slip is made at the last wrong one; the others may follow from it
        node = "last" if k == K - 1 else "earlier"
        said = _wrong(k, returned[k], right[k], de, at_weights)
        if said:
            problems.setdefault(node, f"of {K} layers, {said}")
    return list(problems.items())


def _wrong(k: int, got: Any, right: Array, de: Array, at_weights: list[Array]) -> str:
    name = f"the gradient of w_{k + 1}"
    try:
        array = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        return f"{name} is no array of numbers"
    if array.shape != right.shape:
        return f"{name} has shape {array.shape}, expected {right.shape}"
    if _same(array, right):
        return ""
    if de.size == len(at_weights[k]) and _same(array, de @ at_weights[k]):
        return f"{name} is ∂e/∂h_K times its own Jacobian: the layers between are missing"
    worst = int(np.argmax(np.nan_to_num(np.abs(array - right), nan=np.inf)))
    return f"{name} has {array[worst]:.6g} at place {worst}, expected {right[worst]:.6g}"


def _same(array: Array, right: Array) -> bool:
    return bool(np.abs(array - right).max(initial=0.0) <= CLOSE * np.abs(right).max(initial=1e-300))


K_LAYER_CHAIN = AlgorithmExercise(
    id="k_layer_chain",
    title="The chain rule through K layers",
    text=r"""A network of $K$ layers, $h_k = f_k(h_{k-1}, w_k)$ with $h_0 = x$, ends in an error $e$ that depends
on $h_K$. For the weights of layer $k$ the chain rule gives
$$\frac{\partial e}{\partial w_k} =
  \underbrace{\frac{\partial e}{\partial h_K}\,\frac{\partial h_K}{\partial h_{K-1}} \cdots
  \frac{\partial h_{k+1}}{\partial h_k}}_{\text{upstream, } \partial e/\partial h_k}\;
  \underbrace{\frac{\partial h_k}{\partial w_k}}_{\text{local}}.$$
What the layers compute does not matter here: you are given their Jacobians, each with a row for every output and a
column for every input.

- `chain_gradients(de, between, at_weights)` returns the list of all $K$ gradients
  $\partial e/\partial w_1, \ldots, \partial e/\partial w_K$, in this order, each of shape $(p_k,)$.

`de` is $\partial e/\partial h_K$, of shape $(n_K,)$. `between` is the list of the $K - 1$ matrices
$\partial h_2/\partial h_1, \ldots, \partial h_K/\partial h_{K-1}$, of shapes $(n_{k+1}, n_k)$. `at_weights` is the
list of the $K$ matrices $\partial h_1/\partial w_1, \ldots, \partial h_K/\partial w_K$, of shapes $(n_k, p_k)$.

Start with $K = 1$, where `between` is empty. Then see what the formula for $k$ and the one for $k - 1$ have in
common, and keep that in a variable: no Jacobian needs to be multiplied twice, and no matrix by a matrix. Leave the
given arrays as they were.
""",
    function="chain_gradients",
    slips=chain_slips.K_LAYER_CHAIN,
    draw=_draw,
    judge=judge_chain,
    sizes=(1, 2, 3, SQUARE, 5, 9, 30),
    points={"last": 1, "earlier": 3},
    topic="scalar circuits",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: the general case of the chain rule, backpropagation summary",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "chain_gradients",
        "de, between, at_weights",
        "de (n_K,), lists of K - 1 and of K Jacobians -> a list of K gradients, that of w_1 first.",
        "gradients",
    ),
    solution=(chain_gradients,),
    hints={
        "last": (
            "How many factors has the formula for k = K?",
            "A row vector times a matrix: which of the two stands on the left?",
            "The gradient of w_K is de @ at_weights[-1].",
        ),
        "earlier": (
            "What does the formula for K - 1 share with the one for K, and what is new in it?",
            "Keep ∂e/∂h_k in a variable. One product with a Jacobian turns it into ∂e/∂h_(k-1). Which Jacobian?",
            "Going down in k: upstream = upstream @ between[k], then upstream @ at_weights[k]; reverse at the end.",
        ),
    },
    conventions=(
        "a Jacobian has a row for each output and a column for each input",
        "lists begin with layer 1",
    ),
)
