"""Worked formulas of a sequence: those of one step, run from the first step to the last, and back again.

    each step:
    h_before = h
    h = tanh(x_t @ Wx + h_before @ Wh + b)
    ---
    dz = (dh_t + dh_carried) * (1 - h ** 2)
    dx_t = dz @ T(Wx)
    dWh_t = T(h_before) @ dz
    dh_carried = dz @ T(Wh)

`x_t` and `dh_t` are what belongs to the step; the state begins as `h0`, a cell and all that is carried back at 0.
What is carried last is the gradient of `h0`. A gradient at each step (`dx_t`) is one of an input that has steps,
or a share in the sum over all of them. One change to a formula is made at every step.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from types import CodeType
from typing import Any

import numpy as np

from grader.diagnosis.candidates import WORKED, Candidate
from grader.diagnosis.changed_parts import Said
from grader.diagnosis.edits import edits
from grader.diagnosis.formulas import EACH_STEP, VOCABULARY, Line, parsed
from grader.diagnosis.slips import Scope
from grader.diagnosis.told_apart import drawn_afresh
from grader.exercise.exercise import Array, Situation
from grader.exercise.kinds import LayerExercise
from reference.layer import Layer

CARRIED = "_carried"
STEP = "_t"


@dataclass(frozen=True)
class Change:
    """Another formula at one line, a way back that leaves out its first or its last step, or another end of it."""

    place: int = -1
    formula: ast.expr | None = None
    said: Said | None = None
    inside: str = ""
    first: int = 0
    last: int = 0
    handed: str = ""
    """What is handed back as the gradient of the first state."""

    @cached_property
    def code(self) -> CodeType:
        """The formula, compiled."""
        assert self.formula is not None
        return _code(self.formula)

    def words(self, node: str) -> tuple[str, str]:
        """Its id, and what completes "your dx is ..."."""
        if self.handed:
            said = self.handed.removesuffix(STEP).replace("_", " ")
            return f"hands-back-{self.handed}", f"the first step's {said}, not what it carries back"
        if self.said is None:
            step = "first" if self.first else "last"
            return f"without-{step}-step", f"computed as if the way back did not go through the {step} step"
        id, title = self.said()
        where = "" if self.inside == node else f", in {self.inside.replace('_', ' ')}"
        return id, f"computed {title}{where}, at every step"


@dataclass(slots=True)
class Known:
    """What was worked out in one situation: each step on the way forward, and the gradients by change."""

    situation: Situation
    steps: list[dict[str, Any]]
    gradients: dict[int, dict[str, Array]] = field(default_factory=dict)


def explanations_of_steps(exercise: LayerExercise, node: str) -> Iterator[Candidate]:
    """One candidate for each formula beside the right ones, and for loops that are a step too short."""
    for text in exercise.worked:
        if EACH_STEP not in text:
            continue
        for change in _distinct(text.replace(EACH_STEP, ""), exercise.layer):
            yield Candidate(
                "",
                "",
                partial(_gradient, text=text.replace(EACH_STEP, ""), node=node, change=change),
                WORKED,
                fresh=partial(drawn_afresh, exercise.layer),
                words=partial(change.words, node),
            )


@cache
def _changes(text: str, inputs: tuple[str, ...]) -> tuple[Change, ...]:
    """Every change to a formula of the way back."""
    lines = parsed(text).lines
    ends = ("dh_t", *(line.name for line in lines if line.name not in _carried(lines)))
    found = [Change(first=1), Change(last=1), *(Change(handed=name) for name in ends)]
    for place, line in enumerate(lines):
        if place >= parsed(text).given:
            known = (*(each.name for each in lines[:place]), *_carried(lines), "dh_t", "x_t", *inputs)
            scope = Scope(tuple(name for name in dict.fromkeys(known) if name != line.name))
            inside = line.name.removesuffix(STEP)
            for new, said in edits(line.formula, scope):
                found.append(Change(place, new, said, inside))
    return tuple(found)


_told_apart: dict[str, tuple[Change, ...]] = {}


def _distinct(text: str, layer: Layer) -> tuple[Change, ...]:
    """The changes that run and change something, one of those that come to the same function."""
    if text not in _told_apart:
        _told_apart[text] = _tried(text, layer)
    return _told_apart[text]


def _tried(text: str, layer: Layer) -> tuple[Change, ...]:
    rng = np.random.default_rng(len(text))
    inputs = layer.draw(rng, SAMPLE)
    *outputs, _ = layer.forward_rule(*inputs)
    s = dict(zip((*(spec.name for spec in layer.inputs), *layer.outputs), (*inputs, *outputs), strict=True))
    s |= {
        f"d{name}": rng.uniform(-1, 1, np.shape(out))
        for name, out in zip(layer.outputs, outputs, strict=True)
    }
    s |= {f"d{name}": s[name] for name in layer.differentiable}  # for their shapes
    steps, weight = _forwards(text, s), rng.uniform(1, 2, MOST_ENTRIES)
    found: dict[tuple[str, ...], Change] = {_sign(_backwards(text, s, steps, Change()), weight): Change()}
    for change in _changes(text, tuple(spec.name for spec in layer.inputs if spec.name != "x")):
        with np.errstate(all="ignore"):
            try:
                found.setdefault(_sign(_backwards(text, s, steps, change), weight), change)
            except Exception:  # noqa: S112 - what does not run is no explanation of numbers
                continue
    return tuple(found.values())[1:]


def _sign(gradients: dict[str, Array], weight: Array) -> tuple[str, ...]:
    """What tells gradients from others: a weighted sum of each, in as many digits as can be trusted."""
    return tuple(f"{np.ravel(g) @ weight[: np.size(g)]:.9g}" for g in gradients.values())


def _carried(lines: tuple[Line, ...]) -> tuple[str, ...]:
    return tuple(line.name for line in lines if line.name.endswith(CARRIED))


_known: list[Known] = []
"""The last situations: all nodes of a layer are explained in the same ones."""

MOST = 12
SAMPLE = {"N": 2, "T": 3, "D": 4, "H": 5}
"""Sizes of an input on which changes are told apart: all different."""

MOST_ENTRIES = 1000


def _gradient(s: Situation, *, text: str, node: str, change: Change) -> Array:
    """The node's numbers, from a run that is made once for all nodes."""
    known = next((known for known in _known if all(known.situation[n] is s[n] for n in ("x", "dh"))), None)
    if known is None:
        known = Known(s, _forwards(text, s))
        _known[:] = [*_known[1 - MOST :], known]
    if id(change) not in known.gradients:  # changes are kept, so that no other takes this id
        known.gradients[id(change)] = _backwards(text, s, known.steps, change)
    return np.asarray(known.gradients[id(change)][node], np.float64)


