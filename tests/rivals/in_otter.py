"""The assignment in Otter-Grader: made and graded by the real program, `otter assign` and `otter run`.

The teacher's notebook is in the format of `otter assign`; that command makes the notebook that students get and the
zip that submissions are graded by. `otter run` grades one notebook, without a container.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.rivals.assignment import HELPERS, exercises
from tests.rivals.in_nbgrader import environment
from tests.rivals.notebooks import ASSIGNMENT_ID, IMPORTS, TITLE, Cell, cell, dumped, filled_in

CONFIG = "# ASSIGNMENT CONFIG\ninit_cell: true\nexport_cell: false\ngenerate:\n  show_hidden: true"


def _solved(code: str) -> str:
    """A function whose body students do not get."""
    head, body = code.split("\n", 1)
    return f"{head}\n    # BEGIN SOLUTION\n{body.rstrip()}\n    # END SOLUTION"


def _test(source: str, *, points: float, hidden: bool) -> Cell:
    config = (
        f'""" # BEGIN TEST CONFIG\npoints: {points:g}\nhidden: {str(hidden).lower()}\n""" # END TEST CONFIG\n'
    )
    return cell("code", config + source)


def source_notebook() -> str:
    """The teacher's notebook: a question an exercise, a public test of the shape and a hidden one for each part."""
    cells = [cell("raw", CONFIG), cell("markdown", TITLE), cell("code", IMPORTS), cell("code", HELPERS)]
    for exercise in exercises():
        cells.append(cell("raw", f"# BEGIN QUESTION\nname: {exercise.id}"))
        cells.append(cell("markdown", f"## {exercise.id}"))
        cells.append(cell("raw", "# BEGIN SOLUTION"))
        cells.extend(cell("code", _solved(code)) for code in exercise.solutions)
        cells.append(cell("raw", "# END SOLUTION"))
        cells.append(cell("raw", "# BEGIN TESTS"))
        for part in exercise.parts:
            cells.append(_test(part.visible, points=0, hidden=False))
            cells.append(_test(part.visible + part.hidden, points=part.points, hidden=True))
        cells.append(cell("raw", "# END TESTS"))
        cells.append(cell("raw", "# END QUESTION"))
    return dumped(cells)


class Assigned:
    """What `otter assign` made of the assignment. `python` is the interpreter that has Otter-Grader."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.folder, self.python = folder, python
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT_ID}.ipynb").write_text(source_notebook(), encoding="utf-8")
        done = self.run("assign", "--no-run-tests", "--no-pdfs", f"{ASSIGNMENT_ID}.ipynb", "dist")
        zips = sorted((folder / "dist" / "autograder").glob("*.zip"))
        if done.returncode or not zips:
            raise RuntimeError(f"otter assign: {done.stderr}")
        self.autograder = zips[0]

    @property
    def handed_out(self) -> Path:
        return self.folder / "dist" / "student" / f"{ASSIGNMENT_ID}.ipynb"

    @property
    def submitted(self) -> Path:
        """Where students' work lies, a folder a student."""
        return self.folder / "submitted"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of Otter-Grader."""
        return subprocess.run(
            [self.python, "-m", "otter", *arguments],
            cwd=self.folder, env=environment(self.folder, self.python),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def hand_in(self, student: str, codes: list[str], *, lost: int = 0) -> None:
        """A student's cells in the notebook that was handed out; of its end, `lost` characters are missing."""
        text = filled_in(self.handed_out, codes)
        path = self.submitted / student / f"{ASSIGNMENT_ID}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text[: len(text) - lost], encoding="utf-8")

    def grade(self, student: str) -> dict[str, float] | None:
        """`otter run` of one notebook: points by exercise, None if it could not be graded."""
        out = self.folder / "graded" / student
        out.mkdir(parents=True, exist_ok=True)
        work = self.submitted / student / f"{ASSIGNMENT_ID}.ipynb"
        done = self.run("run", "--no-logo", "-a", str(self.autograder), "-o", str(out), str(work))
        if done.returncode or not (out / "results.json").exists():
            return None
        results = json.loads((out / "results.json").read_text(encoding="utf-8"))
        return {test["name"]: test["score"] for test in results["tests"] if "score" in test}
