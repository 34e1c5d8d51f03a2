"""One step of stochastic gradient descent: against the gradient, by the learning rate.

w ← w - η ∂e/∂w. Source: lecture "How to train a multi-layer network"; CSCI 5622, lecture 13.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reference.errors import InputError
from reference.inputs import Array


def sgd_step(
    parameters: Mapping[str, Array], gradients: Mapping[str, Array], *, learning_rate: float
) -> dict[str, Array]:
    """Each parameter w (...) with its gradient (...) -> w - learning_rate · gradient, as new arrays.

    Raises InputError for a parameter without a gradient, another shape, or a learning rate that is no number.
    """
    if not np.isfinite(learning_rate):
        raise InputError("sgd", "learning_rate", "finite", str(learning_rate))
    stepped: dict[str, Array] = {}
    for name, value in parameters.items():
        if name not in gradients:
            raise InputError("sgd", f"the gradient of {name}", "given", "none")
        w, dw = np.asarray(value), np.asarray(gradients[name])
        if w.shape != dw.shape:
            raise InputError("sgd", f"the gradient of {name}", f"of shape {w.shape}", str(dw.shape))
        stepped[name] = np.asarray(w - learning_rate * dw, dtype=w.dtype if w.dtype.kind == "f" else None)
    return stepped