def _forwards(text: str, s: Situation) -> list[dict[str, Any]]:
    formulas = parsed(text)
    fixed: dict[str, Any] = {
        **VOCABULARY,
        **{k: np.asarray(v, np.float64) for k, v in s.items() if isinstance(v, np.ndarray)},
    }
    state = {"h": fixed["h0"], "c": np.zeros_like(fixed["h0"])}
    steps = []
    for t in range(fixed["x"].shape[1]):
        values = {**fixed, **state, "x_t": fixed["x"][:, t], "dh_t": fixed["dh"][:, t]}
        for line, code in zip(formulas.lines[: formulas.given], _codes(text), strict=False):
            values[line.name] = _value(code, values)
        state = {name: values[name] for name in state}
        steps.append(values)
    return steps


def _backwards(text: str, s: Situation, steps: list[dict[str, Any]], change: Change) -> dict[str, Array]:
    """The gradients of all inputs, with one formula changed at every step."""
    lines, given, codes = parsed(text).lines, parsed(text).given, list(_codes(text))
    if change.formula is not None:
        codes[change.place] = change.code
    carried: dict[str, Any] = {name: np.zeros_like(s["h0"]) for name in _carried(lines)}
    shares: dict[str, list[Any]] = {line.name: [] for line in lines if line.name.endswith(STEP)}
    values = carried
    for t in reversed(range(change.first, len(steps) - change.last)):
        values = {**steps[t], **carried}
        for place in range(given, len(lines)):
            values[lines[place].name] = _value(codes[place], values)
        carried = {name: values[name] for name in carried}
        for name, found in shares.items():
            found.append(values[name])
    gradients = {"dh0": values[change.handed or f"dh{CARRIED}"]}
    for name, found in shares.items():
        whole = np.zeros_like(s[name.removesuffix(STEP)])
        if name == f"dx{STEP}":
            for t, part in zip(reversed(range(change.first, len(steps) - change.last)), found, strict=True):
                whole[:, t] = part
        else:
            whole = sum(found, start=whole)
        gradients[name.removesuffix(STEP)] = whole
    return gradients


@cache
def _codes(text: str) -> tuple[CodeType, ...]:
    return tuple(_code(line.formula) for line in parsed(text).lines)


def _code(formula: ast.expr) -> CodeType:
    return compile(ast.fix_missing_locations(ast.Expression(formula)), "a worked formula", "eval")


def _value(code: CodeType, values: dict[str, Any]) -> Any:
    return eval(code, {"__builtins__": {}}, values)  # noqa: S307 - an author's formula
