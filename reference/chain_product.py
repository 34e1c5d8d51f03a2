"""f = xyz with x = r, y = rs, z = s, as one function of s: the example of the multivariate chain rule.

∂f/∂s = yz · 0 + xz · r + xy · 1 = rs·r + r²s = 2r²s, r²s² being what f is multiplied out. Source: CSCI 5622,
lecture 13.
"""

from __future__ import annotations

import numpy as np

from reference.elementwise import elementwise
from reference.inputs import Array, Input, constant


def _chain_product(r: Array, s: Array) -> Array:
    """constant r (...), s (...) -> f (...) = r · rs · s. Local gradient 2r²s. Source: CSCI 5622, lecture 13."""
    return np.asarray(r * (r * s) * s)


CHAIN_PRODUCT = elementwise(
    "chain_product",
    _chain_product,
    lambda out, r, s: (2 * r * r * s,),
    inputs=(constant("r", ("...",)), Input("s")),
    oracle=lambda xp, r, s: r**2 * s**2,
    symbol="r·rs·s",
)
