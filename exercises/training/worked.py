"""One step of each update rule, in formulas: see `grader.diagnosis.worked`."""

from __future__ import annotations

SGD = ("next_w = w - learning_rate * dw",)

MOMENTUM = (
    """
    new_velocity = momentum * velocity - learning_rate * dw
    next_w = w + new_velocity
    """,
)

RMSPROP = (
    """
    new_cache = decay_rate * cache + (1 - decay_rate) * dw ** 2
    next_w = w - learning_rate * dw / (sqrt(new_cache) + epsilon)
    """,
)

ADAM = (
    """
    new_t = t + 1
    new_m = beta1 * m + (1 - beta1) * dw
    new_v = beta2 * v + (1 - beta2) * dw ** 2
    m_hat = new_m / (1 - beta1 ** new_t)
    v_hat = new_v / (1 - beta2 ** new_t)
    next_w = w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)
    """,
)
