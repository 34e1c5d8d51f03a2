"""What each section of the class report says about a class that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from grader.class_report.changes import since_publication
from grader.class_report.data import ClassData
from grader.class_report.progress import sections, unstarted
from grader.class_report.similar import alike, same_files
from grader.class_report.spread import bins, lines
from grader.class_report.suspects import clusters, suspects
from grader.class_report.teach import kinds, misconceptions, patterns
from grader.class_report.waiting import provisional, undecided, ungraded
from grader.findings import Verdict
from grader.gradebook import Gradebook
from grader.report.report import Standing
from grader.submission import Unit
from tests.class_report.classes import DUE, Student, made, personal, unnamed, wrong_affine
from tests.report.samples import all_right, inconclusive, not_started, sigmoid_circuit, written

RIGHT = all_right("affine", 6.0)
WRONG, UNITS = wrong_affine()


def load(folder: Path) -> ClassData:
    with Gradebook.open(folder) as book:
        return ClassData.load(book)


def classed(folder: Path, *students: Student, exercises=(WRONG,), **assignment) -> ClassData:
    return load(made(folder / "results", students, exercises, **assignment))


def ids(data: ClassData, students) -> list[str]:
    return sorted(data.by_pseudonym[who].student.id for who in students)


def many(count: int, exercise, *, start: str = "r", **fields) -> list[Student]:
    return [
        Student(f"{start}{n}", (exercise,), **({"sha256": f"{start}{n:063d}"[:64]} | fields))
        for n in range(count)
    ]


def test_a_mistake_is_counted_among_those_who_were_judged_with_the_lines_that_make_it(tmp_path):
    other, others = wrong_affine("dx = np.dot(dout, w)")
    data = classed(
        tmp_path,
        *many(3, WRONG, start="w", units=UNITS),
        Student("v", (other,), units=others, sha256="f" * 64),
        *many(4, RIGHT),
        Student("absent"),
        Student("lazy", (not_started("affine", 6.0),)),
    )
    (found,) = misconceptions(data)
    assert (found.exercise, found.node, found.title) == (
        "affine", "dx", "computed without the transpose of w",
    )  # fmt: skip
    assert ids(data, found.students) == ["v", "w0", "w1", "w2"]
    assert len(found.of) == 8, "who did not start and who is absent was not judged"
    assert [(s.text, len(s.students)) for s in found.snippets] == [
        ("dx = dout @ w", 3),
        ("dx = np.dot(dout, w)", 1),
    ]


def test_a_mistake_of_one_name_in_two_exercises_is_a_pattern_and_checks_that_failed_are_kinds(tmp_path):
    second = replace(WRONG, id="matmul", title="The product")
    data = classed(tmp_path, Student("a", (WRONG, second)), Student("b", (WRONG,)), exercises=(WRONG, second))
    (found,) = patterns(data)
    assert found.exercises == ("affine", "matmul")
    assert ids(data, found.students) == ["a", "b"]
    assert {(kind.title, len(kind.students)) for kind in kinds(data)} == {
        ("stops with an error", 2), ("has another shape than it must", 2),
    }  # fmt: skip
    assert patterns(classed(tmp_path / "one", Student("b", (WRONG,)))) == ()


def test_a_part_that_most_fail_is_suspected_and_one_that_half_fail_is_not(tmp_path):
    most = classed(tmp_path / "a", *many(4, WRONG, start="w"), *many(3, RIGHT_PARTS))
    (found,) = suspects(most)
    assert (found.node, len(found.students), len(found.of)) == ("dx", 4, 7)
    assert suspects(classed(tmp_path / "b", *many(4, WRONG, start="w"), *many(4, RIGHT_PARTS))) == ()
    assert suspects(classed(tmp_path / "c", *many(2, WRONG, start="w"))) == (), "two students prove nothing"


RIGHT_PARTS = replace(
    WRONG,
    nodes=tuple(
        replace(n, verdict=Verdict.PASS, standing=Standing.CORRECT, points=n.max_points) for n in WRONG.nodes
    ),
    findings=(),
    diagnoses=(),
    slips=0,
    score=6.0,
    strict_score=6.0,
)


def test_what_follows_from_a_number_before_it_is_not_suspected(tmp_path):
    circuit = sigmoid_circuit()
    data = classed(tmp_path, *many(5, circuit), exercises=(circuit,))
    assert [s.node for s in suspects(data)] == ["dn"]


def test_three_with_one_wrong_number_and_no_name_for_it_are_a_cluster(tmp_path):
    data = classed(
        tmp_path,
        *many(3, unnamed(WRONG), start="w"),
        Student("other", (unnamed(WRONG, got=1.5),)),
        *many(3, WRONG, start="named"),
    )
    (found,) = clusters(data)
    assert ids(data, found.students) == ["w0", "w1", "w2"]
    assert found.said == "dx[0, 0] = 12.7874, expected -12.4194 (square, size 2)"


def test_where_each_has_inputs_of_their_own_a_shared_factor_is_a_cluster(tmp_path):
    halves = [
        Student(f"h{n}", (unnamed(WRONG, got=0.5 * right, expected=right),), other=personal())
        for n, right in enumerate((1.25, -3.5, 8.0))
    ]
    strangers = [
        Student(f"x{n}", (unnamed(WRONG, got=2.0, expected=right),), other=personal())
        for n, right in enumerate((1.1, 2.7, 5.3))
    ]
    data = classed(tmp_path, *halves, *strangers)
    (found,) = clusters(data)
    assert (ids(data, found.students), found.said) == (["h0", "h1", "h2"], "0.5 times the right number")


def test_what_is_open_is_told_apart_and_with_its_reason(tmp_path):
    open_one, essay = inconclusive(), written()
    data = classed(
        tmp_path,
        Student("stuck", trouble="submission: is no notebook"),
        Student("half", (open_one, essay)),
        exercises=(open_one, essay),
    )
    assert {(row.where, row.said, *ids(data, row.students)) for row in ungraded(data)} == {
        ("", "submission: is no notebook", "stuck"),
        ("log_gate", "dx could not be judged", "half"),
    }
    assert [(row.where, row.node, row.said) for row in undecided(data)] == [
        ("log_gate", "dx", "could not be decided")
    ]
    assert [(row.where, ids(data, row.students)) for row in provisional(data)] == [
        ("why_gradients_add", ["half"])
    ]


def test_strict_and_follow_through_means_and_who_gained(tmp_path):
    circuit = sigmoid_circuit()
    right = all_right(circuit.id, circuit.max_score)
    data = classed(tmp_path, Student("slip", (circuit,)), Student("right", (right,)), exercises=(circuit,))
    whole, one = lines(data)
    assert whole.exercise == ""
    assert one.mean == pytest.approx(100 * (11 / 12 + 1) / 2)
    assert one.strict == pytest.approx(100 * (2 / 12 + 1) / 2)
    assert ids(data, one.gained) == ["slip"]
    filled = {
        (b.low, b.high): (ids(data, b.students), ids(data, b.strict))
        for b in bins(data)
        if b.students or b.strict
    }
    assert filled == {(10, 20): ([], ["slip"]), (90, 100): (["right", "slip"], ["right"])}


def test_what_has_no_mark_yet_lowers_no_average(tmp_path):
    """An essay that nobody has marked yet is no zero; neither is what could not be graded."""
    essay, stuck = written(), inconclusive()
    data = classed(
        tmp_path, Student("a", (RIGHT, essay)), Student("b", (RIGHT, stuck), sha256="b" * 64),
        exercises=(RIGHT, stuck, essay),
    )  # fmt: skip
    assert [(row.score, row.marked_max, row.max_score) for row in data.students] == [(6.0, 6.0, 13.0)] * 2
    assert sections(data)[0].mean == 100
    (whole, *_) = lines(data)
    assert (whole.mean, whole.strict, whole.median) == (100, 100, 100)
    assert [len(b.students) for b in bins(data)] == [0] * 9 + [2]


def test_progress_by_section_with_late_work_extensions_and_what_was_not_started(tmp_path):
    late = DUE + timedelta(hours=30)
    data = classed(
        tmp_path,
        Student("a", (RIGHT,), section="Monday"),
        Student("b", (WRONG,), section="Monday", received=late),
        Student("c", (not_started("affine", 6.0),), section="Friday", received=late, extension=late),
        Student("d", section="Friday"),
        late={"percent_a_day": 10.0},
    )
    told = {s.name: s for s in sections(data)}
    assert [s.name for s in sections(data)] == ["", "Friday", "Monday"]
    assert ids(data, told["Monday"].late) == ["b"]
    assert ids(data, told["Friday"].extended) == ["c"]
    assert ids(data, told["Friday"].late) == []
    assert ids(data, told[""].absent) == ["d"]
    assert told["Monday"].mean == pytest.approx(100 * (1 + 5 / 6 * 0.8) / 2)
    (row,) = unstarted(data)
    assert (ids(data, row.students), ids(data, row.of)) == (["c"], ["a", "b", "c"])


def test_a_class_without_sections_has_one_line(tmp_path):
    assert len(sections(classed(tmp_path, Student("a", (RIGHT,)), Student("b")))) == 1


COPIED = """def affine_backward(dout, cache):
    x, w, b = cache
    half_way = np.concatenate([dout[:, ::-1], x * 0.125], axis=1)
    correction = (half_way ** 2).cumsum(axis=0)[-1] / (3.75 + len(x))
    dx = dout @ w - correction[: w.shape[0]].mean()
    return dx, x.T @ dout, dout.sum(axis=0)
