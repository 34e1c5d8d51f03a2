"""Every rule over one bank of wrong and right backward functions; `python -m tests.gradcheck.rivals.table`."""

from __future__ import annotations

import statistics
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from . import RULES
from .rule import Answer, Rule


class Case(Protocol):
    """One submission and a way to draw inputs for it."""

    name: str
    forward: Callable
    backward: Callable

    def draw(self, rng: np.random.Generator) -> tuple: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A rule's score; undecided counts verdicts that are neither pass nor fail, which only chainmark gives."""

    rule: str
    missed: int
    wrong: int
    false_alarms: int
    right: int
    median_evaluations: float
    undecided_wrong: int = 0
    undecided_right: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule on one case at one seed; on a wrong case anything but rejected is a miss."""

    rejected: bool
    undecided: bool
    evaluations: int


def judge(rule: Rule, case: Case, seed: int) -> Judgement:
    """The rule's verdict on inputs of its own, so that nobody suffers from an earlier one's mutations."""
    inputs = deepcopy(tuple(case.draw(np.random.default_rng([seed, 0]))))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # students' overflows are not this table's subject
        answer = rule(case.forward, case.backward, inputs, np.random.default_rng([seed, 1]))
    undecided = isinstance(answer, Undecided)
    return Judgement(not answer.passed and not undecided, undecided, answer.evaluations)


@dataclass(frozen=True, slots=True)
class Undecided(Answer):
    """chainmark's inconclusive or kink: neither accepted nor rejected."""


@dataclass(frozen=True, slots=True)
class Chainmark:
    """This project's own check as a rule."""

    gradcheck: Callable[..., Any]
    name: str = "chainmark"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        result = self.gradcheck(forward, backward, *inputs, seed=int(rng.integers(2**31)))
        kind = Answer if result.verdict in {"pass", "fail"} else Undecided
        return kind(passed=result.verdict == "pass", evaluations=int(result.evaluations))


def compare(
    rules: Iterable[Rule], wrong: Sequence[Case], right: Sequence[Case], seeds: Sequence[int]
) -> list[Row]:
    """One row a rule; totals count every case once for each seed."""
    rows = []
    for rule in rules:
        on_wrong = [judge(rule, case, seed) for case in wrong for seed in seeds]
        on_right = [judge(rule, case, seed) for case in right for seed in seeds]
        rows.append(
            Row(
                rule=rule.name,
                missed=sum(not j.rejected for j in on_wrong),
                wrong=len(on_wrong),
                false_alarms=sum(j.rejected for j in on_right),
                right=len(on_right),
                median_evaluations=statistics.median(j.evaluations for j in (*on_wrong, *on_right)),
                undecided_wrong=sum(j.undecided for j in on_wrong),
                undecided_right=sum(j.undecided for j in on_right),
            )
        )
    return rows


def misses(rule: Rule, wrong: Sequence[Case], right: Sequence[Case], seeds: Sequence[int]) -> list[str]:
    """Names of the cases that the rule misjudges, with how often."""
    found = []
    for cases, expected in ((wrong, True), (right, False)):
        for case in cases:
            count = sum(judge(rule, case, seed).rejected is not expected for seed in seeds)
            if count:
                found.append(f"{'missed' if expected else 'false alarm'} {count}/{len(seeds)}: {case.name}")
    return found


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; undecided ones on wrong cases are among the missed."""
    head = ("rule", "missed", "false alarms", "undecided (wrong + right)", "median forward calls")
    lines = [" | ".join(head), " | ".join(["---"] + ["---:"] * (len(head) - 1))]
    for row in rows:
        lines.append(
            f"{row.rule} | {row.missed} / {row.wrong} | {row.false_alarms} / {row.right} | "
            f"{row.undecided_wrong} + {row.undecided_right} | {row.median_evaluations:g}"
        )
    return "\n".join(f"| {line} |" for line in lines)


def own() -> tuple[Rule, ...]:
    """chainmark's rule if it is written already."""
    try:
        from grader.gradcheck import gradcheck
    except ImportError:
        return ()
    return (Chainmark(gradcheck),)


def main(arguments: Sequence[str]) -> int:
    """Prints the table; --names lists each rule's misjudged cases, --seeds N takes N inputs a case."""
    from tests.gradcheck import bank

    seeds = range(int(arguments[arguments.index("--seeds") + 1]) if "--seeds" in arguments else 3)
    rules = (*RULES, *own())
    wrong, right = tuple(bank.wrong_cases()), tuple(bank.right_cases())
    print(markdown(compare(rules, wrong, right, seeds)))
    if "--names" in arguments:
        for rule in rules:
            print(f"\n{rule.name}", *misses(rule, wrong, right, seeds), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
