"""Mutants that are as right as the solution, declared with a reason in a module's `EQUIVALENT`.

    EQUIVALENT = {
        "relu_backward": {"x > 0 -> x >= 0": "at 0 any subgradient is right"},
    }

by the solution's function, then by the change as the survivor was listed. A table may stand in any module of a
package, or of a course's folder, that has exercises.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from grader.exercise import Exercise
from grader.prove.places import Place, shown
from grader.prove.result import Change, Problem, Proof, Proved

TABLE = "EQUIVALENT"


class Declared:
    """All tables, and what has become of what they declare."""

    def __init__(self, tables: Mapping[str, tuple[Place, Mapping[str, Mapping[str, str]]]]) -> None:
        self.reasons: dict[Change, str] = {}
        self.places: dict[Change, Place] = {}
        for place, table in tables.values():
            for function, changes in table.items():
                for text, reason in changes.items():
                    self.reasons[Change(function, text)] = reason
                    self.places[Change(function, text)] = place

    @property
    def functions(self) -> frozenset[str]:
        """The functions that the tables are about."""
        return frozenset(change.function for change in self.reasons)

    def reason(self, change: Change) -> str:
        """Why this mutant is right; empty where nobody says so."""
        return self.reasons.get(change, "")

    def stale(self, found: Iterable[Proved]) -> list[Problem]:
        """Declarations without a reason, of mutants that are killed, or that do not exist (any more).

        `found` are all exercises that these tables may be about, all of their mutants tried.
        """
        proved = list(found)
        tried = frozenset[Change]().union(*(each.tried for each in proved))
        survived = frozenset[Change]().union(*(each.survived for each in proved))
        problems = []
        for change, reason in self.reasons.items():
            if not reason.strip():
                said = "is declared equivalent without a reason"
            elif change not in tried:
                said = "is declared equivalent, but there is no such mutant (any more)"
            elif change not in survived:
                said = "is declared equivalent, but it loses marks: take the declaration out"
            else:
                continue
            file, line = self.places[change]
            message = f"{change.function}: {change.text} {said}"
            problems.append(Problem("", Proof.EQUIVALENTS, message, file, line))
        return problems


def declared(exercises: Iterable[Exercise]) -> Declared:
    """The tables of all modules in the packages and folders that these exercises come from."""
    wanted = {id(exercise) for exercise in exercises}
    tops = {
        name.partition(".")[0]
        for name, module in list(sys.modules.items())
        if any(id(value) in wanted for value in list(getattr(module, "__dict__", {}).values()))
    }
    tables = {}
    for name, module in sorted(sys.modules.items()):
        table = getattr(module, TABLE, None) if name.partition(".")[0] in tops else None
        if isinstance(table, Mapping):
            tables[name] = ((shown(module), 0), table)
    return Declared(tables)
