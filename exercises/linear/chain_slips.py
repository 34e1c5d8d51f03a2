"""What goes wrong in a chain of Jacobians, as programs: see `grader.checks.algorithm.slips`."""

from __future__ import annotations

from grader.exercise import slips

K_LAYER_CHAIN = slips(
    """
import numpy as np

def chain_gradients(de, between, at_weights):
    up, found = de, []
    for k in reversed(range(len(at_weights))):
        found.append(up @ at_weights[k])
        if k:
            up = up @ between[k - 1]
    return found[::-1]
""",
    last_first=("with the last layer first in the list", "return found[::-1]", "return found"),
    transposed=(
        "with Jacobians from the left, the wrong way round",
        "up = up @ between[k - 1]",
        "up = between[k - 1] @ up",
    ),
    error_forgotten=(
        "without ∂e/∂h at the end, as if it were 1 everywhere",
        "up, found = de, []",
        "up, found = np.ones_like(de), []",
    ),
    next_only=(
        "with the Jacobian of the next layer alone, not of all that follow",
        "up = up @ between[k - 1]",
        "up = np.ones(between[k - 1].shape[0]) @ between[k - 1]",
    ),
    first_jacobian=(
        "with the Jacobians in the order of the layers, from the first on",
        "between[k - 1]\n",
        "between[len(at_weights) - 1 - k]\n",
    ),
)
