"""A real disk that is full, in each place that is written to: one clear line, sound files, and it goes on later."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

from tests.batch.classes import ASSIGNMENT as FIVE
from tests.batch.classes import write
from tests.batch.shared import RIGHT, WRONG, assignment, put, start
from tests.batch.test_interrupted import content, reports, sound

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
    pytest.mark.skipif(
        sys.platform == "win32" or os.geteuid() != 0, reason="mounting a small disk needs root"
    ),
]

CLASS = 24


class Disk:
    """A small file system of its own."""

    def __init__(self, path):
        self.path = path
        path.mkdir()

    def size(self, kilobytes, *, more=""):
        """Mount it, or change its size."""
        options = f"{more}size={kilobytes}k"
        asked = ["mount", "-t", "tmpfs", "-o", options, "none", str(self.path)]
        return not subprocess.run(asked, capture_output=True, check=False).returncode

    def grow(self):
        """Make room."""
        assert self.size(100_000, more="remount,")

    def fill(self):
        """Write until no byte is left, and leave it so."""
        with (self.path / "film.mp4").open("wb", buffering=0) as stream:
            for chunk in (65536, 4096, 1):
                try:
                    while True:
                        stream.write(b"x" * chunk)
                except OSError:
                    continue


@pytest.fixture
def disk(tmp_path):
    """A disk of 300 kB."""
    made = Disk(tmp_path / "disk")
    if not made.size(300):
        pytest.skip("this container may not mount")
    try:
        yield made
    finally:
        subprocess.run(["umount", "--lazy", str(made.path)], check=True)


def ran(*arguments, **more):
    """(exit code, lines of stdout, lines of stderr) of the command as a program of its own."""
    process = start(*arguments, **more)
    out, err = process.communicate(timeout=240)
    assert "Traceback" not in err, err
    return process.returncode, out.splitlines(), err.splitlines()


def test_results_that_fill_the_disk_end_in_one_line_and_go_on_when_there_is_room(tmp_path, disk):
    write(tmp_path / "in", CLASS, seed=3)
    command = ("grade", assignment(tmp_path, FIVE), tmp_path / "in", "--out", disk.path / "out")
    code, _, err = ran(*command, "-q")
    assert (code, len(err)) == (2, 1), err
    assert "gradebook.db" in err[0]
    assert "full" in err[0]
    sound(disk.path / "out")
    had = reports(disk.path / "out")
    assert 0 < had < CLASS
    disk.grow()
    code, out, err = ran(*command)
    assert code in (0, 3), err
    assert f"{had} unchanged" in out[0]
    sound(disk.path / "out")
    ran("grade", tmp_path / "assignment.toml", tmp_path / "in", "--out", tmp_path / "whole", "-q")
    assert content(disk.path / "out") == content(tmp_path / "whole")


def test_a_disk_that_is_full_from_the_start_is_one_line_and_does_not_stay_in_the_way(tmp_path, disk):
    put(tmp_path / "in", ada=RIGHT)
    disk.fill()
    command = ("grade", assignment(tmp_path), tmp_path / "in", "--out", disk.path / "out")
    code, _, err = ran(*command, "-q")
    assert (code, len(err)) == (2, 1), err
    assert "full" in err[0]
    (disk.path / "film.mp4").unlink()
    assert ran(*command)[0] == 0
    sound(disk.path / "out")


def test_a_decision_that_cannot_be_written_is_one_line_and_is_not_half_taken(tmp_path, disk):
    put(tmp_path / "in", ada=RIGHT, bob=WRONG)
    out = disk.path / "out"
    assert ran("grade", assignment(tmp_path), tmp_path / "in", "--out", out)[0] == 0
    before = content(out)
    disk.fill()
    for command in (
        ("waive", out, "relu", "dx", "--reason", "x" * 400),
        ("publish", out),
        ("adjust", out, "bob", "--add", "1", "--reason", "y" * 400),
    ):
        code, said, err = ran(*command)
        if code == 0:  # a page of the file had room for it
            continue
        assert (code, said, len(err)) == (2, [], 1), (command, err)
        assert "full" in err[0]
    sound(out)
    for command in ("report", "export"):
        code, _, err = ran(command, out)
        assert (code, len(err)) == (2, 1), err
        assert "No space left" in err[0] or "is it full?" in err[0]
    assert not (out / "marks.csv").exists()
    disk.grow()
    assert content(out).keys() == before.keys()
    assert ran("report", out)[0] == 0
    assert ran("export", out)[0] == 0


def test_a_class_in_a_zip_that_does_not_fit_is_one_line(tmp_path, disk):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for number in range(8):
            archive.writestr(f"s{number}.py", RIGHT + f"# {number}" + "x" * 90_000)
    command = ("grade", assignment(tmp_path), tmp_path / "in.zip", "--out", disk.path / "out")
    code, _, err = ran(*command, "-q")
    assert (code, len(err)) == (2, 1), err
    assert "No space left" in err[0]
    assert str(disk.path / "out") in err[0]
    disk.grow()
    assert ran(*command)[0] == 0


def test_a_class_in_a_zip_that_does_not_fit_among_temporary_files_is_one_line_and_touches_nothing(
    tmp_path, disk
):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for number in range(8):
            archive.writestr(f"s{number}.py", RIGHT + f"# {number}" + "x" * 90_000)
    command = ("grade", assignment(tmp_path), tmp_path / "in.zip", "--out", tmp_path / "out")
    more = {"environment": {"TMPDIR": str(disk.path)}}
    code, _, err = ran(*command, "-q", **more)
    assert (code, len(err)) == (2, 1), err
    assert f"cannot write temporary files in {disk.path}: No space left on device; make room" in err[0]
    assert not (tmp_path / "out").exists()
    assert list(disk.path.iterdir()) == []
    disk.grow()
    assert ran(*command, **more)[0] == 0


def test_work_that_does_not_fit_among_temporary_files_is_no_zero_and_is_tried_again(tmp_path, disk):
    assert disk.size(48, more="remount,")
    put(tmp_path / "in", ada=RIGHT, big=RIGHT + "# " + "x" * 60_000)
    command = ("grade", assignment(tmp_path), tmp_path / "in", "--out", tmp_path / "out")
    more = {"environment": {"TMPDIR": str(disk.path)}}
    code, _, err = ran(*command, "-q", **more)
    assert (code, len(err)) == (3, 1), err
    assert f"big: cannot write temporary files in {disk.path}: No space left on device; make room" in err[0]
    assert list(disk.path.iterdir()) == []
    disk.grow()
    code, out, _ = ran(*command, **more)
    assert (code, "1 right, 1 unchanged" in out[0]) == (0, True)


def test_where_temporary_files_have_no_room_at_all_another_place_is_taken(tmp_path, disk):
    put(tmp_path / "in", ada=RIGHT)
    disk.fill()
    command = ("grade", assignment(tmp_path), tmp_path / "in", "--out", tmp_path / "out")
    code, _, err = ran(*command, "-q", environment={"TMPDIR": str(disk.path)})
    assert (code, err) == (0, [])
