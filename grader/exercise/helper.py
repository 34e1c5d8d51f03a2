"""`Helper`: stands in an exercise's arguments for a function that is made beside the student's code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Helper:
    """The function `name` of the exercise's `helpers`.

    A function cannot be sent to a student's code as data, so its Python source is: where this value stands among
    the arguments, the student's function receives the function itself.
    """

    name: str
