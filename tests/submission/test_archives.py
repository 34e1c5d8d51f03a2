"""A .zip from a stranger: nothing leaves it, nothing is unpacked, and it cannot be larger than it is."""

from __future__ import annotations

import io
import json
import stat
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from grader.submission import ReadLimits, read_submission
from tests.submission.notebooks import (
    FORWARD,
    code,
    jupyterlab,
    note,
    refused,
    sources,
    whole,
    with_cells,
    write_bytes,
)


def packed(files, compression=zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these members, in this order; a name may be a ZipInfo."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def read(folder: Path, content: bytes, **options):
    return whole(read_submission(write_bytes(folder, content, "hw1.zip"), **options))


def linked(name: str, target: str, kind: int = stat.S_IFLNK) -> tuple[zipfile.ZipInfo, str]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info, target


def test_an_archive_reads_as_its_folder_does(tmp_path):
    files = [
        ("hw1/layers.py", FORWARD),
        ("hw1/hw1.ipynb", json.dumps(jupyterlab())),
        ("hw1/data.csv", "1,2"),
        ("__MACOSX/hw1/._layers.py", b"\0\5\x16\7"),
        ("hw1/.ipynb_checkpoints/hw1-checkpoint.ipynb", "{}"),
        ("hw1/.DS_Store", b"\0"),
        ("hw1/venv/pyvenv.cfg", "home = /usr"),
        ("hw1/venv/lib/evil.py", "evil = 1"),
    ]
    for name, content in files:
        write_bytes(tmp_path / "folder", content, name)
    from_zip, from_folder = read(tmp_path, packed(files)), whole(read_submission(tmp_path / "folder"))
    assert from_zip.units == from_folder.units
    assert from_zip.sha256 == from_folder.sha256
    assert from_zip.notes == from_folder.notes == ()
    assert [unit.label for unit in from_zip.units][:2] == ["hw1/layers.py", "hw1/hw1.ipynb, cell 2"]


def test_names_with_backslashes_are_folders(tmp_path):
    """Some programs for Windows write them so."""
    info = zipfile.ZipInfo("x")
    info.filename = "hw1\\layers.py"
    submission = read(tmp_path, packed([(info, FORWARD)]))
    assert submission.units[0].file == "hw1/layers.py"


@pytest.mark.parametrize("name", ["CON.py", "aux/NUL.py", "a b/é.py", "файл.py", "-rf.py", "=cmd.py"])
def test_odd_names_are_only_text(name, tmp_path):
    assert read(tmp_path, packed([(name, FORWARD)])).units[0].file == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.py", "leads out of the archive"),
        ("a/../../evil.py", "leads out of the archive"),
        ("..\\evil.py", "leads out of the archive"),
        ("/etc/evil.py", "begins at the root"),
        ("\\evil.py", "begins at the root"),
        ("C:/evil.py", "begins with a drive"),
        ("C:evil.py", "begins with a drive"),
        ("a\x1b[31m.py", "characters that cannot be seen"),
        ("a\u202eyp.py", "characters that cannot be seen"),
        ("a\n.py", "characters that cannot be seen"),
        ("a" * 300 + ".py", "is too long"),
        ("a/" * 600 + "b.py", "is too long"),
        ("d/" * 40 + "b.py", "folders deep"),
        ("../../etc/passwd", "leads out of the archive"),
    ],
)
def test_a_hostile_name_is_skipped_and_said_and_nothing_is_written(name, said, tmp_path):
    info = zipfile.ZipInfo("x")
    info.filename = name
    submission = read(tmp_path, packed([("layers.py", FORWARD), (info, "evil = 1")]))
    assert sources(submission) == [FORWARD]
    assert said in note(submission, "skipped file")
    assert [path.name for path in tmp_path.iterdir()] == ["hw1.zip"]


