"""A bank of sequences, networks, graphs, Jacobians and algorithms, written blind: named truly or not at all.

The first run named 499 of 753 labels (66 %), and 2 of all wrongly; without exercises that ask for an algorithm or
an experiment 393 of 546 (72 %). Learnt from it were the formulas that are written down from a graph, those of
steps and attention, and slips of algorithms as programs. `tutors_again`, written blind after that, ran at 134 of
157 (85 %) at first sight, 1 wrongly. What stands here now is kept.
"""

from __future__ import annotations

import os
from functools import cache

from grader.report.report import Standing
from tests.diagnosis.labelled.unseen import (
    names_tutors,
    names_tutors_said,
    names_tutors_steps,
    tutors_again,
    tutors_attention,
    tutors_graphs,
    tutors_networks,
    tutors_sequences,
    tutors_training,
)
from tests.grading.shared import EXERCISES, failing, judged

TOPICS = (
    tutors_sequences,
    tutors_attention,
    tutors_networks,
    tutors_graphs,
    tutors_training,
    tutors_again,
)
COMMON = tuple(entry for topic in TOPICS for entry in topic.COMMON)
OWN = tuple(entry for topic in TOPICS for entry in topic.OWN)
NAMES = (names_tutors.NAMES, names_tutors_steps.NAMES)
EVERY = 1 if os.environ.get("CHAINMARK_BANKS") == "all" else 3
"""Every third submission is judged; with CHAINMARK_BANKS=all, as in continuous integration, each of them."""

LEAST_NAMED, MOST_WRONG = 0.95, 0.0


def told(entry, words):
    return {id for table in NAMES for id in table.get(entry.exercise, {}).get(words, "").split()}


@cache
def found(common):
    """For each wrong submission what the checks found: the common mistakes, or the others."""
    bank = COMMON if common else OWN
    return [(entry, judged(EXERCISES[entry.exercise], entry.text)) for entry in bank[::EVERY]]


def outcomes(*, common):
    """(label, what was said, verdict) at each node of each entry, and wherever else a name was given."""
    for entry, checked in found(common):
        names = {}
        for diagnosis in checked.diagnoses:
            names.setdefault(diagnosis.node, diagnosis.id)
        for node, words in entry.words.items():
            label = f"{entry.exercise} {node}: {words}"
            parts = names_tutors_said.SAID.get(entry.exercise, {}).get(words, "").split("|")
            message = checked.nodes[node].message or ""
            if (name := names.pop(node, None)) is not None:
                yield label, name, "named" if name in told(entry, words) else "wrong"
            else:
                yield label, message, "named" if any(p and p in message for p in parts) else "unnamed"
        for node, name in names.items():
            yield f"{entry.exercise} {node}: (right)", name, "wrong"


def listed(rows):
    return "\n".join(f"  {verdict:8}{label:80} {said}" for label, said, verdict in rows)


def test_the_bank_is_large_wide_and_without_repetition():
    assert len(COMMON) >= 480
    assert len(OWN) >= 25
    assert len({entry.exercise for entry in COMMON}) >= 55
    assert len({entry.text for entry in (*COMMON, *OWN)}) == len(COMMON) + len(OWN)


def test_only_what_is_labelled_fails_or_what_inherits_it():
    astray = []
    for entry, checked in (*found(True), *found(False)):
        failed = failing(checked)
        inherited = {n for n in failed if checked.nodes[n].standing is Standing.INHERITED}
        if not failed - inherited <= set(entry.words) <= failed:
            astray.append((entry.name, sorted(failed)))
    assert astray == []


def test_common_mistakes_are_named():
    rows = list(outcomes(common=True))
    missed = [row for row in rows if row[2] != "named"]
    assert len(missed) <= (1 - LEAST_NAMED) * len(rows), listed(missed)


def test_no_mistake_is_given_a_name_that_says_something_else():
    rows = [*outcomes(common=True), *outcomes(common=False)]
    wrong = [row for row in rows if row[2] == "wrong"]
    assert len(wrong) <= MOST_WRONG * len(rows), listed(wrong)


def test_every_name_that_is_accepted_belongs_to_a_label():
    labels = {(e.exercise, words) for e in (*COMMON, *OWN) for words in e.words.values()}
    for table in (*NAMES, names_tutors_said.SAID):
        assert {(exercise, words) for exercise, said in table.items() for words in said} <= labels
