"""Whatever is wrong with an assignment's file is said in one clear line that names the key."""

from __future__ import annotations

import errno
import os
import pickle
import socket
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.assignment import AssignmentError, read_assignment
from tests.assignment.files import AFFINE, FULL, FUNCTIONS, HEAD, KNOWN, NODES, read, refused, write
from tests.assignment.mistakes import MISTAKES, after


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_value_that_does_not_fit_is_refused_in_one_line(tmp_path, text, said):
    """Each of these files has one mistake, and one problem is said."""
    error = refused(tmp_path, text)
    assert len(error.problems) == 1, error.lines
    assert str(error) == f"{tmp_path}/assignment.toml: {said.replace('{folder}', str(tmp_path))}"


def test_the_right_file_beside_these_mistakes_is_read(tmp_path):
    """Otherwise the refusals above might be about something else."""
    assert read(tmp_path, after()).id == "hw1"


def test_keys_above_the_first_table_are_told_where_they_belong(tmp_path):
    error = refused(tmp_path, 'id = "hw1"\n' + AFFINE)
    assert error.lines[0].endswith("id is not a key of this file; it belongs in [assignment]")


def test_an_error_has_its_parts_as_fields(tmp_path):
    error = refused(tmp_path, after(entry='points = "six"'))
    assert error.file == f"{tmp_path}/assignment.toml"
    assert (error.key, error.expected, error.got) == (
        "exercises[1].points",
        "must be a number above 0",
        '"six"',
    )
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.problems == error.problems


def test_all_problems_come_at_once_and_the_text_stays_one_line(tmp_path):
    error = refused(tmp_path, after("hints = 10\nfollow_through = 3", 'points = "six"', "cpu_seconds = 0"))
    keys = {problem.key for problem in error.problems}
    assert keys == {
        "assignment.hints",
        "assignment.follow_through",
        "exercises[1].points",
        "limits.cpu_seconds",
    }
    assert str(error).endswith("got 10 (and 3 more)")
    assert len(error.lines) == 4


def test_of_very_many_problems_five_are_listed(tmp_path):
    error = refused(tmp_path, HEAD + "".join(f'[[exercises]]\nid = "x{i}"\n' for i in range(40)))
    assert len(error.problems) == 40
    assert len(error.lines) == 6
    assert error.lines[-1] == "and 35 more"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[assignment]\nid = = "hw1"\n', "it is not valid TOML: Invalid value (at line 2, column 6)"),
        (b'[assignment]\nid = "hw1', "it is not valid TOML: Unterminated string (at end of document)"),
        (
            b"[assignment]\ndue = 2026-11-15 23:59\n",
            "it is not valid TOML: Expected newline or end of document after a statement (at line 2, column 18); "
            "write the time as 2026-11-15T23:59:00+01:00",
        ),
        (
            b"[assignment]\ndue = 2026-11-15T23:59\n",
            "it is not valid TOML: Expected newline or end of document after a statement (at line 2, column 17); "
            "write the time as 2026-11-15T23:59:00+01:00",
        ),
        (b"a = 1\na = 2\nb = 3", "it is not valid TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "its arrays or tables are nested too deeply"),
        (b"a = " + b"9" * 10_000, "it has a value that cannot be read: "),
        (b'[assignment]\nid = "hw1"\ntitle = "\xe9t\xe9"\n', "line 3 is not UTF-8; save it as UTF-8"),
        ("[assignment]\n".encode("utf-16"), "it is written in UTF-16; save it as UTF-8"),
        (b"a = 1 # " + b"x" * 1_000_000, "it is larger than 1 MB, so it is no assignment"),
        (b"\x00", "it is not valid TOML: "),
    ],
)
def test_a_file_that_is_no_toml_is_refused_in_one_line(tmp_path, content, said):
    assert str(refused(tmp_path, content)).startswith(f"{tmp_path}/assignment.toml: {said}")


def said_of(path: Path) -> str:
    with pytest.raises(AssignmentError) as caught:
        read_assignment(path, known=KNOWN)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    assert said_of(tmp_path / "hw1.toml") == f"{tmp_path}/hw1.toml: there is no such file"
    assert said_of(tmp_path / "no" / "assignment.toml").endswith("there is no such file")


def test_a_folder_without_an_assignment_says_so(tmp_path):
    assert said_of(tmp_path) == f"{tmp_path}: this folder holds no assignment.toml"


def test_a_folder_of_the_files_name_is_refused_in_one_line(tmp_path):
    (tmp_path / "assignment.toml").mkdir()
    assert said_of(tmp_path) == f"{tmp_path}/assignment.toml: it is a folder"


def test_a_file_in_place_of_a_folder_is_refused_in_one_line(tmp_path):
    write(tmp_path, HEAD)
    assert said_of(tmp_path / "assignment.toml" / "assignment.toml").endswith("there is no such file")


def test_a_name_that_no_file_can_have_is_refused_in_one_line(tmp_path):
    assert said_of(tmp_path / "a\0b").endswith("a\\x00b: no file can have this name")
    assert said_of(tmp_path / ("x" * 5000)).endswith("the name is too long for a file")


def test_a_file_without_permission_is_refused_in_one_line(tmp_path, monkeypatch):
    """Also where the tests are run by root, whom permissions do not stop."""

    def opens(path, flags):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    path = write(tmp_path, HEAD)
    monkeypatch.setattr(os, "open", opens)
    assert said_of(path) == f"{path}: you have no permission to read it"


def test_links_in_a_circle_are_refused_in_one_line(tmp_path):
    (tmp_path / "assignment.toml").symlink_to(tmp_path / "assignment.toml")
    assert said_of(tmp_path / "assignment.toml").endswith("its links go in a circle")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither in its folders")
def test_a_pipe_or_a_socket_is_refused_at_once(tmp_path):
    """An ordinary open() of a named pipe would wait for ever."""
    os.mkfifo(tmp_path / "pipe.toml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket.toml"))  # an absolute name may be too long
        said: list[str] = []
        names = ("pipe.toml", "socket.toml")
        reader = threading.Thread(
            target=lambda: said.extend(said_of(tmp_path / name) for name in names), daemon=True
        )
        reader.start()
        reader.join(10)
    assert [line.partition(": ")[2] for line in said] == ["it is not a regular file"] * 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


VALUE = st.recursive(
    st.sampled_from(
        ["1", "-1", "0", "nan", "inf", "true", '"x"', '""', "2026-12-01", "23:59:00", "1e400", "[]", "{}"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["a", "out", "dx"]), inner, max_size=2).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=5,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_place_is_read_or_refused(folder, data):
    """Only AssignmentError comes out, whatever stands behind the equals signs."""
    lines = FULL.strip().splitlines()
    places = [place for place, line in enumerate(lines) if " = " in line]
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        lines[place] = lines[place].split(" = ")[0] + " = " + data.draw(VALUE)
    path = write(folder, "\n".join(lines))
    said: tuple[str, ...] = ()
    try:
        read_assignment(path, known=KNOWN, nodes=NODES, functions=FUNCTIONS)
    except AssignmentError as error:
        said = error.lines
    assert all(line.isprintable() for line in said)


@settings(max_examples=200)
@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused(folder, content):
    with pytest.raises(AssignmentError):
        read_assignment(write(folder, content), known=KNOWN)
