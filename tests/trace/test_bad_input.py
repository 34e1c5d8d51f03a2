"""Bad input gets one line on stderr that names it, exit code 2, and nothing on stdout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trace.examples import ROOT, run, run_process

TOO_DEEP = "nested too deeply or has too many terms"

BAD: list[tuple[list[str], str]] = [
    (["x*y", "x=1"], "no value for y; add for example y=2"),
    (["x*y"], "no value for x, y; add for example x=2 y=-1"),
    (["x*y", "x=1", "y=2", "w=3"], "w is not in the formula, whose inputs are x, y"),
    (["X*y", "x=1", "y=2"], "did you mean X?"),
    (["q = x+y; f = q", "x=1", "y=2", "q=3"], "q is computed by the formula"),
    (["x", "x=abc"], "x=abc: `abc` is not a number"),
    (["x", "x="], "x=: this is not a number; write for example x=0.5"),
    (["x", "x=1e999"], "x=1e999 is not a finite number"),
    (["x", "x=nan"], "x=nan is not a finite number"),
    (["x", "x=-inf"], "x=-inf is not a finite number"),
    (["x", "x=0,5"], "write the number with a point, x=0.5"),
    (["x", "x=1", "x=2"], "x is given twice"),
    (["x*y", "x", "y=2"], "`x` is no value; write name=number"),
    (["x", "=1"], "left of = stands an input's name"),
    (["x", "+", "y", "x=1", "y=2"], "put quotes around the formula"),
    (["x=2", "x"], "the formula comes first"),
    (["x=0,5"], "the formula comes first"),
    (["foo(x)", "x=1"], "`foo` is not a function here"),
    (["__import__('os')"], "`__import__` is not a function here"),
    (["x.y"], "`x.y` is not allowed"),
    (["x[0]"], "`x[0]` is not allowed"),
    (["lambda x: x"], "`lambda x: x` is not allowed"),
    (["x if y else z"], "`x if y else z` is not allowed"),
    (["[c for c in x]"], "is not allowed"),
    (["import os"], "a step is an expression"),
    (["exp(x, y)", "x=1", "y=2"], "exp takes 1 argument, not 2"),
    (["x^2", "x=1"], "write a power as x**2"),
    (["2x", "x=1"], "multiplications are written with *"),
    (["(x+y)z", "x=1"], "multiplications are written with *"),
    (["(x", "x=1"], "not a formula"),
    (["1/x", "x=0"], "divides by zero (reciprocal1 = 1/x)"),
    (["log(x)", "x=-1"], "log(-1) has no finite value (log1 = log(x))"),
    (["exp(x)", "x=1000"], "exp(1000) has no finite value"),
    (["sqrt(x)", "x=0"], "node 'power1' has no finite gradient with respect to 'x'"),
    (["x = y; y = x"], "used before the step that defines it"),
    (["q = q + 1", "q=1"], "used before the step that defines it"),
    (["5"], "the formula is a constant"),
    ([""], "the formula is empty"),
    ([" \n "], "the formula is empty"),
    (["x+" * 9999 + "xx"], "20000 characters"),
    (["(" * 5000], "not a formula"),
    (["-" * 3000 + "x", "x=1"], TOO_DEEP),
    (["x**" * 900 + "x", "x=1"], TOO_DEEP),
    (["x\x1b[31m", "x=1"], "not a formula"),
    (["x", "x\x1b[31m=1"], "x\\x1b[31m=1"),
    (["x", "[red]=1"], "`[red]=1`"),
    (["x", "x=[bold]1[/bold]"], "x=[bold]1[/bold]: "),
    (["x", "\u202ex=1"], "\\x202e"),
    (["x", "x=1", "--svg", "/nonexistent/graph.svg"], "cannot write /nonexistent/graph.svg: No such file"),
    (["x", "x=1", "--svg", "/dev/null"], "cannot write /dev/null: it is not a regular file"),
    (["x", "x=1", "--jsno"], "--jsno"),
    (["x", "x=1", "--sigmoid", "fuse"], "--sigmoid"),
    (["x", "x=1", "--digits", "0"], "--digits"),
    (["x", "x=1", "--digits", "-3"], "--digits"),
    (["x", "x=1", "--digits"], "--digits"),
    ([], "FORMULA"),
]


@pytest.mark.parametrize(("args", "words"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_one_line_says_what_is_wrong(args: list[str], words: str) -> None:
    result = run("trace", *args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("chainmark trace: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    assert words in result.stderr
    assert result.stderr[:-1].isprintable()
    assert len(result.stderr) < 700
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("args", [["x*y", "x=1"], ["(" * 5000], ["-" * 3000 + "x", "x=1"], ["1/x", "x=0"]])
def test_a_real_process_shows_no_traceback(args: list[str]) -> None:
    done = run_process("trace", *args)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("args", [["tarce"], ["--verison"]])
def test_an_unknown_command_or_option_is_named(args: list[str]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert args[0] in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_failed_write_leaves_the_old_picture(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    path.write_text("old")
    long_sum = "+".join(f"x*y{i}" for i in range(120))
    result = run("trace", long_sum, "x=1", *(f"y{i}=1" for i in range(120)), "--svg", str(path))
    assert result.exit_code == 2
    assert "too large to be drawn" in result.stderr
    assert path.read_text() == "old"


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    result = run("trace", "x", "x=1", "--svg", str(tmp_path))
    assert result.exit_code == 2
    assert "it is a folder" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["-x*y", "x=1", "y=2"],
        ["-x", "x=1"],
        ["--(x)", "x=1"],
        ["-.5*x", "x=1"],
        ["-exp(-x)", "x=1", "--digits", "3"],
        ["--digits", "3", "-x", "x=1"],
        ["--", "-x", "x=1"],
        ["x−3", "x=−2"],
        ["2·x × y", "x=1", "y=2"],
        ["q = x+y ;   f = q*z", "x=1", "y=2", "z=3"],
        ["q = x+y\n\n  f = q*z", "x=1", "y=2", "z=3"],
        ["x*y", "x = 1", "y= 2"],
        ["µ*x", "µ=1", "x=2"],  # the micro sign, which Python reads as a Greek mu
        ["+".join(["x"] * 800), "x=1"],
    ],
)
def test_what_looks_odd_but_is_right_works(args: list[str]) -> None:
    result = run("trace", *args)
    assert (result.exit_code, result.stderr) == (0, "")


def test_markup_and_controls_in_a_comment_reach_nobody() -> None:
    result = run("trace", "x # [red]hi[/red] \x1b[31m", "x=1")
    assert result.stdout.startswith("x # [red]hi[/red] \\x1b[31m\n")


@pytest.mark.skipif(os.name == "nt", reason="no such pipe")
def test_a_reader_that_goes_away_is_no_error() -> None:
    long_sum = "+".join(["x*y"] * 300)
    process = subprocess.Popen(
        [sys.executable, "-m", "grader", "trace", long_sum, "x=1", "y=2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1
