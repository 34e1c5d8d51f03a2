"""The two promises over the banks: a wrong gradient never passes, a right one never fails.

CHAINMARK_SEEDS sets how many seeds each case is run with (3 unless set; 20 in continuous integration).
"""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest

from grader.findings import Verdict
from grader.gradcheck import gradcheck
from tests.gradcheck.bank import right_cases, unrepeatable_cases, warned_cases, wrong_cases
from tests.gradcheck.bank.mutants import killable, mutable, mutants

SEEDS = range(int(os.environ.get("CHAINMARK_SEEDS", "3")))


def by_name(cases):
    return [pytest.param(case, id=case.name.replace(" ", "_")) for case in cases]


def check(case, seed):
    with np.errstate(all="ignore"):
        return gradcheck(case.forward, case.backward, *case.draw(np.random.default_rng(seed)), seed=seed)


@pytest.mark.parametrize("case", by_name(wrong_cases()))
def test_a_wrong_backward_fails(case):
    for seed in SEEDS:
        result = check(case, seed)
        assert result.verdict == "fail", f"seed {seed}: {result}"


@pytest.mark.parametrize("case", by_name(c for c in wrong_cases() if not c.contract))
def test_only_the_wrong_arguments_are_blamed(case):
    result = check(case, 0)
    blamed = {a.name for a in result.arguments if a.verdict is Verdict.FAIL}
    blamed |= {f.argument for f in result.findings if f.verdict is Verdict.FAIL and f.argument}
    raised = any(f.check in ("backward runs", "number of gradients") for f in result.findings)
    if not raised:
        named = {name for place, name in enumerate(case.names) if name in case.wrong}
        assert {_in_forward(case, name) for name in named} >= blamed


def _in_forward(case, name):
    """The name that gradcheck gives the argument: that of forward's own parameter."""
    import inspect

    parameters = [
        p for p in inspect.signature(case.forward).parameters.values() if p.kind is not p.VAR_POSITIONAL
    ]
    place = case.names.index(name)
    return parameters[place].name if place < len(parameters) else f"arg{place + 1}"


@pytest.mark.parametrize("case", by_name(c for c in right_cases() if c.smooth))
def test_a_right_backward_does_not_fail(case):
    for seed in SEEDS:
        result = check(case, seed)
        assert result.verdict != "fail", f"seed {seed}: {result}"


@pytest.mark.parametrize("case", by_name(c for c in right_cases() if not c.smooth))
def test_a_right_backward_at_a_kink_does_not_fail(case):
    for seed in SEEDS:
        result = check(case, seed)
        assert result.verdict != "fail", f"seed {seed}: {result}"


def test_at_most_two_percent_of_the_smooth_right_checks_are_left_undecided():
    cases = [c for c in right_cases() if c.smooth]
    counts = Counter(str(check(case, seed).verdict) for case in cases for seed in SEEDS)
    undecided = counts["inconclusive"] + counts["kink"]
    assert undecided <= 0.02 * counts.total(), counts


@pytest.mark.parametrize("case", by_name(warned_cases()))
def test_a_cache_that_serves_only_once_passes_with_a_warning(case):
    for seed in SEEDS:
        result = check(case, seed)
        assert result.verdict == "pass"
        assert any(f.check == "cache" and f.verdict is Verdict.WARN for f in result.findings)


@pytest.mark.parametrize("case", by_name(unrepeatable_cases()))
def test_a_forward_that_changes_its_mind_is_neither_right_nor_wrong(case):
    for seed in SEEDS:
        result = check(case, seed)
        assert result.verdict == "inconclusive"
        assert any(f.check == "repeatable" for f in result.findings)


BELOW_THE_DIGITS = {"softmax: logits of 1000"}
"""All its gradients are about 1e-69, which is 0 as far as the function's own values go; so are its mutants'."""


@pytest.mark.parametrize(
    "case", by_name(c for c in right_cases() if mutable(c) and c.smooth and c.name not in BELOW_THE_DIGITS)
)
def test_every_mutant_that_changes_a_number_fails(case):
    """All mutants with 20 seeds set, else every fourth."""
    every = 1 if len(SEEDS) >= 20 else 4
    survivors = []
    for place, mutant in enumerate(mutants(case)):
        if place % every or not killable(mutant, case, (0,)):
            continue
        if check(mutant, 0).verdict != "fail":
            survivors.append(mutant.name)
    assert survivors == []
