"""Exercise: a check of a layer's backward, a verdict for each gradient, tried on mistakes that like to hide."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.checking.check_gradient import as_verdict
from exercises.checking.suspect_layers import FORMULAS, HELPERS, LAYERS, SuspectLayer
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise, Helper
from reference.inputs import Array


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    case = LAYERS[size - 1]
    scales = case.scales or (1.0,) * len(case.shapes)
    inputs: tuple[Array, ...] = tuple(
        rng.choice((-1.0, 1.0), shape) * rng.integers(30, 150, shape) / 100 * scale
        for shape, scale in zip(case.shapes, scales, strict=True)
    )
    return Helper(case.forward), Helper(case.backward), inputs


def case_of(arguments: tuple[Any, ...]) -> SuspectLayer:
    """Which of LAYERS the arguments are."""
    return next(case for case in LAYERS if case.backward == arguments[1].name)


def judge_verdicts(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether there is a right verdict for every gradient."""
    case = case_of(arguments)
    count = len(case.shapes)
    if isinstance(returned, np.ndarray) and returned.dtype == np.bool_ and returned.ndim == 1:
        returned = returned.tolist()
    if not isinstance(returned, (list, tuple)) or len(returned) != count:
        return [(case.node, f"expected a list of {count} verdicts, one for each input")]
    for place, said in enumerate(returned):
        verdict = as_verdict(said)
        which = f"gradient {place + 1} of {count} ({FORMULAS[case.forward]})"
        if verdict is None:
            return [(case.node, f"the verdict on {which} is neither True nor False")]
        if verdict and place in case.faults:
            return [(case.node, f"{which} is wrong and passed: {case.faults[place]}")]
        if not verdict and place not in case.faults:
            return [(case.node, f"{which} is right and was called wrong")]
    return []


CHECK_BACKWARD = AlgorithmExercise(
    id="check_backward",
    title="Checking a layer's backward",
    text=r"""A layer does not return one number, so there is no gradient to compare with until you choose one: with
any array $u$ of the output's shape, the sum $\sum u \cdot \text{out}$ is a number, its gradient by the inputs is
what `backward(u, cache)` has to return, and differences can measure it. $u$ plays the upstream gradient.

- `check_backward(forward, backward, inputs)` returns a list of `True` and `False`, one verdict for each input, in
  order.

`inputs` is a tuple of float arrays. `forward(*inputs)` returns `out, cache`; `backward(dout, cache)` returns a
tuple with one gradient for each input, and none of the shapes is known to you before. Give `backward` the cache of
a forward pass at the inputs themselves, and leave `inputs` as they were.

Your check is tried on layers that you do not see, some of them wrong in one gradient and right in the others. What
is wrong is wrong by 1 % at least, and may show in one entry only, in a gradient that is tiny beside its
neighbours, in a shape, or only for certain $u$. So think about $u$: what would you fail to see if it were all
ones? And if it were random, but never negative?
""",
    function="check_backward",
    draw=_draw,
    judge=judge_verdicts,
    sizes=tuple(range(1, len(LAYERS) + 1)),
    helpers=HELPERS,
    points={"upstream": 3, "each": 2, "entries": 2},
    topic="checking",
    lecture="CS231n, lecture 4",
    source="CS231n, assignments 1 and 2: eval_numerical_gradient_array; blind spots of gradient checkers in use",
    difficulty=5,
    minutes=45,
    starter=one_call(
        "check_backward",
        "forward, backward, inputs",
        "forward(*inputs) -> out, cache; backward(dout, cache) -> gradients; inputs: arrays -> a list of verdicts.",
        "verdicts",
    ),
    solution=(
        '''def check_backward(forward, backward, inputs, h=1e-5):
    """forward(*inputs) -> out, cache; backward(dout, cache) -> gradients -> a verdict for each input."""
    inputs = [x.copy() for x in inputs]
    out, cache = forward(*inputs)
    # Signed, never small, never all alike: an upstream of ones or without negative entries is blind.
    rng = np.random.default_rng(0)
    dout = rng.uniform(0.5, 1.5, out.shape) * rng.choice([-1.0, 1.0], out.shape)
    gradients = backward(dout.copy(), cache)
    verdicts = []
    for x, gradient in zip(inputs, gradients):
        if np.shape(gradient) != x.shape:
            verdicts.append(False)
            continue
        right = True
        for index in np.ndindex(x.shape):
            old = x[index]
            x[index] = old + h
            up = forward(*inputs)[0]
            x[index] = old - h
            down = forward(*inputs)[0]
            x[index] = old
            slope = np.sum(dout * (up - down)) / (2 * h)
            rounding = 10 * np.finfo(float).eps * np.sum(np.abs(dout * up)) / h
            if not abs(gradient[index] - slope) <= 1e-3 * abs(slope) + rounding:
                right = False
        verdicts.append(right)
    return verdicts
''',
    ),
    hints={
        "upstream": (
            "Which u do you use? What does sum(softmax(x)) look like as a function of x?",
            "One ignores dout, one returns zeros, one masks dout: for which u is each of these backwards right?",
            "Draw u at random with both signs, from 0.5 to 1.5 in size, and the same for differences and backward.",
        ),
        "each": (
            "If dw is about 1000 and db about 1, what does one tolerance for both together see of db?",
            "Each gradient gets a verdict of its own, on its own scale.",
            "Relative to each entry, plus room for rounding: about 1e-15 times the sum of |u * out|, over h.",
        ),
        "entries": (
            "Does your check move every entry of every input? And does it look at shapes?",
            "A sum or a mean over a gradient hides one wrong entry, and NumPy stretches (1, M) to fit (M,).",
            "Compare shapes first, then every entry for itself; `not error <= bound`, so that nan fails.",
        ),
    },
    conventions=(
        "one verdict for each input, True for a right gradient",
        "forward is right and smooth at the inputs",
    ),
)
