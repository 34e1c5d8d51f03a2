"""CS231n's network classes: right in the forms of all years; what cannot be judged is said in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands.shared import here
from tests.exercises.cs231n_networks import (
    A1_LAYERS,
    A2_LAYERS,
    CAPTIONING,
    CONV,
    FILES,
    FULLY,
    HALF,
    OWN,
    RNN_LAYERS,
    TWO_LAYER,
    UTILS,
    WRITTEN_OUT,
    changed,
    earned,
    found,
    judged,
    named,
    with_change,
)
from tests.exercises.shared import BY_ID
from tests.grading.shared import failing

FOLDER = Path(__file__).parents[2] / "exercises" / "assignments"


@pytest.mark.parametrize("id", OWN)
@pytest.mark.parametrize("seed", [b"a seed", b"another"])
def test_the_courses_own_form_is_right(id, seed):
    assert failing(found(id, *OWN[id], seed=seed)) == set()


def test_a_net_of_2016_that_is_written_out_for_python_2_is_right_with_and_without_the_half():
    assert failing(found("two_layer_class", WRITTEN_OUT)) == set()
    by, checked = judged("two_layer_class", changed(WRITTEN_OUT, *HALF))
    assert failing(checked) == set()
    assert by.conventions[-1] == "the penalty is ½ reg · ΣW², so its gradient is reg W"


@pytest.mark.parametrize("mixed", [HALF[:1], HALF[1:]])
def test_the_half_in_the_loss_or_in_the_gradients_alone_loses_the_weights_marks(mixed):
    checked = found("two_layer_class", changed(WRITTEN_OUT, *mixed))
    assert failing(checked) == {"dW1", "dW2"}
    assert named(checked, "dW1") == ({"factor-two"} if mixed == HALF[:1] else {"factor-two-missing"})


def test_the_other_convention_is_wrong_where_it_is_not_accepted():
    assert failing(found("two_layer_class", changed(WRITTEN_OUT, *HALF), accept=())) == {"loss", "dW1", "dW2"}


WHOLE = [("0.5 * self.reg", "self.reg")]


@pytest.mark.parametrize("id", ["fully_connected_net", "fully_connected_batchnorm", "three_layer_conv_net"])
def test_a_whole_penalty_is_right_in_the_second_assignment_where_loss_and_gradients_agree(id):
    slope = (
        [("dW + self.reg *", "dW + 2 * self.reg *")] if id.startswith("three") else
        [('"W%d" % i] += self.reg *', '"W%d" % i] += 2 * self.reg *')]
    )  # fmt: skip
    by, checked = judged(id, with_change(id, *WHOLE, *slope))
    assert failing(checked) == set()
    assert "2 reg W" in by.conventions[-1]


def test_use_batchnorm_of_2017_is_batch_normalisation_and_knows_no_layer_normalisation():
    older = changed(
        FULLY,
        ("normalization=None,", "use_batchnorm=False,"),
        ("dropout_keep_ratio=1", "dropout=0"),
        ("dropout_keep_ratio != 1", "dropout > 0"),
        ("dropout_keep_ratio}", "dropout}"),
        ("self.normalization = normalization", 'self.normalization = "batchnorm" if use_batchnorm else None'),
    )
    for id in ("fully_connected_net", "fully_connected_batchnorm"):
        assert failing(found(id, A2_LAYERS, UTILS, older)) == set()
    checked = found("fully_connected_layernorm", A2_LAYERS, UTILS, older)
    assert checked.not_started.startswith("FullyConnectedNet.__init__ takes no layernorm; a course")


FIRST_LINES = {
    "fully_connected_net": ("X", "        X = X.astype(self.dtype)\n"),
    "three_layer_conv_net": ("X", '        W1, b1 = self.params["W1"]'),
    "captioning_lstm": ("features", "        captions_in ="),
}


@pytest.mark.parametrize("id", FIRST_LINES)
def test_a_class_that_computes_in_single_precision_whatever_it_is_asked_for_is_right(id):
    given, first = FIRST_LINES[id]
    cast = f'        {given} = {given}.astype("f4")\n'
    cast += '        self.params = {k: v.astype("f4") for k, v in self.params.items()}\n'
    single = [(first, cast if "astype" in first else cast + first)]
    checked = found(id, with_change(id, *single))
    assert failing(checked) == set()
    assert any(finding.check == "precision" for finding in checked.findings)


def test_the_convolutional_net_is_right_without_fast_layers_and_without_the_courses_sandwiches():
    """layer_utils.py and the compiled module are the course's own, and need not be handed in."""
    fast = "from cs231n.im2col_cython import col2im_6d_cython\n\n\n"
    fast += "def conv_backward_fast(dout, cache):\n    return col2im_6d_cython(dout)\n"
    for more in ((), (fast,), (UTILS,)):
        assert failing(found("three_layer_conv_net", A2_LAYERS, CONV, *more)) == set()


