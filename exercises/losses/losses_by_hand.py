"""Exercise: a paper on losses: margins, softmax, the full loss and its penalty, with numbers of one's own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from exercises.shared.answered import Asked, asked, clear, exp, minus_log, over, pick, questions
from exercises.shared.rounded import exact
from grader.exercise import AnswersExercise, Question


def one_example(scores: tuple[float, float, float]) -> dict[str, Asked]:
    """Three scores, the first of the right class: both losses and some of their gradients."""
    right, *others = scores
    given = rf"scores $s = ({right:g},\ {others[0]:g},\ {others[1]:g})$, the first class being right: "
    margins = [other - right + 1 for other in others]
    svm = sum(max(0.0, margin) for margin in margins)
    violated = sum(margin > 0 for margin in margins)
    powers = [exp(exact(score)) for score in scores]
    total = powers[0] + powers[1] + powers[2]
    p = [math.exp(score) / sum(math.exp(s) for s in scores) for score in scores]
    shares = [over(power, total) for power in powers]
    loss = -math.log(p[0])
    return {
        "svm": asked(
            given + "the SVM loss",
            svm,
            svm + 1,
            max(0.0, *margins),
            sum(max(0.0, o + right + 1) for o in others),
        ),
        "svm_right": asked(
            given + "the derivative of the SVM loss by the right class's score",
            -float(violated),
            float(violated),
            1.0,
            0.0,
            *((-1.0,) if violated > 1 else ()),
            -svm,
        ),
        "p": asked(given + "the probability of the right class", p[0], p[1], p[2], 1 - p[0], range=shares[0]),
        "softmax": asked(
            given + "the softmax loss, with the natural logarithm",
            loss,
            -loss,
            p[0],
            1 - p[0],
            -math.log2(p[0]),
            -math.log10(p[0]),
            range=minus_log(shares[0]),
        ),
        "softmax_right": asked(
            given + "the derivative of the softmax loss by the right class's score",
            p[0] - 1,
            1 - p[0],
            p[0],
            -1 / p[0],
            p[0] * (1 - p[0]),
            range=shares[0] + exact(-1.0),
        ),
        "softmax_wrong": asked(
            given + "the derivative of the softmax loss by the second class's score",
            p[1],
            -p[1],
            p[1] - 1,
            p[1] * (1 - p[1]),
            -p[0] * p[1],
            range=shares[1],
        ),
    }


def regularised(
    losses: tuple[float, ...], weights: tuple[float, float], lam: float, data: float
) -> dict[str, Asked]:
    """Data losses of some examples, two weights, a strength: the full loss, and a weight's slope in it."""
    named = ", ".join(f"{loss:g}" for loss in losses)
    w1, w2 = weights
    given = rf"data losses {named}, weights $w = ({w1:g},\ {w2:g})$, $\lambda = {lam:g}$: "
    n, mean = len(losses), sum(losses) / len(losses)
    squares = w1 * w1 + w2 * w2
    full = mean + lam * squares
    dw1 = data + 2 * lam * w1
    return {
        "full": asked(
            given + r"the full loss $\frac1N \sum L_i + \lambda \sum w^2$",
            full,
            mean,
            mean + lam * squares / 2,
            mean + lam * squares / n,
            mean * n + lam * squares,
            mean + lam * (w1 + w2),
            mean + lam * math.sqrt(squares),
            range=over(exact(sum(losses)), exact(float(n))) + exact(lam) * (exact(w1 * w1) + exact(w2 * w2)),
        ),
        "dw1": asked(
            given + rf"the mean of the data losses has the slope ${data:g}$ by $w_1$. What is "
            r"$\partial L/\partial w_1$ of the full loss",
            dw1,
            data,
            data + lam * w1,
            data + 2 * lam * w1 / n,
            data - 2 * lam * w1,
            2 * lam * w1,
            data / n + 2 * lam * w1,
            range=exact(data) + exact(2 * lam) * exact(w1),
        ),
        "half": asked(
            given
            + r"another book writes the penalty as $\frac{\lambda'}{2} \sum w^2$. Which $\lambda'$ is the same",
            2 * lam,
            lam,
            lam / 2,
            4 * lam,
            lam * lam,
        ),
    }


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Nine questions on losses, with numbers from `rng`."""
    while True:
        right, first, second = (float(n) / 2 for n in rng.permutation(np.arange(-3, 6))[:3])
        example = one_example((right, first, second))
        losses = tuple(float(n) / 10 for n in rng.permutation(np.arange(2, 30))[:4])
        weights = (pick(rng, (-4, -3, -2, 2, 3, 4)), pick(rng, (-1.5, -0.5, 0.5, 1.5)))
        rest = regularised(
            losses, weights, pick(rng, (0.05, 0.1, 0.15, 0.3)), pick(rng, (-0.6, -0.4, 0.4, 0.6))
        )
        both = example | rest
        telling = example["svm"].value >= 0.5 and 0.15 <= example["p"].value <= 0.8
        if telling and min(abs(each.value) for each in both.values()) >= 0.1 and clear(both):
            return questions(both)


_IDS = ("svm", "svm_right", "p", "softmax", "softmax_right", "softmax_wrong", "full", "dw1", "half")

LOSSES_BY_HAND = AnswersExercise(
    id="losses_by_hand",
    title="Losses by hand",
    text=r"""Three scores of one example, a few losses, two weights: enough to compute by hand what code computes
by the million, and to have numbers that you trust when the code says something else. They are yours alone and
stand beside the questions. For one example with right class $y$,
$$L_\text{SVM} = \sum_{j \ne y} \max(0,\ s_j - s_y + 1), \qquad
  L_\text{softmax} = -\log \frac{e^{s_y}}{\sum_j e^{s_j}}.$$

- `loss_answers` is a dictionary from each question's name to a number, as in `loss_answers = {"svm": 1.5}`. A
  number may be written as an expression (`0.4 + 2 * 0.1 * 3`) or as text with a decimal comma (`"0,75"`).

Two significant digits are enough, at every step. Work with derivatives as with the rest: which margins contain the
score that you move?
""",
    variable="loss_answers",
    paper=paper,
    points=dict.fromkeys(_IDS, 1),
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: SVM loss, softmax loss, data loss and regularisation",
    difficulty=2,
    minutes=25,
    starter="loss_answers = {\n" + "".join(f'    "{id}": None,\n' for id in _IDS) + "}\n",
    hints={
        "": (
            "Which margins are positive, and is the right class's own margin left out?",
            "Write the three exponentials and their sum first. Which of the answers are quotients of these?",
            "By a score, softmax gives p, minus 1 at the right class; the penalty gives 2 lam w to each weight.",
        ),
    },
    conventions=(
        "two significant digits are enough, at every step",
        "margin 1, natural logarithm, mean over the examples, penalty without a half",
    ),
)
