"""A virtual environment with nbgrader and Otter-Grader, made once and used again."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROGRAMS = ("nbgrader", "otter-grader")
HERE = Path(tempfile.gettempdir()) / f"chainmark-rivals-{sys.version_info[0]}.{sys.version_info[1]}"
ASK = f"import json, importlib.metadata as m; print(json.dumps({{n: m.version(n) for n in {PROGRAMS}}}))"


def _versions(python: Path) -> dict[str, str]:
    """The versions that are installed there; empty unless all are."""
    if not python.exists():
        return {}
    done = subprocess.run([python, "-c", ASK], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def rivals(folder: Path = HERE) -> tuple[str, dict[str, str]]:
    """(interpreter, version by program) of the environment in `folder`, which is made if it is not there.

    Both programs in the newest version that this Python takes, with the NumPy that chainmark runs with.
    """
    python = folder / "bin" / "python"
    if not _versions(python):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "-q", *PROGRAMS, f"numpy=={np.__version__}"]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(
                f"{' and '.join(PROGRAMS)} cannot be installed in {folder}: {done.stderr.strip()[-400:]}"
            )
    return str(python), _versions(python)
