"""What goes wrong in steps and in norms on the way back, as programs: see `grader.checks.algorithm.slips`."""

from __future__ import annotations

from grader.exercise import slips

GRADIENT_NORMS = slips(
    """
import numpy as np

def value(z, activation):
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    return np.tanh(z) if activation == "tanh" else np.maximum(0, z)

def slope(z, activation):
    if activation == "sigmoid":
        return value(z, activation) * value(-z, activation)
    return 1 - np.tanh(z) ** 2 if activation == "tanh" else (z > 0) * 1.0

def gradient_norms(weights, x, da, activation):
    zs, a = [], x
    for W in weights:
        zs.append(W @ a)
        a = value(zs[-1], activation)
    norms = []
    for W, z in zip(weights[::-1], zs[::-1]):
        delta = da * slope(z, activation)
        norms.append(np.sqrt(np.sum(delta ** 2)))
        da = W.T @ delta
    return np.array(norms[::-1])
""",
    norm_of_upstream=(
        "with the norm of what arrives at each activation, before its slope",
        "np.sum(delta ** 2)",
        "np.sum(da ** 2)",
    ),
    sum_of_sizes=(
        "with the sum of sizes, where the norm is the root of a sum of squares",
        "np.sqrt(np.sum(delta ** 2))",
        "np.sum(np.abs(delta))",
    ),
    mean_of_squares=(
        "with the root of the mean square, where the sum belongs",
        "np.sum(delta ** 2)",
        "np.mean(delta ** 2)",
    ),
    largest_entry=(
        "with the largest entry for the norm",
        "np.sqrt(np.sum(delta ** 2))",
        "np.max(np.abs(delta))",
    ),
    slope_forgotten=("without the slopes of the activations", "da * slope(z, activation)", "da"),
    slope_squared=("with each slope twice", "da * slope(z, activation)", "da * slope(z, activation) ** 2"),
    value_for_slope=(
        "with activations where their slopes belong",
        "da * slope(z, activation)",
        "da * value(z, activation)",
    ),
    norm_of_gradient_handed_on=(
        "with the norm of what each layer hands on, after its weights",
        "np.sum(delta ** 2)",
        "np.sum((W.T @ delta) ** 2)",
    ),
    not_carried=(
        "with the last layer's upstream at every layer where it fits",
        "da = W.T @ delta",
        "da = W.T @ da",
    ),
)

SGD_STEP = slips(
    """
def sgd_step(parameters, gradients, learning_rate):
    return {name: w - learning_rate * gradients[name] for name, w in parameters.items()}
""",
    divided=(
        "with a division by the learning rate",
        "learning_rate * gradients[name]",
        "gradients[name] / learning_rate",
    ),
    rate_forgotten=("without the learning rate", "learning_rate * gradients[name]", "gradients[name]"),
    change_alone=(
        "with the change alone, not added to the parameters",
        "w - learning_rate * gradients[name]",
        "-learning_rate * gradients[name]",
    ),
    gradients_scaled=(
        "with the parameters scaled by the rate as well",
        "w - learning_rate * gradients[name]",
        "learning_rate * (w - gradients[name])",
    ),
    rate_squared=(
        "with the learning rate twice",
        "learning_rate * gradients[name]",
        "learning_rate ** 2 * gradients[name]",
    ),
    fixed_rate=(
        "with a rate of 0.01, not the one that is given",
        "learning_rate * gradients[name]",
        "0.01 * gradients[name]",
    ),
    times_parameter=(
        "with each parameter times its gradient",
        "learning_rate * gradients[name]",
        "learning_rate * w * gradients[name]",
    ),
)
