"""The class report as one page: everything inlined, no request, nothing run but our own script.

The policy names our style and our script by their SHA-256, so that no other would run even if it got into the page.
What the template prints is escaped, whoever wrote it; the table of students goes in as JSON and is put into the
page as text. Names stand in that JSON alone, which is how one switch can hide them all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.class_report import changes, progress, similar, spread, suspects, teach, waiting
from grader.class_report.data import ClassData
from grader.class_report.links import Links
from grader.class_report.table import script_json, table
from grader.text import counted, one_line

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent / "templates"
LONGEST = 600
MOST_ROWS = 40
"""Rows of one table of the report; more are counted. The students' own table has all."""
MOST_CHANGES = 15
BAR = 240
"""Width in pixels of the longest bar."""


def class_page(data: ClassData, *, names: bool = True, pages: Mapping[str, str] | None = None) -> str:
    """The page. `pages` gives each pseudonym's own page, relative to this one, where there is any.

    Without `names` it holds no name, no id, and not the section that is for the staff alone.
    """
    from markupsafe import Markup

    if not names:  # the order of ids would tell who comes before whom
        data = replace(data, students=tuple(sorted(data.students, key=lambda marks: marks.student.pseudonym)))
    links = Links({marks.student.pseudonym: row for row, marks in enumerate(data.students)})
    style, script = _file("class.css"), _file("class.js")
    report_style = (Path(__file__).parents[1] / "report" / "templates" / "report.css").read_text(
        encoding="utf-8"
    )
    style = f"\n{report_style}{style}"
    body: Any = _environment().get_template("class.html.j2")
    # The sections register what their counts lead to, so they are laid out before the table's data.
    # The template escapes every value; what it gives is markup.
    sections = Markup(body.render(**_sections(data, names=names), links=links, data=data, names=names))  # noqa: S704
    filled = table(data, links.groups, names=names, pages=pages or {})
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            data=data,
            names=names,
            sections=sections,
            style=Markup(style),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704 - our own files
            json=Markup(script_json(filled)),  # noqa: S704 - escaped for where it stands
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def _sections(data: ClassData, *, names: bool) -> dict[str, Any]:
    alike, same_files = similar.alike(data), similar.same_files(data)
    mistakes = teach.misconceptions(
        data, [*(each.students for each in alike), *(each.students for each in same_files)]
    )
    return {
        "misconceptions": [made for made in mistakes if made.apart > 1],
        "single": [made for made in mistakes if made.apart == 1],
        "nameless": teach.nameless(data),
        "patterns": teach.patterns(data),
        "kinds": teach.kinds(data),
        "suspects": suspects.suspects(data),
        "clusters": suspects.clusters(data),
        "ungraded": waiting.ungraded(data),
        "doubtful": waiting.doubtful(data),
        "untimed": waiting.untimed(data),
        "undecided": waiting.undecided(data),
        "provisional": waiting.provisional(data),
        "changes": changes.since_publication(data),
        "lines": spread.lines(data),
        "bins": spread.bins(data),
        "sections": progress.sections(data),
        "unstarted": progress.unstarted(data),
        "alike": alike if names else (),
        "same_files": same_files if names else (),
    }


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        counted=counted,
        percent=lambda share: f"{share:.0f} %",
        points=lambda number: "none" if number is None else f"{number + 0.0:.4g}",
        signed=lambda number: "" if number is None else f"{number:+.4g}" if number else "0",
        bar=lambda count, most: round(BAR * count / most) if most else 0,
        when=lambda at: f"{at:%Y-%m-%d %H:%M} {at.tzname() or ''}".strip(),
        scored=lambda score, most: "none" if score is None else f"{score + 0.0:.4g} of {most:.4g}",
        MOST_ROWS=MOST_ROWS,
        MOST_CHANGES=MOST_CHANGES,
        BAR=BAR,
    )
    return environment


def _shown(value: Any) -> Any:
    """Text from anywhere on one line without anything invisible; jinja2 escapes it afterwards."""
    from markupsafe import Markup

    return (
        one_line(value, limit=LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value
    )


@cache
def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
