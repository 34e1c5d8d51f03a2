"""Running a command as a person does, and notebooks to give it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from grader.cli import main

ROOT = Path(__file__).parents[2]

RIGHT = """import numpy as np

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
WRONG = RIGHT.replace("dout * (cache > 0)", "dout * (dout > 0)")


def here(*arguments):
    """The command in this process, with the student's code in it as well: (exit code, stdout, stderr)."""
    result = CliRunner().invoke(main, ["check", "--here", *map(str, arguments)], prog_name="chainmark")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def really(*arguments, columns=80, cwd=None, timeout=120):
    """The command as its own program, the student's code in the worker that this machine allows."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": str(columns)}
    return subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd or ROOT,
        timeout=timeout,
        check=False,
    )


def notebook(path, *cells, **metadata):
    """A notebook of these code cells, as JupyterLab saves it."""
    book = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source.splitlines(keepends=True),
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            **metadata,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(book), encoding="utf-8")
    return path
