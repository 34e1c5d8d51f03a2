"""Mutations: a piece of Python with one thing in it changed, as a slip of the pen would.

operators, comparisons, signs and constants · a term or a factor dropped · a sum for a product · axes and transposes
arguments, operands and returned values swapped · overwriting for adding · a statement left out
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from grader.prove.rewrites import rewrites

Step = tuple[str, int | None]
"""From a node to one of its children: the field, and the place in it where it is a list."""

Above = tuple[ast.AST, ...]
"""All that a node is in, the nearest last."""

TOLD = (ast.stmt, ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare, ast.BoolOp, ast.Subscript, ast.Tuple)
"""What is large enough to tell a change in: `0 -> 1` alone would say nothing."""

LONG = 64
"""Characters up to which the whole line is shown around a change; of a longer one, its largest piece that fits."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """`new` in place of the child of `parent` at `step`; told as a change of `shown`, a piece of code around it."""

    parent: ast.AST
    step: Step
    new: ast.AST
    shown: ast.AST
    line: int

    @property
    def old(self) -> ast.AST:
        """What is replaced, as long as it is there."""
        found: ast.AST = _child(self.parent, self.step)
        return found

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The tree is the mutant's inside, and the right one again afterwards."""
        old = _child(self.parent, self.step)
        _put(self.parent, self.step, self.new)
        try:
            yield
        finally:
            _put(self.parent, self.step, old)

    def told(self) -> str:
        """`rows.T @ dout -> rows @ dout`."""
        before, new = ast.unparse(self.shown), self.new
        if isinstance(self.parent, ast.Dict) and self.step[0] == "values":
            key = ast.unparse(self.parent.keys[self.step[1] or 0] or ast.Constant("**"))
            return f"{key}: {ast.unparse(_child(self.parent, self.step))} -> {key}: {ast.unparse(new)}"
        if isinstance(new, ast.Pass):
            return f"{before} -> (left out)"
        if isinstance(new, ast.If):
            return f"{before} -> {ast.unparse(new.test)}"
        replaced = _child(self.parent, self.step) is self.shown
        with self.applied():
            return f"{before} -> {ast.unparse(new if replaced else self.shown)}"


def mutations(root: ast.AST, *, names: Mapping[str, str] | None = None, after: int = 0) -> Iterator[Mutation]:
    """Every mutation of the code in `root`, in the order of the source.

    `names` gives variables, and others to put in their place; `after` leaves alone what stands above that line.
    """
    others = names or {}
    for parent, step, node, above in _walk(root, ()):
        line = int(getattr(node, "lineno", after))
        if line < after:
            continue
        new: list[ast.AST] = list(rewrites(node, above, assigned=_assigned_before(root, node)))
        if _is_first_share(parent, step, node):
            new = [each for each in new if not isinstance(each, ast.Assign)]
        inside = any(isinstance(each, ast.Call) for each in above)  # a function might not look at it
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in others and not inside:
            new.append(ast.Name(others[node.id], ast.Load()))
        seen = {ast.unparse(node)} if isinstance(node, ast.expr | ast.stmt) else set()
        for each in new:
            made = ast.fix_missing_locations(ast.copy_location(copy.deepcopy(each), node))
            text = ast.unparse(made) if isinstance(made, ast.expr | ast.stmt) else ast.dump(made)
            if text not in seen:
                seen.add(text)
                yield Mutation(parent, step, made, _shown(node, above), line)


def _walk(parent: ast.AST, above: Above) -> Iterator[tuple[ast.AST, Step, ast.AST, Above]]:
    """(parent, step, node, all that is above it, the nearest last), depth first, in the order of the source."""
    above = (*above, parent)
    for field, value in ast.iter_fields(parent):
        if _is_left_alone(parent, field):
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for place, child in children:
            if isinstance(child, ast.AST) and not _is_words(child):
                yield parent, (field, place), child, above
                yield from _walk(child, above)


def _is_left_alone(parent: ast.AST, field: str) -> bool:
    """What changes nothing that is computed: decorators, annotations, what an error says, imports."""
    if isinstance(parent, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if field in ("decorator_list", "annotation", "returns", "args") and isinstance(parent, ast.FunctionDef):
        return True
    return isinstance(parent, ast.arg | ast.arguments)


def _is_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _shown(node: ast.AST, above: Above) -> ast.AST:
    """The piece of code in which a change of `node` is told: the line, or the largest part of it that is short."""
    if isinstance(node, ast.If):
        return node.test
    around = [each for each in (*above, node) if isinstance(each, TOLD) and not hasattr(each, "body")]
    if not around:
        return node
    return next((each for each in around if len(ast.unparse(each)) <= LONG), around[-1])


def _assigned_before(root: ast.AST, node: ast.AST) -> bool:
    """Whether this assignment gives a new value to names that had one: without it the code still runs."""
    if not isinstance(node, ast.Assign):
        return False
    names = {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    arguments = {each.arg for each in ast.walk(root) if isinstance(each, ast.arg)}
    earlier = {
        n.id
        for n in ast.walk(root)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.lineno < node.lineno
    }
    return bool(names) and names <= earlier | arguments


def _is_first_share(parent: ast.AST, step: Step, node: ast.AST) -> bool:
    """Whether this adds to what was set to 0 just before: there, overwriting is the same."""
    field, place = step
    if not place or not isinstance(node, ast.AugAssign):
        return False
    match getattr(parent, field)[place - 1]:
        case ast.Assign(targets=[target], value=ast.Constant(value=0 | 0.0)):
            return ast.unparse(target) == ast.unparse(node.target)
    return False


def _child(parent: ast.AST, step: Step) -> Any:
    field, place = step
    value = getattr(parent, field)
    return value if place is None else value[place]


def _put(parent: ast.AST, step: Step, new: Any) -> None:
    field, place = step
    if place is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[place] = new
