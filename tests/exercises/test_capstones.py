"""The capstones: an engine judged by what it finds, 26 nodes each on its own, and bugs that hide."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from exercises.graphs.tensor_engine import TENSOR_ENGINE
from exercises.graphs.tensor_programs import SHAPES, draw_arrays, programs
from grader.findings import Verdict
from reference.tensor import Tensor
from tests.exercises.shared import BY_ID, graph_situation
from tests.exercises.solutions import TEXTS
from tests.exercises.test_graded import graded

TEXT = TEXTS["capstones"]
ENGINE = BY_ID["tensor_engine"]


def failed(exercise, text):
    return {name for name, node in graded(exercise, text).nodes.items() if node.verdict is Verdict.FAIL}


def slipped(*replacements):
    text = TEXT
    for right, wrong in replacements:
        assert right in text
        text = text.replace(right, wrong)
    return text


ORACLE = {
    "+": lambda x, y: x + y,
    "*": lambda x, y: x * y,
    "@": anp.dot,
    "relu": lambda x, y: anp.maximum(x, 0),
    "sum": lambda x, y: anp.sum(x),
}


def by_autograd(program, arrays):
    """Value and gradients of a program by an autodiff that shares no code with ours."""

    def run(values):
        known = dict(zip(program.inputs, values, strict=True))
        known["out"] = values[0]
        for step in (*program.steps[:-1] * program.repeat, program.steps[-1]):
            right = known[step.right] if isinstance(step.right, str) and step.right else step.right
            known[step.name] = ORACLE[step.op](known[step.left], right)
        return known[program.steps[-1].name]

    value, gradients = autograd.value_and_grad(run)(list(arrays))
    return value, gradients


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_the_engine_of_the_reference_agrees_with_an_independent_autodiff(program):
    arrays = draw_arrays(program, np.random.default_rng(3))
    tensors = [Tensor(array) for array in arrays]
    out, _ = program.run(tensors)
    out.backward()
    value, gradients = by_autograd(program, arrays)
    assert np.allclose(out.data, value, rtol=1e-12)
    for tensor, gradient in zip(tensors, gradients, strict=True):
        assert np.allclose(tensor.grad, gradient, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_the_source_of_a_program_does_what_its_steps_do(program):
    arrays = draw_arrays(program, np.random.default_rng(5))
    namespace = {}
    exec(program.source, namespace)
    by_source = namespace[program.name](*(Tensor(array) for array in arrays))
    by_steps, _ = program.run([Tensor(array) for array in arrays])
    assert np.array_equal(by_source.data, by_steps.data)


def test_the_programs_reach_every_node_and_every_kind_of_stretching():
    assert {node for program in programs() for node in program.nodes} | {"value"} == set(ENGINE.points)
    assert {name for program in programs() for name in program.inputs} == set(SHAPES)
    random = [program for program in programs() if program.nodes == ("graphs",)]
    assert len({program.line for program in random}) == len(random) >= 10


def test_no_program_asks_only_for_gradients_that_vanish():
    for program in programs():
        tensors = [Tensor(array) for array in draw_arrays(program, np.random.default_rng(2))]
        out, _ = program.run(tensors)
        out.backward()
        assert sum(np.abs(tensor.grad).max() > 1e-3 for tensor in tensors) >= len(tensors) - 2


def test_backward_of_the_reference_accumulates_over_two_calls():
    a = Tensor([1.0, 2.0])
    out = (a * a).sum()
    out.backward()
    out.backward()
    assert np.array_equal(a.grad, [4.0, 8.0])


OVER = "self.grad = self.grad + self._unbroadcast(out.grad, self.data.shape)"
OTHER = "other.grad = other.grad + self._unbroadcast(out.grad, other.data.shape)"
TIMES = "self.grad = self.grad + self._unbroadcast(out.grad * other.data, self.data.shape)"

ENGINES = {
    "relu masks its upstream": (
        [("out.grad * (self.data > 0)", "out.grad * (out.grad > 0)")], {"relu", "broadcast", "graphs"},
    ),
    "sum ignores its upstream": (
        [("np.ones(self.data.shape) * out.grad", "np.ones(self.data.shape)")], {"sum"},
    ),
    "matmul hands on ones": (
        [("self.grad + out.grad.dot(other.data.T)", "self.grad + np.ones_like(out.grad).dot(other.data.T)")],
        {"matmul", "broadcast", "graphs"},
    ),
    "the sum of a fan-out is overwritten": (
        [(TIMES, TIMES.replace("self.grad + ", "", 1))], {"fan_out", "add", "matmul", "graphs"},
    ),
    "a stretched axis of size 1 is not summed": (
        [("            if n == 1:\n                g = g.sum(axis=axis, keepdims=True)\n", "            pass\n")],
        {"broadcast", "graphs"},
    ),
    "the first row of a stretched axis is taken": (
        [("            g = g.sum(axis=0)\n", "            g = g[0]\n")], {"broadcast", "graphs"},
    ),
    "a node hands on before all its uses have sent": (
        [("            if uses[child] == 0:\n", "            if True:\n")], {"fan_out", "graphs", "deep"},
    ),
    "a forward that is wrong": ([("np.maximum(0, self.data)", "np.abs(self.data)")], {"value", "relu", "graphs"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
def test_a_wrong_engine_loses_the_nodes_that_its_slip_is_about(name):
    replacements, least = ENGINES[name]
    found = failed(ENGINE, slipped(*replacements))
    assert found, name
    assert found <= least, found
    assert len(found) < len(ENGINE.points)


RECURSIVE = """    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node._children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = np.ones(self.data.shape)
        for node in reversed(order):
            node._backward()
