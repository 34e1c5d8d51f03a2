"""Exercise: an explanation in words, read by a person."""

from __future__ import annotations

from grader.exercise import WrittenExercise

WHY_GRADIENTS_ADD = WrittenExercise(
    id="why_gradients_add",
    title="Why gradients add at a fan-out",
    text=r"""In $f = x \cdot (x + y)$ the value $x$ goes to two gates. On the way back each of them sends a
gradient, and $\partial f/\partial x$ is their *sum*.

Explain in your own words, in about six sentences, to somebody who knows derivatives and has not heard of
graphs:

1. why it is a sum, and not the last one to arrive, the mean or the larger one; use a small change of $x$
   for it,
2. what goes wrong if a node passes its gradient on before all the nodes it feeds have sent theirs,
3. why a second backward pass over the same graph doubles the gradients where code uses `+=`.

Work out $\partial f/\partial x$ at $x = 3$, $y = -1$ both ways, along the graph and by multiplying out, and
say whether they agree.
""",
    points={"explanation": 4},
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.1; CS231n, lecture 4: patterns in gradient flow",
    difficulty=2,
    minutes=20,
    starter="*Your explanation here.*\n",
    hints={
        "explanation": (
            "Raise x by 0.01. By how much does f move because of the one gate, and because of the other?",
            "Write f = x(a) with a = x + y, and let one x move at a time.",
        ),
    },
    conventions=("marked by a person; one point a question and one for the numbers",),
)
