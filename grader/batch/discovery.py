"""`discover`: the submissions in a folder, whichever course system made it.

| tree | student |
|---|---|
| nbgrader: `submitted/{student}/{assignment}/`, `timestamp.txt` | the folder |
| Gradescope's export: `submission_{n}/`, `submission_metadata.yml` | from the metadata |
| Moodle: `{name}_{id}_assignsubmission_file_/`, or files that begin so | the id, and the name |
| Canvas: `{lastfirst}[_LATE]_{user}_{file}_{name}.ipynb` | the user's number |
| GitHub Classroom: clones `{assignment}-{user}/` | the user |
| one folder, notebook, .py or .zip a student | its name |
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from grader.batch.errors import BatchError
from grader.batch.gradescope import METADATA, read_metadata
from grader.batch.work import Found, Work
from grader.submission.names import is_clutter
from grader.text import one_line

ENDS = (".ipynb", ".py", ".zip")
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_file_?(?P<file>.*)", re.DOTALL)
CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_|late_)?(?P<user>\d+)_(?P<file>\d+)_(?P<name>.+)", re.DOTALL
)
GRADESCOPE = re.compile(r"submission_(\d+)")
LOOKED_FOR = (
    "looked for nbgrader's submitted/, exports of Gradescope, Moodle and Canvas, GitHub Classroom's clones, "
    "and one folder, .ipynb, .py or .zip a student"
)
MOST_ENTRIES = 200_000


@dataclass(frozen=True, slots=True)
class _Tree:
    """A folder with the names in it, and the assignment's id."""

    root: Path
    folders: Sequence[str]
    files: Sequence[str]
    assignment: str


def discover(root: Path, *, assignment: str) -> Found:
    """All submissions in this folder. Raises BatchError, saying what was looked for, where there is none."""
    shown = one_line(str(root), limit=300)
    folders, files, notes = _listed(root, shown)
    for layout in (_nbgrader, _gradescope, _moodle, _canvas, _classroom, _plain):
        found = layout(_Tree(root, folders, files, assignment))
        if found is not None and found.works:
            works = tuple(_writable(work) for work in found.works)
            return replace(found, works=works, notes=(*found.notes, *notes))
    raise BatchError(f"{shown} holds no submission: {LOOKED_FOR}")


def _writable(work: Work) -> Work:
    """With names that UTF-8 can write: a disk takes any bytes for a name, and wrong ones read as surrogates."""
    words = {
        field: getattr(work, field).encode("utf-8", "backslashreplace").decode()
        for field in ("student", "name", "email", "sort_key")
    }
    return replace(work, **words)


def _listed(root: Path, shown: str) -> tuple[list[str], list[str], list[str]]:
    """Names of folders and of files that may be submissions, sorted, and notes on what was passed over."""
    folders, files, notes = [], [], []
    try:
        with os.scandir(root) as scan:
            for number, entry in enumerate(scan):
                if number >= MOST_ENTRIES:
                    raise BatchError(f"{shown} holds more than {MOST_ENTRIES} entries; name the right folder")
                if is_clutter([entry.name]):
                    continue
                if entry.is_symlink():
                    notes.append(f"{one_line(entry.name, limit=120)} is a link, which is not followed")
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif entry.is_file(follow_symlinks=False):
                    files.append(entry.name)
    except FileNotFoundError:
        raise BatchError(f"{shown}: there is no such file or folder") from None
    except NotADirectoryError:
        raise BatchError(f"{shown} is one file; `chainmark check` grades a single submission") from None
    except OSError as error:
        raise BatchError(f"{shown} cannot be read: {error.strerror}") from None
    return sorted(folders), sorted(files), sorted(notes)


def _subfolders(path: Path) -> list[str]:
    try:
        with os.scandir(path) as scan:
            return sorted(
                e.name for e in scan if e.is_dir(follow_symlinks=False) and not is_clutter([e.name])
            )
    except OSError:
        return []


def _nbgrader(tree: _Tree) -> Found | None:
    """A course's root, or its submitted/."""
    top, folders = tree.root, tree.folders
    if "submitted" in folders:
        top, folders = tree.root / "submitted", _subfolders(tree.root / "submitted")
    inside = {student: _subfolders(top / student) for student in folders}
    wanted = tree.assignment
    if top == tree.root and not any(wanted in names for names in inside.values()):
        return None
    if not any(wanted in names for names in inside.values()):
        names = sorted({name for found in inside.values() for name in found})
        if not names:
            raise BatchError(
                f"{one_line(str(top), limit=300)} has one folder, notebook or file a student, and no assignments "
                f"below these; name it itself: chainmark grade ASSIGNMENT {one_line(str(top), limit=300)}"
            )
        if len(names) != 1:
            listed = ", ".join(one_line(name, limit=40) for name in names[:8]) or "none"
            raise BatchError(
                f"{one_line(str(top), limit=300)} has no folder {one_line(tree.assignment, limit=60)} "
                f"for any student; the assignments there are {listed}"
            )
        wanted = names[0]
    works, notes = [], []
    for student, names in inside.items():
        if wanted in names:
            place = top / student / wanted
            received = _timestamp(place / "timestamp.txt")
            works.append(Work(student, (place,), (), received=received))
            if received is None and os.path.lexists(place / "timestamp.txt"):
                notes.append(f"{one_line(student, limit=80)}: no time can be read in timestamp.txt")
        elif names:
            notes.append(f"{one_line(student, limit=80)} has no {one_line(wanted, limit=60)}")
    return Found("nbgrader's submitted/", tuple(works), tuple(notes))


