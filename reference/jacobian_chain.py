"""The chain rule through K layers, from their local Jacobians alone.

    ∂e/∂w_k = ∂e/∂h_K · ∂h_K/∂h_{K-1} ··· ∂h_{k+1}/∂h_k · ∂h_k/∂w_k

Everything before the last factor is the upstream gradient ∂e/∂h_k, and layer k - 1 can go on from it, so that each
Jacobian is used once. Source: lecture "How to train a multi-layer network", the general case.
"""

from __future__ import annotations

from collections.abc import Sequence

from reference.inputs import Array


def chain_gradients(de: Array, between: Sequence[Array], at_weights: Sequence[Array]) -> list[Array]:
    """de = ∂e/∂h_K (n_K,); K - 1 Jacobians ∂h_{k+1}/∂h_k (n_{k+1}, n_k) and K Jacobians ∂h_k/∂w_k (n_k, p_k), both
    from the first layer on -> the K gradients ∂e/∂w_k (p_k,), from the first layer on.

    Source: lecture "How to train a multi-layer network".
    """
    upstream = de
    gradients = [upstream @ at_weights[-1]]
    for k in reversed(range(len(between))):
        upstream = upstream @ between[k]
        gradients.append(upstream @ at_weights[k])
    return gradients[::-1]
