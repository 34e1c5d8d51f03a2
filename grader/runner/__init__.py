"""The one seam between the grader and the student's code: messages of steps go in, outcomes come out."""

from __future__ import annotations

from grader.runner.runner import Program, Runner
from grader.worker.session import Loaded

__all__ = ["Loaded", "Program", "Runner"]
