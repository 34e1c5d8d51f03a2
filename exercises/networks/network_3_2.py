"""Exercise: three hidden units, two outputs, every gradient entry by entry, before anybody says matrix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import GraphExercise, Misconception
from reference.three_two import THREE_TWO as GRAPH

_NAMES = (
    *("da2_1", "da2_2", "dz2_1", "dz2_2"),
    *(f"dw{j}{k}" for j in (1, 2) for k in (1, 2, 3)),
    *("db1", "db2", "da1_1", "da1_2", "da1_3", "dz1_1", "dz1_2", "dz1_3"),
)


def _draw(rng: np.random.Generator) -> dict[str, float]:
    """Numbers in tenths, none twice in size, with gradients that are all large enough to be told apart."""
    while True:
        sizes = rng.permutation(np.arange(3, 19))[: len(GRAPH.leaves)] / 10 * rng.choice((-1.0, 1.0), 11)
        values = {name: float(size) for name, size in zip(GRAPH.leaves, sizes, strict=True)}
        if min(abs(float(g)) for g in GRAPH.backward(values).gradients.values()) > 3e-3:
            return values


def _mistakes() -> Iterator[Misconception]:
    for j in (1, 2):
        yield from _output(j)
        for k in (1, 2, 3):
            yield from _weight(j, k)
    for k in (1, 2, 3):
        yield from _hidden(k)


def _output(j: int) -> Iterator[Misconception]:
    a, z, b, other = f"a2_{j}", f"z2_{j}", f"b{j}", f"z2_{3 - j}"
    y = 2.0 - j
    yield mistake("sign", "y - a instead of a - y", f"d{a}", lambda s: y - s[a])
    yield mistake("factor-two", "twice as large: the half cancels the 2", f"d{a}", lambda s: 2 * (s[a] - y))
    yield mistake("other-target", "computed with the other output's target", f"d{a}", lambda s: s[a] - 1 + y)
    yield from _slope_mistakes(a, z)
    yield mistake("times-bias", "multiplied by the bias", f"d{b}", lambda s: s[f"d{z}"] * s[b])
    yield mistake("wrong-delta", f"d{other}, of the other output", f"d{b}", lambda s: s[f"d{other}"])
    yield mistake("ignores-upstream", "1, without the upstream", f"d{b}", lambda s: 1.0)


def _weight(j: int, k: int) -> Iterator[Misconception]:
    w, z, before, other = f"w{j}{k}", f"z2_{j}", f"a1_{k}", f"z2_{3 - j}"
    yield mistake(
        "wrong-delta",
        f"taken with d{other}: {w} stands in the sum for {z} only",
        f"d{w}",
        lambda s: s[f"d{other}"] * s[before],
    )
    yield mistake(
        "before-the-sigmoid",
        f"taken with z1_{k}, where the activation {before} belongs",
        f"d{w}",
        lambda s: s[f"d{z}"] * s[f"z1_{k}"],
    )
    yield mistake(
        "after-the-layer",
        f"taken with a2_{j}, the activation after the weight instead of before it",
        f"d{w}",
        lambda s: s[f"d{z}"] * s[f"a2_{j}"],
    )
    yield mistake("weight-for-input", "taken with the weight itself", f"d{w}", lambda s: s[f"d{z}"] * s[w])


def _hidden(k: int) -> Iterator[Misconception]:
    a = f"a1_{k}"
    for j in (1, 2):
        yield _one_path(j, k)
    yield mistake(
        "weights-exchanged",
        "computed with the weights of the two paths exchanged",
        f"d{a}",
        lambda s: s["dz2_1"] * s[f"w2{k}"] + s["dz2_2"] * s[f"w1{k}"],
    )
    yield mistake(
        "weights-forgotten",
        "the sum of the two δ, without the weights on the way",
        f"d{a}",
        lambda s: s["dz2_1"] + s["dz2_2"],
    )
    yield from _slope_mistakes(a, f"z1_{k}")


def _one_path(j: int, k: int) -> Misconception:
    return mistake(
        f"path-{j}-only",
        f"that of the path through z2_{j} alone: a1_{k} goes to both outputs",
        f"da1_{k}",
        lambda s: s[f"dz2_{j}"] * s[f"w{j}{k}"],
    )


def _slope_mistakes(a: str, z: str) -> Iterator[Misconception]:
    yield mistake("factor-missing", f"d{a} as it came, without the slope", f"d{z}", lambda s: s[f"d{a}"])
    yield mistake(
        "activation-for-slope",
        "multiplied by σ(z) instead of by its slope",
        f"d{z}",
        lambda s: s[f"d{a}"] * s[a],
    )
    yield mistake(
        "one-minus-missing",
        "multiplied by 1 - σ instead of by σ(1 - σ)",
        f"d{z}",
        lambda s: s[f"d{a}"] * (1 - s[a]),
    )


def _hints() -> dict[str, tuple[str, ...]]:
    hints: dict[str, tuple[str, ...]] = {}
    for j in (1, 2):
        hints[f"da2_{j}"] = (
            f"Which of the two squares does a2_{j} stand in, and what is its target?",
            "The half cancels the 2 of the square.",
            f"da2_{j} is a2_{j} minus {2 - j}.",
        )
        hints[f"dz2_{j}"] = (
            f"If z2_{j} rises by 0.01, by how much does a2_{j} rise?",
            "Upstream times the slope of the sigmoid, which is σ(1 - σ).",
            f"dz2_{j} is da2_{j} times a2_{j} (1 - a2_{j}).",
        )
        hints[f"db{j}"] = (
            f"If b{j} rises by 0.01, which z rises, and by how much?",
            "The local gradient of a sum is 1.",
            f"db{j} is dz2_{j}.",
        )
        for k in (1, 2, 3):
            hints[f"dw{j}{k}"] = (
                f"In which of the two sums does w{j}{k} stand, and beside what?",
                f"The other output never sees w{j}{k}. At a product, what stands beside you is your slope.",
                f"dw{j}{k} is dz2_{j} times a1_{k}.",
            )
    for k in (1, 2, 3):
        hints[f"da1_{k}"] = (
            f"To how many outputs does a1_{k} go? By which weights?",
            "Each path sends back its δ times its weight. What do gradients do where a value was used twice?",
            f"da1_{k} is dz2_1 times w1{k} plus dz2_2 times w2{k}.",
        )
        hints[f"dz1_{k}"] = (
            f"If z1_{k} rises by 0.01, by how much does a1_{k} rise?",
            "Upstream times the slope of the sigmoid, of this unit.",
            f"dz1_{k} is da1_{k} times a1_{k} (1 - a1_{k}).",
        )
    return hints


NETWORK_3_2 = GraphExercise(
    id="network_3_2",
    title="Three hidden units, two outputs, entry by entry",
    text=r"""A layer of three units feeds a layer of two. In names, the layer comes first and the unit second:
