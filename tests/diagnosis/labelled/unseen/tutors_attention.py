"""What tutors see in attention, embeddings and layers over time: scales, softmax terms, axes, masks."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)
# fmt: off

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

ATTENTION = """
import numpy as np

def rows(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def attention_forward(q, k, v):
    d = q.shape[-1]
    scores = np.einsum("ntd,nsd->nts", q, k) / np.sqrt(d)
    A = rows(scores)
    return np.einsum("nts,nse->nte", A, v), (q, k, v, A)

def attention_backward(dout, cache):
    q, k, v, A = cache
    d = q.shape[-1]
    dv = np.einsum("nts,nte->nse", A, dout)
    dA = np.einsum("nte,nse->nts", dout, v)
    ds = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    ds = ds / np.sqrt(d)
    dq = np.einsum("nts,nsd->ntd", ds, k)
    dk = np.einsum("nts,ntd->nsd", ds, q)
    return dq, dk, dv
"""
MASKED = """
import numpy as np

def masked_attention_forward(q, k, v, mask):
    s = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[2])
    s = np.where(mask > 0, s, -1e9)
    e = np.exp(s - s.max(2, keepdims=True))
    A = e / e.sum(2, keepdims=True)
    return A @ v, (q, k, v, A, mask)

def masked_attention_backward(dout, cache):
    q, k, v, A, mask = cache
    dv = A.transpose(0, 2, 1) @ dout
    dA = dout @ v.transpose(0, 2, 1)
    inner = np.sum(dA * A, axis=2, keepdims=True)
    ds = A * (dA - inner) / np.sqrt(q.shape[2])
    dq = ds @ k
    dk = ds.transpose(0, 2, 1) @ q
    return dq, dk, dv
"""
HEADS = """
import numpy as np

