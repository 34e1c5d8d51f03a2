"""The example of a graph or network: few entries, plain numbers, an origin, runnable, and no answer given away."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest

from grader.checks.graph.small_leaves import small_leaves
from grader.checks.layer.small_cases import MOST_ENTRIES
from reference.gates import ADD
from reference.graph import Graph, Node
from reference.score import SCORE
from tests.exercises.solutions import text_for
from tests.grading.shared import EXERCISES, judged

NUMBER = r"-?\d+\.?\d*(?:e-?\d+)?"
GRAPHS = {
    "score_gradients": ("dx = W.T @ dz\n    return", "dx = W @ dz\n    return", "dx"),
    "score_gradients_two": ("dz1 = dh1 * h1 * (1 - h1)", "dz1 = dh1 * h1", "dz1"),
    "network_26": ("dgain = (dg * n).sum(0)", "dgain = (dg * n).mean(0)", "dgain"),
    "residual_block": ("dw = r.T.dot(dF)", "dw = r.T.dot(dF) / len(x)", "dw"),
    "sigmoid_circuit": ("dn = de * e", "dn = de", "dn"),
    "chain_rs": ("dr += dy * s", "dr = dy * s", "dr"),
}
NETWORKS = {
    "a bias summed": (
        "two_layer_net", '"b2"] = dscores.sum(axis=0)', '"b2"] = dscores.sum(axis=0) * N', "db2"),
    "no ReLU on the way back": ("two_layer_net", "dh1[z1 <= 0] = 0", "pass", "dW1"),
    "a mean forgotten": ("two_layer_net", "dscores /= N\n    grads", "grads", "dW1"),
    "a wrong loss": ("two_layer_net", "reg * (np.sum(W1 * W1)", "2 * reg * (np.sum(W1 * W1)", "loss"),
    "put together wrongly": ("two_layer", "dz1 = relu_backward(dh1, relu_cache)", "dz1 = dh1", "dW1"),
}  # fmt: skip


def wrong(id, right, slip):
    text = text_for(EXERCISES[id])
    assert right in text
    text = text.replace(right, slip, 1)
    return text, judged(EXERCISES[id], text)


def pasted(text, code):
    """What the example prints below the student's code."""
    printed, namespace = io.StringIO(), {}
    exec(text, namespace)
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)
    return [float(n) for n in re.findall(NUMBER, printed.getvalue())]


@pytest.mark.parametrize("id", GRAPHS)
def test_a_graphs_example_prints_the_students_own_number_at_the_first_origin(id):
    right, slip, node = GRAPHS[id]
    text, checked = wrong(id, right, slip)
    assert checked.nodes[node].standing == "origin"
    assert checked.example_code.endswith(f'print(grads["{node}"])')
    printed = pasted(text, checked.example_code)
    told = re.search(rf"you return {node} = (.*)\.$", checked.example[0])
    if told:
        assert printed == pytest.approx([float(n) for n in re.findall(NUMBER, told[1])], rel=1e-3)
    else:  # the lecture's own numbers: the table has what was returned
        assert printed == pytest.approx([checked.nodes[node].got])


@pytest.mark.parametrize("id", GRAPHS)
def test_a_graphs_example_has_few_entries_and_short_decimals(id):
    _, checked = wrong(id, *GRAPHS[id][:2])
    given = [line for line in checked.example_code.splitlines() if not line.startswith(("grads", "print"))]
    numbers = [n for line in given for n in re.findall(r"-?\d+\.\d+", line.partition(" = ")[2])]
    assert 1 <= len(numbers) <= MOST_ENTRIES
    assert all(len(n.lstrip("-")) <= 4 for n in numbers)


@pytest.mark.parametrize("id", ["score_gradients", "network_26"])
def test_a_slip_that_shows_in_small_sizes_is_shown_in_them(id):
    _, checked = wrong(id, *GRAPHS[id][:2])
    sizes = [len(line) for line in checked.example_code.splitlines()]
    assert max(sizes) < 60
    assert len(checked.example[0]) < 300


@pytest.mark.parametrize("id", GRAPHS)
def test_the_right_number_is_asked_for_and_not_told(id):
    """What moving one entry does can be measured by anybody; the gradient stays the student's to say."""
    text, checked = wrong(id, *GRAPHS[id][:2])
    right = pasted(text_for(EXERCISES[id]), checked.example_code)
    yours = pasted(text, checked.example_code)
    hidden = {f"{n:.3g}".lstrip("-") for n, mine in zip(right, yours, strict=True) if n not in (mine, 0, 1)}
    (moved,) = [line for line in checked.example if line.startswith("Move ")]
    assert re.search(r"moves by (about )?\S+\. What .*\?$", moved)
    assert hidden
    assert not {n.lstrip("-") for n in re.findall(NUMBER, moved.partition("moves by")[2])} & hidden


