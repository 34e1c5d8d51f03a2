"""The bank of wrong backwards, graded: the right finding on the right argument, for every layer of the reference
that computes what the bank's forward computes.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from grader.exercise import Case, LayerExercise
from reference import layers
from reference.errors import InputError
from tests.gradcheck.bank import right_cases, wrong_cases
from tests.grading.shared import failing, judged_functions


@cache
def reference_for(layer, forward, draw):
    """The reference layer that gives the bank's outputs on its own inputs, or None."""
    drawn = [draw(np.random.default_rng(seed)) for seed in (1, 2)]
    if not any(np.any(v) for values in drawn for v in values if isinstance(v, np.ndarray)):
        return None  # at zero inputs too many functions agree
    for candidate in layers().values():
        if len(candidate.inputs) != len(drawn[0]) or len(candidate.outputs) != 1:
            continue
        try:
            with np.errstate(all="ignore"):
                if all(_same(candidate, forward, values) for values in drawn):
                    return candidate
        except (InputError, ValueError, IndexError, TypeError, KeyError, AttributeError):
            continue
    return None


def _same(candidate, forward, values):
    given = forward(*[_copy(v) for v in values])
    out = given[0] if isinstance(given, tuple) else given
    mine = candidate.forward(*[_copy(v) for v in values])[0]
    return np.shape(out) == np.shape(mine) and np.allclose(out, mine, rtol=1e-9, atol=1e-12)


def _copy(value):
    if isinstance(value, np.ndarray):
        return value.copy()
    return dict(value) if isinstance(value, dict) else value


def paired(cases):
    """(case, its exercise) wherever the reference has the layer and its gradients are those of the case."""
    for case in cases:
        if not case.smooth or (case.contract and case.contract not in ("mutates dout", "mutates an input")):
            continue
        layer = reference_for(case.layer, case.forward, case.draw)
        if layer is None:
            continue
        differentiable = [
            name
            for name, value in zip(case.names, case.draw(np.random.default_rng(1)), strict=True)
            if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")
        ]
        if len(differentiable) != len(layer.differentiable):
            continue
        names = dict(zip(differentiable, layer.differentiable, strict=True))
        exercise = LayerExercise(
            id="bank",
            title=case.name,
            text="",
            layer=layer,
            points=dict.fromkeys([*layer.outputs, *(f"d{n}" for n in layer.differentiable)], 1),
            cases=(Case("generic", case.draw, basic=True), Case("again", case.draw)),
            forward="student_forward",
            backward="student_backward",
        )
        yield pytest.param(case, exercise, {f"d{names[n]}" for n in case.wrong if n in names}, id=case.name)


def with_cache(case):
    """The bank's forward as the convention asks: (out, cache), also where it returns out alone."""

    def forward(*inputs):
        returned = case.forward(*inputs)
        return returned if isinstance(returned, tuple) else (returned, None)

    return {"student_forward": forward, "student_backward": case.backward}


WRONG, RIGHT = list(paired(wrong_cases())), list(paired(right_cases()))


def test_the_bank_covers_most_of_the_reference():
    assert len(WRONG) > 150
    assert len(RIGHT) > 15


@pytest.mark.parametrize(("case", "exercise", "wrong"), WRONG)
def test_a_wrong_backward_fails_at_the_arguments_that_are_wrong_and_nowhere_else(case, exercise, wrong):
    checked = judged_functions(exercise, with_cache(case))
    if case.contract:
        assert "unchanged" in {f.check for f in checked.findings if f.verdict == "fail"} or failing(checked)
        return
    assert failing(checked) == wrong


@pytest.mark.parametrize(("case", "exercise", "wrong"), RIGHT)
def test_a_right_backward_passes_whatever_its_style(case, exercise, wrong):
    checked = judged_functions(exercise, with_cache(case))
    assert failing(checked) == set()
    assert checked.deductions == 0
    assert checked.diagnoses == []
