"""A ReLU with a way around it: relu(x) + y, the smallest place where one upstream gradient goes two ways.

Source: He et al. 2016, "Deep residual learning" (the sum at the end of a block).
"""

from __future__ import annotations

import numpy as np

from reference.elementwise import elementwise, nearest
from reference.inputs import Array, Input


def _skip_relu(x: Array, y: Array) -> Array:
    """x (...), y (...) -> max(0, x) + y (...). Local gradients 1[x > 0] and 1. Source: He et al. 2016."""
    return np.asarray(np.maximum(x, 0) + y)


SKIP_RELU = elementwise(
    "skip_relu",
    _skip_relu,
    lambda out, x, y: ((x > 0).astype(out.dtype), np.ones_like(out)),
    inputs=(Input("x"), Input("y")),
    oracle=lambda xp, x, y: x * (x > 0) + y,
    margin=lambda x, y: nearest(np.abs(x)),
    conventions=("the gradient of the ReLU at exactly 0 is 0; any value from 0 to 1 is a subgradient",),
)
