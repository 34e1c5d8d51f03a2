"""A class on a real Dask cluster of separate processes: the gradebook of a local run, whatever happens there."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import sys
import time
from logging import CRITICAL

import pytest

from grader.batch import scheduler
from grader.batch.course import load_course
from grader.batch.desk import Job
from grader.batch.parcel import course_files, taught_source, wrapped
from grader.batch.reading import fingerprint
from grader.gradebook import State
from tests.batch.classes import ASSIGNMENT as FIVE
from tests.batch.classes import write
from tests.batch.own_course import KEY, OWN, SOLVED, own_exercises
from tests.batch.shared import RIGHT, WRONG, assignment, chainmark, files, interruptible, put, start
from tests.batch.test_interrupted import content, descendants, reports

distributed = pytest.importorskip("distributed", reason="chainmark[dask] is not installed")
from tests.batch.tampered import Poisoned, accept, refuse, strengthen, weaken  # noqa: E402 - once it is there

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


@pytest.fixture(scope="module")
def workers():
    """A scheduler, two worker processes that are started anew when they end, and a client to look into them."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=CRITICAL
        ) as made,
        distributed.Client(made, set_as_default=False) as client,
    ):
        yield made, client


@pytest.fixture
def on(workers):
    """The options by which a class goes to the cluster, once all that an earlier test has killed are back."""
    workers[1].wait_for_workers(2, timeout=60)
    return ("--executor", "dask", "--scheduler", workers[0].scheduler_address)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Twelve submissions, of all kinds that travel differently, graded on this machine into `here`."""
    folder = tmp_path_factory.mktemp("mixed")
    write(folder / "in", 7, seed=4)
    put(folder / "in", eve="", zoe=WRONG)
    put(folder / "in" / "folder", layers=RIGHT, other="x = 1\n")
    put(folder / "in" / "linked", layers=WRONG)
    (folder / "in" / "linked" / "away.py").symlink_to("/etc/hostname")
    shutil.make_archive(str(folder / "in" / "zipped"), "zip", put(folder / "zip", layers=WRONG))
    (folder / "key").write_bytes(KEY)
    assignment(folder, FIVE)
    assert chainmark(*asked(folder), "--out", folder / "here")[0] == 3  # one is empty
    return folder


def asked(folder):
    return ("grade", folder / "assignment.toml", folder / "in", "--key", folder / "key", "-q")


def inputs(folder):
    """The hash of all that decides each report."""
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as book:
        return sorted(book.execute("SELECT inputs FROM reports"))


def pids(client):
    return dict(client.run(os.getpid))


def zygotes(client):
    """Processes that the workers have started for students' code."""
    return [pid for each in pids(client).values() for pid in descendants(each)]


class TestSame:
    def test_the_gradebook_is_that_of_a_local_run_to_the_last_note(self, tmp_path, mixed, on, workers):
        assert chainmark(*asked(mixed), "--out", tmp_path / "there", *on)[0] == 3
        found = content(tmp_path / "there")
        assert len(found) == 12
        assert found == content(mixed / "here")
        assert "is a link" in str(found["linked"])
        assert found["eve"][0] is State.UNGRADED
        assert inputs(tmp_path / "there") == inputs(mixed / "here")
        assert {report["sandbox"] for *_, report in found.values() if report} <= {"A", "B"}
        # Nothing of it stays on the workers, neither the desks nor what was to be graded.
        until = time.monotonic() + 5
        while zygotes(workers[1]) and time.monotonic() < until:
            time.sleep(0.05)
        assert not zygotes(workers[1])
        assert "chainmark" not in str(workers[1].run(lambda dask_worker: [*dask_worker.plugins]))

    def test_a_course_s_own_exercises_travel_with_it(self, tmp_path, on):
        own_exercises(tmp_path / "layers")
        (tmp_path / "hw").mkdir()
        given = assignment(tmp_path / "hw", OWN)
        put(tmp_path / "in", ada=SOLVED.replace(" + q", ""), bob=SOLVED)
        for place, more in (("here", ()), ("there", on)):
            code, _, err = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / place, *more)
            assert code == 0, err
        found = content(tmp_path / "there")
        assert found == content(tmp_path / "here")
        assert found["ada"][1] < found["bob"][1]


