"""Judging anybody's forward and backward passes: checks, marks, reports, pictures and the command line.

In a notebook: `from grader import check, check_all, paper, trace`. Importing this package imports nothing
else; each part is imported where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.live import check as check
    from grader.live import check_all as check_all
    from grader.live import paper as paper
    from grader.live import trace as trace

FOR_NOTEBOOKS = ("check", "check_all", "paper", "trace")


def __getattr__(name: str) -> Any:
    if name not in FOR_NOTEBOOKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from grader import live

    return getattr(live, name)
