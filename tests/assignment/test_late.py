"""`[late]` in an assignment: what lateness costs, and one clear line for what makes no sense."""

from __future__ import annotations

import pytest

from grader.assignment import AssignmentError, LateRule, read_assignment

HEAD = '[assignment]\nid = "hw1"\ntitle = "T"\nversion = "1"\n{due}\n[late]\n{late}\n[[exercises]]\nid = "relu"\n'
DUE = "due = 2026-12-01T23:59:00+01:00"


def read(folder, late, due=DUE):
    path = folder / "assignment.toml"
    path.write_text(HEAD.format(late=late, due=due), encoding="utf-8")
    return read_assignment(path, known={"relu": 2.0}).late


def test_all_of_it_is_read_and_left_out_costs_nothing(tmp_path):
    said = "percent_a_day = 10\ngrace_minutes = 15\nat_most_percent = 50.5\ncloses_after_days = 7"
    assert read(tmp_path, said) == LateRule(10.0, 15.0, 50.5, 7.0)
    assert read(tmp_path, "") == read(tmp_path, "", due="") == LateRule(0.0, 0.0, 100.0, None)


@pytest.mark.parametrize(
    ("late", "due", "said"),
    [
        ("percent_a_day = 101", DUE, "late.percent_a_day must be a number of percent from 0 to 100, got 101"),
        ("grace_minutes = -1", DUE, "late.grace_minutes must be a number of minutes from 0 to 1440, got -1"),
        ('at_most_percent = "50"', DUE, 'must be a number of percent from 0 to 100, got "50"'),
        ("closes_after_days = nan", DUE, "must be a number of days from 0 to 366, got nan"),
        ("percent_per_day = 10", DUE, 'did you mean "percent_a_day"?'),
        ("percent_a_day = 10", "", "what is late can be told only from [assignment] due"),
        ("percent_a_day = true", DUE, "got true"),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path, late, due, said):
    with pytest.raises(AssignmentError) as caught:
        read(tmp_path, late, due)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_of_late_elsewhere_is_sent_home(tmp_path):
    path = tmp_path / "assignment.toml"
    path.write_text(HEAD.format(late="", due=DUE + "\npercent_a_day = 10"), encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"it belongs in \[late\]"):
        read_assignment(path, known={"relu": 2.0})
