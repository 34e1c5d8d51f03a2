"""Right work in any style earns full marks; one slip costs its own node and no other."""

from __future__ import annotations

import pytest

from grader.runner.process import ProcessRunner
from tests.grading.shared import EXERCISES, failing, judged

AFFINE = EXERCISES["affine"]
RELU = EXERCISES["relu"]
HEAD = "import numpy as np\n"
FORWARD = """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""
BACKWARD = """
def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(axis=0)
"""

STYLES = {
    "cache as a dictionary": """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, {"x": x, "w": w}
def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
""",
    "cache as an object": """
class Cache:
    def __init__(self, x, w):
        self.x, self.w = x, w
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, Cache(x, w)
def affine_backward(dout, cache):
    x, w = cache.x, cache.w
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
""",
    "cache as a closure": """
def affine_forward(x, w, b):
    def back(dout):
        return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
    return x.reshape(len(x), -1) @ w + b, back
def affine_backward(dout, cache):
    return cache(dout)
""",
    "a named tuple and a dataclass": """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Cache:
    x: np.ndarray
    w: np.ndarray
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, Cache(x, w)
def affine_backward(dout, cache):
    return (dout @ cache.w.T).reshape(cache.x.shape), cache.x.reshape(len(cache.x), -1).T @ dout, dout.sum(0)
""",
    "a helper class that does the work": """
class Affine:
    def forward(self, x, w, b):
        self.x, self.w = x, w
        return np.dot(x.reshape(x.shape[0], -1), w) + b
    def backward(self, dout):
        rows = self.x.reshape(self.x.shape[0], -1)
        return np.dot(dout, self.w.T).reshape(self.x.shape), np.dot(rows.T, dout), np.sum(dout, axis=0)
def affine_forward(x, w, b):
    layer = Affine()
    return layer.forward(x, w, b), layer
def affine_backward(dout, cache):
    return cache.backward(dout)
""",
    "single precision throughout": """
def affine_forward(x, w, b):
    x, w, b = (a.astype(np.float32) for a in (x, w, b))
    return x.reshape(len(x), -1) @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    dout = dout.astype(np.float32)
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
""",
    "single precision inside, double outside": """
def affine_forward(x, w, b):
    out = x.astype(np.float32).reshape(len(x), -1) @ w.astype(np.float32)
    return out.astype(np.float64) * 1.0 + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    d = dout.astype(np.float32)
    dx = (d @ w.astype(np.float32).T).reshape(x.shape).astype(np.float64)
    return dx, x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
""",
    "in place on copies of its own": """
def affine_forward(x, w, b):
    out = x.reshape(len(x), -1) @ w
    out += b
    return out, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    g = dout.copy()
    db = np.zeros(w.shape[1])
    for row in g:
        db += row
    dx = g @ w.T
    dx.shape = x.shape
    return dx, x.reshape(len(x), -1).T @ g, db
""",
    "loops and einsum": """
def affine_forward(x, w, b):
    rows = x.reshape(len(x), -1)
    out = np.zeros((len(x), w.shape[1]), dtype=x.dtype)
    for n in range(len(x)):
        for m in range(w.shape[1]):
            out[n, m] = b[m] + sum(rows[n, d] * w[d, m] for d in range(w.shape[0]))
    return out, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    dx = np.einsum("nm,dm->nd", dout, w).reshape(x.shape)
    return [dx, np.einsum("nd,nm->dm", x.reshape(len(x), -1), dout), np.add.reduce(dout)]
""",
    "lambdas and partials, over several definitions": """
import functools
def _forward(scale, x, w, b):
    return scale * (x.reshape(len(x), -1) @ w) + b, (x, w)
affine_forward = functools.partial(_forward, 1.0)
affine_backward = lambda dout, cache: (
    (dout @ cache[1].T).reshape(cache[0].shape), cache[0].reshape(len(cache[0]), -1).T @ dout, dout.sum(0))
""",
}

RELU_FORWARD = """
def relu_forward(x):
    return np.maximum(0, x), x
"""


@pytest.mark.parametrize("style", STYLES)
def test_right_work_earns_full_marks_in_every_style(style):
    head = "" if "__future__" in STYLES[style] else HEAD
    text = (
        STYLES[style].strip().replace("annotations\n", f"annotations\n{HEAD}", 1)
        if not head
        else STYLES[style]
    )
    checked = judged(AFFINE, head + text)
    assert failing(checked) == set()
    assert not checked.not_started
    assert checked.deductions == 0


def test_an_add_gate_that_returns_its_upstream_twice_is_right():
    text = "def add_gate_forward(x, y): return x + y, None\ndef add_gate_backward(dout, cache): return dout, dout\n"
    checked = judged(EXERCISES["add_gate"], text)
    assert failing(checked) == set()
    assert checked.deductions == 0


@pytest.mark.parametrize("subgradient", ["x > 0", "x >= 0", "np.where(x == 0, 0.5, x > 0)"])
def test_any_subgradient_of_relu_at_zero_is_accepted(subgradient):
    text = f"{HEAD}{RELU_FORWARD}def relu_backward(dout, x): return dout * ({subgradient})\n"
    assert failing(judged(RELU, text)) == set()


def test_a_relu_that_masks_at_the_kink_with_two_is_not():
    text = f"{HEAD}{RELU_FORWARD}def relu_backward(dout, x): return dout * np.where(x == 0, 2.0, x > 0)\n"
    assert failing(judged(RELU, text)) == {"dx"}


def test_a_dx_that_raises_leaves_dw_and_db_their_marks():
    backward = BACKWARD.replace("    return", "    dx = nothing_of_this_name\n    return").replace(
        "(dout @ w.T).reshape(x.shape)", "dx"
    )
    checked = judged(AFFINE, HEAD + FORWARD + backward)
    assert failing(checked) == {"dx"}
    (finding,) = [f for f in checked.findings if f.check == "runs"]
    assert finding.where == "cell 12, line 9"
    assert "nothing_of_this_name" in finding.message


def test_what_follows_from_a_lost_number_is_lost_with_it():
    backward = """
