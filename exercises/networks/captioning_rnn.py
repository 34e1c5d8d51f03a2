"""Exercises: CS231n's class `CaptioningRNN`, with a plain recurrent network and with an LSTM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from exercises.networks.class_adapters import CAPTIONING, with_names
from exercises.networks.class_graphs import decimals, quarters
from exercises.networks.class_slips import Parts, another_loss, scale_slips, way_back
from exercises.networks.class_texts import STAND_ALONE, hints_of, starter
from exercises.shared.predictions import Prediction, mistake
from grader.exercise import Misconception, NetworkExercise, Situation
from reference.embedding import WORD_EMBEDDING
from reference.graph import Graph, Node
from reference.inputs import Array
from reference.linear_rows import AFFINE
from reference.lstm import LSTM, lstm_backward, lstm_forward
from reference.rnn import RNN, rnn_backward, rnn_forward
from reference.temporal import TEMPORAL_AFFINE, TEMPORAL_SOFTMAX_LOSS

PARAMETERS = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")
CELLS = {"rnn": RNN, "lstm": LSTM}
NULL, START, END = 0, 1, 2


def graph(cell: str, words: str = "words") -> Graph:
    """Features (N, D) to the first state, words (N, T) to vectors, states to scores of the words that follow.

    targets and mask (N, T) -> loss (). Source: CS231n, assignment 3.
    """
    nodes = (
        *(Node(name) for name in (*PARAMETERS, "features", "words", "targets", "mask")),
        Node("h0", AFFINE, ("features", "W_proj", "b_proj")),
        Node("x", WORD_EMBEDDING, (words, "W_embed")),
        Node("h", CELLS[cell], ("x", "h0", "Wx", "Wh", "b")),
        Node("s", TEMPORAL_AFFINE, ("h", "W_vocab", "b_vocab")),
        Node("loss", TEMPORAL_SOFTMAX_LOSS, ("s", "targets", "mask")),
    )
    return Graph(nodes, output="loss", name=f"captioning_{cell}")


def leaves_of(features: Array, captions: Array) -> tuple[Array, ...]:
    """(features, words, targets, mask) of captions (N, T + 1): each word is to be told from those before it."""
    targets = captions[:, 1:]
    return features, captions[:, :-1], targets, (targets != NULL).astype(np.float64)


def _draw(cell: str, rng: np.random.Generator) -> dict[str, Any]:
    """Sizes of their own; captions of several lengths, in which a word comes more than once."""
    N, T = (3, 5) if rng.integers(2) else (4, 6)
    D, V, H, M = _sizes(rng)
    gates = 4 * H if cell == "lstm" else H
    captions = np.full((N, T + 1), NULL)
    for row in captions:
        length = int(rng.integers(2, T))
        row[0], row[length + 1] = START, END
        row[1 : length + 1] = rng.integers(END + 1, V, length)
    captions[0, 1:3] = captions[0, 1]
    features, words, targets, mask = leaves_of(quarters(rng, (N, D)), captions)
    return {
        "W_proj": decimals(rng, 60, (D, H)),
        "b_proj": decimals(rng, 40, H),
        "W_embed": decimals(rng, 90, (V, M)),
        "Wx": decimals(rng, 60, (M, gates)),
        "Wh": decimals(rng, 60, (H, gates)),
        "b": decimals(rng, 40, gates),
        "W_vocab": decimals(rng, 60, (H, V)),
        "b_vocab": decimals(rng, 40, V),
        "features": features,
        "words": words,
        "targets": targets,
        "mask": mask,
    }


def _sizes(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """D, V, H, M: all different; enough words for captions, and few units for tanh to stay off its ends."""
    D, H, M = (int(size) for size in 2 + rng.permutation(3))
    return D, 7, H, M


def _mistakes(cell: str) -> Iterator[Misconception]:
    right = graph(cell)
    parts = Parts(right, (), (), PARAMETERS, half=False, examples="words")
    yield from scale_slips(parts)
    yield from _mask_slips(parts)
    words = (
        "computed with the words to be told where those before them belong: captions_in is captions[:, :-1]"
    )
    yield another_loss("words-not-shifted", words, graph(cell, "targets"))
    yield mistake(
        "mean-over-words",
        "divided by the number of words, where the course divides by that of captions",
        "loss",
        lambda s: s["loss"] * len(s["words"]) / np.sum(s["mask"]),
    )
    yield from _first_state_slips(parts)
    yield from _embedding_slips(parts)


def _mask_slips(parts: Parts) -> Iterator[Misconception]:
    """Padding that counts as words."""

    def gradient(name: str) -> Prediction:
        return lambda s: parts.passed(_unmasked(s)).gradients[name]

    title = "computed with the padding counted as words: the mask is missing"
    for name in parts.judged:
        yield mistake("mask-missing", title, f"d{name}", gradient(name))
    yield mistake("mask-missing", title, "loss", lambda s: parts.passed(_unmasked(s)).values["loss"])


def _unmasked(s: Situation) -> dict[str, Any]:
    return {**s, "mask": np.ones_like(s["mask"])}


def _first_state_slips(parts: Parts) -> Iterator[Misconception]:
    """The state's gradient from somewhere else than the recurrent layer's own dh0."""

    def first_step(s: Situation) -> Array:
        return np.asarray(parts.passed(s).gradients["h"][:, 0])

    title = "computed with the gradient of the first step's state in the place of dh0"
    yield mistake(
        "first-step-for-h0", title, "dW_proj", lambda s: np.asarray(s["features"]).T @ first_step(s)
    )
    yield mistake("first-step-for-h0", title, "db_proj", lambda s: first_step(s).sum(axis=0))


def _embedding_slips(parts: Parts) -> Iterator[Misconception]:
    """A word that comes twice has its gradient once."""

    def backward(dout: Array, cache: tuple[Array, Array]) -> Array:
        words, W = cache
        dW = np.zeros_like(W)
        dW[words] += dout
        return dW

    change = {"word_embedding": replace(WORD_EMBEDDING, backward_rule=backward)}
    title = "computed with only the last place of each word: dW[words] += keeps one of them"
    yield from way_back(parts, "repeats-lost", title, change, ("W_embed",))


HINTS = hints_of(
    PARAMETERS,
    (
        "Which words go into the network, and which ones is it to tell at each step?",
        "The loss is a sum over all words that are no padding, divided by the number of captions.",
        "affine for the first state, word_embedding, the recurrent layer, temporal_affine, temporal_softmax_loss.",
    ),
    {
        "W_proj": (
            "Where do the features enter the network?",
            "The recurrent layer's backward returns the gradient of its first state.",
            "affine_backward of dh0, second result; where you wrote the layer out, features transposed times dh0.",
        ),
        "b_proj": (
            "Where do the features enter the network?",
            "It comes from the same call as the gradient of W_proj.",
            "The sum of dh0 over the captions.",
        ),
        "W_embed": (
            "What does the recurrent layer's backward return first?",
            "That is the gradient of the vectors that the words were looked up as.",
            "word_embedding_backward of dx, with the embedding's own cache.",
        ),
        "Wx": (
            "What arrives at the states from the scores?",
            "One call of the recurrent layer's backward gives three of these gradients.",
            "rnn_backward or lstm_backward of what temporal_affine_backward returns first: its third result.",
        ),
        "Wh": (
            "What arrives at the states from the scores?",
            "One call of the recurrent layer's backward gives three of these gradients.",
            "rnn_backward or lstm_backward of what temporal_affine_backward returns first: its fourth result.",
        ),
        "b": (
            "What arrives at the states from the scores?",
            "One call of the recurrent layer's backward gives three of these gradients.",
            "rnn_backward or lstm_backward of what temporal_affine_backward returns first: its last result.",
        ),
        "W_vocab": (
            "Which layer makes scores of states?",
            "Its upstream is the gradient that temporal_softmax_loss returns beside the loss.",
            "temporal_affine_backward, second result.",
        ),
        "b_vocab": (
            "Which layer makes scores of states?",
            "It comes from the same call as the gradient of W_vocab.",
            "temporal_affine_backward, third result.",
        ),
    },
)


SOLUTION = """
class CaptioningRNN:
    def __init__(
        self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32
    ):
        self.null, self.cell_type = word_to_idx["<NULL>"], cell_type
        V, gates = len(word_to_idx), {"rnn": 1, "lstm": 4}[cell_type] * hidden_dim
        shapes = {
            "W_proj": (input_dim, hidden_dim), "b_proj": hidden_dim, "W_embed": (V, wordvec_dim),
            "Wx": (wordvec_dim, gates), "Wh": (hidden_dim, gates), "b": gates,
            "W_vocab": (hidden_dim, V), "b_vocab": V,
        }
        self.params = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}

    def loss(self, features, captions):
        params, grads = self.params, {}
        forward, backward = {
            "rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)
        }[self.cell_type]
        words, targets = captions[:, :-1], captions[:, 1:]
        mask = (targets != self.null).astype(float)
        h0, projected = affine_forward(features, params["W_proj"], params["b_proj"])
        x, embedded = word_embedding_forward(words, params["W_embed"])
        h, recurrent = forward(x, h0, params["Wx"], params["Wh"], params["b"])
        s, scored = temporal_affine_forward(h, params["W_vocab"], params["b_vocab"])
        loss, ds = temporal_softmax_loss(s, targets, mask)
        # Backward: the same layers in the opposite order.
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(ds, scored)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, recurrent)
        grads["W_embed"] = word_embedding_backward(dx, embedded)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, projected)
        return loss, grads
