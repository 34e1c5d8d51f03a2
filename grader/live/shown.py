"""What a check displays in a cell: HTML with the picture, and plain text where there is no HTML.

Scripts, style and even buttons may be taken out: pictures are images and words are words. One filter leaves
nothing readable of any HTML, headings included: `nbconvert --sanitize-html` prints its tags as text. With it, the
plain text is the better choice: `--NbConvertBase.display_data_priority="['text/plain']"`.
"""

from __future__ import annotations

import re

from grader.report.report import Report


def _as_asked_here(text: str) -> str:
    """More hints are asked for as an argument in a notebook, not as an option."""
    return re.sub(r"(?:chainmark check )?--hints (\d+)", r"hints=\1", text)


class Feedback:
    """A report that a notebook displays by itself. `passed` says whether all of it was right."""

    def __init__(self, report: Report) -> None:
        self.report = report

    @property
    def passed(self) -> bool:
        """Whether everything judged is right."""
        return self.report.exit_code == 0

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        """The report as a terminal shows it, 80 columns wide, without colours."""
        from io import StringIO

        from rich.console import Console

        from grader.report.terminal import show

        text = StringIO()
        # Inside a kernel rich would display the text by itself and leave none here.
        plain = Console(
            file=text,
            width=80,
            force_jupyter=False,
            color_system=None,
            markup=False,
            highlight=False,
            emoji=False,
        )
        show(self.report, plain, options=False)
        return _as_asked_here(text.getvalue().strip("\n"))

    def _repr_html_(self) -> str:
        from grader.report.html import notebook_html

        return _as_asked_here(notebook_html(self.report))

    def _repr_markdown_(self) -> str:
        from grader.report.feedback.markdown import exercise_markdown, text
        from grader.report.html import told

        notes = "".join(f"- {text(told(note))}\n" for note in self.report.notes)
        parts = [exercise_markdown(exercise) for exercise in self.report.exercises]
        return _as_asked_here("\n".join([notes, *parts] if notes else parts))


class Said:
    """One line in place of a report: what was not found, and what to do. Nothing was judged."""

    passed = False

    def __init__(self, text: str) -> None:
        self.text = text

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return self.text
