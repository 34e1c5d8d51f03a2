"""Files and folders: what is read, under which name, and what is refused before it can do harm."""

from __future__ import annotations

import errno
import os
import pickle
import socket
import time
from pathlib import Path

import pytest

from grader.submission import ReadLimits, SubmissionError, read_submission
from tests.submission.notebooks import (
    BACKWARD,
    FORWARD,
    code,
    jupyterlab,
    kinds,
    note,
    refused,
    sources,
    whole,
    with_cells,
    write,
    write_bytes,
)


def read_python(folder, content, name="layers.py"):
    return whole(read_submission(write_bytes(folder, content, name)))


# One file


def test_a_python_file_is_one_unit(tmp_path):
    submission = read_python(tmp_path, FORWARD)
    (unit,) = submission.units
    assert (unit.label, unit.file, unit.cell, unit.module) == ("layers.py", "layers.py", None, "layers")
    assert unit.source == FORWARD
    assert submission.notebooks == ()
    assert submission.notes == ()
    assert submission.path == tmp_path / "layers.py"


@pytest.mark.parametrize("cell", ["# %%\n", "# In[3]:\n", "# COMMAND ----------\n"])
def test_a_notebook_saved_as_a_script_is_plain_python(cell, tmp_path):
    source = f"#!/usr/bin/env python\n{cell}{FORWARD}\n\n{cell}{BACKWARD}\n"
    assert sources(read_python(tmp_path, source)) == [source]


def test_a_file_s_sum_is_of_its_bytes_and_changes_with_them(tmp_path):
    import hashlib

    first = read_python(tmp_path, FORWARD).sha256
    assert first == hashlib.sha256(FORWARD.encode()).hexdigest()
    assert read_python(tmp_path, FORWARD + " ").sha256 != first


@pytest.mark.parametrize("name", ["hw1.py", "hw1.ipynb.txt", "hw1.ipynb.json", "hw1", "hw1.ipynb (1)"])
def test_a_notebook_by_another_name_is_read_and_said_so(name, tmp_path):
    """Browsers and learning platforms rename what they do not know."""
    submission = whole(read_submission(write(tmp_path, jupyterlab(), name)))
    assert len(submission.units) == 3
    assert note(submission, "repaired") == f"{name} is a notebook, although its name does not end in .ipynb"


def test_an_ending_in_capitals_is_the_same(tmp_path):
    assert len(whole(read_submission(write(tmp_path, jupyterlab(), "HW1.IPYNB"))).units) == 3
    assert len(read_python(tmp_path, FORWARD, "LAYERS.PY").units) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "hw1.pdf",
            b"%PDF-1.7\n\xe2\xe3",
            "hw1.pdf: is no notebook, .py file, .zip or folder; name one of these",
        ),
        ("hw1.png", b"\x89PNG\r\n\x1a\n\0", "is no notebook"),
        ("notes.txt", "def f(): pass", "is no notebook"),
        ("hw1.tar.gz", b"\x1f\x8b", "is an archive of a kind that is not read; make a .zip of it"),
        ("hw1.rar", b"Rar!", "make a .zip of it"),
        ("hw1.dat", b"PK\3\4....", "is an archive by another name; let its name end in .zip"),
        ("layers.py", "", "layers.py: the file is empty; was it saved before it was handed in?"),
        ("layers.py", "\n \n", "is empty"),
        ("layers.py", b"x = 1\n\0\n", "there is a NUL byte in line 2"),
        ("layers.py", b"\x7fELF\0\0", "NUL byte in line 1"),
        ("hw1.zip", b"", "is not a .zip that can be read"),
        ("hw1.zip", b"<html>", "is not a .zip that can be read"),
    ],
)
def test_what_is_no_submission_is_refused_in_one_line(name, content, said, tmp_path):
    assert said in refused(write_bytes(tmp_path, content, name))


