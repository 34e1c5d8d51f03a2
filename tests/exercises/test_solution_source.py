"""The written-out solution of every exercise: plain, complete, and worth full marks."""

from __future__ import annotations

import ast
import sys

import numpy as np
import pytest

from grader.checks.dispatch import check
from grader.checks.seeds import SeedSource
from grader.exercise import AlgorithmExercise, GraphExercise, LayerExercise, WrittenExercise
from grader.exercise.solution import SolutionError, Solutions, solution_source
from grader.findings import Verdict
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.solutions.bundle import Bundle
from grader.worker.program import Source
from reference import optimizers, svm_loss_weights
from reference.catalogue import layers
from reference.formula import formula_graph
from reference.gates import COPY
from reference.graph import Graph, Node
from reference.linear_rows import AFFINE
from tests.exercises.shared import ALL, BY_ID
from tests.exercises.test_graded import graded

PAPER = SeedSource(b"assignment and student")
"""As in test_graded."""
CODED = [exercise for exercise in ALL if not isinstance(exercise, WrittenExercise)]


def by_id(exercise):
    return exercise.id


def run(code):
    namespace = {}
    exec(compile(code, "solution", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("exercise", CODED, ids=by_id)
def test_the_written_solution_earns_full_marks_and_no_complaint(exercise):
    code = solution_source(exercise, paper=PAPER)
    for seed in (b"one", b"two"):
        checked = graded(exercise, code, seed=seed)
        assert {name: node.verdict for name, node in checked.nodes.items()} == dict.fromkeys(
            exercise.nodes, Verdict.PASS
        )
        assert [f for f in checked.findings if f.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize("exercise", CODED, ids=by_id)
def test_the_written_solution_is_plain_python_that_defines_what_is_asked(exercise):
    code = solution_source(exercise)
    tree = ast.parse(code)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.FunctionDef) or node.returns is None
        assert not isinstance(node, ast.arg) or node.annotation is None
        if isinstance(node, ast.Import):
            assert all(a.name in sys.stdlib_module_names | {"numpy"} for a in node.names)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in sys.stdlib_module_names | {"numpy"}
    names = run(code)
    assert all(callable(names[name]) for name in exercise.functions)
    assert all(name in names for name in exercise.variables)
    for unwanted in ("InputError", "noqa", "fmt: skip", "Array", "\n\n\n\n", "\t"):
        assert unwanted not in code
    assert all(line == line.rstrip() and len(line) <= 120 for line in code.splitlines())
    assert code == solution_source(exercise)


@pytest.mark.parametrize("name", layers())
def test_the_rules_of_every_layer_can_be_written_out_and_do_the_same(name):
    layer = layers()[name]
    bundle = Bundle()
    forward, backward = bundle.method(layer, "forward"), bundle.method(layer, "backward")
    names = run(bundle.cell())
    rng = np.random.default_rng(3)
    inputs = layer.check(*layer.draw(rng))
    *outs, cache = layer.forward_rule(*inputs)
    *got, got_cache = names[forward](*inputs)
    douts = [np.asarray(rng.integers(-9, 10, np.shape(out)) / 10) for out in outs]
    for mine, right in zip(got, outs, strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-12)
    gradients = names[backward](*douts, got_cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    for mine, right in zip(gradients, layer.backward(*douts, cache), strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-9, atol=1e-12)


def test_all_solutions_together_still_define_everything_rightly():
    """In one namespace, as in a notebook: helpers of one name from two files do not take each other's place."""
    solutions = Solutions(CODED, paper=PAPER)
    code = "\n\n".join(solutions.source(exercise) for exercise in CODED)
    runner = InProcessRunner()
    wanted = dict.fromkeys(name for e in CODED for name in (*e.functions, *e.variables))
    runner.load(Program((Source("solutions.py", code),), tuple(wanted)))
    try:
        for exercise in CODED:
            checked = check(exercise, runner, SeedSource(b"a seed"), PAPER)
            wrong = [node.name for node in checked.nodes.values() if node.verdict is not Verdict.PASS]
            assert wrong == [], exercise.id
    finally:
        runner.close()


def test_what_two_exercises_share_is_written_once():
    solutions = Solutions([BY_ID["affine"], BY_ID["two_layer"]])
    first = solutions.source(BY_ID["affine"])
    assert "def affine_forward" in first
    second = solutions.source(BY_ID["two_layer"])
    assert "def two_layer_loss" in second
    assert "def affine_forward" not in second
    assert second.count("import numpy") + first.count("import numpy") == 1


def test_a_helper_never_takes_a_name_that_an_exercise_asks_for():
    bundle = Bundle(reserved={"_margins"})
    bundle.function(svm_loss_weights.svm_loss_weights_forward)
    assert "def _margins_2(" in bundle.cell()


def test_checks_of_arguments_are_left_out():
    bundle = Bundle()
    bundle.function(svm_loss_weights.svm_loss_naive)
    bundle.function(optimizers.adam)
    code = bundle.cell()
    assert "SVM_LOSS_W" not in code
    assert "raise" not in code
    assert "check_keys" not in code
    assert 't = filled["t"] + 1' in code
    names = run(code)
    w, dw = np.array([1.0, -2.0]), np.array([0.5, 0.25])
    for mine, right in zip(names["adam"](w, dw)[0], optimizers.adam(w, dw)[0], strict=True):
        assert mine == right


def graph_exercise(graph):
    points = {f"d{name}": 1 for name in graph.order if name != graph.output}
    return GraphExercise(id="g", title="", text="", graph=graph, function="g", points=points)


def test_gradients_are_added_where_a_value_goes_several_ways():
    code = solution_source(BY_ID["chain_rs"])
    assert "dr += dx" in code
    assert "dr += dy * s" in code


def test_a_graph_of_every_gate_is_written_out_rightly():
    text = (
        "a = x*y - y/x; b = exp(-a/20); c = max(a, b) + sigmoid(x); d = tanh(c)**3 + relu(x - y);"
        "e = log(1 + b) + sqrt(b) + d**2; f = e*e + x"
    )
    graph = formula_graph(text)
    values = {"x": 1.3, "y": 0.7}
    got = run(solution_source(graph_exercise(graph)))["g"](**values)
    right = graph.backward(values).gradients
    assert {name: float(value) for name, value in got.items()} == pytest.approx(
        {f"d{name}": float(right[name]) for name in graph.order if name != graph.output}
    )


def test_a_graph_of_arrays_calls_the_rules_of_its_layers_and_adds_at_a_fan_out():
    nodes = (
        Node("x"),
        Node("w"),
        Node("b"),
        Node("h", AFFINE, ("x", "w", "b")),
        Node("f", AFFINE, ("h", "w", "b")),
    )
    graph = Graph(nodes)
    rng = np.random.default_rng(1)
    values = {"x": rng.normal(size=(1, 2)), "w": rng.normal(size=(2, 2)), "b": rng.normal(size=2)}
    code = solution_source(graph_exercise(graph))
    got = run(code)["g"](**values)
    right = graph.backward(values).gradients
    assert "dw += dw_f_1" in code
    for name in ("x", "w", "b", "h"):
        np.testing.assert_allclose(got[f"d{name}"], right[name])


def test_a_value_on_no_way_to_the_output_has_gradient_zero():
    nodes = formula_graph("a = x*y; b = x*3; f = a*2").nodes.values()
    code = solution_source(graph_exercise(Graph(nodes, output="f")))
    assert run(code)["g"](x=2.0, y=3.0)["db"] == 0


def algorithm(*solution):
    return AlgorithmExercise(
        id="a", title="", text="", function="f", points={"p": 1}, solution=solution,
        draw=lambda rng, size: (size,), judge=lambda arguments, returned: [],
    )  # fmt: skip


def test_lines_of_an_author_are_kept_as_they_stand():
    line = "def f(x):\n    # as the lecture does it\n    return np.sin(x)\n"
    assert solution_source(algorithm(line)) == f"import numpy as np\n\n\n{line}"


def test_a_solution_that_does_not_define_what_is_asked_is_refused_by_name():
    with pytest.raises(SolutionError, match="exercise a: its `solution` defines no f"):
        solution_source(algorithm("def g(x):\n    return x\n"))
    with pytest.raises(
        SolutionError, match="exercise a: `solution`: its solution uses h, which nothing defines"
    ):
        solution_source(algorithm("def f(x):\n    return h(x)\n"))
    with pytest.raises(SolutionError, match="names no `solution`"):
        solution_source(algorithm())


def test_a_layer_may_have_a_solution_of_its_own():
    exercise = LayerExercise(
        id="c", title="", text="", layer=COPY, points={"dx": 1},
        solution=("def copy_forward(x):\n    return x, x, 0\n\n\ndef copy_backward(a, b, c):\n    return a + b\n",),
    )  # fmt: skip
    assert "return a + b" in solution_source(exercise)
