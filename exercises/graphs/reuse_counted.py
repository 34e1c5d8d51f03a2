"""Exercise: how many multiplications it takes to write every chain out, and how many to reuse what is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.exercise import AnswersExercise, Question

_ASKED = {
    "factors_last": r"how many factors has $\partial L/\partial w_K$, written out in full",
    "factors_first": r"how many has $\partial L/\partial w_1$",
    "shared": r"in how many of the $K + 1$ gradients does the product "
    r"$\frac{\partial L}{\partial f_K}\frac{\partial f_K}{\partial a_K}$ stand",
    "products_in_full": r"how many multiplications do all $K + 1$ gradients take if each is written out "
    "and computed by itself",
    "products_with_reuse": "how many do they take if no product is computed twice",
}


def counts(K: int) -> dict[str, int]:
    """The answers for K neurons with a bias at the first: w_k has 2(K - k) + 3 factors, b as many as w_1."""
    factors = [2 * (K - k) + 3 for k in range(1, K + 1)]
    return {
        "factors_last": factors[-1],
        "factors_first": factors[0],
        "shared": K + 1,
        "products_in_full": sum(n - 1 for n in (*factors, factors[0])),
        # ∂L/∂a_K takes one, each earlier ∂L/∂a_k two more; then one for each parameter.
        "products_with_reuse": 1 + 2 * (K - 1) + K + 1,
    }


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Five questions about a chain whose length is drawn from `rng`."""
    K = int(rng.integers(4, 13))
    chain = rf"$K = {K}$ neurons in a row: "
    return tuple(
        Question(name, chain + _ASKED[name], value, value, value) for name, value in counts(K).items()
    )


REUSE_COUNTED = AnswersExercise(
    id="reuse_counted",
    title="What reuse is worth, counted",
    text=r"""A chain of $K$ neurons, $a_1 = w_1 x + b$, $f_k = \sigma(a_k)$, $a_{k+1} = w_{k+1} f_k$, with the
loss $L(f_K)$, has $K + 1$ parameters. For $K = 3$ the lecture writes out all four gradients, the longest of them
$$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial f_3}\,\frac{\partial f_3}{\partial a_3}\,
  \frac{\partial a_3}{\partial f_2}\,\frac{\partial f_2}{\partial a_2}\,\frac{\partial a_2}{\partial f_1}\,
  \frac{\partial f_1}{\partial a_1}\,\frac{\partial a_1}{\partial w_1}.$$
Your own $K$ stands beside the questions. Count factors as they are written there; a factor counts even if it
happens to be 1, such as $\partial a_1/\partial b$. A product of $n$ factors takes $n - 1$ multiplications.

- `reuse_answers` is a dictionary from each question's name to a number, as in `reuse_answers = {"shared": 4}`.

Check your way of counting at $K = 3$: 18 multiplications in full, 9 with reuse. Which of the two grows with $K^2$?
""",
    variable="reuse_answers",
    paper=paper,
    points=dict.fromkeys(_ASKED, 1),
    topic="networks",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: already computed, re-use (propagate)",
    difficulty=2,
    minutes=15,
    starter="reuse_answers = {\n" + "".join(f'    "{name}": None,\n' for name in _ASKED) + "}\n",
    hints={
        "": (
            "Each layer further back, how many factors are added in front of the last one?",
            "With reuse, ∂L/∂a_k comes from ∂L/∂a_(k+1) by two multiplications, and each parameter takes one more.",
            "In full: 2, 4, 6, ... up to 2K for w_1, and 2K once more for b.",
        ),
    },
    conventions=("a factor counts even if it is 1", "n factors take n - 1 multiplications"),
)
