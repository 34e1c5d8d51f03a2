"""A class of any size with a label for each submission: right, wrong in known ways, not started, mangled.

No two submissions are the same, unless they are made so: each has a line of its own, so that nothing but grading
them one by one gives their marks. `python -m tests.batch.classes 1000 FOLDER` writes one to look at.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.exercises.solutions import FIRST_SET

FIVE = ("affine", "relu", "sigmoid", "softmax_loss", "svm_loss")
SLIPS = {
    ("affine", "dx"): ("dx = dout.dot(w.T)", "dx = dout.dot(w)"),
    ("relu", "dx"): ("dx = dout * (x > 0)", "dx = dout * (dout > 0)"),
    ("sigmoid", "dx"): ("return dout * out * (1 - out)", "return dout * out"),
    ("softmax_loss", "dx"): ("dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1"),
    ("svm_loss", "dx"): ("margins > 0", "margins > 0.5"),
}
"""(exercise, the node that is wrong then): what to put for what."""
ASSIGNMENT = """[assignment]
id = "hw1"
title = "Five layers"
version = "1"
due = 2026-12-01T23:59:00+01:00

""" + "\n".join(f'[[exercises]]\nid = "{name}"\n' for name in FIVE)
NAMES = (
    "affine_forward", "affine_backward", "relu_forward", "relu_backward", "sigmoid_forward",
    "sigmoid_backward", "softmax_loss", "svm_loss",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """What grading must find: which exercises are wrong, or that nothing was started."""

    kind: str
    wrong: tuple[str, ...] = ()


def functions():
    """The functions of the five layers, each with its own source, after the import."""
    parts = FIRST_SET.split("\n\n\n")
    kept = [part for part in parts if any(f"def {name}(" in part for name in NAMES)]
    assert len(kept) == len(NAMES)
    return kept


def notebook(cells, *, line):
    """The text of a notebook, with a line of its own in the first cell."""
    sources = [f"import numpy as np\n# {line}", *cells]
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"c{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
                for number, source in enumerate(sources)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def submission(number, rng):
    """(text of a notebook, label): 70 % right, 20 % with one to three slips, 10 % not started or mangled."""
    cells, draw = functions(), rng.random()
    line = f"submission {number}, {rng.integers(1 << 60)}"
    if draw < 0.7:
        return notebook(cells, line=line), Label("right")
    if draw < 0.9:
        chosen = rng.choice(len(SLIPS), size=rng.integers(1, 4), replace=False)
        wrong = []
        for at in sorted(chosen):
            (exercise, _), (right, slip) = list(SLIPS.items())[at]
            assert sum(right in cell for cell in cells) == 1
            cells = [cell.replace(right, slip) for cell in cells]
            wrong.append(exercise)
        return notebook(cells, line=line), Label("partly right", tuple(wrong))
    kind = int(rng.integers(4))
    if kind == 0:
        return notebook([], line=line), Label("not started", FIVE)
    if kind == 1:  # saved twice over itself: a cell comes twice
        return notebook([*cells, cells[-1]], line=line), Label("right")
    if kind == 2:  # a cell that does not parse
        broken = "def affine_forward(x, w, b:\n    return"
        cells = [broken if "def affine_forward(" in cell else cell for cell in cells]
        return notebook(cells, line=line), Label("partly right", ("affine",))
    return notebook(cells, line=line)[:-200], Label("cut off")


def write(folder: Path, count: int, *, seed=2026):
    """A class in `folder`, a notebook a student. Returns the labels by student."""
    rng = np.random.default_rng(seed)
    labels = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text, label = submission(number, rng)
        student = f"s{number:05d}"
        (folder / f"{student}.ipynb").write_text(text, encoding="utf-8")
        labels[student] = label
    return labels


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
