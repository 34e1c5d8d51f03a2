"""What is seen while a class is graded: counts, time left, plain lines where nobody watches, nothing when quiet."""

from __future__ import annotations

import io

from grader.batch import progress as module
from grader.batch.progress import Progress, duration


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_plain_lines_have_counts_by_outcome_and_the_time_left(monkeypatch):
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(clock)))
    stream = io.StringIO()
    with Progress(10, stream=stream) as shown:
        for sort in ("right", "right", "partly right", "could not be graded"):
            shown.add(sort)
    lines = stream.getvalue().splitlines()
    assert lines
    assert "2 of 10: 2 right; about" in lines[0]
    assert lines[0].endswith("left")
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_one_bar_that_is_wiped_at_the_end(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(module, "REDRAW", 0.0)
    stream = Screen()
    with Progress(3, stream=stream) as shown:
        for sort in ("right", "not started", "unchanged"):
            shown.add(sort)
        shown.line("a line [red]of[/red] its own")
    text = stream.getvalue()
    assert "1 right, 1 not started, 1 unchanged" in text
    assert "3/3" in text
    assert "[red]of[/red]" in text


def test_quiet_says_nothing():
    stream = io.StringIO()
    with Progress(2, quiet=True, stream=stream) as shown:
        shown.add("right")
    assert stream.getvalue() == ""


def test_durations_are_in_the_units_of_people():
    told = {0.4: "0.4 s", 12: "12 s", 99: "99 s", 130: "2 min 10 s", 1500: "25 min", 7300: "2 h 1 min"}
    assert {seconds: duration(seconds) for seconds in told} == told
