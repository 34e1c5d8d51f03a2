"""Convolution and pooling: the mistakes of real submissions are named, and every right way to write them passes."""

from __future__ import annotations

import numpy as np
import pytest

from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_graded import graded

TEXT = TEXTS["space"]


def changed(id, right, wrong, *, seed=b"a seed"):
    assert right in TEXT
    return graded(BY_ID[id], TEXT.replace(right, wrong), seed=seed)


def named(checked):
    return [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


CUT = "dx = dx_pad[:, :, pad : pad + H, pad : pad + W]"
OUT = "out[n, f, i, j] = np.sum(x_pad[n, :, hs : hs + HH, ws : ws + WW] * w[f]) + b[f]"
DW = "dw[f] += x_pad[n, :, hs : hs + HH, ws : ws + WW] * dout[n, f, i, j]"
DX = "dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]"
WINNER = "dx[n, c, i * S + row, j * S + column] += dout[n, c, i, j]"
SHARE = "share = dout[:, :, i, j] / (PH * PW)"

DB = "db = np.sum(dout, axis=(0, 2, 3))"
MAXIMUM = "out[:, :, i, j] = np.max("
PLACES = """for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    dw"""
PLACES_TURNED = """for j in reversed(range(W_out)):
                for i in range(H_out):
                    hs, ws = i * stride, j * stride
                    dw"""
LAST = "    return dx\n\n\ndef avg_pool_forward"

SLIPS = [
    ("conv", CUT, "dx = dx_pad[:, :, pad:-pad, pad:-pad]", "dx", "empty-without-padding"),
    ("conv", CUT, "dx = dx_pad", "dx", "padding-not-cut-off"),
    ("conv", CUT, "dx = dx_pad[:, :, :H, :W]", "dx", "cut-off-on-one-side"),
    ("conv", DX, DX.replace("+=", "="), "dx", "not-accumulated"),
    ("conv", DX, DX.replace("w[f]", "w[f, :, ::-1, ::-1]"), "dx", "filter-flipped"),
    ("conv", DX, "dx_pad[n, :, i : i + HH, j : j + WW] += w[f] * dout[n, f, i, j]", "dx", "stride-forgotten"),
    ("conv", DW, DW.replace("+=", "="), "dw", "not-accumulated"),
    ("conv", DW, "dw[f] += x_pad[n, :, i : i + HH, j : j + WW] * dout[n, f, i, j]", "dw", "stride-forgotten"),
    ("conv", DW, DW + " / N", "dw", "averaged"),
    ("conv", DB, "db = np.mean(dout, axis=(0, 2, 3))", "db", "averaged-over-everything"),
    ("conv", DB, "db = np.sum(dout, axis=(2, 3))", "db", "images-not-summed"),
    ("conv", DB, "db = np.sum(dout, axis=(0, 1, 2))", "db", "wrong-axes"),
    ("conv", OUT, OUT.removesuffix(" + b[f]"), "out", "bias-forgotten"),
    ("conv", OUT, OUT.replace("w[f]", "w[f, :, ::-1, ::-1]"), "out", "filter-flipped"),
    ("conv", OUT, "out[n, f, i, j] = np.sum(x_pad[n, :, i : i + HH, j : j + WW] * w[f]) + b[f]",
     "out", "stride-forgotten"),
    ("max_pool", WINNER, WINNER.replace("+=", "="), "dx", "winner-overwritten"),
    ("max_pool", WINNER, "dx[n, c, i*S:i*S+PH, j*S:j*S+PW] = (window == np.max(window)) * dout[n, c, i, j]",
     "dx", "not-accumulated"),
    ("max_pool", WINNER, "dx[n, c, i*S:i*S+PH, j*S:j*S+PW] += dout[n, c, i, j]", "dx", "to-all-pixels"),
    ("max_pool", WINNER, WINNER + " * np.max(window)", "dx", "times-the-value"),
    ("max_pool", "np.argmax(window)", "np.argmin(window)", "dx", "to-the-smallest"),
    ("max_pool", MAXIMUM, "out[:, :, i, j] = np.max(initial=0, a=", "out", "started-at-zero"),
    ("avg_pool", SHARE, "share = dout[:, :, i, j]", "dx", "not-divided"),
    ("avg_pool", SHARE, "share = dout[:, :, i, j] / S**2", "dx", "divided-by-stride"),
    ("avg_pool", SHARE, "share = dout[:, :, i, j] / PH**2", "dx", "divided-by-height-squared"),
    ("avg_pool", "+= share[:, :, None, None]", "= share[:, :, None, None]", "dx", "not-accumulated"),
    ("avg_pool", ".mean(axis=(2, 3))", ".sum(axis=(2, 3))", "out", "sum-for-mean"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_is_named_at_its_node_and_costs_nothing_else(id, right, wrong, node, mistake):
    checked = changed(id, right, wrong)
    assert checked.nodes[node].verdict is Verdict.FAIL
    assert (node, mistake) in named(checked)
    others = [n for n in BY_ID[id].gradients if n != node and node != "out"]
    assert all(checked.nodes[n].verdict is Verdict.PASS for n in others)


def test_without_padding_pad_to_minus_pad_is_empty_and_that_is_seen():
    found = changed("conv", CUT, "dx = dx_pad[:, :, pad:-pad, pad:-pad]").nodes["dx"]
    assert "(2, 3, 0, 0)" in found.message
    assert found.case == "no padding"


@pytest.mark.parametrize(
    ("id", "right", "wrong"),
    [("max_pool", WINNER, WINNER.replace("+=", "=")), ("avg_pool", "+= share", "= share")],
)
def test_overwriting_is_right_until_windows_overlap(id, right, wrong):
    found = changed(id, right, wrong).nodes["dx"]
    assert found.verdict is Verdict.FAIL
    assert "overlapping" in found.case


SIDES = [
    ("conv", "W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = 1 + (H + 2 * pad - HH) // stride"),
    ("conv", "H_out = 1 + (H + 2 * pad - HH) // stride", "H_out = 1 + (H + 2 * pad - WW) // stride"),
    ("max_pool", "W_out = 1 + (W - PW) // S", "W_out = 1 + (W - PH) // S"),
    ("max_pool", "N, C, H, W = x.shape", "N, C, W, H = x.shape"),
    ("avg_pool", "i * S : i * S + PH, j * S : j * S + PW].mean", "i * S : i * S + PW, j * S : j * S + PH].mean"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong"), SIDES)
def test_height_and_width_confused_fail(id, right, wrong):
    assert changed(id, right, wrong).nodes["out"].verdict is Verdict.FAIL


def test_a_division_of_python_2_is_told_as_what_python_says():
    checked = changed(
        "conv", "H_out = 1 + (H + 2 * pad - HH) // stride", "H_out = 1 + (H + 2 * pad - HH) / stride"
    )
    assert checked.nodes["out"].verdict is Verdict.FAIL
    assert any("TypeError" in f.message or "float" in f.message for f in checked.findings)  # fmt: skip


TIES = {
    "the first": "np.argmax(window)",
    "the last": "window.size - 1 - np.argmax(window.ravel()[::-1])",
}


@pytest.mark.parametrize("which", TIES)
def test_at_a_tie_any_one_winner_will_do(which):
    checked = changed("max_pool", "np.argmax(window)", TIES[which])
    assert checked.nodes["dx"].verdict is Verdict.PASS


MASKED = """m = window == np.max(window)
                    dx[n, c, i * S : i * S + PH, j * S : j * S + PW] += m * dout[n, c, i, j]"""


def test_at_a_tie_even_shares_pass_and_all_to_everybody_fails():
    shared = changed("max_pool", WINNER, MASKED.replace("m * ", "m / m.sum() * "))
    assert shared.nodes["dx"].verdict is Verdict.PASS
    everybody = changed("max_pool", WINNER, MASKED).nodes["dx"]
    assert everybody.verdict is Verdict.FAIL
    assert everybody.case == "ties"


RIGHT = {
    "conv, one product a place": (
        "conv",
        OUT,
        "out[n, f, i, j] = np.tensordot(w[f], x_pad[n, :, hs : hs + HH, ws : ws + WW], 3) + b[f]",
    ),
    "conv, windows in another order": ("conv", PLACES, PLACES_TURNED),
    "conv, cut off by the right end": (
        "conv",
        CUT,
        "H2, W2 = dx_pad.shape[2:]\n    dx = dx_pad[:, :, pad : H2 - pad, pad : W2 - pad]",
    ),
    "max_pool, a tuple of one": ("max_pool", LAST, LAST.replace("return dx", "return (dx,)")),
}


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_way_to_write_it_passes(name):
    id, right, other = RIGHT[name]
    for seed in (b"one", b"two"):
        checked = changed(id, right, other, seed=seed)
        assert all(node.verdict is Verdict.PASS for node in checked.nodes.values())


IM2COL = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijuv,fcuv->nfij", view, w) + b[:, None, None], (view, x.shape, w, conv_param)

def conv_backward_naive(dout, cache):
    view, (N, C, H, W), w, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dxp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
    rows, columns = dout.shape[2:]
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            part = np.einsum("nfij,fc->ncij", dout, w[:, :, u, v])
            dxp[:, :, u : u + stride * rows : stride, v : v + stride * columns : stride] += part
    dw = np.einsum("nfij,ncijuv->fcuv", dout, view)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))
"""


def test_a_convolution_without_loops_over_places_passes():
    for seed in (b"one", b"two"):
        checked = graded(BY_ID["conv"], IM2COL, seed=seed)
        assert all(node.verdict is Verdict.PASS for node in checked.nodes.values())


def test_the_router_of_the_lecture_sends_everything_to_the_larger_one():
    """CS231n, lecture 4: max(z, w) at z = 2, w = -1 with upstream 2 gives 2 and 0; here in a window of two."""
    param = {"pool_height": 1, "pool_width": 2, "stride": 1}
    layer = BY_ID["max_pool"].layer
    x = np.array([[[[2.0, -1.0]]]])
    _, cache = layer.forward(x, param)
    assert layer.backward(np.array([[[[2.0]]]]), cache)[0].tolist() == [[[[2.0, 0.0]]]]
    _, cache = solutions.max_pool_forward_naive(x, param)
    assert solutions.max_pool_backward_naive(np.array([[[[2.0]]]]), cache).tolist() == [[[[2.0, 0.0]]]]


@pytest.mark.parametrize("id", ["conv", "max_pool", "avg_pool"])
def test_cases_have_no_square_to_hide_behind_but_one(id):
    exercise = BY_ID[id]
    rng = np.random.default_rng(0)
    drawn = {case.name: case.draw(rng) for case in exercise.cases}
    images = [values[0].shape for values in drawn.values()]
    assert sum(shape[2] != shape[3] for shape in images) >= 6
    if id == "conv":
        pads = [values[3]["pad"] for values in drawn.values()]
        strides = [values[3]["stride"] for values in drawn.values()]
        assert pads.count(0) >= 2 <= len(pads) - pads.count(0)
        assert sum(stride > 1 for stride in strides) >= 2
    else:
        params = [values[1] for values in drawn.values()]
        assert sum(max(p["pool_height"], p["pool_width"]) > p["stride"] for p in params) >= 3
        assert sum(p["pool_height"] != p["pool_width"] for p in params) >= 3
