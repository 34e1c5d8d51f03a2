"""An author's faults, planted one at a time in a sound exercise: each is found by the proof that is about it."""

from __future__ import annotations

import pytest

from tests.prove.faulty import ALGORITHM, GRAPH, HEAD, LAYER, changed, problems, proved


@pytest.mark.parametrize("text", [LAYER, GRAPH, ALGORITHM], ids=["layer", "graph", "algorithm"])
def test_a_sound_exercise_is_proved(tmp_path, text):
    code, found = proved(tmp_path, text)
    assert problems(found) == []
    assert code == 0
    (exercise,) = found["exercises"]
    assert exercise["solved"]
    assert exercise["caught"] == exercise["mistakes"]
    assert exercise["killed"] + exercise["declared"] + len(exercise["notes"]) == exercise["mutants"] > 0


def only(tmp_path, text, proof):
    """The messages of this proof, when it fails."""
    code, found = proved(tmp_path, text)
    assert code == 1
    assert not found["proved"]
    return [message for which, message in problems(found) if which == proof]


def test_a_solution_that_does_not_earn_everything_is_found(tmp_path):
    forward = "'def bend_forward(x):\\n    return x, x\\n'"
    backward = "'def bend_backward(dout, x):\\n    return dout\\n'"
    text = changed(LAYER, 'id="bent", ', f'id="bent", solution=({forward}, {backward}), ')
    messages = only(tmp_path, text, "solution")
    assert messages[0].startswith("its own solution does not earn everything: out: ")


def test_a_starter_that_counts_as_begun_is_found(tmp_path):
    text = changed(LAYER, "return None, None\n", "return x, x\n")
    assert only(tmp_path, text, "solution") == ["its starter, as it stands, counts as begun"]


def test_an_exercise_without_a_solution_is_found(tmp_path):
    at = ALGORITHM.index("    solution=(")
    end = ALGORITHM.index("    starter=")
    (message,) = only(tmp_path, ALGORITHM[:at] + ALGORITHM[end:], "solution")
    assert "`solution`" in message


def test_a_misconception_that_is_right_is_found(tmp_path):
    text = changed(LAYER, 'lambda s: s["dout"]),', 'lambda s: s["dx"]),')
    assert only(tmp_path, text, "mistakes") == ["dx, passed-on: handed in, it is found right"]


def test_a_misconception_that_another_one_hides_is_found(tmp_path):
    twin = 'Misconception("twin", "as it came", "dx", lambda s: 1 * s["dout"]),'
    text = changed(LAYER, 'lambda s: s["dout"]),', f'lambda s: s["dout"]),\n        {twin}')
    assert only(tmp_path, text, "mistakes") == [
        "dx, passed-on: handed in, it is not recognised",
        "dx, twin: handed in, it is not recognised",
    ]


def test_a_misconception_of_a_kind_that_tells_none_is_found(tmp_path):
    never = 'misconceptions=(Misconception("never", "told", "sorted", lambda s: 0.0),), '
    text = changed(ALGORITHM, 'id="sorting", ', f'id="sorting", {never}')
    (message,) = only(tmp_path, text, "mistakes")
    assert "names no misconceptions" in message


def test_a_misconception_of_a_graph_that_is_right_by_chance_is_found(tmp_path):
    text = changed(GRAPH, 'lambda s: s["z"]),', 'lambda s: s["z"] + s["x"]),')
    assert only(tmp_path, text, "mistakes") == ["dq, one-path: handed in, it is found right"]


def test_two_predictions_of_the_same_numbers_are_found_and_may_be_declared(tmp_path):
    twin = 'Misconception("twin", "as it came", "dx", lambda s: 1 * s["dout"], synonyms=("passed-on",)),'
    declared = changed(LAYER, 'lambda s: s["dout"]),', f'lambda s: s["dout"]),\n        {twin}')
    assert proved(tmp_path, declared)[0] == 0
    undeclared = changed(declared, ', synonyms=("passed-on",)', "")
    (message,) = only(tmp_path, undeclared, "apart")
    assert message.startswith("dx, passed-on: differs from twin on none of 2 cases")


def test_predictions_that_one_case_alone_tells_apart_are_found(tmp_path):
    near = 's["dout"] if s["x"].shape == (3, 4) else -s["dout"]'
    twin = f'Misconception("near", "as it came, mostly", "dx", lambda s: {near}),'
    text = changed(LAYER, 'lambda s: s["dout"]),', f'lambda s: s["dout"]),\n        {twin}')
    (message,) = only(tmp_path, text, "apart")
    assert "differs from near on 1 of 2 cases" in message


def test_a_prediction_that_is_wrong_on_one_case_alone_is_found(tmp_path):
    text = changed(
        LAYER, 'lambda s: s["dout"]),', 'lambda s: s["dout"] if s["x"].shape == (3, 4) else None),'
    )
    (message,) = only(tmp_path, text, "apart")
    assert message == "dx, passed-on: gives wrong numbers on 1 of 2 cases; it takes 2 to name it"


