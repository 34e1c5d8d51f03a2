"""Hints for each independent slip: towards the mistake that was made, where it is proved; else the node's own.

The node's own hints lead from the blackboard to its formula, whatever was written. They lead astray whoever has the
formula and lost a sign: two questions about the sign come first then, and the node's plainest hint last. A mistake
that belongs to one exercise (a missing transpose) is what its own hints were written for, and keeps them. A line
that raises is asked about as such (`hints_of_errors`).
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.graph.shapes import ARRAY_FOR_NUMBER
from grader.checks.hints_of_errors import LOST, error_hints, error_in, none_hints
from grader.checks.layer.ties import TIE
from grader.checks.result import Checked, NodeResult
from grader.exercise.exercise import Exercise
from grader.exercise.kinds import GraphExercise, LayerExercise
from grader.findings import Verdict
from grader.report.report import Diagnosis, Hint, Standing

MOST_PLACES = 3
"""Slips that are led to at once; who has mended them sees the next."""

Pair = tuple[str, str]
"""A question that shows the mistake by an experiment, and where to look. Neither names it."""

_SIGN: Pair = (
    "Raise {x}, or one entry of it, by 0.01. Does what comes of it rise or fall, and what does your {node} say?",
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
    "Is {upstream} in your formula for {node}?",
    "Make everything that arrives from downstream twice as large. What should {node} do, and what does yours do?",
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
    "Raise {x}, or one entry of it, by 0.01. Does nothing move?",
    "Follow {node} from the line that makes it to the one that returns it: where is something put into it?",
)
_OTHER: Pair = (
    "Raise {x}, or one entry of it, by 0.01 and see what it does. Which of your gradients says that?",
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


_FORWARD = (
    "What goes into {symbol} in the graph, and what do you put into it?",
    "Work out {node} by hand from {inputs}, and print yours beside it.",
)
_ONE_NUMBER = (
    "For two entries in each of {inputs}: is {symbol} two numbers or one number? Print the shape of your {node}.",
    "Which step is missing between the products and one number?",
    "Add the products up: np.sum of them, or the product with @.",
)
_ORDER = (
    "In which order does the text ask for the gradients, and in which order stand yours behind `return`?",
)
_CACHE = (
    "Where does backward find what forward has kept: in the cache that it is handed, or under another name?",
    "Call forward twice with other inputs, then backward with the first cache. Whose numbers does it use?",
)


def all_hints(exercise: Exercise, checked: Checked) -> tuple[Hint, ...]:
    """Those of each independent slip, three at most, the first slip first; none comes twice."""
    found: list[Hint] = []
    for node, hints in _slips(exercise, checked)[:MOST_PLACES]:
        seen = {hint.text for hint in found}
        found += [Hint(n, text, node) for n, text in enumerate(hints, 1) if text and text not in seen]
    return tuple(found)


def _slips(exercise: Exercise, checked: Checked) -> list[tuple[str, tuple[str, ...]]]:
    """What each slip is about, with its hints by degrees; "" in place of one that was given for a slip before."""
    found: list[tuple[str, tuple[str, ...]]] = []
    causes: set[str] = set()
    led: set[Pair] = set()
    for name, node in checked.nodes.items():
        if node.verdict is not Verdict.FAIL or node.standing is Standing.INHERITED or node.cause in causes:
            continue
        causes |= {node.cause} - {"", "nothing"}
        hints = _by_how_it_ended(node, checked)
        if hints is None:
            hints = leading(exercise, name, checked.diagnoses)
            pair = _pair_of(name, checked.diagnoses)
            hints = ("", "", *hints[2:]) if pair in led else hints
            led |= {pair} if pair else set()
        if hints:
            found.append((name, hints))
    failed = [finding for finding in checked.findings if finding.verdict is Verdict.FAIL]
    for finding in failed:
        if finding.check == "forward values" and isinstance(exercise, GraphExercise):
            hints = _ONE_NUMBER if ARRAY_FOR_NUMBER in finding.message else _FORWARD
            found.append((finding.argument, _of_a_value(exercise, finding.argument, hints)))
    if any(finding.check == "unchanged" for finding in failed):
        name = next(finding.argument for finding in failed if finding.check == "unchanged")
        found.append((f"the changed {name}", tuple(hint.format(name=name) for hint in _UNCHANGED)))
    if any(finding.check == "order" for finding in failed):
        found.append(("the order", _ORDER))
    if any(finding.check == "cache" for finding in failed):
        found.append(("the cache", _CACHE))
    return found


def _by_how_it_ended(node: NodeResult, checked: Checked) -> tuple[str, ...] | None:
    """Hints where no number is wrong: a tie, an exception, nothing that came back. None where the numbers are."""
    if node.message.startswith(TIE):
        return _TIE
    if node.index is not None:
        return None
    if node.message.endswith(LOST) or node.cause == "returns" or "could not be called" in node.message:
        return ()  # another slip's doing, or said in full
    if node.message.startswith(f"{node.name} is None"):
        forgotten = any(f.check == "returns" and "`return`" in f.message for f in checked.findings)
        return none_hints(node.name) if forgotten else None
    error = error_in(node.message)
    if not error and "could not be computed" in node.message:
        error = next((e for f in checked.findings if f.check == "runs" and (e := error_in(f.message))), "")
    return error_hints(error) if error else None


def _of_a_value(exercise: GraphExercise, name: str, hints: Sequence[str]) -> tuple[str, ...]:
    node = exercise.graph.nodes[name]
    symbol = node.label or exercise.graph.operation(name).symbol or exercise.graph.operation(name).name
    inputs = " and ".join(dict.fromkeys(node.inputs))
    return tuple(hint.format(symbol=symbol, node=name, inputs=inputs) for hint in hints)


def leading(exercise: Exercise, node: str, diagnoses: Sequence[Diagnosis]) -> tuple[str, ...]:
    """The hints for a wrong node, from the gentlest on: towards what was proved of it, or its own."""
    own = exercise.hints.get(node) or exercise.hints.get("", ())
    pair = _pair_of(node, diagnoses)
    if pair is None:
        return tuple(own)
    upstream = _upstream(exercise, node)
    return (*(hint.format(node=node, x=node[1:], upstream=upstream) for hint in pair), *own[-1:])


def _upstream(exercise: Exercise, node: str) -> str:
    """What the gradient that arrives is called in this exercise."""
    if isinstance(exercise, LayerExercise) and not exercise.one_call:
        return " and ".join(f"d{out}" for out in exercise.layer.outputs)
    if isinstance(exercise, GraphExercise) and node[1:] in exercise.graph.nodes:
        return " and ".join(f"d{consumer}" for consumer in dict.fromkeys(exercise.graph.consumers[node[1:]]))
    return "what arrives from downstream"


def _pair_of(node: str, diagnoses: Sequence[Diagnosis]) -> Pair | None:
    mistake = next((d.id for d in diagnoses if d.node == node), "")
    return _pair(mistake.partition("+")[0]) if node[:1] == "d" else None


def _pair(mistake: str) -> Pair | None:
    if mistake in _LEADING:
        return _LEADING[mistake]
    by = mistake.removeprefix("times-").removeprefix("divided-by-")
    if by != mistake and by[:1].islower():  # by a value, "times-out"; sizes are in capitals, "times-N"
        return _LOCAL
    return next((pair for start, pair in _BY_BEGINNING.items() if mistake.startswith(start)), None)
