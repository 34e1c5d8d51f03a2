"""A course's folder with one sound exercise of its own, and what an author may get wrong in it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from grader.cli import main

HEAD = """
import numpy as np

from grader.exercise import (
    AlgorithmExercise, AnswersExercise, Case, ExperimentExercise, GraphExercise, JacobianExercise, LayerExercise,
    Misconception, Question, Trial,
)
from reference.formula import formula_graph
from reference.inputs import Input
from reference.layer import Layer


def draw(rng):
    return (rng.choice((-1.0, 1.0), (3, 4)) * rng.integers(20, 300, (3, 4)) / 100,)


def other(rng):
    return (rng.choice((-1.0, 1.0), (2, 5)) * rng.integers(20, 300, (2, 5)) / 100,)


"""

LAYER = (
    HEAD
    + '''
def bend_forward(x):
    """x (...) -> x where it is positive, else 0.1 x."""
    return np.where(x > 0, x, 0.1 * x), x


def bend_backward(dout, cache):
    """dout (...) -> dx (...)."""
    x = cache
    return np.where(x > 0, dout, 0.1 * dout)


BEND = Layer(
    name="bend", inputs=(Input("x", ("...",)),), forward_rule=bend_forward, backward_rule=bend_backward,
    jacobian_rule=lambda x: {("out", "x"): np.diag(np.where(x.ravel() > 0, 1.0, 0.1)).reshape(x.shape * 2)},
    oracle=lambda xp, x: xp.where(x > 0, x, 0.1 * x), margin_rule=lambda x: float(np.abs(x).min()),
)


def masked(s):
    return s["dout"] * np.where(s["dout"] > 0, 1.0, 0.1)


BENT = LayerExercise(
    id="bent", title="A bend", text="", layer=BEND, points={"out": 1, "dx": 1},
    cases=(Case("generic", draw, basic=True), Case("other", other)),
    misconceptions=(
        Misconception("mask-on-dout", "masked by the sign of the upstream", "dx", masked),
        Misconception("passed-on", "the upstream as it came", "dx", lambda s: s["dout"]),
    ),
    starter="""
def bend_forward(x):
    return None, None


def bend_backward(dout, cache):
    return None
""",
)

EQUIVALENT = {
    "bend_backward": {
        "return np.where(x > 0, dout, 0.1 * dout) -> "
        "return np.where(x >= 0, dout, 0.1 * dout)": "a kink",
    },
}
'''
)

GRAPH = (
    HEAD
    + """
def leaves(rng):
    x, y, z = rng.choice((-1, 1), 3) * rng.integers(11, 40, 3) / 10
    return {"x": float(x), "y": float(y), "z": float(z)}


TRIANGLE = GraphExercise(
    id="triangle", title="A fan-out", text="", graph=formula_graph("q = x*y; a = q*z; b = q*x; f = a + b"),
    function="triangle", draw=leaves, points={"da": 1, "db": 1, "dx": 1, "dy": 1, "dz": 1, "dq": 1},
    misconceptions=(
        Misconception("one-path", "that of the path through z alone", "dq", lambda s: s["z"]),
        Misconception("sign", "negated", "dy", lambda s: -s["dq"] * s["x"]),
    ),
    starter="def triangle(x, y, z):\\n    return None\\n",
)
"""
)

ALGORITHM = (
    HEAD
    + '''
def judge(arguments, returned):
    (values,) = arguments
    try:
        array = np.asarray(returned, dtype=float)
    except (TypeError, ValueError):
        return [("sorted", "no numbers"), ("entries", "no numbers")]
    found = []
    if array.shape != values.shape or not (np.diff(array) >= 0).all():
        found.append(("sorted", "not in order"))
    if array.shape != values.shape or not np.isclose(np.sort(array), np.sort(values)).all():
        found.append(("entries", "other entries"))
    return found


SORTING = AlgorithmExercise(
    id="sorting", title="Sort", text="", function="in_order", points={"sorted": 1, "entries": 1},
    draw=lambda rng, size: (rng.integers(-900, 900, size) / 100,), judge=judge,
    solution=("""
def in_order(values):
    found = []
    for value in values:
        place = sum(other <= value for other in found)
        found.insert(place, value)
    return found
""",),
    starter="def in_order(values):\\n    return None\\n",
)
'''
)


def proved(folder, text, *arguments, name="own.py"):
    """(exit code, the JSON) of `chainmark prove` for a folder with this one file of exercises."""
    (folder / name).write_text(text, encoding="utf-8")
    result = run("--exercises-from", str(folder), "--json", *arguments)
    return result.exit_code, json.loads(result.stdout)


def run(*arguments):
    """The command in this process."""
    result = CliRunner().invoke(main, ["prove", *arguments], prog_name="chainmark")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def changed(text, old, new):
    """The text with this one thing in it changed, which has to be there."""
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)


def problems(found):
    """(proof, message) of every problem in the JSON."""
    listed = [problem for exercise in found["exercises"] for problem in exercise["problems"]]
    return [(problem["proof"], problem["message"]) for problem in (*listed, *found["equivalents"])]
