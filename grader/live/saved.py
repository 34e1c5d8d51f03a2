"""`check_all()`: the notebook as it was saved, run anew in another process, so that no stale kernel deceives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.live.shown import Feedback, Said

if TYPE_CHECKING:
    from grader.exercise import Exercise
    from grader.live.context import Context
    from grader.runner import Runner
    from grader.submission import Submission


def check_all(path: str | os.PathLike[str] | None = None, *, hints: int | None = None) -> Feedback | Said:
    """Judge every exercise that the saved notebook (or .py file) has begun, as `chainmark check` would.

    `path` is found by itself in JupyterLab, Jupyter Notebook and VS Code. Where a function in this kernel is not
    the one that was saved, the report says so: it was judged as it was saved.
    """
    from grader.assignment import AssignmentError
    from grader.exercise_catalogue import ExerciseFileError
    from grader.live.cells import namespace
    from grader.live.context import context_of
    from grader.submission import SubmissionError, read_submission

    names = namespace()
    file = Path(path) if path is not None else notebook_path(names)
    if file is None:
        return Said('this kernel does not know its notebook\'s file; give it: check_all("hw1.ipynb")')
    try:
        submission = read_submission(file)
        context = context_of(names)
    except (SubmissionError, AssignmentError, ExerciseFileError) as error:
        return Said(str(error))
    begun = _begun(submission, context)
    if not begun:
        return Said(f"{submission.name} as saved has begun no exercise; save the notebook first")
    return Feedback(_judged(submission, context, begun, names, hints))


def notebook_path(names: Mapping[str, Any]) -> Path | None:
    """The file of the running notebook, where the front end says which it is."""
    for given in (names.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(given, str) and given.endswith(".ipynb"):
            for place in (Path(given), Path.cwd() / Path(given).name):
                if place.is_file():
                    return place
    return None


def _begun(submission: Submission, context: Context) -> dict[str, Any]:
    import re

    text = "\n".join(unit.source for unit in submission.units)
    defined = set(re.findall(r"^[ \t]*(?:def|class)[ \t]+(\w+)", text, re.M))
    assigned = set(re.findall(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", text, re.M))
    found = [
        exercise
        for exercise in context.known.values()
        if defined & set(context.called(exercise, exercise.required)) or assigned & set(exercise.variables)
    ]
    return {exercise.id: exercise for exercise in as_handed_out(found, context, text)}


def as_handed_out(found: Iterable[Exercise], context: Context, text: str) -> list[Exercise]:
    """In the assignment's order, which is the notebook's; where there is none, in the order of the text."""
    import re

    entries = context.assignment.exercises if context.assignment is not None else ()
    places = {entry.id: place for place, entry in enumerate(entries)}

    def first(exercise: Exercise) -> tuple[int, int]:
        names = (*context.called(exercise, exercise.functions), *exercise.variables)
        pattern = rf"^[ \t]*(?:(?:def|class)[ \t]+)?(?:{'|'.join(map(re.escape, names))})\b"
        written = re.search(pattern, text, re.M) if names else None
        return places.get(exercise.id, len(places)), written.start() if written else len(text)

    return sorted(found, key=first)


def _judged(
    submission: Submission,
    context: Context,
    begun: Mapping[str, Any],
    names: Mapping[str, Any],
    hints: int | None,
) -> Any:
    from dataclasses import replace

    from grader.checks.seeds import SeedSource
    from grader.grading import Grader
    from grader.live.context import student_of
    from grader.report.redact import redact
    from grader.report.report import Reader

    assignment = context.assigned(begun)
    grader = Grader(assignment, begun)
    runner = fresh_runner()
    try:
        report = grader.grade(submission, runner, SeedSource.practice(), student=student_of(names))
    finally:
        runner.close()
    functions = [name for e in begun.values() for name in context.called(e, e.functions)]
    notes = (*context.notes, *_stale(submission, functions, names), *report.notes)
    degrees = {entry.id: entry.hints for entry in assignment.exercises}
    return redact(replace(report, notes=notes), Reader.PRACTICE, hints=degrees if hints is None else hints)


def fresh_runner() -> Runner:
    """Another process: sealed where this machine can, with limits only elsewhere."""
    import sys

    if sys.platform == "linux":
        from grader.runner.sealed import SealedRunner, Zygote
        from grader.sandbox.level import probe

        sandbox = probe()
        if sandbox.level.sealed:
            return SealedRunner(sandbox, zygote=Zygote(), owned=True)
    from grader.runner.process import ProcessRunner

    return ProcessRunner()


def _stale(submission: Submission, functions: Iterable[str], names: Mapping[str, Any]) -> list[Any]:
    """A note for each function that the kernel has otherwise than the file."""
    import ast

    from grader.findings import Finding, Verdict

    saved: dict[str, str] = {}
    for unit in submission.units:
        try:
            tree = ast.parse(unit.source)
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                saved[node.name] = ast.dump(node)
    wanted = dict.fromkeys(functions)
    changed = [name for name in wanted if name in saved and _live(names.get(name)) not in ("", saved[name])]
    gone = [name for name in wanted if name not in saved and callable(names.get(name))]
    notes = []
    if changed:
        said = (
            f"{', '.join(changed)}: not what the saved file has, which was judged here; save and check again"
        )
        notes.append(Finding("stale", Verdict.WARN, said, changed[0]))
    if gone:
        said = f"{', '.join(gone)}: defined in this kernel, but in no cell of the saved file"
        notes.append(Finding("stale", Verdict.WARN, said, gone[0]))
    return notes


def _live(function: Any) -> str:
    """The definition of a live function as the parser sees it; empty where its source is not known."""
    import ast
    import inspect
    import textwrap

    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return ""
    return ast.dump(node)