class TestWhateverHappens:
    def test_a_killed_worker_loses_nothing(self, tmp_path, mixed, on, workers):
        process = start(*asked(mixed), "--out", tmp_path / "there", *on)
        victim = next(iter(pids(workers[1]).values()))
        while process.poll() is None and not reports(tmp_path / "there"):
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 3, err
        assert victim not in pids(workers[1]).values()
        assert content(tmp_path / "there") == content(mixed / "here")
        assert inputs(tmp_path / "there") == inputs(mixed / "here")

    def test_a_submission_that_workers_die_of_does_not_hold_up_the_others(
        self, tmp_path, on, workers, monkeypatch
    ):
        made, client = workers
        monkeypatch.setattr(made.scheduler, "allowed_failures", 0)
        put(tmp_path / "in", ada=RIGHT, bob=WRONG, eve=RIGHT + "# poison\n")
        client.register_plugin(Poisoned(), name="poisoned")
        try:
            code, out, err = chainmark(
                "grade", assignment(tmp_path), tmp_path / "in", "--out", tmp_path / "out", *on
            )
        finally:
            client.unregister_worker_plugin("poisoned")
        assert (code, "1 right, 1 partly right, 1 could not be graded" in out) == (3, True), (out, err)
        assert "eve: the workers that grade it ended, time and again" in err

    def test_what_one_worker_refuses_another_grades(self, tmp_path, on, workers):
        client = workers[1]
        first = next(iter(pids(client)))
        client.run(refuse, workers=[first])
        put(tmp_path / "in", **{f"s{number}": RIGHT + f"# {number}\n" for number in range(6)})
        try:
            code, out, err = chainmark(
                "grade", assignment(tmp_path), tmp_path / "in", "--out", tmp_path / "out", *on
            )
        finally:
            client.run(accept, workers=[first])
        assert (code, "6 right" in out) == (0, True), err
        assert err.count(f"the worker {first} does not grade: it has no room") == 1

    @interruptible
    def test_after_ctrl_c_the_same_command_goes_on(self, tmp_path, on):
        write(tmp_path / "in", 12, seed=3)
        given = assignment(tmp_path, FIVE)
        process = start("grade", given, tmp_path / "in", "--out", tmp_path / "out", *on)
        while process.poll() is None and not reports(tmp_path / "out"):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "of 12 are done; the same command goes on from there" in err
        assert "Traceback" not in err
        had = reports(tmp_path / "out")
        assert had < 12
        _, out, _ = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", *on)
        assert f"{had} unchanged" in out


def test_a_desk_that_gets_no_more_work_is_put_away_and_set_up_when_some_comes(tmp_path, monkeypatch):
    """Whoever gave the work may have been killed, and then nobody says that it is over."""
    from grader.batch import station

    monkeypatch.setattr(station, "IDLE", 0.05)
    given = assignment(tmp_path)
    course = load_course(given)
    put(tmp_path / "in", submission=WRONG)
    path = tmp_path / "in" / "submission.py"
    job = Job(0, (path,), (), "ada", "p1", fingerprint((path,), ()), "", course.seeds("ada", "1"))
    here = station.Station(course_files(given), taught=taught_source(course), weak=True)
    here.setup(worker=None)
    told = []
    for _ in range(2):
        told.append(here.grade(wrapped(job, personal=False)).graded.report)
        until = time.monotonic() + 10
        while own_zygotes() and time.monotonic() < until:
            time.sleep(0.01)
        assert not own_zygotes()
    assert told[0] == told[1]
    here.teardown(worker=None)


def own_zygotes():
    """Below this process; those of the cluster's workers are gone when a run has ended."""
    found = []
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as stream:
            found += [pid] if b"zygote" in stream.read() else []
    return found


class TestRefusals:
    """One line, exit code 2, and nothing touched."""

    @pytest.fixture
    def refused(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        given = assignment(tmp_path)

        def said(*more):
            before = files(tmp_path)
            code, out, err = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", *more)
            assert (code, out, len(err.splitlines())) == (2, "", 1), err
            assert files(tmp_path) == before
            return err

        return said

    def test_options_that_do_not_go_together(self, refused):
        assert "--executor dask needs the address" in refused("--executor", "dask")
        assert "add --executor dask" in refused("--scheduler", "tcp://10.0.0.1:8786")
        assert "--jobs counts processes of this machine" in refused(
            "--executor", "dask", "--scheduler", "tcp://10.0.0.1:8786", "--jobs", "3"
        )

    @pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "carrier-pigeon://loft", "tcp://", "nonsense"])
    def test_a_scheduler_that_cannot_be_reached(self, refused, monkeypatch, address):
        monkeypatch.setattr(scheduler, "ANSWER", 0.5)
        said = refused("--executor", "dask", "--scheduler", address)
        assert f"no Dask scheduler answers at {address}" in said

    def test_a_scheduler_without_workers(self, refused, monkeypatch):
        monkeypatch.setattr(scheduler, "ANSWER", 0.5)
        with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty:
            said = refused("--executor", "dask", "--scheduler", empty.scheduler_address)
        assert "has no workers; start some: dask worker tcp://" in said

    def test_dask_is_not_installed(self, refused, monkeypatch, on):
        monkeypatch.setitem(sys.modules, "distributed", None)
        assert 'pip install "chainmark[dask]"' in refused(*on)

    def test_workers_that_would_grade_otherwise(self, refused, monkeypatch, on):
        ours = scheduler.versions()
        for what in ("python", "numpy", "chainmark"):
            other = tuple((name, "0.0" if name == what else version) for name, version in ours)
            monkeypatch.setattr(scheduler, "versions", lambda other=other: other)
            said = refused(*on)
            assert f"has {what} {dict(ours)[what]}, and 0.0 is used here" in said
        monkeypatch.setattr(scheduler, "versions", lambda: ours)
        monkeypatch.setattr(scheduler, "own_source", lambda: "another")
        assert "has another state of chainmark's files" in refused(*on)

    def test_workers_that_cannot_seal_strangers_code_unless_told(self, refused, tmp_path, on, workers):
        client = workers[1]
        client.run(weaken)
        try:
            said = refused(*on)
            code, out, err = chainmark(
                "grade", tmp_path / "assignment.toml", tmp_path / "in", "--out", tmp_path / "out",
                "--allow-weak-sandbox", *on,
            )  # fmt: skip
        finally:
            client.run(strengthen)
        assert "the worker tcp://" in said
        assert "cannot seal a stranger's code" in said
        assert (code, "1 right" in out) == (0, True), err
        assert "sandbox level D" in err
        assert {report["sandbox"] for *_, report in content(tmp_path / "out").values()} == {"D"}
