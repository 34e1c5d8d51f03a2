"""`chainmark doctor`: how safely this machine can run strangers' code, tried out and said in words or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table

from grader.sandbox.level import Held, Sandbox, probe
from grader.text import one_line

TOO_WEAK = 3
"""The exit code below level B."""


@click.command(short_help="Show how safely students' code can be run on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Try out how safely students' code can be run on this machine.

    Confined processes try forbidden things: files, the network, other processes, programs. What they reach decides
    the level, which also stands in every report.

    \b
    Examples:
      chainmark doctor
      chainmark doctor --json

    \b
    Levels:
      A  sealed by seccomp, Landlock, and a network namespace of its own
      B  sealed by seccomp
      C  a container only
      D  a process with limits only

    Exit codes: 0 for level A or B, 3 below, where strangers' work is graded only with
    --allow-weak-sandbox.

    \b
    The JSON (schema "chainmark/doctor/1"):
      level, meaning, sealed (true for A and B)
      layers  [{name, holds, why, remedy}], each layer tried by itself
      tries   [{name, holds, why, remedy}], what a process under all of
              the layers that hold tried, and how it was refused
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    found = probe()
    if as_json:
        click.echo(json.dumps({"schema": "chainmark/doctor/1", **found.as_json()}, indent=2))
    else:
        console = Console(markup=False, highlight=False, emoji=False)
        for part in shown(found):
            console.print(part)
    ctx.exit(0 if found.level.sealed else TOO_WEAK)


def shown(found: Sandbox) -> Iterator[RenderableType]:
    """The findings for a terminal, in ASCII, the verdict first."""
    yield f"Level {found.level}: {found.level.meaning}"
    if found.level.sealed:
        yield "Students' code can be graded here."
    else:
        yield "Not enough for grading in batches: --allow-weak-sandbox would be needed."
    yield ""
    yield _table(found.held)
    breaches = [held for held in found.tried if not held.holds]
    if found.tried:
        refused = len(found.tried) - len(breaches)
        yield ""
        yield f"With all that holds, {refused} of {len(found.tried)} forbidden things were refused:"
        yield Padding(", ".join(held.name for held in found.tried if held.holds) + ".", (0, 0, 0, 2))
    if breaches:
        yield "These were not:"
        yield Padding(", ".join(held.name for held in breaches) + ".", (0, 0, 0, 2))
    advice = dict.fromkeys(held.remedy for held in (*found.held, *breaches) if held.remedy)
    if advice:
        yield ""
        yield "What to do:"
        for line in advice:
            yield _item(line)


def _table(held: tuple[Held, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in held:
        table.add_row("  holds" if one.holds else "  missing", one.name, one_line(one.why))
    return table


def _item(text: str) -> Table:
    item = Table.grid(padding=(0, 1))
    item.add_row("  -", text)
    return item