def test_a_case_on_which_nothing_can_be_told_is_found(tmp_path):
    zero = 'Case("zeros", lambda rng: (np.zeros((0, 3)),))'
    text = changed(LAYER, 'Case("other", other)', f'Case("other", other), {zero}')
    assert only(tmp_path, text, "cases") == ["on the case 'zeros' everything is 0: it tells nothing"]


def test_a_gradient_that_vanishes_is_found(tmp_path):
    flat = changed(
        LAYER, "return np.where(x > 0, x, 0.1 * x), x", "return np.where(x > 0, 0 * x + 1.0, 0.1 * x), x"
    )
    flat = changed(
        flat, "return np.where(x > 0, dout, 0.1 * dout)\n", "return np.where(x > 0, 0 * dout, 0.1 * dout)\n"
    )
    flat = flat.replace("rng.choice((-1.0, 1.0), (3, 4)) *", "").replace(
        "rng.choice((-1.0, 1.0), (2, 5)) *", ""
    )
    messages = only(tmp_path, flat, "cases")
    assert "dx vanishes on the basic case 'generic'" in messages
    assert "dx: 0 would pass on all cases but 0: it vanishes there" in messages


PRODUCT = (
    HEAD
    + """
def times_forward(x, y):
    return x * y, (x, y)


def times_backward(dout, cache):
    x, y = cache
    return dout * y, dout * x


TIMES = Layer(
    name="times", inputs=(Input("x", ("...",)), Input("y", ("...",))), forward_rule=times_forward,
    backward_rule=times_backward, jacobian_rule=lambda x, y: {}, oracle=lambda xp, x, y: x * y,
)


def pair(draw):
    return lambda rng: (*draw(rng), *draw(rng))


PRODUCT = LayerExercise(
    id="product", title="A product", text="", layer=TIMES, points={"out": 1, "dx": 1, "dy": 1},
    cases=(Case("generic", pair(draw), basic=True), Case("other", pair(other))),
)
"""
)


def test_equal_inputs_that_hide_an_exchange_are_found(tmp_path):
    assert proved(tmp_path, PRODUCT)[0] == 0
    same = changed(PRODUCT, "return lambda rng: (*draw(rng), *draw(rng))", "return lambda rng: draw(rng) * 2")
    messages = only(tmp_path, same, "cases")
    assert "dx: what dy should be would pass on all 2 cases" in messages


def test_equal_leaves_of_a_graph_are_found(tmp_path):
    text = changed(GRAPH, 'return {"x": float(x), "y": float(y),', 'return {"x": float(x), "y": float(x),')
    assert "x and y have the same value on all inputs: swapped, they would pass" in only(
        tmp_path, text, "cases"
    )


def test_a_judge_that_never_finds_fault_at_a_node_is_found(tmp_path):
    text = changed(ALGORITHM, 'found.append(("entries", "other entries"))', "pass")
    text = changed(text, ', ("entries", "no numbers")]', "]")
    assert "entries: nothing that was tried is found wrong at it" in only(tmp_path, text, "cases")


def test_a_judge_that_fails_itself_is_found(tmp_path):
    text = changed(ALGORITHM, "except (TypeError, ValueError):", "except ValueError:")
    messages = only(tmp_path, text, "cases")
    assert any(
        m.startswith("its judge fails where an empty dictionary is returned: TypeError") for m in messages
    )


def test_a_line_that_no_case_reaches_is_found_with_its_place(tmp_path):
    text = LAYER.replace("rng.choice((-1.0, 1.0), (3, 4)) *", "").replace(
        "rng.choice((-1.0, 1.0), (2, 5)) *", ""
    )
    code, found = proved(tmp_path, text)
    assert code == 1
    survived = {p["message"]: p for p in found["exercises"][0]["problems"] if p["proof"] == "mutants"}
    change = "return np.where(x > 0, dout, 0.1 * dout) -> return np.where(x > 0, dout, 0.2 * dout)"
    problem = survived[f"nobody would notice in bend_backward: {change}"]
    assert problem["file"].endswith("own.py")
    line = (tmp_path / "own.py").read_text().splitlines()[problem["line"] - 1]
    assert line.strip() == "return np.where(x > 0, dout, 0.1 * dout)"


def test_a_branch_that_no_case_enters_is_found(tmp_path):
    text = changed(LAYER, "    x = cache\n", "    x = cache\n    if x.ndim > 5:\n        return dout * 7\n")
    messages = only(tmp_path, text, "mutants")
    assert "no case ever runs this line of bend_backward: return dout * 7" in messages


