"""The README's walk through a week of a course, line by line, as an instructor would type it."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys

import pytest

from tests.commands.shared import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

CODES = {"chainmark diff": 1}
"""Where another exit code than 0 is right, which the line says itself."""


def lines():
    """The commands of the block, in their order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("### A week of a course", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    return block.splitlines()


def typed(line, folder):
    """A shell that runs the line, with this state of the program as `chainmark`."""
    ours = (
        f'chainmark() {{ "{sys.executable}" -P -m grader "$@"; }}; python3() {{ "{sys.executable}" "$@"; }}; '
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run(
        ["bash", "-c", ours + line], cwd=folder, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip


def hand_in(folder):
    """The week's notebook solved, by ada; bob's affine has no transpose; and the marks of their essays."""
    solved = (folder / "solved/week3.ipynb").read_text(encoding="utf-8")
    wrong, count = re.subn(r"dout @ w\.T|dout\.dot\(w\.T\)", "dout @ w", solved)
    assert count, "the solution of affine has another form"
    for who, text in {"ada": solved, "bob": wrong}.items():
        (folder / "submitted" / who).mkdir(parents=True)
        (folder / "submitted" / who / "week3.ipynb").write_text(text, encoding="utf-8")
    (folder / "class.csv").write_text("student,name\nada,Ada\nbob,Bob\ncy,Cy\n", encoding="utf-8")
    (folder / "essays.csv").write_text("student,points,comment\nada,4,clear\nbob,3,\n", encoding="utf-8")


def test_every_line_of_the_walk_does_what_it_says(tmp_path):
    asked = lines()
    assert len(asked) >= 12
    for line in asked:
        if line.startswith("chainmark grade"):
            hand_in(tmp_path)
        ran = typed(line, tmp_path)
        code = next((code for start, code in CODES.items() if line.startswith(start)), 0)
        assert ran.returncode == code, (line, ran.stdout, ran.stderr)
    assert (tmp_path / "handout/week3.ipynb").is_file()
    assert (tmp_path / "week3-results/report/class.html").is_file()
    with (tmp_path / "week3-results/marks.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["student"]: row for row in csv.DictReader(stream)}
    assert rows["ada"]["score"] == rows["ada"]["max_score"]
    assert float(rows["bob"]["affine"]) == 5.5
    assert rows["bob"]["why_gradients_add"] == "3"
    assert rows["cy"]["status"] == "not submitted"
