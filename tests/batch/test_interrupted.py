"""Whatever happens in the middle: nothing graded is lost, and the same command ends with the same marks."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import sys
import time
from contextlib import closing

import pytest

from grader.gradebook import Gradebook
from tests.batch.classes import ASSIGNMENT as FIVE
from tests.batch.classes import write
from tests.batch.shared import RIGHT, assignment, chainmark, interruptible, put, start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

CLASS = 24
KILLS = 3
"""In the suite; `python -m tests.batch.test_interrupted` kills ten times, in a class of a thousand."""


def content(folder):
    """All that the gradebook says, without times, run numbers and pseudonyms."""
    with Gradebook.open(folder) as book:
        rows = {}
        for row in book.marks():
            report = book.report(row.report_id)
            if report is not None:
                report["submission"]["student"] = row.student.id
            rows[row.student.id] = (row.state, row.score, row.penalised, row.trouble, row.sha256, report)
    return rows


def reports(folder):
    """How many reports there are, seen from outside while somebody writes; the file must be sound."""
    path = folder / "gradebook.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book:
        try:
            return book.execute("SELECT count(*) FROM reports").fetchone()[0]
        except sqlite3.OperationalError:
            return 0  # not made yet


def sound(folder):
    book = sqlite3.connect(folder / "gradebook.db")
    assert book.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert not book.execute("PRAGMA foreign_key_check").fetchall()
    book.close()


def killed_until_done(folder, count, kills, seed=1):
    """Grade, kill -9 after a random number of reports, again; then to the end. Returns the reports at each kill."""
    rng = random.Random(seed)
    at = []
    for stop in sorted(rng.sample(range(1, count), kills)):
        process = start("grade", folder / "assignment.toml", folder / "in", "--out", folder / "killed", "-q")
        while process.poll() is None and reports(folder / "killed") < stop:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        at.append(reports(folder / "killed"))
    code, _, _ = chainmark(
        "grade", folder / "assignment.toml", folder / "in", "--out", folder / "killed", "-q"
    )
    assert code in (0, 3)
    sound(folder / "killed")
    return at


def test_killed_at_random_moments_it_ends_with_the_same_gradebook(tmp_path):
    write(tmp_path / "in", CLASS, seed=3)
    assignment(tmp_path, FIVE)
    chainmark("grade", tmp_path / "assignment.toml", tmp_path / "in", "--out", tmp_path / "whole", "-q")
    at = killed_until_done(tmp_path, CLASS, KILLS)
    assert at == sorted(at)  # nothing that was there is gone
    assert at[0] < CLASS
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    # What had been graded before a kill was not graded again.
    assert reports(tmp_path / "killed") == reports(tmp_path / "whole")


def test_no_process_outlives_a_killed_grader(tmp_path):
    put(
        tmp_path / "in",
        ada=RIGHT,
        bob=RIGHT + "\nwhile True:\n    pass\n",
        cy="x = [0]\nwhile x:\n    x = [1]\n",
    )
    process = start("grade", assignment(tmp_path), tmp_path / "in", "--out", tmp_path / "out", "--jobs", "2")
    until = time.monotonic() + 60
    while not (family := descendants(process.pid)) and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert family
    while alive(family) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(family)


def descendants(pid):
    found = []
    for each in os.listdir("/proc"):
        if each.isdigit():
            try:
                with open(f"/proc/{each}/stat") as stream:
                    parent = int(stream.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found += [int(each), *descendants(int(each))]
    return found


def alive(pids):
    def lives(pid):
        try:
            with open(f"/proc/{pid}/stat") as stream:
                return stream.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return [pid for pid in pids if lives(pid)]


@interruptible
def test_ctrl_c_says_how_far_it_got_and_the_same_command_goes_on(tmp_path):
    write(tmp_path / "in", CLASS, seed=3)
    given = assignment(tmp_path, FIVE)
    process = start("grade", given, tmp_path / "in", "--out", tmp_path / "out")
    while process.poll() is None and reports(tmp_path / "out") < 3:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"of {CLASS} are done; the same command goes on from there" in err
    had = reports(tmp_path / "out")
    _, out, _ = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out")
    assert f"{had} unchanged" in out


def test_a_full_disk_stops_it_in_one_line_and_the_gradebook_is_sound(tmp_path):
    """No file may grow beyond 200 kB: what SQLite meets is what it meets on a full disk."""
    write(tmp_path / "in", CLASS, seed=3)
    given = assignment(tmp_path, FIVE)

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = start("grade", given, tmp_path / "in", "--out", tmp_path / "out", preexec_fn=small)
    _, err = process.communicate(timeout=120)
    last = err.strip().splitlines()[-1]
    assert process.returncode == 2, err
    assert "is it full? What was written is sound" in last
    assert "Traceback" not in err
    sound(tmp_path / "out")
    assert 0 < reports(tmp_path / "out") < CLASS
    code, _, _ = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")
    assert code in (0, 3)
    assert len(content(tmp_path / "out")) == CLASS


def test_a_grader_process_that_dies_loses_nothing(tmp_path):
    write(tmp_path / "in", CLASS, seed=3)
    given = assignment(tmp_path, FIVE)
    process = start("grade", given, tmp_path / "in", "--out", tmp_path / "out", "--jobs", "2")
    while process.poll() is None and reports(tmp_path / "out") < 3:
        time.sleep(0.01)
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as stream:
        children = [int(pid) for pid in stream.read().split()]
    os.kill(children[0], signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert f"{CLASS} submissions" in out, err
    chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "whole", "-q")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "in", 1000)
        assignment(folder, FIVE)
        chainmark("grade", folder / "assignment.toml", folder / "in", "--out", folder / "whole", "-q")
        at = killed_until_done(folder, 1000, 10)
        same = content(folder / "killed") == content(folder / "whole")
        print(f"killed at {at} reports; the same gradebook: {same}; reports {reports(folder / 'killed')}")
        sys.exit(not same)
