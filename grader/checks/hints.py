"""Hints that lead to the mistake that was made, where it is proved; else the node's own.

The node's own hints lead from the blackboard to its formula, whatever was written. They lead astray whoever has the
formula and lost a sign: two questions about the sign come first then, and the node's plainest hint last. A mistake
that belongs to one exercise (a missing transpose) is what its own hints were written for, and keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.ties import TIE
from grader.exercise.exercise import Exercise
from grader.findings import Finding
from grader.report.report import Diagnosis, NodeReport

Pair = tuple[str, str]
"""A question that shows the mistake by an experiment, and where to look. Neither names it."""

_SIGN: Pair = (
    "Raise one entry of {x} by 0.01. Does what is computed from it rise or fall, and what does your {node} say?",
    "Go through the formula of {node} from left to right: which of its parts brings a minus, and do you have it?",
)
_FACTOR: Pair = (
    "Give the same inputs twice as often, or twice as wide. What should {node} do, and what does yours do?",
    "Where in the formula does that size stand, and how often have you used it?",
)
_TWO: Pair = (
    "Compare {node} with what moving one entry of {x} by 0.01 does. By which factor are they apart?",
    "Where does a 2 come from in this derivative, and is there a half that takes it away?",
)
_UPSTREAM: Pair = (
    "Make everything that arrives from downstream twice as large. What should {node} do, and what does yours do?",
    "The chain rule multiplies two things. Which of the two does your {node} have?",
)
_LOCAL: Pair = (
    "Raise {x} by 0.01. By how much does the very next value move, and where is that number in your {node}?",
    "The chain rule multiplies two things. Which of the two does your {node} have?",
)
_PATHS: Pair = (
    "On how many ways does {x} reach the result, and how many of them has your {node}?",
    "What do gradients do where a value is used more than once? Look at how the second one is written.",
)
_SUMMED: Pair = (
    "How many entries of what is computed does a single entry of {x} move?",
    "Each of them sends something back to the same entry of {node}. What happens to what they send?",
)
_MEAN: Pair = (
    "Give every example twice. What should {node} do, and what does yours do?",
    "Which step of the forward pass divides by the number of them, if any does?",
)
_LOOP: Pair = (
    "Change another example than the one that {node} shows. Should {node} change, and does yours?",
    "Follow your loop: what does its second round do with what the first one left?",
)
_SIDES: Pair = (
    "Take entry [0, 1] of {x}: which entries does it touch, and which does your {node}[0, 1] use?",
    "Try sizes that differ. Do the shapes meet, and in which order do rows and columns stand?",
)
_ZERO: Pair = (
    "Raise one entry of {x} by 0.01. Does nothing move?",
    "Follow {node} from the line that makes it to the one that returns it: where is something put into it?",
)
_OTHER: Pair = (
    "Raise one entry of {x} by 0.01 and see what it does. Which of your gradients says that?",
    "Where is {node} computed, and in which order are the gradients returned?",
)
_ADDED: Pair = (
    "Make everything that arrives from downstream zero. What should {node} be, and what is yours?",
    "With which numbers does {node} begin before anything is added to it?",
)
_SLOPE: Pair = (
    "Raise {x} by 0.01. By how much does the very next value move, and is that the factor that you use?",
    "A value and its slope are two things. Which of them stands in your {node}?",
)

_LEADING: dict[str, Pair] = {
    **dict.fromkeys(("sign", "penalty-sign"), _SIGN),
    **dict.fromkeys(
        ("times-two", "divided-by-two", "counted-twice", "factor-two", "factor-two-missing"), _TWO
    ),
    **dict.fromkeys(("ignores-upstream", "ignores-dout", "local-only", "ones"), _UPSTREAM),
    **dict.fromkeys(("passed-unchanged", "factor-missing"), _LOCAL),
    **dict.fromkeys(("overwritten-fan-out", "paths-multiplied"), _PATHS),
    "not-summed": _SUMMED,
    **dict.fromkeys(("averaged", "averaged-again"), _MEAN),
    **dict.fromkeys(("last-example", "first-example", "overwritten"), _LOOP),
    "transposed": _SIDES,
    "zero": _ZERO,
    "added-to-value": _ADDED,
    **dict.fromkeys(("input-as-local", "output-as-local", "activation-for-slope"), _SLOPE),
}
_BY_BEGINNING: dict[str, Pair] = {
    "times-": _FACTOR, "divided-by-": _FACTOR, "numbers-of-": _OTHER, "only-from-": _PATHS, "passed-by-": _LOCAL,
}  # fmt: skip


_TIE = (
    "Let x and y be the same number. What do dx and dy say together, and how much arrived?",
    "Which of your conditions holds where the two are equal: one of them, both, or none?",
    "Let exactly one of the two include equality: >= for one and < for the other.",
)
_UNCHANGED = (
    "Print {name} before your function is called and after. In which line does it change?",
    "After `a = b` for two arrays, does a change of a show in b? Try it with a = b and a[0] = 7.",
    "Write into a copy, `{name}.copy()`, or make a new array: `x = x - m` in place of `x -= m`.",
)


def at_a_tie(node: NodeReport) -> tuple[str, ...]:
    """Hints where gradients are wrong together at a tie alone; none elsewhere."""
    return _TIE if node.message.startswith(TIE) else ()


def unchanged_hints(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Hints where the numbers are right and an argument was changed on the way."""
    name = next(finding.argument for finding in findings if finding.check == "unchanged")
    return tuple(hint.format(name=name) for hint in _UNCHANGED)


def leading(exercise: Exercise, node: str, diagnoses: Sequence[Diagnosis]) -> tuple[str, ...]:
    """The hints for a wrong node, from the gentlest on: towards what was proved of it, or its own."""
    own = exercise.hints.get(node) or exercise.hints.get("", ())
    mistake = next((d.id for d in diagnoses if d.node == node), "")
    pair = _pair(mistake.partition("+")[0])
    if pair is None or node[:1] != "d":
        return tuple(own)
    first = tuple(hint.format(node=node, x=node[1:]) for hint in pair)
    return (*first, *own[-1:])


def _pair(mistake: str) -> Pair | None:
    if mistake in _LEADING:
        return _LEADING[mistake]
    by = mistake.removeprefix("times-").removeprefix("divided-by-")
    if by != mistake and by[:1].islower():  # by a value, "times-out"; sizes are in capitals, "times-N"
        return _LOCAL
    return next((pair for start, pair in _BY_BEGINNING.items() if mistake.startswith(start)), None)
