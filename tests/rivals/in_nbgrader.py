"""The assignment in nbgrader: a course folder, what students hand in, grading by the real program, marks.

Everything goes through nbgrader's own command line, as a teacher runs it; its marks are read from its gradebook
with its own API (`nbgrader_marks.py`), by the Python that nbgrader is installed in.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.rivals.assignment import HELPERS, exercises
from tests.rivals.notebooks import ASSIGNMENT_ID, IMPORTS, TITLE, Cell, cell, dumped, filled_in

MARKS = Path(__file__).with_name("nbgrader_marks.py")
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "rivals"\n'


def environment(home: Path, python: str) -> dict[str, str]:
    """No settings, kernels or programs but those beside this Python; a thread a process, as we have it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON"))}
    kinds = ("CONFIG", "DATA", "RUNTIME")
    folders = {f"JUPYTER_{kind}_DIR": str(home / ".jupyter" / kind.lower()) for kind in kinds}
    path = (
        f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # nbgrader calls alembic by its name
    )
    return kept | folders | {"IPYTHONDIR": str(home / ".ipython"), "OPENBLAS_NUM_THREADS": "1", "PATH": path}


def _marked(
    kind: str, source: str, grade_id: str, *, points: float | None = None, solution: bool = False
) -> Cell:
    """A cell that nbgrader knows: a student's answer, a test with points, or text that is only locked."""
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    return cell(kind, source, nbgrader=metadata)


def _solved(code: str) -> str:
    """A function whose body is a region that students do not get."""
    head, body = code.split("\n", 1)
    return f"{head}\n    ### BEGIN SOLUTION\n{body.rstrip()}\n    ### END SOLUTION"


def source_notebook() -> str:
    """The teacher's notebook."""
    cells = [
        cell("markdown", TITLE),
        cell("code", IMPORTS),
        _marked("code", HELPERS, "helpers"),
    ]
    for exercise in exercises():
        cells.append(_marked("markdown", f"## {exercise.id}", f"{exercise.id}-text"))
        for number, code in enumerate(exercise.solutions):
            cells.append(_marked("code", _solved(code), f"{exercise.id}-answer-{number}", solution=True))
        for part in exercise.parts:
            hidden = f"### BEGIN HIDDEN TESTS\n{part.hidden}### END HIDDEN TESTS"
            cells.append(
                _marked("code", part.visible + hidden, f"{exercise.id}--{part.name}", points=part.points)
            )
    return dumped(cells)


class Course:
    """A course folder of nbgrader. `python` is the interpreter that has nbgrader."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.folder, self.python = folder, python
        source = folder / "source" / ASSIGNMENT_ID
        source.mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
        (source / f"{ASSIGNMENT_ID}.ipynb").write_text(source_notebook(), encoding="utf-8")
        done = self.run("generate_assignment", ASSIGNMENT_ID)
        if done.returncode:
            raise RuntimeError(f"nbgrader generate_assignment: {done.stderr}")

    @property
    def submitted(self) -> Path:
        """Where students' work lies, a folder a student; chainmark reads it as it is."""
        return self.folder / "submitted"

    @property
    def handed_out(self) -> Path:
        return self.folder / "release" / ASSIGNMENT_ID / f"{ASSIGNMENT_ID}.ipynb"

    def moved_to(self, folder: Path) -> Course:
        """The course whose files were copied to `folder`."""
        again = copy.copy(self)
        again.folder = folder
        return again

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of nbgrader in this course."""
        return subprocess.run(
            [self.python, "-m", "nbgrader", *arguments],
            cwd=self.folder, env=environment(self.folder, self.python), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def hand_in(self, student: str, codes: list[str], *, lost: int = 0, pasted: bool = False) -> None:
        """A student's cells in the notebook that was handed out; of its end, `lost` characters are missing."""
        text = filled_in(self.handed_out, codes, pasted=pasted)
        path = self.submitted / student / ASSIGNMENT_ID / f"{ASSIGNMENT_ID}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text[: len(text) - lost], encoding="utf-8")

    def autograde(self, students: str = "*") -> subprocess.CompletedProcess[str]:
        """Grade whom the pattern names. Exit code 1 if only one of them could not be graded."""
        return self.run("autograde", ASSIGNMENT_ID, f"--student={students}")

    def marks(self) -> dict[str, dict[str, float]]:
        """By student and exercise; who could not be graded is missing."""
        done = subprocess.run(
            [self.python, str(MARKS), str(self.folder / "gradebook.db"), ASSIGNMENT_ID],
            env=environment(self.folder, self.python), capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, dict[str, float]] = json.loads(done.stdout)
        return found
