"""Five layers with a teacher's tests: what nbgrader and Otter-Grader are given to grade by.

Each part of an exercise (the output, each gradient) has a test of its own for the points that chainmark gives it,
in two halves: what students see, a shape, and what they do not: the right numbers, and for a gradient the relative
error beside central differences of the student's own forward. NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from grader.exercise_catalogue import exercises as catalogue
from tests.batch.classes import FIVE, NAMES, functions

HELPERS = """def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def numerical_gradient(f, x, upstream, h=1e-5):
    gradient = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        kept = x[place]
        x[place] = kept + h
        above = np.array(f())
        x[place] = kept - h
        below = np.array(f())
        x[place] = kept
        gradient[place] = np.sum((above - below) * upstream) / (2 * h)
    return gradient
"""
"""The cell above the exercises that the tests use. Students see it; both systems run it before students' cells."""

DRAWN = "rng = np.random.default_rng(2026)\n"
ROWS = DRAWN + "x, dout = rng.normal(size=(7, 6)), rng.normal(size=(7, 6))\n"
SCORES = DRAWN + "x, y = rng.normal(size=(9, 5)), rng.integers(5, size=9)\nrows = np.arange(9)\n"
MARGINS = "margins = np.maximum(0, x - x[rows, y][:, None] + 1)\nmargins[rows, y] = 0\n"
COUNTED = MARGINS + "counted = (margins > 0).astype(float)\ncounted[rows, y] = -counted.sum(axis=1)\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A test of one part: `visible` and `hidden` are code, points as chainmark's exercise has them."""

    name: str
    points: float
    visible: str
    hidden: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """One of the five, with the teacher's solution of each function it asks for."""

    id: str
    solutions: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Layer:
    """What the tests of a layer are made of: code that draws, the call, and right numbers as expressions."""

    drawn: str
    call: str
    forward: str
    """The student's own forward again, for the central differences."""
    right: dict[str, str]
    before: str = ""
    """Code that the expressions need."""
    upstream: str = "dout"


def _pair(name: str, drawn: str, right: dict[str, str], inputs: str = "x") -> _Layer:
    gradients = ", ".join(part for part in right if part != "out")
    call = f"out, cache = {name}_forward({inputs})\n{gradients} = {name}_backward(dout, cache)\n"
    return _Layer(drawn, call, f"{name}_forward({inputs})[0]", right)


def _loss(name: str, right: dict[str, str], before: str = "") -> _Layer:
    return _Layer(SCORES, f"loss, dx = {name}(x, y)\n", f"{name}(x, y)[0]", right, before, upstream="1.0")


LAYERS = {
    "affine": _pair(
        "affine",
        DRAWN + "x, w, b = rng.normal(size=(7, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)\n"
        "dout = rng.normal(size=(7, 3))\n",
        {"out": "x @ w + b", "dx": "dout @ w.T", "dw": "x.T @ dout", "db": "dout.sum(axis=0)"},
        inputs="x, w, b",
    ),
    "relu": _pair("relu", ROWS, {"out": "np.where(x > 0, x, 0)", "dx": "np.where(x > 0, dout, 0)"}),
    "sigmoid": _pair(
        "sigmoid",
        ROWS,
        {"out": "(1 + np.tanh(x / 2)) / 2", "dx": "dout * (1 - np.tanh(x / 2) ** 2) / 4"},
    ),
    "softmax_loss": _loss(
        "softmax_loss",
        {
            "loss": "np.mean(np.log(np.exp(x).sum(axis=1)) - x[rows, y])",
            "dx": "(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) - np.eye(5)[y]) / 9",
        },
    ),
    "svm_loss": _loss("svm_loss", {"loss": "margins.sum() / 9", "dx": "counted / 9"}, before=COUNTED),
}


def _part(layer: _Layer, name: str, points: float) -> Part:
    output = next(iter(layer.right))
    call = layer.call
    if name == output and "_backward" in call:  # a forward is tested where there is no backward yet
        call = call.splitlines()[0] + "\n"
    shape = {"out": "dout.shape", "loss": "()"}.get(name, f"{name[1:]}.shape")
    hidden = f"{layer.before}assert np.allclose({name}, {layer.right[name]})\n"
    if name != output:
        beside = f"numerical_gradient(lambda: {layer.forward}, {name[1:]}, {layer.upstream})"
        hidden += f"assert relative_error({name}, {beside}) < 1e-5\n"
    return Part(name, points, f"{layer.drawn}{call}assert np.shape({name}) == {shape}\n", hidden)


@cache
def exercises() -> tuple[Exercise, ...]:
    """The five, in the order in which the class has them."""
    ours = catalogue()
    cells = {name: code for code in functions() for name in NAMES if f"def {name}(" in code}
    found = []
    for id in FIVE:
        asked = [id] if id in NAMES else [f"{id}_forward", f"{id}_backward"]
        parts = tuple(_part(LAYERS[id], part, ours[id].points[part]) for part in LAYERS[id].right)
        assert {part.name for part in parts} == ours[id].points.keys()
        found.append(Exercise(id, tuple(cells[name] for name in asked), parts))
    return tuple(found)
