"""A whole network as formulas, forward and back, written down from its graph, and every formula beside them.

    z = X @ W1 + b1                     dz = dh * (z > 0)
    h = where(z > 0, z, 0)              dW1 = T(X) @ dz

What a student may get wrong in one line of a network shows in every gradient before it. One thing is changed in
one line at a time (`grader.diagnosis.edits`); a change on the way forward is followed through to the gradients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from grader.checks.graph.formulas import SHARES, gradient, rows_of
from grader.checks.graph.slips import afresh
from grader.diagnosis.candidates import MIXED_UP, WORKED, Candidate
from grader.diagnosis.edits import edits
from grader.diagnosis.formulas import Worked, parsed
from grader.diagnosis.slips import Scope
from grader.diagnosis.worked import Change
from grader.exercise.exercise import Array, Situation
from reference.graph import Graph

FORWARD: Mapping[str, tuple[str, ...]] = {
    "affine": ("{out} = {0} @ {1} + {2}",),
    "linear": ("{out} = {0} @ {1}",),
    "relu": ("{out} = where({0} > 0, {0}, 0)",),
    "add": ("{out} = {0} + {1}",),
    "l2": ("{out} = {1} * sum({0} ** 2, (0, 1))",),
    "softmax_loss": (
        "e_{0} = exp({0} - largest({0}, 1))",
        "p = e_{0} / total(e_{0}, 1)",
        "{out} = -sum(onehot({1}, {0}) * log(p), (0, 1)) / N",
    ),
}
"""By operation the lines that give its value."""

BACK: Mapping[str, tuple[str, ...]] = {**SHARES, "softmax_loss": ("{up} * (p - onehot({1}, {0})) / N",)}

Known = dict[int, tuple[Situation, Worked]]


def beside_formulas(graph: Graph, node: str) -> Iterator[Candidate]:
    """What a node of a network is with one thing changed in one line; nothing where a line cannot be written."""
    text = written(graph)
    if not text:
        return
    for id, title, other in _variants(graph, text):
        predict = partial(_of_variant, text=other, graph=graph, node=node)
        yield Candidate(id, title, predict, MIXED_UP, fresh=partial(afresh, graph))
    known: Known = {}
    for change in _changes(graph, text, node):
        yield Candidate(
            "",
            "",
            partial(_changed, text=text, graph=graph, node=node, change=change, known=known),
            WORKED,
            fresh=partial(afresh, graph),
            words=change.words,
        )


def written(graph: Graph) -> str:
    """Values in their order, then gradients back to front; empty if an operation is not known here."""
    examples = rows_of(graph)
    lines = [f"N = rows({examples})", "---"] if examples else ["---"]
    for name in graph.order:
        node = graph.nodes[name]
        if node.op is None:
            continue
        if node.op.name not in FORWARD:
            return ""
        arguments = [a if isinstance(a, str) else f"{a:g}" for a in node.arguments]
        lines += [line.format(*arguments, out=name) for line in FORWARD[node.op.name]]
    for name in reversed(graph.order):
        if name != graph.output and (formula := gradient(graph, name, BACK)):
            lines.append(f"d{name} = {formula}")
    return _plain("\n".join(lines))


def _plain(text: str) -> str:
    """Without gradients that are 1, or another's under a second name: nobody writes these down."""
    while second := re.search(r"^(d\w+) = (1|d\w+)$", text, re.MULTILINE):
        name, other = second.groups()
        text = text.replace(f"{second.group()}\n", "").replace(f"\n{second.group()}", "")
        if other == "1":
            text = re.sub(rf"= {name}$", "= 1", text, flags=re.MULTILINE).replace(f"{name} * ", "")
        else:
            text = re.sub(rf"\b{name}\b", other, text)
    return text


def _variants(graph: Graph, text: str) -> Iterator[tuple[str, str, str]]:
    """Other networks: one without a ReLU, one with a ReLU too many, each with the way back that belongs to it."""
    for name in graph.order:
        op, inputs = graph.nodes[name].op, graph.nodes[name].inputs
        if op is None:
            continue
        if op.name == "relu":
            other = re.sub(rf"^{name} = .*$", f"{name} = {inputs[0]}", text, flags=re.MULTILINE)
            other = other.replace(f" * ({inputs[0]} > 0)", "")
            yield f"no-relu-{name}", f"computed without the ReLU of {name}, forward and back", other
        elif op.name in ("affine", "linear") and all(
            graph.operation(c).name != "relu" for c in graph.out(name)
        ):
            other = re.sub(rf"^{name} = (.*)$", rf"{name} = (\1) * ((\1) > 0)", text, flags=re.MULTILINE)
            other = re.sub(rf"^d{name} = (.*)$", rf"d{name} = (\1) * ({name} > 0)", other, flags=re.MULTILINE)
            yield f"relu-on-{name}", f"computed with a ReLU on {name} as well", other


def _of_variant(s: Situation, *, text: str, graph: Graph, node: str) -> Array:
    return np.asarray(Worked(parsed(text), {name: s[name] for name in graph.leaves}).values[node], np.float64)


_told: dict[tuple[str, str], tuple[Change, ...]] = {}


def _changes(graph: Graph, text: str, node: str) -> tuple[Change, ...]:
    """Every change to a line on which this node depends: those of the way back first."""
    if (text, node) not in _told:
        formulas = parsed(text)
        forward = sum(not line.name.startswith("d") for line in formulas.lines)
        labels = {n for n in graph.leaves if not gradient(graph, n, BACK)} - {rows_of(graph)}
        leaves = [n for n in graph.leaves if n not in labels]
        found = []
        for place in sorted(formulas.leading_to(node), key=lambda place: (place < forward, -place)):
            if place >= formulas.given:
                line = formulas.lines[place]
                before = [each.name for each in formulas.lines[:place] if each.name != line.name]
                scope = Scope(tuple(dict.fromkeys((*before, *leaves))), ("N",))
                inside = "" if line.name == node else line.name.replace("_", " ")
                found += [Change(place, new, said, inside) for new, said in edits(line.formula, scope)]
        _told[text, node] = tuple(found)
    return _told[text, node]


def _changed(s: Situation, *, text: str, graph: Graph, node: str, change: Change, known: Known) -> Array:
    if id(s) not in known:
        leaves: dict[str, Any] = {name: s[name] for name in graph.leaves}
        known[id(s)] = s, Worked(parsed(text), leaves)
    return np.asarray(known[id(s)][1].changed(change.place, change.formula, node), np.float64)
