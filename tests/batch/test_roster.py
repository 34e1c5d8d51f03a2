"""Rosters, groups, extensions, attempts: who is who, and one clear line for every mistake, with its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from grader.batch.attempts import turns
from grader.batch.errors import BatchError
from grader.batch.roster import read_roster
from grader.batch.work import Work

CET = timezone(timedelta(hours=1))
DUE = datetime(2026, 11, 20, 18, tzinfo=CET)


def csv(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def roster(folder, text, encoding="utf-8", *, groups=None, extensions=None, due=DUE):
    return read_roster(
        csv(folder, "r.csv", text, encoding),
        csv(folder, "g.csv", groups) if groups else None,
        csv(folder, "e.csv", extensions) if extensions else None,
        due=due,
    )


def work(student, **more):
    return Work(student, (Path(student),), (), **more)


def ids(found):
    return {turn.person.id: [w.attempt for w in turn.works] for turn in found}


class TestTables:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_what_spreadsheets_write_is_read(self, tmp_path, encoding, separator):
        text = "Name,Student ID,E-Mail,Section\r\nZoë,z1,z@x.edu,B\r\n\r\n".replace(",", separator)
        person = roster(tmp_path, text, encoding).people["z1"]
        assert (person.name, person.email, person.section) == ("Zoë", "z@x.edu", "B")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "r.csv is empty; its first line must name the columns: student"),
            ("pupil,name\nada,Ada\n", "line 1: there is no column student, but pupil, name"),
            ("student,name\nada,Ada\nada,Ada\n", "line 3: the student ada comes twice"),
            ("student,name\n,Ada\n", "line 2: the column student is empty"),
            ("student,name\nada,Lovelace, Ada\n", "line 2: 3 cells under 2 columns"),
            ('student,name\nada,"Ada\n', "unexpected end of data"),
            ("student,extension_days\nada,soon\n", 'line 2: extension_days must be a number .* got "soon"'),
            (
                "student,extension_until\nada,Tuesday\n",
                'line 2: extension_until must be a time such as .*"Tuesday"',
            ),
            ("student\n", "names no student"),
        ],
    )
    def test_each_mistake_is_one_line_that_says_where(self, tmp_path, text, said):
        with pytest.raises(BatchError, match=said) as caught:
            roster(tmp_path, text)
        assert "\n" not in str(caught.value)

    def test_latin_1_is_refused_with_the_line(self, tmp_path):
        with pytest.raises(BatchError, match="line 3: this is not UTF-8"):
            roster(tmp_path, "student,name\na,A\nz,Zoë\n", "latin-1")

    def test_extensions_are_times_days_or_ends_of_days(self, tmp_path):
        text = "student\na\nb\nc\nd\n"
        extra = (
            "student,extension_until,extension_days\na,2026-11-22T18:00:00Z,\nb,,1.5\nc,2026-11-23,\n"
            "d,2026-11-22 12:00,\n"
        )
        people = roster(tmp_path, text, extensions=extra).people
        assert people["a"].extension == datetime(2026, 11, 22, 18, tzinfo=UTC)
        assert people["b"].extension == DUE + timedelta(days=1.5)
        assert people["c"].extension == datetime(2026, 11, 23, 23, 59, 59, tzinfo=CET)
        assert people["d"].extension == datetime(2026, 11, 22, 12, tzinfo=CET)

    def test_an_extension_is_for_whoever_the_roster_calls_so(self, tmp_path):
        text = "student,name,email\ns1,Mia König,mia@x.edu\ns2,Bo,bo@x.edu\ns3,Bo,b3@x.edu\n"
        people = roster(tmp_path, text, extensions="student,days\nmia könig,2\nb3@x.edu,1\n").people
        assert (people["s1"].extension, people["s3"].extension) == (
            DUE + timedelta(days=2),
            DUE + timedelta(days=1),
        )
        assert people["s2"].extension is None
        with pytest.raises(BatchError, match="line 2: Bo may be any of s2, s3"):
            roster(tmp_path, text, extensions="student,days\nBo,2\n")

    def test_an_extension_for_a_stranger_or_without_due_is_refused(self, tmp_path):
        with pytest.raises(
            BatchError, match=r"e.csv, line 2: adda is not on the roster; did you mean \"ada\"\?"
        ):
            roster(tmp_path, "student\nada\n", extensions="student,days\nadda,2\n")
        with pytest.raises(BatchError, match="has no `due`"):
            roster(tmp_path, "student\nada\n", extensions="student,days\nada,2\n", due=None)


class TestMatching:
    ROSTER = (
        "student,name,email,group\na1,Ada Lovelace,ada@x.edu,g\nb2,Bob Bürger,bob@x.edu,g\nc3,Cy,cy@x.edu,\n"
    )

    @pytest.mark.parametrize(
        "found",
        [
            work("A1"), work("ada@x.edu"), work("77", name="ada lovelace"), work("ada"),
            work("9", sort_key="lovelaceada"),
        ],
    )  # fmt: skip
    def test_a_student_is_known_by_id_address_or_name(self, tmp_path, found):
        got = turns([found], roster(tmp_path, self.ROSTER), policy="latest", unknown="refuse")
        assert "a1" in ids(got)

    def test_an_unknown_student_is_refused_skipped_or_graded(self, tmp_path):
        people = roster(tmp_path, self.ROSTER)
        with pytest.raises(BatchError, match=r"not on the roster: c33 .*did you mean \"c3\"\?"):
            turns([work("c33")], people, policy="latest", unknown="refuse")
        assert not turns([work("c33")], people, policy="latest", unknown="skip")
        assert ids(turns([work("c33")], people, policy="latest", unknown="grade")) == {"c33": ["1"]}

    def test_two_submissions_that_claim_one_student_are_refused(self, tmp_path):
        with pytest.raises(BatchError, match="2 submissions claim the student a1: a1 and A1"):
            turns([work("a1"), work("A1")], roster(tmp_path, self.ROSTER), policy="latest", unknown="refuse")

    def test_attempts_are_ordered_by_time_or_number(self, tmp_path):
        people = roster(tmp_path, self.ROSTER)
        early, late = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2))
        timed = [work("a1", received=late, attempt="5"), work("a1", received=early, attempt="9")]
        assert ids(turns(timed, people, policy="latest", unknown="refuse"))["a1"] == ["5"]
        assert ids(turns(timed, people, policy="best", unknown="refuse"))["a1"] == ["9", "5"]
        numbered = [work("a1", attempt="10"), work("a1", attempt="9")]
        assert ids(turns(numbered, people, policy="latest", unknown="refuse"))["a1"] == ["10"]

    def test_a_groups_work_is_for_all_of_it(self, tmp_path):
        got = turns([work("b2")], roster(tmp_path, self.ROSTER), policy="latest", unknown="refuse")
        assert ids(got) == {"a1": ["1"], "b2": ["1"]}

    def test_a_name_that_two_people_have_is_not_guessed(self, tmp_path):
        people = roster(tmp_path, "student,name\na1,Ada\na2,Ada\n")
        with pytest.raises(BatchError, match='"Ada" may be any of a1, a2'):
            turns([work("7", name="Ada")], people, policy="latest", unknown="refuse")
