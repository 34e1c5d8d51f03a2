"""What every rival rule shares: its answer, its signature and the submission's calling convention.

forward(*inputs) -> out or (out, cache); backward(dout, cache) -> one gradient or a tuple or list of them, for
the differentiable inputs in order. Differentiable are floating-point arrays and scalars; integer and bool
arrays, dicts, None and strings are handed through. A forward that returns no cache hands None to backward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Answer:
    """One verdict and its price in forward calls."""

    passed: bool
    evaluations: int


class Rule(Protocol):
    """A gradient checker's decision rule."""

    @property
    def name(self) -> str: ...

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer: ...


def differentiable(inputs: Sequence[Any]) -> tuple[int, ...]:
    """Positions of the inputs that have a gradient; a rule without any has nothing to check and refuses."""
    places = tuple(
        place
        for place, value in enumerate(inputs)
        if isinstance(value, (float, np.floating))
        or (isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating))
    )
    if not places:
        raise ValueError("no input is floating-point")
    return places


def like(original: Any, value: Any) -> Any:
    """value as the same kind of thing as original: an array of its dtype, or a scalar of its type."""
    if isinstance(original, np.ndarray):
        return np.asarray(value, dtype=original.dtype).reshape(original.shape)
    return type(original)(value)


class Student:
    """A submission whose forward calls are counted."""

    def __init__(self, forward: Callable, backward: Callable):
        self._forward, self._backward = forward, backward
        self.evaluations = 0

    def run(self, inputs: Sequence[Any]) -> tuple[np.ndarray, Any]:
        """(out as an array, cache)"""
        self.evaluations += 1
        result = self._forward(*inputs)
        out, cache = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        return np.asarray(out), cache

    def out(self, inputs: Sequence[Any]) -> np.ndarray:
        """A copy of the output alone."""
        return self.run(inputs)[0].copy()

    def out_with(self, inputs: list, place: int, index: tuple, value: Any) -> np.ndarray:
        """The output with one entry set to value, in place, as CS231n and torch do; the entry is put back."""
        kept = inputs[place][index] if isinstance(inputs[place], np.ndarray) else inputs[place]
        self._put(inputs, place, index, value)
        try:
            return self.out(inputs)
        finally:
            self._put(inputs, place, index, kept)

    @staticmethod
    def _put(inputs: list, place: int, index: tuple, value: Any) -> None:
        if isinstance(inputs[place], np.ndarray):
            inputs[place][index] = value
        else:
            inputs[place] = type(inputs[place])(value)

    def gradients(self, dout: np.ndarray, cache: Any, count: int) -> list[Any]:
        """The count gradients; another number of them is an error in every rival."""
        result = self._backward(dout, cache)
        found = list(result) if isinstance(result, (tuple, list)) else [result]
        if len(found) != count:
            raise ValueError(f"backward returned {len(found)} gradients, expected {count}")
        return found

    def answer(self, decide: Callable[[Student], bool]) -> Answer:
        """Any exception, out of the student's code or out of the rule's own checks, is not a pass."""
        try:
            passed = bool(decide(self))
        except Exception:
            passed = False
        return Answer(passed=passed, evaluations=self.evaluations)
