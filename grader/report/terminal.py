"""A report in a terminal: for each exercise its verdict, a table of its nodes, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from grader.findings import Verdict
from grader.report.picture import legend_words, picture_lines
from grader.report.report import ExerciseReport, Report, Standing, Status
from grader.report.wording import (
    FOLLOWS,
    OWN_SESSION,
    RIGHT,
    WRONG,
    degree,
    elsewhere,
    headline,
    how_cells_count,
    lines_of,
    mark,
    next_degree,
    placed,
    points,
    seen,
    short,
    told,
    total,
    verdict_words,
)
from grader.text import encodable, in_encoding, one_line

COLOURS = {RIGHT: "green", WRONG: "bold red", FOLLOWS: "yellow"}
SIGNS = str.maketrans({RIGHT: "+", WRONG: "x", FOLLOWS: ">"})
"""What stands for the marks where the terminal's encoding lacks them; words stand beside them anyway."""

MOST_NOTES = 12
WIDE = 400
"""Columns in which every picture has room that is worth looking at."""
MOST_PRINTED = 20
"""Lines of what the student's code printed."""
LONGEST_TITLE, LONGEST_NAME, LONGEST_LABEL = 160, 20, 24
"""Characters; longer ones are cut, so that no name pushes verdicts and numbers off the table."""


THEME = Theme(
    {
        "node": "bold",
        "line": "dim",
        "value": "blue",
        "gradient": "yellow",
        "right": "green",
        "origin": "bold red",
        "inherited": "yellow",
    }
)
"""The styles of a picture's parts."""


def show(report: Report, console: Console, *, verbose: bool = False, options: bool = True) -> None:
    """Print the report. Right exercises take a line each, unless `verbose`.

    `options` says whether the reader can give options to the command, and so may be told of them.
    """
    writer = _Writer(console, verbose, options)
    with console.use_theme(THEME):
        for part in writer.notes(report):
            writer.put(part)
        for exercise in report.exercises:
            for part in writer.exercise(exercise):
                writer.put(part)
        for part in writer.summary(report):
            writer.put(part)


