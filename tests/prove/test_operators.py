"""What a mutant is: one thing changed, told in words that point at it, and the tree as it was afterwards."""

from __future__ import annotations

import ast

import pytest

from grader.prove.code import Code
from grader.prove.operators import mutations


def told(code):
    return [mutation.told() for mutation in mutations(ast.parse(code))]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("d = a + b", "d = a + b -> d = a - b"),
        ("d = a + b", "d = a + b -> d = a"),
        ("d = a - b", "d = a - b -> d = b - a"),
        ("d = a * b", "d = a * b -> d = a + b"),
        ("d = a * b", "d = a * b -> d = b"),
        ("d = a / b", "d = a / b -> d = a * b"),
        ("d = a ** 2", "d = a ** 2 -> d = a ** 3"),
        ("d = -a", "d = -a -> d = a"),
        ("d = x.T @ y", "d = x.T @ y -> d = x @ y"),
        ("d = x @ y", "d = x @ y -> d = y @ x"),
        ("d = x @ y", "d = x @ y -> d = x @ y.T"),
        ("d = x.sum(axis=0)", "d = x.sum(axis=0) -> d = x.sum(axis=1)"),
        ("d = x.sum(axis=1)", "d = x.sum(axis=1) -> d = x.sum(axis=0)"),
        ("d = x.sum(axis=0)", "d = x.sum(axis=0) -> d = x.mean(axis=0)"),
        ("d = x.sum(axis=0)", "d = x.sum(axis=0) -> d = x.sum()"),
        ("d = x.sum(axis=(0, 2))", "d = x.sum(axis=(0, 2)) -> d = x.sum(axis=(2,))"),
        ("d = x.max(keepdims=True)", "d = x.max(keepdims=True) -> d = x.max(keepdims=False)"),
        ("m = x > 0", "m = x > 0 -> m = x >= 0"),
        ("m = x > 0", "m = x > 0 -> m = x < 0"),
        ("m = x == y", "m = x == y -> m = x != y"),
        ("m = p and q", "m = p and q -> m = p or q"),
        ("d = np.outer(a, b)", "d = np.outer(a, b) -> d = np.outer(b, a)"),
        ("d = np.exp(a)", "d = np.exp(a) -> d = a"),
        ("d = np.where(m, a, b)", "d = np.where(m, a, b) -> d = np.where(a, m, b)"),
        ("d = a", "d = a -> d = -a"),
        ("d += a", "d += a -> d = a"),
        ("d += a", "d += a -> d -= a"),
        ("d += a", "d += a -> (left out)"),
        ("d[0] = a", "d[0] = a -> (left out)"),
        ("np.add.at(d, i, a)", "np.add.at(d, i, a) -> d[i] = a"),
        ("def f(a, b):\n    return a, b", "return (a, b) -> return (b, a)"),
        ("if p:\n    d = a", "p -> not p"),
        ("d = a if p else b", "d = a if p else b -> d = b if p else a"),
        ("f(True)", "f(True) -> f(False)"),
        ("d = 0.5 * a", "d = 0.5 * a -> d = 1.0 * a"),
        ("x = reversed(y)", "x = reversed(y) -> x = y"),
        ("r = {'dx': dx, 'dy': dy + 1}", "'dy': dy + 1 -> 'dy': dy - 1"),
    ],
)
def test_a_slip_of_the_pen_is_among_the_mutants(code, change):
    assert change in told(code)


@pytest.mark.parametrize(
    "code",
    [
        "d = a.astype(np.float64)",
        "d = np.empty((2, 3), dtype=a.dtype)",
        "'''words + more'''",
        "import numpy as np",
        "raise ValueError('a' + 'b')",
        "def f(x: 1 + 2 = 3) -> 4:\n    pass",
        "d = x.reshape(-1)",
        "for a, b in zip(c, d, strict=True):\n    pass",
        "d = [a]",
    ],
)
def test_what_changes_no_number_is_left_alone(code):
    assert told(code) == []


def test_adding_the_first_share_to_zero_is_no_mistake_to_overwrite():
    assert "dr += a -> dr = a" not in told("dr = 0.0\ndr += a\ndr += b")
    assert "dr += b -> dr = b" in told("dr = 0.0\ndr += a\ndr += b")


def test_one_variable_takes_the_place_of_another_where_that_is_asked_for():
    tree = ast.parse("dx = df * y")
    assert "dx = df * y -> dx = df * x" in [m.told() for m in mutations(tree, names={"y": "x"})]
    assert "dx = df * y -> dx = df * x" not in [m.told() for m in mutations(tree)]


def test_a_change_in_a_long_line_is_told_in_the_largest_part_that_is_short():
    code = f"d = {' + '.join(f'number_{n} * weight_{n}' for n in range(9))}"
    assert "number_8 * weight_8 -> number_8 + weight_8" in told(code)


def test_each_mutant_differs_and_leaves_the_tree_as_it_was():
    text = "def f(x, w):\n    rows = x.reshape(len(x), -1)\n    return rows.T @ w, w.sum(axis=0)\n"
    tree = ast.parse(text)
    seen = {ast.unparse(tree)}
    for mutation in mutations(tree):
        with mutation.applied():
            changed = ast.unparse(tree)
            compile(ast.fix_missing_locations(tree), "mutant", "exec")
        assert changed not in seen, mutation.told()
        seen.add(changed)
        assert ast.unparse(tree) == ast.unparse(ast.parse(text))
    assert len(seen) >= 10


def test_a_mutant_runs_in_a_namespace_of_its_own():
    code = Code(
        "LIMIT = 2\n\n\ndef helper(x):\n    return x * LIMIT\n\n\ndef f(x):\n    return helper(x) + 1\n"
    )
    values = {m.change.text: m.namespace()["f"](5) for m in code.mutants(code.reached(["f"]))}
    assert values["return helper(x) + 1 -> return helper(x) - 1"] == 9
    assert values["return x * LIMIT -> return x"] == 6
    assert values["LIMIT = 2 -> LIMIT = 3"] == 16
    assert code.namespace()["f"](5) == 11


def test_only_what_a_function_needs_is_changed():
    code = Code(
        "def one():\n    return 1\n\n\ndef two():\n    return one() + 1\n\n\ndef three():\n    return 3\n"
    )
    assert {m.change.function for m in code.mutants(code.reached(["two"]))} == {"one", "two"}
    assert {m.change.function for m in code.mutants(code.reached(["two"], without={"one"}))} == {"two"}


def test_the_lines_that_are_run_are_known():
    code = Code("def f(x):\n    if x > 0:\n        return 1\n    return 2\n")
    assert code.lines_run(lambda names: names["f"](5)) == {1, 2, 3}
    assert 4 in code.lines_run(lambda names: names["f"](-5))
