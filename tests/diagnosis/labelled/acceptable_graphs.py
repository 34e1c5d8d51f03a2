"""Which names say it: circuits, networks and Jacobians. By exercise and words; empty where no title says it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.diagnosis.labelled.shared_words import ADDED, AS_IT_CAME, IGNORES, MEAN, NOT_SWAPPED

NAMES: Mapping[str, Mapping[str, str]] = {
    "xyz": {
        "the multiply gate not swapped": NOT_SWAPPED,
        "upstream left out": IGNORES,
        "added instead of multiplied": ADDED,
    },
    "product_of_sum": {
        "the add gate multiplies": "add-multiplies",
        "the upstream left out: 1": IGNORES,
        "the multiply gate not swapped": NOT_SWAPPED + " output-as-local",
    },
    "six_x": {
        "the upstream left out": IGNORES,
        "added instead of multiplied": ADDED,
        "factor 2 missing": "two-missing input-as-local",
    },
    "sigmoid_circuit": {
        "sign of the reciprocal": "sign",
        "derivative of exp left out": "exp-passes-on " + AS_IT_CAME,
        "input n as derivative": "exp-multiplies-by-x input-as-local",
        "sign of the times -1 gate forgotten": AS_IT_CAME + " sign",
        "the multiply gate not swapped": NOT_SWAPPED,
        "upstream left out": IGNORES,
        "output as derivative: square forgotten and sign": "square-and-sign-missing output-as-local",
        "square forgotten": "square-missing",
        "zero": "zero",
    },
    "chain_rs": {
        "path through y missing": "one-path-only overwritten-fan-out",
        "path through z missing (overwritten)": "one-path-only overwritten-fan-out",
        "local gradient of y's gate left out": "local-forgotten",
        "paths multiplied": "paths-multiplied",
    },
    "sq_err_grad": {
        "factor 2 missing": "two-missing input-as-local",
        "sign forgotten": "sign " + AS_IT_CAME,
        "the multiply gate not swapped": NOT_SWAPPED,
        "upstream left out": IGNORES,
    },
    "neg_log_sigmoid_grad": {
        "derivative of the logarithm left out": AS_IT_CAME,
        "(1 - s) missing: output as derivative": "one-minus-missing output-as-local",
        "derivative at the output": "derivative-at-the-output",
        "x(1-x) at the input": "derivative-of-x",
        "sign forgotten": "sign " + AS_IT_CAME,
    },
    "three_uses": {
        "overwritten: only the path through a": "first-path-only overwritten-fan-out",
        "path through a missing": "way-to-a-missing",
        "square's factor 2 missing: one of two uses": "square-counted-once",
        "path through c counted twice": "way-to-c-twice",
    },
    "score_gradients": {
        "missing transpose of w": "missing-transpose",
        "dW transposed": "transposed",
        "derivative left out": AS_IT_CAME,
        "derivative at z: z(1-z)": "derivative-of-the-input",
        "derivative alone, without the upstream": IGNORES,
        "derivative of tanh": "derivative-of-tanh",
        "ones": IGNORES,
    },
    "residual_block": {
        "the way around missing": "way-around-missing overwritten-fan-out",
        "the branch missing": "branch-missing overwritten-fan-out",
        "mask left out": "relu-forgotten passed-unchanged",
        "mask on the upstream": "mask-on-dout",
        "mean instead of sum over N": MEAN,
        "divided by N": MEAN,
    },
    "mlp_chain": {
        "y - a instead of a - y": "sign",
        "derivative left out": AS_IT_CAME,
        "derivative at a: a(1-a)": "derivative-of-the-input",
        "(1 - f) missing: output as derivative": "activation-for-slope output-as-local",
        "factor 2": "factor-two",
        "weight instead of activation": NOT_SWAPPED,
    },
    "two_layer": {
        "relu forgotten in backward": "relu-forgotten-in-backward",
        "divided by N once more": "averaged-again",
        "zero": "zero",
        "multiplied by N": "times-N",
    },
    "softmax_jacobian": {
        "diagonal only": "diagonal-only",
        "sign off the diagonal": "off-diagonal-sign",
        "diag(p) alone": "outer-missing",
        "a vector: elementwise p(1-p)": "diagonal-as-vector",
        "negated": "sign",
    },
    "relu_jacobian": {
        "a vector: the diagonal alone": "diagonal-as-vector",
        "the values on the diagonal": "value-for-slope",
    },
    "dz_dw": {
        "ones instead of x": "ones-for-inputs",
        "full: no zeros": "delta-missing",
    },
}
