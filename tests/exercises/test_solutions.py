from __future__ import annotations

import numpy as np
import pytest

from grader.exercise import (
    AlgorithmExercise,
    ExperimentExercise,
    FindTheBugExercise,
    GraphExercise,
    Helper,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
)
from grader.exercise.cases import as_float32
from tests.exercises import solutions
from tests.exercises.shared import ALL, BY_ID, graph_situation, of

TOLERANCE = 1e-9


def by_id(exercise):
    return exercise.id


def close(got, right, tolerance=TOLERANCE):
    got, right = np.asarray(got), np.asarray(right)
    scale = max(float(np.abs(right).max(initial=0)), 1e-12)
    return got.shape == right.shape and bool(np.abs(got - right).max(initial=0) <= tolerance * scale)


def listed(gradients):
    """Several gradients as they are, a single one as a tuple of one."""
    return gradients if isinstance(gradients, tuple) else (gradients,)


def all_close(got, right, tolerance=TOLERANCE):
    return all(close(g, r, tolerance) for g, r in zip(listed(got), right, strict=True))


def made(exercise, arguments):
    """The arguments with each Helper's function in its place, made as the worker makes it."""
    for argument in arguments:
        if isinstance(argument, Helper):
            namespace = {"np": np}
            exec(exercise.helpers[argument.name], namespace)
            yield namespace[argument.name]
        else:
            yield argument.copy() if isinstance(argument, np.ndarray) else argument


def test_the_solutions_define_all_that_is_asked_for():
    for exercise in ALL:
        for name in exercise.functions:
            assert callable(getattr(solutions, name))
    wanted = {name for exercise in of(FindTheBugExercise) for name in exercise.variables}
    assert all(isinstance(getattr(solutions, name), str) for name in wanted)


@pytest.mark.parametrize("exercise", of(LayerExercise), ids=by_id)
def test_the_solution_of_a_layer_agrees_with_the_reference_on_every_case(exercise):
    layer = exercise.layer
    for seed in range(5):
        rng = np.random.default_rng(seed)
        for case in exercise.cases:
            drawn = case.draw(rng)
            inputs = as_float32(drawn) if case.float32 else drawn
            tolerance = 1e-5 if case.float32 else TOLERANCE
            *outs, cache = layer.forward(*inputs)
            if exercise.one_call:
                *got_outs, dx = getattr(solutions, exercise.one_call)(*inputs)
                douts, got = [np.ones_like(out) for out in outs], (dx,)
            else:
                *got_outs, got_cache = getattr(solutions, exercise.forward)(*inputs)
                douts = [np.asarray(rng.integers(-200, 201, o.shape) / 100, dtype=o.dtype) for o in outs]
                got = getattr(solutions, exercise.backward)(*douts, got_cache)
                got = got if isinstance(got, tuple) else (got,)
            for got_out, out in zip(got_outs, outs, strict=True):
                assert close(got_out, out, tolerance), case.name
            if not case.kink:
                for g, right in zip(got, layer.backward(*douts, cache), strict=True):
                    assert close(g, right, tolerance), case.name


@pytest.mark.parametrize("exercise", of(JacobianExercise), ids=by_id)
def test_the_solution_of_a_jacobian_agrees_with_the_reference(exercise):
    for case in exercise.cases:
        inputs = case.draw(np.random.default_rng(2))
        if not case.kink:
            right = exercise.layer.jacobian(*inputs)[exercise.output, exercise.wrt]
            assert close(getattr(solutions, exercise.function)(*inputs), right)


@pytest.mark.parametrize("exercise", of(GraphExercise), ids=by_id)
def test_the_solution_of_a_graph_agrees_with_the_reference(exercise):
    shown = (exercise.shown,) if exercise.shown else ()
    for values in (*shown, *(exercise.drawn(np.random.default_rng(seed)) for seed in range(10))):
        got = getattr(solutions, exercise.function)(**values)
        right = graph_situation(exercise, values)
        assert all(close(got[name], right[name]) for name in exercise.nodes)
        assert all(close(got[name], right[name]) for name in exercise.graph.nodes if name in got)


@pytest.mark.parametrize("exercise", of(NetworkExercise), ids=by_id)
def test_the_solution_of_a_network_agrees_with_the_reference(exercise):
    for seed in range(10):
        values = exercise.draw(np.random.default_rng(seed))
        called = exercise.called(vars(solutions))
        loss, gradients = called(*(values[n] for n in exercise.graph.leaves))
        right = graph_situation(exercise, values)
        assert close(loss, right["loss"])
        assert gradients.keys() >= set(exercise.parameters)
        assert all(close(gradients[name], right[f"d{name}"]) for name in exercise.parameters)


