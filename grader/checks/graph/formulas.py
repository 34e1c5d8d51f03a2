"""The formula of a graph's gradient, written down from the graph itself.

    da2 = df2 * f2 * (1 - f2)          dr = dx + dy * s

Each operation has its share in a formula: what arrives at it times its local gradient, in the words of
`grader.diagnosis.formulas`. So there is a formula for any graph, also for one that nobody has looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from grader.checks.graph.runs import uses
from reference.graph import Graph

SHARES: Mapping[str, tuple[str, ...]] = {
    "add": ("{up}", "{up}"),
    "subtract": ("{up}", "-{up}"),
    "multiply": ("{up} * {1}", "{up} * {0}"),
    "scale": ("{up} * {1}",),
    "shift": ("{up}",),
    "identity": ("{up}",),
    "reciprocal": ("-{up} / {0} ** 2",),
    "square": ("{up} * 2 * {0}",),
    "power": ("{up} * {1} * {0} ** ({1} - 1)",),
    "exp": ("{up} * {out}",),
    "log": ("{up} / {0}",),
    "sigmoid": ("{up} * {out} * (1 - {out})",),
    "tanh": ("{up} * (1 - {out} ** 2)",),
    "relu": ("{up} * ({0} > 0)",),
    "half_difference": ("{up} * ({0} - {1})", "{up} * ({1} - {0})"),
    "pair_error": ("{up} * ({0} - {2})", "{up} * ({1} - {3})"),
    "l2": ("{up} * 2 * {1} * {0}",),
    "dot": ("{up} * {1}", "{up} * {0}"),
    "score": ("{up} * {1}", "{up} * {0}"),
    "weighted_sum": (
        "{up} * {3}",
        "{up} * {4}",
        "{up} * {5}",
        "{up} * {0}",
        "{up} * {1}",
        "{up} * {2}",
        "{up}",
    ),
    "affine": ("{up} @ T({1})", "T({0}) @ {up}", "sum({up}, 0)"),
    "linear": ("{up} @ T({1})", "T({0}) @ {up}"),
    "matmul": ("{up} @ T({1})", "T({0}) @ {up}"),
    "affine_columns": ("outer({up}, {1})", "T({0}) @ {up}", "{up}"),
    "softmax_loss": ("{up} * (exp({0}) / total(exp({0}), 1) - onehot({1}, {0})) / N",),
    "broadcast_add": ("{up}", "folded({up}, {1})"),
    "broadcast_subtract": ("{up}", "-folded({up}, {1})"),
    "broadcast_multiply": ("{up} * {1}", "folded({up} * {0}, {1})"),
    "column_mean": ("spread({up}, {0}) / N",),
    "row_sum": ("spread({up}, {0})",),
}
"""By operation, for each argument: what goes back to it. `up` is what arrives, `out` what the operation gave."""

FORMS: Mapping[str, str] = {
    "sigmoid": "{up} * σ({0}) * (1 - σ({0}))",
    "tanh": "{up} * (1 - tanh({0}) ** 2)",
    "exp": "{up} * exp({0})",
}
"""Another way to write the share of an operation with one argument."""


def gradient(graph: Graph, name: str, table: Mapping[str, tuple[str, ...]] = SHARES) -> str:
    """The gradient of a node, as a formula; empty where an operation has none in this table."""
    return summed(shares(graph, name, table))


def shares(graph: Graph, name: str, table: Mapping[str, tuple[str, ...]] = SHARES, up: str = "") -> list[str]:
    """What comes back to a node from each use; empty where an operation has none here. `up`: for what arrives."""
    found = []
    for consumer, position in uses(graph, name):
        known = table.get(graph.operation(consumer).name, ())
        if position >= len(known):
            return []
        found.append(written(known[position], graph, consumer, up))
    doubled = [share for share, count in Counter(found).items() if count == 2]
    if doubled:  # x · x: both wires bring the same
        found = [share for share in dict.fromkeys(found) if share not in doubled]
        found += [f"2 * {share}" if up else f"{share} * 2" for share in doubled]
    return found


def written(share: str, graph: Graph, consumer: str, up: str = "") -> str:
    """A share with its names; without the gradient of the output, which is 1 and which nobody writes down."""
    if up or consumer == graph.output:
        share = share.replace("{up} * ", "").replace("{up} / ", "1 / ").replace("{up}", up or "1")
    arguments = [a if isinstance(a, str) else f"{a:g}" for a in graph.nodes[consumer].arguments]
    return share.format(*arguments, up=f"d{consumer}", out=consumer).replace("2 * 0.5 * ", "")


def summed(terms: Iterable[str]) -> str:
    """Terms, put together with signs."""
    return " + ".join(terms).replace("+ -", "- ")


def names_for(graph: Graph, name: str) -> tuple[str, ...]:
    """Values, those near first, and the gradients that are there before this one: of what it leads to."""
    near = {name, *graph.consumers[name]}
    near |= {argument for consumer in graph.consumers[name] for argument in graph.nodes[consumer].inputs}
    values = sorted(graph.order, key=lambda each: each not in near)
    after: set[str] = set()
    pending = [name]
    while pending:
        new = set(graph.consumers[pending.pop()]) - after
        after |= new
        pending += new
    return (*values, *(f"d{each}" for each in graph.order if each in after - {graph.output}))


def rows_of(graph: Graph) -> str:
    """The leaf that has a row for each example; empty where nothing has."""
    first = [(graph.operation(n).name, graph.nodes[n].inputs) for n in graph.order if graph.nodes[n].op]
    return next((inputs[0] for op, inputs in first if op in ("affine", "linear", "matmul")), "")
