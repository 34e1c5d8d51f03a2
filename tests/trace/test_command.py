"""The command around the trace: help, version, pipes, encodings."""

from __future__ import annotations

import json
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path

import pytest

from grader.cli import COMMANDS
from tests.trace.examples import arguments, run, run_process


def test_help_names_the_commands_without_importing_them() -> None:
    done = run_process("--help")
    assert done.returncode == 0
    assert b"trace" in done.stdout
    code = "import sys, grader.cli; print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy', 'rich'}))"
    import subprocess

    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert modules.stdout == b"[]\n"


def test_the_summary_in_the_help_is_the_commands_own() -> None:
    for name, (module, summary) in COMMANDS.items():
        assert getattr(import_module(module), name).short_help == summary


def test_without_a_command_the_help_is_shown() -> None:
    assert run().stdout == run("--help").stdout == run("-h").stdout


def test_the_version_is_shown() -> None:
    assert run("--version").stdout.startswith("chainmark")


def test_the_examples_in_the_help_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"^ +chainmark (trace .*)$", run("trace", "--help").stdout, re.MULTILINE)
    assert len(examples) >= 4
    for example in examples:
        result = run(*shlex.split(example))
        assert result.exit_code == 0, (example, result.stderr)
    assert (tmp_path / "graph.svg").exists()


def test_help_fits_80_columns() -> None:
    assert max(map(len, run("trace", "--help").stdout.splitlines())) <= 80


def test_python_m_grader_is_the_same_command_and_plain_when_piped() -> None:
    done = run_process(*arguments("named steps"), PYTHONIOENCODING="utf-8")
    assert done.returncode == 0
    assert done.stdout.decode() == run(*arguments("named steps")).stdout
    assert b"\x1b" not in done.stdout


def test_an_ascii_pipe_gets_ascii() -> None:
    done = run_process("trace", "α*x + x**2", "α=2", "x=-1", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u03b1 * x" in done.stdout
    assert b"> -2" in done.stdout


def test_json_is_nothing_but_json_in_any_encoding() -> None:
    done = run_process("trace", "α*x", "α=2", "x=-1", "--json", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["inputs"] == {"α": 2, "x": -1}


def test_an_error_about_a_foreign_name_reaches_an_ascii_terminal() -> None:
    done = run_process("trace", "α*x", "x=-1", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"no value for \\u03b1" in done.stderr