"""
"""One class for both cells: what they share is written once."""


TEXT = r"""The class `CaptioningRNN` of the course's third assignment, as your file has it, with
`cell_type="{cell}"`: the features of an image give the first state by an affine map; every word of the caption but
the last is looked up and goes into the recurrent layer; from each state the next word is told. The loss sums over
all words that are no padding (`<NULL>`) and divides by the number of captions.

- `CaptioningRNN(word_to_idx, input_dim=D, wordvec_dim=W, hidden_dim=H, cell_type="{cell}")` keeps its parameters in
  the dictionary `params`, under `"W_proj"`, `"b_proj"`, `"W_embed"`, `"Wx"`, `"Wh"`, `"b"`, `"W_vocab"`,
  `"b_vocab"`.
- `loss(features, captions)`, `(N, D)` and `(N, T + 1)`, returns `loss, grads`: a number, and a dictionary with the
  gradients under the same names.

{stand_alone} `sample` is not judged.
"""


def _exercise(id: str, title: str, cell: str, difficulty: int, minutes: int) -> NetworkExercise:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return _draw(cell, rng)

    return NetworkExercise(
        id=id,
        title=title,
        text=TEXT.format(cell=cell, stand_alone=STAND_ALONE.replace("; dropout is off", "")),
        graph=graph(cell),
        function="CaptioningRNN",
        adapter=with_names(CAPTIONING, PARAMETERS=PARAMETERS, CELL=cell),
        layers={
            "affine": ("affine_forward", "affine_backward"),
            "word_embedding": ("word_embedding_forward", "word_embedding_backward"),
            cell: (f"{cell}_forward", f"{cell}_backward"),
            "temporal_affine": ("temporal_affine_forward", "temporal_affine_backward"),
            "temporal_softmax_loss": ("temporal_softmax_loss",),
        },
        given=leaves_of,
        cut=False,
        parameters=PARAMETERS,
        draw=draw,
        points={"loss": 2.0, **{f"d{name}": 1.0 for name in PARAMETERS}},
        topic="sequences",
        lecture="CS231n, lecture 10",
        source="CS231n, assignment 3: classifiers/rnn.py",
        difficulty=difficulty,
        minutes=minutes,
        starter=starter(
            "CaptioningRNN",
            'word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32',
            "Features to the first state, words to vectors, a recurrent layer, scores of the next words.",
            ("word_to_idx", "cell_type", "dtype"),
            "features, captions",
        ),
        solution=(rnn_forward, rnn_backward, lstm_forward, lstm_backward, SOLUTION),
        hints=HINTS,
        misconceptions=tuple(_mistakes(cell)),
        conventions=("time is the second axis", "summed over the words, divided by the number of captions"),
    )


CAPTIONING_RNN = _exercise("captioning_rnn", "The class CaptioningRNN", "rnn", 4, 40)
CAPTIONING_LSTM = _exercise("captioning_lstm", "CaptioningRNN with an LSTM", "lstm", 5, 15)