def test_a_convolutional_net_of_python_2_divides_its_sizes_evenly():
    older = changed(
        CONV,
        ("num_filters * H * W // 4", "num_filters * H / 2 * W / 2"),
        ("(filter_size - 1) // 2", "(filter_size - 1) / 2"),
    )
    assert failing(found("three_layer_conv_net", A2_LAYERS, older)) == set()


def test_the_captioning_class_is_right_without_the_affine_layer_that_the_course_hands_out():
    assert failing(found("captioning_rnn", RNN_LAYERS, CAPTIONING)) == set()


def test_biases_of_another_shape_and_one_number_for_a_bias_are_right():
    row = changed(
        WRITTEN_OUT,
        ("np.zeros(hidden_size)", "np.zeros((1, hidden_size))"),
        ("np.sum(dz, axis=0)", "np.sum(dz, axis=0, keepdims=True)"),
    )
    number = changed(WRITTEN_OUT, ("np.zeros(output_size)", "0"))
    for source in (row, number):
        assert failing(found("two_layer_class", source)) == set()


def test_biases_as_columns_are_right_with_layers_that_take_them_so():
    """An affine layer that stacks the bias under the weights works with b (M,) and with b (M, 1)."""
    layers = changed(
        A1_LAYERS,
        ("x.reshape(num_train, -1).dot(w) + b", "x.reshape(num_train, -1).dot(w) + np.vstack((w, b.T))[-1]"),
    )
    net = changed(TWO_LAYER, ("np.zeros(hidden_dim)", "np.zeros((hidden_dim, 1))"))
    assert failing(found("two_layer_class", layers, UTILS, net)) == set()


def test_labels_reach_the_last_class_so_that_counting_them_is_right():
    """np.bincount(y) is as long as the largest label asks for."""
    counted = changed(
        WRITTEN_OUT,
        ("        p[range(N), y] -= 1\n", "        total = np.sum(p, axis=0)\n        p[range(N), y] -= 1\n"),
        ("np.sum(p, axis=0) / N", "(total - np.bincount(y)) / N"),
    )
    for seed in (b"a seed", b"another", b"a third"):
        assert failing(found("two_layer_class", counted, seed=seed)) == set()


# What cannot be judged is said in one line


def test_a_missing_parameter_is_told_and_never_our_traceback():
    checked = found(
        "two_layer_class", changed(WRITTEN_OUT, ("self.params['b1'] = np", "self.params['bias1'] = np"))
    )
    (told,) = [f.message for f in checked.findings if f.check == "returns"]
    assert told == "TwoLayerNet.params has no b1; it has W1, W2, b2, bias1"
    assert earned("two_layer_class", checked) == dict.fromkeys(BY_ID["two_layer_class"].nodes, 0)
    assert len({node.cause for node in checked.nodes.values()}) == 1


def test_a_parameter_of_the_wrong_shape_costs_one_gradient_and_the_loss_is_judged():
    square = ("num_filters * H * W // 4", "num_filters * (H // 2) ** 2")
    checked = found("three_layer_conv_net", with_change("three_layer_conv_net", square))
    assert failing(checked) == set()
    (told,) = [f.message for f in checked.findings if f.check == "params"]
    assert told.startswith("ThreeLayerConvNet.__init__ makes W2 of shape (")
    points = earned("three_layer_conv_net", checked)
    assert sum(points.values()) == BY_ID["three_layer_conv_net"].worth - 2


