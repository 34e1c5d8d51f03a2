"""From what was seen of a wrong node to the name of its mistake, or to what its wrong entries have in common.

The same numbers are explained once. Where many hand in the same wrong function and are held against the same
inputs, its explanation is looked up from the second time on: by everything that the search looks at, to the last
bit, so that what is found is what would have been found. An example by hand is never shared like that, since it
runs the student's code on other inputs, where another function may differ.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from grader.checks.compare import Comparison, Expected, as_numbers
from grader.checks.layer.situations import LayerRun
from grader.checks.result import Checked
from grader.diagnosis import Candidate, Observation, named
from grader.diagnosis.layers import candidates
from grader.diagnosis.pattern import pattern
from grader.exercise.exercise import Exercise
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.report.report import Diagnosis
from grader.worker.steps import Raised

KEPT = 512
"""Explanations that are kept, at less than a kB each."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A mistake by its name, or the pattern in words; neither, if nothing was recognised."""

    mistake: Diagnosis | None
    pattern: str = ""


_kept: OrderedDict[tuple[int, str, bytes], tuple[Exercise, Explanation]] = OrderedDict()


def diagnose(
    exercise: LayerExercise,
    judged: Mapping[str, Sequence[tuple[LayerRun, Comparison]]],
    checked: Checked,
    *,
    forward_right: bool = True,
) -> None:
    """For each wrong node of a layer a named mistake, or what its wrong entries have in common."""
    for name in exercise.nodes:
        if checked.nodes[name].verdict is not Verdict.FAIL:
            continue
        if name in exercise.gradients and not forward_right and not exercise.one_call:
            continue  # numbers from a wrong forward's cache speak of forward
        seen = [_observation(name, run, found) for run, found in judged[name] if not run.case.kink]
        tell(name, explained(exercise, name, seen, partial(candidates, exercise, name)), checked)


def tell(node: str, found: Explanation, checked: Checked) -> None:
    """Put an explanation where the report takes it from."""
    if found.mistake is not None:
        checked.diagnoses.append(found.mistake)
    elif found.pattern:
        checked.warn("pattern", f"{node}: the cause was not recognised; {found.pattern}", node)


def explained(
    exercise: Exercise,
    node: str,
    seen: Sequence[Observation],
    mistakes: Callable[[], Iterable[Candidate]],
    nearby: Collection[str] | None = None,
) -> Explanation:
    """What explains these observations of a node. `mistakes` has to follow from the exercise and from them alone.

    A pattern is looked for beside the names that are `nearby`; in many names there is always one that fits.
    """
    key = id(exercise), node, _fingerprint(seen)  # the exercise is kept with it, so that no other has its id
    kept = _kept.get(key)
    if kept is None:
        found = named(node, seen, mistakes())
        kept = _kept[key] = exercise, Explanation(found, "" if found else pattern(_near(seen, nearby)))
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return kept[1]


def _near(seen: Sequence[Observation], names: Collection[str] | None) -> Sequence[Observation]:
    if names is None:
        return seen
    kept = [{name: value for name, value in each.situation.items() if name in names} for each in seen]
    return [replace(each, situation=near) for each, near in zip(seen, kept, strict=True)]


def _observation(name: str, run: LayerRun, found: Comparison) -> Observation:
    numbers = as_numbers(run.got.get(name))
    return Observation(
        run.situation,
        run.expected[name],
        None if numbers is None else np.asarray(numbers, np.float64),
        found.passed,
        isinstance(run.backward, Raised) and numbers is None,
        run.single,
    )


def _fingerprint(seen: Sequence[Observation]) -> bytes:
    """A hash of all that an explanation can depend on."""
    digest = hashlib.sha256()
    for each in seen:
        _add(digest, (each.situation, each.right, each.value, each.passed, each.raised, each.single))
    return digest.digest()


def _add(digest: Any, value: Any) -> None:
    """Every value with its kind and size before it, so that no two different ones read the same."""
    if isinstance(value, Expected):
        value = [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        digest.update(f"a{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    elif isinstance(value, Mapping):
        digest.update(f"m{len(value)}".encode())
        for key, item in value.items():
            _add(digest, str(key))
            _add(digest, item)
    elif isinstance(value, (tuple, list)):
        digest.update(f"t{len(value)}".encode())
        for item in value:
            _add(digest, item)
    else:
        said = f"{type(value).__name__} {value!r}".encode()
        digest.update(f"o{len(said)} ".encode() + said)
