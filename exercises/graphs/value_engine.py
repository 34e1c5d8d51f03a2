"""Exercise (optional): `Value`, a number that finds its own gradients, from one sum to diamonds in a row."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from exercises.graphs import engine_slips
from grader.exercise import AlgorithmExercise, Helper
from reference.value import Value

CLOSE = 1e-9
"""Relative to the sum of what the paths contribute: some dozen products and sums, in whatever order."""

RUN = '''def value_gradients(f, numbers):
    """Given, please leave it as it is: f's value, the gradients, and those after a second backward."""
    leaves = [Value(number) for number in numbers]
    try:
        out = f(*leaves)
        out.backward()
        gradients = [leaf.grad for leaf in leaves]
        out.backward()
        return out.data, gradients, [leaf.grad for leaf in leaves]
    except NotImplementedError:
        return None
    except Exception as error:  # so that one missing operation does not cost the others
        return f"{type(error).__name__}: {error}"
'''


class Program(NamedTuple):
    """A function of Values, as source: what it is called, which node it speaks for, and its line for a report."""

    name: str
    node: str
    inputs: str
    line: str
    body: str = ""
    """The lines of the function where `line` is not an expression of Python itself."""

    @property
    def source(self) -> str:
        """The function's definition."""
        body = self.body or f"    return {self.line}\n"
        return f"def {self.name}({self.inputs}):\n{body}"


LADDER = """    step = a
    for _ in range(8):
        step = step * b + step
    return step
"""
STALE = """    p = a * b
    p.backward()
    return p * p + a
"""
DEEP = """    total = a
    for _ in range(200):
        total = total + type(a)(0.5)
    return total * b
"""

PROGRAMS = (
    Program("plus", "sum", "a, b", "a + b"),
    Program("times", "product", "a, b", "a * b"),
    Program("sum_times", "chain", "a, b, c", "(a + b) * c"),
    Program("long_chain", "chain", "a, b, c, d, e", "((a * b + c) * d + e)"),
    Program("deep_chain", "chain", "a, b", "(a + 0.5 + 0.5 + ..., 200 times) * b", DEEP),
    Program("unused", "chain", "a, b, c", "a * b, where c is not used", "    return a * b\n"),
    Program("twice", "fan_out", "a", "a + a"),
    Program("square", "fan_out", "a", "a * a"),
    Program("diamond", "fan_out", "a, b", "(a + b) * (a * b)"),
    Program("late_use", "fan_out", "a, b", "(a * b) * a + (a * b)", "    p = a * b\n    return p * a + p\n"),
    Program("ladder", "fan_out", "a, b", "eight times step = step * b + step, from step = a", LADDER),
    Program("stale", "second", "a, b", "p = a * b; p.backward(); p * p + a", STALE),
)
POINTS = {"value": 1, "sum": 1, "product": 1, "chain": 1, "fan_out": 3, "second": 1}


def run(program: Program, numbers: list[float]) -> tuple[float, list[float]]:
    """The right value and gradients."""
    namespace: dict[str, Any] = {}
    exec(program.source, namespace)  # noqa: S102 - our own source, as the student's process gets it
    leaves = [Value(number) for number in numbers]
    out = namespace[program.name](*leaves)
    out.backward()
    return out.data, [leaf.grad for leaf in leaves]


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """Numbers of size 0.3 to 1.5, all different, so that no operand can stand in for another."""
    program = PROGRAMS[size - 1]
    count = program.inputs.count(",") + 1
    sizes = rng.permutation(np.delete(np.arange(3, 16), 7))[:count] / 10  # never 1, which hides a factor
    return Helper(program.name), [float(v) for v in sizes * rng.choice((-1.0, 1.0), count)]


def judge_value(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Value and gradients of one program, and whether a second backward finds the same gradients."""
    helper, numbers = arguments
    program = next(one for one in PROGRAMS if one.name == helper.name)
    if returned is None or isinstance(returned, str):
        said = "an operation is still missing" if returned is None else returned
        return [
            (node, f"{program.line}: {said}") for node in dict.fromkeys(("value", program.node, "second"))
        ]
    if not isinstance(returned, (tuple, list)) or len(returned) != 3:
        return [(node, "value_gradients was changed") for node in POINTS]
    value, gradients = run(program, numbers)
    problems: dict[str, str] = {}
    if not _same(returned[0], value):
        problems["value"] = f"{program.line}: the value is {_shown(returned[0])}, expected {value:.6g}"
    for name, got, again, right in zip(
        program.inputs.split(", "), _listed(returned[1]), _listed(returned[2]), gradients, strict=False
    ):
        if not _same(got, right):
            half = _half(got, right) if program.node == "fan_out" else ""
            said = f"{program.line}: {name}.grad is {_shown(got)}, expected {right:.6g}{half}"
            problems.setdefault(program.node, said)
        elif not _same(again, right):
            said = f"{name}.grad is {_shown(again)} after a second backward, expected {right:.6g} again"
            problems.setdefault("second", f"{program.line}: {said}")
    if program.node in problems:
        # Wrong the first time, so there is nothing to be right again.
        problems.setdefault("second", problems[program.node])
    return list(problems.items())


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (list, tuple)) else [None] * 9


def _same(got: Any, right: float) -> bool:
    try:
        number = float(np.asarray(got, dtype=np.float64).reshape(()))
    except (TypeError, ValueError):
        return False
    return abs(number - right) <= CLOSE * max(1.0, abs(right))


def _half(got: Any, right: float) -> str:
    """What half of a gradient is where a value is used twice alike: half of what it is owed."""
    return (
        ", twice as much: is it added to what is there, at each use?"
        if right and _same(got, right / 2)
        else ""
    )


def _shown(got: Any) -> str:
    try:
        return f"{float(np.asarray(got, dtype=np.float64).reshape(())):.6g}"
    except (TypeError, ValueError):
        return "no number"


VALUE_ENGINE = AlgorithmExercise(
    id="value_engine",
    title="A number that knows where it comes from",
    text=r"""Write a class `Value` for numbers that remember how they were made, so that one call finds every
gradient. After `f = (a + b) * c` and `f.backward()` the derivatives of $f$ by $a$, $b$ and $c$ stand in `a.grad`,
`b.grad` and `c.grad`.

- `Value(data)` has the number in `.data`, and `.grad`, which is 0.0 until somebody calls backward.
- `s + t` and `s * t` of two Values give a new one.
- `f.backward()` puts $\partial f/\partial v$ into `v.grad` for every Value `v` that `f` was made from, and 1.0 into
  `f.grad`.

The function `value_gradients(f, numbers)` is given: it runs an expression on your Values, calls `backward` *twice*
and hands back what it found each time. The second call must find the same as the first. Frameworks differ here:
some add to what stands in `.grad`, and their users must set it to zero before each step. Yours starts afresh by
itself, also where an earlier backward, of another result, has left something behind.

Start with a sum: what must the new Value remember, so that it can tell its parents their gradients? Then try
`a + a`, whose gradient is 2. Then ask in which order `backward` must go through the Values, if one of them was used
twice.
""",
    function="value_gradients",
    slips=engine_slips.value_engine(RUN),
    draw=_draw,
    judge=judge_value,
    sizes=tuple(range(1, len(PROGRAMS) + 1)),
    helpers={program.name: program.source for program in PROGRAMS},
    points=POINTS,
    solution=(Value, RUN),
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.2; CS231n, lecture 4; Baydin et al. 2018",
    difficulty=4,
    minutes=40,
    starter=f'''class Value:
    """data: a number; grad: the derivative by it of whatever backward was called on, 0.0 before."""

    def __init__(self, data):
        self.data = data
        self.grad = 0.0
        # your code here: what does a Value have to remember?

    def __add__(self, other):
        raise NotImplementedError

    def __mul__(self, other):
        raise NotImplementedError

    def backward(self):
        raise NotImplementedError

    # end of your code


