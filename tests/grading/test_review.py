"""What reviewers got past the grader, or unjustly caught by it: each once, and never again."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.checks.seeds import SeedSource
from grader.grading import Grader
from grader.report.report import Status
from grader.runner.inprocess import InProcessRunner
from grader.submission import Submission, Unit
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES, failing, judged


def report(text, *ids):
    """The graded exercises of this source, by id."""
    known = {name: EXERCISES[name] for name in ids}
    grading = Grader(Assignment.from_exercises({n: e.worth for n, e in known.items()}, ids), known)
    unit = Unit("a.py", text, "a.py", None, "a")
    found = grading.grade(
        Submission("a.py", Path("a.py"), (unit,), (), "0", (), {}), InProcessRunner(), SeedSource(b"a seed")
    )
    return {exercise.id: exercise for exercise in found.exercises}


def later(text):
    return f"{SOLUTIONS}\n{text}"


class TestNothingBuysMarks:
    @pytest.mark.parametrize("value", ["0.0", "1.0", "1e-12", "float('nan')", "2.0"])
    @pytest.mark.parametrize("id", ["sigmoid_circuit", "chain_rs", "product_of_sum"])
    def test_a_graph_of_one_number_throughout(self, id, value):
        exercise = EXERCISES[id]
        names = [*exercise.nodes, f"d{exercise.graph.output}"]
        text = f"def {exercise.function}(*a):\n    return dict.fromkeys({names!r}, {value})\n"
        assert report(text, id)[id].score <= 1

    def test_a_graph_whose_forward_values_are_all_zero_too(self):
        exercise = EXERCISES["chain_rs"]
        names = [*exercise.nodes, *exercise.graph.nodes]
        text = f"def chain_rs(r, s):\n    return dict.fromkeys({names!r}, 0.0)\n"
        assert report(text, "chain_rs")["chain_rs"].score <= 1

    def test_another_value_for_the_outputs_own_gradient(self):
        text = later(
            "_right = product_of_sum\ndef product_of_sum(x, y, z):\n    g = _right(x, y, z)\n"
            "    return {k: 2 * v for k, v in g.items() if k.startswith('d')} | {'df': 2.0}\n"
        )
        found = report(text, "product_of_sum")["product_of_sum"]
        assert found.score < found.max_score

    def test_a_shift_by_the_largest_of_all_scores(self):
        text = later(
            "def softmax_loss(x, y):\n    z = x - np.max(x)\n    s = np.exp(z).sum(1, keepdims=True)\n"
            "    lp = z - np.log(s)\n    d = np.exp(lp)\n    r = np.arange(len(y))\n    d[r, y] -= 1\n"
            "    return -lp[r, y].mean(), d / len(y)\n"
        )
        assert failing(judged(EXERCISES["softmax_loss"], text))

    def test_an_initialiser_that_ignores_its_seed(self):
        text = later(
            "def he_init(n, m, seed):\n    return np.random.default_rng(0).normal(0, np.sqrt(2 / n), (n, m))\n"
        )
        assert failing(judged(EXERCISES["he_init"], text)) == {"repeatable"}

    def test_sorted_weights(self):
        text = later(
            "_he = he_init\ndef he_init(n, m, seed):\n    return np.sort(_he(n, m, seed).ravel()).reshape(n, m)\n"
        )
        assert "normal" in failing(judged(EXERCISES["he_init"], text))

    def test_weights_that_are_all_zero(self):
        text = later("def he_init(n, m, seed):\n    return np.zeros((n, m))\n")
        assert report(text, "he_init")["he_init"].score <= 1

    @pytest.mark.parametrize(
        ("id", "spoiled"),
        [
            (
                "numerical_grad",
                "_f = numerical_grad\ndef numerical_grad(f, x):\n    g = _f(f, x)\n    x[:] = 0\n    return g\n",
            ),
            (
                "topo_sort",
                "_t = topo_sort\ndef topo_sort(graph):\n    o = _t(graph)\n    graph.clear()\n    return o\n",
            ),
            (
                "two_layer",
                "_l = two_layer_loss\ndef two_layer_loss(*a):\n    r = _l(*a)\n    a[4][:] = 0\n    return r\n",
            ),
        ],
    )
    def test_arguments_that_come_back_changed(self, id, spoiled):
        found = report(later(spoiled), id)[id]
        assert found.score < found.max_score
        assert "unchanged" in {f.check for f in found.findings}
        assert found.slips == 1

    def test_layers_of_ones(self):
        text = """
