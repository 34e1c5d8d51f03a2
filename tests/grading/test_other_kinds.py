"""Networks, answers, algorithms, experiments and find-the-bug: the right finding, and one slip punished once."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.answers import number
from grader.marks import slips
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES, failing, judged


def changed(before, after):
    assert SOLUTIONS.count(before) >= 1, before
    return SOLUTIONS.replace(before, after, 1)


def redefined(text):
    """The solutions with functions defined anew at the end: the last definition counts."""
    return f"{SOLUTIONS}\n{text}"


class TestNetwork:
    exercise = EXERCISES["two_layer"]

    def test_a_wrong_layer_leaves_a_rightly_built_network_its_marks(self):
        wrong = redefined(
            "def relu_backward(dout, cache):\n    return dout * 1.0\n"  # forgets the mask
        )
        checked = judged(self.exercise, wrong)
        assert failing(checked) == {"dW1", "db1"}
        assert all(
            checked.nodes[n].standing == "inherited" and checked.nodes[n].earns for n in ("dW1", "db1")
        )
        (said,) = [f for f in checked.findings if f.check == "own layers"]
        assert said.message.startswith("relu_backward: wrong on its own already")

    def test_a_layer_that_returns_zeros_costs_itself_and_buys_nothing(self):
        """What follows from zeros proves nothing; that the network is right with other numbers does."""
        zeros = "def relu_backward(dout, cache):\n    return dout * 0.0\n"
        checked = judged(self.exercise, redefined(zeros))
        assert failing(checked) == {"dW1", "db1"}
        assert all(checked.nodes[n].earns for n in ("dW1", "db1"))
        slip = ("affine_backward(dz1, fc1_cache)", "affine_backward(2 * dz1, fc1_cache)")
        text = redefined(zeros)
        assert slip[0] in text
        checked = judged(self.exercise, text.replace(*slip))
        assert not any(checked.nodes[n].earns for n in ("dW1", "db1"))

    def test_a_network_wired_wrongly_from_right_layers_is_its_own_mistake_and_is_named(self):
        wrong = redefined(
            """
def two_layer_loss(W1, b1, W2, b2, X, y):
    z1, c1 = affine_forward(X, W1, b1)
    h1, cr = relu_forward(z1)
    s, c2 = affine_forward(h1, W2, b2)
    loss, ds = softmax_loss(s, y)
    dh, dW2, db2 = affine_backward(ds, c2)
    _, dW1, db1 = affine_backward(dh, c1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
        )
        checked = judged(self.exercise, wrong)
        assert failing(checked) == {"dW1", "db1"}
        assert checked.nodes["dW1"].standing == "origin"
        assert {d.id for d in checked.diagnoses} == {"relu-forgotten-in-backward"}

    def test_gradients_may_be_called_by_parameter_or_by_gradient(self):
        right = redefined(
            "_two = two_layer_loss\n"
            "def two_layer_loss(*a):\n    loss, g = _two(*a)\n    return loss, {'d' + k: v for k, v in g.items()}\n"
        )
        assert failing(judged(self.exercise, right)) == set()


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "value"),
        [
            (3, 3.0),
            ("-4 * 2", -8.0),
            ("0,20", 0.2),
            ("1/4", 0.25),
            ("−0.5", -0.5),
            ("2^3", 8.0),
            ("(1 + 2)*3", 9.0),
        ],
    )
    def test_numbers_may_be_written_in_many_ways(self, answer, value):
        assert number(answer) == (value, "")

    @pytest.mark.parametrize(
        "answer",
        [True, "about 3", "1/0", "__import__('os')", "9**9**9", None, float("nan"), "x" * 5000, [1, 2]],
    )
    def test_what_is_no_number_is_said_to_be_none(self, answer):
        value, trouble = number(answer)
        assert value != value
        assert trouble

    def test_answers_changed_by_later_statements_are_read_as_a_notebook_would_leave_them(self):
        exercise = EXERCISES["circuits_by_hand"]
        text = "circuit_answers = {}\ncircuit_answers['f'] = '1/3'\ncircuit_answers.update(dx=2)\n"
        checked = judged(exercise, text)
        assert checked.nodes["f"].got == pytest.approx(1 / 3)
        assert checked.nodes["dx"].got == 2
        assert checked.nodes["dy"].message == "no answer"


class TestAlgorithm:
    exercise = EXERCISES["topo_sort"]

    def test_the_smallest_graph_that_fails_is_shown_as_a_call(self):
        checked = judged(self.exercise, "def topo_sort(graph):\n    return sorted(graph)\n")
        assert failing(checked) == {"order"}
        assert checked.example[0].startswith("topo_sort({")

    def test_a_loop_over_a_missing_key_is_told_with_its_line(self):
        checked = judged(self.exercise, "def topo_sort(graph):\n    return [graph['nowhere']]\n")
        assert failing(checked) == set(self.exercise.nodes)
        assert checked.findings[0].where == "cell 12, line 2"

    @pytest.mark.parametrize("largest", [1, 2, 3, 5])
    def test_right_on_the_easy_sizes_and_an_exception_on_the_others_earns_nothing(self, largest):
        """The rule of the module's docstring: it is one slip, and it is told at every node."""
        text = SOLUTIONS + (
            "\n_right = topo_sort\ndef topo_sort(graph):\n"
            f"    if len(graph) > {largest}:\n        raise ValueError('too large')\n    return _right(graph)\n"
        )
        checked = judged(self.exercise, text)
        assert failing(checked) == set(self.exercise.nodes)
        assert slips(checked) == 1

    def test_what_a_size_before_an_exception_shows_stays_at_its_node(self):
        text = (
            "def topo_sort(graph):\n    if len(graph) > 8:\n        raise ValueError('too large')\n"
            "    return sorted(graph)\n"
        )
        checked = judged(self.exercise, text)
        assert "ValueError" not in checked.nodes["order"].message
        assert slips(checked) == 2