class _Writer:
    """Turns parts of a report into renderables for one console."""

    def __init__(self, console: Console, verbose: bool, options: bool) -> None:
        self.console = console
        self.verbose = verbose
        self.options = options
        self.encoding = console.encoding or "utf-8"

    def put(self, part: RenderableType) -> None:
        """Print it line by line without the spaces that only pad, so that a log or a copy has none."""
        for segments in self.console.render_lines(part, pad=False):
            line = Text.assemble(*((s.text, s.style or "") for s in segments if not s.control))
            line.rstrip()
            self.console.print(line, soft_wrap=True)

    def text(self, text: str, style: str = "", *, limit: int = 600) -> Text:
        """Text from anywhere, safe and encodable."""
        safe = one_line(text, limit=limit)
        written = in_encoding(safe.translate(SIGNS) if not _has_signs(self.encoding) else safe, self.encoding)
        return Text(written, style=style)

    def notes(self, report: Report) -> Iterator[RenderableType]:
        """What is to be said about the submission as a whole."""
        for note in report.notes[:MOST_NOTES]:
            style = "red" if note.verdict is Verdict.FAIL else "yellow"
            yield self.text(f"! {note.check}: {placed(note.where, note.message)}", style)
        if len(report.notes) > MOST_NOTES:
            yield self.text(f"! and {len(report.notes) - MOST_NOTES} more (--json has all)", "yellow")
        if report.notes:
            yield Text()

    def exercise(self, exercise: ExerciseReport) -> Iterator[RenderableType]:
        """One exercise: a line if it is right, everything if it is not."""
        style = self._style(exercise)
        sign = RIGHT if exercise.passed else "·" if exercise.status is not Status.GRADED else WRONG
        if exercise.passed and not self.verbose:
            first = self.text(f"{sign} {exercise.id}  {points(exercise)}", style)
            yield first
            yield from self._indented(self._warnings(exercise))
            return
        if exercise.status is not Status.GRADED and not exercise.nodes:
            yield self.text(f"{sign} {exercise.id}  {headline(exercise)}", style)
            return
        yield Text()
        yield self.heading(exercise)
        yield self.text(f"{sign} {headline(exercise)}", style)
        yield Text()
        yield self.table(exercise)
        yield Text()
        drawn = picture_lines(exercise, width=self.console.width - 2, encoding=self.encoding)
        if drawn:
            legend = "; ".join(["▸ values", "◂ gradients", *filter(None, [legend_words(exercise)])])
            yield from self._indented(iter([*drawn, self.text(legend, "dim"), Text()]))
        elif self.options and picture_lines(exercise, width=WIDE, encoding=self.encoding):
            said = f"The picture is wider than these {self.console.width} columns; --html FILE draws it."
            yield from self._indented(iter([self.text(said, "dim"), Text()]))
        yield from self._indented(self.evidence(exercise))

    def heading(self, exercise: ExerciseReport) -> Text:
        """The title with a rule after it where there is room; a long one goes on in the next line, uncut."""
        title = self.text(f"{exercise.title} ({exercise.id})", limit=LONGEST_TITLE)
        room = self.console.width - title.cell_len - 1
        return title if room < 3 else title.append(" " + "-" * room)

    def table(self, exercise: ExerciseReport) -> Table:
        """One row a node, in the order of the report."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
        labels = exercise.kind == "graph"
        table.add_column("node", overflow="fold")
        if labels:
            table.add_column("into", overflow="fold")
        table.add_column("verdict", overflow="fold")
        table.add_column("yours", justify="right", overflow="fold")
        expected = any(node.expected is not None and node.verdict is Verdict.FAIL for node in exercise.nodes)
        if expected:
            table.add_column("expected", justify="right", overflow="fold")
        table.add_column("what was seen", overflow="fold")
        for node in exercise.nodes:
            style, failed = COLOURS.get(mark(node), "cyan"), node.verdict is Verdict.FAIL
            row = [self.text(node.name, style, limit=LONGEST_NAME)]
            if labels:
                row.append(self.text(node.label, style, limit=LONGEST_LABEL))
            row += [self.text(f"{mark(node)} {verdict_words(node)}", style)]
            row += [self.text(_number(node.got, missing="-" if failed else ""))]
            if expected:
                row.append(self.text(_number(node.expected, missing="-") if failed else ""))
            row.append(self.text(seen(node)))
            table.add_row(*row)
        return table

    def evidence(self, exercise: ExerciseReport) -> Iterator[Text]:
        """Evidence before cause, then what to try: one paragraph a thing."""
        for finding in exercise.findings:
            if finding.verdict is not Verdict.PASS:
                yield self.text(told(finding), "" if finding.verdict is Verdict.FAIL else "dim")
        for line in exercise.example:
            yield self.text(line)
        if exercise.example_code:
            yield self.text("To run it yourself:", "dim")
            for line in exercise.example_code.splitlines():
                yield self.text(f"    {line}")
        for diagnosis in exercise.diagnoses:
            yield self.text(f"Recognised: {diagnosis.evidence}", "bold")
        for hint in exercise.hints:
            yield self.text(f"{degree(exercise, hint)}: {hint.text}", "italic")
        if exercise.hints_left:
            more = next_degree(exercise)
            yield self.text(f"({exercise.hints_left} more: --hints {more} shows the next)", "dim")
        if exercise.output and not exercise.passed:
            yield from self._printed(exercise.output)
        if exercise.conventions and not exercise.passed:
            yield self.text(f"Convention: {'; '.join(exercise.conventions)}.", "dim")

    def _printed(self, output: str) -> Iterator[Text]:
        """What the student's code printed: its first lines where all is to be shown, else how many there are."""
        if not self.verbose and self.options:
            yield self.text(f"Your code printed {lines_of(output)} while it was tried; -v shows them.", "dim")
            return
        lines = output.splitlines()
        yield self.text("Your code printed, while it was tried:", "dim")
        for line in lines[:MOST_PRINTED]:
            yield self.text(f"    {line}", limit=LONGEST_TITLE)
        if len(lines) > MOST_PRINTED:
            all_of_it = " (--json has all)" if self.options else ""
            yield self.text(f"    and {len(lines) - MOST_PRINTED} more lines{all_of_it}", "dim")

    def summary(self, report: Report) -> Iterator[RenderableType]:
        """All exercises with their points, where there are several, and the total."""
        yield Text()
        if len(report.exercises) > 1:
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
            table.add_column("exercise", overflow="fold")
            table.add_column("points", justify="right", overflow="fold")
            table.add_column("of", justify="right", overflow="fold")
            table.add_column("", overflow="fold")
            for exercise in report.exercises:
                style = self._style(exercise)
                table.add_row(
                    self.text(exercise.id, style),
                    self.text("" if exercise.status is Status.UNGRADED else short(exercise.score)),
                    self.text(short(exercise.max_score)),
                    self.text(_state(exercise), style),
                )
            yield table
            yield Text()
        yield self.text(f"{total(report)}.", "bold")
        seed = f"key {report.seed.id}" if report.seed.kind == "grading" else "public practice inputs"
        level = OWN_SESSION if report.sandbox == "none" else f"sandbox level {report.sandbox}"
        about = [
            f"{report.submission}, {report.title} {report.version}",
            seed,
            how_cells_count(report),
            level,
        ]
        yield self.text(f"{'; '.join(filter(None, about))}.", "dim")

    def _warnings(self, exercise: ExerciseReport) -> Iterator[Text]:
        for finding in exercise.findings:
            if finding.verdict is Verdict.WARN:
                yield self.text(told(finding), "yellow")

    @staticmethod
    def _indented(parts: Iterator[Text]) -> Iterator[RenderableType]:
        lines = list(parts)
        if lines:
            yield Padding(Group(*lines), (0, 0, 0, 2))

    @staticmethod
    def _style(exercise: ExerciseReport) -> str:
        if exercise.status is not Status.GRADED:
            return "cyan"
        return "green" if exercise.passed else "bold red"


def _number(value: float | None, *, missing: str) -> str:
    return missing if value is None else short(value)


def _state(exercise: ExerciseReport) -> str:
    if exercise.status is Status.NOT_STARTED:
        return "not started"
    if exercise.status is Status.UNGRADED:
        return "a person marks it" if exercise.provisional else "could not be graded"
    if exercise.passed:
        return f"{RIGHT} right"
    wrong = [
        n.name for n in exercise.nodes if n.verdict is Verdict.FAIL and n.standing is not Standing.INHERITED
    ]
    places = [*wrong, *elsewhere(exercise)]
    return f"{WRONG} {', '.join(places)}" if places else f"{WRONG} see above"


def _has_signs(encoding: str) -> bool:
    return encodable(RIGHT + WRONG + FOLLOWS, encoding)
