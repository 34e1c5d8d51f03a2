"""Formulas of all sizes with values, and a way to run the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from grader.cli import main
from grader.passes import Trace, trace
from grader.picture.sketch import Sketch, sketch
from reference.formula import formula_graph

ROOT = Path(__file__).resolve().parents[2]

PRODUCT = ("(x+y)*z", {"x": -2.0, "y": 5.0, "z": -4.0})
SIGMOID = ("1/(1+exp(-(w0*x0+w1*x1+w2)))", {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0})
CHAIN = ("x = r; y = r*s; z = s; f = x*y*z", {"r": 2.0, "s": 3.0})

_HIDDEN = [f"h{i} = tanh(w{i}1*x1 + w{i}2*x2 + b{i})" for i in (1, 2, 3)]
_NETWORK = "; ".join([*_HIDDEN, "o = v1*h1 + v2*h2 + v3*h3 + c", "e = y - o", "L = 0.5*e**2"])
_WEIGHTS = ["x1", "x2", "y", "c", *(f"{k}{i}" for i in (1, 2, 3) for k in "bv")]
_WEIGHTS += [f"w{i}{j}" for i in (1, 2, 3) for j in (1, 2)]

EXAMPLES: dict[str, tuple[str, dict[str, float]]] = {
    "one leaf": ("x", {"x": 2.0}),
    "square of a wire": ("x*x", {"x": 3.0}),
    "product of a sum": PRODUCT,
    "named steps": ("q = x + y; f = q*z", {"x": -2.0, "y": 5.0, "z": -4.0}),
    "sigmoid circuit": SIGMOID,
    "fan-outs": CHAIN,
    "twelve nodes": (
        "a = x*y; b = a + z; c = a*b; d = max(c, z); e = exp(-d/50); f = e*a + b",
        {"x": 1.5, "y": -2.0, "z": 4.0},
    ),
    "forty nodes": (_NETWORK, {name: round(0.13 * i - 0.7, 2) for i, name in enumerate(_WEIGHTS)}),
    "long wires": ("x*exp(log(square(tanh(x*y))+1)) - x + y", {"x": 0.7, "y": -1.2}),
    "long numbers": ("a*b + c*1e-9", {"a": 123456.789, "b": 1e-12, "c": -0.000123456}),
    "long names": (
        "cross_entropy = learning_rate_of_the_head*some_very_long_weight_name_indeed;"
        "total = cross_entropy + regularisation_strength**2",
        {
            "learning_rate_of_the_head": 1.0,
            "some_very_long_weight_name_indeed": 2.0,
            "regularisation_strength": -0.5,
        },
    ),
    "a leaf on no path": ("a = u*v; f = 2*u", {"u": 1.0, "v": 2.0}),
}


def traced(name: str) -> Trace:
    formula, values = EXAMPLES[name]
    return trace(formula_graph(formula), values)


def drawn(name: str) -> Sketch:
    return sketch(traced(name), digits=4)


def arguments(name: str, *options: str) -> list[str]:
    formula, values = EXAMPLES[name]
    return ["trace", formula, *(f"{leaf}={value!r}" for leaf, value in values.items()), *options]


def run(*args: str, width: int = 80) -> Result:
    """The command in this process, with a pinned terminal."""
    environment = {"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb", "FORCE_COLOR": None}
    return CliRunner().invoke(main, list(args), env=environment)


def run_process(*args: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "80", **environment}
    return subprocess.run(
        [sys.executable, "-m", "grader", *args], capture_output=True, env=settings, cwd=ROOT, check=False
    )
