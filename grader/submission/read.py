"""`read_submission`: whatever a path leads to, a file, an archive or a folder, as units of source and notes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.submission import nbjson
from grader.submission.cells import read_cells
from grader.submission.conflicts import resolve
from grader.submission.encoding import decode_python
from grader.submission.files import is_folder, read_bytes
from grader.submission.folder import read_folder
from grader.submission.magics import Effort
from grader.submission.names import module_name
from grader.submission.types import Found, Note, NotebookFile, ReadLimits, Submission, SubmissionError, Unit
from grader.text import one_line

_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z")
_MOST_NOTES = 200


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    limits: ReadLimits
    alone: bool
    effort: Effort = field(default_factory=Effort)
    units: list[Unit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    notebooks: list[NotebookFile] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)

    def python(self, file: Found) -> None:
        """A .py file becomes one unit. Raises SubmissionError."""
        text, conflicts = resolve(decode_python(file.data, file.name))
        label = one_line(file.name)
        if conflicts:
            found = "a merge conflict" if conflicts == 1 else f"{conflicts} merge conflicts"
            said = f"{label} has {found}; the first version of each was read"
            self.notes.append(Note("merge conflict", said, label))
        if text.strip():
            self.units.append(Unit(label, text, file.name, None, module_name(file.name)))

    def notebook(self, file: Found) -> None:
        """A notebook becomes a unit for each of its code cells. Raises SubmissionError."""
        value, notes = nbjson.load(file.data, file=file.name, limits=self.limits)
        cells = read_cells(value, file=file.name, alone=self.alone, effort=self.effort, limits=self.limits)
        self.notes += [*notes, *cells.notes]
        self.units += cells.units
        self.notebooks.append(cells.notebook)
        for key, said in cells.metadata.items():
            if self.metadata.setdefault(key, said) != said:
                shown = one_line(key, limit=40)
                self.notes.append(
                    Note(
                        "metadata",
                        f"{file.name}: another notebook has another {shown}; the first counts",
                        file.name,
                    )
                )

    def all(self, name: str, found: Sequence[Found]) -> None:
        """Files of Python first. One that cannot be read costs a note, unless nothing else can be read."""
        failed: list[SubmissionError] = []
        for suffix, read in ((".py", self.python), (".ipynb", self.notebook)):
            for file in found:
                if file.suffix != suffix:
                    continue
                try:
                    read(file)
                except SubmissionError as error:
                    failed.append(error)
        if not self.units and not self.notebooks:
            if failed:
                first = failed[0]
                raise SubmissionError(
                    name, f"nothing in it can be read: {first.file} {first.problem}", first.hint
                )
            said = "have nothing in them" if found else "are not there"
            raise SubmissionError(
                name,
                f"Python files or notebooks {said}",
                "name the notebook, the .py file or the folder they are in",
            )
        for failure in failed:
            shown = one_line(failure.file, limit=120)
            self.notes.append(Note("skipped file", f"{shown} was not read: it {failure.problem}", shown))


def read_submission(path: Path, *, limits: ReadLimits | None = None) -> Submission:
    """A .ipynb, .py or .zip file, or a folder. Nothing of it is run; its Python is not parsed.

    What is damaged and can be mended is, with a note. Raises SubmissionError, and nothing else, for what cannot be
    read at all.
    """
    limits = limits or ReadLimits()
    name = one_line(path.name or path.absolute().name or str(path), limit=255)
    if is_folder(path, name=name):
        found, skipped = read_folder(path, name=name, limits=limits)
    elif name.lower().endswith(".zip"):
        from grader.submission.archive import read_zip

        found, skipped = read_zip(path, name=name, limits=limits)
    else:
        return _single(path, name, limits)
    reading = _Reading(limits, alone=len(found) == 1, notes=skipped)
    try:
        reading.all(name, found)
    except SubmissionError as error:
        if found or not skipped:
            raise
        raise SubmissionError(name, f"nothing in it was read: {skipped[0].message}", error.hint) from None
    return _submission(name, path, _digest(found), reading)


def _single(path: Path, name: str, limits: ReadLimits) -> Submission:
    """One file that is no archive, also where its name's ending does not say what it is."""
    data = read_bytes(path, name=name, limit=limits.file_bytes)
    file = Found(name, data)
    if not data.strip():
        raise SubmissionError(name, "the file is empty", "was it saved before it was handed in?")
    reading = _Reading(limits, alone=True)
    if file.suffix == ".ipynb":
        reading.notebook(file)
    elif nbjson.looks_like_notebook(data):
        reading.notebook(file)
        reading.notes.insert(
            0, Note("repaired", f"{name} is a notebook, although its name does not end in .ipynb", name)
        )
    elif file.suffix == ".py":
        reading.python(file)
    else:
        raise _no_submission(file)
    return _submission(name, path, hashlib.sha256(data).hexdigest(), reading)


def _no_submission(file: Found) -> SubmissionError:
    if file.data.startswith(b"PK\3\4"):
        return SubmissionError(file.name, "is an archive by another name", "let its name end in .zip")
    if file.suffix in _ARCHIVES:
        return SubmissionError(file.name, "is an archive of a kind that is not read", "make a .zip of it")
    return SubmissionError(file.name, "is no notebook, .py file, .zip or folder", "name one of these")


def _digest(found: Sequence[Found]) -> str:
    """SHA-256 of all names and contents, each after its length, so that no two sets of files agree."""
    digest = hashlib.sha256()
    for file in sorted(found, key=lambda f: f.name):
        for part in (file.name.encode("utf-8", "surrogatepass"), file.data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _submission(name: str, path: Path, digest: str, reading: _Reading) -> Submission:
    notes = [
        Note(note.kind, one_line(note.message), one_line(note.where)) for note in reading.notes[:_MOST_NOTES]
    ]
    rest = len(reading.notes) - _MOST_NOTES
    if rest > 0:
        notes.append(Note("repaired", f"{name}: {rest} more of such notes were left out", name))
    return Submission(
        name, path, tuple(reading.units), tuple(notes), digest, tuple(reading.notebooks), reading.metadata
    )
