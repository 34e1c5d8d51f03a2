"""What cannot be written out as a solution."""

from __future__ import annotations


class SolutionError(ValueError):
    """An exercise's solution cannot be written: which exercise or function, and what stands in the way."""
