"""Temporary folders: who is killed leaves one, the next run removes it, and nobody else's is ever touched."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from grader.batch.errors import BatchError
from grader.batch.scratch import LOCK, MARK, PREFIX, Scratch, sweep
from tests.batch.classes import ASSIGNMENT as FIVE
from tests.batch.classes import write
from tests.batch.shared import ROOT, assignment, start
from tests.batch.test_interrupted import reports

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of files are others there")

HOLD = """
import sys, time
from grader.batch.scratch import Scratch
kept = Scratch()
(kept.path / "submission.py").write_text("x = 1")
print(kept.path.parent, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A place for temporary files that nobody else uses."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def holder():
    """A process that has a scratch folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    )
    return process, process.stdout.readline().strip()


def test_a_folder_in_use_is_left_alone_and_one_whose_owner_was_killed_is_removed():
    process, folder = holder()
    try:
        assert sweep() == 0
        assert os.path.isdir(folder)
    finally:
        process.kill()
        process.communicate()
    assert sweep() == 1
    assert not os.path.exists(folder)


def test_the_next_scratch_folder_clears_away_what_was_left(place):
    process, folder = holder()
    process.kill()
    process.communicate()
    with Scratch() as mine:
        assert not os.path.exists(folder)
        assert list(mine.path.iterdir()) == []
    assert list(place.iterdir()) == []


def test_what_is_not_ours_in_every_respect_stays(place, tmp_path):
    """Another's name, no lock, another lock, a link to somebody's files, a lock that is a link or a pipe."""
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / LOCK).write_bytes(MARK)
    for name in ("other-1", f"{PREFIX}bare", f"{PREFIX}foreign", f"{PREFIX}linked", f"{PREFIX}pipe"):
        (place / name).mkdir()
        (place / name / "mine.txt").write_text("mine")
    (place / "other-1" / LOCK).write_bytes(MARK)
    (place / f"{PREFIX}foreign" / LOCK).write_bytes(b"process 7\n")
    (place / f"{PREFIX}linked" / LOCK).symlink_to(thesis / LOCK)
    os.mkfifo(place / f"{PREFIX}pipe" / LOCK)
    (place / f"{PREFIX}link").symlink_to(thesis)
    (place / f"{PREFIX}file").write_bytes(MARK)
    before = sorted(place.rglob("*"))
    assert sweep() == 0
    assert sorted(place.rglob("*")) == before
    assert (thesis / LOCK).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_another_users_folder_stays(place):
    """Root could remove it, and must not."""
    folder = place / f"{PREFIX}theirs"
    folder.mkdir()
    (folder / LOCK).write_bytes(MARK)
    os.chown(folder / LOCK, 12345, 12345)
    assert sweep() == 0
    os.chown(folder, 12345, 12345)
    os.chown(folder / LOCK, 0, 0)
    assert sweep() == 0
    os.chown(folder, 0, 0)
    assert sweep() == 1  # it was this alone that held it back


def test_a_lock_is_held_from_the_moment_that_it_can_be_seen(place):
    with Scratch() as mine, open(mine.path.parent / LOCK, "rb") as stream:
        assert stream.read() == MARK
        with pytest.raises(BlockingIOError):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_without_room_or_right_it_is_one_line_that_names_the_place(place, monkeypatch):
    def none(*_given, **_more):
        raise OSError(28, "No space left on device")

    assert tempfile.gettempdir() == str(place)
    monkeypatch.setattr(os, "write", none)
    with pytest.raises(BatchError, match=f"cannot write temporary files in {place}: No space left.*TMPDIR"):
        Scratch()
    assert list(place.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", None)  # when even looking for a place finds none
    with pytest.raises(BatchError, match="in any of the usual places: No usable temporary directory"):
        Scratch()


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
def test_a_grader_that_is_killed_leaves_nothing_after_the_next_run(tmp_path, place):
    write(tmp_path / "in", 12, seed=3)
    given = assignment(tmp_path, FIVE)
    process = start("grade", given, tmp_path / "in", "--out", tmp_path / "out", start_new_session=True)
    while process.poll() is None and reports(tmp_path / "out") < 2:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)  # the desks too, so that nobody can tidy up
    process.communicate()
    until = time.monotonic() + 20
    while not list(place.glob(f"{PREFIX}*/{LOCK}")) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(place.glob(f"{PREFIX}*/{LOCK}"))
    process = start("grade", given, tmp_path / "in", "--out", tmp_path / "out")
    _, err = process.communicate(timeout=120)
    assert process.returncode in (0, 3), err
    assert not list(place.glob(f"{PREFIX}*/{LOCK}"))
