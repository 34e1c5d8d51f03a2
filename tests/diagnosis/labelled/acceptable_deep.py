"""Which names say it: normalisation, windows and sequences. By exercise and words; empty where no title says it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.diagnosis.labelled.shared_words import IGNORES, MEAN

NORM = {
    "variance path ignored": "variance-path-ignored",
    "mean path ignored": "mean-path-ignored",
    "both paths ignored": "both-paths-ignored",
    "gamma ignored in dx": "gamma-ignored",
    "x hat missing: sum of dout": "numbers-of-dbeta",
    "mean instead of sum over N": MEAN,
}
LSTM = {
    "path through h missing": "path-through-h-missing",
    "upstream of the cell ignored": "path-through-c-missing",
    "tanh's derivative at the cell missing": "tanh-of-cell-missing",
    "forget gate missing": "forget-gate-missing",
    "mean instead of sum over N": MEAN,
    "tanh's derivative at g missing": "g-slope-missing",
    "sigmoid's derivative for g": "g-as-sigmoid",
}

NAMES: Mapping[str, Mapping[str, str]] = {
    "batchnorm": NORM
    | {
        "N - 1 in the variance's path": "variance-path-one-fewer",
        "1/N of the mean path missing": "mean-path-not-divided",
        "1/N of the variance path missing": "variance-path-not-divided",
        "factor 2 of the variance path missing": "variance-path-halved",
        "sign of the variance path": "variance-path-sign",
        "sign of the mean path": "mean-path-sign",
        "power -1 instead of -3": "variance-power",
        "epsilon omitted in backward": "eps-omitted",
        "centred x instead of x hat": "centred-for-normalised",
        "not summed": "not-summed passed-unchanged",
        "kept axis": "kept-axis axis-too-many",
        "summed over the wrong axis": "wrong-axis",
        "ignores the upstream in dx": f"{IGNORES} zero",
        "1/std missing": "std-missing",
        "1/N missing": "times-N",
        "gamma divided instead of multiplied": "gamma-divides",
        "N missing at dout": "straight-path-divided",
        "gamma and beta forgotten": "scale-and-shift-ignored",
        "beta forgotten": "beta-ignored",
    },
    "layernorm": NORM
    | {
        "over the batch, as in batchnorm": "wrong-axis means-over-wrong-axis",
        "summed over the features": "wrong-axis",
        "gamma after the means": "gamma-last",
    },
    "spatial_batchnorm": NORM
    | {
        "there and back without a transpose": "reshaped-without-moving",
        "height and width exchanged": "height-width-exchanged",
    },
    "spatial_groupnorm": NORM | {"shape (C,)": "kept-axis squeezed"},
    "conv": {
        "overlaps overwritten": "not-accumulated",
        "kernel flipped": "filter-flipped",
        "empty slice at padding 0": "empty-without-padding",
        "stride forgotten in dx": "stride-forgotten",
        "stride forgotten in dw": "stride-forgotten",
        "overwritten: last position alone": "not-accumulated",
        "mean instead of sum": "averaged-over-everything",
        "summed over the batch alone": "pixels-not-summed",
        "padding left on": "padding-not-cut-off",
        "cropped at the corner instead of the padding": "cut-off-on-one-side",
        "divided by N": MEAN,
        "bias forgotten": "bias-forgotten",
        "bias once per entry of the window": "bias-in-the-sum",
    },
    "max_pool": {
        "overlaps overwritten": "winner-overwritten",
        "upstream to the whole window": "to-all-pixels",
        "stride forgotten at the place of the maximum": "wrong-window winner-misplaced",
        "to the smallest entry": "to-the-smallest",
        "1: ignores dout": IGNORES,
        "always the first pixel": "to-the-first-pixel",
        "shared out as by a mean": "shared-evenly",
    },
    "avg_pool": {
        "overlaps overwritten": "not-accumulated",
        "not divided by the window": "not-divided",
        "divided by the height alone": "divided-by-height",
        "first pixel of the window alone": "to-the-first-pixel",
        "stride forgotten": "wrong-window",
    },
    "word_embedding": {
        "repeated words overwritten": "overwrites-repeats",
        "repeated words counted once (+= by index)": "overwrites-repeats",
        "averaged over how often a word occurs": "averaged",
        "counts: ignores dout": IGNORES,
    },
    "rnn_step": {
        "tanh's derivative missing": "tanh-missing",
        "derivative at the output": "derivative-at-the-output",
        "missing transpose of Wh": "missing-transpose",
        "mean instead of sum over N": MEAN,
        "next_h instead of prev_h": "state-after",
        "transposed": "transposed",
    },
    "rnn": {
        "no gradient through time": "not-carried",
        "overwritten: first step alone": "overwritten",
        "only the last step's upstream": "last-upstream-only",
        "zero": "zero",
    },
    "lstm_step": LSTM,
    "attention": {
        "dot term missing": "dot-term-missing",
        "scale missing in backward": "root-missing",
        "diagonal only: A(1 - A)": "diagonal-only",
        "softmax's derivative missing": "softmax-missing",
        "sum over the wrong axis": "wrong-axis",
        "missing transpose of A": "weights-not-turned",
        "missing transpose of ds": "scores-not-turned",
    },
}
