"""Limits that make no sense are refused in one line that says which and what is allowed."""

from __future__ import annotations

import pytest

from grader.sandbox.limits import Limits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory_mb", 0),
        ("memory_mb", 63),
        ("memory_mb", -5),
        ("memory_mb", 2.5),
        ("memory_mb", (1 << 20) + 1),
        ("cpu_seconds", 0),
        ("cpu_seconds", 0.5),
        ("cpu_seconds", True),
        ("cpu_seconds", float("nan")),
        ("cpu_seconds", 86_401),
        ("open_files", 3),
        ("file_bytes", -1),
        ("file_bytes", "1"),
    ],
)
def test_a_limit_that_makes_no_sense_is_named_with_what_is_allowed(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{name} = .*: allowed are \d+ to \d+, "):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_the_least_and_the_most_are_allowed() -> None:
    assert Limits(memory_mb=64, cpu_seconds=1, open_files=4, file_bytes=0).memory_mb == 64
    assert (
        Limits(memory_mb=1 << 20, cpu_seconds=86_400, open_files=65_536, file_bytes=1 << 40).cpu_seconds
        == 86_400
    )


def test_wall_time_is_ten_times_the_cpu_time() -> None:
    assert Limits(cpu_seconds=3).wall_seconds == 30
