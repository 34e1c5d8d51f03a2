"""A course with an exercise of its own, in a folder beside its assignment's."""

from __future__ import annotations

from tests.batch.shared import ASSIGNMENT

KEY = b"a key that nobody else has"
OWN = ASSIGNMENT.replace('"relu"', '"cube_own"').replace(
    'version = "1"', 'version = "1"\nexercises_from = ["../layers"]'
)
FORMULA = 'FORMULA = "q = x**2; f = q*x"\n'
CUBE = """from grader.exercise import GraphExercise
from reference.formula import formula_graph
from .shared.formula import FORMULA
CUBE = GraphExercise(id="cube_own", title="Cube", text="", graph=formula_graph(FORMULA),
                     function="cube", points={"dq": 1, "dx": 1})
"""
SOLVED = "def cube(x):\n    q = x**2\n    dq = x\n    dx = 2*x*dq + q\n    return locals()\n"


def own_exercises(folder):
    """Two files, one of which needs the other; beside them what must not travel, and what would fail if it did."""
    for name, text in {
        "shared/formula.py": FORMULA,
        "cube.py": CUBE,
        "course.key": KEY.decode(),
        "roster.csv": "student\nLovelace\n",
        ".ipynb_checkpoints/old.py": "1 / 0",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