def test_a_mutant_that_the_direct_comparison_misses_is_still_noticed_by_the_grader(tmp_path):
    """An upstream that is changed in place: the numbers are right, and the promise is broken."""
    text = changed(
        LAYER,
        "    return np.where(x > 0, dout, 0.1 * dout)\n",
        "    dout = dout.copy()\n    dout[x <= 0] *= 0.1\n    return dout\n",
    )
    text = text[: text.index("EQUIVALENT =")]
    assert "nobody would notice in bend_backward: dout = dout.copy() -> (left out)" not in only(
        tmp_path, text, "mutants"
    )


DECLARED = "x > 0, dout, 0.1 * dout) -> return np.where(x >= 0"


def test_an_equivalent_has_to_be_declared(tmp_path):
    text = LAYER[: LAYER.index("EQUIVALENT =")]
    (message,) = only(tmp_path, text, "mutants")
    assert DECLARED in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('": "a kink"', '": ""', "is declared equivalent without a reason"),
        ("np.where(x >= 0", "np.where(x < 0", "but it loses marks: take the declaration out"),
        ("np.where(x >= 0", "np.where(x = 0", "is declared equivalent, but there is no such mutant (any more)"),
    ],
    ids=["no reason", "killed", "gone"],
)  # fmt: skip
def test_a_declaration_that_does_not_hold_is_found(tmp_path, old, new, said):
    (message,) = only(tmp_path, changed(LAYER, old, new), "equivalents")
    assert message.endswith(said)


OTHERS = (
    HEAD
    + """
from exercises.bugs.slides import SLIDE_SVM_SIGN
from dataclasses import replace

SHOWN = replace(
    SLIDE_SVM_SIGN, id="shown", shown=lambda dloss, W, X, y, reg: SLIDE_SVM_SIGN.layer.backward(
        dloss, SLIDE_SVM_SIGN.layer.forward_rule(W, X, y, reg)[-1])[0])


def paper(rng):
    value = float(rng.integers(2, 9))
    return [Question("q", "a number", value, -100.0, 100.0)]


LENIENT = AnswersExercise(id="lenient", title="Any", text="", variable="answers", paper=paper, points={"q": 1})

ANYTHING = ExperimentExercise(
    id="anything", title="Any", text="", function="noise", points={"noise": 1},
    trials=(Trial("noise", "any", lambda rng: (int(rng.integers(9, 99)),), 2, lambda arguments, results: ""),),
    solution=("def noise(n):\\n    return np.random.default_rng(n).normal(size=9)\\n",),
)


def folded(x):
    return x * x[::-1], x


FOLD = Layer(
    name="fold", inputs=(Input("x", ("D",)),), forward_rule=folded, backward_rule=lambda dout, cache: dout,
    jacobian_rule=lambda x: {("out", "x"): np.diag(x * 0)}, oracle=lambda xp, x: x,
)
FLAT = JacobianExercise(
    id="flat", title="Zeros", text="", layer=FOLD, function="flat", points={"jacobian": 1},
    cases=(
        Case("one", lambda rng: (rng.integers(1, 9, 3) / 10,)),
        Case("two", lambda rng: (rng.integers(1, 9, 4) / 10,)),
    ),
    solution=("def flat(x):\\n    return np.zeros((len(x), len(x)))\\n",),
)
"""
)


def test_what_other_kinds_let_pass_is_found(tmp_path):
    code, found = proved(tmp_path, OTHERS)
    assert code == 1
    said = {
        exercise["exercise"]: [problem["message"] for problem in exercise["problems"]]
        for exercise in found["exercises"]
    }
    assert "the shown rule is said to be wrong at dW; it is, on 0 cases" in said["shown"]
    assert (
        "q: 0 and the opposite number and twice the right number would pass, for every student"
        in said["lenient"]
    )
    assert any(m.startswith("noise: its trials find nothing wrong with") for m in said["anything"])
    assert "jacobian: 0 would pass on all cases but 0: it vanishes there" in said["flat"]


def test_a_node_that_is_worth_nothing_hides_a_mistake_and_is_found(tmp_path):
    """What follows from a wrong number earns its marks: the number itself has to cost some."""
    text = changed(GRAPH, '"da": 1, "db": 1, ', "")
    messages = only(tmp_path, text, "mutants")
    assert any("df = 1.0 -> df = 2.0" in message for message in messages)


def test_a_mutant_that_cannot_be_loaded_counts_as_noticed(tmp_path):
    """`-np.sort` at the top level raises before anything is called."""
    text = changed(
        ALGORITHM, "def in_order(values):\n    found = []\n", "sort = np.sort\n\n\ndef in_order(values):\n"
    )
    text = changed(text, "    for value in values:\n", "    found = []\n    for value in sort(values):\n")
    code, found = proved(tmp_path, text)
    assert code == 0
    assert found["exercises"][0]["killed"] > 0
