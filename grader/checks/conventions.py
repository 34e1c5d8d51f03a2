"""Exercises that can be done by more than one convention: the student's own is told by what they give.

A penalty with its half or without, a probability of keeping or of dropping: each is right, and courses have changed
from one to the other. Where an assignment accepts another convention, work that is all right by it has all its
marks; and a forward that is wrong by the exercise's own and right by the other says which one was meant, so that
everything is judged by that: a loss with the half and a gradient without is still a mistake.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from grader.checks.dispatch import check
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise import Exercise, LayerExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner


def check_as_accepted(
    exercise: Exercise, accepted: Sequence[str], runner: Runner, seeds: SeedSource, paper: SeedSource
) -> tuple[Exercise, Checked]:
    """(the exercise by the convention that was meant, what judging it found)."""
    checked = check(exercise, runner, seeds, paper)
    if checked.not_started or checked.ungraded or _all_right(checked, exercise.nodes):
        return exercise, checked
    told = _tells(exercise, checked)
    meant: tuple[Exercise, Checked] | None = None
    for other in _others(exercise, [name for name in accepted if name in exercise.others]):
        found = check(other, runner, seeds, paper)
        if found.not_started or found.ungraded:
            continue
        if _all_right(found, other.nodes):
            return _judged_by(exercise, other, found)
        if not told and meant is None and _tells(other, found):
            meant = other, found
    return _judged_by(exercise, *meant) if meant else (exercise, checked)


def _judged_by(exercise: Exercise, other: Exercise, found: Checked) -> tuple[Exercise, Checked]:
    new = "; ".join(each for each in other.conventions if each not in exercise.conventions)
    said = f"judged by another convention that is accepted here: {new}"
    found.findings.append(Finding("convention", Verdict.PASS, said))
    return other, found


def _others(exercise: Exercise, accepted: Sequence[str]) -> Iterator[Exercise]:
    """The exercise by each of the others, then by one that asks for less on top of one of another mathematics.

    Who means half of the penalty may also leave large scores out; the two are told apart by the layer.
    """
    others = [_made(exercise, name, exercise) for name in accepted]
    yield from others
    if not isinstance(exercise, LayerExercise):
        return
    same = [isinstance(other, LayerExercise) and other.layer is exercise.layer for other in others]
    for other, alike in zip(others, same, strict=True):
        if not alike:
            for name, less in zip(accepted, same, strict=True):
                if less:
                    yield _made(exercise, name, other)


KEPT = 64
"""Exercises by another convention that are kept, so that what is found for one of them serves all students."""
_kept: OrderedDict[tuple[int, str], tuple[Exercise, Exercise]] = OrderedDict()


def _made(exercise: Exercise, name: str, on: Exercise) -> Exercise:
    """`on` by the exercise's other convention of this name, the same object every time."""
    key = id(on), name
    if key not in _kept:
        _kept[key] = on, exercise.others[name](on)  # what is held cannot give its id to another
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key][1]


def _tells(exercise: Exercise, checked: Checked) -> bool:
    """Whether what tells the convention is right: a layer's outputs in most cases at least, else the first node."""
    if not isinstance(exercise, LayerExercise):
        first = exercise.nodes[:1]
        # A network's loss that is what wrong layers of theirs give is right by this convention.
        return _all_right(checked, first) or any(
            checked.nodes[name].standing is Standing.INHERITED and checked.nodes[name].earns for name in first
        )
    return all(checked.nodes[name].right_in > 1 / 2 for name in exercise.layer.outputs)


def _all_right(checked: Checked, names: Sequence[str]) -> bool:
    return all(checked.nodes[name].verdict is Verdict.PASS for name in names)