def cut(a, H):
    N, T, E = a.shape
    return a.reshape(N, T, H, E // H).transpose(0, 2, 1, 3)

def join(a):
    N, H, T, w = a.shape
    return a.transpose(0, 2, 1, 3).reshape(N, T, H * w)

def multi_head_attention_forward(q, k, v, Wq, Wk, Wv, Wo, mask, head_param):
    H = head_param["heads"]
    Q, K, V = cut(q @ Wq, H), cut(k @ Wk, H), cut(v @ Wv, H)
    w = Q.shape[-1]
    s = Q @ K.swapaxes(2, 3) / np.sqrt(w)
    s = np.where(mask[:, None] == 1, s, -1e9)
    e = np.exp(s - s.max(-1, keepdims=True))
    A = e / e.sum(-1, keepdims=True)
    Y = join(A @ V)
    return Y @ Wo, (q, k, v, Wq, Wk, Wv, Wo, Q, K, V, A, Y, H)

def multi_head_attention_backward(dout, cache):
    q, k, v, Wq, Wk, Wv, Wo, Q, K, V, A, Y, H = cache
    w = Q.shape[-1]
    dWo = np.einsum("nte,ntf->ef", Y, dout)
    dY = cut(dout @ Wo.T, H)
    dV = A.swapaxes(2, 3) @ dY
    dA = dY @ V.swapaxes(2, 3)
    dS = A * (dA - np.sum(A * dA, -1, keepdims=True)) / np.sqrt(w)
    dQ, dK, dV = join(dS @ K), join(dS.swapaxes(2, 3) @ Q), join(dV)
    dWq = np.einsum("nte,ntf->ef", q, dQ)
    dWk = np.einsum("nte,ntf->ef", k, dK)
    dWv = np.einsum("nte,ntf->ef", v, dV)
    return dQ @ Wq.T, dK @ Wk.T, dV @ Wv.T, dWq, dWk, dWv, dWo
"""
EMBEDDING = """
import numpy as np

def word_embedding_forward(x, W):
    return W[x], (x, W.shape)

def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dW[x[n, t]] += dout[n, t]
    return dW
"""
TEMPORAL = """
import numpy as np

def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    out = x.reshape(-1, D) @ w + b
    return out.reshape(N, T, -1), (x, w)

def temporal_affine_backward(dout, cache):
    x, w = cache
    dx = np.einsum("ntm,dm->ntd", dout, w)
    dw = np.einsum("ntd,ntm->dm", x, dout)
    db = np.einsum("ntm->m", dout)
    return dx, dw, db
"""
CAPTION = """
import numpy as np

def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    z = x - x.max(axis=2, keepdims=True)
    p = np.exp(z)
    p /= p.sum(axis=2, keepdims=True)
    n, t = np.indices((N, T))
    logp = z - np.log(np.exp(z).sum(axis=2, keepdims=True))
    loss = -np.sum(mask * logp[n, t, y]) / N
    dx = p.copy()
    dx[n, t, y] -= 1
    dx *= mask[:, :, None]
    dx /= N
    return loss, dx
"""
QKV = "dq dk dv"


def each(nodes, said):
    return dict.fromkeys(nodes.split(), said)


def attention(nodes, said, *slips):
    return wrong("attention", ATTENTION, each(nodes, said), *slips)


def masked(nodes, said, *slips):
    return wrong("masked_attention", MASKED, each(nodes, said), *slips)


def heads(nodes, said, *slips):
    return wrong("multi_head_attention", HEADS, each(nodes, said), *slips)


def words(said, *slips):
    return wrong("word_embedding", EMBEDDING, {"dW": said}, *slips)


def affine(nodes, said, *slips):
    return wrong("temporal_affine", TEMPORAL, each(nodes, said), *slips)


def caption(nodes, said, *slips):
    return wrong("temporal_softmax_loss", CAPTION, each(nodes, said), *slips)


JACOBIAN = "ds = A * (dA - (dA * A).sum(axis=-1, keepdims=True))"
SCALED = "    ds = ds / np.sqrt(d)\n"
HEAD = "A * (dA - np.sum(A * dA, -1, keepdims=True)) / np.sqrt(w)"
ADDED = "            dW[x[n, t]] += dout[n, t]\n"
LOOPS = "    for n in range(x.shape[0]):\n        for t in range(x.shape[1]):\n" + ADDED
COMMON = (
    attention("dq dk", "the scale is forgotten on the way back", (SCALED, "")),
    attention("dq dk", "divided by d instead of its root", (SCALED, "    ds = ds / d\n")),
    attention("dq dk", "multiplied by the root of d", (SCALED, "    ds = ds * np.sqrt(d)\n")),
    attention("dq dk", "the root of the number of keys", (SCALED, "    ds = ds / np.sqrt(k.shape[1])\n")),
    attention("dq dk", "the softmax's other term is dropped", (JACOBIAN, "ds = A * dA")),
    attention("dq dk", "the slope of a sigmoid for the softmax", (JACOBIAN, "ds = dA * A * (1 - A)")),
    attention("dq dk", "the softmax is passed over", (JACOBIAN, "ds = dA")),
    attention("dq dk", "the sum of the softmax's term over the queries", (JACOBIAN, "ds = A * (dA - (dA * A).sum(axis=1, keepdims=True))")),
    attention("dq dk", "the inner product without A", (JACOBIAN, "ds = A * (dA - dA.sum(axis=-1, keepdims=True))")),
    attention("dq dk", "A missing in front", (JACOBIAN, "ds = dA - (dA * A).sum(axis=-1, keepdims=True)")),
    attention("dk", "A for the gradient of the scores", ('"nts,ntd->nsd", ds, q', '"nts,ntd->nsd", A, q')),
    attention("dv", "the gradient of A for A", ('    dv = np.einsum("nts,nte->nse", A, dout)\n    dA = np.einsum("nte,nse->nts", dout, v)\n', '    dA = np.einsum("nte,nse->nts", dout, v)\n    dv = np.einsum("nts,nte->nse", dA, dout)\n')),
    attention("dq", "scaled in dk only", (SCALED, ""), ("ds, q)", "ds / np.sqrt(d), q)")),
    attention("dq dk", "the wrong sign of the softmax's term", (JACOBIAN, "ds = A * (dA + (dA * A).sum(axis=-1, keepdims=True))")),
    attention("dq dk", "the mean over the batch", ("return dq, dk, dv", "return dq / len(q), dk / len(q), dv")),
    masked("dq dk", "the scale is forgotten on the way back", (" / np.sqrt(q.shape[2])\n    dq", "\n    dq")),
    masked("dq dk", "the softmax's other term is dropped", ("dA - inner", "dA")),
    masked("out", "the mask the wrong way round", ("mask > 0", "mask < 1")),
    masked("out", "the mask is forgotten", ("    s = np.where(mask > 0, s, -1e9)\n", "")),
    masked("out dq dk", "masked scores are 0, not minus infinity", ("mask > 0, s, -1e9", "mask > 0, s, 0")),
    masked("out dq dk", "weights masked after the softmax, not normalised again", ("    s = np.where(mask > 0, s, -1e9)\n", ""), ("A = e / e.sum(2, keepdims=True)\n", "A = e / e.sum(2, keepdims=True) * mask\n")),
    masked("dq dk", "the softmax is passed over", ("A * (dA - inner)", "dA")),
    heads("dq dk dWq dWk", "divided by the root of E, not of a head's width, on the way back", (HEAD, "A * (dA - np.sum(A * dA, -1, keepdims=True)) / np.sqrt(q.shape[-1])")),
    heads("dq dk dWq dWk", "the scale is forgotten on the way back", (HEAD, "A * (dA - np.sum(A * dA, -1, keepdims=True))")),
    heads("dq dk dWq dWk", "the softmax's other term is dropped", (HEAD, "A * dA / np.sqrt(w)")),
    heads("dq dk dv dWq dWk dWv", "Wo is not transposed", ("cut(dout @ Wo.T, H)", "cut(dout @ Wo, H)")),
    heads("dq dk dv dWq dWk dWv", "the output projection is skipped", ("cut(dout @ Wo.T, H)", "cut(dout, H)")),
    heads("dWo", "transposed", ('np.einsum("nte,ntf->ef", Y, dout)', 'np.einsum("nte,ntf->fe", Y, dout)')),
    heads("dWo", "the query for the joined heads", ('np.einsum("nte,ntf->ef", Y, dout)', 'np.einsum("nte,ntf->ef", q, dout)')),
    heads("dq dk dv", "the projections are not transposed", ("dQ @ Wq.T, dK @ Wk.T, dV @ Wv.T", "dQ @ Wq, dK @ Wk, dV @ Wv")),
    heads("dWk dWv", "keys and values exchanged", ('"nte,ntf->ef", k, dK', '"nte,ntf->ef", v, dK'), ('"nte,ntf->ef", v, dV', '"nte,ntf->ef", k, dV')),
    words("the last of equal words only, = for +=", ("+= dout[n, t]", "= dout[n, t]")),
    words("fancy indexing adds repeated words once", (LOOPS, "    dW[x] += dout\n")),
    words("the mean over how often a word occurs", ("    return dW", "    counts = np.bincount(x.ravel(), minlength=shape[0])\n    return dW / np.maximum(counts, 1)[:, None]")),
    words("ones, dout forgotten", ("+= dout[n, t]", "+= 1")),
    words("words shifted by one", ("dW[x[n, t]] +=", "dW[x[n, t] - 1] +=")),
    words("the first sentence only", ("range(x.shape[0])", "range(1)")),
    words("divided by the number of sentences", ("    return dW", "    return dW / x.shape[0]")),
    words("the last time step is left out", ("range(x.shape[1])", "range(x.shape[1] - 1)")),
    affine("db", "the mean over steps and examples", ('np.einsum("ntm->m", dout)', "dout.mean(axis=(0, 1))")),
    affine("db", "summed over the batch only", ('np.einsum("ntm->m", dout)', "dout.sum(axis=0)")),
    affine("db", "the last step only", ('np.einsum("ntm->m", dout)', "dout[:, -1].sum(axis=0)")),
    affine("dw", "the last step only", ('np.einsum("ntd,ntm->dm", x, dout)', "x[:, -1].T @ dout[:, -1]")),
    affine("dw", "the mean over the steps", ('np.einsum("ntd,ntm->dm", x, dout)', 'np.einsum("ntd,ntm->dm", x, dout) / x.shape[1]')),
    affine("dw", "x summed over time first", ('np.einsum("ntd,ntm->dm", x, dout)', "x.sum(axis=1).T @ dout.sum(axis=1)")),
    affine("dx", "dout forgotten", ('np.einsum("ntm,dm->ntd", dout, w)', "np.ones_like(x) * w.sum(axis=1)")),
    caption("loss dx", "divided by the words kept", ("loss = -np.sum(mask * logp[n, t, y]) / N", "loss = -np.sum(mask * logp[n, t, y]) / mask.sum()"), ("dx /= N", "dx /= mask.sum()")),
    caption("loss dx", "divided by N T", ("logp[n, t, y]) / N", "logp[n, t, y]) / (N * T)"), ("dx /= N", "dx /= N * T")),
    caption("dx", "not divided by N", ("    dx /= N\n", "")),
    caption("dx", "the mask is forgotten in the gradient", ("    dx *= mask[:, :, None]\n", "")),
    caption("loss", "the mask is forgotten in the loss", ("mask * logp", "logp")),
    caption("dx", "the one at the label is never subtracted", ("    dx[n, t, y] -= 1\n", "")),
    caption("dx", "the wrong sign", ("    dx /= N\n", "    dx /= -N\n")),
    caption("dx", "mask before the one is subtracted", ("    dx[n, t, y] -= 1\n    dx *= mask[:, :, None]\n", "    dx *= mask[:, :, None]\n    dx[n, t, y] -= 1\n")),
    caption("dx", "divided by N twice", ("dx /= N", "dx /= N * N")),
    caption("loss", "the sign of the loss", ("loss = -np.sum", "loss = np.sum")),
    caption("dx", "divided by N T", ("dx /= N", "dx /= N * T")),
)
OWN = (
    attention("dv", "sharper weights", ('"nts,nte->nse", A, dout', '"nts,nte->nse", A ** 3, dout')),
    heads("dWv", "a weight decay nobody asked for", ('np.einsum("nte,ntf->ef", v, dV)', 'np.einsum("nte,ntf->ef", v, dV) + 0.3 * Wv')),
    words("clipped at a half", ("    return dW", "    return np.clip(dW, -0.5, 0.5)")),
    caption("dx", "probabilities rounded", ("dx = p.copy()", "dx = np.round(p, 1)")),
)