import numpy as np
def affine_forward(x, w, b): return np.ones((len(x), w.shape[1])), (x, w, b)
def affine_backward(d, c): return tuple(np.ones(a.shape) for a in c)
def relu_forward(x): return np.ones(x.shape), x
def relu_backward(d, c): return np.ones(c.shape)
def softmax_loss(x, y): return 1.0, np.ones(x.shape)
def two_layer_loss(W1, b1, W2, b2, X, y):
    return 1.0, {"W1": np.ones(W1.shape), "b1": np.ones(b1.shape), "W2": np.ones(W2.shape), "b2": np.ones(b2.shape)}
"""
        assert report(text, "two_layer")["two_layer"].score == 0

    @pytest.mark.parametrize("id", ["relu", "sigmoid"])
    def test_following_through_on_another_function(self, id):
        text = f"def {id}_forward(x): return x**2, x\ndef {id}_backward(d, x): return 2 * x * d\n"
        assert report(text, id)[id].score == 0

    @pytest.mark.parametrize("forward", ["x * (x > 0.1)", "np.clip(x, 0, 10)"])
    def test_a_relu_with_a_threshold_or_a_clip(self, forward):
        backward = "def relu_backward(d, x): return d * (x > 0)\n"
        text = f"import numpy as np\ndef relu_forward(x): return {forward}, x\n{backward}"
        assert failing(judged(EXERCISES["relu"], text)) == {"out"}

    def test_an_error_of_a_third_of_a_thousandth_that_is_made_to_look_like_noise(self):
        text = later(
            "def sigmoid_backward(d, c):\n    return d * c * (1 - c) * (1 + 3e-4 * np.sin(1e9 * c))\n"
        )
        assert "dx" in failing(judged(EXERCISES["sigmoid"], text))


class TestRightWork:
    @pytest.mark.parametrize(
        "text",
        [
            "import numpy as np\ndef relu_forward(x): return np.maximum(0, x), x\n"
            "def relu_backward(d, c): return (d * (c > 0)).tolist()\n",
            "import numpy as np\ndef relu_forward(x): return [np.maximum(0, x), x]\n"
            "def relu_backward(d, c): return d * (c > 0)\n",
            "import numpy as np\ndef relu_forward(x): return np.maximum(0, x), x\n"
            "def relu_backward(d, c): return {'dx': d * (c > 0)}\n",
            "import numpy as np\ndef make():\n"
            "    return (lambda x: (np.maximum(0, x), x)), (lambda d, c: d * (c > 0))\n"
            "relu_forward, relu_backward = make()\n",
            "import numpy as np\nrelu_forward = (lambda x: (np.maximum(0, x), x)) if True else None\n"
            "def relu_backward(d, c): return d * (c > 0)\n",
        ],
    )
    def test_plausible_styles(self, text):
        found = report(text, "relu")["relu"]
        assert found.passed
        assert found.score == found.max_score

    @pytest.mark.parametrize(
        "made", ["deque(order)", "dict.fromkeys(order).keys()", "np.array(order)", "tuple(order)"]
    )
    def test_an_order_in_any_sequence(self, made):
        text = later(
            "from collections import deque\n_t = topo_sort\n"
            f"def topo_sort(graph):\n    order = _t(graph)\n    return {made}\n"
        )
        if made.startswith("np"):
            text = text.replace("np.array(order)", "list(np.array(order))")
        assert failing(judged(EXERCISES["topo_sort"], text)) == set()

    def test_single_precision_inside_ones_own_layers(self):
        text = SOLUTIONS.replace(
            "def affine_forward(x, w, b):",
            "def affine_forward(x, w, b):\n    x, w, b = (a.astype(np.float32) for a in (x, w, b))",
        )
        found = report(text, "two_layer")["two_layer"]
        assert found.score == found.strict_score == found.max_score

    def test_temporaries_that_happen_to_be_called_like_nodes(self):
        text = later(
            "_c = chain_rs\ndef chain_rs(r, s):\n    g = _c(r, s)\n    return g | {'x': 77.0, 'y': 'text'}\n"
        )
        found = report(text, "chain_rs")["chain_rs"]
        assert found.passed
        assert found.findings == ()


class TestCounting:
    def test_one_exception_is_one_slip(self):
        text = later("def two_layer_loss(*a):\n    h, c = (1, 2, 3)\n")
        assert report(text, "two_layer")["two_layer"].slips == 1

    def test_a_missing_return_is_one_slip(self):
        text = (
            "import numpy as np\ndef affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, x\n"
            "def affine_backward(d, c):\n    x = 1\n"
        )
        assert report(text, "affine")["affine"].slips == 1

    def test_a_wrong_forward_value_is_one_slip_and_costs_one(self):
        returned = '    return {"f": f, "dt": dt'
        assert returned in SOLUTIONS
        text = SOLUTIONS.replace("y = r * s", "y = r / s").replace(
            returned, '    return locals() or {"dt": dt'
        )
        found = report(text, "chain_rs")["chain_rs"]
        assert 0 < found.score < found.max_score
        assert found.slips == 1
        assert found.score == found.max_score - 1

    @pytest.mark.parametrize("name", ["softmax_loss", "affine_forward", "relu_forward"])
    def test_an_empty_tuple_is_no_fault_of_the_graders(self, name):
        found = report(
            later(f"def {name}(*a):\n    return ()\n"), "two_layer", "softmax_loss", "affine", "relu"
        )
        assert all(exercise.status is not Status.UNGRADED for exercise in found.values())

    def test_two_things_where_one_was_asked_for_are_no_fault_of_the_graders(self):
        text = (
            "def copy_gate_forward(x):\n    return [1, 2]\ndef copy_gate_backward(*a):\n    return [1, 2]\n"
        )
        assert report(text, "copy_gate")["copy_gate"].status is not Status.UNGRADED

    def test_a_network_that_is_not_written_is_not_started(self):
        text = SOLUTIONS.replace("def two_layer_loss", "def another_name")
        assert report(text, "two_layer")["two_layer"].status is Status.NOT_STARTED

    def test_gradients_under_other_keys_are_missing_and_not_unstarted(self):
        found = report(
            "def product_of_sum(x, y, z):\n    return dict(x=z, y=z, z=x + y, q=z)\n", "product_of_sum"
        )
        assert found["product_of_sum"].status is Status.GRADED

    def test_no_mistake_of_backward_is_named_where_the_cache_holds_a_wrong_output(self):
        forward = "def exp_gate_forward(x):\n    out = x * 1.0\n    return out, out\n"
        text = f"{forward}def exp_gate_backward(d, c):\n    return d * c\n"
        assert [d.node for d in report(text, "exp_gate")["exp_gate"].diagnoses] in ([], ["out"])

    @pytest.mark.parametrize(
        ("id", "text"),
        [
            (
                "exp_gate",
                "def exp_gate_forward(x):\n    out = x * 1.0\n    return out, out\n"
                "def exp_gate_backward(d, c):\n    return d * c\n",
            ),
            (
                "sigmoid",
                "import numpy as np\nclass Cache: pass\ndef sigmoid_forward(x):\n    c = Cache()\n"
                "    c.kept = {'out': 1 / (1 + np.exp(-2 * np.clip(x, -300, 300)))}\n    return c.kept['out'], c\n"
                "def sigmoid_backward(d, c):\n    s = c.kept['out']\n    return d * s * (1 - s)\n",
            ),
        ],
    )
    def test_a_slip_in_a_forward_whose_output_is_cached_is_punished_once(self, id, text):
        found = report(text, id)[id]
        gradients = sum(node.points for node in found.nodes if node.name.startswith("d"))
        assert found.score == gradients > 0
        assert found.slips == 1
        assert found.strict_score == 0

    def test_a_wrong_backward_on_a_wrong_output_is_two_slips(self):
        text = "def exp_gate_forward(x):\n    out = x * 1.0\n    return out, out\n"
        found = report(text + "def exp_gate_backward(d, c):\n    return -d * c\n", "exp_gate")["exp_gate"]
        assert found.score == 0
        assert found.slips == 2
