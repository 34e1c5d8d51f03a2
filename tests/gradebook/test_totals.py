"""From what was graded to the marks that count: waivers, written marks, adjustments, lateness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from grader.assignment import LateRule
from grader.gradebook.records import Adjustment, Waiver, WrittenMark
from grader.gradebook.rows import AssignmentInfo, ExerciseInfo, ExerciseMark, Lateness, NodeMark
from grader.gradebook.totals import adjusted, exercise_marks, lateness, penalised, total, waived, with_written

AT = datetime(2026, 11, 20, tzinfo=UTC)
INFO = ExerciseInfo("affine", "Affine", "layer", 6.0, {"out": 3.0, "dx": 1.0, "dw": 1.0, "db": 1.0})
MARK = ExerciseMark(
    "affine", "graded", 5.0, 4.0, 6.0,
    nodes=(
        NodeMark("out", "pass", "correct", 3.0, 3.0, 3.0),
        NodeMark("dx", "fail", "origin", 0.0, 0.0, 1.0),
        NodeMark("dw", "pass", "correct", 1.0, 1.0, 1.0),
        NodeMark("db", "pass", "correct", 1.0, 0.0, 1.0),
    ),
)  # fmt: skip


def waiver(node="", gives="nothing"):
    return Waiver(1, AT, "affine", node, gives, "our own bug")


def numbers(mark):
    return mark.score, mark.strict_score, mark.max_score


class TestWaivers:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (waiver("dx"), (5.0, 4.0, 5.0)),
            (waiver("dw"), (4.0, 3.0, 5.0)),
            (waiver("dx", "full"), (6.0, 5.0, 6.0)),
            (waiver("db", "full"), (5.0, 5.0, 6.0)),
            (waiver(), (0.0, 0.0, 0.0)),
            (waiver("", "full"), (6.0, 6.0, 6.0)),
        ],
    )
    def test_a_waived_node_leaves_score_and_maximum_or_is_given_to_all(self, given, expected):
        mark = waived(MARK, INFO, [given])
        assert numbers(mark) == expected
        assert "our own bug" in mark.notes[0]

    def test_who_started_nothing_gains_only_by_a_full_waiver(self):
        empty = ExerciseMark("affine", "not_started", 0.0, 0.0, 6.0)
        assert numbers(waived(empty, INFO, [waiver("out")])) == (0.0, 0.0, 3.0)
        assert numbers(waived(empty, INFO, [waiver("out", "full")])) == (3.0, 3.0, 6.0)

    def test_what_has_no_mark_gets_none_by_a_waived_node(self):
        ungraded = ExerciseMark("affine", "ungraded", None, None, 6.0)
        assert numbers(waived(ungraded, INFO, [waiver("out")])) == (None, None, 3.0)

    def test_a_waiver_of_another_exercise_changes_nothing(self):
        assert waived(MARK, INFO, [Waiver(1, AT, "relu", "", "nothing", "x")]) == MARK


class TestDecisions:
    def change(self, kind, points):
        return Adjustment(1, AT, "s", "", kind, points, "why")

    @pytest.mark.parametrize(
        ("score", "changes", "expected"),
        [
            (4.0, [("difference", 1.5)], 5.5),
            (1.0, [("difference", -3.0)], 0.0),
            (4.0, [("floor", 6.0)], 6.0),
            (8.0, [("floor", 6.0)], 8.0),
            (None, [("difference", 1.0)], None),
            (None, [("floor", 2.0), ("difference", 1.0)], 3.0),
        ],
    )
    def test_differences_and_floors_are_applied_in_their_order(self, score, changes, expected):
        assert adjusted(score, [self.change(*each) for each in changes])[0] == expected

    def test_a_written_mark_ends_what_was_provisional(self):
        waiting = ExerciseMark("essay", "ungraded", None, None, 4.0, provisional=True)
        mark = with_written(waiting, WrittenMark(AT, "s", "essay", 3.0, "clear"))
        assert (mark.status, mark.score, mark.provisional) == ("graded", 3.0, False)
        assert mark.notes == ("3 of 4 points, by a person: clear",)

    def test_what_a_person_gives_is_no_gain_by_follow_through(self):
        info = ExerciseInfo("relu", "R", "layer", 3.0, {"dx": 3.0})
        graded = ExerciseMark("relu", "graded", 2.0, 1.0, 3.0)
        mark, = exercise_marks(
            AssignmentInfo("a", "A", "1", None, (info,)), {"relu": graded}, submitted=True, waivers=(), written={},
            adjustments=[Adjustment(1, AT, "s", "relu", "difference", 0.5, "by hand")],
        )  # fmt: skip
        assert (mark.score, mark.strict_score) == (2.5, 1.5)
        assert mark.notes == ("+0.5 points, by a person: by hand",)
        assert total([mark, mark], strict=True) == 3.0

    def test_no_marks_at_all_are_no_zero(self):
        assert total([ExerciseMark("a", "ungraded", None, None, 4.0)]) is None
        assert total([ExerciseMark("a", "graded", 0.0, 0.0, 4.0)]) == 0.0


class TestLateness:
    DUE = datetime(2026, 11, 20, 18, tzinfo=timezone(timedelta(hours=1)))
    RULE = LateRule(percent_a_day=10, grace_minutes=10, at_most_percent=35, closes_after_days=7)

    def late(self, received, *, extension=None, marked_late=False, due=DUE):
        return lateness(received, marked_late=marked_late, due=due, extension=extension, rule=self.RULE)

    @pytest.mark.parametrize(
        ("hours", "percent"),
        [
            (-1, 0),
            (0, 0),
            (0.16, 0),
            (0.17, 10),
            (24, 10),
            (24.01, 20),
            (100, 35),
            (7 * 24, 35),
            (7 * 24 + 0.1, 100),
        ],
    )
    def test_each_day_begun_costs_after_the_grace_up_to_the_most(self, hours, percent):
        assert self.late(self.DUE + timedelta(hours=hours)).percent == percent

    def test_zones_do_not_matter(self):
        utc = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)
        new_york = utc.astimezone(timezone(timedelta(hours=-5)))
        assert self.late(utc).percent == self.late(new_york).percent == 0

    def test_an_extension_moves_the_time_and_never_back(self):
        received = self.DUE + timedelta(days=2)
        assert self.late(received, extension=self.DUE + timedelta(days=3)).percent == 0
        assert self.late(received, extension=self.DUE - timedelta(days=3)).percent == 20

    def test_where_nobody_knows_the_time_nothing_is_taken_off(self):
        late = self.late(None, marked_late=True)
        assert (late.late, late.percent, late.seconds) == (True, 0.0, None)
        assert not self.late(None, marked_late=True, extension=self.DUE + timedelta(days=1)).late

    def test_the_penalty_is_of_what_was_earned(self):
        assert penalised(20.0, Lateness(90_000.0, False, 20.0)) == 16.0
        assert penalised(None, Lateness(90_000.0, False, 20.0)) is None
