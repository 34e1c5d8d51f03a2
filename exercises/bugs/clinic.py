"""Exercises: a clinic of bugs that passed a course's own check. Arrays that are shared, overwritten, oversummed."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.shared.drawing import elementwise_cases, given
from grader.exercise import Case, FindTheBugExercise
from grader.exercise.cases import Draw
from reference.embedding import WORD_EMBEDDING, word_embedding_backward, word_embedding_forward
from reference.inputs import Array
from reference.skip_relu import SKIP_RELU

CLINIC = """This rule was handed in, and it passed the test that came with the course. It runs, and on some inputs
all its numbers are right.
"""


def parts(prefix: str, inputs: str, dout: str, gradients: str, order: str = "") -> str:
    """What is to be handed in, the same for every patient."""
    return f"""
- `{prefix}_counterexample()` returns inputs `{inputs}`, as small as you can make them, for which the rule is wrong.
- `{prefix}_wrong_node` is the name of the gradient that is wrong{order}, a text such as `"dq"`.
- `{prefix}_mended_backward({dout}, {inputs})` returns the right `{gradients}`.
"""


def upstream_shared(dout: Array, x: Array, y: Array) -> tuple[Array, Array]:  # noqa: ARG001 - as shown
    """`dx = dout` is a second name for the same array, so that masking it masks dy as well.

    Seen in 10 of 49 public solutions of a ReLU's backward.
    """
    dx = dout
    dx[x <= 0] = 0
    dy = dout
    return dx, dy


def repeats_lost(dout: Array, x: Array, W: Array) -> Array:
    """`dW[x] += dout` adds once for each word, however often the word occurs: NumPy buffers the sum."""
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


def _words(examples: int, steps: int, vocabulary: int, width: int) -> Draw:
    """With the first word in the last place again."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x, W = WORD_EMBEDDING.draw(rng, {"N": examples, "T": steps, "V": vocabulary, "D": width})
        x[-1, -1] = x[0, 0]
        return x, W

    return draw


CLINIC_UPSTREAM = FindTheBugExercise(
    id="clinic_upstream",
    title="Clinic: a gradient that changes behind its back",
    text=CLINIC
    + r"""
A ReLU with a way around it, as at the end of a residual block, entry by entry: $\text{out} = \max(0, x) + y$.
The test had looked at `dx` alone.

```python
def shown_backward(dout, x, y):
    dx = dout
    dx[x <= 0] = 0
    dy = dout
    return dx, dy
```
"""
    + parts("upstream", "x, y", "dout", "dx, dy")
    + r"""
How many arrays are there in this function, and how many names? Follow one entry with $x < 0$ through it.
""",
    layer=SKIP_RELU,
    shown=upstream_shared,
    wrong=("dy",),
    counterexample="upstream_counterexample",
    answer="upstream_wrong_node",
    mended="upstream_mended_backward",
    cases=elementwise_cases(
        SKIP_RELU, given("nothing masked", np.array([[1.0, 0.5, 2.0]]), np.array([[-1.0, 3.0, 0.25]]))
    ),
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 2: the ReLU's backward pass",
    difficulty=2,
    minutes=10,
    starter=find_the_bug("upstream", "x, y", "dout", "dx, dy"),
    solution=(
        '''def upstream_counterexample():
    """One entry below 0: y moves the output one to one, so dy is dout there, and the rule says 0."""
    return np.array([-1.0]), np.array([2.0])


upstream_wrong_node = "dy"


def upstream_mended_backward(dout, x, y):
    """The mask makes a new array, and dout keeps its values."""
    return dout * (x > 0), dout.copy()
''',
    ),
    hints={
        "counterexample": (
            "Is anything wrong where all x are positive? What happens to dout where one is not?",
            "One entry will do; choose its sign.",
        ),
        "node": ("Which of the two gradients is 0 where it should not be?", "y never met the ReLU."),
        "mended": (
            "Does dx = dout make a copy?",
            "It gives the array a second name. Make a new array for dx.",
            "dx = dout * (x > 0) leaves dout as it was.",
        ),
    },
    conventions=("entry by entry", "at exactly 0 any value between 0 and the upstream is accepted"),
)

CLINIC_REPEATS = FindTheBugExercise(
    id="clinic_repeats",
    title="Clinic: the word that occurs twice",
    text=CLINIC
    + r"""
Word embedding: $\text{out}_{nt} = W_{x_{nt}}$, with words `x` `(N, T)`, integers from 0 to $V - 1$, and a table `W`
of shape `(V, D)`. The test had drawn its words from a large vocabulary.

```python
def shown_backward(dout, x, W):
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW
```
"""
    + parts("repeats", "x, W", "dout", "dW")
    + r"""
`+=` is there, so nothing is overwritten: or is it? Try a table with one row.
""",
    layer=WORD_EMBEDDING,
    shown=repeats_lost,
    wrong=("dW",),
    counterexample="repeats_counterexample",
    answer="repeats_wrong_node",
    mended="repeats_mended_backward",
    cases=(
        Case("generic", _words(2, 3, 4, 5), basic=True),
        Case("generic, other sizes", _words(4, 5, 3, 2)),
        Case("one sentence", _words(1, 4, 6, 3)),
        given(
            "each word once",
            np.array([[2, 0], [1, 3]]),
            np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.0], [1.5, 3.0]]),
        ),
        Case("float32", _words(2, 3, 4, 5), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 3; NumPy: assigning values to indexed arrays",
    difficulty=2,
    minutes=10,
    starter=find_the_bug("repeats", "x, W", "dout", "dW"),
    solution=(
        word_embedding_forward,
        word_embedding_backward,
        '''def repeats_counterexample():
    """The same word in two places: two gradients come back to its row, and the rule keeps one."""
    return np.array([[0, 0]]), np.array([[1.0]])


repeats_wrong_node = "dW"


def repeats_mended_backward(dout, x, W):
    """np.add.at adds once for each place."""
    out, cache = word_embedding_forward(x, W)
    return word_embedding_backward(dout, cache)
''',
    ),
    hints={
        "counterexample": (
            "What does dW[x] += dout do in two steps: what is read, what is added, what is written back?",
            "dW[[0, 0]] is read before anything is written. How large is the smallest x that shows it?",
        ),
        "node": ("How many gradients are there?", "There is one only."),
        "mended": (
            "Which loop would be right?",
            "Add at one place after the other, or find the function of np.add that does not buffer.",
            "np.add.at(dW, x, dout).",
        ),
    },
    conventions=("words are integers from 0", "x has no gradient"),
)
