"""A report as a page, or one exercise of it as a fragment for a notebook cell: no scripts, no request, no fonts.

What the templates print passes through `one_line` and is escaped, whoever wrote it; only our own pictures go in as
they are. `report.html.j2` is the page, `notebook.html.j2` what a notebook's cell displays,
`exercise.html.j2` one exercise, `report.css` the style of all, scoped to a class so that a fragment changes nothing
around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.findings import Finding, Verdict
from grader.latex import unformatted
from grader.picture.image import alternative_text, data_address, least_width
from grader.picture.numbers import short as shortest
from grader.report.picture import marked, picture_svg
from grader.report.report import ExerciseReport, NodeReport, Report, Standing, Status
from grader.report.wording import (
    OWN_SESSION,
    PREFIX,
    about,
    elsewhere,
    headline,
    how_cells_count,
    lines_of,
    mark,
    next_degree,
    placed,
    points,
    row_of_marks,
    seen,
    short,
    total,
    verdict_words,
)
from grader.text import one_line

if TYPE_CHECKING:
    from jinja2 import Environment, Template

LONGEST = 1000
"""Characters of one text; a longer one is cut."""
MOST_NOTES = 50
WIDE = 640
"""Pixels that a column of text always has; a wider picture may be cut at its right until it is scrolled."""
MOST_LINES = 60
"""Lines of what the student's code printed."""
SHORT_ROW = 8
"""Nodes whose marks fit in the first line; more are read in the table."""


def html(report: Report) -> str:
    """The whole report as one page that needs nothing else."""
    return _template("report.html.j2").render(report=report)


def notebook_html(report: Report) -> str:
    """The report as what a notebook's cell displays: a fragment that is light or dark as the page around it is.

    Its pictures are images, which stay where an output is made safe, as in a notebook that is not trusted yet; an
    `<svg>` would be taken out, and its texts left lying about.
    """
    return _template("notebook.html.j2").render(report=report)


def exercise_html(exercise: ExerciseReport, *, level: int = 3, style: bool = True) -> str:
    """One exercise as a fragment; its heading is `<h3>`, or of the level given (2 to 5).

    Of several fragments in one page only the first needs the style.
    """
    fragment: Any = _template("exercise.html.j2").module
    return str(fragment.fragment(exercise, level, style))


def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["groupby_in_order"] = _groupby_in_order
    environment.globals.update(
        headline=headline,
        about=about,
        next_degree=next_degree,
        row_of_marks=lambda e: row_of_marks(e) if 1 < len(e.nodes) <= SHORT_ROW else "",
        mark=mark,
        verdict_words=verdict_words,
        points=points,
        total=total,
        short=lambda number: "" if number is None else short(number),
        within=lambda bound: shortest(bound, 1),
        seen=seen,
        told=told,
        state=state,
        sign=sign,
        kind=kind,
        node_kind=node_kind,
        has_expected=has_expected,
        told_findings=told_findings,
        seed_words=seed_words,
        sandbox_words=sandbox_words,
        picture=_picture,
        picture_image=_picture_image,
        least_width=least_width,
        WIDE=WIDE,
        unformatted=unformatted,
        css=_css,
        Status=Status,
        MOST_NOTES=MOST_NOTES,
        MOST_LINES=MOST_LINES,
        lines_of=lines_of,
        how_cells_count=how_cells_count,
    )
    return environment


def _shown(value: Any) -> Any:
    """Text from anywhere on one line without anything invisible; jinja2 escapes it afterwards."""
    from markupsafe import Markup

    return (
        one_line(value, limit=LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value
    )


def _groupby_in_order(items: Sequence[Any], field: str) -> list[tuple[Any, list[Any]]]:
    """Neighbours with the same value of a field; jinja2's own filter would sort them."""
    return [(value, list(run)) for value, run in groupby(items, key=attrgetter(field))]


def _picture(exercise: ExerciseReport) -> Any:
    """Our own drawing, which has escaped its texts already."""
    from markupsafe import Markup

    return Markup(picture_svg(exercise).strip())  # noqa: S704


def _picture_image(exercise: ExerciseReport, drawn: str) -> Any:
    """The same drawing as an image, with its words."""
    from markupsafe import Markup

    words = alternative_text(marked(exercise))
    return Markup('<img alt="{}" src="{}">').format(words, data_address(drawn))


def _css(name: str = "report.css") -> Any:
    from markupsafe import Markup

    return Markup((Path(__file__).parent / "templates" / name).read_text(encoding="utf-8"))  # noqa: S704


def sign(exercise: ExerciseReport) -> str:
    """One character for an exercise."""
    if exercise.status is not Status.GRADED:
        return "·"
    return "✓" if exercise.passed else "✗"


def kind(exercise: ExerciseReport) -> str:
    """The class that colours an exercise."""
    if exercise.status is not Status.GRADED:
        return "undecided"
    return "right" if exercise.passed else "origin"


def node_kind(node: NodeReport) -> str:
    """The class that colours a node's row."""
    if node.verdict is Verdict.PASS:
        return "right"
    if node.verdict is Verdict.FAIL:
        return "inherited" if node.standing is Standing.INHERITED else "origin"
    return "undecided"


def state(exercise: ExerciseReport) -> str:
    """What the summary says of an exercise."""
    match exercise.status:
        case Status.NOT_STARTED:
            return "not started"
        case Status.UNGRADED:
            return "a person marks it" if exercise.provisional else "could not be graded"
    if exercise.passed:
        return "right"
    slips = [node.name for node in exercise.nodes if node_kind(node) == "origin"]
    places = [*slips, *elsewhere(exercise)]
    return f"wrong: {', '.join(places)}" if places else "wrong, see below"


def told(finding: Finding) -> str:
    """Where, what, and whether it costs anything."""
    return PREFIX.get(finding.verdict, "") + placed(finding.where, finding.message)


def told_findings(exercise: ExerciseReport) -> list[Finding]:
    """The findings that say more than that something was right."""
    return [finding for finding in exercise.findings if finding.verdict is not Verdict.PASS]


def has_expected(exercise: ExerciseReport) -> bool:
    """Whether the truth may be shown beside what is wrong."""
    return any(node.expected is not None and node.verdict is Verdict.FAIL for node in exercise.nodes)


def seed_words(report: Report) -> str:
    """Where the inputs came from."""
    return f"key {report.seed.id}" if report.seed.kind == "grading" else "public practice inputs"


def sandbox_words(report: Report) -> str:
    """What held the student's code while it was judged."""
    return OWN_SESSION if report.sandbox == "none" else f"sandbox level {report.sandbox}"