{RUN}''',
    hints={
        "value": (
            "Is .data of a sum the sum of the .data?",
            "The numbers are in self.data and other.data; the result is a new Value made of them.",
        ),
        "sum": (
            "f = a + b: what are the two local gradients?",
            "A result has to find its parents again. Keep them in the result when it is made.",
            "In backward: for each parent, parent.grad += self.grad * 1.0.",
        ),
        "product": (
            "f = a * b: which number does a's gradient need, and is it known when the product is made?",
            "Keep, beside each parent, the local gradient towards it: the other one's data.",
            "parents = ((self, other.data), (other, self.data)).",
        ),
        "chain": (
            "Who calls backward for the values between f and its inputs?",
            "Go through all ancestors of f, f first and each before its parents, and let each pay its parents.",
            "For long chains use a list as a stack rather than a function that calls itself.",
        ),
        "fan_out": (
            "What is a.grad after f = a + a? Was it added to, or overwritten?",
            "If p was used twice, when is p.grad complete, and when does your code hand it on to p's parents?",
            "Reverse topological order: every value hands its gradient on once, after all that use it have paid.",
        ),
        "second": (
            "What stands in .grad when backward begins for the second time? In the inputs, and in between?",
            "Everything that f was made from has to start from 0, not only the inputs.",
            "Set grad of all ancestors to 0.0 and your own to 1.0, before anybody is paid.",
        ),
    },
    conventions=(
        "backward sets gradients: it starts from 0 each time and does not add to those of an earlier call",
        "the gradient of f itself is 1",
    ),
)
