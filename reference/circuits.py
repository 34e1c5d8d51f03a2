"""The worked examples of the lectures as graphs, each with the values that its lecture uses in the docstring.

Node names are the lectures' own where they have some.
"""

from __future__ import annotations

from reference.formula import Sigmoid, formula_graph

PRODUCT_OF_SUM = formula_graph("q = x + y; f = q*z", name="product_of_sum")
"""f = (x + y)z at x = -2, y = 5, z = -4. Source: CS231n, lecture 4."""

_SIGMOID_TEXT = "1/(1 + exp(-(w0*x0 + w1*x1 + w2)))"

SIGMOID_CIRCUIT = formula_graph(_SIGMOID_TEXT, name="sigmoid_circuit")
"""σ(w0 x0 + w1 x1 + w2) in simple gates at w = (2, -3, -3), x = (-1, -2). Source: CS231n, lecture 4."""

SIGMOID_CIRCUIT_FUSED = formula_graph(_SIGMOID_TEXT, sigmoid=Sigmoid.FUSED, name="sigmoid_circuit_fused")
"""The same with the sigmoid as one gate. Source: CS231n, lecture 4."""

SIX_X = formula_graph("y = x**2; z = 3*y", name="six_x")
"""z = 3y, y = x², so dz/dx = 6x. Source: lecture "Multi-layer perceptron", chain rule for Jacobians."""

CHAIN_RS = formula_graph("x = r; y = r*s; z = s; f = x*y*z", name="chain_rs")
"""f = xyz with x = r, y = rs, z = s: ∂f/∂s = 2r²s, ∂f/∂r = 2rs². Source: CSCI 5622, lecture 13."""

CHAIN_U = formula_graph("r = u**2; s = 3*u; x = r; y = r*s; z = s; f = x*y*z", name="chain_u")
"""The same one step further, through u; r = u², s = 3u are ours, where the slide leaves them open.

f = r²s² = 9u⁶, so df/du = 54u⁵. Source: CSCI 5622, lecture 13.
"""

MLP_CHAIN = formula_graph(
    "a1 = w1*x + b1; f1 = sigmoid(a1); a2 = w2*f1; f2 = sigmoid(a2); a3 = w3*f2; f3 = sigmoid(a3);"
    "e = y - f3; L = 0.5*e**2",
    name="mlp_chain",
)
"""Four parameters, three sigmoid layers, half squared error. Source: lecture "Multi-layer perceptron"."""
