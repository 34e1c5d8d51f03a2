"""What has changed since the last publication, as the class report sorts it."""

from __future__ import annotations

from click.testing import CliRunner

from grader.class_report.changes import since_publication
from grader.class_report.data import ClassData
from grader.class_report.page import class_page
from grader.cli import main
from grader.gradebook import Gradebook
from grader.gradebook.ledger import Ledger
from tests.class_report.classes import Student, add, content, made, wrong_affine
from tests.report.samples import all_right

WRONG, _ = wrong_affine()
RIGHT = all_right("affine", 6.0)


def load(folder):
    with Gradebook.open(folder) as book:
        return ClassData.load(book)


def published(folder, *students):
    made(folder, students, (WRONG,))
    result = CliRunner().invoke(main, ["publish", str(folder), "--allow-provisional"], prog_name="chainmark")
    assert result.exit_code == 0, result.output
    return folder


def regraded(folder, *students):
    with Ledger.opened(folder) as ledger:
        ledger.begin(content((WRONG,)), versions={}, sandbox="A", seed="practice public", jobs=1)
        for student in students:
            add(ledger, student, ledger.people.pseudonym(student.id))


def ids(changes):
    return [change.student.id for change in changes]


def test_losses_gains_and_first_marks_are_told_apart_and_losses_come_first(tmp_path):
    folder = published(
        tmp_path / "results",
        Student("up", (WRONG,)),
        Student("down", (RIGHT,)),
        Student("same", (RIGHT,)),
        Student("new"),
    )
    regraded(
        folder,
        Student("up", (RIGHT,), sha256="1" * 64),
        Student("down", (WRONG,), sha256="2" * 64),
        Student("new", (RIGHT,), sha256="3" * 64),
    )
    found = since_publication(load(folder))
    assert (ids(found.more), ids(found.less), ids(found.new), ids(found.gone)) == (
        ["up"],
        ["down"],
        ["new"],
        [],
    )
    assert ids(found.ranked) == ["down", "up", "new"]
    assert found.less[0].exercises == {"affine": (6.0, 5.0)}
    page = class_page(load(folder))
    assert "less</li>" in page
    assert "affine: 6 to 5" in page
    assert "5 of 6" in page


def test_right_after_a_publication_nothing_has_changed(tmp_path):
    data = load(published(tmp_path / "results", Student("a", (WRONG,)), Student("b", (RIGHT,))))
    found = since_publication(data)
    assert found.since is not None
    assert found.ranked == ()
    assert "Nothing has changed since the publication" in class_page(data)
