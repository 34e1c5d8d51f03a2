"""A formula as somebody typed it, traced: both passes, or one line that says what is wrong and what to write."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping

from grader.nearest import nearest
from grader.passes import Trace, expression
from grader.passes import trace as run_trace
from grader.text import one_line
from reference.errors import FormulaError, GraphError
from reference.formula import Sigmoid, formula_graph
from reference.graph import Graph

TYPESET = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/"})
"""What a formula pasted from a slide has in place of Python's operators."""


OTHER_NAMES = {"ln": "log", "sqr": "square", "sigma": "sigmoid", "logistic": "sigmoid", "maximum": "max"}
"""What functions are called elsewhere."""


class TraceError(ValueError):
    """The formula, or its values, cannot be traced; the message is one line for the person who typed it."""


def trace_formula(
    formula: str, values: Callable[[Graph], Mapping[str, float]], *, sigmoid: Sigmoid = Sigmoid.AS_WRITTEN
) -> Trace:
    """Both passes through a formula's graph; `values` is asked for a number for each of its inputs.

    Raises TraceError, and whatever `values` raises.
    """
    text = formula.strip().translate(TYPESET)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own remarks on `1if`; what is wrong is said below
            shown = one_line(re.sub(r"\s*;\s*|\s*\n\s*", "; ", text), limit=2000)
            graph = formula_graph(text, sigmoid=sigmoid, name=shown)
    except FormulaError as error:
        raise TraceError(_hint(text, str(error))) from error
    numbers = values(graph)
    try:
        return run_trace(graph, numbers)
    except GraphError as error:
        raise TraceError(_at_node(graph, error)) from error


def _hint(text: str, message: str) -> str:
    """What is wrong with a formula, and the likeliest reason."""
    if re.fullmatch(r"\w+\s*=\s*[-+.\d][\d.,e+-]*", text):
        return f"`{one_line(text, limit=40)}` gives a value; the formula comes first, in quotes"
    unknown = re.match(r"`(\w+)` is not a function here; there are ([\w, ]+)(.*)", message)
    if unknown:
        name, known, where = unknown.groups()
        meant = OTHER_NAMES.get(name.casefold()) or next(iter(nearest(name, known.split(", "), count=1)), "")
        return (
            f"`{name}` is not a function here; did you mean {meant}? {where}".rstrip() if meant else message
        )
    if re.search("invalid (syntax|decimal literal)", message):
        return f"{message}; multiplications are written with *, such as 2*x"
    return message


def _at_node(graph: Graph, error: GraphError) -> str:
    """Where the numbers went wrong: the node as an expression, since its name may be one of ours."""
    where = "".join(f" ({n} = {expression(graph.nodes[n])})" for n in error.nodes if graph.nodes[n].op)
    return f"{error}{where}; give other values"
