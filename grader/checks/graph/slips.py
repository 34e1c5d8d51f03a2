"""Every formula beside that of a graph's gradient: one factor left out, one name in the place of another, a way
without its local gradient, two rules of differentiation taken for one another.

Each is a prediction, for any graph. What is said of a formula as a whole is in `grader.diagnosis.edits`; here is
what concerns its terms, the ways on which gradients come back to one node.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from grader.checks.graph.formulas import FORMS, names_for, rows_of, shares, summed, written
from grader.checks.graph.runs import uses
from grader.diagnosis.candidates import WORKED, Candidate
from grader.diagnosis.changed_parts import Edit
from grader.diagnosis.edits import edits
from grader.diagnosis.formulas import Worked, parsed
from grader.diagnosis.slips import Scope
from grader.diagnosis.words_of_formulas import words
from grader.diagnosis.worked import Change, is_right
from grader.exercise.exercise import Array, Situation
from reference.graph import Graph

MISREAD: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "exp": (
        ("power-rule", "by the power rule, as if it were a power of {0}", "{up} * {0} * exp({0} - 1)"),
        ("exp-of-upstream", "with the exponential of what arrives", "exp({up})"),
    ),
    "reciprocal": (
        ("logarithm", "with log {0}, which is an integral of 1/{0}, not its slope", "{up} * log(abs({0}))"),
    ),
    "square": (("power-rule", "with {0}³/3, an integral of {0}², not its slope", "{up} * {0} ** 3 / 3"),),
    "log": (("reciprocal-squared", "with -1/{0}², the slope of 1/{0}", "-{up} / {0} ** 2"),),
    "sigmoid": (
        ("slope-of-tanh", "with 1 - {out}², the slope of tanh", "{up} * (1 - {out} ** 2)"),
        ("slope-of-upstream", "with the slope taken at what arrives", "{up} * σ({up}) * (1 - σ({up}))"),
    ),
    "tanh": (
        ("slope-of-sigmoid", "with {out}(1 - {out}), the slope of the sigmoid", "{up} * {out} * (1 - {out})"),
    ),
}
"""Rules of differentiation that are taken for one another: id, words, formula."""

Known = dict[int, tuple[Situation, Worked]]


def beside_formula(graph: Graph, name: str) -> Iterator[Candidate]:
    """What the gradient of a node of a graph is with one thing in its formula changed."""
    if not shares(graph, name):
        return
    known: Known = {}
    for line, change in _changes(graph, name):
        yield Candidate(
            "",
            "",
            partial(_changed, line=line, node=f"d{name}", change=change, known=known),
            WORKED,
            fresh=partial(afresh, graph),
            words=change.words,
        )


_told: dict[tuple[int, str], tuple[Graph, tuple[tuple[str, Change], ...]]] = {}
"""By a graph's id and a node: the graph, so that no other takes its id, and what may be got wrong."""


def _changes(graph: Graph, name: str) -> tuple[tuple[str, Change], ...]:
    key = id(graph), name
    if key not in _told:
        _told[key] = graph, tuple(_all_changes(graph, name))
    return _told[key][1]


def _all_changes(graph: Graph, name: str) -> Iterator[tuple[str, Change]]:
    """Changes of the formula as a whole, of each of its terms, of its other form; mixed-up kinds of names last."""
    names = Scope(names_for(graph, name), ("N",))
    terms = shares(graph, name)
    consumer, _ = uses(graph, name)[0]
    operation = graph.operation(consumer).name
    texts = [summed(terms)]
    if len(terms) == 1 and operation in FORMS:
        texts.append(written(FORMS[operation], graph, consumer))
    for text in texts:
        count = f"N = rows({rows_of(graph)})\n---\n" if re.search(r"\bN\b", text) else ""
        line = f"{count}d{name} = {text}"
        right = parsed(line).lines[-1].formula
        found = _edited(right, names)
        if len(terms) > 1:
            found += [*_of_each(terms, names), *_of_all(graph, name, terms, names)]
            found += _values_for_slopes(graph, name, terms)
        elif text is texts[0]:
            found += [*_too_many(right, names), *_misread(graph, consumer, operation)]
        before = _standing(right)
        for new, said in sorted(found, key=lambda edit: _mixes(before, edit[0])):
            yield line, Change(bool(count), new, said, "")


def _edited(right: ast.expr, names: Scope) -> list[Edit]:
    """What `edits` makes of a formula, but for a name taken off: x + y with y taken off is x for another name."""
    return [
        (new, said)
        for new, said in edits(right, names)
        if not (isinstance(new, ast.BinOp) and isinstance(new.op, ast.Sub) and new.left is right)
    ]


def _of_each(terms: list[str], names: Scope) -> Iterator[Edit]:
    """One term changed in a way that a whole formula is."""
    for place, term in enumerate(terms):
        right = _expression(term)
        for new, said in (*_edited(right, names), *_too_many(right, names)):
            changed = [*terms[:place], f"({ast.unparse(new)})", *terms[place + 1 :]]
            yield _expression(summed(changed)), partial(_said_of_term, said, term)


