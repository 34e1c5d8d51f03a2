"""Checking from inside a running kernel: the functions as they are now, or the notebook as it was saved.

cells      the source of functions that are defined already, by the cell that defined them
runner     calls them where they live
check      check("affine"): judged at once, in this process
saved      check_all(): the saved file, run anew in another process
trace      trace("(x + y)*z", ...): a formula's graph with a step control
shown      what a cell displays: a page's fragment, or plain text where there is no HTML
"""

from __future__ import annotations

from grader.live.check import check
from grader.live.paper import paper
from grader.live.saved import check_all
from grader.live.trace import trace

__all__ = ["check", "check_all", "paper", "trace"]
