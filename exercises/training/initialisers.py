"""Exercises: He and Xavier initialisation, judged by statistics whose false alarms are bounded.

With N independent entries from N(0, σ²) and any t > 0, each of these fails with probability at most e⁻ᵗ:

    Σw²/σ² ≤ N + 2√(Nt) + 2t      and  Σw²/σ² ≥ N - 2√(Nt)     (chi-square; Laurent and Massart 2000, lemma 1)
    |Σw| ≤ σ√(2N(t + log 2))                                   (a normal's tail, P(|Z| > z) ≤ 2e^(-z²/2))
    |share within ±σ - 0.6827| ≤ √((t + log 2)/(2N))           (Hoeffding 1963)

Seven times e⁻ᵗ for each size (variance: two, mean: one, and the last judged about the sample's own mean and spread:
two, one, and one), so that t = log(7 · sizes/FALSE_ALARM) keeps all of them together below FALSE_ALARM.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from grader.exercise import ExperimentExercise, Trial
from reference.initialisers import he, xavier
from reference.inputs import Array

FALSE_ALARM = 1e-6
SIZES = ((300, 75), (60, 400))
"""(n_in, n_out), one larger in front and one behind, so that swapped fans show in both."""
TAIL = math.log(7 * len(SIZES) / FALSE_ALARM)
WITHIN_ONE_SIGMA = math.erf(1 / math.sqrt(2))
SEEDS = 1_000_000

Law = Callable[[int, int], float]
"""n_in, n_out -> variance."""

HE: Law = lambda n_in, n_out: 2 / n_in  # noqa: E731 - a formula with a name
XAVIER: Law = lambda n_in, n_out: 2 / (n_in + n_out)  # noqa: E731

LOOKALIKES: tuple[tuple[str, Law], ...] = (
    ("2/n_in", HE),
    ("2/(n_in + n_out)", XAVIER),
    ("2/n_out", lambda n_in, n_out: 2 / n_out),
    ("1/n_in", lambda n_in, n_out: 1 / n_in),
    ("1/n_out", lambda n_in, n_out: 1 / n_out),
    ("1/(n_in + n_out)", lambda n_in, n_out: 1 / (n_in + n_out)),
    ("(2/n_in)², with the variance used as a standard deviation", lambda n_in, n_out: HE(n_in, n_out) ** 2),
    ("(1/n_in)², with the variance used as a standard deviation", lambda n_in, n_out: n_in**-2.0),
    ("(2/(n_in + n_out))², with the variance used as a standard deviation", lambda n, m: XAVIER(n, m) ** 2),
    ("2/(3 n_in), that of uniform numbers between ±√(2/n_in)", lambda n_in, n_out: HE(n_in, n_out) / 3),
    ("1, that of unscaled numbers", lambda n_in, n_out: 1.0),
)
"""What a measured variance may turn out to be; only used to say it, when nothing else on the list fits."""


def _weights(result: Any, shape: tuple[int, int]) -> Array | str:
    """The result as an array of floats, or what is wrong with its form."""
    try:
        array = np.asarray(result, dtype=np.float64)
    except (TypeError, ValueError):
        return "returned no array of numbers"
    if array.shape != shape:
        return f"of shape {array.shape}, expected (n_in, n_out) = {shape}"
    if not np.isfinite(array).all():
        return "holds numbers that are not finite"
    return array


def _within(w: Array, variance: float) -> bool:
    """Whether the sum of squares lies between the chi-square bounds for this variance."""
    total, n = float(np.sum(w * w)) / variance, w.size
    return n - 2 * math.sqrt(n * TAIL) <= total <= n + 2 * math.sqrt(n * TAIL) + 2 * TAIL


def judged(law: Law, test: Callable[[Array, tuple[int, int], Law], str]) -> Callable[..., str]:
    """(arguments, results) -> the first result's form, then what `test` has to say of it."""

    def judge(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
        shape = (int(arguments[0]), int(arguments[1]))
        w = _weights(results[0], shape)
        return w if isinstance(w, str) else test(w, shape, law)

    return judge


def _shape(w: Array, shape: tuple[int, int], law: Law) -> str:  # noqa: ARG001 - the form is judged before
    return ""


def _variance(w: Array, shape: tuple[int, int], law: Law) -> str:
    right = law(*shape)
    if _within(w, right):
        return ""
    said = f"variance {float(np.mean(w * w)):.4g} about 0 for (n_in, n_out) = {shape}, expected {right:.4g}"
    fitting = [text for text, other in LOOKALIKES if _within(w, other(*shape))]
    return f"{said}; it fits {fitting[0]}" if len(fitting) == 1 else said


def _mean(w: Array, shape: tuple[int, int], law: Law) -> str:
    # Measured in the sample's own spread where that is the larger one: a wrong variance is judged elsewhere.
    if not np.ptp(w):
        return "all entries are equal: there is nothing to take the mean of"
    sigma = math.sqrt(max(law(*shape), float(np.var(w))))
    if abs(float(np.sum(w))) <= sigma * math.sqrt(2 * w.size * (TAIL + math.log(2))):
        return ""
    return f"mean {float(np.mean(w)):.4g} for (n_in, n_out) = {shape}, expected 0"


def _normal(w: Array, shape: tuple[int, int], law: Law) -> str:  # noqa: ARG001 - see below
    # About its own mean, within its own spread: a wrong variance or mean is judged elsewhere. By the bounds above,
    # the two ends of that interval lie within `moved` standard deviations of ±σ, and the share between fixed ends
    # obeys Hoeffding. No normal density near ±σ exceeds 0.55/2 a standard deviation.
    if len(np.unique(w)) < 0.99 * w.size:
        return "many entries are equal: each is to be drawn anew"
    n = w.size
    apart = (w - np.mean(w)).ravel()
    # Independent neighbours have a correlation of about 1/√n; 0.3 is more than ten standard deviations for these n.
    if abs(float(np.sum(apart[1:] * apart[:-1]))) > 0.3 * float(np.sum(apart * apart)):
        return "neighbouring entries hang together: each is to be drawn by itself"
    share = float(np.mean(np.abs(w - np.mean(w)) <= np.std(w)))
    moved = math.sqrt(TAIL / n) + TAIL / n + math.sqrt(2 * (TAIL + math.log(2)) / n)
    if abs(share - WITHIN_ONE_SIGMA) <= math.sqrt((TAIL + math.log(2)) / (2 * n)) + 0.55 * moved:
        return ""
    return f"{share:.1%} of the entries lie within one standard deviation; of normal numbers 68.3 % do"


def _repeatable(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    first, second = (np.asarray(result) for result in results[:2])
    same = first.shape == second.shape and bool(np.all(first == second))
    return "" if same else "two calls with the same seed gave different weights"


def _depends_on_the_seed(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    first, second = (np.asarray(result) for result in results[:2])
    same = first.shape == second.shape and bool(np.all(first == second))
    return "another seed gave the very same weights" if same else ""


def _sized(n_in: int, n_out: int) -> Callable[[np.random.Generator], tuple[int, int, int]]:
    return lambda rng: (n_in, n_out, int(rng.integers(SEEDS)))


def trials(law: Law) -> tuple[Trial, ...]:
    """Shape, variance, mean, shape of the distribution, and the same seed twice."""
    judges = {"variance": _variance, "mean": _mean, "normal": _normal}
    return (
        Trial("shape", "3 inputs, 5 outputs", _sized(3, 5), 1, judged(law, _shape)),
        *(
            Trial(node, f"{n_in} inputs, {n_out} outputs", _sized(n_in, n_out), 1, judged(law, test))
            for node, test in judges.items()
            for n_in, n_out in SIZES
        ),
        # The same arguments whatever the generator, so that both calls have one seed.
        Trial("repeatable", "one seed twice", lambda rng: (5, 4, 3), 2, _repeatable),
        Trial(
            "repeatable",
            "another seed",
            lambda rng: (5, 4, int(rng.integers(SEEDS))),
            2,
            _depends_on_the_seed,
        ),
    )


_POINTS = {"shape": 1, "variance": 2, "mean": 1, "normal": 1, "repeatable": 1}


def _hints(variance: str) -> dict[str, tuple[str, ...]]:
    return {
        "shape": ("Weights w of out = xw: which axis belongs to the inputs?", "The shape is (n_in, n_out)."),
        "variance": (
            "Draw a large array and compute its np.var. Is it what the text asks for?",
            "NumPy's normal takes a standard deviation. How does that follow from a variance?",
            f"The scale is the square root of {variance}.",
        ),
        "mean": ("Do your numbers come out negative as often as positive?", "rng.normal(0, ...) has mean 0."),
        "normal": (
            "Which distribution does your generator draw from?",
            "rng.normal or rng.standard_normal, and an entry of its own for every weight.",
        ),
        "repeatable": (
            "Call your function twice with seed 3. Which of your lines uses the seed?",
            "rng = np.random.default_rng(seed), and every number from rng.",
        ),
    }


def _seeded(rule: str) -> str:
    """The lines that give a rule of the reference a generator of its own."""
    return (
        f"def {rule}_init(n_in, n_out, seed):\n"
        f'    """n_in, n_out, seed -> w (n_in, n_out)."""\n'
        f"    return {rule}(n_in, n_out, np.random.default_rng(seed))\n"
    )


HE_INIT = ExperimentExercise(
    id="he_init",
    title="He initialisation",
    text=r"""For $z = \sum_i w_i x_i$ over $n_\text{in}$ inputs, with independent $w$ and $x$ and weights of
mean 0, $\operatorname{Var}(z) = n_\text{in} \operatorname{Var}(w)\, E[x^2]$. A ReLU in front lets half of
$E[x^2]$ through, so weights that keep the signal's size have
$$w \sim N\!\left(0,\ \frac{2}{n_\text{in}}\right),$$
where the second number is the *variance*.

- `he_init(n_in, n_out, seed)` returns an array of shape `(n_in, n_out)` of independent numbers from this
  distribution. The same seed gives the same array again, another seed another one.

It is judged by statistics of large arrays; a right function is found fault with once in a million times.
""",
    function="he_init",
    trials=trials(HE),
    false_alarm=FALSE_ALARM,
    points=_POINTS,
    topic="training",
    lecture="CSCI 5622, lecture 13",
    source="He et al. 2015, equation 10; CSCI 5622, lecture 13",
    difficulty=2,
    minutes=10,
    starter=one_call("he_init", "n_in, n_out, seed", "n_in, n_out, seed -> w (n_in, n_out).", "w"),
    hints=_hints("2/n_in"),
    solution=(he, _seeded("he")),
    conventions=("the second number of N(0, ·) is the variance", "w is (n_in, n_out)"),
)

XAVIER_INIT = ExperimentExercise(
    id="xavier_init",
    title="Xavier initialisation",
    text=r"""Forward, a signal keeps its size where $\operatorname{Var}(w) = 1/n_\text{in}$; on the way back
a gradient keeps its size where $\operatorname{Var}(w) = 1/n_\text{out}$. Xavier initialisation is the
compromise
$$w \sim N\!\left(0,\ \frac{2}{n_\text{in} + n_\text{out}}\right),$$
where the second number is the *variance*.

- `xavier_init(n_in, n_out, seed)` returns an array of shape `(n_in, n_out)` of independent numbers from this
  distribution. The same seed gives the same array again, another seed another one.

It is judged by statistics of large arrays; a right function is found fault with once in a million times.
""",
    function="xavier_init",
    trials=trials(XAVIER),
    false_alarm=FALSE_ALARM,
    points=_POINTS,
    topic="training",
    lecture="CSCI 5622, lecture 13",
    source="Glorot and Bengio 2010, equation 12; CSCI 5622, lecture 13",
    difficulty=2,
    minutes=10,
    starter=one_call("xavier_init", "n_in, n_out, seed", "n_in, n_out, seed -> w (n_in, n_out).", "w"),
    hints=_hints("2/(n_in + n_out)"),
    solution=(xavier, _seeded("xavier")),
    conventions=("the second number of N(0, ·) is the variance", "w is (n_in, n_out)"),
)
