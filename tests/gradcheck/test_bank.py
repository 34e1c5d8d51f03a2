"""The banks are what they say: each wrong case is wrong, each right one right, by differences in longdouble."""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections import Counter

import numpy as np
import pytest

from tests.gradcheck.bank import oracle, right_cases, unrepeatable_cases, wrong_cases
from tests.gradcheck.bank.case import CONTRACTS, Case, upstream
from tests.gradcheck.bank.mutants import judged, killable, mutable, mutants

WRONG, RIGHT = wrong_cases(), right_cases()
SEEDS = range(20)
THRESHOLD = 5e-4  # of the gradient's largest entry: 1.001 times the truth is off by 1e-3
FINER = {"multiply: dx rounded to float16": 1e-6}  # the rounding itself is at most 5e-4


def by_name(cases):
    return [pytest.param(case, id=case.name.replace(" ", "_")) for case in cases]


def test_names_are_unique_and_the_banks_are_large():
    counts = Counter(case.name for case in (*WRONG, *RIGHT, *unrepeatable_cases()))
    assert [name for name, k in counts.items() if k > 1] == []
    assert len(WRONG) >= 170
    assert len(RIGHT) >= 60
    assert len({case.layer for case in WRONG}) >= 28


def test_every_case_names_arguments_that_have_a_gradient():
    for case in (*WRONG, *RIGHT):
        inputs = case.draw(np.random.default_rng(0))
        assert len(inputs) == len(case.names), case.name
        with_gradient = {case.names[k] for k in oracle.arguments(case, inputs)}
        assert set(case.wrong) <= with_gradient, case.name
        assert case.why, case.name
        assert case.contract in {"", *CONTRACTS}, case.name
    assert all(case.wrong for case in WRONG)
    assert not any(case.wrong for case in RIGHT)


@pytest.mark.parametrize("case", by_name(c for c in WRONG if not c.contract))
def test_a_wrong_case_is_wrong_on_each_seed_in_the_named_arguments_only(case):
    for seed in SEEDS:
        errors = oracle.found_wrong(case, seed, FINER.get(case.name, THRESHOLD))
        assert set(errors) == set(case.wrong), (seed, errors)


@pytest.mark.parametrize("case", by_name(c for c in WRONG if c.contract))
def test_a_broken_contract_is_broken_on_each_seed(case):
    for seed in SEEDS:
        assert case.contract in violations(case, seed), seed


@pytest.mark.parametrize("case", by_name(c for c in RIGHT if c.smooth))
def test_a_right_case_is_right_in_every_direction(case):
    """To 1e-12 (float32: 1e-4) of the largest entry, plus what an ulp in the inputs changes."""
    for seed in SEEDS[:10]:
        rng, inputs, dout, grads = evaluated(case, seed)
        allowed = conditioning(case, inputs, dout, grads, rng)
        for k, grad, tolerance in zip(oracle.arguments(case, inputs), grads, allowed, strict=True):
            assert not oracle.malformed(grad, inputs[k])
            v = rng.uniform(0.5, 1.5, np.shape(grad)) * rng.choice([-1.0, 1.0], np.shape(grad))
            truth, error = oracle.directional(case, inputs, k, v, dout)
            gap = abs(float(np.sum(np.asarray(grad, np.longdouble) * v)) - truth)
            terms = float(np.sum(np.abs(np.asarray(grad, float) * v)))
            assert error <= 1e-5 * terms or error <= 1e-12, f"the oracle cannot judge d{case.names[k]}"
            assert gap <= error + tolerance * np.size(grad), (case.names[k], seed)


@pytest.mark.parametrize("case", by_name(c for c in RIGHT if c.smooth))
def test_a_right_case_is_right_in_every_entry(case):
    _, inputs, dout, grads = evaluated(case, 0)
    allowed = conditioning(case, inputs, dout, grads, np.random.default_rng(1))
    for k, grad, tolerance in zip(oracle.arguments(case, inputs), grads, allowed, strict=True):
        if np.size(grad) > 60:
            continue  # the directions must do: thousands of forwards
        truth, error = oracle.full(case, inputs, k, dout)
        assert np.all(np.abs(np.asarray(grad, float) - truth) <= error + tolerance), case.names[k]


@pytest.mark.parametrize("case", by_name(c for c in RIGHT if not c.smooth))
def test_a_right_case_on_a_kink_gives_a_subgradient(case):
    """Each entry lies between the two one-sided derivatives."""
    _, inputs, dout, grads = evaluated(case, 0)
    for k, grad in zip(oracle.arguments(case, inputs), grads, strict=True):
        left, right = oracle.one_sided(case, inputs, k, dout)
        assert np.all(grad >= np.minimum(left, right) - 1e-6)
        assert np.all(grad <= np.maximum(left, right) + 1e-6)


@pytest.mark.parametrize("case", by_name(RIGHT))
def test_a_right_case_keeps_every_contract(case):
    assert violations(case, 3) == set()


def test_a_forward_that_is_not_repeatable_says_so():
    for case in unrepeatable_cases():
        assert violations(case, 0) == {"not repeatable"}


