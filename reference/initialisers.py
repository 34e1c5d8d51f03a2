"""Initial weights, and the law that chooses their variance.

In N(mean, variance) the second number is the variance, as in the lecture; NumPy's `normal` takes its root.
For z = Σ_i w_i x_i over n inputs, with independent w and x of mean 0, Var(z) = n Var(w) Var(x): a signal keeps its
size where Var(w) = 1/n, a gradient on its way back where Var(w) = 1/n_out. Source: Glorot and Bengio 2010;
lecture "How to train a multi-layer network".
"""

from __future__ import annotations

import numpy as np

from reference.errors import InputError
from reference.inputs import Array
from reference.options import whole


def zeros(n_in: int, n_out: int) -> Array:
    """n_in, n_out -> w (n_in, n_out) of zeros: all neurons of a layer stay the same for ever. For biases.

    Source: CS231n, lecture 6.
    """
    return np.zeros(_shape("zeros", n_in, n_out))


def small_normal(n_in: int, n_out: int, rng: np.random.Generator, *, variance: float = 1e-4) -> Array:
    """n_in, n_out -> w (n_in, n_out) from N(0, variance), by default with standard deviation 0.01.

    Raises InputError. Source: CS231n, lecture 6: fine for shallow networks, too small for deep ones.
    """
    if not 0 <= variance < np.inf:
        raise InputError("small_normal", "variance", "a finite number from 0 on", repr(variance))
    return rng.normal(0.0, np.sqrt(variance), _shape("small_normal", n_in, n_out))


def xavier(n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    """n_in, n_out -> w (n_in, n_out) from N(0, 2/(n_in + n_out)): between 1/n_in and 1/n_out.

    Raises InputError. Source: Glorot and Bengio 2010, equation 12.
    """
    shape = _shape("xavier", n_in, n_out)
    return rng.normal(0.0, np.sqrt(2 / (n_in + n_out)), shape)


def he(n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    """n_in, n_out -> w (n_in, n_out) from N(0, 2/n_in): 2, since ReLU lets half of E[z²] through.

    Raises InputError. Source: He et al. 2015, equation 10.
    """
    shape = _shape("he", n_in, n_out)
    return rng.normal(0.0, np.sqrt(2 / n_in), shape)


def variance_of_sum(n: int, weight_variance: float, input_variance: float) -> float:
    """n, Var(w), Var(x) -> Var(z) = n Var(w) Var(x) for z = Σ_i w_i x_i over n independent terms of mean 0.

    For one product Var(w x) = E[w²]E[x²] - E[w]²E[x]² = Var(w) Var(x), and variances of independent terms add.
    Raises InputError. Source: Glorot and Bengio 2010, equation 5.
    """
    whole("variance_of_sum", "n", n, least=0)
    for name, value in (("weight_variance", weight_variance), ("input_variance", input_variance)):
        if not 0 <= value < np.inf:
            raise InputError("variance_of_sum", name, "a finite number from 0 on", repr(value))
    return n * weight_variance * input_variance


def _shape(subject: str, n_in: int, n_out: int) -> tuple[int, int]:
    return whole(subject, "n_in", n_in, least=1), whole(subject, "n_out", n_out, least=1)
