"""The files themselves: versions and their migration, one writer at a time, pseudonyms, what errors say."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from grader.gradebook import GradebookError, Person, store
from grader.gradebook.ledger import Graded, Handed, Ledger
from grader.gradebook.people import People
from grader.gradebook.read import Gradebook

CONTENT = (
    '{"id": "hw1", "title": "T", "version": "1", "due": null, "late": {}, "exercises": '
    '[{"id": "relu", "title": "R", "kind": "layer", "max_score": 2.0, "nodes": {"out": 1.0, "dx": 1.0}}]}'
)


def summary(score):
    return (
        f'[{{"id": "relu", "status": "graded", "score": {score}, "strict": {score}, "max": 2.0, '
        '"provisional": false, "slips": 0, "nodes": [], "mistakes": [], "reason": ""}]'
    )


def graded(score=2.0, *, complete=True):
    from grader.gradebook.content import pack, pack_units

    trouble = "" if complete else "relu: the grader itself failed"
    text = '{"submission": {"student": "s1"}}'
    return Graded("i", complete, summary(score), pack(text), pack_units(()), trouble)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.opened(tmp_path, create=True) as made:
        made.claim("hw1")
        made.begin(CONTENT, versions={}, sandbox="A", seed="practice public", jobs=1)
        yield made


def enrolled(ledger, id="ada"):
    who = ledger.people.pseudonym(id)
    ledger.people.enrol([Person(who, id)], enrolled=True)
    return who


def marks(ledger, who):
    with Gradebook.open(ledger.folder) as book:
        return book.marks_of(who)


class TestWhatCounts:
    def test_an_incomplete_report_displaces_no_complete_one(self, ledger):
        who = enrolled(ledger)
        ledger.graded(Handed(who, "a", "1"), graded(2.0))
        ledger.graded(Handed(who, "b", "1"), graded(0.0, complete=False))
        row = marks(ledger, who)
        assert (row.score, row.sha256) == (2.0, "a")
        assert "the grader itself failed" in row.trouble
        ledger.graded(Handed(who, "b", "1"), graded(1.0))
        row = marks(ledger, who)
        assert (row.score, row.sha256, row.trouble) == (1.0, "b", "")

    def test_an_incomplete_report_is_better_than_none(self, ledger):
        who = enrolled(ledger)
        ledger.ungraded(Handed(who, "", "1"), "is empty")
        ledger.graded(Handed(who, "b", "1"), graded(1.0, complete=False))
        assert marks(ledger, who).score == 1.0

    def test_the_best_is_chosen_after_lateness(self, ledger):
        late = CONTENT.replace(
            '"due": null, "late": {}', '"due": "2026-11-20T00:00:00+00:00", "late": {"percent_a_day": 50.0}'
        )
        ledger.begin(late, versions={}, sandbox="A", seed="practice public", jobs=1)
        who = enrolled(ledger)
        ledger.graded(Handed(who, "a", "1", datetime(2026, 11, 19, tzinfo=UTC)), graded(1.5))
        ledger.graded(Handed(who, "b", "2", datetime(2026, 11, 21, tzinfo=UTC)), graded(2.0))
        assert marks(ledger, who).penalised == 1.0
        ledger.settle_best({who})
        assert marks(ledger, who).penalised == 1.5

    def test_one_that_fails_in_the_middle_leaves_nothing(self, ledger):
        who = enrolled(ledger)
        with pytest.raises(sqlite3.IntegrityError):
            ledger.graded(Handed(who, "a", "1"), replace(graded(), summary=None))
        assert marks(ledger, who).score is None
        with Gradebook.open(ledger.folder) as book:
            assert not book.history(who)
            assert not book.sources("a")


class TestFiles:
    def test_an_older_gradebook_is_brought_up_to_date(self, tmp_path, monkeypatch):
        with Ledger.opened(tmp_path, create=True) as ledger:
            ledger.claim("hw1")
        monkeypatch.setattr(store, "VERSION", 2)
        monkeypatch.setattr(
            store, "MIGRATIONS", {1: "ALTER TABLE audit ADD COLUMN more TEXT NOT NULL DEFAULT 'x';"}
        )
        monkeypatch.setattr(store, "ROSTER", "none")
        book = store.connect(tmp_path / store.BOOK, "schema.sql")
        assert book.execute("PRAGMA user_version").fetchone()[0] == 2
        book.execute("SELECT more FROM audit")
        book.close()

    def test_a_migration_that_fails_leaves_the_old_version(self, tmp_path, monkeypatch):
        with Ledger.opened(tmp_path, create=True) as ledger:
            ledger.claim("hw1")
        monkeypatch.setattr(store, "VERSION", 2)
        monkeypatch.setattr(
            store, "MIGRATIONS", {1: "CREATE TABLE extra (a); ALTER TABLE nothing ADD COLUMN b;"}
        )
        with pytest.raises(GradebookError):
            store.connect(tmp_path / store.BOOK, "schema.sql")
        book = sqlite3.connect(tmp_path / store.BOOK)
        assert book.execute("PRAGMA user_version").fetchone()[0] == 1
        assert not book.execute("SELECT * FROM sqlite_master WHERE name = 'extra'").fetchall()
        book.close()

    def test_somebody_elses_database_is_left_alone(self, tmp_path):
        other = sqlite3.connect(tmp_path / store.BOOK)
        other.execute("CREATE TABLE photos (a)")
        other.close()
        before = (tmp_path / store.BOOK).read_bytes()
        with pytest.raises(GradebookError, match="is a database, but not of chainmark's"):
            Gradebook.open(tmp_path)
        assert (tmp_path / store.BOOK).read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == [store.BOOK]

    def test_two_writers_do_not_meet(self, ledger):
        with pytest.raises(GradebookError, match="another chainmark"), Ledger.opened(ledger.folder):
            pass

    def test_pseudonyms_are_stable_in_a_folder_and_differ_between_folders(self, tmp_path):
        found = []
        for name in ("a", "a", "b"):
            (tmp_path / name).mkdir(exist_ok=True)
            people = People(tmp_path / name, create=True)
            found.append(people.pseudonym("ada"))
            people.close()
        assert found[0] == found[1] != found[2]

    def test_a_persons_empty_fields_do_not_wipe_what_was_known(self, ledger):
        who = ledger.people.pseudonym("ada")
        until = datetime(2026, 12, 1, tzinfo=UTC)
        ledger.people.enrol([Person(who, "ada", "Ada", section="B", extension=until)], enrolled=True)
        ledger.people.enrol([Person(who, "ada")], enrolled=False)
        known = ledger.people.all()[who]
        assert (known.name, known.section, known.extension) == ("Ada", "B", until)

    def test_a_person_is_found_by_id_address_or_name_and_never_guessed(self, ledger):
        for id, name in (("a1", "Ada"), ("a2", "Ada")):
            who = ledger.people.pseudonym(id)
            ledger.people.enrol([Person(who, id, name, f"{id}@x.edu")], enrolled=True)
        with Gradebook.open(ledger.folder) as book:
            assert book.person("A1").id == book.person("a1@x.edu").id == "a1"
            with pytest.raises(GradebookError, match="is the name of several students; say which: a1, a2"):
                book.person("ada")
            with pytest.raises(GradebookError, match='no student "a3"'):
                book.person("a3")