def test_a_missing_file_is_refused(tmp_path):
    assert refused(tmp_path / "hw2.ipynb").startswith("hw2.ipynb: there is no such file or folder")
    write_bytes(tmp_path, FORWARD, "layers.py")
    assert "no such file" in refused(tmp_path / "layers.py" / "hw1.ipynb")
    assert "no name that a file can have" in refused(tmp_path / ("a" * 300))
    assert "no name that a file can have" in refused(tmp_path / "a\0b.py")


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has no permissions of this kind")
@pytest.mark.parametrize("what", ["layers.py", "folder", "file in a folder"])
def test_a_file_that_may_not_be_read_is_refused(what, tmp_path):
    """Run as another user, since root may read everything."""
    for folder in (tmp_path, *tmp_path.parents):
        if not os.stat(folder).st_mode & 0o001:
            os.chmod(folder, os.stat(folder).st_mode | 0o011)
    path = write_bytes(tmp_path, FORWARD, "inside/layers.py")
    target = path if what == "layers.py" else path.parent
    (path if "file" in what or what == "layers.py" else path.parent).chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        said = refused(target)
    finally:
        if root:
            os.seteuid(0)
        path.parent.chmod(0o755)
    assert "may not be read (permission denied)" in said


def test_a_link_is_refused_wherever_it_leads(tmp_path):
    write_bytes(tmp_path, FORWARD, "layers.py")
    for target in ("layers.py", "/etc/passwd", "nowhere.py", "."):
        link = tmp_path / "link.py"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        assert refused(link) == "link.py: is a link, which is not followed; name the file itself"


def test_pipes_sockets_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    start = time.monotonic()
    assert "is a pipe and not a file" in refused(tmp_path / "pipe.py")
    here = os.getcwd()
    os.chdir(tmp_path)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket.py")
            assert "is a socket and not a file" in refused(tmp_path / "socket.py")
    finally:
        os.chdir(here)
    for device in ("/dev/zero", "/dev/null", "/dev/tty"):
        if Path(device).exists():
            assert "is a device and not a file" in refused(Path(device)) or "cannot be read" in refused(
                Path(device)
            )
    assert time.monotonic() - start < 10


def test_a_sparse_file_of_gigabytes_is_refused_by_its_size(tmp_path):
    path = tmp_path / "hw1.ipynb"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    start = time.monotonic()
    said = refused(path)
    assert said.startswith(
        "hw1.ipynb: is 2.15 GB large, and at most 20 MB are read; clear a notebook's outputs"
    )
    assert time.monotonic() - start < 5


def test_a_file_that_grows_or_hides_its_size_is_not_read_beyond_the_limit(tmp_path):
    """Files of /proc say that they are empty."""
    endless = Path("/proc/self/maps")
    if not endless.exists():
        pytest.skip("this system has no /proc")
    assert "is no notebook" in refused(endless)
    assert "at most 1e-05 MB are read" in refused(endless, limits=ReadLimits(file_bytes=10))


def test_an_error_of_reading_itself_is_one_clear_line(monkeypatch, tmp_path):
    path = write_bytes(tmp_path, FORWARD, "layers.py")

    def fails(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "open", fails)
    assert refused(path) == "layers.py: cannot be read: Input/output error"


def test_a_hostile_name_is_safe_to_show(tmp_path):
    path = write_bytes(tmp_path, FORWARD, "a\x1b[2J\u202egnp.py")
    submission = whole(read_submission(path))
    assert submission.name == "a\\x1b[2J\\x202egnp.py"
    assert submission.units[0].module == ""
    assert "\\x1b" in refused(write_bytes(tmp_path, "", "b\x1b.py"))


def test_the_error_has_its_parts_and_survives_pickling(tmp_path):
    with pytest.raises(SubmissionError) as caught:
        read_submission(tmp_path / "no.py")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.file, error.problem) == ("no.py", "there is no such file or folder")
    assert str(error) == str(caught.value)


# Encodings


