"""What tutors see in circuits, engines and searches through graphs: fan-outs overwritten, orders wrong, ends forgotten."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)
# fmt: off

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

NEURON = """
import math

def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0 * x0
    p1 = w1 * x1
    s = p0 + p1
    u = s + w2
    n = -u
    e = math.exp(n)
    q = 1 + e
    f = 1 / q
    g = {}
    g["dq"] = -1 / q ** 2
    g["de"] = g["dq"]
    g["dn"] = g["de"] * e
    g["du"] = -g["dn"]
    g["ds"] = g["du"]
    g["dw2"] = g["du"]
    g["dp0"] = g["ds"]
    g["dp1"] = g["ds"]
    g["dw0"] = g["dp0"] * x0
    g["dx0"] = g["dp0"] * w0
    g["dw1"] = g["dp1"] * x1
    g["dx1"] = g["dp1"] * w1
    return g
"""
FUSED = """
import math

def sigmoid_circuit_fused(w0, x0, w1, x1, w2):
    u = w0 * x0 + w1 * x1 + w2
    f = 1 / (1 + math.exp(-u))
    du = f * (1 - f)
    ds = du
    dw2 = du
    dp0, dp1 = ds, ds
    dw0, dx0 = dp0 * x0, dp0 * w0
    dw1, dx1 = dp1 * x1, dp1 * w1
    return dict(du=du, ds=ds, dw2=dw2, dp0=dp0, dp1=dp1, dw0=dw0, dx0=dx0, dw1=dw1, dx1=dx1)
"""
XYZ = """
def xyz(x, y, z):
    t = x * y
    df = 1.0
    dt = df * z
    dz = df * t
    dx = dt * y
    dy = dt * x
    return {"dt": dt, "dz": dz, "dx": dx, "dy": dy}
"""
SUM = """
def product_of_sum(x, y, z):
    q = x + y
    dq = z
    dz = q
    dx = 1.0 * dq
    dy = 1.0 * dq
    return {"dz": dz, "dq": dq, "dx": dx, "dy": dy}
"""
RS = """
def chain_rs(r, s):
    x = r
    y = r * s
    z = s
    t = x * y
    dt = z
    dz = t
    dx = dt * y
    dy = dt * x
    dr = dx
    dr += dy * s
    ds = dz
    ds += dy * r
    return {"dt": dt, "dz": dz, "dx": dx, "dy": dy, "dr": dr, "ds": ds}
"""
U = """
def chain_u(u):
    r = u * u
    s = u + 3
    x, y, z = r, r * s, s
    t = x * y
    dt, dz = z, t
    dx, dy = dt * y, dt * x
    dr = dx + dy * s
    ds = dz + dy * r
    du = dr * 2 * u + ds
    return {"dt": dt, "dz": dz, "dx": dx, "dy": dy, "dr": dr, "ds": ds, "du": du}
"""
USES = """
def three_uses(x, y):
    a = x * y
    b = x * x
    c = b + x
    da = c
    dc = a
    db = dc
    dy = da * x
    dx = 0
    dx += da * y
    dx += dc
    dx += db * x
    dx += db * x
    return {"da": da, "dc": dc, "db": db, "dy": dy, "dx": dx}
"""
SQUARED = """
import numpy as np

def sq_err_grad(w, x, y):
    h = w @ x
    r = y - h
    dr = 2 * r
    dh = -dr
    dy = dr
    dw = dh * x
    dx = dh * w
    return dict(dr=dr, dh=dh, dy=dy, dw=dw, dx=dx)
"""
K = """
import numpy as np

def chain_gradients(de, between, at_weights):
    K = len(at_weights)
    up = de
    out = [None] * K
    out[K - 1] = up @ at_weights[K - 1]
    for k in range(K - 2, -1, -1):
        up = up @ between[k]
        out[k] = up @ at_weights[k]
    return out
"""
PATHS = """
def path_sum(graph, start, end):
    gradient, paths, products = 0.0, 0, 0

    def go(node, value, edges):
        nonlocal gradient, paths, products
        if node == end:
            gradient += value
            paths += 1
            products += edges
            return
        for target, slope in graph[node].items():
            go(target, value * slope, edges + 1)

    go(start, 1.0, 0)
    return gradient, paths, products
"""
OUT = """
def out_nodes(nodes, edges):
    out = {}
    for node in nodes:
        out[node] = []
    for v, c in edges:
        out[v].append(c)
    return out
