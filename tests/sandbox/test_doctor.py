"""`chainmark doctor`: readable at 80 columns, JSON with the same content, exit codes by level."""

from __future__ import annotations

import functools
import json

import pytest
from click.testing import CliRunner
from rich.console import Console

from grader.commands import doctor as module
from grader.sandbox.confine import ALL_LAYERS, Layer
from grader.sandbox.level import Held, Level, Sandbox, probe
from tests.sandbox.confined import HERE


def drawn(found: Sandbox, width: int = 80) -> str:
    console = Console(width=width, markup=False, highlight=False, emoji=False, record=True, quiet=False)
    with console.capture() as capture:
        for part in module.shown(found):
            console.print(part)
    return capture.get()


def test_the_level_comes_first_and_everything_fits_into_80_columns() -> None:
    text = drawn(HERE)
    assert text.startswith(f"Level {HERE.level}: {HERE.level.meaning}\n")
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()
    for held in HERE.held:
        assert held.name in text


def test_what_is_missing_has_its_reason_and_what_to_do() -> None:
    missing = Held("Landlock", False, "landlock: Operation not supported", "use lsm=landlock")
    found = Sandbox(Level.B, frozenset({Layer.SECCOMP}), (missing,), (Held("read a file", False, "reached"),))
    text = drawn(found)
    for expected in (
        "missing",
        "Operation not supported",
        "What to do",
        "use lsm=landlock",
        "These were not:",
    ):
        assert expected in text


def test_json_has_the_same_findings() -> None:
    done = CliRunner().invoke(module.doctor, ["--json"])
    found = json.loads(done.output)
    assert found["schema"] == "chainmark/doctor/1"
    assert found["level"] == HERE.level
    assert [layer["name"] for layer in found["layers"]] == [held.name for held in HERE.held]
    assert {layer["holds"] for layer in found["layers"]} <= {True, False}


@pytest.mark.parametrize("withheld", [frozenset(), ALL_LAYERS])
def test_the_exit_code_says_whether_batches_can_be_graded(
    withheld: frozenset[Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "probe", functools.partial(probe, withhold=withheld))
    expected = 0 if not withheld and HERE.level.sealed else 3
    assert CliRunner().invoke(module.doctor, []).exit_code == expected