"""


def units(source: str) -> tuple[Unit, ...]:
    return (Unit("cell 12", source, "hw1.ipynb", 11),)


def coder(name: str, source: str, **fields) -> Student:
    return Student(name, (WRONG,), units=units(source), sha256=f"{name:_<64}", **fields)


def everybody(count: int = 12) -> list[Student]:
    return many(count, WRONG, start="usual", units=UNITS)


def test_wrong_code_that_two_share_and_nobody_else_writes_is_shown_whatever_its_names(tmp_path):
    renamed = COPIED.replace("half_way", "tmp").replace("correction", "c2").replace("dout", "upstream")
    data = classed(tmp_path, coder("a", COPIED), coder("b", renamed), *everybody())
    (found,) = alike(data)
    assert ids(data, found.students) == ["a", "b"]
    assert any("cumsum" in line for line in found.shared)
    assert not any(line.startswith("dw") or "= cache" in line for line in found.shared), (
        "everybody writes these"
    )


def test_a_usual_mistake_is_no_similarity_and_nor_is_what_was_handed_out(tmp_path):
    assert alike(classed(tmp_path / "a", *everybody())) == ()
    data = classed(tmp_path / "b", coder("a", COPIED), coder("b", COPIED), *everybody())
    assert len(alike(data)) == 1
    assert alike(replace(data, starters={"affine": COPIED})) == ()


def test_students_who_work_together_are_not_held_against_one_another(tmp_path):
    pair = [coder("a", COPIED, group="g1"), coder("b", COPIED, group="g1")]
    assert alike(classed(tmp_path / "one", *pair, *everybody())) == ()
    apart = [coder("a", COPIED, group="g1"), coder("b", COPIED, group="g2")]
    assert len(alike(classed(tmp_path / "two", *apart, *everybody()))) == 1


def test_the_same_wrong_file_is_told_and_the_same_right_one_is_not(tmp_path):
    data = classed(
        tmp_path,
        Student("a", (WRONG,), sha256="1" * 64),
        Student("b", (WRONG,), sha256="1" * 64),
        Student("c", (RIGHT,), sha256="2" * 64),
        Student("d", (RIGHT,), sha256="2" * 64),
    )
    (found,) = same_files(data)
    assert ids(data, found.students) == ["a", "b"]


@pytest.mark.parametrize(
    "source",
    ["def affine_backward(:", "(" * 3000, "x = " + "1" * 9000, "\0", "def affine_backward(): '\\d'", ""],
)
def test_source_that_cannot_be_read_gives_no_snippet_and_no_trouble(tmp_path, source):
    data = classed(tmp_path, Student("a", (WRONG,), units=(Unit("cell 12", source, "hw1.ipynb", 11),)))
    (found,) = misconceptions(data)
    assert found.students
    assert alike(data) == ()


def test_before_the_first_publication_nothing_counts_as_changed(tmp_path):
    assert since_publication(classed(tmp_path, Student("a", (RIGHT,)))).since is None
