"""Functions made up to stand in for a layer that gives nothing, so that what is built on it can be judged.

They have the layer's shapes, and numbers that depend on everything they are given and mean nothing: no right layer
has them. Whoever calls them in the right order, with the right things, has the numbers that come of calling them
so; and nothing of the right step ever enters the process of the student's code: who reads a stand-in learns shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.worker.steps import Stand
from grader.worker.values import Code

Shape = tuple[int, ...]

MADE_UP = """
def made_up(shape, salt, given):
    total = salt
    for place, value in enumerate(given):
        try:
            flat = np.asarray(value, float).ravel()
        except (TypeError, ValueError):
            continue  # options, not numbers
        total += float(np.cos(1.3 * (place + 1) + 0.7 * np.arange(flat.size)) @ flat)
    return np.sin(total + 1.1 * np.arange(int(np.prod(shape)))).reshape(shape)[()]


def alike(mine, other):
    # As many numbers in each, whether or not somebody has flattened them.
    return len(mine) == len(other) and all(np.prod(a) == np.prod(b) for a, b in zip(mine, other))


def case(given):
    shapes = [np.shape(value) for value in given]
    for case in CASES:
        if case[0] == shapes:
            return case
    for case in CASES:
        if alike(case[0], shapes):
            return case
    raise ValueError(f"this layer gets no inputs of shapes {shapes} here")


def all_made_up(shapes, salt, given):
    return [made_up(shape, salt + n, given) for n, shape in enumerate(shapes)]
"""

FORWARD = """
def {name}(*inputs):
    _, outs, _ = case(inputs)
    return (*all_made_up(outs, 0.3, inputs), [np.array(value) for value in inputs])
"""

BACKWARD = """
def {name}(*douts_and_cache):
    *douts, inputs = douts_and_cache
    _, outs, places = case(inputs)
    if not alike([np.shape(dout) for dout in douts], outs):
        raise ValueError("an upstream gradient has another shape than its output")
    made = all_made_up([np.shape(inputs[place]) for place in places], 0.5, [*douts, *inputs])
    return made[0] if len(made) == 1 else tuple(made)
"""

ONE_CALL = """
def {name}(*inputs):
    _, outs, places = case(inputs)
    made = all_made_up([np.shape(inputs[place]) for place in places], 0.5, inputs)
    return (*all_made_up(outs, 0.3, inputs), *made)
"""


@dataclass(frozen=True, slots=True)
class Shapes:
    """How a layer is called somewhere: the shapes of inputs and outputs, and which inputs have a gradient."""

    inputs: list[Shape]
    outputs: list[Shape]
    differentiable: list[int]


def stand_ins(functions: Sequence[str], called: Sequence[Shapes]) -> list[Stand]:
    """For (forward, backward), or one that does both: a made-up cache is of use to no other function."""
    cases = [(shapes.inputs, shapes.outputs, shapes.differentiable) for shapes in called]
    texts = (FORWARD, BACKWARD) if len(functions) > 1 else (ONE_CALL,)
    return [
        Stand(name, Code(name, f"CASES = {cases!r}\n{MADE_UP}{text.format(name=name)}"))
        for name, text in zip(functions, texts, strict=True)
    ]