"""
BACK = """
def backprop(graph, local, loss):
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for target in graph[node]:
            visit(target)
        order.append(node)

    for node in graph:
        visit(node)
    grads = {node: 0.0 for node in graph}
    grads[loss] = 1.0
    for node in order:
        for target in graph[node]:
            grads[node] += grads[target] * local(node, target)
    return grads
"""
TOPO = """
def topo_sort(graph):
    done, order = set(), []

    def visit(node):
        if node in done:
            return
        done.add(node)
        for target in graph[node]:
            visit(target)
        order.append(node)

    for node in graph:
        visit(node)
    order.reverse()
    return order
"""
VALUE = """
class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.push = lambda: None

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def push():
            self.grad += out.grad
            other.grad += out.grad
        out.push = push
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.push = push
        return out

    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for p in v.parents:
                    visit(p)
                order.append(v)
        visit(self)
        for v in order:
            v.grad = 0.0
        self.grad = 1.0
        for v in reversed(order):
            v.push()

def value_gradients(f, numbers):
    leaves = [Value(number) for number in numbers]
    try:
        out = f(*leaves)
        out.backward()
        gradients = [leaf.grad for leaf in leaves]
        out.backward()
        return out.data, gradients, [leaf.grad for leaf in leaves]
    except NotImplementedError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def each(nodes, said):
    return dict.fromkeys(nodes.split(), said)


def made(exercise, text):
    def one(nodes, said, *slips):
        return wrong(exercise, text, each(nodes, said), *slips)

    return one


neuron, fused, xyz, total = made("sigmoid_circuit", NEURON), made("sigmoid_circuit_fused", FUSED), made("xyz", XYZ), made("product_of_sum", SUM)
rs, chain, uses, squared = made("chain_rs", RS), made("chain_u", U), made("three_uses", USES), made("sq_err_grad", SQUARED)
layers, paths, out, back = made("k_layer_chain", K), made("path_sum", PATHS), made("out_nodes", OUT), made("backprop", BACK)
topo, value = made("topo_sort", TOPO), made("value_engine", VALUE)

