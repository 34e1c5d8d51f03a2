"""CS231n's network classes in the forms of several years, written by us, and how one with a change is judged."""

from __future__ import annotations

from pathlib import Path

from grader.checks.conventions import check_as_accepted
from grader.checks.seeds import SeedSource
from grader.marks import marked
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from tests.exercises.shared import BY_ID
from tests.grading.shared import PAPER

FILES = Path(__file__).parent / "cs231n"


def text(place):
    return (FILES / place).read_text(encoding="utf-8")


A1_LAYERS, A2_LAYERS = text("a1/cs231n/layers.py"), text("a2/cs231n/layers.py")
UTILS = text("a2/cs231n/layer_utils.py")
TWO_LAYER, FULLY, CONV = (
    text(place)
    for place in (
        "a1/cs231n/classifiers/fc_net.py",
        "a2/cs231n/classifiers/fc_net.py",
        "a2/cs231n/classifiers/cnn.py",
    )
)
RNN_LAYERS, A3_LAYERS, CAPTIONING = (
    text(place)
    for place in ("a3/cs231n/rnn_layers.py", "a3/cs231n/layers.py", "a3/cs231n/classifiers/rnn.py")
)

ACCEPTED = {"two_layer_class": ("half",)} | dict.fromkeys(
    ("fully_connected_net", "fully_connected_batchnorm", "fully_connected_layernorm", "three_layer_conv_net"),
    ("whole",),
)
OWN = {
    "two_layer_class": (A1_LAYERS, UTILS, TWO_LAYER),
    "fully_connected_net": (A2_LAYERS, UTILS, FULLY),
    "fully_connected_batchnorm": (A2_LAYERS, UTILS, FULLY),
    "fully_connected_layernorm": (A2_LAYERS, UTILS, FULLY),
    "three_layer_conv_net": (A2_LAYERS, CONV),
    "captioning_rnn": (RNN_LAYERS, A3_LAYERS, CAPTIONING),
    "captioning_lstm": (RNN_LAYERS, A3_LAYERS, CAPTIONING),
}


def changed(source, *changes):
    for right, other in changes:
        assert right in source, right
        source = source.replace(right, other)
    return source


def judged(id, *files, accept=None, seed=b"a seed"):
    """(the exercise that it was judged by, what was found) for these files of one submission."""
    exercise = BY_ID[id]
    sources = [Source(f"file {n}.py", source, f"cs231n.file{n}") for n, source in enumerate(files)]
    runner = InProcessRunner()
    try:
        runner.load(Program(tuple(sources), exercise.functions))
        accept = ACCEPTED.get(id, ()) if accept is None else accept
        return check_as_accepted(exercise, accept, runner, SeedSource(seed), PAPER)
    finally:
        runner.close()


def found(id, *files, **more):
    return judged(id, *files, **more)[1]


def with_change(id, *changes):
    """The course's own form with these changes, wherever the changed lines are."""
    whole = "\n\n".join(OWN[id])
    return changed(whole, *changes)


def earned(id, checked):
    points = BY_ID[id].points
    return {node.name: node.points for node in marked(checked, points, follow_through=True)}


def standings(checked, standing):
    return {name for name, node in checked.nodes.items() if node.standing is standing}


def named(checked, node):
    return {diagnosis.id for diagnosis in checked.diagnoses if diagnosis.node == node}


WRITTEN_OUT = """
import numpy as np

class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N = X.shape[0]
        z = X.dot(W1) + b1
        h = np.maximum(z, 0)
        scores = h.dot(W2) + b2
        if y is None:
            return scores
        e = np.exp(scores - np.max(scores))
        p = e / np.sum(e, axis=1)[:, np.newaxis]
        loss = np.sum(-np.log(p[range(N), y])) / N
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        p[range(N), y] -= 1
        grads['b2'] = np.sum(p, axis=0) / N
        grads['W2'] = h.T.dot(p) / N + 2 * reg * W2
        dz = p.dot(W2.T) * (z > 0)
        grads['b1'] = np.sum(dz, axis=0) / N
        grads['W1'] = X.T.dot(dz) / N + 2 * reg * W1
        return loss, grads

    def train(self, X, y):
        for it in xrange(10):
            print 'iteration %d' % it
"""
HALF = (
    ("reg * (np.sum(W1", "0.5 * reg * (np.sum(W1"),
    ("2 * reg * W2", "reg * W2"),
    ("2 * reg * W1", "reg * W1"),
)
