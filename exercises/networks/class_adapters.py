"""How the network classes of CS231n are made and called: source that is run beside the student's code.

An adapter defines `called(*leaves)`. It makes the student's class with small sizes, by the keywords that its
constructor knows (they changed over the years), puts the drawn numbers in the place of every entry of `params`, and
returns `(loss, gradients)`. A pair of texts tells what does not fit: `("told", ...)`, or `("not begun", ...)`. What
is told under "about params", among the gradients, is that a parameter has a wrong shape. The student's names are in
`submission`.

What the course hands out beside the students' own files, and what needs a compiled module, may not be there: the
naive layers stand in for the fast ones, and the sandwiches of layers are made of the student's own.
"""

from __future__ import annotations

COMMON = '''
import inspect

LEFT_OUT = "; a course whose students do not write it leaves this exercise out of its assignment.toml"


class Unfit(Exception):
    pass


def within(method):
    """The method itself; where it raised, the worker puts one here that runs it in parts, to save what is right."""
    return method


def takes(function):
    """The names of its parameters; None where it takes any."""
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    if any(each.kind is each.VAR_KEYWORD for each in known.values()):
        return None
    return list(known)


def made(name, *sizes, **named):
    """The class with these sizes, and those of the named arguments that its constructor knows."""
    known = takes(submission[name])
    if known is not None:
        named = {key: value for key, value in named.items() if key in known}
    return submission[name](*sizes, **named)


def filled(name, net, values):
    """(the shapes of its own parameters, what is wrong with one), once they have the drawn values."""
    own = getattr(net, "params", None)
    if not isinstance(own, dict):
        raise Unfit("told", name + ".__init__ makes no dictionary `params` of its parameters")
    if not own:
        raise Unfit("not begun", name + ".__init__ leaves `params` empty")
    missing = [key for key in values if own.get(key) is None]
    if missing:
        there = ", ".join(sorted(str(key) for key in own))
        raise Unfit("told", name + ".params has no " + ", ".join(missing) + "; it has " + there)
    shapes, wrong = {}, ""
    for key, value in values.items():
        shapes[key] = np.shape(own[key])
        own[key] = value
        if shapes[key] in ((), np.shape(value)):  # one number for all of a bias broadcasts, until the first step
            shapes[key] = np.shape(value)
        elif [n for n in shapes[key] if n != 1] == [n for n in np.shape(value) if n != 1]:
            own[key] = value.reshape(shapes[key])
        else:
            text = name + ".__init__ makes " + key + " of shape " + str(shapes[key])
            wrong = wrong or text + ", where " + str(np.shape(value)) + " is right"
            if shapes[key] == np.shape(value)[::-1]:
                own[key] = value.T.copy()  # its code reckons with that, and is judged by it
            else:
                shapes[key] = np.shape(value)
    return shapes, wrong


def answered(name, returned, values, shapes, wrong):
    """(loss, gradients by name), each gradient in its parameter's shape, with what is wrong about params."""
    if returned is None:
        raise Unfit("not begun", name + ".loss returns None")
    if type(returned) in (tuple, list) and len(returned) == 2 and type(returned[1]).__name__ == "Failed":
        return tuple(returned)
    if type(returned) not in (tuple, list) or len(returned) != 2 or not isinstance(returned[1], dict):
        said = "a " + type(returned).__name__
        if type(returned) in (tuple, list):
            said = str(len(returned)) + " values"
            if len(returned) == 2:
                said = "a " + type(returned[1]).__name__ + " in the place of grads"
        raise Unfit("told", name + ".loss must return loss, grads with grads a dictionary; it returns " + said)
    loss, gradients = returned
    if not gradients and (loss is None or (np.ndim(loss) == 0 and loss == 0)):
        raise Unfit("not begun", name + ".loss returns 0 and no gradients")
    found = {"about params": wrong} if wrong else {}
    for key, value in values.items():
        mine = gradients.get(key, gradients.get("d" + key))
        if isinstance(mine, np.ndarray) and mine.shape == shapes[key] != np.shape(value):
            flipped = shapes[key] == np.shape(value)[::-1] and 1 not in shapes[key]
            mine = mine.T if flipped else mine.reshape(np.shape(value))
        found[key] = mine
    return loss, found


class Whole(int):
    """A size as Python 2 had it, in which the course's classes were written until 2016: 6 / 2 is a whole number."""

    def __truediv__(self, other):
        exact = int(self) / other
        return Whole(exact) if exact == int(exact) else exact

    def __mul__(self, other):
        product = int(self) * other
        return Whole(product) if isinstance(product, int) else product

    __rmul__ = __mul__


def conv_forward_fast(x, w, b, conv_param):
    """The naive one; the pad of the course's own file of 2016 is (3 - 1) / 2."""
    whole = {key: int(value) if value == int(value) else value for key, value in conv_param.items()}
    return submission["conv_forward_naive"](x, w, b, whole)


def looked_up(name):
    """Their function of this name, looked for when it is called: an error speaks of the layer that they write."""
    return lambda *args: submission[name](*args)


def in_place_of_fast_layers():
    submission["conv_forward_fast"] = conv_forward_fast
    for fast, naive in (
        ("conv_backward_fast", "conv_backward_naive"),
        ("max_pool_forward_fast", "max_pool_forward_naive"),
        ("max_pool_backward_fast", "max_pool_backward_naive"),
    ):
        submission[fast] = looked_up(naive)
    for sandwich in (
        affine_relu_forward, affine_relu_backward,
        conv_relu_forward, conv_relu_backward,
        conv_relu_pool_forward, conv_relu_pool_backward,
    ):
        if not inspect.isfunction(submission.get(sandwich.__name__)):
            submission[sandwich.__name__] = sandwich


def affine_relu_forward(x, w, b):
    z, kept = submission["affine_forward"](x, w, b)
    out, mask = submission["relu_forward"](z)
    return out, (kept, mask)


def affine_relu_backward(dout, cache):
    kept, mask = cache
    return submission["affine_backward"](submission["relu_backward"](dout, mask), kept)


def conv_relu_forward(x, w, b, conv_param):
    z, kept = submission["conv_forward_fast"](x, w, b, conv_param)
    out, mask = submission["relu_forward"](z)
    return out, (kept, mask)


def conv_relu_backward(dout, cache):
    kept, mask = cache
    return submission["conv_backward_fast"](submission["relu_backward"](dout, mask), kept)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    z, kept = conv_relu_forward(x, w, b, conv_param)
    out, pooled = submission["max_pool_forward_fast"](z, pool_param)
    return out, (kept, pooled)


def conv_relu_pool_backward(dout, cache):
    kept, pooled = cache
    return conv_relu_backward(submission["max_pool_backward_fast"](dout, pooled), kept)


def called(*leaves):
    try:
        return network(*leaves)
    except Unfit as unfit:
        return unfit.args
'''
"""What all of them have in common; each adds `network(*leaves)`."""