@pytest.mark.parametrize("exercise", of(AlgorithmExercise), ids=by_id)
def test_the_solution_of_an_algorithm_is_found_right_at_every_size(exercise):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for size in exercise.sizes:
            arguments = exercise.draw(rng, size)
            returned = getattr(solutions, exercise.function)(*made(exercise, arguments))
            assert list(exercise.judge(arguments, returned)) == [], (seed, size)


@pytest.mark.parametrize("exercise", of(ExperimentExercise), ids=by_id)
def test_the_solution_of_an_experiment_is_found_right(exercise):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for trial in exercise.trials:
            drawn = [trial.arguments(rng) for _ in range(trial.calls)]
            results = [exercise.result(vars(solutions), arguments) for arguments in drawn]
            assert trial.judge(drawn[0], results) == ""


def with_upstream(layer, inputs, seed=4):
    """A random upstream for each output (one of ones would hide many a mistake), and the right gradients for it."""
    rng = np.random.default_rng(seed)
    *outs, cache = layer.forward(*inputs)
    douts = [
        np.asarray(rng.choice((-1.0, 1.0), np.shape(o)) * rng.uniform(0.5, 1.5, np.shape(o))) for o in outs
    ]
    return douts, layer.backward(*(dout.copy() for dout in douts), cache)


def copies(douts):
    return [dout.copy() for dout in douts]  # a wrong rule may write into its upstream


@pytest.mark.parametrize("exercise", of(FindTheBugExercise), ids=by_id)
def test_the_counterexample_shows_the_mistake_and_the_mended_rule_is_right(exercise):
    layer = exercise.layer
    given = getattr(solutions, exercise.counterexample)()
    values = given.values() if isinstance(given, dict) else given if isinstance(given, tuple) else (given,)
    inputs = layer.check(*values)
    douts, right = with_upstream(layer, inputs)
    assert not all_close(exercise.shown(*copies(douts), *inputs), right)
    assert getattr(solutions, exercise.answer) in exercise.wrong
    for case in exercise.cases:
        inputs = layer.check(*case.draw(np.random.default_rng(4)))
        douts, right = with_upstream(layer, inputs)
        assert all_close(getattr(solutions, exercise.mended)(*copies(douts), *inputs), right), case.name


HIDING = {
    "clinic_upstream", "clinic_repeats", "clinic_rows", "clinic_penalty", "clinic_padding", "clinic_overlap",
}  # fmt: skip
"""Mistakes that do not show everywhere; their cases hold both, so that mending must not break what was right."""


@pytest.mark.parametrize("exercise", of(FindTheBugExercise), ids=by_id)
def test_the_shown_rule_is_wrong_wherever_it_is_looked_at_or_hides_in_some_cases(exercise):
    for seed in range(5):
        wrong = {}
        for case in exercise.cases:
            if case.kink or case.float32:
                continue
            inputs = exercise.layer.check(*case.draw(np.random.default_rng(seed)))
            douts, right = with_upstream(exercise.layer, inputs, seed)
            wrong[case.name] = not all_close(exercise.shown(*copies(douts), *inputs), right, 1e-3)
        assert any(wrong.values())
        assert all(wrong.values()) == (exercise.id not in HIDING), (wrong, seed)


def test_the_rules_shown_as_code_are_the_rules_that_are_judged():
    for exercise in of(FindTheBugExercise):
        source = exercise.text.split("```python\n")[1].split("```")[0]
        namespace = {"np": np}
        exec(source, namespace)
        inputs = exercise.layer.check(*exercise.cases[0].draw(np.random.default_rng(0)))
        douts, _ = with_upstream(exercise.layer, inputs)
        shown = listed(exercise.shown(*copies(douts), *inputs))
        assert all_close(namespace["shown_backward"](*copies(douts), *inputs), shown), exercise.id


def test_a_gradient_that_is_wrong_before_the_one_returned_is_a_right_answer_too():
    """ds in the slide's margin is wrong, and dW, which is made of it; in the power it is dv."""
    assert BY_ID["slide_svm_sign"].wrong == ("ds", "dW")
    assert BY_ID["clinic_power"].wrong == ("dv", "dc", "dx")
