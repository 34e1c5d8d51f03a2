"""The same for the second bank, decided by titles. Empty: no title says it.

Two entries were read again after the first run, when compositions turned out to say what was done ("multiplied by
the output, as if the upstream were 1" is the output), and two are of names that an exercise learnt from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.diagnosis.labelled.shared_words import AS_IT_CAME, IGNORES, MEAN, NOT_SWAPPED

NAMES: Mapping[str, Mapping[str, str]] = {
    "relu": {
        "x itself where positive: the output returned": "relu-multiplies-by-out+ignores-upstream",
        "sign of x instead of the mask": "relu-sign",
    },
    "sigmoid": {"upstream squared": "upstream-squared", "halved": "divided-by-two"},
    "tanh": {"1 + a^2: sign inside": "plus-for-minus", "the value as derivative": "value-for-derivative"},
    "gelu": {"half of the gate missing": "doubled:gate", "x squared missing in the cube's derivative": "x**2->x"},
    "prelu": {"over the wrong axis": "wrong-axis summed-over-last", "ignores dout": IGNORES},
    "max_gate": {"to the wrong one": "max-to-the-wrong-one"},
    "multiply_gate": {"negated": "sign"},
    "affine": {
        "overwritten: last example alone": "last-example",
        "not summed over the examples": "not-summed",
        "averaged over N": MEAN,
        "negated": "sign",
        "sum of x instead of dout": "dout->X",
    },
    "linear_columns": {"upstream ignored": IGNORES, "divided by the outputs": "divided-by-M"},
    "matmul": {"factors exchanged": "order"},
    "temporal_affine": {"averaged": "averaged", "divided by N": "divided-by-N"},
    "softmax_loss": {
        "halved": "divided-by-two",
        "zero at the label": "label-zeroed",
        "computed with probabilities: no logarithm": "logarithm-missing",
    },
    "svm_loss": {"margin forgotten": "delta-missing"},
    "squared_error": {"upstream squared": "upstream-squared", "signs only": "signs-only"},
    "bce_with_logits": {
        "mean missing and negated": "mean-missing+sign target-minus-prediction+times-entries sign+times-entries",
        "divided twice by the entries": "divided-by-entries mean-twice",
    },
    "svm_loss_naive": {
        "transposed": "transposed",
        "1/N missing, factor 2 of the penalty missing": "",
    },
    "svm_loss_vectorized": {"negated": "sign"},
    "softmax_loss_vectorized": {
        "penalty negated": "penalty-sign",
        "1/N and the penalty missing": "penalty-missing+times-N",
    },
    "batchnorm": {
        "negated": "sign",
        "upstream as it came": AS_IT_CAME,
        "gamma once more": "times-gamma",
    },
    "batchnorm_alt": {"the product with xhat left out": "variance-path-ignored", "ivar squared": "root-forgotten"},
    "layernorm": {"1/std missing": "std-missing", "x hat missing: sum of dout": "numbers-of-dbeta"},
    "spatial_groupnorm": {"mean path ignored": "mean-path-ignored"},
    "conv": {
        "upstream ignored": IGNORES,
        "divided by N": MEAN,
        "rows and columns of the windows exchanged": "",
    },
    "max_pool": {"multiplied by the maximum": "times-the-value"},
    "avg_pool": {"upstream ignored": IGNORES},
    "word_embedding": {"table not started from zeros": "", "divided by N": "divided-by-batch divided-by-N"},
    "rnn_step": {"sigmoid's derivative": "derivative-of-sigmoid", "not summed": "not-summed"},
    "rnn": {"divided by T": "divided-by-steps divided-by-T"},
    "lstm_step": {"all gate derivatives missing": "gate-slopes-missing", "zero": "zero"},
    "attention": {
        "upstream ignored": IGNORES,
        "divided by D instead of its root": "size-for-root root-missing+divided-by-D",
    },
    "xyz": {"negated": "sign"},
    "chain_rs": {"a path counted twice": "path-counted-twice"},
    "chain_u": {
        "path through s missing": "path-through-r-only overwritten-fan-out",
        "local gradients left out": "local-forgotten",
    },
    "sigmoid_circuit_fused": {
        "derivative at u: u(1-u)": "derivative-of-x",
        "the multiply gate not swapped": NOT_SWAPPED,
    },
    "sq_err_grad": {"negated": "sign"},
    "three_uses": {"starts at 1": ""},
    "residual_block": {
        "missing transpose of w": "missing-transpose",
        "mask alone, without the upstream": IGNORES,
    },
    "mlp_chain": {"upstream left out": IGNORES, "halved": "divided-by-two"},
    "two_layer_net": {
        "penalty missing": "penalty-missing",
        "factor 2 of the penalty missing": "factor-two-missing",
        "relu forgotten in backward": "relu-forgotten-in-backward",
    },
    "two_branch_block": {
        "the way around missing": "way-around-missing",
        "second branch missing": "second-branch-missing",
    },
    "reshape": {"upstream not reshaped": "shape-kept passed-unchanged"},
    "temporal_softmax_loss": {
        "mask forgotten": "mask-forgotten",
        "divided by N and T": "mean-over-steps divided-by-T",
        "no -1 at the label": "label-missing",
    },
}  # fmt: skip
