"""`chainmark trace`: both passes through the graph of a formula, as tables, as JSON, as a picture."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click
from rich.console import Console

from grader.commands.errors import BadInputError
from grader.commands.values import ValuesError, read_values
from grader.files import write_whole
from grader.formula_trace import TraceError, trace_formula
from grader.passes import Trace
from grader.picture.layout import TooLargeError
from grader.picture.sketch import sketch
from grader.picture.svg import svg
from grader.picture.terminal import THEME, show
from grader.text import one_line
from reference.formula import Sigmoid

OPTION = re.compile(r"-h|--[A-Za-z][A-Za-z-]*(=.*)?", re.DOTALL)
"""What may be meant as an option; anything else that begins with a minus is a formula."""


class FormulaCommand(click.Command):
    """A command whose formula may begin with a minus: `chainmark trace "-x*y"`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with a space before such a formula, so that it is not taken for options."""
        flags = {"--json", "--help", "-h"}
        previous = ""
        for place, text in enumerate(args):
            takes_value = OPTION.fullmatch(previous) and "=" not in previous and previous not in flags
            if text.startswith("-") and not takes_value and text != "--" and not OPTION.fullmatch(text):
                args[place] = " " + text
            previous = text
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # so that the message names this command
            raise


@click.command(
    cls=FormulaCommand, short_help="Show a formula's graph with every value and gradient, step by step."
)
@click.argument("formula")
@click.argument("values", nargs=-1, metavar="[NAME=NUMBER]...")
@click.option(
    "--sigmoid",
    type=click.Choice([kind.value for kind in Sigmoid]),
    default=Sigmoid.AS_WRITTEN.value,
    show_default=True,
    help="Draw 1/(1+exp(-u)) as written, or as one fused gate; draw sigmoid(u) as its four gates.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead, in full precision.")
@click.option(
    "--svg",
    "picture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also draw the graph into an SVG file.",
)
@click.option(
    "--digits",
    type=click.IntRange(1, 17),
    default=4,
    show_default=True,
    help="Significant digits of the numbers shown (not of the JSON).",
)
def trace(
    formula: str, values: tuple[str, ...], sigmoid: str, as_json: bool, picture: Path | None, digits: int
) -> None:
    """Show the graph of FORMULA with every value and gradient, step by step.

    The formula has + - * / **, numbers, names and the functions exp, log, max, relu, sigmoid, sqrt, square and
    tanh; steps may have names. Each name that it does not define needs a value.

    \b
    Examples:
      chainmark trace "(x + y)*z" x=-2 y=5 z=-4
      chainmark trace "q = x + y; f = q*z" x=-2 y=5 z=-4 --svg graph.svg
      chainmark trace "1/(1+exp(-(w*x+b)))" w=2 x=-1 b=0.5 --sigmoid fused
      chainmark trace "-log(p)" p=0.25 --json

    \b
    The JSON (schema "chainmark/trace/1"):
      formula, output, inputs {name: value}
      nodes   in topological order: name, op and expression (null for an
              input), label, inputs, arguments (with the numbers written in
              the formula), value, gradient, local [{input, position, value}]
      edges   one for each use of a value: source, target, position,
              upstream, local, contribution (= upstream * local)
      backward_order   the order in which the gradients become complete
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    result = _traced(formula, values, Sigmoid(sigmoid))
    if picture is not None:
        _draw(result, picture, digits)
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2, allow_nan=False))
        return
    show(result, digits=digits, console=Console(theme=THEME, markup=False, highlight=False, emoji=False))


def _traced(formula: str, values: tuple[str, ...], sigmoid: Sigmoid) -> Trace:
    try:
        return trace_formula(formula, lambda graph: read_values(values, graph), sigmoid=sigmoid)
    except (TraceError, ValuesError) as error:
        raise BadInputError(str(error)) from error


def _draw(result: Trace, picture: Path, digits: int) -> None:
    try:
        write_whole(picture, svg(sketch(result, digits=digits)))
    except TooLargeError:
        message = f"a graph of {len(result.nodes)} nodes is too large to be drawn; leave out --svg"
        raise BadInputError(message) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(f"cannot write {one_line(str(picture))}: {reason}") from None
    print(f"wrote {one_line(str(picture))}", file=sys.stderr)  # noqa: T201 - a message to the person, not output