@pytest.mark.parametrize(
    "content",
    [
        "name = 'é'\n".encode(),
        "name = 'é'\n".encode("utf-8-sig"),
        b"# -*- coding: utf-8 -*-\nname = '\xc3\xa9'\n",
        b"# -*- coding: latin-1 -*-\nname = '\xe9'\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=ISO-8859-1 :\nname = '\xe9'\n",
        b"# coding=cp1252\nname = '\xe9'\n",
        b"\xef\xbb\xbf# coding: utf-8\r\nname = '\xc3\xa9'\r\n",
        b"# coding: utf-8-unix\nname = '\xc3\xa9'\n",
    ],
)
def test_a_declared_encoding_is_honoured(content, tmp_path):
    (source,) = sources(read_python(tmp_path, content))
    assert source.endswith("name = 'é'\n")
    assert not source.startswith("\ufeff")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# coding: rot13\nvzcbeg bf\n", "declares the encoding rot13, which is not read; save it as UTF-8"),
        (b"\n# coding: utf-7\nx = '+AGE-'\n", "the encoding utf-7"),
        (b"# coding: unicode_escape\n", "the encoding unicode_escape"),
        (b"# coding: no-such-thing\n", "the encoding no-such-thing"),
        (b"x = 1\ny = '\xe9'\n", "is not UTF-8 text: line 2 has other bytes; save it as UTF-8"),
        (b"# coding: ascii\ny = '\xe9'\n", "is not ASCII text: line 2"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "is marked as UTF-8 and declares the encoding latin-1"),
        ("x = 1\n".encode("utf-16"), "is saved as UTF-16, which Python does not read; save it as UTF-8"),
        ("x = 1\n".encode("utf-32"), "is saved as UTF-32"),
    ],
)
def test_an_encoding_that_hides_or_breaks_the_text_is_refused(content, said, tmp_path):
    assert said in refused(write_bytes(tmp_path, content, "layers.py"))


def test_a_declaration_counts_only_where_python_looks_for_one(tmp_path):
    for content in ("x = 1\n# coding: rot13\n", "\n\n# coding: rot13\n", "s = '# coding: rot13'\n"):
        assert sources(read_python(tmp_path, content)) == [content]


def test_line_ends_of_any_system_count_as_lines(tmp_path):
    assert sources(read_python(tmp_path, b"a = 1\r\nb = 2\rc = 3\n")) == ["a = 1\nb = 2\nc = 3\n"]


# Folders


def test_a_folder_gives_its_python_files_and_then_its_notebooks(tmp_path):
    write_bytes(tmp_path, FORWARD, "cs231n/layers.py")
    write_bytes(tmp_path, "", "cs231n/__init__.py")
    write_bytes(tmp_path, "y = 1", "b/__init__.py")
    write_bytes(tmp_path, "x = 1", "my-notes.py")
    write(tmp_path, with_cells(code("a = 1", id="a")), "z.ipynb")
    write(tmp_path, with_cells(code("b = 1", id="a")), "part 1/q.ipynb")
    write_bytes(tmp_path, b"\x89PNG", "picture.png")
    submission = whole(read_submission(tmp_path))
    assert [(u.label, u.file, u.module) for u in submission.units] == [
        ("b/__init__.py", "b/__init__.py", "b"),
        ("cs231n/layers.py", "cs231n/layers.py", "cs231n.layers"),
        ("my-notes.py", "my-notes.py", ""),
        ("part 1/q.ipynb, cell 1", "part 1/q.ipynb", ""),
        ("z.ipynb, cell 1", "z.ipynb", ""),
    ]
    assert [file for file, _ in submission.notebooks] == ["part 1/q.ipynb", "z.ipynb"]
    assert submission.notes == ()


def test_a_single_notebook_in_a_folder_keeps_short_labels(tmp_path):
    write(tmp_path, jupyterlab(), "hw1.ipynb")
    assert [unit.label for unit in read_submission(tmp_path).units] == ["cell 2", "cell 3", "cell 4"]


def test_what_tools_leave_behind_is_not_read(tmp_path):
    write_bytes(tmp_path, FORWARD, "layers.py")
    for place in (
        ".git/hooks",
        "__pycache__",
        ".ipynb_checkpoints",
        "__MACOSX",
        "node_modules",
        ".venv/lib",
        "a/.x",
    ):
        write_bytes(tmp_path, "evil = 1", f"{place}/a.py")
    write_bytes(tmp_path, "evil = 1", "._layers.py")
    write_bytes(tmp_path, "home = /usr", "my environment/pyvenv.cfg")
    write_bytes(tmp_path, "evil = 1", "my environment/lib/site.py")
    write_bytes(tmp_path, "evil = 1", "env/lib/site.py")
    write_bytes(tmp_path, "", "env/bin/activate")
    write_bytes(tmp_path, "kept = 1", "src/env/world.py")
    submission = whole(read_submission(tmp_path))
    assert sources(submission) == [FORWARD, "kept = 1"]
    assert submission.notes == ()


