"""What tutors see in whole networks: wrong caches, lost penalties, slopes at the wrong point, lost branches."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)
# fmt: off

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

TWO = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)

def softmax_loss(x, y):
    N = len(x)
    z = x - x.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(N), y]))
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N

def two_layer_loss(W1, b1, W2, b2, X, y):
    z, fc1 = affine_forward(X, W1, b1)
    h, act = relu_forward(z)
    s, fc2 = affine_forward(h, W2, b2)
    loss, ds = softmax_loss(s, y)
    dh, dW2, db2 = affine_backward(ds, fc2)
    dz = relu_backward(dh, act)
    dX, dW1, db1 = affine_backward(dz, fc1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
NET = """
import numpy as np

def two_layer_net(W1, b1, W2, b2, X, y, reg):
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    scores = scores - np.max(scores, axis=1, keepdims=True)
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[range(N), y])) / N
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = hidden.T.dot(dscores) + 2 * reg * W2
    grads["b2"] = np.sum(dscores, axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T.dot(dhidden) + 2 * reg * W1
    grads["b1"] = np.sum(dhidden, axis=0)
    return loss, grads
"""
DELTA = """
import numpy as np

def delta_recursion(x, y, weights, biases):
    sigma = lambda z: 1 / (1 + np.exp(-z))
    acts, zs = [x], []
    for W, b in zip(weights, biases):
        zs.append(W @ acts[-1] + b)
        acts.append(sigma(zs[-1]))
    prime = lambda z: sigma(z) * (1 - sigma(z))
    L = len(weights)
    deltas = [None] * L
    deltas[L - 1] = (acts[L] - y) * prime(zs[L - 1])
    for l in range(L - 2, -1, -1):
        deltas[l] = weights[l + 1].T @ deltas[l + 1] * prime(zs[l])
    dWs = [np.outer(deltas[l], acts[l]) for l in range(L)]
    dbs = [d.copy() for d in deltas]
    return deltas, dWs, dbs
"""
MLP = """
import numpy as np

def mlp_chain(w1, x, b1, w2, w3, y):
    sig = lambda a: 1 / (1 + np.exp(-a))
    p1 = w1 * x
    a1 = p1 + b1
    f1 = sig(a1)
    a2 = w2 * f1
    f2 = sig(a2)
    a3 = w3 * f2
    f3 = sig(a3)
    df3 = f3 - y
    dy = y - f3
    da3 = df3 * f3 * (1 - f3)
    dw3 = da3 * f2
    df2 = da3 * w3
    da2 = df2 * f2 * (1 - f2)
    dw2 = da2 * f1
    df1 = da2 * w2
    da1 = df1 * f1 * (1 - f1)
    db1 = da1
    dp1 = da1
    dw1 = dp1 * x
    dx = dp1 * w1
    return locals()
"""
RESIDUAL = """
import numpy as np

def residual_block(x, v, a, w, b):
    z = x @ v + a
    r = z * (z > 0)
    F = r @ w + b
    h = x + F
    g = {"dh": h, "dF": h}
    g["dr"] = g["dF"] @ w.T
    g["dw"] = r.T @ g["dF"]
    g["db"] = g["dF"].sum(axis=0)
    g["dz"] = g["dr"] * (z > 0)
    g["dv"] = x.T @ g["dz"]
    g["da"] = g["dz"].sum(axis=0)
    g["dx"] = g["dh"] + g["dz"] @ v.T
    return g
"""
BRANCHES = """
import numpy as np

def two_branch_block(x, v1, w1, v2, w2):
    z1, z2 = x @ v1, x @ v2
    r1, r2 = np.maximum(z1, 0), np.maximum(z2, 0)
    h = x + r1 @ w1 + r2 @ w2
    dh = h
    ds = dh
    dF1, dF2 = ds, ds
    dr1, dr2 = dF1 @ w1.T, dF2 @ w2.T
    dw1, dw2 = r1.T @ dF1, r2.T @ dF2
    dz1, dz2 = dr1 * (r1 > 0), dr2 * (r2 > 0)
    dv1, dv2 = x.T @ dz1, x.T @ dz2
    dx = dh + dz1 @ v1.T + dz2 @ v2.T
    return dict(dh=dh, ds=ds, dF1=dF1, dF2=dF2, dr1=dr1, dr2=dr2, dw1=dw1, dw2=dw2,
                dz1=dz1, dz2=dz2, dv1=dv1, dv2=dv2, dx=dx)
"""
SCORE = """
import numpy as np

def score_gradients(x, W, b, u):
    z = W @ x + b
    h = 1 / (1 + np.exp(-z))
    du = h
    dh = u
    dz = dh * h * (1 - h)
    dW = np.outer(dz, x)
    db = dz
    dx = W.T @ dz
    return {"du": du, "dh": dh, "dz": dz, "dW": dW, "db": db, "dx": dx}
"""
SCORE_TWO = """
import numpy as np

def score_gradients_two(x, W1, b1, W2, b2, u):
    f = lambda z: 1 / (1 + np.exp(-z))
    h1 = f(W1.dot(x) + b1)
    h2 = f(W2.dot(h1) + b2)
    du, dh2 = h2, u
    dz2 = dh2 * h2 * (1 - h2)
    dW2, db2 = np.outer(dz2, h1), dz2
    dh1 = W2.T.dot(dz2)
    dz1 = dh1 * h1 * (1 - h1)
    dW1, db1 = np.outer(dz1, x), dz1
    dx = W1.T.dot(dz1)
    return dict(du=du, dh2=dh2, dz2=dz2, dW2=dW2, db2=db2, dh1=dh1, dz1=dz1, dW1=dW1, db1=db1, dx=dx)
"""


def each(nodes, said):
    return dict.fromkeys(nodes.split(), said)


def two(nodes, said, *slips):
    return wrong("two_layer", TWO, each(nodes, said), *slips)


def net(nodes, said, *slips):
    return wrong("two_layer_net", NET, each(nodes, said), *slips)


def delta(nodes, said, *slips):
    return wrong("delta_recursion", DELTA, each(nodes, said), *slips)


def mlp(nodes, said, *slips):
    return wrong("mlp_chain", MLP, each(nodes, said), *slips)


def residual(nodes, said, *slips):
    return wrong("residual_block", RESIDUAL, each(nodes, said), *slips)


def branches(nodes, said, *slips):
    return wrong("two_branch_block", BRANCHES, each(nodes, said), *slips)


def score(nodes, said, *slips):
    return wrong("score_gradients", SCORE, each(nodes, said), *slips)


def two_scores(nodes, said, *slips):
    return wrong("score_gradients_two", SCORE_TWO, each(nodes, said), *slips)


COMMON = (
    two("dW1 db1", "the way back passes by the ReLU", ("dz = relu_backward(dh, act)", "dz = dh")),
    two("dW1 db1", "the ReLU gets the wrong cache, h's scores", ("dz = relu_backward(dh, act)", "dz = dh * (dh > 0)")),
    two("dW1 db1", "the ReLU is applied to the gradient", ("dz = relu_backward(dh, act)", "dz, _ = relu_forward(dh)")),
    two("dW1 db1 dW2 db2", "divided by N once more", ("loss, ds = softmax_loss(s, y)", "loss, ds = softmax_loss(s, y)\n    ds = ds / len(X)")),
    two("dW1 db1 dW2 db2", "multiplied by N", ("loss, ds = softmax_loss(s, y)", "loss, ds = softmax_loss(s, y)\n    ds = ds * len(X)")),
    two("dW1 db1 dW2 db2", "the loss times the gradient of the scores", ("affine_backward(ds, fc2)", "affine_backward(loss * ds, fc2)")),
    two("dW1 db1 dW2 db2", "the scores go back instead of their gradient", ("affine_backward(ds, fc2)", "affine_backward(s, fc2)")),
    two("loss dW1 db1 dW2 db2", "no ReLU at all", ("h, act = relu_forward(z)", "h, act = z, z"), ("dz = relu_backward(dh, act)", "dz = dh")),
    two("loss dW1 db1 dW2 db2", "a ReLU on the scores as well", ("s, fc2 = affine_forward(h, W2, b2)", "s, fc2 = affine_forward(h, W2, b2)\n    s, last = relu_forward(s)"), ("loss, ds = softmax_loss(s, y)", "loss, ds = softmax_loss(s, y)\n    ds = relu_backward(ds, last)")),
    net("dW1 dW2", "no penalty in the gradients", (" + 2 * reg * W2", ""), (" + 2 * reg * W1", "")),
    net("dW1 dW2", "the penalty's 2 is missing in the gradients", ("2 * reg * W2", "reg * W2"), ("2 * reg * W1", "reg * W1")),
    net("loss", "no penalty in the loss", ("    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))\n", "")),
    net("loss", "a half in the penalty of the loss", ("loss += reg *", "loss += 0.5 * reg *")),
    net("loss", "the penalty of W1 only", (" + np.sum(W2 * W2)", "")),
    net("loss", "the penalty on the biases too", ("np.sum(W2 * W2))", "np.sum(W2 * W2) + np.sum(b1 * b1) + np.sum(b2 * b2))")),
    net("db1 db2", "the biases' gradients are penalised", ("np.sum(dscores, axis=0)", "np.sum(dscores, axis=0) + 2 * reg * b2"), ("np.sum(dhidden, axis=0)", "np.sum(dhidden, axis=0) + 2 * reg * b1")),
    net("dW1 db1 dW2 db2", "the data part is not divided by N", ("    dscores /= N\n", "")),
    net("dW1 db1 dW2 db2", "the one is not subtracted at the label", ("    dscores[range(N), y] -= 1\n", "")),
    net("dW1 db1", "the ReLU's mask is forgotten", ("    dhidden[hidden <= 0] = 0\n", "")),
    net("dW1 db1", "the mask from the gradient", ("dhidden[hidden <= 0] = 0", "dhidden[dhidden <= 0] = 0")),
    net("dW1 db1", "the mask the wrong way round", ("dhidden[hidden <= 0] = 0", "dhidden[hidden > 0] = 0")),
    net("dW1 db1", "times the hidden values, not the mask", ("dhidden[hidden <= 0] = 0", "dhidden *= hidden")),
    net("dW1", "the penalty of the other matrix is doubled", ("2 * reg * W1", "4 * reg * W1")),
    net("loss", "the data part is summed, not divided by N", ("/ N\n    loss", "\n    loss")),
    net("db1 db2", "the means over the batch", ("np.sum(dscores, axis=0)", "np.mean(dscores, axis=0)"), ("np.sum(dhidden, axis=0)", "np.mean(dhidden, axis=0)")),
    net("dW1 dW2", "the penalty divided by N", ("2 * reg * W2", "2 * reg * W2 / N"), ("2 * reg * W1", "2 * reg * W1 / N")),
    net("dW1 dW2", "the penalty's gradient subtracted", ("+ 2 * reg * W2", "- 2 * reg * W2"), ("+ 2 * reg * W1", "- 2 * reg * W1")),
    delta("delta", "the slope is missing at the last layer", ("(acts[L] - y) * prime(zs[L - 1])", "acts[L] - y")),
    delta("delta", "the slope is missing in hidden layers", (" * prime(zs[l])\n", "\n")),
    delta("delta", "y - a for a - y", ("(acts[L] - y)", "(y - acts[L])")),
    delta("delta", "the slope at the activation", ("prime(zs[l])\n", "prime(acts[l + 1])\n")),
    delta("delta", "the slope at the activation, in every layer", ("prime(zs[L - 1])", "prime(acts[L])"), ("prime(zs[l])\n", "prime(acts[l + 1])\n")),
    delta("delta", "the factor 2 of the square", ("(acts[L] - y)", "2 * (acts[L] - y)")),
    delta("dW", "the outer product the wrong way round", ("np.outer(deltas[l], acts[l])", "np.outer(acts[l], deltas[l])")),
    delta("dW", "the activations after the layer", ("np.outer(deltas[l], acts[l])", "np.outer(deltas[l], acts[l + 1])")),
    delta("dW", "the sums z for the activations", ("np.outer(deltas[l], acts[l])", "np.outer(deltas[l], zs[l - 1] if l else x)")),
    delta("db", "the last layer first", ("dbs = [d.copy() for d in deltas]", "dbs = deltas[::-1]")),
    delta("dW", "the last layer first", ("for l in range(L)]\n", "for l in reversed(range(L))]\n")),
    delta("db", "delta times the activation", ("d.copy() for d in deltas", "d * a for d, a in zip(deltas, acts[1:])")),
    delta("delta dW db", "the last layer first", ("return deltas, dWs, dbs", "return deltas[::-1], dWs[::-1], dbs[::-1]")),
    mlp("da3", "the slope is taken at the output", ("df3 * f3 * (1 - f3)", "df3 * sig(f3) * (1 - sig(f3))")),
    mlp("da2", "a (1 - a) of the input", ("df2 * f2 * (1 - f2)", "df2 * a2 * (1 - a2)")),
    mlp("da1", "1 - f only", ("df1 * f1 * (1 - f1)", "df1 * (1 - f1)")),
    mlp("da2", "upstream forgotten", ("df2 * f2 * (1 - f2)", "f2 * (1 - f2)")),
    mlp("dw2", "the sum instead of the activation", ("da2 * f1", "da2 * a1")),
    mlp("dw3", "the neuron's own output", ("da3 * f2", "da3 * f3")),
    mlp("df2 dw3", "the two factors exchanged", ("dw3 = da3 * f2", "dw3 = da3 * w3"), ("df2 = da3 * w3", "df2 = da3 * f2")),
    mlp("df3", "the square's 2 kept", ("df3 = f3 - y", "df3 = 2 * (f3 - y)")),
    mlp("df3", "the wrong sign", ("df3 = f3 - y", "df3 = y - f3")),
    mlp("dy", "the wrong sign", ("dy = y - f3", "dy = f3 - y")),
    mlp("df1", "the wrong weight", ("da2 * w2", "da2 * w1")),
    mlp("db1", "times x", ("db1 = da1", "db1 = da1 * x")),
    mlp("dw1", "upstream before the slope", ("dp1 * x", "df1 * x")),
    mlp("db1", "1, the local derivative", ("db1 = da1", "db1 = 1.0")),
    mlp("dx", "the input instead of the weight", ("dp1 * w1", "dp1 * x")),
    residual("dx", "the way around is forgotten", ('g["dx"] = g["dh"] + g["dz"] @ v.T', 'g["dx"] = g["dz"] @ v.T')),
    residual("dx", "the way through the branch is forgotten", ('g["dh"] + g["dz"] @ v.T', 'g["dh"]')),
    residual("dz", "the mask is forgotten", ('g["dr"] * (z > 0)', 'g["dr"]')),
    residual("dz", "the mask from dr", ('g["dr"] * (z > 0)', 'g["dr"] * (g["dr"] > 0)')),
    residual("dw", "z for r", ("r.T @", "z.T @")),
    residual("db", "the mean over the batch", ('g["dF"].sum(axis=0)', 'g["dF"].mean(axis=0)')),
    residual("dx", "the ways multiplied", ('g["dh"] + g["dz"] @ v.T', 'g["dh"] * (g["dz"] @ v.T)')),
    residual("dx", "the way around takes 1 with it, dh forgotten", ('g["dh"] + g["dz"] @ v.T', '1 + g["dz"] @ v.T')),
    residual("dF", "the block's own output goes back", ('"dF": h', '"dF": F')),
    residual("dv", "the gradient before the ReLU", ('x.T @ g["dz"]', 'x.T @ g["dr"]')),
    branches("dx", "the way around is forgotten", ("dx = dh + dz1", "dx = dz1")),
    branches("dx", "the second branch is forgotten", (" + dz2 @ v2.T", "")),
    branches("dx", "the way around for each branch", ("dx = dh + dz1", "dx = 2 * dh + dz1")),
    branches("dF1 dF2", "halved, shared between the branches", ("dF1, dF2 = ds, ds", "dF1, dF2 = ds / 2, ds / 2")),
    branches("dr2", "the first branch's weights in the second", ("dF2 @ w2.T", "dF2 @ w1.T")),
    branches("dz1 dz2", "masks forgotten", ("dr1 * (r1 > 0), dr2 * (r2 > 0)", "dr1, dr2")),
    branches("dz1 dz2", "the masks of the other branch", ("dr1 * (r1 > 0), dr2 * (r2 > 0)", "dr1 * (r2 > 0), dr2 * (r1 > 0)")),
    branches("dx", "the mean of the ways", ("dx = dh + dz1 @ v1.T + dz2 @ v2.T", "dx = (dh + dz1 @ v1.T + dz2 @ v2.T) / 3")),
    score("dW", "the outer product the wrong way round", ("np.outer(dz, x)", "np.outer(x, dz)")),
    score("dx", "W is not transposed", ("W.T @ dz", "W @ dz")),
    score("dz", "the slope is missing", ("dh * h * (1 - h)", "dh")),
    score("dz", "the slope at the output", ("dh * h * (1 - h)", "dh / (1 + np.exp(-h)) * (1 - 1 / (1 + np.exp(-h)))")),
    score("dz", "h for its slope", ("dh * h * (1 - h)", "dh * h")),
    score("dW", "the upstream before the slope", ("np.outer(dz, x)", "np.outer(dh, x)")),
    score("dW", "the output for the input", ("np.outer(dz, x)", "np.outer(dz, h)")),
    score("du", "the sums for the activations", ("du = h", "du = z")),
    score("db", "before the slope", ("db = dz", "db = dh")),
    score("du dh", "exchanged", ("du = h\n", "du = u\n"), ("dh = u\n", "dh = h\n")),
    two_scores("dW2", "x for the hidden layer", ("np.outer(dz2, h1)", "np.outer(dz2, x)")),
    two_scores("dh1", "the other layer's weights", ("W2.T.dot(dz2)", "W1.T.dot(dz2)")),
    two_scores("dh1", "W2 not transposed", ("W2.T.dot(dz2)", "W2.dot(dz2)")),
    two_scores("dz1", "the slope of the other layer", ("dh1 * h1 * (1 - h1)", "dh1 * h2 * (1 - h2)")),
    two_scores("dx", "W2 for W1", ("W1.T.dot(dz1)", "W2.T.dot(dz1)")),
    two_scores("dW1", "the upstream of the layer above", ("np.outer(dz1, x)", "np.outer(dz2, x)")),
    two_scores("dh1", "the slope skipped, from dh2", ("W2.T.dot(dz2)", "W2.T.dot(dh2)")),
)
OWN = (
    net("dW1", "gradients are clipped", ("X.T.dot(dhidden) + 2 * reg * W1", "np.clip(X.T.dot(dhidden) + 2 * reg * W1, -0.05, 0.05)")),
    delta("delta", "a slope of 0.2 for all", ("* prime(zs[l])\n", "* 0.2\n")),
    mlp("da2", "the cube", ("df2 * f2 * (1 - f2)", "df2 * f2 * (1 - f2 ** 3)")),
    residual("dx", "three quarters of the way around", ('g["dh"] + g["dz"]', '0.75 * g["dh"] + g["dz"]')),
    score("dz", "a log is mixed in", ("dh * h * (1 - h)", "dh * np.log(1 + h)")),
)