def test_a_name_that_goes_on_after_a_nul_is_skipped(tmp_path):
    content = packed([("layers.py", FORWARD), ("evil.pyXXXXX", "evil = 1")]).replace(
        b"evil.pyXXXXX", b"evil.py\0.txt"
    )
    submission = read(tmp_path, content)
    assert sources(submission) == [FORWARD]
    assert "cannot be seen" in note(submission, "skipped file")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (stat.S_IFLNK, "it is a link"),
        (stat.S_IFIFO, "not a regular file"),
        (stat.S_IFCHR, "not a regular file"),
    ],
)
def test_links_and_devices_are_skipped_and_said(kind, said, tmp_path):
    submission = read(tmp_path, packed([("layers.py", FORWARD), linked("passwd.py", "/etc/passwd", kind)]))
    assert sources(submission) == [FORWARD]
    assert said in note(submission, "skipped file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["layers.py", "./layers.py", "a/../layers.py"])
def test_of_two_members_with_one_name_the_last_is_read(second, tmp_path):
    submission = read(tmp_path, packed([("layers.py", "old = 1"), (second, "new = 1")]))
    if ".." in second:
        assert sources(submission) == ["old = 1"]
    else:
        assert sources(submission) == ["new = 1"]
        assert (
            note(submission, "skipped file")
            == "layers.py is in the archive more than once; the last was read"
        )


def test_an_archive_in_the_archive_is_not_opened(tmp_path):
    inner = packed([("evil.py", "evil = 1")])
    submission = read(tmp_path, packed([("layers.py", FORWARD), ("inner.zip", inner)]))
    assert sources(submission) == [FORWARD]
    assert note(submission, "skipped file").startswith("inner.zip was not read: an archive inside")
    assert "inner.zip was not read" in refused(
        write_bytes(tmp_path, packed([("inner.zip", inner)]), "outer.zip")
    )


def test_an_encrypted_member_is_refused_with_a_way_out(tmp_path):
    content = bytearray(packed([("layers.py", FORWARD)]))
    content[6] |= 1  # in the member's header
    content[content.index(b"PK\1\2") + 8] |= 1  # in the table of contents
    said = refused(write_bytes(tmp_path, bytes(content), "hw1.zip"))
    assert "layers.py was not read: it is encrypted; make the archive without a password" in said


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(method, tmp_path):
    """Of LZMA a few bytes may ask for gigabytes of memory."""
    said = refused(write_bytes(tmp_path, packed([("layers.py", FORWARD)], method), "hw1.zip"))
    assert "compressed in an unusual way; make an ordinary .zip" in said


def test_a_bomb_is_refused_long_before_it_has_unfolded(tmp_path):
    path = write_bytes(tmp_path, packed([("a.py", FORWARD), ("bomb.py", b"\0" * 300_000_000)]), "hw1.zip")
    assert path.stat().st_size < 400_000
    tracemalloc.start()
    try:
        said = refused(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "unfolds to far more than its size, in bomb.py" in said
    assert peak < 30_000_000


def test_a_bomb_that_lies_about_its_size_is_refused_as_well(tmp_path):
    content = packed([("bomb.py", b"\0" * 50_000_000)])
    claimed = struct.pack("<L", 50_000_000)
    assert content.count(claimed) == 2
    assert refused(write_bytes(tmp_path, content.replace(claimed, struct.pack("<L", 10)), "hw1.zip"))


def test_many_members_that_are_small_each_are_refused_together(tmp_path):
    files = [(f"a{number}.py", b"# " + bytes([65 + number]) * 900_000) for number in range(8)]
    path = write_bytes(tmp_path, packed(files), "hw1.zip")
    limits = ReadLimits(total_bytes=3_000_000)
    assert path.stat().st_size < limits.total_bytes
    assert "unfolds to far more" in refused(path, limits=limits)
    assert "has 8 Python files" in refused(path, limits=ReadLimits(files=7))


def test_members_that_share_their_bytes_are_counted_each_time(tmp_path):
    """The overlapping kind of bomb: many entries of the table of contents point at the same bytes."""
    names = [f"a{number:02}.py" for number in range(50)]
    content = packed([(names[0], b"x = 1\n" * 100_000)], zipfile.ZIP_STORED)
    start, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    entries = b"".join(content[start:end].replace(b"a00.py", name.encode()) for name in names)
    tail = content[end : end + 8] + struct.pack("<HHL", 50, 50, len(entries)) + content[end + 16 :]
    path = write_bytes(tmp_path, content[:start] + entries + tail, "hw1.zip")
    # Each but the first has another name in its own header, which is damage enough.
    submission = whole(read_submission(path))
    assert [unit.file for unit in submission.units] == ["a00.py"]
    assert {n.message.partition(": ")[2][:14] for n in submission.notes} == {"it is damaged "}


def test_a_table_of_contents_that_fills_the_memory_is_not_read(tmp_path):
    files = [(f"data/{number:08}.csv", b"") for number in range(40_000)]
    path = write_bytes(tmp_path, packed(files, zipfile.ZIP_STORED), "hw1.zip")
    start = time.monotonic()
    assert "lists too many files; put only the homework into it" in refused(path)
    assert time.monotonic() - start < 5
    few = write_bytes(tmp_path, packed([*files[:5000], ("a.py", FORWARD)]), "hw2.zip")
    assert sources(read_submission(few)) == [FORWARD]
    assert "lists more than 4000 files" in refused(few, limits=ReadLimits(entries=4000))


def test_a_long_form_archive_is_read(tmp_path):
    """zip64, as some programs always write it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("layers.py", "w", force_zip64=True) as member:
        member.write(FORWARD.encode())
    assert sources(read(tmp_path, stream.getvalue())) == [FORWARD]


def test_a_damaged_member_costs_a_note_and_not_the_others(tmp_path):
    content = bytearray(packed([("a.py", FORWARD * 50), ("b.py", "x = 1")]))
    content[60] ^= 0xFF
    submission = read(tmp_path, bytes(content))
    assert sources(submission) == ["x = 1"]
    assert note(submission, "skipped file").startswith("a.py was not read: it is damaged")


def test_a_member_that_is_too_large_costs_a_note(tmp_path):
    noise = "".join(f"x{number} = {number * 7919 % 10007}\n" for number in range(400_000))
    submission = read(
        tmp_path, packed([("a.py", "x = 1"), ("b.py", noise)]), limits=ReadLimits(file_bytes=1_000_000)
    )
    assert sources(submission) == ["x = 1"]
    assert "and at most 1 MB are read" in note(submission, "skipped file")


def test_a_zip_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "hw1.zip"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    assert "is 2.15 GB large, and at most 100 MB are read" in refused(path)


def test_a_link_to_an_archive_is_refused(tmp_path):
    write_bytes(tmp_path, packed([("a.py", FORWARD)]), "real.zip")
    (tmp_path / "hw1.zip").symlink_to("real.zip")
    assert "is a link" in refused(tmp_path / "hw1.zip")


@pytest.mark.parametrize("content", [[], [("a.txt", "x")], [("a/", "")]])
def test_an_archive_with_nothing_to_read_is_refused(content, tmp_path):
    said = refused(write_bytes(tmp_path, packed(content), "hw1.zip"))
    assert said.startswith("hw1.zip: Python files or notebooks are not there")


def test_hundreds_of_notes_are_cut_short(tmp_path):
    files = [("a.py", FORWARD), *[(f"../{number}.py", "") for number in range(3000)]]
    submission = read(tmp_path, packed(files))
    assert len(submission.notes) <= 201


def test_every_cut_of_an_archive_is_refused_in_one_line(tmp_path):
    content = packed([("a.py", FORWARD), ("hw1.ipynb", json.dumps(with_cells(code("x = 1", id="a"))))])
    for end in range(0, len(content) - 1, 11):
        assert refused(write_bytes(tmp_path, content[:end], "hw1.zip")).startswith("hw1.zip: ")
