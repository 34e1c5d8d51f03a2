"""Sequences: mistakes named at their node, and the configurations in which students' code fails in silence."""

from __future__ import annotations

import re

import numpy as np
import pytest

from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_graded import graded

TEXT = TEXTS["sequences"]


def of(function):
    """The source of one function of the solutions."""
    return re.search(rf"^def {function}\(.*?(?=^def |\Z)", TEXT, flags=re.M | re.S).group()


def with_slip(function, right, wrong):
    """All solutions, with a slip in one function alone."""
    source = of(function)
    assert right in source
    return TEXT.replace(source, source.replace(right, wrong))


WORDS = "    for n in range(N):\n        for t in range(T):\n            dW[x[n, t]] += dout[n, t]\n"
MASKED = "scores = np.where(mask == 0, scores.dtype.type(-1e9), scores)"
DC = "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)"

SLIPS = [
    ("word_embedding", "word_embedding_backward", WORDS, "    dW[x] += dout\n", "dW", "overwrites-repeats"),
    ("word_embedding", "word_embedding_backward", "dW[x[n, t]] += dout", "dW[x[n, t]] += 1 + 0 * dout", "dW",
     "ignores-dout"),
    ("temporal_affine", "temporal_affine_backward", "dout.sum(axis=(0, 1))", "dout.sum(axis=0)", "db",
     "summed-over-examples-only"),
    ("temporal_affine", "temporal_affine_backward", ".dot(w.T)", ".dot(w)", "dx", "missing-transpose"),
    ("temporal_softmax_loss", "temporal_softmax_loss", "    dx_flat *= mask_flat[:, None]\n", "", "dx",
     "mask-forgotten"),
    ("temporal_softmax_loss", "temporal_softmax_loss", "dx_flat /= N", "dx_flat /= N * T", "dx",
     "mean-over-steps"),
    ("temporal_softmax_loss", "temporal_softmax_loss", "y_flat]) / N", "y_flat]) / np.sum(mask)", "loss",
     "mean-over-words"),
    ("rnn_step", "rnn_step_backward", "dnext_h * (1 - next_h**2)", "dnext_h", "dWx", "tanh-missing"),
    ("rnn_step", "rnn_step_backward", "(1 - next_h**2)", "(1 - np.tanh(next_h)**2)", "dx",
     "derivative-at-the-output"),
    ("rnn_step", "rnn_step_backward", "da.dot(Wh.T)", "da.dot(Wh)", "dprev_h", "missing-transpose"),
    ("rnn_step", "rnn_step_backward", "prev_h.T.dot(da)", "next_h.T.dot(da)", "dWh", "state-after"),
    ("rnn", "rnn_backward", "dh[:, t, :] + dprev_h", "dh[:, t, :]", "dx", "not-carried"),
    ("rnn", "rnn_backward", "dh[:, t, :] + dprev_h", "dh[:, t, :]", "dWh", "not-carried"),
    ("rnn", "rnn_backward", "        dWx += dWxt", "        dWx = dWxt", "dWx", "overwritten"),
    ("rnn", "rnn_backward", "        db += dbt", "        db = dbt", "db", "overwritten"),
    ("lstm_step", "lstm_step_backward", "dprev_c = dc * f", "dprev_c = dnext_c * f", "dprev_c",
     "path-through-h-missing"),
    ("lstm_step", "lstm_step_backward", DC, "dc = dnext_c", "dWx", "path-through-h-missing"),
    ("lstm_step", "lstm_step_backward", DC, "dc = dnext_h * o * (1 - tanh_c**2)", "dx",
     "path-through-c-missing"),
    ("lstm_step", "lstm_step_backward", DC, "dc = dnext_c + dnext_h * o", "dprev_c", "tanh-of-cell-missing"),
    ("lstm_step", "lstm_step_backward", "dg * (1 - g**2)", "dg * g * (1 - g)", "dWh", "g-as-sigmoid"),
    ("lstm_step", "lstm_step_backward", "dprev_c = dc * f", "dprev_c = dc", "dprev_c", "forget-gate-missing"),
    ("lstm", "lstm_backward", "dx[:, t], dprev_h, dprev_c,", "dx[:, t], dprev_h, _,", "dx", "cell-not-carried"),
    ("lstm", "lstm_backward", "dh[:, t] + dprev_h", "dh[:, t]", "dWx", "state-not-carried"),
    ("lstm", "lstm_backward", "        dWh += dWh_t", "        dWh = dWh_t", "dWh", "overwritten"),
    ("attention", "attention_backward", "dscores = dscores / scale", "pass", "dq", "root-missing"),
    ("attention", "attention_backward", "A[n].T.dot(dout[n])", "A[n].T.dot(np.ones_like(dout[n]))", "dv",
     "ignores-dout"),
    ("attention", "attention_backward", "(np.diag(a) - np.outer(a, a)).dot(dA[t])", "a * dA[t]", "dk",
     "dot-term-missing"),
    ("attention", "attention_forward", "A[n] = _softmax_last(q[n].dot(k[n].T) / scale)",
     "A[n] = _softmax_last((q[n].dot(k[n].T) / scale).T).T", "out", "wrong-axis"),
    ("masked_attention", "masked_attention_forward", MASKED,
     "scores = scores * mask", "out", "mask-as-factor"),
    ("masked_attention", "masked_attention_forward", MASKED,
     "pass", "out", "mask-forgotten"),
    ("multi_head_attention", "multi_head_attention_backward", "djoined = dout @ Wo.T", "djoined = dout", "dWk",
     "wo-forgotten"),
    ("multi_head_attention", "multi_head_attention_backward", "dQ @ Wq.T", "dQ @ Wq", "dq", "missing-transpose"),
    ("multi_head_attention", "multi_head_attention_forward", "return joined @ Wo,", "return joined,", "out",
     "last-projection-missing"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "function", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_in_a_sequence_is_named_at_its_node(id, function, right, wrong, node, mistake):
    checked = graded(BY_ID[id], with_slip(function, right, wrong))
    assert checked.nodes[node].verdict is Verdict.FAIL
    assert (node, mistake) in [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


def verdicts(id, text):
    return {name: node.verdict for name, node in graded(BY_ID[id], text).nodes.items()}


def test_add_at_and_a_matrix_of_ones_and_zeros_are_as_good_as_a_loop_over_words():
    for right in (
        "    np.add.at(dW, x, dout)\n",
        "    dW += np.einsum('ntv,ntd->vd', np.eye(len(dW))[x], dout)\n",
    ):
        assert set(
            verdicts("word_embedding", with_slip("word_embedding_backward", WORDS, right)).values()
        ) == {Verdict.PASS}


def test_an_embedding_that_loses_repeats_is_right_where_no_word_repeats():
    """So that the case alone decides, and a report can say where it is right."""
    checked = graded(
        BY_ID["word_embedding"], with_slip("word_embedding_backward", WORDS, "    dW[x] += dout\n")
    )
    assert any("each word once" in finding.message for finding in checked.findings)


def test_an_lstm_without_the_path_through_h_loses_its_own_points_and_no_others():
    text = with_slip("lstm_step_backward", "dprev_c = dc * f", "dprev_c = dnext_c * f")
    failed = [name for name, verdict in verdicts("lstm_step", text).items() if verdict is Verdict.FAIL]
    assert failed == ["dprev_c"]


def test_a_transpose_forgotten_at_the_square_wh_is_found_although_it_never_raises():
    text = with_slip("rnn_step_backward", "da.dot(Wh.T)", "da.dot(Wh)")
    failed = [name for name, verdict in verdicts("rnn_step", text).items() if verdict is Verdict.FAIL]
    assert failed == ["dprev_h"]


def test_a_verbose_argument_as_cs231n_has_it_does_no_harm():
    text = TEXT.replace(
        "temporal_softmax_loss(x, y, mask):", "temporal_softmax_loss(x, y, mask, verbose=False):"
    )
    assert set(verdicts("temporal_softmax_loss", text).values()) == {Verdict.PASS}


def test_a_softmax_without_the_shift_is_wrong_at_the_extremes_only():
    function = "temporal_softmax_loss"
    text = with_slip(function, "x_flat - np.max(x_flat, axis=1, keepdims=True)", "x_flat")
    checked = graded(BY_ID[function], text)
    assert {node.case for node in checked.nodes.values()} == {"extremes"}


def test_every_sequence_of_words_but_one_repeats_a_word():
    for case in BY_ID["word_embedding"].cases:
        x = case.draw(np.random.default_rng(0))[0]
        assert (len(np.unique(x)) < x.size) == (case.name != "each word once"), case.name


def test_the_mask_of_a_sequence_leaves_something_out_and_keeps_every_first_word():
    for seed in range(10):
        _, _, mask = BY_ID["temporal_softmax_loss"].cases[0].draw(np.random.default_rng(seed))
        assert mask[:, 0].all()
        assert not mask.all()


def test_rnn_and_lstm_agree_with_themselves_step_by_step():
    """One step of a sequence is the step's own exercise."""
    rng = np.random.default_rng(1)
    x, h0, Wx, Wh, b = (
        rng.normal(size=(2, 1, 3)),
        *(rng.normal(size=s) for s in ((2, 4), (3, 4), (4, 4), (4,))),
    )
    h, _ = solutions.rnn_forward(x, h0, Wx, Wh, b)
    assert np.allclose(h[:, 0], solutions.rnn_step_forward(x[:, 0], h0, Wx, Wh, b)[0])
    Wx, Wh, b = (np.tile(w, 4) for w in (Wx, Wh, b))
    h, _ = solutions.lstm_forward(x, h0, Wx, Wh, b)
    step = solutions.lstm_step_forward(x[:, 0], h0, np.zeros_like(h0), Wx, Wh, b)
    assert np.allclose(h[:, 0], step[0])
