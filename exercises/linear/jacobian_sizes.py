"""Exercises: why nobody builds the Jacobian of a matrix product (a paper of counts), and a page on conventions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.exercise import AnswersExercise, Question, WrittenExercise

_ASKED = {
    "jacobian_rows": r"written as a matrix $\partial z/\partial W$, one row for each entry of $z$: how many rows",
    "jacobian_columns": r"and one column for each entry of $W$: how many columns",
    "entries": r"how many entries has that matrix in all",
    "not_zero": r"how many of them can be other than 0",
    "megabytes": r"how many megabytes (of a million bytes) does it take at 8 bytes a number",
    "products_by_jacobian": r"how many multiplications does (row of upstream) × (that matrix) take, zeros included",
    "products_direct": r"how many multiplications does $x^\top\,\partial e/\partial z$ take",
    "rows_of_dw": r"how many rows has $\partial e/\partial W$",
}


def counts(N: int, D: int, M: int) -> dict[str, float]:
    """The answers for z = xW with x (N, D), W (D, M)."""
    entries = N * M * D * M
    return {
        "jacobian_rows": N * M,
        "jacobian_columns": D * M,
        "entries": entries,
        "not_zero": N * M * D,
        "megabytes": 8 * entries / 1e6,
        "products_by_jacobian": entries,
        "products_direct": N * D * M,
        "rows_of_dw": D,
    }


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Eight questions about one layer, of sizes drawn from `rng`; counts are exact, megabytes to half a percent."""
    N, D, M = (10 * int(n) for n in rng.permutation(np.arange(2, 10))[:3])
    layer = rf"$z = x\,W$ with $x$ of shape $({N}, {D})$ and $W$ of shape $({D}, {M})$: "
    room = {"megabytes": 0.005}
    return tuple(
        Question(
            name,
            layer + _ASKED[name],
            value,
            value * (1 - room.get(name, 0)),
            value * (1 + room.get(name, 0)),
        )
        for name, value in counts(N, D, M).items()
    )


JACOBIAN_SIZES = AnswersExercise(
    id="jacobian_sizes",
    title="How large a Jacobian would be",
    text=r""""Avoid explicit Jacobians" is good advice; here you find out what it saves. For a layer $z = x\,W$
over a batch, with sizes that are yours alone (they stand beside the questions), think of the derivative of all
entries of $z$ by all entries of $W$ as one large matrix.

- `size_answers` is a dictionary from each question's name to a number, as in
  `size_answers = {"jacobian_rows": 600}`. A product may be written as text, `"20 * 30"`.

For the zeros, go back to a single entry: which column of $W$, and which row of $x$, does $z_{nm}$ depend on?
""",
    variable="size_answers",
    paper=paper,
    points=dict.fromkeys(_ASKED, 1),
    topic="jacobians",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: general tips, shapes of Jacobians",
    difficulty=2,
    minutes=15,
    starter="size_answers = {\n" + "".join(f'    "{name}": None,\n' for name in _ASKED) + "}\n",
    solution=(),
    hints={
        "": (
            "How many numbers are in z, and how many in W? Which of the two counts the rows?",
            "z[n, m] depends on column m of W only: D entries of each row can be other than 0.",
            "In dW each of the D × M entries is a sum of N products.",
        ),
    },
    conventions=(
        "a row for each entry of the output, a column for each entry of W",
        "1 megabyte = 10⁶ bytes",
    ),
)

ROWS_AND_COLUMNS = WrittenExercise(
    id="rows_and_columns",
    title="Rows, columns, and which of them is right",
    text=r"""One lecture says $\partial z/\partial x = W^\top$. Another says $\partial z/\partial x = W$. Both
write the layer with a matrix called $W$, and both are right.

Explain in about eight sentences, to somebody who has just met the two formulas and trusts neither any more:

1. how each lecture writes its layer, rows ($z = x\,W$) or columns ($z = W x$), and what shape $W$ has in each, for
   3 inputs and 2 outputs,
2. what the rows and the columns of a Jacobian count, in *both* lectures, and why the one layer then gives $W^\top$
   and the other $W$: differentiate $z_2$ by $x_1$ in both,
3. what becomes of $\partial e/\partial x$ and $\partial e/\partial W$ in each, in shapes and in formulas, and
   how one turns into the other,
4. how you would find out in one minute which convention a piece of code uses.

Use one example with numbers, the same layer in both conventions, and show that the two $\partial e/\partial x$ hold
the same numbers.
""",
    points={"explanation": 5},
    topic="jacobians",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: linear layer; Multi-layer perceptron: Jacobians",
    difficulty=2,
    minutes=25,
    starter="*Your explanation here.*\n",
    hints={
        "explanation": (
            "With 3 inputs and 2 outputs, what shape has the Jacobian? Does that depend on the convention?",
            "Call the matrix of the rows lecture A and that of the columns lecture B. How does B follow from A?",
        ),
    },
    conventions=("marked by a person; one point a question and one for the numbers",),
)
