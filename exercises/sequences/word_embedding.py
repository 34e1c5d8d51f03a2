"""Exercise: word embedding, a row of a table for each word, where words repeat."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.embedding import WORD_EMBEDDING
from reference.inputs import Array


def _words(shape: tuple[int, int], vocabulary: int, width: int, *, repeats: bool = True) -> Draw:
    """Words and a table; `repeats` puts the first word in the last place too, so that one row is used twice."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x, table = WORD_EMBEDDING.draw(rng, {"N": shape[0], "T": shape[1], "V": vocabulary, "D": width})
        if repeats:
            x[-1, -1] = x[0, 0]
        return x, table

    return draw


def _one_word(rng: np.random.Generator) -> tuple[Any, ...]:
    """The same word in every place."""
    x, table = _words((3, 4), 5, 2)(rng)
    return np.full_like(x, x[0, 0]), table


def _each_once(rng: np.random.Generator) -> tuple[Any, ...]:
    """Every word of the table in one place, none twice: what repeats make wrong is right here."""
    _, table = _words((2, 3), 6, 2)(rng)
    return rng.permutation(6).reshape(2, 3), table


def _overwritten(s: Situation, start: Array | None = None) -> Array:
    """dW[x] = dout: of a word that occurs several times the last place is kept."""
    table = np.zeros(np.shape(s["W"])) if start is None else start
    table[s["x"]] = s["dout"]
    return table


def _summed(s: Situation) -> Array:
    table = np.zeros(np.shape(s["W"]))
    np.add.at(table, s["x"], s["dout"])
    return table


def _counts(s: Situation) -> Array:
    """How often each word occurs, at least 1, as a column."""
    return np.asarray(np.maximum(np.bincount(np.ravel(s["x"]), minlength=len(s["W"])), 1)[:, None])


def _first_place(s: Situation) -> Array:
    table = np.zeros(np.shape(s["W"]))
    for place in reversed(list(np.ndindex(*np.shape(s["x"])))):
        table[s["x"][place]] = s["dout"][place]
    return table


WORD_EMBEDDING_EXERCISE = LayerExercise(
    id="word_embedding",
    title="Word embedding",
    text=r"""A word is a number from 0 to $V - 1$, and a table `W` has a row of $D$ numbers for each. Looking words
up is indexing:
$$\text{out}_{n t d} = W_{x_{n t},\, d}, \qquad x: (N, T),\quad W: (V, D),\quad \text{out}: (N, T, D).$$
`x` holds $N$ sentences of $T$ words, as integers.

- `word_embedding_forward(x, W)` returns `out, cache`.
- `word_embedding_backward(dout, cache)`, with `dout` of shape `(N, T, D)`, returns `dW`, of the shape of `W`.
  Words are no real numbers: there is no gradient with respect to `x`.

Start with a sentence of two words that are the same. Its row of `W` goes to two places; what does that say about
the gradient that comes back? And what is the gradient of a word that does not occur?
""",
    layer=WORD_EMBEDDING,
    cases=(
        Case("generic", _words((2, 3), 4, 5), basic=True),
        Case("generic, other sizes", _words((5, 4), 7, 2)),
        Case("square, size 3", _words((3, 3), 3, 3)),
        Case("one sentence", _words((1, 4), 5, 3)),
        Case("one word each", _words((4, 1), 3, 2)),
        Case("the same word everywhere", _one_word),
        Case("each word once", _each_once),
        Case("a large table", _words((2, 3), 40, 2)),
        Case("float32", _words((2, 3), 4, 5), float32=True),
    ),
    small=(_words((1, 2), 2, 1), _words((1, 2), 2, 2), _words((1, 3), 3, 2)),
    points={"out": 1, "dW": 3},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 3; the copy gate of lecture 4",
    difficulty=2,
    minutes=12,
    starter=pair(
        "word_embedding_forward",
        "x, W",
        "x (N, T) integers, W (V, D) -> out (N, T, D), cache.",
        "word_embedding_backward",
        "dW",
        "dout (N, T, D) -> dW (V, D).",
    ),
    hints={
        "out": (
            "What does W[3] give, and what does W[[3, 0]] give?",
            "NumPy takes an array of integers as an index and keeps that array's shape.",
        ),
        "dW": (
            "If a word occurs twice, how many places of out move when its row moves?",
            "What does dW[[1, 1]] += 1 leave in dW[1]? Try it: it is not 2.",
            "np.add.at(dW, x, dout) adds once for each place, with dW zeros of W's shape.",
        ),
    },
    misconceptions=(
        mistake(
            "word-before",
            "moved by one word: each row has what belongs to the word after it",
            "dW",
            lambda s: np.roll(s["dW"], -1, axis=0),
        ),
        mistake(
            "word-after",
            "moved by one word: each row has what belongs to the word before it",
            "dW",
            lambda s: np.roll(s["dW"], 1, axis=0),
        ),
        mistake(
            "overwrites-repeats",
            "that of each word's last place alone: a row that is used several times was written, not added to",
            "dW",
            _overwritten,
        ),
        mistake(
            "first-place",
            "that of each word's first place alone, where a row that is used several times collects from all",
            "dW",
            _first_place,
        ),
        mistake(
            "averaged",
            "divided by the number of times that the word occurs: a mean where a sum belongs",
            "dW",
            lambda s: _summed(s) / _counts(s),
        ),
        mistake(
            "ignores-dout",
            "the number of times that each word occurs, without the upstream",
            "dW",
            lambda s: np.broadcast_to(
                np.bincount(np.ravel(s["x"]), minlength=len(s["W"]))[:, None], s["W"].shape
            ),
        ),
        mistake(
            "starts-from-W",
            "added to the table itself, where it should start from zeros",
            "dW",
            lambda s: s["W"] + _summed(s),
        ),
        mistake(
            "divided-by-batch",
            "divided by the number of sentences",
            "dW",
            lambda s: _summed(s) / len(s["x"]),
        ),
        mistake(
            "not-collected",
            "the upstream as it came, of shape (N, T, D): it was not collected into the rows of the table",
            "dW",
            lambda s: s["dout"],
        ),
    ),
    conventions=("words are integers from 0", "x has no gradient"),
)
