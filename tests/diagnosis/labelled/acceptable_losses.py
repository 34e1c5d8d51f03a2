"""Which names say it: losses and linear classifiers. By exercise and words; empty where no title says it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.diagnosis.labelled.shared_words import IGNORES

PENALTY = {
    "penalty missing": "penalty-missing",
    "factor 2 of the penalty missing": "factor-two-missing",
    "half of the penalty": "penalty-halved",
    "penalty divided by N": "penalty-averaged",
    "penalty subtracted": "penalty-sign",
    "1/N missing": "mean-missing",
    "sum instead of mean": "summed",
    "correct class forgotten": "right-class-forgotten",
    "correct class counted": "right-class-counted",
    "margins instead of 1": "margin-for-mask",
    "margin forgotten": "delta-missing",
    "-1 instead of the count": "count-missing count-missing-always",
    "correct class once per example, not per margin": "count-missing count-missing-always",
    "no -1 at the label": "label-missing",
    "sign at the label": "label-sign",
}

NAMES: Mapping[str, Mapping[str, str]] = {
    "softmax_loss": {
        "1/N missing": "mean-missing",
        "1/N twice": "mean-twice",
        "no -1 at the label": "label-missing",
        "+1 at the label": "label-sign",
        "negated": "sign",
        "extra s(1-s)": "extra-derivative",
        "1/N before the -1 at the label": "label-not-divided",
        "divided by the number of classes": "mean-over-classes mean-missing+divided-by-C",
        "divided by the number of entries": "mean-over-everything divided-by-C",
        "entry at the label alone": "diagonal-only",
        "-1 in the whole column of the label": "label-for-all",
        "sum instead of mean": "summed",
        "sign: log probability not negated": "sign",
        "-1 at the label and 1/N both missing": "label-missing+times-N",
        "1 - p at the label: sign there": "label-entry-negated",
        "zero: label minus probability": "sign",
    },
    "svm_loss": {
        "margin count missing at the correct class": "right-class-forgotten",
        "1 instead of the count at the correct class": "count-missing count-missing-always",
        "1/N missing": "mean-missing",
        "sign at the correct class": "count-plus",
        "margins instead of 1": "margin-for-mask margin-and-count",
        "1/N twice": "mean-twice",
        "negated": "sign",
        "correct class counted": "right-class-counted",
        "sum instead of mean": "summed",
    },
    "squared_error": {
        "factor 2 missing": "factor-two-missing divided-by-two",
        "negated: y - h": "target-minus-prediction sign",
        "factor 2 missing and negated": "factor-two-missing+sign target-minus-prediction+divided-by-two",
        "ignores dout": IGNORES,
        "mean instead of sum": "averaged divided-by-entries",
        "the square itself": "not-differentiated",
        "summed to one number": "summed-to-one",
    },
    "half_squared_error": {
        "factor 2 too many": "factor-two times-two",
        "negated: y - a": "target-minus-prediction sign",
        "ignores dout": IGNORES,
        "half kept": "divided-by-two",
        "half missing": "half-missing times-two",
        "mean instead of sum": "averaged divided-by-entries",
    },
    "bce_with_logits": {
        "mean missing": "mean-missing times-entries",
        "extra s(1-s)": "slope-twice",
        "negated: y - p": "target-minus-prediction sign",
        "ignores dout": IGNORES,
        "x - y: no sigmoid": "logit-for-probability",
        "target missing": "target-missing",
        "divided by the rows alone": "averaged-over-examples",
    },
    "l2_penalty": {
        "factor 2 missing": "factor-two-missing divided-by-two",
        "lambda missing": "strength-missing",
        "ignores dout": IGNORES,
        "negated": "sign",
        "a half too many": "halved divided-by-two",
        "square kept": "not-differentiated not-differentiated+times-two",
    },
    "svm_loss_naive": PENALTY
    | {
        "sign: minus at the wrong classes, plus at the right one": "sign",
        "zero: never written": "zero",
    },
    "svm_loss_vectorized": PENALTY,
    "softmax_loss_naive": PENALTY
    | {
        "-1 at the label once per class": "label-once-a-class",
        "overwritten: last example alone": "overwritten",
    },
    "softmax_loss_vectorized": PENALTY
    | {
        "dW transposed": "transposed",
        "1/N on the label alone missing": "label-not-divided",
    },
}
