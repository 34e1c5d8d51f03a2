"""`trace("(x + y)*z", x=-2, y=5, z=-4)`: a formula's graph with both passes, to step through in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grader.live.shown import Said

if TYPE_CHECKING:
    from grader.passes import Trace
    from reference.graph import Graph


def trace(
    formula: object,
    numbers: Mapping[str, float] | None = None,
    /,
    *,
    sigmoid: str = "as-written",
    digits: int = 4,
    **values: float,
) -> Traced | Said:
    """The graph of a formula with every value and gradient, one gate and one wire at a time.

    The formula has + - * / **, numbers, names and the functions exp, log, max, relu, sigmoid, sqrt, square and
    tanh; steps may have names (`"q = x + y; f = q*z"`). Each name that it does not define needs a value: by its
    name, or in a dictionary where the name is `digits` or `sigmoid`. `sigmoid="fused"` draws 1/(1+exp(-u)) as one
    gate, `"gates"` draws sigmoid(u) as its four.
    """
    from grader.formula_trace import TraceError, trace_formula
    from reference.formula import Sigmoid

    if not isinstance(formula, str):
        return Said(
            f'trace takes a formula as text, as in trace("x*y", x=2, y=3), not {type(formula).__name__}'
        )
    kinds = {kind.value: kind for kind in Sigmoid}
    if sigmoid not in kinds:
        return Said(f"sigmoid must be one of {', '.join(map(repr, kinds))}, not {sigmoid!r}")
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= 17:
        return Said(f"digits must be a whole number from 1 to 17, not {digits!r}")
    given = {**(numbers or {}), **values}
    try:
        return Traced(
            trace_formula(formula, lambda graph: _values(graph, given), sigmoid=kinds[sigmoid]), digits
        )
    except TraceError as error:
        return Said(str(error))


def _values(graph: Graph, given: Mapping[str, object]) -> Mapping[str, float]:
    """A number for each input. Raises TraceError, naming the input."""
    from grader.commands.values import ValuesError, read_values
    from grader.formula_trace import TraceError
    from grader.text import one_line

    numbers: dict[str, float] = {}
    for name, value in given.items():
        try:
            numbers[name] = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            shown = one_line(repr(value), limit=40)
            raise TraceError(f"{name} must be a number, such as {name}=0.5, not {shown}") from None
    missing = [name for name in graph.leaves if name not in numbers]
    if missing:
        example = ", ".join(f"{name}={number}" for name, number in zip(missing, (2, -1, 3), strict=False))
        raise TraceError(f"no value for {', '.join(missing[:8])}; add for example {example}")
    try:
        return read_values([f"{name}={number!r}" for name, number in numbers.items()], graph)
    except ValuesError as error:
        raise TraceError(str(error)) from None


class Traced:
    """Both passes through a formula, which a notebook shows with a step control. `passes` has all the numbers."""

    def __init__(self, passes: Trace, digits: int) -> None:
        self.passes, self.digits = passes, digits

    def __repr__(self) -> str:
        """As `chainmark trace` shows it in a terminal, 80 columns wide."""
        from io import StringIO

        from rich.console import Console

        from grader.picture.terminal import THEME, show

        text = StringIO()
        console = Console(
            file=text,
            force_jupyter=False,
            color_system=None,
            width=80,
            theme=THEME,
            markup=False,
            highlight=False,
            emoji=False,
        )
        show(self.passes, digits=self.digits, console=console)
        return text.getvalue().rstrip("\n")

    def _repr_html_(self) -> str:
        from html import escape
        from uuid import uuid4

        from grader.picture.layout import TooLargeError
        from grader.picture.sketch import sketch
        from grader.picture.stepper import stepped
        from grader.picture.steps import timeline

        # The same formula may be shown twice on one page, and each control needs names of its own.
        key = f"chainmark-{uuid4().hex[:12]}"
        drawing = sketch(self.passes, digits=self.digits)
        try:
            steps = timeline(self.passes, digits=self.digits)
            return stepped(drawing, steps, key=key, remarks=self.passes.remarks)
        except TooLargeError:
            return f"<pre>{escape(repr(self))}</pre>"
