"""Every attack program handed in as a submission, at level A and at level B: nothing is seen of it from outside,
and the honest submission after it gets full marks.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.runner.levels import sealed
from tests.runner.test_hostile_submissions import LEVELS, full_marks, graded, honest_after
from tests.sandbox.confined import Surroundings

FOLDER = Path(__file__).parents[1] / "sandbox" / "attacks"
ATTACKS = {f"{path.parent.name}/{path.stem}": path.read_text() for path in sorted(FOLDER.rglob("*.py"))}

SUBMISSION = """
import numpy as np
import types
ATTACK = {attack!r}
SCENE = {scene!r}
def attacked():
    said = []
    try:
        exec(compile(ATTACK, "attack", "exec"), {{"scene": types.SimpleNamespace(**SCENE), "out": said.append}})
    except BaseException as error:
        said.append(repr(error).encode())
    print(b"".join(said))
    return b"".join(said).decode("latin-1")
def relu_forward(x):
    return attacked(), x
def relu_backward(dout, cache):
    return dout
"""


@pytest.fixture(params=LEVELS, scope="module")
def runner(request):
    found = sealed(request.param)
    yield found
    found.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_nowhere_and_the_next_submission_is_graded_right(runner, name, tmp_path):
    with contextlib.ExitStack() as stack:
        surroundings = Surroundings(tmp_path, stack)
        stack.callback(surroundings.clean)
        scene = vars(surroundings.facts()) | {"tty": -1, "int80": 0}  # neither crosses into the worker
        surroundings.hide_secrets()
        checked = graded(runner, SUBMISSION.format(attack=ATTACKS[name], scene=scene))
        assert not full_marks(checked)
        returned = repr(checked).encode() + runner.printed().encode(errors="replace")
        assert tuple(surroundings.breaches(runner.pid, returned)) == ()
    honest_after(runner)