def test_a_constructor_that_raises_is_told_with_the_students_own_line():
    wrong = ("self.params['W2'] = std *", "self.params['W2'] = standard *")
    checked = found("two_layer_class", changed(WRITTEN_OUT, wrong))
    (told,) = [f for f in checked.findings if f.check == "runs"]
    assert "NameError" in told.message
    assert told.where == "file 0.py, line 9"


RESULTS = [
    ("self.params", "self.weights", "TwoLayerNet.__init__ makes no dictionary `params` of its parameters"),
    (
        "return loss, grads",
        "return loss",
        "must return loss, grads with grads a dictionary; it returns a float64",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "message"), RESULTS)
def test_no_params_at_all_and_another_result_are_told(right, wrong, message):
    checked = found("two_layer_class", changed(WRITTEN_OUT, (right, wrong)))
    (told,) = [f.message for f in checked.findings if f.check == "returns"]
    assert told.startswith("TwoLayerNet.")
    assert told.endswith(message)


def test_a_line_that_raises_in_the_backward_pass_leaves_what_was_right_before_it():
    checked = found("two_layer_class", changed(WRITTEN_OUT, ("X.T.dot(dz)", "X.dot(dz)")))
    assert failing(checked) == {"dW1"}


CALLS = [
    (
        "def loss(self, X, y=None, reg=0.0)",
        "def loss(self, X)",
        "takes 2 positional arguments but 3 were given",
    ),
    ("output_size, std=1e-4)", "output_size, std)", "missing 1 required positional argument: 'std'"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), CALLS)
def test_a_class_that_cannot_be_called_as_the_course_does_is_told_in_pythons_words(right, wrong, said):
    checked = found("two_layer_class", changed(WRITTEN_OUT, (right, wrong)))
    (told,) = [f.message for f in checked.findings if f.check == "runs"]
    assert told.startswith("TwoLayerNet raised TypeError: TwoLayerNet.")
    assert told.endswith(said)


UNWRITTEN = [
    ("        loss, grads = 0.0, {}\n", "        return 0.0, {}\n", "returns 0 and no gradients"),
    ("        loss, grads = 0.0, {}\n", "        return None\n", "returns None"),
    ("        dims = np.hstack", "        return\n        dims = np.hstack", "leaves `params` empty"),
]


@pytest.mark.parametrize(("right", "wrong", "reason"), UNWRITTEN)
def test_a_class_as_it_is_handed_out_is_not_started(right, wrong, reason):
    source = FULLY
    if "params" in reason:  # the handout's constructor goes on after the placeholder
        source = changed(source, ("        self.dropout_param = {}\n        if", "        if"))
    checked = found("fully_connected_net", A2_LAYERS, UTILS, changed(source, (right, wrong)))
    assert checked.not_started.endswith(reason)


def reported(path, assignment, id):
    """What the command says of one exercise."""
    _, stdout, _ = here(path, "--assignment", FOLDER / f"{assignment}.toml", "--json")
    (one,) = [each for each in json.loads(stdout)["exercises"] if each["id"] == id]
    return one


def test_a_folder_without_the_class_is_not_started_and_says_how_to_leave_the_exercise_out():
    one = reported(FILES / "a3" / "cs231n" / "rnn_layers.py", "cs231n-a3", "captioning_rnn")
    assert one["status"] == "not_started"
    assert one["reason"].startswith("CaptioningRNN was not found; ")
    assert one["reason"].endswith("leaves this exercise out of its assignment.toml")


def test_a_class_whose_file_does_not_parse_is_told_with_the_place(tmp_path):
    whole = tmp_path / "hw"
    shutil.copytree(FILES / "a1", whole)
    path = whole / "cs231n" / "classifiers" / "fc_net.py"
    path.write_text(changed(TWO_LAYER, ("        grads = {}\n", "        grads = {]\n")), encoding="utf-8")
    one = reported(whole, "cs231n-a1", "two_layer_class")
    assert one["status"] == "not_started"
    assert one["reason"].startswith("TwoLayerNet cannot be read: cs231n/classifiers/fc_net.py, line ")
