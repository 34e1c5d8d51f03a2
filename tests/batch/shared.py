"""A small assignment, submissions for it, and the command as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import main
from tests.commands.shared import RIGHT, ROOT, WRONG

ASSIGNMENT = """[assignment]
id = "hw1"
title = "One layer"
version = "1"
due = 2026-11-20T18:00:00+01:00

[late]
percent_a_day = 10
grace_minutes = 10
at_most_percent = 50
closes_after_days = 7

[[exercises]]
id = "relu"
"""
STARTER = "import numpy as np\n\ndef relu_forward(x):\n    raise NotImplementedError\n"


def assignment(folder, text=ASSIGNMENT):
    path = folder / "assignment.toml"
    path.write_text(text, encoding="utf-8")
    return path


def put(folder, **works):
    """A .py file for each student."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, text in works.items():
        (folder / f"{student}.py").write_text(text, encoding="utf-8")
    return folder


def chainmark(*arguments):
    """The command in this process: (exit code, stdout, stderr)."""
    result = CliRunner().invoke(main, list(map(str, arguments)), prog_name="chainmark")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


interruptible = pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    reason="Ctrl-C is ignored here, as in whatever a shell runs in the background",
)


def start(*arguments, cwd=None, environment=None, **more):
    """The command as a program of its own, not waited for."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | (environment or {})
    return subprocess.Popen(
        [sys.executable, "-m", "grader", *map(str, arguments)],
        env=environment, cwd=cwd or ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


def files(folder: Path):
    """Everything below a folder, to see that nothing was touched."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


__all__ = [
    "ASSIGNMENT",
    "RIGHT",
    "STARTER",
    "WRONG",
    "assignment",
    "chainmark",
    "files",
    "interruptible",
    "put",
    "start",
]
