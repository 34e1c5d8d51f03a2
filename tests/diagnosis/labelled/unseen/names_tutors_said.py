"""What exercises that ask for an algorithm or an experiment say of `tutors_*` labels in words: parts, with | between."""

# ruff: noqa: E501 (a label beside what is said of it)

from __future__ import annotations

from collections.abc import Mapping

SAID: Mapping[str, Mapping[str, str]] = {
    "delta_recursion": {
        "the slope is missing at the last layer": "without the slope σ'(z)",
        "the slope is missing in hidden layers": "without the slope σ'(z)",
        "y - a for a - y": "of y - a where a - y belongs",
        "the slope at the activation": "of the slope taken at a instead of at z",
        "the slope at the activation, in every layer": "of the slope taken at a instead of at z",
        "the factor 2 of the square": "of a squared error without the half",
        "the outer product the wrong way round": "of the outer product the wrong way round",
        "the activations after the layer": "of δ with the activations after the layer instead of before it",
        "the sums z for the activations": "of δ with z instead of the activations before the layer",
        "the last layer first": "in the wrong order: the last layer's comes first",
    },
    "k_layer_chain": {
        "every layer gets de itself": "the layers between are missing",
    },
    "topo_sort": {
        "nodes several times": "stands there",
        "the search begins at the first node only": "is missing, one of",
    },
    "value_engine": {
        "= for += in both operations": "is it added to what is there, at each use?",
    },
    "sgd": {
        "uphill": "of a step up the slope: the sign is the wrong way round",
        "no learning rate": "of a step without the learning rate",
        "only the step": "of the change alone",
        "a fixed rate": "of the default learning rate, not of the one in config",
    },
    "sgd_momentum": {
        "plus the gradient": "of a velocity with + learning_rate · dw, which goes up the slope",
        "1 - mu before the gradient": "of a velocity averaged with (1 - momentum)",
        "minus the velocity": "of w minus the velocity, which has its sign already",
        "the old velocity is dropped": "of a step without the old velocity",
        "mu is dropped": "of a velocity that keeps all of the old one, without the momentum",
        "the velocity is not kept": "from before the step",
        "the step is taken without the velocity": "of a step without the old velocity",
        "the learning rate is left out": "of a velocity without the learning rate",
    },
    "rmsprop": {
        "eps under the root": "of an epsilon under the root",
        "the root is forgotten": "of a division by the mean of squares itself, without the root",
        "decay and 1 - decay exchanged": "of a cache with the two weights exchanged",
        "1 - decay is missing": "of a cache without the 1 - decay_rate",
        "the old cache is dropped": "of a cache without the old one",
        "uphill": "of a step up the slope: the sign is the wrong way round",
        "decay is dropped, as in AdaGrad": "of a cache that only grows, without the decay",
        "sizes for squares": "of a cache of |dw| where its square belongs",
    },
    "adam": {
        "no correction of v": "of a correction of m alone",
        "no correction": "without the correction of m and v for their start at 0",
        "t is not counted up": "of t as it was: it counts this step already|from before the step",
        "the corrected ones are kept": "of the corrected mean: the plain one is to be kept",
        "the gradient in v is not squared": "of |dw| where its square belongs",
        "eps under the root": "of an epsilon under the root",
        "beta2 for m": "of the two betas exchanged",
        "the powers of the betas are forgotten": "of the factors 1 - beta, without the power t",
        "the root is forgotten": "without the root",
    },
    "sgd_step": {
        "uphill": "of a step up the slope: the sign is the wrong way round",
        "the biases are left out": "is missing",
    },
    "dropout_trial": {
        "not scaled": "kept entries are 1 times x",
        "scaled by 1/(1-p)": "that is 1/(1 - p)",
        "p taken for the probability of dropping": "did you drop with probability p?|that is 1/(1 - p)",
        "a new mask on the way back": "is a new mask drawn on the way back?",
        "the mask without its scale": "has the mask of the forward pass, but another scale",
        "the mask is forgotten": "dx is not 0 where the entry was dropped",
        "the seed is ignored": "two calls with the same seed dropped other entries",
        "the same mask each time": "two calls without a seed dropped the same entries",
        "the scale twice": "has the mask of the forward pass, but another scale",
    },
    "xavier_init": {
        "a variance of 1": "it fits",
        "the root is missing": "it fits",
        "n_out for n_in": "it fits",
        "He's 2": "it fits",
    },
    "he_init": {
        "the 2 is missing": "it fits",
        "the root is missing": "it fits",
        "uniform, never below 0": "it fits",
    },
    "training_loop": {
        "uphill": "the sign of the step is the wrong way round",
        "the sum over the batch": "takes the sum over the batch",
        "divided by all examples": "divides by all 6 examples",
        "the sign of the residual": "the sign of the step is the wrong way round",
        "the same order in every epoch": "every epoch goes through the same batches in the same order",
        "the order is never random": "is the order random?",
        "the first weights are missing": "w before the first step and after each of",
        "the gradient at the first weights": "all gradients are taken at the first w",
    },
    "minibatch_gradient": {
        "the sum": "is the sum over a batch of 2, not the mean, or the mean with a 2 too many",
        "divided by all examples": "is the sum over a batch divided by all",
        "the wrong sign": "has its sign the wrong way round|is the right one with the wrong sign",
        "the 2 of the square": "is the sum over a batch of 2, not the mean, or the mean with a 2 too many|is twice the right one",
    },
    "numerical_grad": {
        "h for 2h": "is what you divide by the way that the entry moved?",
        "brackets forgotten, / 2 * h": "of / 2 * h, which multiplies by h, where / (2 * h) divides by it",
        "one side only": "the error is the same at every entry",
        "x is not put back": "the error grows from each entry",
        "all entries moved at once": "of all entries moved at once: move one and leave the others",
        "minus exchanged": "with the wrong sign: which of the two values is taken off the other?",
    },
    "check_backward": {
        "the sum of all entries only": "its rows and columns are swapped",
    },
    "gradient_norms": {
        "last layer first": "these are in the order from the last layer to the first",
        "the root is forgotten": "these are the squares of the norms",
    },
    "forward_loop": {
        "the bias is forgotten": "without the bias",
        "x is not kept": "activations has 1 arrays, expected 2: x and one for each layer",
        "every layer gets x": "of a layer fed with x instead of the activations before it",
    },
    "symmetry": {
        "the new W2 for W1's gradient": "W2 was changed before the gradient of W1 was computed",
        "not divided by N": "a sum over the examples, where L is a mean",
        "uphill": "a step uphill",
        "the slope is forgotten": "computed without the slope of the sigmoid",
    },
    "unbroadcast": {
        "the mean over stretched axes": "of a mean where a sum belongs",
    },
}