def test_links_pipes_and_archives_in_a_folder_are_skipped_and_said(tmp_path):
    outside = write_bytes(tmp_path, "secret = 1", "outside/secret.py")
    inside = tmp_path / "hw1"
    write_bytes(inside, FORWARD, "layers.py")
    (inside / "stolen.py").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "round").symlink_to(inside)
    (inside / "data.txt").symlink_to("/etc/passwd")
    os.mkfifo(inside / "pipe.py")
    write_bytes(inside, b"PK\3\4", "more.zip")
    write_bytes(inside, FORWARD, "a\x1bb.py")
    submission = whole(read_submission(inside))
    assert sources(submission) == [FORWARD]
    assert sorted(n.where for n in submission.notes) == [
        "a\\x1bb.py", "folder", "more.zip", "pipe.py", "round", "stolen.py",
    ]  # fmt: skip
    assert set(kinds(submission)) == {"skipped file"}
    assert "secret" not in repr(submission)


def test_one_bad_file_costs_a_note_and_not_the_submission(tmp_path):
    write_bytes(tmp_path, FORWARD, "layers.py")
    write_bytes(tmp_path, "{", "broken.ipynb")
    write_bytes(tmp_path, b"\0", "binary.py")
    write_bytes(tmp_path, b"x" * 5000, "large.py")
    submission = whole(read_submission(tmp_path, limits=ReadLimits(file_bytes=4000)))
    assert sources(submission) == [FORWARD]
    assert [(n.kind, n.where) for n in submission.notes] == [
        ("skipped file", "large.py"),
        ("skipped file", "binary.py"),
        ("skipped file", "broken.ipynb"),
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "hw1: Python files or notebooks are not there; name the notebook"),
        ({"a.txt": "x"}, "Python files or notebooks are not there"),
        ({"__init__.py": ""}, "Python files or notebooks have nothing in them"),
        ({"a.py": b"\0"}, "hw1: nothing in it can be read: a.py is not Python text: there is a NUL byte"),
        ({"more.zip": b"PK"}, "hw1: nothing in it was read: more.zip was not read: an archive inside"),
    ],
)
def test_a_folder_with_nothing_to_read_is_refused(files, said, tmp_path):
    folder = tmp_path / "hw1"
    folder.mkdir()
    for name, content in files.items():
        write_bytes(folder, content, name)
    assert said in refused(folder)


def test_a_folder_of_too_much_is_refused(tmp_path):
    for number in range(6):
        write_bytes(tmp_path, "x = 1\n" * 100, f"a{number}.py")
    assert "has 6 Python files and notebooks, and at most 5" in refused(tmp_path, limits=ReadLimits(files=5))
    assert "holds more than 3 files" in refused(tmp_path, limits=ReadLimits(entries=3))
    assert "and at most 0.001 MB are read" in refused(tmp_path, limits=ReadLimits(total_bytes=1000))
    assert len(read_submission(tmp_path, limits=ReadLimits(files=6)).units) == 6


def test_folders_of_any_depth_end(tmp_path):
    write_bytes(tmp_path, FORWARD, "a.py")
    write_bytes(tmp_path, FORWARD, "d/" * 300 + "a.py")
    submission = whole(read_submission(tmp_path))
    assert len(submission.units) == 1
    assert "lies more than 20 folders deep" in note(submission, "skipped file")


def test_a_folder_s_sum_depends_on_names_and_contents_alone(tmp_path):
    for folder, files in {"a": ("x.py", "y.py"), "b": ("y.py", "x.py"), "c": ("x.py", "z.py")}.items():
        for name in files:
            write_bytes(tmp_path / folder, f"v = '{name}'".replace("z", "y"), name)
    sums = [read_submission(tmp_path / folder).sha256 for folder in "abc"]
    assert sums[0] == sums[1] != sums[2]


def test_two_notebooks_that_disagree_on_their_student_are_told_apart(tmp_path):
    for name, student in (("a.ipynb", "s1"), ("b.ipynb", "s2")):
        write(
            tmp_path,
            with_cells(code("x = 1", id="a"), chainmark={"student": student, "assignment": "hw1"}),
            name,
        )
    submission = whole(read_submission(tmp_path))
    assert submission.metadata == {"student": "s1", "assignment": "hw1"}
    assert note(submission, "metadata") == "b.ipynb: another notebook has another student; the first counts"


def test_the_folder_where_one_stands_has_a_name(tmp_path, monkeypatch):
    write_bytes(tmp_path, FORWARD, "layers.py")
    monkeypatch.chdir(tmp_path)
    assert read_submission(Path(".")).name == tmp_path.name