def test_an_initialiser_with_a_standard_deviation_for_a_variance_is_told_so():
    wrong = redefined(
        "def he_init(n_in, n_out, seed):\n"
        "    return np.random.default_rng(seed).normal(0, 2 / n_in, (n_in, n_out))\n"
    )
    checked = judged(EXERCISES["he_init"], wrong)
    assert failing(checked) == {"variance"}
    assert "used as a standard deviation" in checked.nodes["variance"].message


def test_a_counterexample_that_shows_nothing_earns_nothing():
    wrong = redefined(
        "def rate_counterexample():\n    return np.array([1.0]), np.array([1.0])\n"  # both gradients are 0 there
    )
    checked = judged(EXERCISES["slide_rate_inside"], wrong)
    assert failing(checked) == {"counterexample"}
    assert "shows nothing" in checked.nodes["counterexample"].message


def test_a_jacobian_with_its_axes_the_other_way_round_is_told_so():
    wrong = redefined(
        "_right = softmax_jacobian\ndef softmax_jacobian(x):\n    J = _right(x)\n    return J * 2\n"
    )
    checked = judged(EXERCISES["softmax_jacobian"], wrong)
    assert failing(checked) == {"jacobian"}


def test_a_shown_gradient_of_another_shape_is_shown_by_inputs_where_it_comes():
    """A slice that is empty without padding: dx is right with padding, and no array of x's shape without."""
    exercise = EXERCISES["clinic_padding"]
    text = (
        "import numpy as np\ndef padding_counterexample():\n    x = np.array([[[[2.0]]]])\n"
        "    return x, np.array([[[[3.0]]]]), np.array([0.0]), {'stride': 1, 'pad': 0}\n"
        "padding_wrong_node = 'dx'\ndef padding_mended_backward(dout, x, w, b, conv_param):\n    return None\n"
    )
    checked = judged(exercise, text)
    assert exercise.shown(np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1)), np.ones(1),
                          {"stride": 1, "pad": 0})[0].size == 0  # fmt: skip
    assert checked.nodes["counterexample"].verdict == "pass"
    hides = judged(exercise, text.replace("'pad': 0", "'pad': 1"))
    assert "shows nothing" in hides.nodes["counterexample"].message


class TestPairOfAnExperiment:
    """forward(x, options) -> out, cache; backward(dout, cache) -> dx, called with the cache of that very call."""

    exercise = EXERCISES["dropout_trial"]
    right = (
        "import numpy as np\ndef dropout_forward(x, dropout_param):\n    p = dropout_param['p']\n"
        "    if 'seed' in dropout_param:\n        np.random.seed(dropout_param['seed'])\n"
        "    mask = (np.random.rand(*x.shape) < p) / p\n    return x * mask, {'mask': mask}\n"
        "def dropout_backward(dout, cache):\n    return dout * cache['mask']\n"
    )

    def test_two_functions_are_enough(self):
        assert self.exercise.functions == ("dropout_forward", "dropout_backward")
        assert failing(judged(self.exercise, self.right)) == set()

    def test_a_mask_drawn_again_on_the_way_back_costs_dx_alone(self):
        wrong = self.right.replace("dout * cache['mask']", "dout * (np.random.rand(*dout.shape) < 0.3) / 0.3")
        checked = judged(self.exercise, wrong)
        assert failing(checked) == {"dx"}
        assert "new mask" in checked.nodes["dx"].message

    @pytest.mark.parametrize(
        ("right", "wrong", "words"),
        [
            (
                "return x * mask, {'mask': mask}",
                "return x * mask",
                "dropout_forward must return (out, cache)",
            ),
            ("return dout * cache['mask']", "return None", "dropout_backward returned None"),
            ("return dout * cache['mask']", "return (dout * cache['mask'])[0]", "dx is of shape (120,)"),
            (
                "return x * mask, {'mask': mask}",
                "return 'x', {'mask': mask}",
                "dropout_forward returned a text",
            ),
            ("cache['mask']", "cache['m']", "KeyError"),
        ],
    )
    def test_what_is_no_pair_of_arrays_is_told_with_its_function(self, right, wrong, words):
        checked = judged(self.exercise, self.right.replace(right, wrong))
        assert not checked.not_started
        assert failing(checked) == set(self.exercise.nodes)
        assert words in checked.nodes["dx"].message + "".join(f.message for f in checked.findings)

    def test_a_starter_is_not_begun_and_a_forward_alone_is(self):
        assert judged(self.exercise, self.exercise.starter).not_started == "returns None"
        alone = self.right.replace("return dout * cache['mask']", "raise NotImplementedError")
        assert not judged(self.exercise, alone).not_started