def test_a_node_that_is_right_at_the_lectures_numbers_is_shown_at_others():
    text, checked = wrong("chain_rs", "dy = dt * x", "dy = dt * x if (r, s) == SHOWN else dt")
    assert "SHOWN" in text  # raises: what is salvaged has no dy
    shown = tuple(float(v) for v in EXERCISES["chain_rs"].shown.values())
    text = text.replace("SHOWN", repr(shown))
    checked = judged(EXERCISES["chain_rs"], text)
    assert checked.nodes["dy"].standing == "origin"
    assert re.match(r"r = \S+, s = \S+: dt = \S+ arrives from t, and you return dy = ", checked.example[0])
    assert f"r = {shown[0]!r}\ns = {shown[1]!r}" not in checked.example_code


def test_a_fan_out_is_shown_with_all_that_arrives():
    _, checked = wrong("network_26", "ds = dlogp + de * e", "ds = dlogp")
    assert "arrives from e, dlogp = " in checked.example[0]
    assert "the sum of de·e + dlogp·logp, with your numbers, moves by" in checked.example[1]


def test_what_moves_by_how_much_leads_to_the_right_number_and_to_no_other():
    """Two digits of a difference to one side said 1.7 where the gradient is -165."""
    _, checked = wrong("three_uses", "dx = 0.0", "dx = x")
    (moved,) = [line for line in checked.example if line.startswith("Move x from 3 to 3.01")]
    assert "with your numbers, moves by about -1.65. What has to be dx?" in moved


@pytest.mark.parametrize("slip", NETWORKS)
def test_a_networks_example_is_wrong_to_the_eye_and_runs_as_it_stands(slip):
    id, before, after, node = NETWORKS[slip]
    text, checked = wrong(id, before, after)
    told = re.search(rf"you return {node} = (.*)\.$", checked.example[0])
    assert told
    numbers = [float(n) for n in re.findall(NUMBER, told[1])]
    assert pasted(text, checked.example_code) == pytest.approx(numbers, rel=1e-3)
    assert pasted(text_for(EXERCISES[id]), checked.example_code) != pytest.approx(numbers, rel=1e-3)
    if node == "loss":
        assert checked.example[1].startswith("By hand: loss = ")
    else:
        found = re.search(r"your own loss .* is (?:about )?(\S+), not (\S+)\.$", checked.example[1])
        assert found
        assert found[1] != found[2]


def test_a_batch_factor_is_shown_with_two_examples_and_no_more():
    _, before, after, _ = NETWORKS["a bias summed"]
    _, checked = wrong("two_layer_net", before, after)
    namespace = {"two_layer_net": lambda *_: (0, {"b2": 0}), "np": np}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(checked.example_code, namespace)
    assert namespace["X"].shape == (2, 1)
    assert namespace["W2"].shape == (1, 2)


def test_what_only_follows_from_a_wrong_layer_has_no_example_of_its_own():
    _, checked = wrong("two_layer", "dx = dout * (x > 0)", "dx = dout * (dout > 0)")
    assert any(node.standing == "inherited" for node in checked.nodes.values())
    assert checked.example == []


@pytest.mark.parametrize("id", ["two_layer_net", "network_26", "sigmoid_circuit"])
def test_right_work_has_no_example(id):
    checked = judged(EXERCISES[id], text_for(EXERCISES[id]))
    assert checked.example == []
    assert checked.example_code == ""


def test_one_dimension_is_cut_wherever_it_occurs_and_a_promised_one_stays():
    exercise = EXERCISES["network_26"]
    rng = np.random.default_rng(0)
    drawn = [exercise.drawn(rng) for _ in range(6)]
    passes = [f.values for f, _ in zip(small_leaves(exercise.graph, drawn, rng), range(12), strict=False)]
    for values in passes:
        assert values["x"].shape[1] == values["W1"].shape[0]
        assert values["W1"].shape[1] == len(values["gain"]) == len(values["shift"]) == values["W2"].shape[0]
        assert values["T"].shape == (len(values["x"]), 3)  # three classes in every draw
    assert passes[0]["x"].shape == (1, 1)


def test_labels_stay_below_the_number_of_classes_that_is_left():
    exercise = EXERCISES["two_layer_net"]
    rng = np.random.default_rng(0)
    drawn = [exercise.draw(rng) for _ in range(6)]
    for forward, _ in zip(small_leaves(exercise.graph, drawn, rng), range(40), strict=False):
        assert forward.values["y"].max() < forward.values["W2"].shape[1]
        assert forward.values["reg"] > 0


def test_a_graph_of_many_dimensions_is_cut_without_trying_all_their_combinations():
    nodes = [Node(f"x{n}") for n in range(24)]
    for n in range(24):
        nodes += [Node(f"s{n}", SCORE, (f"x{n}", f"x{n}"))]
        nodes += [Node(f"t{n}", ADD, (f"t{n - 1}" if n else f"s{n}", f"s{n}"))]
    graph = Graph(nodes)
    drawn = [{f"x{n}": np.ones(2 + (n * place) % 7 + place) for n in range(24)} for place in range(8)]
    first = next(small_leaves(graph, drawn, np.random.default_rng(0)))
    assert [first.values[f"x{n}"].shape for n in range(24)] == [(1,)] * 24