def test_the_oracle_can_fail():
    """Near misses of right gradients are found; the right gradient itself is not."""
    case = next(c for c in RIGHT if c.name == "affine: plain")
    for factor, expected in ((1.001, {"w"}), (1.0, set())):

        def backward(dout, cache, factor=factor):
            dx, dw, db = case.backward(dout, cache)
            return dx, factor * dw, db

        near = dataclasses.replace(case, backward=backward, wrong=("w",))
        assert set(oracle.found_wrong(near, 0, THRESHOLD)) == expected


def test_mutants_are_many_repeatable_and_mostly_wrong():
    chosen = [case for case in RIGHT if mutable(case) and case.name.endswith((": plain", "formula"))]
    assert len({case.layer for case in chosen}) >= 12
    killed = equivalent = 0
    for case in chosen:
        made = list(mutants(case))
        assert [m.name for m in made] == [m.name for m in mutants(case)]
        assert not killable(case, case, range(3))
        for mutant in made:
            if killable(mutant, case, range(3)):
                assert judged(mutant, case, 0).wrong
                killed += 1
            else:
                equivalent += 1
    assert killed >= 300
    assert equivalent < killed / 4


def evaluated(case: Case, seed: int):
    rng = np.random.default_rng(seed)
    inputs = case.draw(rng)
    out, cache = oracle.run_forward(case, oracle.fresh(inputs))
    dout = upstream(rng, out)
    return rng, inputs, dout, oracle.run_backward(case, dout, cache)


def conditioning(case, inputs, dout, grads, rng) -> list[float]:
    """Per argument: rounding of the result, and the change of the gradient when each input moves by an ulp."""
    allowed = []
    for grad in grads:
        eps = np.finfo(np.asarray(grad).dtype).eps
        allowed.append((5000 if eps < 1e-10 else 1000) * float(eps) * float(np.max(np.abs(grad), initial=0)))
    for _ in range(3):
        moved = tuple(nudged(value, rng) for value in inputs)
        _, cache = oracle.run_forward(case, moved)
        for k, grad in enumerate(oracle.run_backward(case, dout, cache)):
            allowed[k] += 10 * float(np.max(np.abs(grad - grads[k]), initial=0))
    return allowed


def nudged(value, rng):
    if not oracle.differentiable(value):
        return value
    eps = np.finfo(np.asarray(value).dtype).eps
    return (value * (1 + eps * rng.choice([-1, 1], np.shape(value)))).astype(np.asarray(value).dtype)


def violations(case: Case, seed: int) -> set[str]:
    rng = np.random.default_rng(seed)
    inputs, others = case.draw(rng), case.draw(rng)
    given = oracle.fresh(inputs)
    out, cache = oracle.run_forward(case, given)
    out, dout = np.array(out), upstream(rng, out)
    served = dout.copy()
    with np.errstate(all="ignore"):
        first = case.backward(served, cache)
    first = first if isinstance(first, tuple | list) else (first,)
    found = set()
    if any(grad is None for grad in first):
        found.add("returns None")
    elif len(first) != len(oracle.arguments(case, inputs)):
        found.add("wrong number of gradients")
    elif not all(np.all(np.isfinite(grad)) for grad in first):
        found.add("not finite")
    first = frozen(first)
    if not same(served, dout):
        found.add("mutates dout")
    if not all(same(a, b) for a, b in zip(given, inputs, strict=True)):
        found.add("mutates an input")

    def again(disturb: bool):
        out, cache = oracle.run_forward(case, oracle.fresh(inputs))
        if disturb:
            oracle.run_forward(case, oracle.fresh(others))
        return np.array(out), frozen(oracle.run_backward(case, dout, cache))

    repeats = [again(False) for _ in range(2)]
    if not all(same(out, o) and all(map(same, first, g)) for o, g in repeats):
        return found | {"not repeatable"}
    if not all(map(same, first, again(True)[1])):
        found.add("clobbered cache")
    if "mutates an input" not in found and not all(
        map(same, first, frozen(oracle.run_backward(case, dout, cache)))
    ):
        found.add("mutates the cache")
    return found


def frozen(grads):
    return tuple(np.array(grad) for grad in grads)


def same(a, b) -> bool:
    if isinstance(a, dict):
        return a == b
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f"))


def test_chosen_seeds_differ():
    """A draw depends on its generator: two seeds never give the same inputs, except where they are constant."""
    constant = {"cube: zero inputs"}
    for case in RIGHT:
        a, b = (case.draw(np.random.default_rng(s)) for s in (0, 1))
        floats = [k for k, v in enumerate(a) if oracle.differentiable(v)]
        moved = any(not same(a[k], b[k]) for k in floats)
        assert moved or case.name in constant, case.name


def test_the_two_banks_share_layers():
    """Most wrong layers have a right control."""
    controls = {case.layer for case in RIGHT}
    missing = sorted({case.layer for case in WRONG} - controls)
    assert len(missing) <= 12, missing
    assert len(list(itertools.chain(WRONG, RIGHT))) == len(WRONG) + len(RIGHT)