`a1_2` is $a^1_2$, unit 2 of layer 1. `w12` is the weight *to* output 1 *from* hidden unit 2.
$$a^1_k = \sigma(z^1_k), \qquad z^2_j = w_{j1} a^1_1 + w_{j2} a^1_2 + w_{j3} a^1_3 + b_j, \qquad
  a^2_j = \sigma(z^2_j),$$
for $k = 1, 2, 3$ and $j = 1, 2$. The first output should be 1, the second 0:
$$\mathcal{L} = \tfrac12 (a^2_1 - 1)^2 + \tfrac12 (a^2_2 - 0)^2.$$

- `network_3_2(z1_1, z1_2, z1_3, w11, w12, w13, w21, w22, w23, b1, b2)` takes eleven numbers and returns a
  dictionary with the gradients of $\mathcal{L}$: `"da2_1"`, `"da2_2"`, then `"dz2_1"`, `"dz2_2"` (the
  $\delta^2$ of the lecture), the six weights `"dw11"` to `"dw23"`, `"db1"`, `"db2"`, `"da1_1"` to `"da1_3"`,
  and `"dz1_1"` to `"dz1_3"` (its $\delta^1$).

Every weight belongs to one $\delta^2$; every hidden unit hears from both. When you are done, lay the six weight
gradients out as $W$ is laid out, and the three $\delta^1$ as a column: the outer product and
$(W)^\top\delta^2$ stand before you. `return locals()` is welcome if your variables have the names above.
""",
    graph=GRAPH,
    function="network_3_2",
    draw=_draw,
    points=dict.fromkeys(_NAMES, 1),
    topic="networks",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the simplified network, δ of both layers",
    difficulty=3,
    minutes=30,
    starter="import math\n\n\n"
    f"def network_3_2({', '.join(GRAPH.leaves)}):\n"
    '    """Eleven numbers -> a dictionary with the gradients of the loss, from da2_1 to dz1_3."""\n'
    "    da2_1 = da2_2 = dz2_1 = dz2_2 = None\n"
    "    dw11 = dw12 = dw13 = dw21 = dw22 = dw23 = db1 = db2 = None\n"
    "    da1_1 = da1_2 = da1_3 = dz1_1 = dz1_2 = dz1_3 = None\n"
    "    # your code here: first forward, a1_1 to a2_2; then backward\n\n"
    "    # end of your code\n    return locals()\n",
    hints=_hints(),
    misconceptions=tuple(_mistakes()),
    conventions=(
        "w_jk leads from hidden unit k to output j",
        "half squared error, summed over the two outputs",
    ),
)
