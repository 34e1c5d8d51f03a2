"""What a function of one number, entry by entry, invites: its derivative at another place, or used twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from grader.diagnosis.candidates import Candidate, Predict
from grader.diagnosis.parts import rerun
from grader.exercise.exercise import Array, Situation
from reference.layer import Layer


def of_one_function(
    layer: Layer, node: str, candidate: Callable[[str, str, Predict], Candidate]
) -> Iterator[Candidate]:
    """For out = f(x), entry by entry: f' at another place than x, or used twice."""
    name, out = layer.inputs[0].name, layer.outputs[0]

    def slope(s: Situation, at: str) -> Array:
        return rerun(layer, {**s, name: s[at]}, np.ones_like)[node]

    up = f"d{out}"
    at_output = "computed with the derivative taken at the output instead of at the input"
    yield candidate("derivative-at-the-output", at_output, lambda s: s[up] * slope(s, out))
    yield candidate(
        "forward-of-upstream",
        f"what the forward pass makes of {up}",
        lambda s: np.asarray(layer.forward_rule(np.array(s[up], np.float64))[0]),
    )
    yield candidate("derivative-of-upstream", "the derivative taken at the upstream", lambda s: slope(s, up))
    yield candidate(
        "derivative-of-upstream-times",
        "computed with the derivative taken at the upstream instead of at the input",
        lambda s: s[up] * slope(s, up),
    )
    yield candidate(
        "derivative-squared",
        "computed with the square of the derivative",
        lambda s: s[up] * slope(s, name) ** 2,
    )
    yield candidate(
        "value-for-derivative", f"{up} times {out}, without a derivative", lambda s: s[up] * s[out]
    )
    yield candidate(
        "input-for-derivative", f"{up} times {name}, without a derivative", lambda s: s[up] * s[name]
    )
