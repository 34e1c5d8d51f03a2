"""A graph from a formula: `1/(1+exp(-(w0*x0+w1*x1+w2)))`, or named steps: `q = x + y; f = q*z`.

The text is parsed by `ast` and never evaluated. Each operation becomes one gate of `reference.gates`, as a
lecturer would draw it: a number times a wire is a scale gate, a number plus a wire a shift gate, a division a
multiplication by a reciprocal. Equal subexpressions are drawn twice, as written; give one a name to share it.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from reference.activations import RELU, SIGMOID, TANH
from reference.errors import FormulaError
from reference.gates import (
    ADD,
    EXP,
    IDENTITY,
    LOG,
    MAXIMUM,
    MULTIPLY,
    POWER,
    RECIPROCAL,
    SCALE,
    SHIFT,
    SQUARE,
    SUBTRACT,
)
from reference.graph import Argument, Graph, Node
from reference.layer import Layer

FUNCTIONS: dict[str, tuple[Layer, int]] = {
    "copy": (IDENTITY, 1),
    "exp": (EXP, 1),
    "log": (LOG, 1),
    "max": (MAXIMUM, 2),
    "square": (SQUARE, 1),
    "sigmoid": (SIGMOID, 1),
    "tanh": (TANH, 1),
    "relu": (RELU, 1),
}
"""What a formula may call, and with how many arguments; `sqrt` is known besides, as the power ½."""

SEPARATOR = re.compile(r"\s*[;\n]\s*")
"""What stands between two steps."""

LONGEST = 10_000
"""Characters; a longer text is not a formula that anybody wrote."""

TOO_DEEP = "the formula is nested too deeply or has too many terms; name its parts: `q = x + y; q*z`"


class Sigmoid(Enum):
    """How a sigmoid is drawn: as the formula has it, as one fused gate, or as its four simple gates."""

    AS_WRITTEN = "as-written"
    FUSED = "fused"
    GATES = "gates"


def formula_graph(text: str, *, sigmoid: Sigmoid = Sigmoid.AS_WRITTEN, name: str = "") -> Graph:
    """The graph of a formula; its last step is the output. Raises FormulaError or GraphError."""
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text)} characters, more than the {LONGEST} allowed")
    builder = _Builder(sigmoid)
    steps = _parse(text)
    assigned = {target for target, _ in steps if target}
    builder.reserve(
        assigned | {node.id for _, tree in steps for node in ast.walk(tree) if isinstance(node, ast.Name)}
    )
    try:
        for target, tree in steps:
            builder.step(target, tree)
    except RecursionError:
        raise FormulaError(TOO_DEEP) from None
    return Graph(builder.nodes.values(), output=builder.last, name=name or text)


def _parse(text: str) -> list[tuple[str, ast.expr]]:
    """(target, expression) for each step; the target is empty where none is named."""
    if "^" in text:
        raise FormulaError("write a power as x**2, not x^2", column=text.index("^") + 1)
    stripped = text.strip()
    lead = text.index(stripped) if stripped else 0
    starts = [lead, *(lead + separator.end() for separator in SEPARATOR.finditer(stripped))]
    try:
        module = ast.parse(SEPARATOR.sub("\n", stripped), mode="exec")
    except SyntaxError as error:
        line = min(error.lineno or 1, len(starts)) - 1
        raise FormulaError(f"not a formula: {error.msg}", column=starts[line] + (error.offset or 1)) from None
    except (RecursionError, MemoryError):
        raise FormulaError(TOO_DEEP) from None
    except ValueError:
        raise FormulaError("not a formula: it holds a character that no formula has") from None
    for node in ast.walk(module):
        if isinstance(node, (ast.expr, ast.stmt)):
            node.col_offset += starts[node.lineno - 1]  # columns of the text as it was given
    steps: list[tuple[str, ast.expr]] = []
    for statement in module.body:
        match statement:
            case ast.Expr(value=tree):
                steps.append(("", tree))
            case ast.Assign(targets=[ast.Name(id=target)], value=tree):
                if any(target == earlier for earlier, _ in steps):
                    raise FormulaError(f"{target!r} is defined twice", column=statement.col_offset + 1)
                steps.append((target, tree))
            case _:
                raise FormulaError("a step is an expression, or `name = expression`")
    if not steps:
        raise FormulaError("the formula is empty")
    for target, _ in steps[:-1]:
        if not target:
            raise FormulaError("only the last step may go without a name: write `q = x + y; q*z`")
    return steps


@dataclass(slots=True)
class _Builder:
    sigmoid: Sigmoid
    nodes: dict[str, Node] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    last: str = ""

    def reserve(self, names: set[str]) -> None:
        """Keep the names that the formula uses free of our own."""
        self.taken |= names

    def step(self, target: str, tree: ast.expr) -> None:
        result = self.visit(tree, target)
        if isinstance(result, float):
            if target:
                raise FormulaError(
                    f"{target!r} is a constant: leave the step out and give {target}={result:g} as a value"
                )
            raise FormulaError("the formula is a constant: it has no variable to differentiate by")
        if target and result != target:  # x = r: a wire that gets a second name
            result = self.add(IDENTITY, (result,), "=", target)
        self.last = result

    def add(self, op: Layer, arguments: tuple[Argument, ...], label: str = "", target: str = "") -> str:
        """A new node for an operation: called as the formula says, else after the operation and a count."""
        name = target
        while not name or (name in self.nodes) or (not target and name in self.taken):
            self.counts[op.name] += 1
            name = f"{op.name}{self.counts[op.name]}"
        if target in self.nodes:
            raise FormulaError(f"{target!r} is used before the step that defines it")
        self.nodes[name] = Node(name, op, arguments, label or op.symbol or op.name)
        return name

    def visit(self, tree: ast.expr, target: str = "") -> Argument:
        """The node of an expression, or its value where it is a plain number."""
        if (fused := self.fused(tree)) is not None:
            return self.call("sigmoid", [fused], tree, target)
        match tree:
            case ast.Constant(value=bool() | complex()):
                raise FormulaError(f"{tree.value!r} is not a number", column=tree.col_offset + 1)
            case ast.Constant(value=int() | float() as value):
                return _number(lambda: float(value), tree)
            case ast.Name(id=leaf):
                return self.leaf(leaf)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.visit(operand, target)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.scaled(-1.0, self.visit(operand), target)
            case ast.BinOp():
                return self.spine(tree, target)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self.call(function, arguments, tree, target)
        what = "calls of a plain name" if isinstance(tree, ast.Call) else "+ - * / ** and calls"
        shown = ast.unparse(tree)
        shown = shown if len(shown) <= 30 else shown[:27] + "..."
        raise FormulaError(f"`{shown}` is not allowed: a formula has {what}", column=tree.col_offset + 1)

    def spine(self, tree: ast.BinOp, target: str) -> Argument:
        """a + b + c + ... leans to the left: walked in a loop, so that 3000 terms need no 3000 frames."""
        steps = [tree]
        while isinstance(left := steps[-1].left, ast.BinOp) and not self.fused(left):
            steps.append(left)
        result = self.visit(steps[-1].left)
        for step in reversed(steps):
            result = self.binary(
                step.op, result, self.visit(step.right), step, target if step is tree else ""
            )
        return result

    def fused(self, tree: ast.expr) -> ast.expr | None:
        """u if the expression is to be drawn as one gate, sigmoid(u)."""
        return _sigmoid_argument(tree) if self.sigmoid is Sigmoid.FUSED else None

    def leaf(self, name: str) -> str:
        if name not in self.nodes:
            self.nodes[name] = Node(name)
        return name

    def scaled(self, factor: float, operand: Argument, target: str = "") -> Argument:
        if isinstance(operand, float):
            return factor * operand
        return self.add(SCALE, (operand, factor), f"×{_short(factor)}", target)

    def shifted(self, operand: str, by: float, target: str) -> str:
        return self.add(SHIFT, (operand, by), f"+{_short(by)}" if by >= 0 else f"−{_short(-by)}", target)

    def binary(
        self, op: ast.operator, left: Argument, right: Argument, tree: ast.BinOp, target: str
    ) -> Argument:
        match op, left, right:
            case ast.Add(), float(), float():
                return left + right
            case ast.Add(), str(), float():
                return self.shifted(left, right, target)
            case ast.Add(), float(), str():
                return self.shifted(right, left, target)
            case ast.Add(), _, _:
                return self.add(ADD, (left, right), target=target)
            case ast.Sub(), float(), float():
                return left - right
            case ast.Sub(), str(), float():
                return self.shifted(left, -right, target)
            case ast.Sub(), float(), str():
                negated = self.scaled(-1.0, right)
                assert isinstance(negated, str)
                return self.shifted(negated, left, target)
            case ast.Sub(), _, _:
                return self.add(SUBTRACT, (left, right), target=target)
            case ast.Mult(), float(), _:
                return self.scaled(left, right, target)
            case ast.Mult(), _, float():
                return self.scaled(right, left, target)
            case ast.Mult(), _, _:
                return self.add(MULTIPLY, (left, right), target=target)
            case ast.Div(), _, float():
                return self.scaled(_number(lambda: 1 / right, tree), left, target)
            case ast.Div(), float(), str():
                if left == 1.0:
                    return self.add(RECIPROCAL, (right,), target=target)
                return self.scaled(left, self.add(RECIPROCAL, (right,)), target)
            case ast.Div(), str(), str():
                return self.add(MULTIPLY, (left, self.add(RECIPROCAL, (right,))), target=target)
            case ast.Pow(), _, _:
                return self.power(left, right, tree, target)
        symbols = {ast.FloorDiv: "//", ast.Mod: "%", ast.MatMult: "@"}
        shown = symbols.get(type(op), type(op).__name__)
        raise FormulaError(
            f"`{shown}` is not allowed: a formula has + - * / and **", column=tree.col_offset + 1
        )

    def power(self, base: Argument, exponent: Argument, tree: ast.BinOp, target: str) -> Argument:
        match base, exponent:
            case float(), float():
                return _number(lambda: float(base**exponent), tree)
            case str(), float():
                if exponent == 2.0:
                    return self.add(SQUARE, (base,), target=target)
                if exponent == -1.0:
                    return self.add(RECIPROCAL, (base,), target=target)
                return self.add(POWER, (base, exponent), f"^{_short(exponent)}", target)
            case float(), str():
                # aˣ = e^(x log a)
                scaled = self.scaled(_number(lambda: math.log(base), tree), exponent)
            case _:
                # xʸ = e^(y log x), for x > 0
                assert isinstance(base, str)
                scaled = self.add(MULTIPLY, (exponent, self.add(LOG, (base,))))
        assert isinstance(scaled, str)
        return self.add(EXP, (scaled,), target=target)

    def call(self, function: str, arguments: list[ast.expr], tree: ast.expr, target: str) -> Argument:
        column = tree.col_offset + 1
        if function == "sqrt" and len(arguments) == 1:
            half = ast.copy_location(ast.Constant(0.5), tree)
            return self.visit(ast.copy_location(ast.BinOp(arguments[0], ast.Pow(), half), tree), target)
        if function not in FUNCTIONS:
            known = ", ".join(sorted((*FUNCTIONS, "sqrt")))
            raise FormulaError(f"`{function}` is not a function here; there are {known}", column=column)
        op, count = FUNCTIONS[function]
        if len(arguments) != count:
            raise FormulaError(
                f"{function} takes {count} argument{'s' * (count > 1)}, not {len(arguments)}", column=column
            )
        operands = tuple(self.visit(argument) for argument in arguments)
        if function == "sigmoid" and self.sigmoid is Sigmoid.GATES and isinstance(operands[0], str):
            negated = self.add(SCALE, (operands[0], -1.0), "×−1")
            plus_one = self.shifted(self.add(EXP, (negated,)), 1.0, "")
            return self.add(RECIPROCAL, (plus_one,), target=target)
        if all(isinstance(operand, float) for operand in operands):
            return _number(lambda: float(op.forward_rule(*operands)[0]), tree)
        return self.add(op, operands, target=target)


def _sigmoid_argument(tree: ast.expr) -> ast.expr | None:
    """u if the expression is 1/(1 + exp(-u)), its terms in either order."""
    match tree:
        case ast.BinOp(
            left=ast.Constant(value=1), op=ast.Div(), right=ast.BinOp(left=a, op=ast.Add(), right=b)
        ):
            for one, power in ((a, b), (b, a)):
                match one, power:
                    case (
                        ast.Constant(value=1),
                        ast.Call(
                            func=ast.Name(id="exp"), args=[ast.UnaryOp(op=ast.USub(), operand=u)], keywords=[]
                        ),
                    ):
                        return u
    return None


def _number(compute: Callable[[], float], tree: ast.expr) -> float:
    """A constant of the formula, or a FormulaError where it is no finite real number."""
    try:
        with np.errstate(all="ignore"):  # the reason for a value that is not finite is said below
            value = compute()
    except (ArithmeticError, ValueError, TypeError):
        value = math.nan
    if not math.isfinite(value):
        shown = ast.unparse(tree)
        shown = shown if len(shown) <= 30 else shown[:27] + "..."
        raise FormulaError(f"`{shown}` is not a finite number", column=tree.col_offset + 1)
    return value


def _short(value: float) -> str:
    """1e-9 rather than 1e-09, with a real minus."""
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), f"{value:.4g}").replace("-", "−")