def _of_all(graph: Graph, name: str, terms: list[str], names: Scope) -> Iterator[Edit]:
    """All ways without what arrives or without their slopes, averaged, multiplied, or with one too many."""
    count, whole = len(terms), summed(terms)
    many = {2: "two", 3: "three", 4: "four"}.get(count, str(count))
    mean = _says("averaged", f"as the mean of the {many} ways, not their sum")
    yield _expression(f"({whole}) / {count}"), mean
    product = " * ".join(f"({term})" for term in terms)
    yield _expression(product), _says("paths-multiplied", f"with the {many} ways multiplied, not added")
    ones = _says("ignores-upstream", "with the local gradients alone, without what arrives, on every way")
    yield _expression(summed(shares(graph, name, up="1"))), ones
    ups = [written("{up}", graph, consumer) for consumer, _ in uses(graph, name)]
    passed = _says("passed-unchanged", "with what arrives on every way, without the local gradients")
    yield _expression(" + ".join(ups)), passed
    further = [_further(graph, consumer) for consumer, _ in uses(graph, name)]
    if all(further) and len(ups) == count:
        changed = [term.replace(up, new) for term, up, new in zip(terms, ups, further, strict=True)]
        said = _says("upstream-skipped", f"with {', '.join(further)} instead of {', '.join(ups)}")
        yield _expression(summed(changed)), said
    for other in (*names.names, *_beside(graph, name, names)):
        more = _says(
            f"plus-{other}", f"with {other.replace('_', ' ')} added, which is none of the {many} ways"
        )
        yield _expression(f"{whole} + {other}"), more


def _further(graph: Graph, consumer: str) -> str:
    """The gradient that arrives one operation further on; empty where there are several."""
    after = graph.consumers[consumer]
    return written("{up}", graph, after[0]) if len(after) == 1 else ""


def _too_many(right: ast.expr, names: Scope) -> Iterator[Edit]:
    """A gradient that is handed on as it came, with a factor; a formula's own factors are left to `edits`."""
    if isinstance(right, ast.Name):
        for name in names.names:
            factor = _says(f"times-{name}", f"with {name.replace('_', ' ')} as one factor too many")
            yield ast.BinOp(right, ast.Mult(), ast.Name(name, ast.Load())), factor


def _values_for_slopes(graph: Graph, name: str, terms: list[str]) -> Iterator[Edit]:
    """On one of several ways, what arrives times a value or a written number where the slope belongs, or alone."""
    found = uses(graph, name)
    if len(found) != len(terms):
        return
    for place, (consumer, _) in enumerate(found):
        numbers = [f"{a:g}" for a in graph.nodes[consumer].arguments if not isinstance(a, str)]
        for factor in (consumer, name, *numbers, ""):
            up = written("{up}", graph, consumer)
            share = f"{up} * {factor}" if factor else up
            title = f"with {factor} where a slope belongs" if factor else "without a local gradient"
            if share != terms[place]:
                changed = [*terms[:place], share, *terms[place + 1 :]]
                said = _says(f"slope-{factor or 1}-of-{consumer}", f"{title}, on the way through {consumer}")
                yield _expression(summed(changed)), said


def _misread(graph: Graph, consumer: str, operation: str) -> Iterator[Edit]:
    for id, title, text in MISREAD.get(operation, ()):
        said = written(title, graph, consumer)
        yield _expression(written(text, graph, consumer)), _says(id, said)


def _beside(graph: Graph, name: str, names: Scope) -> list[str]:
    """Gradients of nodes that this one neither leads to nor is made of."""
    own = {name, graph.output}
    return [
        f"d{n}"
        for n in graph.order
        if n not in own and f"d{n}" not in names.names and f"d{name}" not in names_for(graph, n)
    ]


def _says(id: str, title: str) -> Callable[[], tuple[str, str]]:
    return lambda: (id, title)


def _said_of_term(said: Callable[[], tuple[str, str]], share: str) -> tuple[str, str]:
    id, title = said()
    return id, f"{title}, on the way that brings {words(_expression(share))}"


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _mixes(before: Counter[str], new: ast.expr) -> bool:
    """Whether a value stands where a gradient stood, or the reverse."""
    after = _standing(new)
    added, gone = after - before, before - after
    return bool(added and gone) and {n[0] == "d" for n in added} != {n[0] == "d" for n in gone}


def _standing(node: ast.expr) -> Counter[str]:
    return Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


def _changed(s: Situation, *, line: str, node: str, change: Change, known: Known) -> Array:
    key = hash((id(s), line))
    if key not in known:
        worked = Worked(parsed(line), s)
        if not is_right(worked.values[node], s[node]):
            raise ValueError(f"{line} is not the gradient here")
        known[key] = s, worked
    return np.asarray(known[key][1].changed(change.place, change.formula, node), np.float64)


def afresh(graph: Graph, s: Situation, times: float = 1.0) -> Situation:
    """Other values at the leaves, about so many times as large, and all that follows from them."""
    rng = np.random.default_rng(len(graph.order))
    leaves: dict[str, Any] = {}
    for name in graph.leaves:
        value = np.asarray(s[name])
        leaves[name] = (
            value * times * rng.uniform(0.8, 1.2, value.shape) if value.dtype.kind == "f" else value
        )
    back = graph.backward(leaves)
    return {**back.values, **{f"d{name}": gradient for name, gradient in back.gradients.items()}}
