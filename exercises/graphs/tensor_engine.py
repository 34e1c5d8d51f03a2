"""Exercise: a tensor autograd engine, judged on expressions from one operation to random graphs."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.graphs.tensor_programs import draw_arrays, programs
from grader.exercise import AlgorithmExercise, Helper
from reference.tensor import Tensor

CLOSE = 1e-9
"""Relative to the largest entry: sums of a few dozen products, in whatever order they are taken."""

POINTS = {
    "value": 1, "sum": 1, "add": 1, "multiply": 1, "matmul": 2, "relu": 1,
    "fan_out": 3, "broadcast": 3, "graphs": 3, "deep": 1,
}  # fmt: skip

RUN = '''def tensor_gradients(f, arrays):
    """Given, please leave it as it is: f's value at these arrays, and the gradient of each."""
    tensors = [Tensor(array) for array in arrays]
    try:
        out = f(*tensors)
        out.backward()
        return out.data, [tensor.grad for tensor in tensors]
    except NotImplementedError:
        return None
    except Exception as error:  # so that one missing operation does not cost the others
        return f"{type(error).__name__}: {error}"
'''


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    program = programs()[size - 1]
    return Helper(program.name), draw_arrays(program, rng)


def judge_engine(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether value and gradients are right; what is wrong counts for the nodes that the program speaks for."""
    helper, arrays = arguments
    program = next(one for one in programs() if one.name == helper.name)
    nodes = program.nodes
    if returned is None:
        return [(node, f"{program.line}: an operation is still missing") for node in nodes]
    if isinstance(returned, str):
        return [(node, f"{program.line}: {returned}") for node in nodes]
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        return [(node, "tensor_gradients returned no value and list of gradients") for node in nodes]
    value, gradients = returned
    tensors = [Tensor(array) for array in arrays]
    out, _ = program.run(tensors)
    out.backward()
    problems = []
    if said := _wrong("the value", value, out.data):
        problems.append(("value", f"{program.line}: {said}"))
    if not isinstance(gradients, (tuple, list)) or len(gradients) != len(tensors):
        return [*problems, *((node, "there is not one gradient for each input") for node in nodes)]
    for name, gradient, tensor in zip(program.inputs, gradients, tensors, strict=True):
        if said := _wrong(f"{name}.grad", gradient, tensor.grad):
            problems += [(node, f"{program.line}: {said}") for node in nodes]
            break
    return problems


def _wrong(name: str, got: Any, right: Any) -> str:
    """What is wrong with an array, in a few words; empty if nothing is."""
    try:
        array = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        return f"{name} is no array of numbers"
    if array.shape != right.shape:
        return f"{name} has shape {array.shape}, where {right.shape} is expected"
    error = np.abs(array - right)
    if error.size and not float(np.max(error)) <= CLOSE * max(1.0, float(np.abs(right).max())):
        place = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
        index = ", ".join(str(int(i)) for i in np.unravel_index(place, right.shape))
        at = f"[{index}]" if index else ""
        return f"{name}{at} is {array.flat[place]:.6g}, expected {right.flat[place]:.6g}"
    return ""


TENSOR_ENGINE = AlgorithmExercise(
    id="tensor_engine",
    title="Capstone: a tensor autograd engine",
    text=r"""Build the machine that does all the others: a `Tensor` that remembers how it was made, so that one call
of `backward()` finds every gradient. After `f = (x @ w + b).relu().sum()` and `f.backward()` the gradients stand in
`x.grad`, `w.grad` and `b.grad`.

Write a class `Tensor` with

- `Tensor(data)`: `.data` is an array of floats; `.grad` is an array of zeros of the same shape.
- `s + t` and `s * t`, entry by entry, where shapes that differ broadcast as NumPy's do; `t` may also be a plain
  number.
- `s @ t`, the product of two matrices; `t.relu()`; `t.sum()`, the sum of all entries, a tensor of shape `()`.
- `f.backward()`, called on a tensor of shape `()`: afterwards each tensor that `f` was made from has
  $\partial f/\partial t$ in `.grad`. A tensor that `f` does not depend on keeps its zeros.

The function `tensor_gradients(f, arrays)` is given: it runs an expression on your tensors and hands back what they
found. Expressions of one operation come first, then fan-outs (`a + a`, `a * a`, a diamond), broadcasting (a row, a
column, a number), random graphs, and a sum of 2000 terms, one after the other.

Begin with one operation and `sum`: let each result keep its parents and a small function that turns its own
gradient into theirs. Then ask in which order `backward` must go through the graph, and what happens to the gradient
of a tensor that was used twice.
""",
    function="tensor_gradients",
    draw=_draw,
    judge=judge_engine,
    sizes=tuple(range(1, len(programs()) + 1)),
    helpers={program.name: program.source for program in programs()},
    points=POINTS,
    solution=(Tensor, RUN),
    topic="capstone",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.2; CS231n, lecture 4; Baydin et al. 2018",
    difficulty=5,
    minutes=60,
    starter=f'''import numpy as np


class Tensor:
    """data: an array of floats; grad: the gradient, an array of the same shape, zeros before backward."""

    def __init__(self, data):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        # your code here: what does a tensor have to remember?

    def __add__(self, other):
        raise NotImplementedError

    def __mul__(self, other):
        raise NotImplementedError

    def __matmul__(self, other):
        raise NotImplementedError

    def relu(self):
        raise NotImplementedError

    def sum(self):
        raise NotImplementedError

    def backward(self):
        raise NotImplementedError

    # end of your code


{RUN}''',
    hints={
        "value": (
            "Is .data of every result an array of the right shape?",
            "NumPy's own +, *, @, np.maximum and .sum() on the .data give the values.",
        ),
        "sum": (
            "A sum has one gradient and many terms. What does each term get?",
            "Every entry gets the gradient of the sum: np.broadcast_to(g, shape), or np.ones(shape) * g.",
        ),
        "add": (
            "Does your addition hand on the gradient that arrives, or ones?",
            "Both parents get g as it came. A plain number has no gradient; wrap it in a Tensor first.",
        ),
        "multiply": (
            "Which value does each parent's gradient need?",
            "g times the other factor's data; remember both when the product is made.",
        ),
        "matmul": (
            "What are the gradients of an affine layer without bias?",
            "Let the shapes decide: (N, K) from (N, M) and (K, M), and (K, M) from (N, K) and (N, M).",
            "g times the transpose of the right factor, and the transpose of the left factor times g.",
        ),
        "relu": (
            "Where does a ReLU let the gradient through?",
            "g where the parent's data is above 0, and 0 elsewhere.",
        ),
        "fan_out": (
            "What is the gradient of a in a + a, and what do you get?",
            "Add to a gradient, never write over it. And is it complete when you hand it on?",
            "Go through the graph in reverse topological order, so that every use has sent its part before.",
        ),
        "broadcast": (
            "A row was added to N rows. What is the gradient of a number that was used N times?",
            "The gradient has the result's shape; the parent is smaller. Sum over the axes that were stretched.",
            "Sum away leading axes that the parent does not have, then sum with keepdims where its size is 1.",
        ),
        "graphs": (
            "Which of the simple expressions go wrong? Mend those first.",
            "If all simple ones are right, look at the order: does a node hand on its gradient too early?",
        ),
        "deep": (
            "How deep may Python functions call each other?",
            "Replace the recursion by a list of your own, to which you append and from which you pop.",
        ),
    },
    conventions=(
        "the gradient of f itself is 1",
        "broadcasting as in NumPy: a stretched axis is summed on the way back",
        "backward is called once",
    ),
)