def affine_backward(dout, cache):
    x, w, b = cache
    rows = missing_function(x)
    dx = (dout @ w.T).reshape(x.shape)
    dw = rows.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db
"""
    assert failing(judged(AFFINE, HEAD + FORWARD + backward)) == {"dw"}


def test_a_gradient_off_by_a_thousandth_fails():
    backward = BACKWARD.replace("dout.sum(axis=0)", "dout.sum(axis=0) * 1.001")
    assert failing(judged(AFFINE, HEAD + FORWARD + backward)) == {"db"}


def test_a_gradient_that_is_off_only_within_single_precision_fails_in_double():
    backward = BACKWARD.replace("dout.sum(axis=0)", "dout.sum(axis=0) * (1 + 1e-5)")
    assert failing(judged(AFFINE, HEAD + FORWARD + backward)) == {"db"}


def test_a_forward_that_raises_in_one_case_costs_the_output_alone():
    forward = "def affine_forward(x, w, b):\n    assert len(x) > 1\n    return x @ w + b, (x, w, b)\n"
    assert failing(judged(AFFINE, HEAD + forward + BACKWARD)) == {"out"}


def test_a_changed_upstream_costs_one_gradient_once():
    text = f"{HEAD}{RELU_FORWARD}def relu_backward(dout, x):\n    dout[x <= 0] = 0\n    return dout\n"
    checked = judged(RELU, text)
    assert failing(checked) == set()
    assert checked.deductions == 1
    assert [f.argument for f in checked.findings if f.check == "unchanged"] == ["dout"]


def test_a_cache_shared_between_calls_is_found():
    text = (
        HEAD
        + """
KEPT = {}
def affine_forward(x, w, b):
    KEPT["c"] = x, w
    return x.reshape(len(x), -1) @ w + b, None
def affine_backward(dout, cache):
    x, w = KEPT["c"]
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
"""
    )
    checked = judged(AFFINE, text)
    assert "cache" in {f.check for f in checked.findings if f.verdict == "fail"}
    assert checked.deductions == 1


def test_a_backward_right_for_a_wrong_forward_is_told_apart_from_a_wrong_backward():
    forward = FORWARD.replace("@ w + b", "@ (2 * w) + b")
    backward = BACKWARD.replace("dout @ w.T", "dout @ (2 * w).T").replace(
        "rows.T @ dout", "2 * rows.T @ dout"
    )
    checked = judged(AFFINE, HEAD + forward + backward)
    assert failing(checked) == {"out", "dx", "dw"}
    assert checked.nodes["dx"].standing == "inherited"
    assert checked.nodes["dx"].earns
    (said,) = [f for f in checked.findings if f.check == "own forward"]
    assert "right for your own affine_forward" in said.message


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("np.zeros((len(x), w.shape[1]))", "np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[1])"),
        ("np.zeros((len(x), w.shape[1])) + b", "np.zeros(x.shape), np.zeros(w.shape), dout.sum(axis=0)"),
    ],
)
def test_a_trivial_forward_buys_no_marks_for_its_trivial_backward(forward, backward):
    text = (
        f"{HEAD}def affine_forward(x, w, b): return {forward}, (x, w)\n"
        f"def affine_backward(dout, cache):\n    x, w = cache\n    return {backward}\n"
    )
    checked = judged(AFFINE, text)
    assert not any(node.earns for node in checked.nodes.values())
    assert {"dx", "dw"} <= failing(checked)


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "return None",
        "raise NotImplementedError",
        "dx, dw, db = None, None, None\n    return dx, dw, db",
    ],
)
def test_a_placeholder_counts_as_not_started(body):
    out = "out, cache = None, None\n    return out, cache" if body.startswith("dx") else body
    text = f"def affine_forward(x, w, b):\n    {out}\ndef affine_backward(dout, cache):\n    {body}\n"
    assert judged(AFFINE, text).not_started


@pytest.mark.parametrize("style", list(STYLES)[:3])
def test_a_process_of_its_own_gives_the_same_verdicts(style):
    checked = judged(AFFINE, HEAD + STYLES[style], runner=ProcessRunner())
    assert failing(checked) == set()
    assert all(node.verdict == "pass" for node in checked.nodes.values())
