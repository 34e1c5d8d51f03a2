"""What to teach again: recognised mistakes with how many made them and what they wrote; what else goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from grader.class_report.code import snippet
from grader.class_report.data import ClassData, Wrong
from grader.findings import Verdict
from grader.report.report import Standing

SNIPPETS = 3
WORDS = {
    "found": "a function is missing, or does not parse",
    "runs": "stops with an error",
    "shape": "has another shape than it must",
    "returns": "returns something else than was asked for",
    "unchanged": "changes what it was given",
    "loading": "the submission cannot be run at all",
}
"""What failed checks are called for somebody who does not know our names; others' names speak for themselves."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Anonymous lines of code, and who wrote just these."""

    text: str
    students: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misconception:
    """One mistake in one exercise, recognised by its own numbers."""

    exercise: str
    title: str
    node: str
    """Several, "dW1 and db1", where the same students made it in all of them: then it is one mistake."""
    students: tuple[str, ...]
    of: tuple[str, ...]
    """Everybody who was judged in this exercise."""
    snippets: tuple[Snippet, ...]
    apart: int = 1
    """How many came to it by themselves: students whose wrong code is alike count once."""


@dataclass(frozen=True, slots=True)
class Nameless:
    """A part that is wrong in a way that no known mistake explains."""

    exercise: str
    node: str
    students: tuple[str, ...]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The same kind of mistake wherever it was made."""

    title: str
    exercises: tuple[str, ...]
    students: tuple[str, ...]


def misconceptions(data: ClassData, alike: Iterable[Collection[str]] = ()) -> tuple[Misconception, ...]:
    """Every recognised mistake by exercise, the most frequent first; `alike` are groups with similar wrong code."""
    groups = [frozenset(group) for group in alike]
    found: dict[tuple[str, str, str], list[Wrong]] = {}
    titles: dict[tuple[str, str, str], str] = {}
    for wrong in data.wrong:
        for diagnosis in wrong.exercise.diagnoses:
            key = wrong.exercise.id, diagnosis.id, diagnosis.node
            made = found.setdefault(key, [])
            if not made or made[-1] is not wrong:
                made.append(wrong)
            titles.setdefault(key, diagnosis.title)
    judged = {exercise: _judged(data, exercise) for exercise in {key[0] for key in found}}
    rows = [
        Misconception(
            exercise=key[0],
            title=titles[key],
            node=key[2],
            students=tuple(wrong.student for wrong in made),
            of=judged[key[0]],
            snippets=_snippets(data, made, key[2]),
            apart=_apart([wrong.student for wrong in made], groups),
        )
        for key, made in found.items()
    ]
    one: dict[tuple[str, str, frozenset[str]], Misconception] = {}
    for key, row in zip(found, rows, strict=True):
        same = key[0], key[1], frozenset(row.students)
        known = one.get(same)
        one[same] = row if known is None else replace(known, node=f"{known.node} and {row.node}")
    made_most = sorted(one.values(), key=lambda r: (-r.apart, -len(r.students), r.exercise, r.node, r.title))
    return tuple(made_most)


def nameless(data: ClassData) -> tuple[Nameless, ...]:
    """Parts that are wrong by themselves and without a name, by exercise and node, the most frequent first."""
    found: dict[tuple[str, str], list[str]] = {}
    for wrong in data.wrong:
        named = {diagnosis.node for diagnosis in wrong.exercise.diagnoses}
        for node in wrong.exercise.nodes:
            if node.verdict is Verdict.FAIL and node.standing is Standing.ORIGIN and node.name not in named:
                found.setdefault((wrong.exercise.id, node.name), []).append(wrong.student)
    rows = [
        Nameless(exercise, node, tuple(dict.fromkeys(students)), _judged(data, exercise))
        for (exercise, node), students in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-len(row.students), row.exercise, row.node)))


def _apart(students: Iterable[str], groups: Iterable[frozenset[str]]) -> int:
    """How many are left if of each group one counts."""
    left = set(students)
    for group in groups:
        inside = sorted(left & group)
        left -= set(inside[1:])
    return len(left)


def patterns(data: ClassData) -> tuple[Pattern, ...]:
    """Mistakes of one name that were made in several exercises, the most frequent first."""
    seen: dict[str, list[tuple[str, str, str]]] = {}
    for wrong in data.wrong:
        for diagnosis in wrong.exercise.diagnoses:
            seen.setdefault(diagnosis.id, []).append((diagnosis.title, wrong.exercise.id, wrong.student))
    rows = [
        _pattern(Counter(title for title, _, _ in made).most_common(1)[0][0], made) for made in seen.values()
    ]
    return _sorted(row for row in rows if len(row.exercises) > 1)


def kinds(data: ClassData) -> tuple[Pattern, ...]:
    """What went wrong beyond recognised mistakes and wrong numbers: it stops, a shape is another, and so on."""
    seen: dict[str, list[tuple[str, str, str]]] = {}
    for wrong in data.wrong:
        for finding in wrong.exercise.findings:
            if finding.verdict is Verdict.FAIL:
                made = seen.setdefault(finding.check, [])
                made.append((finding.check, wrong.exercise.id, wrong.student))
    return _sorted(_pattern(WORDS.get(check, check), made) for check, made in seen.items())


def _pattern(title: str, made: Iterable[tuple[str, str, str]]) -> Pattern:
    made = tuple(made)
    return Pattern(
        title, tuple(dict.fromkeys(e for _, e, _ in made)), tuple(dict.fromkeys(who for _, _, who in made))
    )


def _sorted(rows: Iterable[Pattern]) -> tuple[Pattern, ...]:
    return tuple(sorted(rows, key=lambda row: (-len(row.students), row.title)))


def _judged(data: ClassData, exercise: str) -> tuple[str, ...]:
    return tuple(marks.student.pseudonym for marks, _ in data.graded(exercise))


def _snippets(data: ClassData, made: Iterable[Wrong], node: str) -> tuple[Snippet, ...]:
    """The most frequent ways to write it."""
    wrote: dict[str, list[str]] = {}
    for wrong in made:
        marks = data.by_pseudonym.get(wrong.student)
        text = snippet(wrong.functions, node, marks.student if marks else None)
        if text:
            wrote.setdefault(text, []).append(wrong.student)
    ranked = sorted(wrote.items(), key=lambda item: (-len(item[1]), len(item[0]), item[0]))
    return tuple(Snippet(text, tuple(students)) for text, students in ranked[:SNIPPETS])