def _timestamp(path: Path) -> datetime | None:
    """The time in nbgrader's timestamp.txt, "2026-11-20 17:03:12.123456 UTC"; None where there is none."""
    try:
        if path.is_symlink() or path.stat().st_size > 200:
            return None
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    text = re.sub(r"\s*(?:UTC|GMT|Z)$", "+00:00", text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)  # nbgrader writes UTC where it says nothing


def _gradescope(tree: _Tree) -> Found | None:
    numbered = [name for name in tree.folders if GRADESCOPE.fullmatch(name)]
    if not numbered:
        return None
    known = read_metadata(tree.root / METADATA) if METADATA in tree.files else {}
    works, notes = [], []
    for name in numbered:
        said = known.get(name) or read_metadata(tree.root / name / METADATA).get(name)
        if said is None or not said.submitters:
            if METADATA not in tree.files:
                return None
            notes.append(f"{name}: {METADATA} does not say whose it is, so it is left out")
            continue
        number = GRADESCOPE.fullmatch(name)
        assert number is not None
        for person in said.submitters:
            works.append(
                Work(
                    person.sid or person.email or person.name, (tree.root / name,), (), person.name, person.email,
                    attempt=number[1], received=said.created_at,
                )
            )  # fmt: skip
    return Found("Gradescope's export", tuple(works), tuple(notes))


def _moodle(tree: _Tree) -> Found | None:
    works: dict[str, Work] = {}
    for name in tree.folders:
        if match := MOODLE.fullmatch(name):
            works[match["id"]] = Work(match["id"], (tree.root / name,), (), name=match["name"])
    for name in tree.files:
        match = MOODLE.fullmatch(name)
        if match and match["file"] and name.lower().endswith(ENDS):
            _joined(works, Work(match["id"], (tree.root / name,), (match["file"],), name=match["name"]))
    return Found("Moodle's folders", tuple(works.values())) if works else None


def _canvas(tree: _Tree) -> Found | None:
    works: dict[str, Work] = {}
    other = []
    for name in tree.files:
        match = CANVAS.fullmatch(name)
        if not name.lower().endswith(ENDS):
            continue
        if match is None:
            other.append(name)
            continue
        work = Work(
            match["user"], (tree.root / name,), (match["name"],), sort_key=match["who"],
            marked_late=bool(match["late"]),
        )  # fmt: skip
        _joined(works, work)
    if not works or len(other) > len(works):
        return None
    notes = tuple(
        f"{one_line(name, limit=120)} is not named as Canvas names files; left out" for name in other
    )
    return Found("Canvas' files", tuple(works.values()), notes)


def _joined(works: dict[str, Work], work: Work) -> None:
    """Files of one student in a flat folder were handed in together."""
    first = works.get(work.student)
    if first is None or not first.named:
        works.setdefault(work.student, work)
        return
    works[work.student] = replace(
        first,
        files=(*first.files, *work.files),
        named=(*first.named, *work.named),
        marked_late=first.marked_late or work.marked_late,
    )


def _classroom(tree: _Tree) -> Found | None:
    clones = [name for name in tree.folders if os.path.lexists(tree.root / name / ".git")]
    if not clones:
        return None
    # Character by character is what is wanted: the names are no paths.
    prefix = os.path.commonprefix(clones) if len(clones) > 1 else f"{tree.assignment}-"  # noqa: RUF071 - names, no paths
    prefix = prefix[: prefix.rfind("-") + 1]
    works = tuple(Work(name.removeprefix(prefix) or name, (tree.root / name,), ()) for name in clones)
    left = [name for name in tree.folders if name not in clones]
    notes = tuple(f"{one_line(name, limit=120)} is no clone of a repository; left out" for name in left)
    return Found("GitHub Classroom's clones", works, notes)


def _plain(tree: _Tree) -> Found | None:
    works = [Work(name, (tree.root / name,), ()) for name in tree.folders if _holds(tree.root / name)]
    empty = [name for name in tree.folders if name not in {work.student for work in works}]
    for name in _ending(tree.files):
        dot = name.rfind(".")
        works.append(Work(name[:dot], (tree.root / name,), (f"submission{name[dot:].lower()}",)))
    notes = [f"{one_line(name, limit=120)} holds no notebook, .py file or .zip" for name in empty]
    # What is handed out is called after the assignment; no student is.
    handout = [work for work in works if work.student == tree.assignment]
    if handout:
        works = [work for work in works if work not in handout]
        shown = one_line(handout[0].place.name, limit=120)
        said = f"{shown} is called as what is handed out, not as a student is"
        if not works:
            raise BatchError(f"{one_line(str(tree.root), limit=300)} holds no submission: {said}")
        notes.append(f"{said}; left out")
    return Found("one folder or file a student", tuple(works), tuple(notes))


def _ending(files: Iterable[str]) -> list[str]:
    return [name for name in files if name.lower().endswith(ENDS) and not name.startswith(".")]


def _holds(folder: Path) -> bool:
    """Whether there is a file anywhere below it, whatever it is: an unusable one must be reported, not dropped."""
    for number, (_, _, files) in enumerate(os.walk(folder)):
        if any(not is_clutter([name]) for name in files):
            return True
        if number > 200:
            return True
    return False
