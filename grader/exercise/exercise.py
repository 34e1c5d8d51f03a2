"""`Exercise`: what every kind of exercise has. The kinds themselves are in `kinds.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

Hints = Mapping[str, tuple[str, ...]]
"""For a node, hints from the gentlest to the plainest; under "" those for the exercise as a whole."""

Situation = Mapping[str, Any]
"""What a prediction may look at: every input and output by name, each upstream as d<output>, and the right
gradients as d<input>."""


@dataclass(frozen=True, slots=True)
class Raises:
    """The prediction that a mistake ends in an exception, as a missing transpose does unless w is square."""


@dataclass(frozen=True, slots=True)
class Misconception:
    """A mistake as an executable prediction: which numbers a student who makes it returns for one node.

    `predict` returns these numbers for a situation, `Raises()` where the mistake cannot be computed, or None
    where it makes no difference. It is only named when it reproduces the student's numbers (see diagnosis).
    """

    id: str
    title: str
    """In words that complete "your dx is ...": "computed without the transpose of w"."""
    node: str
    predict: Callable[[Situation], Array | float | Raises | None]
    synonyms: tuple[str, ...] = ()
    """Ids of others that give the same numbers; the most particular one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise, complete: what is asked, how it is judged, what it is worth.

    `points` weighs each node that is judged (an output, a gradient, a property); their sum is the default worth.
    Raises ValueError where the parts do not fit together, since an author should hear of it at once.
    """

    kind: ClassVar[str] = ""

    id: str
    title: str
    text: str
    """The task in Markdown with LaTeX: the mathematics, shapes, what is to be returned."""
    points: Mapping[str, float]
    topic: str = ""
    lecture: str = ""
    source: str = ""
    difficulty: int = 1
    """From 1 (a first step) to 5."""
    minutes: int = 10
    starter: str = ""
    """The cell or file that a student begins with."""
    solution: tuple[Callable[..., Any] | str, ...] = ()
    """What a right submission is made of: functions of the reference, whose own source is taken with all that
    it needs, and lines of code that give them the names asked for. A layer has none: its two rules are enough."""
    hints: Hints = field(default_factory=dict)
    misconceptions: tuple[Misconception, ...] = ()
    conventions: tuple[str, ...] = ()
    """Choices that a report says aloud: row batches, mean or sum, ReLU'(0)."""
    follow_through: bool = True
    """Whether right work on a wrong upstream earns its marks."""
    loops: bool = True
    """Whether loops over the data are welcome; where they are not, one that loops is told so and loses nothing."""
    others: Mapping[str, Callable[[Any], Exercise]] = field(default_factory=dict)
    """Other conventions that are as right where an assignment accepts them, by name: each makes of the exercise the
    same one by this convention, with the same functions and nodes, which its last of `conventions` names."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", self.id):
            raise ValueError(f"exercise id {self.id!r} must be lower-case letters, digits, - _ .")
        if not self.points or not all(np.isfinite(p) and p > 0 for p in self.points.values()):
            raise ValueError(f"exercise {self.id}: points must name at least one node, each with more than 0")
        known = set(self.nodes)
        for name in self.points:
            if name not in known:
                raise ValueError(f"exercise {self.id}: points name {name!r}; its nodes are {sorted(known)}")
        for misconception in self.misconceptions:
            if misconception.node not in known:
                raise ValueError(
                    f"exercise {self.id}: misconception {misconception.id!r} is about {misconception.node!r}"
                )

    @property
    def functions(self) -> tuple[str, ...]:
        """Names that a submission has to define for this exercise to be graded."""
        return ()

    @property
    def required(self) -> tuple[str, ...]:
        """Those of its functions without which it counts as not begun."""
        return self.functions

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that are read rather than called."""
        return ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of what is judged, in the order of the report."""
        return tuple(self.points)

    @property
    def worth(self) -> float:
        """The sum of its points."""
        return float(sum(self.points.values()))