TWO_LAYER = (
    COMMON
    + '''

def network(W1, b1, W2, b2, X, y, reg):
    """Until 2019 loss takes reg, and the constructor sizes alone; since 2020 the constructor takes it."""
    values = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    in_place_of_fast_layers()
    net = made("TwoLayerNet", W1.shape[0], W1.shape[1], W2.shape[1], reg=reg)
    about = filled("TwoLayerNet", net, values)
    known = takes(net.loss)
    returned = within(net.loss)(X, y, reg=reg) if known and "reg" in known else within(net.loss)(X, y)
    return answered("TwoLayerNet", returned, values, *about)
'''
)

FULLY_CONNECTED = (
    COMMON
    + """

def network(*leaves):
    *numbers, X, y, reg = leaves
    values = dict(zip(PARAMETERS, numbers))
    in_place_of_fast_layers()
    more = {}
    if NORMALISATION:
        known = takes(submission["FullyConnectedNet"])
        if known is None or "normalization" in known:
            more = {"normalization": NORMALISATION}
        elif NORMALISATION == "batchnorm" and "use_batchnorm" in known:
            more = {"use_batchnorm": True}
        else:
            raise Unfit("not begun", "FullyConnectedNet.__init__ takes no " + NORMALISATION + LEFT_OUT)
    weights = [value for key, value in values.items() if key.startswith("W")]
    net = made(
        "FullyConnectedNet", [w.shape[1] for w in weights[:-1]],
        input_dim=X.shape[1], num_classes=weights[-1].shape[1], reg=reg, dtype=np.float64, **more
    )
    about = filled("FullyConnectedNet", net, values)
    return answered("FullyConnectedNet", within(net.loss)(X, y), values, *about)
"""
)
"""Asks for PARAMETERS, the names of all parameters in the order of the leaves, and NORMALISATION, "" for none."""

THREE_LAYER_CONV = (
    COMMON
    + """

def network(W1, b1, W2, b2, W3, b3, X, y, reg):
    values = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    in_place_of_fast_layers()
    filters, hidden, classes = Whole(W1.shape[0]), W2.shape[1], W3.shape[1]
    net = made(
        "ThreeLayerConvNet", input_dim=tuple(Whole(size) for size in X.shape[1:]), num_filters=filters,
        filter_size=W1.shape[2], hidden_dim=hidden, num_classes=classes, reg=reg, dtype=np.float64
    )
    about = filled("ThreeLayerConvNet", net, values)
    return answered("ThreeLayerConvNet", within(net.loss)(X, y), values, *about)
"""
)

CAPTIONING = (
    COMMON
    + '''

def affine_forward(x, w, b):
    return x.reshape(len(x), -1).dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    rows = x.reshape(len(x), -1)
    return dout.dot(w.T).reshape(x.shape), rows.T.dot(dout), dout.sum(axis=0)


def network(*leaves):
    """The affine layer, which the course hands out with this assignment, may be in a file that is not there."""
    *numbers, features, words, targets, mask = leaves
    values = dict(zip(PARAMETERS, numbers))
    for given in (affine_forward, affine_backward):
        if given.__name__ not in submission:
            submission[given.__name__] = given
    W_embed, W_proj = values["W_embed"], values["W_proj"]
    known = ["<NULL>", "<START>", "<END>"] + ["word%d" % n for n in range(3, len(W_embed))]
    net = made(
        "CaptioningRNN", {word: place for place, word in enumerate(known)}, input_dim=W_proj.shape[0],
        wordvec_dim=W_embed.shape[1], hidden_dim=W_proj.shape[1], cell_type=CELL, dtype=np.float64
    )
    about = filled("CaptioningRNN", net, values)
    captions = np.concatenate([words[:, :1], targets], axis=1)
    return answered("CaptioningRNN", within(net.loss)(features, captions), values, *about)
'''
)
"""Asks for PARAMETERS and CELL, "rnn" or "lstm"."""


def with_names(adapter: str, **names: object) -> str:
    """The adapter's source with these constants above it."""
    return "".join(f"{name} = {value!r}\n" for name, value in names.items()) + adapter
