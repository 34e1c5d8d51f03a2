"""What honest programs need still works sealed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.confine import Layer
from tests.sandbox.confined import HERE, run
from tests.sandbox.honest import WORK

pytestmark = pytest.mark.skipif(Layer.SECCOMP not in HERE.layers, reason=f"no seal here: {HERE.held[0].why}")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Of `tests.sandbox.honest`, in a process whose BLAS has one thread: more could not be started sealed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.honest", str(tmp_path_factory.mktemp("honest"))],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("way", ["all", "seccomp", "nobody"])
@pytest.mark.parametrize("work", [work.__name__ for work in WORK])
def test_honest_work_gives_sealed_what_it_gives_outside(work: str, way: str, results: Any) -> None:
    """Under all layers, under the seal alone with root's rights, and started as an ordinary user."""
    seen = results[work][way]
    assert seen["error"] == ""
    assert seen["output"] == results[work]["expected"]
    assert seen["ended"] == "Exited(code=0)"
    assert seen["breaches"] == []


def test_an_error_in_the_students_code_still_has_its_line(tmp_path: Path) -> None:
    seen = run("def f(x):\n    return x.shape[9]\nimport numpy as np\nf(np.ones(3))", tmp_path)
    assert 'File "<submission>", line 2, in f' in seen.error
    assert "IndexError" in seen.error


def test_opening_a_file_is_a_plain_permission_error(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        try:
            os.open("/etc/hostname", os.O_RDONLY)
        except PermissionError:
            out(b"as students know it")

    assert run(program, tmp_path).output == b"as students know it"
