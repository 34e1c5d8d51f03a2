"""A class as it comes, with labels: right, wrong in known ways, not started, cut off, hostile, empty, copied.

`python -m tests.batch.mixed 1000` grades one of a thousand and holds every mark against its label.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from grader.gradebook import Gradebook
from tests.batch.classes import ASSIGNMENT, FIVE, Label, functions, notebook, submission
from tests.batch.shared import start

LIMITS = "\n[limits]\ncpu_seconds = 1\n"
"""One in fifty loops without end; ten seconds for each would only take long."""

HOSTILE = {
    "ends the process": "import os; os._exit(0)",
    "closes everything": "import os; os.closerange(0, 64)",
    "signals everybody": "import os; os.kill(-1, 9); return 0, 0",
    "loops": "while True: pass",
    "takes all memory": "hoard = [bytearray(1 << 30) for _ in range(99)]",
    "patches comparisons": "np.allclose = np.testing.assert_allclose = lambda *a, **k: True; return 0, 0",
    "writes to every pipe": "import os; [os.write(fd, b'x' * 65536) for fd in range(3, 9) for _ in range(99)]",
    "reads the reference": "from reference.activations import RELU; return RELU.forward(x)",
    "equals everything": "return type('E', (np.ndarray,), {'__eq__': lambda *a: True})((2, 3)), x",
}


def one(number, rng):
    """(text of a submission, label)."""
    draw = rng.random()
    if draw < 0.8:
        return submission(number, rng)
    if draw < 0.9:
        kind = list(HOSTILE)[int(rng.integers(len(HOSTILE)))]
        cells = [
            "def relu_forward(x):\n    " + HOSTILE[kind] if "def relu_forward(" in cell else cell
            for cell in functions()
        ]
        assert sum("def relu_forward(x):\n    " + HOSTILE[kind] == cell for cell in cells) == 1
        return notebook(cells, line=f"submission {number}"), Label(f"hostile: {kind}", ("relu",))
    if draw < 0.93:
        return "", Label("empty")
    return None, Label("copied")


def write(folder, count, *, seed=7):
    """A class in `folder`; labels by student. Who copied has the file and the label of the student before."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    labels, last = {}, submission(0, np.random.default_rng(0))
    for number in range(count):
        text, label = one(number, rng)
        text, label = last if text is None else (text, label)
        if label.kind not in ("empty", "cut off"):
            last = text, label
        student = f"s{number:05d}"
        (folder / f"{student}.ipynb").write_text(text, encoding="utf-8")
        labels[student] = label
    return labels


def misjudged(results, labels):
    """Everybody whose marks are not what the label says, with both."""
    found = {}
    with Gradebook.open(results) as book:
        rows = {row.student.id: row for row in book.marks()}
        for student, label in labels.items():
            row = rows.pop(student, None)
            if row is None:
                found[student] = label, "lost"
            elif label.kind in ("empty", "cut off"):
                if row.score is not None and label.kind == "empty":
                    found[student] = label, row.score
            else:
                report = book.report(row.report_id)
                exercises = report["exercises"] if report else []
                wrong = {e["id"] for e in exercises if e["score"] < e["max_score"]}
                if len(exercises) != len(FIVE) or wrong != set(label.wrong):
                    found[student] = label, sorted(wrong)
        found |= dict.fromkeys(rows, (None, "nobody's"))
    return found


def main():
    count = int(sys.argv[1]) if sys.argv[1:] else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assignment.toml").write_text(ASSIGNMENT + LIMITS, encoding="utf-8")
        labels = write(folder / "in", count)
        process = start("grade", folder / "assignment.toml", folder / "in", "--out", folder / "out")
        out, err = process.communicate()
        print(out, err, sep="\n")
        wrong = misjudged(folder / "out", labels)
        print(f"{len(labels)} labels, {len(wrong)} misjudged")
        for student, (label, said) in list(wrong.items())[:20]:
            print(student, label, said)
        sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
