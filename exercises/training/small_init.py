"""Exercise: small random weights, the first idea of the lecture, judged like the other initialisations."""

from __future__ import annotations

from exercises.shared.starters import one_call
from exercises.training.initialisers import FALSE_ALARM, trials
from grader.exercise import ExperimentExercise
from reference.initialisers import small_normal

VARIANCE = 0.01

SMALL_INIT = ExperimentExercise(
    id="small_init",
    title="Small random weights",
    text=r"""All weights equal is no beginning: neurons that start alike stay alike. The first remedy is to
draw them at random, and small, so that no sigmoid begins where it is flat:
$$w \sim N(0,\ 0.01),$$
where the second number is the *variance*, as in the lecture.

- `small_init(n_in, n_out, seed)` returns an array of shape `(n_in, n_out)` of independent numbers from this
  distribution. The same seed gives the same array again, another seed another one.

Begin with a question: what is the standard deviation of these numbers, and which of the two does NumPy's
generator ask for? Then, once it works: for 100 inputs of variance 1, what is the variance of
$z = \sum_i w_i x_i$, and what is it for 1000?

It is judged by statistics of large arrays; a right function is found fault with once in a million times.
""",
    function="small_init",
    trials=trials(lambda n_in, n_out: VARIANCE),
    false_alarm=FALSE_ALARM,
    points={"shape": 1, "variance": 2, "mean": 1, "normal": 1, "repeatable": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: weight initialisation",
    difficulty=1,
    minutes=8,
    starter=one_call("small_init", "n_in, n_out, seed", "n_in, n_out, seed -> w (n_in, n_out).", "w"),
    solution=(
        small_normal,
        "import numpy as np\n\n\ndef small_init(n_in, n_out, seed):\n"
        "    return small_normal(n_in, n_out, np.random.default_rng(seed), variance=0.01)\n",
    ),
    hints={
        "shape": ("Weights w of out = xw: which axis belongs to the inputs?", "The shape is (n_in, n_out)."),
        "variance": (
            "Draw a large array and compute its np.var. Is it 0.01, or 0.0001?",
            "NumPy's normal takes a standard deviation. How does that follow from a variance?",
            "The scale is the square root of 0.01.",
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
    },
    conventions=("the second number of N(0, ·) is the variance", "w is (n_in, n_out)"),
)
