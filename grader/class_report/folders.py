"""`students/folders.csv`: whose folder is whose, for handing the pages out; their names are pseudonyms."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from grader.export.cells import cell
from grader.gradebook import StudentMarks

NAME = "folders.csv"


def folders_csv(students: Iterable[StudentMarks]) -> str:
    """The file's text: a line for each student who has a folder."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("student", "name", "email", "section", "folder"))
    for marks in students:
        person = marks.student
        writer.writerow(
            (*map(cell, (person.id, person.name, person.email, person.section)), person.pseudonym)
        )
    return out.getvalue()