"""


def test_a_recursive_order_is_right_and_loses_the_deep_graph_alone():
    start, end = TEXT.index("    def backward(self):"), TEXT.index("def tensor_gradients")
    text = TEXT[:start] + RECURSIVE + "\n\n" + TEXT[end:]
    assert failed(ENGINE, text) == {"deep"}


def test_a_missing_operation_costs_itself_and_what_needs_it():
    right = "        out = Tensor(self.data.dot(other.data), (self, other))"
    found = failed(ENGINE, slipped((right, "        raise NotImplementedError")))
    assert found == {"matmul", "broadcast", "graphs"}


def test_what_a_judge_says_of_an_engine_is_short_and_names_the_expression():
    checked = graded(ENGINE, slipped((TIMES, TIMES.replace("self.grad + ", "", 1))))
    message = checked.nodes["fan_out"].message
    assert "f = c.sum()" in message
    assert "expected" in message
    assert len(message) < 200


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "IndexError: x",
        3.0,
        (1.0,),
        (1.0, None),
        (None, [1.0]),
        ("a", ["b"]),
        (1.0, [[1.0, 2.0], [3.0]]),
    ],
)
def test_whatever_an_engine_returns_is_judged_and_never_an_error_of_ours(returned):
    for size in TENSOR_ENGINE.sizes[:4]:
        arguments = TENSOR_ENGINE.draw(np.random.default_rng(1), size)
        assert TENSOR_ENGINE.judge(arguments, returned)


NODES = [
    ("dv = dinv * -0.5 * v**-1.5", "dv = dinv * -1 / 2 * v**-3 / 2", "dv"),
    ("dmu = -dc.sum(0, keepdims=True)", "dmu = -dc.mean(0, keepdims=True)", "dmu"),
    ("dc = dn * inv + dsq * 2 * c", "dc = dn * inv", "dc"),
    ("dz = dc + dmu / N", "dz = dc", "dz"),
    ("ds = dlogp + de * e", "ds = dlogp", "ds"),
    ("dgain = (dg * n).sum(0)", "dgain = (dg * n).mean(0)", "dgain"),
    ("dsq = np.ones_like(sq) * dvar / N", "dsq = np.ones_like(sq) * dvar", "dsq"),
    ("dlogZ = -dlogp.sum(1, keepdims=True)", "dlogZ = dlogp.sum(1, keepdims=True)", "dlogZ"),
    ("da = dh * (1 - h**2)", "da = dh * (1 - a**2)", "da"),
    ("db2 = ds.sum(0)", "db2 = ds.mean(0)", "db2"),
]


@pytest.mark.parametrize(("right", "wrong", "node"), NODES)
def test_of_26_gradients_the_wrong_one_is_the_only_origin(right, wrong, node):
    checked = graded(BY_ID["network_26"], slipped((right, wrong)))
    origins = [name for name, result in checked.nodes.items() if result.standing.value == "origin"]
    assert origins == [node]


def test_the_network_has_26_gradients_and_three_fan_outs():
    exercise = BY_ID["network_26"]
    assert len(exercise.nodes) == exercise.worth == 26
    users = exercise.graph.consumers
    assert {name for name in exercise.graph.nodes if len(users[name]) > 1} == {"z", "c", "s"}


def test_the_network_is_drawn_square_and_oblong_and_its_targets_sum_to_1():
    exercise = BY_ID["network_26"]
    square = 0
    for seed in range(20):
        values = exercise.draw(np.random.default_rng(seed))
        sizes = {len(values["x"]), *values["W1"].shape, values["W2"].shape[1]}
        square += len(sizes) == 1
        assert len(sizes) in (1, 4)
        assert np.allclose(values["T"].sum(axis=1), 1)
        loss = graph_situation(exercise, values)["loss"]
        assert loss.shape == (1, 1)
        assert loss[0, 0] > 0
    assert 4 <= square <= 16


@pytest.mark.parametrize(
    ("id", "right", "wrong"),
    [
        ("clinic_padding", "dxp[:, :, p : p + H, p : p + W]", "dxp[:, :, p:-p, p:-p]"),
        ("clinic_overlap", "dx[n, c, rows, columns] += (window", "dx[n, c, rows, columns] = (window"),
        ("clinic_repeats", "        dW[word] += g", "        dW[word] = g"),
        ("clinic_rows", "np.sum(dp * p, axis=1).reshape(-1, 1)", "np.sum(dp * p)"),
        ("clinic_penalty", "2 * reg * W", "reg * W"),
        ("clinic_upstream", "    dx = dout.copy()\n    dx[x <= 0] = 0", "    dx = dout\n    dx[x <= 0] = 0"),
        ("clinic_path", "dc * f, x.T @ dz", "dnext_c * f, x.T @ dz"),
    ],
)
def test_a_bug_of_the_clinic_that_was_not_mended_is_found(id, right, wrong):
    assert failed(BY_ID[id], slipped((right, wrong))) == {"mended"}


def test_a_mended_slice_that_breaks_the_padded_case_is_found():
    """Only pad 0 was wrong; what was right must stay right."""
    wrong = slipped(("dxp[:, :, p : p + H, p : p + W]", "dxp[:, :, :H, :W]"))
    assert failed(BY_ID["clinic_padding"], wrong) == {"mended"}


@pytest.mark.parametrize(
    ("id", "right", "wrong"),
    [
        ("clinic_padding", '{"stride": 1, "pad": 0}\n', '{"stride": 1, "pad": 1}\n'),
        ("clinic_overlap", '"pool_width": 2, "stride": 1', '"pool_width": 1, "stride": 1'),
        ("clinic_repeats", '"x": [[1, 1]]', '"x": [[1, 0]]'),
        ("clinic_rows", "[[1.0, 2.0], [3.0, 1.0]]", "[[1.0, 2.0]]"),
        ("clinic_penalty", "[0], 0.5", "[0], 0.0"),
        ("clinic_upstream", "[-2.0, 1.0], [0.5, 0.5]", "[2.0, 1.0], [0.5, 0.5]"),
    ],
)
def test_inputs_where_the_bug_hides_are_no_counterexample(id, right, wrong):
    assert failed(BY_ID[id], slipped((right, wrong))) == {"counterexample"}
