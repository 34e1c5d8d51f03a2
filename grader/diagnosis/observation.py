"""`Observation`: one node's number on one input."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from grader.checks.compare import Expected, same_numbers
from grader.exercise.exercise import Array, Situation


@dataclass(frozen=True, slots=True)
class Observation:
    """What came for one node on one input: numbers, an exception, or something that is no number.

    `situation` holds inputs, outputs, upstreams and right gradients by name, as predictions look at them.
    """

    situation: Situation
    right: Expected
    value: Array | None
    """In double precision; None where nothing came that is a number."""
    passed: bool
    raised: bool = False
    single: bool = False
    """Whether no more digits can be asked for than single precision has."""
    scale: float = field(default=0.0, init=False)
    """The largest number among those that came and those that should have; 0 where nothing came."""

    def __post_init__(self) -> None:
        if self.value is not None:
            largest = max(np.abs(each).max(initial=0.0) for each in (self.value, self.right.value))
            object.__setattr__(self, "scale", float(largest))

    def gives(self, numbers: Array) -> bool:
        """Whether these are the numbers that came."""
        return self.value is not None and same_numbers(self.value, numbers, self.right, self.single)

    def is_right(self, numbers: Array) -> bool:
        """Whether these are the right numbers, as far as this input can tell."""
        return same_numbers(numbers, self.right.value, self.right, self.single)
