"""AST mutants: a right backward with one edit, and whether that edit changes a gradient."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tests.gradcheck.bank.case import Case, differentiable, upstream
from tests.gradcheck.bank.oracle import Raised, fresh, malformed, run_backward, run_forward

OPPOSITE = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}
NEGATED = {ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq}
REDUCTION = {
    "sum": "mean",
    "mean": "sum",
    "cos": "sin",
    "exp": "log",
    "outer": "dot",
    "zeros_like": "ones_like",
}


def mutable(case: Case) -> bool:
    """True for a plain function: a lambda or a closure has no source that compiles alone."""
    function = case.backward
    return (
        inspect.isfunction(function) and function.__name__ != "<lambda>" and not function.__code__.co_freevars
    )


def mutants(case: Case) -> Iterator[Case]:
    """One edit each, in the order of the source; `wrong` stays empty until `judged` has said what is."""
    function = case.backward
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    names = sorted(function.__code__.co_varnames)
    for container, key, node in list(sites(tree.body[0])):
        for new in edits(node, names):
            put(container, key, new)
            text = ast.unparse(tree)
            put(container, key, node)
            if text in seen:
                continue
            seen.add(text)
            namespace = dict(function.__globals__)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                exec(compile(text, f"<mutant of {case.name}>", "exec"), namespace)  # our own source, edited
            label = f"{ast.unparse(node)} -> {ast.unparse(new)}".replace("\n", " ")
            yield dataclasses.replace(
                case,
                name=f"{case.name} | {len(seen) - 1}: {label}",
                backward=namespace[function.__name__],
                why=label,
            )


def sites(node: ast.AST) -> Iterator[tuple[Any, Any, ast.AST]]:
    """(container, key, child) for every child below `node`, depth first; signatures are left alone."""
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.FunctionDef) and field != "body":
            continue
        children = enumerate(value) if isinstance(value, list) else [(field, value)]
        container = value if isinstance(value, list) else node
        for key, child in children:
            if isinstance(child, ast.AST):
                yield container, key, child
                yield from sites(child)


def put(container: Any, key: Any, node: ast.AST) -> None:
    if isinstance(container, list):
        container[key] = node
    else:
        setattr(container, key, node)


def edits(node: ast.AST, names: list[str]) -> Iterator[ast.AST]:
    """Replacements of one node."""
    if isinstance(node, ast.BinOp):
        yield from binary(node)
    elif isinstance(node, ast.AugAssign):
        yield ast.Pass()
        yield ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)
        if type(node.op) in OPPOSITE:
            yield ast.AugAssign(target=node.target, op=OPPOSITE[type(node.op)](), value=node.value)
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        yield ast.Pass()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Attribute):
        if node.attr == "T":
            yield node.value
        elif node.attr in REDUCTION:
            yield ast.Attribute(value=node.value, attr=REDUCTION[node.attr], ctx=node.ctx)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in NEGATED:
        yield ast.Compare(left=node.left, ops=[NEGATED[type(node.ops[0])]()], comparators=node.comparators)
    elif isinstance(node, ast.Call):
        yield from calls(node)
    elif isinstance(node, ast.Constant):
        yield from constants(node)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield ast.Return(value=ast.Tuple(elts=[*node.value.elts[1:], node.value.elts[0]], ctx=ast.Load()))
    elif (
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id in names
        and node.id != "cache"
    ):
        others = [n for n in names if n not in (node.id, "cache")]
        start = sum(n < node.id for n in others)
        for other in dict.fromkeys((others[start % len(others)], others[start - 1])) if others else ():
            yield ast.Name(id=other, ctx=ast.Load())


def binary(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in OPPOSITE:
        yield ast.BinOp(left=node.left, op=OPPOSITE[type(node.op)](), right=node.right)
    yield node.left
    if isinstance(node.op, ast.Mult | ast.Add | ast.Sub):
        yield node.right
    if isinstance(node.op, ast.MatMult):
        yield ast.BinOp(left=node.right, op=ast.MatMult(), right=node.left)


def calls(node: ast.Call) -> Iterator[ast.AST]:
    """axis=0 <-> axis=1, a dropped keyword, a dropped .copy() or .reshape()."""
    for k, word in enumerate(node.keywords):
        if word.arg in ("axis", "keepdims"):
            yield ast.Call(
                func=node.func, args=node.args, keywords=node.keywords[:k] + node.keywords[k + 1 :]
            )
        if word.arg == "axis" and isinstance(word.value, ast.Constant) and word.value.value in (0, 1):
            other = copy.deepcopy(word)
            other.value = ast.Constant(value=1 - word.value.value)
            yield ast.Call(
                func=node.func,
                args=node.args,
                keywords=[*node.keywords[:k], other, *node.keywords[k + 1 :]],
            )
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "reshape", "transpose"):
        yield node.func.value


def constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(value=not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(value=node.value + 1)
        yield ast.Constant(value=node.value * 2 or -1)


def differs(mutant: Case, right: Case, seed: int, relative: float = 1e-6) -> tuple[str, ...]:
    """The arguments whose gradients differ from the right ones on this seed's inputs."""
    rng = np.random.default_rng(seed)
    inputs = right.draw(rng)
    out, cache = run_forward(right, fresh(inputs))
    dout = upstream(rng, out)
    truth = run_backward(right, dout, cache)
    names = [n for n, v in zip(right.names, inputs, strict=True) if differentiable(v)]
    _, cache = run_forward(right, fresh(inputs))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            grads = run_backward(mutant, dout, cache)
    except Raised:
        return tuple(names)
    if len(grads) != len(names):
        return tuple(names)
    return tuple(n for n, g, t in zip(names, grads, truth, strict=True) if _apart(g, t, relative))


def _apart(grad: Any, truth: Any, relative: float) -> bool:
    if malformed(grad, truth):
        return True
    gap = np.max(np.abs(np.asarray(grad, float) - truth), initial=0)
    return bool(gap > relative * np.max(np.abs(truth), initial=0))


def killable(mutant: Case, right: Case, seeds: Iterable[int]) -> bool:
    """True if the mutant is wrong on every one of these seeds' inputs; an equivalent mutant never is."""
    return all(differs(mutant, right, seed) for seed in seeds)


def judged(mutant: Case, right: Case, seed: int) -> Case:
    """The mutant with `wrong` filled in for this seed."""
    return dataclasses.replace(mutant, wrong=differs(mutant, right, seed))
