"""What algorithms are told in words: a slip at every part that it reaches, and no cause that is not proved."""

from __future__ import annotations

from tests.grading.shared import EXERCISES, judged

NUMERICAL = """
import numpy as np

def numerical_grad(f, x):
    h = 1e-5
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(ABOVE)
        x[i] = old - h
        below = f(BELOW)
        x[i] = old
        grad[i] = (above - below) / STEP
    return grad
"""
ADAM = """
import numpy as np

def adam(w, dw, config=None):
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0, **(config or {})}
    m, v = c.get("m", 0 * w), c.get("v", 0 * w)
    c["t"] += 1
    c["m"] = m = c["beta2"] * m + (1 - c["beta2"]) * dw
    c["v"] = v = c["beta1"] * v + (1 - c["beta1"]) * dw**2
    mh, vh = m / (1 - c["beta2"] ** c["t"]), v / (1 - c["beta1"] ** c["t"])
    return w - c["learning_rate"] * mh / (np.sqrt(vh) + c["epsilon"]), c
"""


def numerical(above="x", below="x", step="(2 * h)"):
    text = NUMERICAL.replace("ABOVE", above).replace("BELOW", below).replace("STEP", step)
    return judged(EXERCISES["numerical_grad"], text).nodes


def test_at_one_entry_twice_the_gradient_is_not_said_to_be_a_division_by_h():
    # With one entry, moving it twice and dividing by h give the same number: the first was once told as the second.
    moved_twice, halved = numerical("x + h", "x - h"), numerical(step="h")
    for nodes in (moved_twice, halved):
        assert "twice the right number" in nodes["gradient"].message
        assert "these are the numbers" not in nodes["gradient"].message


def test_a_step_that_multiplies_is_told_by_its_square():
    assert "/ 2 * h, which multiplies by h" in numerical(step="2 * h")["gradient"].message


def test_a_right_numerical_gradient_is_told_nothing():
    assert all(node.verdict == "pass" for node in numerical().values())


def test_a_slip_of_an_update_is_named_in_the_state_too():
    nodes = judged(EXERCISES["adam"], ADAM).nodes
    for name in ("next_w", "m", "v"):
        assert "of the two betas exchanged" in nodes[name].message
    assert nodes["t"].verdict == "pass"