COMMON = (
    neuron("dq", "1/q², the sign forgotten", ("-1 / q ** 2", "1 / q ** 2")),
    neuron("dq", "-1/q, the square forgotten", ("-1 / q ** 2", "-1 / q")),
    neuron("dq", "1/q, the value instead of the slope", ("-1 / q ** 2", "1 / q")),
    neuron("dq", "the logarithm", ("-1 / q ** 2", "math.log(q)")),
    neuron("de", "plus one once more", ('g["de"] = g["dq"]', 'g["de"] = g["dq"] + 1')),
    neuron("dn", "upstream forgotten", ('g["de"] * e', "e")),
    neuron("dn", "the exponential is passed over", ('g["de"] * e', 'g["de"]')),
    neuron("dn", "times n instead of e", ('g["de"] * e', 'g["de"] * n')),
    neuron("dn", "the power rule, n e^(n-1)", ('g["de"] * e', 'g["de"] * n * math.exp(n - 1)')),
    neuron("dn", "exp of the upstream", ('g["de"] * e', 'math.exp(g["de"])')),
    neuron("du", "the sign forgotten", ('-g["dn"]', 'g["dn"]')),
    neuron("du", "times u", ('-g["dn"]', '-g["dn"] * u')),
    neuron("dw2", "times w2, an add gate multiplies", ('g["dw2"] = g["du"]', 'g["dw2"] = g["du"] * w2')),
    neuron("ds", "times s", ('g["ds"] = g["du"]', 'g["ds"] = g["du"] * s')),
    neuron("dp0 dp1", "halved between the two", ('g["dp0"] = g["ds"]', 'g["dp0"] = g["ds"] / 2'), ('g["dp1"] = g["ds"]', 'g["dp1"] = g["ds"] / 2')),
    neuron("dw0 dx0", "the factors not exchanged", ('g["dp0"] * x0', 'g["dp0"] * w0_'), ('g["dp0"] * w0\n', 'g["dp0"] * x0\n'), ("w0_", "w0")),
    neuron("dw0", "the input alone", ('g["dp0"] * x0', "x0")),
    neuron("dw1", "the other input", ('g["dp1"] * x1', 'g["dp1"] * x0')),
    fused("du", "s (1 + s)... the minus lost", ("f * (1 - f)", "f * f - f")),
    fused("du", "the slope at f", ("f * (1 - f)", "1 / (1 + math.exp(-f)) * (1 - 1 / (1 + math.exp(-f)))")),
    fused("du", "u (1 - u)", ("f * (1 - f)", "u * (1 - u)")),
    fused("du", "f itself", ("f * (1 - f)", "f")),
    fused("du", "1 - f only", ("f * (1 - f)", "1 - f")),
    fused("du", "the slope of tanh", ("f * (1 - f)", "1 - f ** 2")),
    fused("dx1", "the weight of the other input", ("dp1 * w1", "dp1 * w0")),
    fused("dw2", "1, upstream forgotten", ("dw2 = du", "dw2 = 1.0")),
    xyz("dx dy", "not swapped at the multiply gate", ("dx = dt * y", "dx = dt * x"), ("dy = dt * x\n    return", "dy = dt * y\n    return")),
    xyz("dx", "upstream forgotten", ("dx = dt * y", "dx = y")),
    xyz("dz", "z itself", ("dz = df * t", "dz = df * z")),
    xyz("dy", "added for multiplied", ("dy = dt * x", "dy = dt + x")),
    total("dx dy", "upstream forgotten at the add gate", ("1.0 * dq", "1.0")),
    total("dx dy", "the add gate multiplies", ("dx = 1.0 * dq", "dx = x * dq"), ("dy = 1.0 * dq", "dy = y * dq")),
    total("dx dy", "the add gate gives the other input", ("dx = 1.0 * dq", "dx = y * dq"), ("dy = 1.0 * dq", "dy = x * dq")),
    total("dq dz", "exchanged", ("dq = z\n    dz = q", "dq = q\n    dz = z")),
    total("dz", "x alone", ("dz = q", "dz = x")),
    total("dx dy", "q for z", ("1.0 * dq", "1.0 * q")),
    rs("dr", "the second way overwrites the first", ("dr += dy * s", "dr = dy * s")),
    rs("ds", "the first way only", ("    ds += dy * r\n", "")),
    rs("dr", "the ways multiplied", ("dr += dy * s", "dr *= dy * s")),
    rs("ds", "the factor r is missing on the way through y", ("ds += dy * r", "ds += dy")),
    rs("dr ds", "r and s not exchanged at y", ("dr += dy * s", "dr += dy * r"), ("ds += dy * r\n    return", "ds += dy * s\n    return")),
    rs("ds", "the way through x too", ("ds += dy * r", "ds += dy * r + dx")),
    chain("du", "the way through s is missing", ("dr * 2 * u + ds", "dr * 2 * u")),
    chain("du", "the way through r is missing", ("dr * 2 * u + ds", "ds")),
    chain("du", "the slope of u² is u", ("dr * 2 * u", "dr * u")),
    chain("du", "2 for 2u", ("dr * 2 * u", "dr * 2")),
    chain("du", "u² for its slope", ("dr * 2 * u", "dr * u ** 2")),
    chain("du", "ds times 3", ("+ ds", "+ 3 * ds")),
    chain("du", "ds times s", ("+ ds", "+ ds * s")),
    chain("du", "upstream forgotten on both ways", ("dr * 2 * u + ds", "2 * u + 1")),
    uses("dx", "x · x counted once", ("    dx += db * x\n    dx += db * x\n", "    dx += db * x\n")),
    uses("dx", "the last use overwrites the rest", ("    dx += db * x\n    dx += db * x\n", "    dx = db * x + db * x\n")),
    uses("dx", "the way through c is missing", ("    dx += dc\n", "")),
    uses("dx", "through a only", ("    dx += dc\n    dx += db * x\n    dx += db * x\n", "")),
    uses("dx", "2x without the upstream", ("    dx += db * x\n    dx += db * x\n", "    dx += 2 * x\n")),
    uses("db", "times x", ("db = dc", "db = dc * x")),
    uses("dy", "not swapped", ("dy = da * x", "dy = da * y")),
    squared("dr", "the 2 of the square is missing", ("dr = 2 * r", "dr = r")),
    squared("dr", "the square itself", ("dr = 2 * r", "dr = r ** 2")),
    squared("dh", "the minus of y - h is forgotten", ("dh = -dr", "dh = dr")),
    squared("dy", "the minus at the wrong one", ("dy = dr", "dy = -dr")),
    squared("dw", "the weights for the inputs", ("dw = dh * x", "dw = dh * w")),
    squared("dw", "the upstream before the minus", ("dw = dh * x", "dw = dr * x")),
    layers("earlier", "every layer gets de itself", ("out[k] = up @ at_weights[k]", "out[k] = (de @ at_weights[k]) if de.shape[0] == at_weights[k].shape[0] else up @ at_weights[k]")),
    layers("last earlier", "first layer last", ("return out", "return out[::-1]")),
    layers("last earlier", "Jacobians transposed where it runs", ("up = up @ between[k]", "up = between[k] @ up")),
    layers("last earlier", "de left out", ("up = de", "up = np.ones_like(de)")),
    paths("products", "the edges are counted once each", ("products += edges", "products = max(products, edges)")),
    paths("gradient", "the last path only", ("gradient += value", "gradient = value")),
    paths("gradient", "the derivatives on a path are added", ("value * slope", "value + slope")),
    paths("products", "nodes for edges", ("products += edges", "products += edges + 1")),
    paths("gradient", "the paths are multiplied", ("gradient, paths, products = 0.0", "gradient, paths, products = 1.0"), ("gradient += value", "gradient *= value")),
    paths("gradient", "the mean of the paths", ("return gradient, paths, products", "return gradient / max(paths, 1), paths, products")),
    paths("gradient paths products", "each node visited once", ("def go(node", "seen = set()\n\n    def go(node"), ("        for target, slope", "        if node in seen:\n            return\n        seen.add(node)\n        for target, slope")),
    out("neighbours", "the parents instead of the children", ("out[v].append(c)", "out[c].append(v)")),
    out("keys", "the last node has no key", ("for node in nodes:", "for node in [v for v, c in edges]:")),
    out("neighbours", "the last edge wins", ("out[v].append(c)", "out[v] = [c]")),
    back("reached edges", "= for +=", ("grads[node] += grads", "grads[node] = grads")),
    back("reached unreached edges", "upstream forgotten", ("grads[target] * local(node, target)", "local(node, target)")),
    back("unreached", "nodes without a way are left out", ("return grads", "return {n: v for n, v in grads.items() if v != 0}")),
    back("reached edges", "front to back", ("for node in order:", "for node in reversed(order):")),
    back("reached edges", "the loss is not set to 1", ("    grads[loss] = 1.0\n", "")),
    back("unreached", "None where there is no way", ("return grads", "return {n: v or None for n, v in grads.items()}")),
    topo("order", "not turned round", ("    order.reverse()\n", "")),
    topo("order", "parents first, appended before the children", ("        done.add(node)\n", "        done.add(node)\n        order.append(node)\n"), ("            visit(target)\n        order.append(node)\n", "            visit(target)\n"), ("    order.reverse()\n", "")),
    topo("nodes order", "nodes several times", ("        if node in done:\n            return\n", "")),
    topo("nodes order", "the search begins at the first node only", ("    for node in graph:\n        visit(node)\n", "    visit(next(iter(graph)))\n")),
    value("fan_out second", "= for += in both operations", ("+= out.grad\n            other.grad += out", "= out.grad\n            other.grad = out"), ("+= other.data", "= other.data"), ("+= self.data", "= self.data")),
    value("second", "gradients not set to zero between calls", ("        for v in order:\n            v.grad = 0.0\n", "")),
    value("product chain fan_out second", "the factors not exchanged", ("+= other.data * out.grad", "+= self.data * out.grad"), ("other.grad += self.data", "other.grad += other.data")),
    value("chain fan_out second", "upstream forgotten in a product", ("other.data * out.grad", "other.data"), ("self.data * out.grad", "self.data")),
    value("sum product chain fan_out second", "f's own gradient stays 0", ("        self.grad = 1.0\n", "")),
    value("sum chain fan_out second", "only the left one gets the gradient of a sum", ("            other.grad += out.grad\n        out.push = push\n        return out\n\n    def __mul__", "        out.push = push\n        return out\n\n    def __mul__")),
    value("chain fan_out second", "only the direct parents", ("        for v in reversed(order):\n            v.push()\n", "        self.push()\n")),
)
OWN = (
    neuron("dw1", "doubled and shifted", ('g["dp1"] * x1', '2 * g["dp1"] * x1 + 0.1')),
    chain("du", "a cube slipped in", ("dr * 2 * u", "dr * 2 * u ** 3")),
    uses("dx", "x · x five times", ("    dx += db * x\n    dx += db * x\n", "    dx += 5 * db * x\n")),
    paths("gradient", "sizes for signed values", ("gradient += value", "gradient += abs(value)")),
)
