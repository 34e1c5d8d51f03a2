"""A right assignment's file, and ways to write others and read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import Assignment, AssignmentError, read_assignment

KNOWN = {"affine": 6.0, "relu": 3.0, "softmax_loss": 5.0, "sigmoid_circuit": 12.0}
NODES = {"affine": ("out", "dx", "dw", "db"), "relu": ("out", "dx")}
FUNCTIONS = {"affine": ("affine_forward", "affine_backward"), "relu": ("relu_forward", "relu_backward")}

HEAD = '[assignment]\nid = "hw1"\ntitle = "Backpropagation by hand"\nversion = "2026.1"\n'
AFFINE = '[[exercises]]\nid = "affine"\n'
FULL = """
[assignment]
id = "hw1"
title = "Backpropagation by hand"
version = "2026.1"
due = 2026-12-01T23:59:00+01:00
reader = "closed"
hints = 2
hints_after_closing = 8
follow_through = false
allowed_modules = ["scipy"]
exercises_from = ["my_exercises", "../shared"]

[limits]
cpu_seconds = 5
wall_seconds = 60.5
memory_mb = 768

[late]
percent_a_day = 10
grace_minutes = 15
at_most_percent = 50
closes_after_days = 7

[[exercises]]
id = "affine"
points = 12
parts = { out = 3, dx = 1, dw = 1, db = 1 }
hints = 3
follow_through = true
functions = { affine_forward = "my_forward" }
accept = ["columns"]

[[exercises]]
id = "relu"
"""


def write(folder: Path, text: str | bytes, name: str = "assignment.toml") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder: Path, text: str | bytes) -> Assignment:
    """The assignment with this content."""
    return read_assignment(write(folder, text), known=KNOWN, nodes=NODES, functions=FUNCTIONS)


def refused(folder: Path, text: str | bytes) -> AssignmentError:
    """The error that this content is refused with."""
    with pytest.raises(AssignmentError) as caught:
        read(folder, text)
    for problem in caught.value.problems:
        assert problem.line.isprintable()
        assert len(problem.line) <= 600
    return caught.value
