"""Right solutions of the capstones, written by hand as a student would. NumPy only."""

import numpy as np


class Tensor:
    def __init__(self, data, children=()):
        self.data = np.array(data, dtype=float)
        self.grad = np.zeros(self.data.shape)
        self._children = children
        self._backward = lambda: None

    @staticmethod
    def _wrap(x):
        return x if isinstance(x, Tensor) else Tensor(x)

    @staticmethod
    def _unbroadcast(g, shape):
        while g.ndim > len(shape):
            g = g.sum(axis=0)
        for axis, n in enumerate(shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    def __add__(self, other):
        other = self._wrap(other)
        out = Tensor(self.data + other.data, (self, other))

        def _backward():
            self.grad = self.grad + self._unbroadcast(out.grad, self.data.shape)
            other.grad = other.grad + self._unbroadcast(out.grad, other.data.shape)

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = self._wrap(other)
        out = Tensor(self.data * other.data, (self, other))

        def _backward():
            self.grad = self.grad + self._unbroadcast(out.grad * other.data, self.data.shape)
            other.grad = other.grad + self._unbroadcast(out.grad * self.data, other.data.shape)

        out._backward = _backward
        return out

    def __matmul__(self, other):
        out = Tensor(self.data.dot(other.data), (self, other))

        def _backward():
            self.grad = self.grad + out.grad.dot(other.data.T)
            other.grad = other.grad + self.data.T.dot(out.grad)

        out._backward = _backward
        return out

    def relu(self):
        out = Tensor(np.maximum(0, self.data), (self,))

        def _backward():
            self.grad = self.grad + out.grad * (self.data > 0)

        out._backward = _backward
        return out

    def sum(self):
        out = Tensor(np.sum(self.data), (self,))

        def _backward():
            self.grad = self.grad + np.ones(self.data.shape) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        # count the uses of every node, then walk back and release a node when all its uses are done
        uses = {}
        stack, seen = [self], {self}
        while stack:
            node = stack.pop()
            for child in node._children:
                uses[child] = uses.get(child, 0) + 1
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        self.grad = np.ones(self.data.shape)
        ready = [self]
        while ready:
            node = ready.pop()
            node._backward()
            for child in node._children:
                uses[child] -= 1
                if uses[child] == 0:
                    ready.append(child)


def tensor_gradients(f, arrays):
    """Given, please leave it as it is: f's value at these arrays, and the gradient of each."""
    tensors = [Tensor(array) for array in arrays]
    try:
        out = f(*tensors)
        out.backward()
        return out.data, [tensor.grad for tensor in tensors]
    except NotImplementedError:
        return None
    except Exception as error:  # so that one missing operation does not cost the others
        return f"{type(error).__name__}: {error}"


def network_26(x, W1, gain, shift, W2, b2, T):
    N = x.shape[0]
    z = x @ W1
    mu = z.mean(0, keepdims=True)
    c = z - mu
    sq = c**2
    var = sq.mean(0, keepdims=True)
    v = var + 0.01
    inv = v**-0.5
    n = c * inv
    g = n * gain
    a = g + shift
    h = np.tanh(a)
    s = h @ W2 + b2
    e = np.exp(s)
    Z = e.sum(1, keepdims=True)
    logZ = np.log(Z)
    logp = s - logZ
    cost = T * logp
    each = cost.sum(1, keepdims=True)
    pay = -each
    loss = pay.mean(0, keepdims=True)

    dpay = np.ones_like(pay) / N
    deach = -dpay
    dcost = np.ones_like(cost) * deach
    dT = dcost * logp
    dlogp = dcost * T
    dlogZ = -dlogp.sum(1, keepdims=True)
    dZ = dlogZ / Z
    de = np.ones_like(e) * dZ
    ds = dlogp + de * e
    dh = ds @ W2.T
    dW2 = h.T @ ds
    db2 = ds.sum(0)
    da = dh * (1 - h**2)
    dg = da.copy()
    dshift = da.sum(0)
    dn = dg * gain
    dgain = (dg * n).sum(0)
    dinv = (dn * c).sum(0, keepdims=True)
    dv = dinv * -0.5 * v**-1.5
    dvar = dv.copy()
    dsq = np.ones_like(sq) * dvar / N
    dc = dn * inv + dsq * 2 * c
    dmu = -dc.sum(0, keepdims=True)
    dz = dc + dmu / N
    dx = dz @ W1.T
    dW1 = x.T @ dz
    return locals()


def upstream_counterexample():
    return [-2.0, 1.0], [0.5, 0.5]


upstream_wrong_node = "dy"


def upstream_mended_backward(dout, x, y):
    dx = dout.copy()
    dx[x <= 0] = 0
    dy = dout
    return dx, dy


def repeats_counterexample():
    return {"x": [[1, 1]], "W": [[0.0], [3.0]]}


repeats_wrong_node = "dW"


def repeats_mended_backward(dout, x, W):
    dW = np.zeros_like(W)
    for word, g in zip(x.reshape(-1), dout.reshape(-1, W.shape[1]), strict=True):
        dW[word] += g
    return dW


def rows_counterexample():
    return [[1.0, 2.0], [3.0, 1.0]]


rows_wrong_node = "dx"


def rows_mended_backward(dp, x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p * (dp - np.sum(dp * p, axis=1).reshape(-1, 1))


def penalty_counterexample():
    return [[1.0, -1.0]], [[2.0]], [0], 0.5


penalty_wrong_node = "dW"


def penalty_mended_backward(dloss, W, X, y, reg):
    scores = X @ W
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return dloss * (X.T @ p / len(y) + 2 * reg * W)


def power_counterexample():
    return [[0.0], [1.0], [5.0]], [2.0], [0.0], {"mode": "train", "eps": 1e-5}


power_wrong_node = "dx"


def power_mended_backward(dout, x, gamma, beta, bn_param):
    mu = x.mean(axis=0)
    s = 1 / np.sqrt(x.var(axis=0) + bn_param["eps"])
    xhat = (x - mu) * s
    dxhat = dout * gamma
    dx = s * (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0))
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def path_counterexample():
    return np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 4)), np.ones((1, 4)), np.ones(4)


path_wrong_node = "dprev_c"


def path_mended_backward(dnext_h, dnext_c, x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    z = x @ Wx + prev_h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-z[:, k * H : (k + 1) * H])) for k in range(3))
    g = np.tanh(z[:, 3 * H :])
    t = np.tanh(f * prev_c + i * g)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    dz = np.hstack(
        (dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o), dc * i * (1 - g**2))
    )
    return dz @ Wx.T, dz @ Wh.T, dc * f, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def padding_counterexample():
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    return x, np.ones((1, 1, 1, 1)), np.zeros(1), {"stride": 1, "pad": 0}


padding_wrong_node = "dx"


def padding_mended_backward(dout, x, w, b, conv_param):
    stride, p = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    HH, WW = w.shape[2:]
    for n, f, i, j in np.ndindex(dout.shape):
        window = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
        dw[f] += dout[n, f, i, j] * window
        dxp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] += dout[n, f, i, j] * w[f]
    return dxp[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))


def overlap_counterexample():
    return [[[[0.0, 5.0, 1.0]]]], {"pool_height": 1, "pool_width": 2, "stride": 1}


overlap_wrong_node = "dx"


def overlap_mended_backward(dout, x, pool_param):
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] += (window == window.max()) * dout[n, c, i, j]
    return dx
